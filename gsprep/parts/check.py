"""Check of files larger than memory, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gsprep.parts.work import Pace, PartFolder, digest_of, in_order, survey
from gsprep.report.files import reject_rows
from gsprep.report.finding_counts import CheckCounts
from gsprep.report.sentences import contradicted_rows
from gsprep.results import FINDING_COLUMNS, Checked
from gsprep.schemas.frames import LINE, ROW_ID, text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.validation.check import column_findings, row_findings
from gsprep.validation.findings import (
    CheckFacts,
    CheckPartFacts,
    by_position,
    check_part_facts,
    error_positions,
)
from gsprep.validation.rows import across_rows, compared_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import pandera.pandas as pa

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.parts import Part, Parts

# So many hashes are sorted at once.
_HASHES = 4_194_304
# Groups of rows that share a key: enough for the processors, few to read from every part.
_GROUPS = 16


class Group(NamedTuple):
    """Rows that are compared at once; no row of another group shares a key with any of them."""

    number: int
    rows: int


class SharedKeys(NamedTuple):
    """The rows that share a key with another row.

    Attributes:
        places: for each part the positions of such rows in it, ascending.
        owners: for each part the number of the group of each of them.
        groups: the groups, in the order of their first rows.
    """

    places: Sequence[np.ndarray]
    owners: Sequence[np.ndarray]
    groups: Sequence[Group]

    @classmethod
    def of(
        cls,
        positions: Callable[[], Iterable[np.ndarray]],
        columns: Sequence[Callable[[], Iterable[np.ndarray]]],
        rows: int,
        at_once: int = _HASHES,
    ) -> SharedKeys:
        """Find them by hashes: those with one hash in a column, and those with another of theirs.

        ``positions`` gives those of the rows of each part, and each of ``columns`` the hashes of
        the same rows part by part, as often as it is called; 0 is none. ``rows`` are those of the
        largest part, and a group has about as many at the most; ``at_once`` hashes are sorted at
        once.
        """
        begins = np.cumsum([0, *map(len, positions())])
        ends, marks = _alike(columns, int(begins[-1]) // at_once + 1)
        shared, row = np.unique(ends, return_inverse=True)
        number = len(shared) + int(marks.max(initial=-1)) + 1
        edges = coo_array((np.ones(len(row), bool), (row, len(shared) + marks)), (number, number))
        found = connected_components(edges, directed=False)[1][: len(shared)]
        component = pd.factorize(found)[0]
        sizes = np.bincount(component)
        in_group = min(max(len(shared), rows) // _GROUPS + 1, rows)
        group = ((np.cumsum(sizes) - sizes) // in_group)[component]
        _, group = np.unique(group, return_inverse=True)
        cuts = np.searchsorted(shared, begins)
        places = [
            mine[shared[first:last] - begin]
            for mine, begin, (first, last) in zip(positions(), begins, pairwise(cuts), strict=False)
        ]
        owners = [group[first:last] for first, last in pairwise(cuts)]
        return cls(places, owners, [Group(*one) for one in enumerate(np.bincount(group).tolist())])


def _alike(
    columns: Sequence[Callable[[], Iterable[np.ndarray]]], turns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows whose hash is there more than once, each with a number for the hash."""
    ends, marks, count = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    for read in columns:
        for own, hashes in _portions(read, turns):
            order = np.argsort(hashes)
            again = hashes[order[1:]] == hashes[order[:-1]]
            shared, first = np.zeros(len(order), bool), np.ones(len(order), bool)
            shared[1:] |= again
            shared[:-1] |= again
            first[1:] = ~again
            first = first[shared]
            ends.append(own[order[shared]])
            marks.append(np.cumsum(first, dtype=np.int64) - 1 + count)
            count += int(first.sum())
    return np.concatenate(ends), np.concatenate(marks)


