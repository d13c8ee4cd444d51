"""Existing person of each row that is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID, line_columns, require, text_frame
from gsprep.schemas.same_key import comparable_key, key_codes
from gsprep.unification.duplicates.find import Given, duplicates_of
from gsprep.unification.duplicates.merge import (
    KEPT,
    LOST,
    PERSON_ID,
    TAKEN,
    in_order_of,
    loss_lines,
    merge_groups,
)
from gsprep.unification.duplicates.output_tables import tables_of
from gsprep.unification.duplicates.records import GSID
from gsprep.unification.duplicates.row_links import CONFLICT, links_of, whose
from gsprep.unification.rulebook import Rulebook
from gsprep.unification.rules import Survive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gsprep.unification.duplicates.results import Duplicates, Merged
    from gsprep.unification.duplicates.row_links import Whose

# How a conflict ends that comparing found.
_OF_IDENTIFIERS = "A person has to decide."
_NAME, _PARTS = "Name", ("FirstName", "LastName")
# Without survive: in a rulebook the values of the file are sent, as in any run.
FILE_LEADS = Rulebook(
    intercept=0.0, model={"same_name": 0.0}, survive=Survive(record=(("first", None),))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Updating:
    """How rows are compared with existing people.

    key:     the columns of the tenant's resolution key.
    book:    its ``compare`` says which columns are compared, without it their headers; its
             ``survive`` says which values are sent, without it those of the rows.
    answers: decisions of reviewers about pairs.
    earlier: the persons that earlier runs sent the rows as, see ``EARLIER_COLUMNS``.
    kept:    returns a table of an earlier execution of the same run by its name, or makes it: the
             tables have ids only.
    """

    key: Sequence[str] = ("Email",)
    book: Rulebook | None = None
    answers: pd.DataFrame | None = None
    earlier: pd.DataFrame | None = None
    kept: Callable[[str, Callable[[], pd.DataFrame]], pd.DataFrame] = lambda _, make: make()


@dataclass(frozen=True, slots=True)
class Updates:
    """Rows as they are sent, and those that are not.

    persons:   the rows given with the Gsid and key of their existing person; rows of one person
               have the same values, so that they are sent as one record.
    conflicts: by row_id, why it cannot be said which of two existing people a row is.
    held:      row_ids of people who may exist already: a reviewer has to decide.
    tables:    what was found, by the names of its files.
    expected:  the estimated number of matching pairs.
    existing:  the number of existing people.
    notes:     what was assumed or left out, in sentences.
    """

    persons: pd.DataFrame
    conflicts: Mapping[str, str]
    held: frozenset[str]
    tables: Mapping[str, pd.DataFrame]
    expected: float
    existing: int
    notes: tuple[str, ...] = field(default=())


def updates_of(rows: pd.DataFrame, existing: pd.DataFrame, how: Updating) -> Updates:
    """Return the rows of a text frame with the identity of their existing people.

    ``existing`` has the Gsid of each person. A row is an existing person if it has their key, if it
    names their Gsid, or if it is a match; the service would update that person, so the row is sent
    with their Gsid and key. Raises InputError as ``find_duplicates`` does, for existing people
    without any Gsid, and for a row that is named as one of them.
    """
    old, notes = _usable(existing)
    # People whom an earlier execution of the same run created are new in the next one, too.
    old = old[old[GSID].isin(how.kept("existing", lambda: old[[GSID]])[GSID])]
    old = old.reset_index(drop=True)
    _check_names(rows, old)
    own = rows.drop(columns=line_columns(rows)).reset_index(drop=True)
    who = whose(own, old, how.key, how.earlier)
    given = Given(answers=how.answers, same_key=who.same_key(own))
    found = duplicates_of(_comparable(own, old), old, how.book, given)
    links = links_of(own, found, who, how.key)
    held_back = _held(links, found, set(old[GSID]))
    kept = how.kept("links", lambda: links.assign(held=held_back).drop(columns="open"))
    links, held = _in_order_of(own, kept)
    found = replace(found, groups=_groups(found, links, own, who), pairs=_pairs(found, links))
    merged, sent = _sent(own, old, links, how)
    return Updates(
        persons=_as_given(rows, sent),
        conflicts={
            row: _sentence(why)
            for row, why in zip(links[ROW_ID], links["conflict"], strict=True)
            if isinstance(why, str)
        },
        held=held,
        tables=tables_of(rows.reset_index(drop=True), found, merged, old),
        expected=found.model.expected,
        existing=len(old),
        notes=(*notes, *found.notes),
    )


def _in_order_of(rows: pd.DataFrame, kept: pd.DataFrame) -> tuple[pd.DataFrame, frozenset[str]]:
    """Return the links of the rows in their order, and the rows that are held."""
    links = rows[[ROW_ID]].merge(kept, how="left", on=ROW_ID, validate="one_to_one")
    held = frozenset(links.loc[links["held"].notna(), ROW_ID])
    return links.drop(columns="held").astype("str"), held


def _check_names(rows: pd.DataFrame, old: pd.DataFrame) -> None:
    """Raise InputError if a row is named as an existing person is: tables would mix them up."""
    both = rows.loc[rows[ROW_ID].isin(old[GSID]), ROW_ID]
    if len(both):
        raise InputError(
            f"{both.iloc[0]} is the row_id of a row and the Gsid of an existing person. Name the "
            "rows by another column, or by their numbers, and keep Gsid as a column"
        )


def _sentence(conflict: str) -> str:
    """Return a conflict as a message that is the same for rows of one kind.

    >>> _sentence("Conflict of identifiers: Email that of X, No that of Y. A person has to decide.")
    'Email and No belong to different existing people.'
    """
    if conflict.endswith(_OF_IDENTIFIERS):
        columns = re.findall(r"[:,] (\S(?:.*?\S)?) that of [^,.]+", conflict)
        return f"{' and '.join(columns)} belong to different existing people."
    words = conflict.removeprefix(f"{CONFLICT}: ")
    return words[:1].upper() + words[1:]


def _usable(existing: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return one line per existing person, named by the Gsid, and a note about others."""
    require(existing, [GSID], of="the existing people")
    text = text_frame(existing, of="the existing people")
    known = text[text[GSID].notna()].drop_duplicates(GSID)
    if known.empty and len(text):
        raise InputError(
            f"the existing people have no Gsid in any of {len(text):,} lines. Export them again "
            "with the column Gsid filled"
        )
    named = known.assign(**{ROW_ID: known[GSID]}).drop(columns=line_columns(known))
    left = len(text) - len(named)
    lines = plural(left, "line has", "lines have")
    note = f"existing people: {left:,} {lines} no Gsid, or a repeated one: left out"
    return named.reset_index(drop=True), ((note,) if left else ())


