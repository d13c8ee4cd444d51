"""Records that repeat others in every compared column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.display import plural
from gsprep.schemas.frames import ROW_ID
from gsprep.unification.duplicates.identity import numeric_order

if TYPE_CHECKING:
    from gsprep.unification.duplicates.records import Records
    from gsprep.unification.duplicates.results import Duplicates

# The copies that are compared: the block of hundreds is too large for any key to propose it.
_MOST = 10
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = "first", "second"
_PAIR = ["left_id", "right_id"]


def copies_of(records: Records, named: set[str]) -> pd.DataFrame:
    """Return the records of the first file that need not be compared: others say the same.

    Columns are row_id, and first and second, two compared records that say the same. Records that
    are ``named`` in answers, and those without any value, are compared.
    """
    people = records.people
    content = np.zeros(people.size, dtype=np.uint64)
    blank = np.ones(people.size, dtype=bool)
    for column in people.columns:
        content = content * _MIX + (column.codes + 1).astype(np.uint64)
        blank &= column.codes < 0
    wanted = np.flatnonzero(~blank & ~people.of_second(np.arange(people.size)))
    codes, _ = pd.factorize(content[wanted])
    wanted, codes = (part[np.bincount(codes)[codes] > _MOST] for part in (wanted, codes))
    order = numeric_order(records.ids[wanted])
    lines = pd.DataFrame({ROW_ID: records.ids[wanted][order], "content": codes[order]})
    ids = lines.groupby("content", sort=False)[ROW_ID]
    lines[_FIRST] = ids.transform("first")
    lines[_SECOND] = lines[ROW_ID].where(ids.cumcount() == 1)
    lines[_SECOND] = lines.groupby("content", sort=False)[_SECOND].transform("first")
    left = (ids.cumcount() >= _MOST) & ~lines[ROW_ID].isin(named)
    return lines.loc[left, [ROW_ID, _FIRST, _SECOND]].astype("str").reset_index(drop=True)


def with_copies(found: Duplicates, persons: pd.DataFrame, copies: pd.DataFrame) -> Duplicates:
    """Return what was found with the copies that were not compared: each is as the first one.

    The pairs of a copy are those of the first one with existing people, and that with the first.
    """
    if copies.empty:
        return found
    groups, together = _groups(found, persons, copies)
    at, pairs = _pairs(found, persons, copies)
    sure = np.append(found.pairs["probability"], found.pairs["probability"].to_numpy()[at])
    order = np.argsort(-sure, kind="stable")

    def more(frame: pd.DataFrame) -> pd.DataFrame:
        both = pd.concat([frame, frame.iloc[at].assign(**pairs)])
        return both.iloc[order].reset_index(drop=True)

    are = plural(len(copies), "record was", "records were")
    note = f"{len(copies):,} {are} not compared: others say the same in every compared column"
    return replace(
        found,
        groups=groups,
        model=replace(found.model, expected=found.model.expected + int(together.sum())),
        notes=(*found.notes, note),
        pairs=more(found.pairs),
        evidence=more(found.evidence),
        said=None if found.said is None else more(found.said),
    )


def _groups(
    found: Duplicates, persons: pd.DataFrame, copies: pd.DataFrame
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the groups with the copies, and which of these are in the group of the first one."""
    groups = found.groups
    old = (groups["source"] == "against") if "source" in groups else groups["size"] < 0
    mine = groups[~old].set_index(ROW_ID)
    first, second = mine.loc[copies[_FIRST]], mine.loc[copies[_SECOND]]
    together = (first["person_id"].to_numpy() == second["person_id"].to_numpy()).astype(bool)
    alone = copies[ROW_ID].mask(copies[ROW_ID].isin(groups["person_id"]), copies[ROW_ID] + "-copy")
    added = first.reset_index(drop=True).assign(**{ROW_ID: copies[ROW_ID]})
    added["person_id"] = added["person_id"].where(together, alone)
    if "Gsid" in added:
        added["Gsid"] = added["Gsid"].where(together)
    whole = pd.concat([mine.reset_index(), added]).set_index(ROW_ID).loc[persons[ROW_ID]]
    result = pd.concat([whole.reset_index(), groups[old]], ignore_index=True)
    size = result.groupby("person_id")["person_id"].transform("size")
    return result[[*groups.columns]].assign(size=size), together


def _pairs(
    found: Duplicates, persons: pd.DataFrame, copies: pd.DataFrame
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return by new pair the place of the pair that says the same, and the names of its records."""
    known = found.pairs[_PAIR].assign(at=np.arange(len(found.pairs)))
    groups = found.groups
    old = groups.loc[groups["source"] == "against", ROW_ID] if "source" in groups else ()
    both = [
        copies.merge(known, left_on=names, right_on=_PAIR)
        for names in ([_FIRST, _SECOND], [_SECOND, _FIRST])
    ]
    alike = pd.concat(both)
    place = pd.Series(np.arange(len(persons)), index=pd.Index(persons[ROW_ID]))
    later = (alike[_FIRST].map(place) > alike[ROW_ID].map(place)).to_numpy(bool)
    linked = copies.merge(known[known["right_id"].isin(old)], left_on=_FIRST, right_on="left_id")
    left = np.append(alike[_FIRST].mask(later, alike[ROW_ID]), linked[ROW_ID])
    right = np.append(alike[ROW_ID].mask(later, alike[_FIRST]), linked["right_id"])
    at = np.append(alike["at"], linked["at"]).astype(np.int64)
    return at, {"left_id": left, "right_id": right}