def _portions(
    read: Callable[[], Iterable[np.ndarray]], turns: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows and their hashes in so many turns, all with one hash in one of them."""
    for turn in range(turns):
        own, found, begin = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)], 0
        for hashes in read():
            mine = np.flatnonzero((hashes % np.uint64(turns) == turn) & (hashes > 0))
            own.append(mine + begin)
            found.append(hashes[mine])
            begin += len(hashes)
        yield np.concatenate(own), np.concatenate(found)


# The rows of each part that share a key, and what is found on them.
COMPARED_TABLES = ("shared", "across")
# What is known of each part by itself, and the results.
_OWN = ("keys", "findings", "rejects", "valid", *COMPARED_TABLES)
_TABLES = ("rejects", "warnings", "valid")
_COMPARED = frozenset({"record", "mailbox", "primary"})
_SCHEMA = "gsprep.check-parts/2"


@dataclass(frozen=True, slots=True)
class CheckedParts:
    """What was checked.

    Attributes:
        counts: the rows, and the findings on them.
        parts, resumed: the number of parts, and of those that were done before.
        contradicted: the valid rows of an earlier rejects.csv whose other row may be missing.
        notes: what was assumed when the source was read.
    """

    counts: CheckCounts
    parts: int
    resumed: int
    contradicted: int
    notes: tuple[str, ...]


class CheckOptions(NamedTuple):
    """How rows are checked: the key of the tenant, and the checked persons of associations."""

    key: tuple[str, ...] = ("Email",)
    persons: Checked | None = None


def check_parts(
    parts: Parts,
    schema: pa.DataFrameSchema,
    out: Path,
    how: CheckOptions | None = None,
    pace: Pace | None = None,
) -> CheckedParts:
    """Check every part, and write rejected rows, warnings and valid rows part by part.

    ``out`` gets the folders ``rejects``, ``warnings`` and ``valid`` with a Parquet file for each
    part. What is there equals ``check`` of all rows at once: what whole columns show is learned
    first, and rows that share a key with others are compared at the end. Findings on whole columns
    are in the last part. Parts of the same files that were checked in the same way are not checked
    again.

    Raises InputError for a folder that cannot be written, and as ``check``; TableError for files
    that cannot be read, and for a ``row_id`` that is missing or repeated.
    """
    how, pace, of = how or CheckOptions(), pace or Pace(), fields_of(schema)
    own, folder = PartFolder(out / "own", _OWN, {*_OWN} - {"valid"}), PartFolder(out, _TABLES)
    folder.refuse_source(parts)
    seen = survey(parts, pace, partial(_learned, of=of))
    facts = CheckFacts.together(seen.learned)
    way = digest_of(of, how.key, _told(how.persons))
    for one in (own, folder):
        one.begin({"schema": _SCHEMA, "rows": parts.digest, "way": way})
    todo = own.todo(parts.parts)
    header = without_reasons(text_frame(parts.read_none()))
    checks = PartChecks(seen.parts, own, of, how.key, facts, header)
    check = partial(_check, checks, schema, how.persons)
    in_order(check, todo, "check", pace, whole=seen.parts.rows)
    shared = checks.shared(_COMPARED)
    checks.compare(partial(_gather, checks, shared), shared, pace)
    done = in_order(partial(_finished, checks, shared, folder), parts.parts, "write", pace)
    return CheckedParts(
        CheckCounts.together([counts for counts, _ in done]),
        parts=len(parts.parts),
        resumed=len(parts.parts) - len(todo),
        contradicted=sum(earlier for _, earlier in done),
        notes=seen.notes,
    )


def _learned(frame: pd.DataFrame, of: ObjectFields) -> CheckPartFacts:
    return check_part_facts(text_frame(without_reasons(frame)), of)


def _told(persons: Checked | None) -> str:
    """Return what changes with the persons of associations."""
    if persons is None:
        return ""
    both = pd.concat([persons.valid, persons.rejected])
    return f"{len(persons.valid)} {pd.util.hash_pandas_object(both, index=False).sum()}"


class PartChecks(NamedTuple):
    """The check of parts: what is found on each row, and then on rows that share a key.

    ``own`` has the tables "keys" and "findings" of ``alone``, and "shared" and "across" of the rows
    that share a key; ``header`` is a part without rows.
    """

    parts: Parts
    own: PartFolder
    of: ObjectFields
    key: tuple[str, ...]
    facts: CheckFacts
    header: pd.DataFrame

    def alone(
        self, text: pd.DataFrame, schema: pa.DataFrameSchema, persons: Checked | None = None
    ) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Check the rows of a part by themselves.

        Returns those that are valid, by their position in the part; a line for each of them with
        the position and the hashes that rows are compared by; and the findings on all rows, by
        position, with the line in the file.
        """
        found = row_findings(text, schema, self.facts, self.key, persons)
        rest, findings = text[~text.index.isin(error_positions(found))], by_position(found, self.of)
        hashes = compared_hashes(rest, self.of, self.key, has_lines=self.facts.has_lines)
        lines = self.lines(text).loc[findings.index]
        placed = findings.assign(position=findings.index, line=lines)
        return rest, hashes.assign(position=rest.index), placed

    def lines(self, text: pd.DataFrame) -> pd.Series[str]:
        """Return the line of the file of each row, where it is known."""
        known = self.facts.has_lines and LINE in text
        return text[LINE] if known else pd.Series(pd.NA, index=text.index, dtype="str")

    def shared(self, names: Collection[str]) -> SharedKeys:
        """Return the rows that share one of these hashes with another row."""
        numbers = [part.number for part in self.parts.parts]
        there = [name for name in self.own.read("keys", 0).columns.tolist() if name in names]

        def column(name: str) -> Iterator[np.ndarray]:
            return (keys[name].to_numpy() for keys in self.own.read_all("keys", numbers, [name]))

        positions = partial(column, "position")
        rows = max(part.rows for part in self.parts.parts)
        return SharedKeys.of(positions, [partial(column, name) for name in there], rows)

    def compare(self, gather: Callable[[Part], None], shared: SharedKeys, pace: Pace) -> int:
        """Compare the rows that share a key, and write what is found on them.

        ``gather`` calls the method of this name for a part. Returns the number of rows with an
        error.
        """
        todo = [part for part in self.parts.parts if len(shared.places[part.number])]
        in_order(gather, todo, "compare", pace)
        return sum(in_order(partial(self._compare, shared), shared.groups, "compare", pace))

    def gather(
        self, shared: SharedKeys, part: Part, rows: pd.DataFrame, table: str = "shared"
    ) -> None:
        """Write what is known of the rows of a part that share a key, divided among the groups."""
        owners, groups = shared.owners[part.number], len(shared.groups)
        self.own.write_divided(table, part.number, rows, owners, groups)

    def _compare(self, shared: SharedKeys, group: Group) -> int:
        """Compare the rows of a group; return the number of those with an error."""
        rows = self.rows_of(group, shared)
        found = list(across_rows(rows, self.of, self.key, has_lines=self.facts.has_lines))
        lines = by_position(found, self.of)
        self.write_placed("across", group, lines.assign(place=lines.index), lines.index)
        return len(error_positions([lines]))

    def rows_of(self, group: Group, shared: SharedKeys, table: str = "shared") -> pd.DataFrame:
        """Return what was gathered of a group, by the position of the row among all rows."""
        numbers = [number for number, at in enumerate(shared.places) if len(at)]
        index = [
            shared.places[at][shared.owners[at] == group.number] + self.parts.before[at]
            for at in numbers
        ]
        rows = self.own.read_divided(table, dict.fromkeys(numbers, (group.number,)))
        return rows.set_axis(np.concatenate(index))

    def write_placed(self, table: str, group: Group, lines: pd.DataFrame, places: pd.Index) -> None:
        """Write lines of a group, divided among the parts by the places of their rows among all."""
        owners = np.searchsorted(self.parts.before, places, side="right") - 1
        self.own.write_divided(table, group.number, lines, owners, len(self.parts.parts))

    def across(self, part: Part, groups: Sequence[Group]) -> list[pd.DataFrame]:
        """Return what the comparison found on rows of a part, by position."""
        if not groups:
            return []
        mine = {group.number: [part.number] for group in groups}
        found = self.own.read_divided("across", mine).set_index("place")
        return [found.set_axis(found.index - self.parts.before[part.number])]

    def found(self, part: Part, more: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
        """Return the findings on a part by position: its own, and ``more`` of ``across``.

        Those on whole columns are on the last part.
        """
        mine = self.own.read("findings", part.number).set_index("position")
        is_last = part.number == len(self.parts.parts) - 1
        on_columns = column_findings(self.header, self.of, self.facts) if is_last else ()
        return [mine[list(FINDING_COLUMNS)], *more, *on_columns]


def _check(
    checks: PartChecks, schema: pa.DataFrameSchema, persons: Checked | None, part: Part
) -> None:
    """Check the rows of a part by themselves; write what was found and what to compare."""
    frame = checks.parts.read(part)
    text = text_frame(without_reasons(frame))
    valid, keys, findings = checks.alone(text, schema, persons)
    bad = ~text.index.isin(valid.index)
    keys = keys.assign(contradicted=contradicted_rows(frame)[~bad])
    rejects = reject_rows(text, Checked(valid, text[bad], findings))
    checks.own.write(part.number, (keys, findings, rejects, valid))


def _valid(checks: PartChecks, part: Part) -> pd.DataFrame:
    """Return the rows of a part that are valid by themselves, by their position in it."""
    keys = checks.own.read("keys", part.number, ["position"])
    return checks.own.read("valid", part.number).set_axis(keys["position"].to_numpy())


def _gather(checks: PartChecks, shared: SharedKeys, part: Part) -> None:
    """Write the rows of a part that share a key."""
    checks.gather(shared, part, _valid(checks, part).loc[shared.places[part.number]])


def _finished(
    checks: PartChecks, shared: SharedKeys, folder: PartFolder, part: Part
) -> tuple[CheckCounts, int]:
    """Write the results of a part; return its counts and its contradicted rows."""
    rows, own = checks.parts.rows_of(part), checks.own
    more = checks.across(part, shared.groups)
    mine = own.read("findings", part.number).set_index("position")
    findings = by_position(checks.found(part, more), checks.of)
    wrong = error_positions(more)
    own_wrong = np.unique(mine.index[mine["severity"] == "error"])
    valid = _valid(checks, part) if more else checks.header
    again = valid.loc[wrong]
    rejects = pd.concat([
        own.read("rejects", part.number).set_axis(own_wrong),
        reject_rows(again, Checked(again[:0], again, findings)).set_axis(wrong),
    ]).sort_index()  # fmt: skip
    folder.write_one("rejects", part.number, [rejects])
    warnings = findings[findings["severity"] == "warning"]
    folder.write_one("warnings", part.number, [warnings])
    if len(wrong):
        folder.write_one("valid", part.number, [valid.drop(wrong)])
    else:
        folder.take("valid", part.number, own)
    keys = own.read("keys", part.number, ["position", "contradicted"])
    earlier = keys["contradicted"] & ~keys["position"].isin(wrong)
    compared = valid.loc[shared.places[part.number]]
    lines = checks.lines(compared).set_axis(compared[ROW_ID])
    named = pd.concat([mine.set_index(ROW_ID)["line"], lines])
    return CheckCounts.of(rows, len(rejects), findings, named), int(earlier.sum())