def _comparable(rows: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without parts of names, if the existing people have whole names only."""
    whole = _NAME in rows and _NAME in old and not any(part in old for part in _PARTS)
    return rows.drop(columns=[*_PARTS], errors="ignore") if whole else rows


def _held(links: pd.DataFrame, found: Duplicates, old: set[str]) -> pd.Series[str]:
    """Return by row whether it may be an existing person, or is in the group of such a row."""
    pairs = found.pairs[found.pairs["verdict"] == "review"]
    asked = links[ROW_ID].isin(pairs.loc[pairs["right_id"].isin(old), "left_id"]) | links["open"]
    free = links[GSID].isna() & links["conflict"].isna()
    held = free & links["group"].isin(links.loc[free & asked, "group"])
    return pd.Series("held", links.index, dtype="str").where(held)


def _groups(found: Duplicates, links: pd.DataFrame, rows: pd.DataFrame, who: Whose) -> pd.DataFrame:
    """Return the groups with the existing people that were found by key or Gsid as well."""
    groups = found.groups
    mine = (groups["source"] == "persons").to_numpy()
    by_row = links.set_index(ROW_ID).loc[groups.loc[mine, ROW_ID]]
    person = groups[PERSON_ID].to_numpy(object, copy=True)
    gsid = groups[GSID].to_numpy(object, copy=True)
    reason = groups["reason"].to_numpy(object, copy=True)
    verdict = groups["verdict"].to_numpy(object, copy=True)
    clash = by_row["conflict"].notna().to_numpy()
    said = groups.loc[mine, "reason"].str.startswith(CONFLICT).to_numpy(bool)
    person_of = by_row[GSID].to_numpy(object)
    new = by_row[GSID].notna().to_numpy() & ((gsid[mine] != person_of) | said)
    again = set(rows.loc[who.earlier["person"].notna() & who.by_key.isna(), ROW_ID])
    whole = np.flatnonzero(mine)
    person[whole] = by_row["group"].where(~clash, by_row.index.to_series()).to_numpy()
    gsid[whole] = by_row[GSID].to_numpy(object)
    reason[whole[new]] = "The key or the Gsid belongs to an existing person."
    reason[whole[new & by_row.index.isin(again)]] = "An earlier run sent the row to this person."
    reason[whole[clash]] = by_row["conflict"].to_numpy(object)[clash]
    verdict[whole[by_row[GSID].notna().to_numpy()]] = "match"
    verdict[whole[clash]] = "review"
    size = pd.Series(person).groupby(person).transform("size")
    columns = {PERSON_ID: person, GSID: gsid, "reason": reason, "verdict": verdict}
    texts = {name: pd.Series(cells, groups.index, dtype="str") for name, cells in columns.items()}
    return groups.assign(**texts, size=size.to_numpy())


def _pairs(found: Duplicates, links: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs; those of rows in conflict need a decision."""
    clashing = links.loc[links["conflict"].notna(), ROW_ID]
    open_ = found.pairs["left_id"].isin(clashing) | found.pairs["right_id"].isin(clashing)
    return found.pairs.assign(
        verdict=found.pairs["verdict"].mask(open_, "review"),
        rule=found.pairs["rule"].mask(open_, "conflict"),
    )


def _sent(
    rows: pd.DataFrame, old: pd.DataFrame, links: pd.DataFrame, how: Updating
) -> tuple[Merged, pd.DataFrame]:
    """Return the surviving records, and the rows with the values that are sent."""
    keyed = _with_keys(rows, old, links, how.key)
    met = old[old[GSID].isin(links[GSID].dropna())]
    groups = pd.DataFrame({
        ROW_ID: pd.concat([links[ROW_ID], met[GSID]]),
        PERSON_ID: pd.concat([links["group"], met[GSID]]),
        GSID: pd.concat([links[GSID], met[GSID]]),
        "source": ["persons"] * len(links) + ["against"] * len(met),
    })  # fmt: skip
    given = how.book if how.book is not None and how.book.survive is not None else FILE_LEADS
    # Of the records of a file the fullest leads; existing people come last.
    fullest = keyed.iloc[np.argsort(-keyed.notna().sum(axis=1).to_numpy(), kind="stable")]
    whole = pd.concat([fullest.drop(columns=GSID, errors="ignore"), met.drop(columns=GSID)])
    merged = merge_groups(whole.reset_index(drop=True).astype("str"), groups, given)
    clashing = links.loc[links["conflict"].notna(), "group"]
    # In the order of the rows, without rows in conflict.
    wanted = links.loc[~links["group"].isin(clashing), "group"].drop_duplicates()
    merged = replace(
        merged,
        persons=merged.persons.set_index(PERSON_ID).loc[wanted].reset_index(),
        changes=_with_own_keys(merged.changes, rows, keyed, links),
    )
    return merged, _values(keyed, merged.persons, links)


def _with_keys(
    rows: pd.DataFrame, old: pd.DataFrame, links: pd.DataFrame, key: Sequence[str]
) -> pd.DataFrame:
    """Return the rows with the keys of their people, as far as these have one."""
    by_person, by_row = old.set_index(GSID), rows.set_index(ROW_ID)
    taken = {}
    for name in [name for name in key if name in rows]:
        own = links["leader"].map(by_row[name]).astype("str").fillna(rows[name])
        of_person = links[GSID].map(by_person[name]).astype("str") if name in old else own
        taken[name] = of_person.fillna(own)
    return rows.assign(**taken)


def _with_own_keys(
    changes: pd.DataFrame, rows: pd.DataFrame, keyed: pd.DataFrame, links: pd.DataFrame
) -> pd.DataFrame:
    """Return the changes with the keys that rows had themselves."""
    people = rows.assign(**{PERSON_ID: links["group"].to_numpy()})
    parts = [changes]
    for name in [name for name in rows.columns if name not in {ROW_ID, GSID}]:
        before, after = rows[name], keyed[name]
        other = ((before != after) & (before.notna() | after.notna())).to_numpy(bool)
        if not other.any():
            continue
        own = parts[0]["row_id"].isin(rows.loc[other, ROW_ID]) & (parts[0]["column"] == name)
        parts[0] = parts[0][~own]
        alike = (before.str.casefold() == after.str.casefold()).fillna(False)  # noqa: FBT003
        rule = np.where(before.isna(), TAKEN, np.where(alike, KEPT, LOST))
        parts.append(loss_lines(people, name, other, after, rule))
    return in_order_of(pd.concat(parts, ignore_index=True), rows)


def _values(keyed: pd.DataFrame, persons: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with what survives of them.

    A value that only the existing person has is left out, and the service leaves it alone.
    """
    several = links["group"].duplicated(keep=False) | links[GSID].notna()
    wanted = (several & links["conflict"].isna()).to_numpy()
    groups = links.loc[wanted, "group"]
    found = persons.set_index(PERSON_ID)
    sent = keyed.copy()
    for name in [name for name in keyed.columns if name not in {ROW_ID, GSID}]:
        survives = groups.map(found[name]).astype("str")
        mine = keyed.loc[wanted, name]
        has = (mine == survives).fillna(False).astype(bool)  # noqa: FBT003  missing is not equal
        of_file = has.groupby(groups).transform("any")
        sent.loc[wanted, name] = survives.where(of_file)
    return sent.assign(**{GSID: links[GSID]}) if links[GSID].notna().any() else sent


def _as_given(rows: pd.DataFrame, sent: pd.DataFrame) -> pd.DataFrame:
    """Return the sent values with the index and the lines of the rows given."""
    lines = rows[line_columns(rows)].reset_index(drop=True)
    return pd.concat([sent, lines], axis=1).set_axis(rows.index).astype("str")


def renamed(
    given: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, key: Sequence[str]
) -> pd.DataFrame:
    """Return associations that name their people by the keys that are sent.

    ``given`` are text frames; ``before`` are the people with their own keys, ``after`` the same
    people as they are sent.
    """
    if not all(name in given and name in before for name in key):
        return given
    codes = key_codes(pd.concat([comparable_key(part, key) for part in (given, before)]))
    asked, there = codes[: len(given)], codes[len(given) :]
    place = pd.Series(np.arange(len(before)), index=there)[there >= 0]
    at = pd.Series(asked).map(place[~place.index.duplicated()])
    known = at.notna().to_numpy()
    people = after.reset_index(drop=True).iloc[at[known].astype(int)]
    found = given.copy()
    for name in key:
        found.loc[known, name] = people[name].to_numpy()
    if GSID in people and people[GSID].notna().any():
        own = found.get("Person_ID", pd.Series(pd.NA, found.index, dtype="str"))
        own.loc[known] = people[GSID].fillna(own[known].reset_index(drop=True)).to_numpy()
        found["Person_ID"] = own
    return found.astype("str")
