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
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandera.pandas as pa

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.parts import Part, Parts

# What is known of each part by itself, and the results.
_OWN = ("keys", "findings", "rejects", "valid")
_TABLES = ("rejects", "warnings", "valid")
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
    seen = survey(parts, pace, partial(_learned, of=of))
    facts = CheckFacts.together(seen.learned)
    own, folder = PartFolder(out / "own", _OWN), PartFolder(out, _TABLES)
    head = {
        "schema": _SCHEMA,
        "rows": parts.digest,
        "way": digest_of(of, how.key, _told(how.persons)),
    }
    own.begin(head)
    folder.begin(head)
    todo = own.todo(parts.parts)
    job = _Job(seen.parts, own, of, how.key, facts)
    make = partial(_made, job, how.persons)
    for _ in each_part(make, todo, "check", pace, whole=seen.parts.rows):
        pass
    together = job.compared(pace)
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
    return partial(job.check, schema_of(job.of), persons)


class _Compared(NamedTuple):
    """The rows that share a key with another row, and the findings on them.

    The index is the position of the row among all rows.
    """

    rows: pd.DataFrame
    findings: list[pd.DataFrame]

    def within(self, begin: int, end: int) -> _Compared:
        """Return those of a part, by their position in it."""
        findings = [_of_part(one, begin, end) for one in self.findings]
        return _Compared(_of_part(self.rows, begin, end), findings)


def _of_part(frame: pd.DataFrame, begin: int, end: int) -> pd.DataFrame:
    mine = frame[(frame.index >= begin) & (frame.index < end)]
    return mine.set_axis(mine.index - begin)


class _Job(NamedTuple):
    """What is the same for all parts."""

    parts: Parts
    own: PartFolder
    of: ObjectFields
    key: tuple[str, ...]
    facts: CheckFacts

    def check(self, schema: pa.DataFrameSchema, persons: Checked | None, part: Part) -> None:
        """Check the rows of a part by themselves; write what was found and what to compare."""
        frame = self.parts.read(part)
        text = text_frame(without_reasons(frame))
        found = row_findings(text, schema, self.facts, self.key, persons)
        bad = text.index.isin(error_positions(found))
        rest, findings = text[~bad], by_position(found, self.of)
        hashes = compared_hashes(rest, self.of, self.key, has_lines=self.facts.has_lines)
        keys = hashes.assign(position=rest.index, contradicted=contradicted_rows(frame)[~bad])
        lines = self._lines(text).loc[findings.index]
        placed = findings.assign(position=findings.index, line=lines)
        rejects = reject_rows(text, Checked(rest, text[bad], findings))
        self.own.write(part.number, (keys, placed, rejects, rest))

    def _lines(self, text: pd.DataFrame) -> pd.Series[str]:
        """Return the line of the file of each row, where it is known."""
        known = self.facts.has_lines and LINE in text
        return text[LINE] if known else pd.Series(pd.NA, index=text.index, dtype="str")

    def compared(self, pace: Pace) -> _Compared:
        """Compare the rows that share a key with another row; only these are read again."""
        places = self._shared()
        todo = [part for part in self.parts.parts if len(places[part.number])]
        make = partial(partial, self._rows_at, places)
        rows = {part.number: frame for part, frame in each_part(make, todo, "compare", pace)}
        frames = [rows[number] for number in sorted(rows)]
        if not frames:
            return _Compared(pd.DataFrame({ROW_ID: []}, dtype="str"), [])
        alike = pd.concat(frames)
        found = across_rows(alike, self.of, self.key, has_lines=self.facts.has_lines)
        return _Compared(alike, list(found))

    def _rows_at(self, places: Sequence[np.ndarray], part: Part) -> pd.DataFrame:
        """Return the valid rows at these positions of a part, by their position among all rows."""
        rows = self._valid(part)
        return rows.loc[places[part.number]].set_axis(
            places[part.number] + self.parts.before[part.number]
        )

    def _valid(self, part: Part) -> pd.DataFrame:
        """Return the rows of a part that are valid by themselves, by their position in it."""
        keys = self.own.read("keys", part.number, ["position"])
        return self.own.read("valid", part.number).set_axis(keys["position"].to_numpy())

    def _shared(self) -> list[np.ndarray]:
        """Return for each part the positions of the rows that share a key with another row."""
        numbers = [part.number for part in self.parts.parts]
        read = partial(self.own.read_all, "keys", numbers)
        positions = [keys["position"].to_numpy() for keys in read(["position"])]
        ends = np.cumsum([len(mine) for mine in positions])
        shared = np.zeros(ends[-1], dtype=bool)
        names = pq.read_schema(self.own.path("keys", 0)).names
        for name in (name for name in names if name not in {"position", "contradicted"}):
            shared |= _repeated(np.concatenate([keys[name].to_numpy() for keys in read([name])]))
        marks = np.split(shared, ends[:-1])
        return [mine[marked] for mine, marked in zip(positions, marks, strict=True)]

    def finished(
        self, together: _Compared, folder: PartFolder, part: Part
    ) -> tuple[CheckCounts, int]:
        """Write the results of a part; return its counts and its contradicted rows."""
        begin, rows = self.parts.before[part.number], self.parts.rows_of(part)
        more = together.within(begin, begin + rows)
        mine = self.own.read("findings", part.number).set_index("position")
        is_last = part.number == len(self.parts.parts) - 1
        found = [mine[list(FINDING_COLUMNS)], *more.findings]
        found += column_findings(self._no_rows(), self.of, self.facts) if is_last else []
        findings, wrong = by_position(found, self.of), error_positions(more.findings)
        own_wrong = np.unique(mine.index[mine["severity"] == "error"])
        again = more.rows.loc[wrong]
        rejects = pd.concat([
            self.own.read("rejects", part.number).set_axis(own_wrong),
            reject_rows(again, Checked(again[:0], again, findings)).set_axis(wrong),
        ]).sort_index()  # fmt: skip
        folder.write_one("rejects", part.number, rejects)
        warnings = findings[findings["severity"] == "warning"]
        folder.write_one("warnings", part.number, warnings)
        if len(wrong):
            folder.write_one("valid", part.number, self._valid(part).drop(wrong))
        else:
            folder.take("valid", part.number, self.own)
        keys = self.own.read("keys", part.number, ["position", "contradicted"])
        earlier = keys["contradicted"] & ~keys["position"].isin(wrong)
        named = [mine.set_index(ROW_ID)["line"], self._lines(more.rows).set_axis(more.rows[ROW_ID])]
        counts = CheckCounts.of(rows, len(rejects), findings, pd.concat(named))
        return counts, int(earlier.sum())

    def _no_rows(self) -> pd.DataFrame:
        """Return a frame with the columns of all parts."""
        return without_reasons(text_frame(self.parts.read_none()))


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
