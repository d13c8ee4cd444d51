"""Check of files larger than memory, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from gsprep.parts.folder import PartFolder, digest_of
from gsprep.parts.work import Pace, each_part, survey
from gsprep.report.files import reject_rows
from gsprep.report.finding_counts import CheckCounts
from gsprep.report.sentences import contradicted_rows
from gsprep.results import FINDING_COLUMNS, Checked
from gsprep.schemas.frames import LINE, ROW_ID, text_frame, without_reasons
from gsprep.schemas.objects import fields_of, schema_of
from gsprep.validation.check import column_findings, row_findings
from gsprep.validation.facts import CheckFacts, CheckPartFacts, check_part_facts
from gsprep.validation.findings import by_position, error_positions
from gsprep.validation.rows import across_rows, compared_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    import pandera.pandas as pa

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.parts import Part, Parts

# What is known of each part by itself, and the results.
_OWN = ("keys", "findings", "rejects", "valid")
_TABLES = ("rejects", "warnings", "valid")
_COMPARED = frozenset({"record", "mailbox", "primary"})
_SCHEMA = "gsprep.check-parts/1"


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
    own, folder = PartFolder(out / "own", _OWN), PartFolder(out, _TABLES)
    folder.refuse_source(parts)
    seen = survey(parts, pace, partial(_learned, of=of))
    facts = CheckFacts.together(seen.learned)
    way = digest_of(of, how.key, _told(how.persons))
    for one in (own, folder):
        one.begin({"schema": _SCHEMA, "rows": parts.digest, "way": way})
    todo = own.todo(parts.parts)
    header = without_reasons(text_frame(parts.read_none()))
    job = _Job(PartChecks(seen.parts, own, of, how.key, facts, header))
    make = partial(_made, job, how.persons)
    for _ in each_part(make, todo, "check", pace, whole=seen.parts.rows):
        pass
    together = job.checks.compared(job.valid, job.checks.sharing(_COMPARED), pace)
    finish = partial(partial, job.finished, together, folder)
    each = {part.number: told for part, told in each_part(finish, parts.parts, "write", pace)}
    done = [each[part.number] for part in parts.parts]
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


def _made(job: _Job, persons: Checked | None) -> Callable[[Part], None]:
    """Return the work of a process."""
    return partial(job.check, schema_of(job.checks.of), persons)


class Compared(NamedTuple):
    """The rows that share a key with another row, and the findings on them.

    The index is the position of the row among all rows.
    """

    rows: pd.DataFrame
    findings: list[pd.DataFrame]

    def within(self, begin: int, end: int) -> Compared:
        """Return those of a part, by their position in it."""
        findings = [of_part(one, begin, end) for one in self.findings]
        return Compared(of_part(self.rows, begin, end), findings)


def of_part(frame: pd.DataFrame, begin: int, end: int) -> pd.DataFrame:
    """Return the rows of a part, by their position in it, from rows by that among all."""
    mine = frame[(frame.index >= begin) & (frame.index < end)]
    return mine.set_axis(mine.index - begin)


class Alone(NamedTuple):
    """The rows of a part that are valid by themselves, and what is found on all of them.

    Attributes:
        valid: the rows; the index is their position in the part.
        keys: a line for each, with its position and the hashes that rows are compared by.
        findings: by position of the row, with its line in the file.
    """

    valid: pd.DataFrame
    keys: pd.DataFrame
    findings: pd.DataFrame


class PartChecks(NamedTuple):
    """The check of parts: what is found on each row, and then on rows that share a key.

    ``own`` has the tables "keys" and "findings" of ``Alone``; ``header`` is a part without rows.
    """

    parts: Parts
    own: PartFolder
    of: ObjectFields
    key: tuple[str, ...]
    facts: CheckFacts
    header: pd.DataFrame

    def alone(
        self, text: pd.DataFrame, schema: pa.DataFrameSchema, persons: Checked | None = None
    ) -> Alone:
        """Check the rows of a part by themselves."""
        found = row_findings(text, schema, self.facts, self.key, persons)
        rest, findings = text[~text.index.isin(error_positions(found))], by_position(found, self.of)
        hashes = compared_hashes(rest, self.of, self.key, has_lines=self.facts.has_lines)
        lines = self.lines(text).loc[findings.index]
        placed = findings.assign(position=findings.index, line=lines)
        return Alone(rest, hashes.assign(position=rest.index), placed)

    def lines(self, text: pd.DataFrame) -> pd.Series[str]:
        """Return the line of the file of each row, where it is known."""
        known = self.facts.has_lines and LINE in text
        return text[LINE] if known else pd.Series(pd.NA, index=text.index, dtype="str")

    def sharing(self, names: Collection[str]) -> list[np.ndarray]:
        """Return for each part the positions of the rows that share a hash with another row."""
        numbers = [part.number for part in self.parts.parts]
        read = partial(self.own.read_all, "keys", numbers)
        positions = [keys["position"].to_numpy() for keys in read(["position"])]
        ends = np.cumsum([len(mine) for mine in positions])
        shared = np.zeros(ends[-1], dtype=bool)
        there = pq.read_schema(self.own.path("keys", 0)).names
        for name in (name for name in there if name in names):
            shared |= _repeated(np.concatenate([keys[name].to_numpy() for keys in read([name])]))
        marks = np.split(shared, ends[:-1])
        return [mine[marked] for mine, marked in zip(positions, marks, strict=True)]

    def compared(
        self, valid: Callable[[Part], pd.DataFrame], places: Sequence[np.ndarray], pace: Pace
    ) -> Compared:
        """Compare the rows at these positions of each part; only these parts are read again.

        ``valid`` gives the rows of a part that are valid by themselves, by their position in it.
        """
        todo = [part for part in self.parts.parts if len(places[part.number])]
        make = partial(partial, self._rows_at, valid, places)
        rows = {part.number: frame for part, frame in each_part(make, todo, "compare", pace)}
        frames = [rows[number] for number in sorted(rows)]
        if not frames:
            return Compared(self.header.set_axis(pd.Index([], dtype="int64")), [])
        alike = pd.concat(frames)
        found = across_rows(alike, self.of, self.key, has_lines=self.facts.has_lines)
        return Compared(alike, list(found))

    def _rows_at(
        self,
        valid: Callable[[Part], pd.DataFrame],
        places: Sequence[np.ndarray],
        part: Part,
    ) -> pd.DataFrame:
        """Return the rows at these positions of a part, by their position among all rows."""
        rows = valid(part).loc[places[part.number]]
        return rows.set_axis(places[part.number] + self.parts.before[part.number])

    def found(self, part: Part, more: Compared) -> list[pd.DataFrame]:
        """Return the findings on a part by position: its own, and ``more`` of rows together.

        Those on whole columns are on the last part.
        """
        mine = self.own.read("findings", part.number).set_index("position")
        is_last = part.number == len(self.parts.parts) - 1
        on_columns = column_findings(self.header, self.of, self.facts) if is_last else ()
        return [mine[list(FINDING_COLUMNS)], *more.findings, *on_columns]


class _Job(NamedTuple):
    """What is the same for all parts."""

    checks: PartChecks

    def check(self, schema: pa.DataFrameSchema, persons: Checked | None, part: Part) -> None:
        """Check the rows of a part by themselves; write what was found and what to compare."""
        frame = self.checks.parts.read(part)
        text = text_frame(without_reasons(frame))
        valid, keys, findings = self.checks.alone(text, schema, persons)
        bad = ~text.index.isin(valid.index)
        keys = keys.assign(contradicted=contradicted_rows(frame)[~bad])
        rejects = reject_rows(text, Checked(valid, text[bad], findings))
        self.checks.own.write(part.number, (keys, findings, rejects, valid))

    def valid(self, part: Part) -> pd.DataFrame:
        """Return the rows of a part that are valid by themselves, by their position in it."""
        keys = self.checks.own.read("keys", part.number, ["position"])
        return self.checks.own.read("valid", part.number).set_axis(keys["position"].to_numpy())

    def finished(
        self, together: Compared, folder: PartFolder, part: Part
    ) -> tuple[CheckCounts, int]:
        """Write the results of a part; return its counts and its contradicted rows."""
        parts, own = self.checks.parts, self.checks.own
        begin, rows = parts.before[part.number], parts.rows_of(part)
        more = together.within(begin, begin + rows)
        mine = own.read("findings", part.number).set_index("position")
        findings = by_position(self.checks.found(part, more), self.checks.of)
        wrong = error_positions(more.findings)
        own_wrong = np.unique(mine.index[mine["severity"] == "error"])
        again = more.rows.loc[wrong]
        rejects = pd.concat([
            own.read("rejects", part.number).set_axis(own_wrong),
            reject_rows(again, Checked(again[:0], again, findings)).set_axis(wrong),
        ]).sort_index()  # fmt: skip
        folder.write_one("rejects", part.number, rejects)
        warnings = findings[findings["severity"] == "warning"]
        folder.write_one("warnings", part.number, warnings)
        if len(wrong):
            folder.write_one("valid", part.number, self.valid(part).drop(wrong))
        else:
            folder.take("valid", part.number, own)
        keys = own.read("keys", part.number, ["position", "contradicted"])
        earlier = keys["contradicted"] & ~keys["position"].isin(wrong)
        lines = self.checks.lines(more.rows).set_axis(more.rows[ROW_ID])
        named = pd.concat([mine.set_index(ROW_ID)["line"], lines])
        return CheckCounts.of(rows, len(rejects), findings, named), int(earlier.sum())


def _repeated(hashes: np.ndarray) -> np.ndarray:
    """Return which hashes are there more than once; 0 is none."""
    ordered = np.sort(hashes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    twice = twice[twice > 0]
    if not len(twice):
        return np.zeros(len(hashes), dtype=bool)
    at = np.minimum(np.searchsorted(twice, hashes), len(twice) - 1)
    found: np.ndarray = twice[at] == hashes
    return found
