"""Existing person of each row: by key, Gsid, answers, earlier runs and likeness."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.same_key import comparable_key, key_codes
from gsprep.unification.duplicates.merge import PERSON_ID
from gsprep.unification.duplicates.output_tables import groups_of_file
from gsprep.unification.duplicates.records import GSID
from gsprep.unification.duplicates.tables import SAME_KEY
from gsprep.values.distinct import on_distinct
from gsprep.values.mailbox import is_role_mailbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.unification.duplicates.results import Duplicates

CONFLICT = "Conflict of identifiers"
_EMAIL = "Email"


class Whose(NamedTuple):
    """The existing person of each row before anything is compared, in the order of the rows.

    named:   the Gsid that the row has.
    by_key:  the existing person with its key.
    several: whether several existing people have its key.
    earlier: see ``EARLIER_COLUMNS``.
    """

    named: pd.Series[str]
    by_key: pd.Series[str]
    several: pd.Series[bool]
    earlier: pd.DataFrame

    def same_key(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows and existing people that one address or key makes one person.

        Columns: left_id, right_id and role, whether the address is a role mailbox.
        """
        by_address = self.earlier["person"].where(~self.earlier["sure"])
        sides = [self.by_key, by_address.where(by_address != self.by_key)]
        emails = rows.get(_EMAIL, pd.Series(pd.NA, rows.index, dtype="str"))
        role = on_distinct(emails, lambda text: "role" if is_role_mailbox(text) else None)
        pairs = pd.concat([
            pd.DataFrame({"left_id": rows[ROW_ID], "right_id": side, "role": role.notna()})
            for side in sides
        ])  # fmt: skip
        free = pairs["right_id"].notna() & ~pairs["right_id"].str.startswith(NEW, na=False)
        return pairs[free & self.named.isna().reindex(pairs.index)].reset_index(drop=True)


# What earlier runs say of each row.
# person: the existing person that the row was sent as, or NEW and the row with the key of one who
#         is not among them
# own:    whether the key of the row is that of the person
# sure:   whether the whole row is the same, and not its address alone
# lost:   whether the person is not among the existing people, and no row has its key
EARLIER_COLUMNS = ("person", "own", "sure", "lost")
NEW = "person of row "


def no_earlier(rows: pd.DataFrame) -> pd.DataFrame:
    """Return that no earlier run says anything of the rows."""
    no = pd.Series(False, rows.index)  # noqa: FBT003  the value of each
    person = pd.Series(pd.NA, rows.index, dtype="str")
    return pd.DataFrame({"person": person, "own": no, "sure": no, "lost": no})


def whose(
    rows: pd.DataFrame, old: pd.DataFrame, key: Sequence[str], earlier: pd.DataFrame | None
) -> Whose:
    """Return who the rows are before anything is compared."""
    missing = pd.Series(pd.NA, rows.index, dtype="str")
    told = no_earlier(rows) if earlier is None else earlier
    return Whose(rows.get(GSID, missing), *_by_key(rows, old, key), told)


def _by_key(
    rows: pd.DataFrame, old: pd.DataFrame, key: Sequence[str]
) -> tuple[pd.Series[str], pd.Series[bool]]:
    """Return the existing person who has the key of each row, and whether several have it."""
    found = pd.Series(pd.NA, rows.index, dtype="str")
    several = pd.Series(False, rows.index)  # noqa: FBT003  the value of each
    if not all(name in rows and name in old for name in key):
        return found, several
    codes = key_codes(pd.concat([comparable_key(part, key) for part in (rows, old)]))
    mine, theirs = codes[: len(rows)], codes[len(rows) :]
    known = pd.Series(old[GSID].to_numpy(), index=theirs)[theirs >= 0]
    alone = known[~known.index.duplicated(keep=False)]
    there = pd.Series(mine, rows.index)
    return there.map(alone).astype("str"), there.isin(known.index.difference(alone.index))


def links_of(rows: pd.DataFrame, found: Duplicates, who: Whose, key: Sequence[str]) -> pd.DataFrame:
    """Return by row its group and existing person, or why it has none.

    Columns: row_id, group, Gsid, conflict, leader: the row whose key is sent, if that is known, and
    open: whether it has the key of an existing person with another name.
    """
    groups = groups_of_file(found).set_index(ROW_ID).loc[rows[ROW_ID]].reset_index()
    missing = pd.Series(pd.NA, rows.index, dtype="str")
    model = groups[GSID].astype("str") if GSID in groups else missing
    named, by_key, earlier = who.named, who.by_key, _kept(rows, found, who)
    answered = rows[ROW_ID].isin(_answered(found))
    # A person of an earlier run is named by its Gsid, or by a name of its own if it is not there.
    person = model.where(answered, named.fillna(earlier).fillna(by_key).fillna(model))
    keys = " and ".join(key)
    free = named.isna()
    again = earlier.notna() & (earlier == by_key)
    wrong = {
        f"{keys} belongs to several existing people.": who.several & free,
        f"the Gsid belongs to one existing person, {keys} to another.": _differ(named, by_key),
        f"an earlier run sent this row to one existing person, and {keys} belongs to another.":
            _differ(earlier, by_key) & free,
        "an earlier run sent this row to a person who is not among the existing people. Export "
        "them again, or use --against tenant.": who.earlier["lost"] & free,
        f"{keys} belongs to one existing person, the rest to another.":
            _differ(by_key, model) & free & ~again,
        f"a reviewer answered that this is not the existing person with its {keys} or Gsid. "
        "Change the answer, or the row.": _apart(rows, person, found),
    }  # fmt: skip
    conflict = groups["reason"].where(groups["reason"].str.startswith(CONFLICT) & free)
    for why, where in wrong.items():
        conflict = conflict.fillna(pd.Series(f"{CONFLICT}: {why}", rows.index).where(where))
    conflict = conflict.mask(answered)
    of_other_name = found.pairs.loc[found.pairs["rule"] == SAME_KEY, "left_id"]
    open_ = rows[ROW_ID].isin(of_other_name) & ~answered & conflict.isna()
    links = pd.DataFrame({
        ROW_ID: rows[ROW_ID],
        "group": groups[PERSON_ID],
        GSID: person.mask(conflict.notna() | open_),
        "conflict": conflict,
    }).astype("str")  # fmt: skip
    return _with_others_of_the_group(links.assign(open=open_), found)


def _differ(one: pd.Series[str], two: pd.Series[str]) -> pd.Series[bool]:
    return (one.notna() & two.notna() & (one != two)).astype(bool)


def _kept(rows: pd.DataFrame, found: Duplicates, who: Whose) -> pd.Series[str]:
    """Return the persons of earlier runs, as far as no reviewer told a row apart from them.

    A row apart from another one that is that person by its key is apart from the person, too.
    """
    person = who.earlier["person"]
    at = pd.Series(np.arange(len(rows)), index=pd.Index(rows[ROW_ID]))
    apart = _apart(rows, person, found).to_numpy(copy=True)
    for pair in found.apart:
        if not all(one in at.index for one in pair):
            continue
        one, two = (int(at[name]) for name in pair)
        if isinstance(person.iloc[one], str) and person.iloc[one] == person.iloc[two]:
            apart[[place for place in (one, two) if not who.earlier["own"].iloc[place]]] = True
    return person.mask(pd.Series(apart, rows.index)).astype("str")


def _apart(rows: pd.DataFrame, person: pd.Series[str], found: Duplicates) -> pd.Series[bool]:
    """Return which rows a reviewer told apart from their existing person."""
    both = zip(rows[ROW_ID], person, strict=True)
    return pd.Series([pair in found.apart for pair in both], rows.index, dtype="bool")


def _answered(found: Duplicates) -> set[str]:
    """Return the rows that a reviewer linked to an existing person."""
    pairs, groups = found.pairs, found.groups
    old = groups.loc[groups["source"] == "against", ROW_ID]
    said = (pairs["rule"] == "answer") & (pairs["verdict"] == "match")
    return set(pairs.loc[said & pairs["right_id"].isin(old), "left_id"])


def _with_others_of_the_group(links: pd.DataFrame, found: Duplicates) -> pd.DataFrame:
    """Link rows without a person to the only one in their group, if there is one."""
    known = links.dropna(subset=[GSID])
    of_group = known.groupby("group")[GSID].agg(["first", "nunique"])
    one = of_group.loc[of_group["nunique"] == 1, "first"]
    free = links["conflict"].isna() & ~links["open"]
    others = links["group"].map(one).astype("str")
    others = others.mask(_apart(links, others, found))
    person = links[GSID].fillna(others.where(free)).astype("str")
    # Rows of one person are one group, others of a group stay together.
    apart = links["conflict"].notna()
    group = person.fillna(links["group"]).mask(apart, "conflict of row " + links[ROW_ID])
    new = person.str.startswith(NEW, na=False)
    return links.assign(
        **{
            GSID: person.mask(new).astype("str"),
            "group": _named(group.astype("str")),
            "leader": person.where(new).str.removeprefix(NEW).astype("str"),
        }
    )


def _named(groups: pd.Series[str]) -> pd.Series[str]:
    """Return groups with the row_ids of new people as their names, unless another one has it."""
    own = groups[~groups.str.startswith(NEW)]
    short = groups.str.removeprefix(NEW)
    return groups.where(short.isin(own), short).astype("str")
