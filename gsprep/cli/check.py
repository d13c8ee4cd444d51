"""``check``: rows that the service would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import pandas as pd
import typer

from gsprep.cli import exit_codes, files, guards, options
from gsprep.cli.console import FindingCounts, Shown, note, note_all, tell
from gsprep.cli.files import schema_of
from gsprep.cli.options import listed, share
from gsprep.display import few, heading, legible, plural
from gsprep.lazy import lazy_module
from gsprep.report.files import reject_rows
from gsprep.report.finding_counts import UNKNOWN_FIELD, CheckCounts, unknown_fields
from gsprep.report.sentences import (
    contradicted_ids,
    contradiction_note,
    contradiction_notes,
    unsent_note,
)
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import LINE, ROW_ID, line_columns, text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.tables.sql import is_database_url
from gsprep.tables.write import write_table
from gsprep.validation.check import check, checked_persons

if TYPE_CHECKING:
    import pandera.pandas as pa

    from gsprep.cli import part_by_part
    from gsprep.parts import check as parts_check
    from gsprep.parts.check import CheckedParts
    from gsprep.report.finding_counts import FindingCount
    from gsprep.results import Checked
else:
    part_by_part = lazy_module("gsprep.cli.part_by_part")
    parts_check = lazy_module("gsprep.parts.check")

# GitHub shows ten errors and ten warnings of a step.
_MOST = 10


def github_annotations(
    file: str, counts: Sequence[FindingCount], lines: Mapping[str, str]
) -> Iterator[str]:
    """Yield the most frequent reasons as workflow commands of GitHub, each at its first line.

    Columns that are not sent are no finding to act on and are left out. ``lines`` has the line of
    the file by row_id, where it is known.
    """
    left = {"error": _MOST, "warning": _MOST}
    for reason in counts:
        if reason.code != UNKNOWN_FIELD and left[reason.severity]:
            left[reason.severity] -= 1
            title = _property(f"{reason.code} {reason.column}".strip())
            # A row of one of several sheets has no line.
            line = lines.get(reason.first[0], "") if reason.first else ""
            at_line = f",line={line}" if line.isdecimal() else ""
            place = f"file={_property(file)}{at_line},title={title}"
            yield f"::{reason.severity} {place}::{_data(_sentence(reason, lines))}"


def _sentence(reason: FindingCount, lines: Mapping[str, str]) -> str:
    count = f"{reason.rows:,} {plural(reason.rows, 'row', 'rows')}"
    text = f"{count}: {reason.message} {reason.hint}{_where(reason, lines)}"
    # Other characters are not allowed in XML.
    return "".join(c if c.isprintable() else "?" for c in text)


def _where(reason: FindingCount, lines: Mapping[str, str]) -> str:
    """Return the first rows of a finding, by the line of the file and by row_id."""
    if not reason.first:
        return ""
    told = [few("row_id", reason.first, reason.rows)]
    if all(row_id in lines for row_id in reason.first):
        told.insert(0, few("line", [lines[row_id] for row_id in reason.first], reason.rows))
    return f" ({'; '.join(told)})"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def junit_report(
    name: str, columns: Sequence[str], counts: Sequence[FindingCount], lines: Mapping[str, str]
) -> str:
    """Return the findings as JUnit XML: a test for each column, failed if it has an error.

    A finding on no column is in the test ``row``. Warnings are the output of a test. ``lines`` has
    the line of the file by row_id, where it is known.
    """
    reasons: dict[str, list[FindingCount]] = {
        heading(column): [] for column in columns if column != ROW_ID
    }
    for reason in counts:
        reasons.setdefault(reason.column or "row", []).append(reason)
    suite = Element("testsuite", name=f"gsprep check {name}", tests=str(len(reasons)))
    for column, found in reasons.items():
        test = SubElement(suite, "testcase", classname=name, name=legible(column))
        errors = [one for one in found if one.severity == "error"]
        if errors:
            sentences = [_sentence(one, lines) for one in errors]
            codes = " ".join(dict.fromkeys(one.code for one in errors))
            SubElement(test, "failure", type=codes, message=sentences[0]).text = "\n".join(
                sentences
            )
        if warnings := [_sentence(one, lines) for one in found if one.severity == "warning"]:
            SubElement(test, "system-out").text = "\n".join(warnings)
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


_CHECK_FILES = ("rejects.csv", "errors.xlsx", "warnings.csv")


def check_file(
    file: options.Source,
    reading: options.Input,
    object: options.ObjectOptions,
    in_parts: options.InParts,
    key: options.Key = "Email",
    persons: Path | None = None,
    out: Path | None = None,
    max_rejected: str | None = None,
    tolerate: options.Tolerate = None,
    annotate: Literal["github"] | None = None,
    junit: Path | None = None,
    as_json: options.Json = False,
) -> None:
    """List the rows that the service would refuse, with reasons and advice; no cell is changed.

    Cleaning and checking:
        persons: File of the people that the associations belong to.
        max_rejected: Exit with code 5 if more than this share of rows is rejected, such as 2%.

    Output:
        out: Folder for rejects.csv, errors.xlsx and warnings.csv. With --format parquet, for the
            folders rejects, warnings and valid.
        annotate: Also print the findings as annotations of a GitHub workflow, on standard error.
        junit: File for a JUnit report: one test for each column.
    """
    most, tolerated = share(max_rejected), share(tolerate, "--tolerate") or 0.0
    results = [] if out is None or in_parts.wanted else [out / name for name in _CHECK_FILES]
    given = (file, persons, reading.mapping, object.described)
    guards.check_outputs([*results, junit], inputs=given)
    if out is not None:
        guards.check_folder(out)
    job = _Job(file, reading, schema_of(object), listed(key), persons)
    if in_parts.wanted:
        columns, done = job.part_by_part(in_parts, out)
        counts, more = done.counts, {"parts": done.parts, "resumed": done.resumed}
    else:
        columns, counts = job.whole(out)
        more = {}
    if junit is not None:
        name = files.place_of(file)
        files.write_text(junit_report(name, columns, counts.reasons, counts.lines), junit)
    if annotate is not None:
        path = files.place_of(file) if is_database_url(file) else file
        note_all(github_annotations(path, counts.reasons, counts.lines))
    rejects = out and out / ("rejects" if in_parts.wanted else "rejects.csv")
    lines = [*_lines(counts, fields_of(job.schema).name, rejects)]
    tell(_document(counts) | more, lines, as_json=as_json)
    raise typer.Exit(_code(counts, most, tolerated, rejects))


@dataclass(frozen=True, slots=True)
class _Job:
    """The source, the object, its key, and the file of the people of associations."""

    file: str
    reading: options.Input
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    persons: Path | None

    def whole(self, out: Path | None) -> tuple[list[str], CheckCounts]:
        """Check the whole source, with notes; return its columns and what was found."""
        source = files.read_file(self.file, fields_of(self.schema), self.reading)
        frame = without_reasons(source)
        guards.check_columns(frame, self.file, self.schema, self.key)
        checked = check(frame, self.schema, key=self.key, persons=self._people())
        note_all(contradiction_notes(contradicted_ids(source), checked.valid["row_id"]))
        if out is not None:
            _write(frame, checked, out)
        rejected, findings = len(checked.rejected), checked.findings
        has_lines = LINE in line_columns(frame)
        lines = frame.set_index(ROW_ID)[LINE] if has_lines else pd.Series(dtype="str")
        counts = CheckCounts.of(len(frame), rejected, findings, lines)
        return _columns_of(frame), counts

    def part_by_part(
        self, in_parts: options.InParts, out: Path | None
    ) -> tuple[list[str], CheckedParts]:
        """Check every part, with notes; return the columns and what was found."""
        parts = part_by_part.open_parts(self.file, fields_of(self.schema), self.reading)
        header = without_reasons(text_frame(parts.read_none()))
        guards.refuse_columns(header, self.schema, self.key)
        how = parts_check.CheckOptions(self.key, checked_persons(self._people(), self.key))
        with part_by_part.kept_folder(out) as folder, part_by_part.pace_of(in_parts) as pace:
            done = parts_check.check_parts(parts, self.schema, folder, how, pace)
        files.note_reading(self.file, done.notes)
        note_all(contradiction_note(done.contradicted))
        return _columns_of(header), done

    def _people(self) -> pd.DataFrame | None:
        if self.persons is None:
            return None
        return without_reasons(files.read_file(self.persons, PERSON))


def _columns_of(frame: pd.DataFrame) -> list[str]:
    return frame.columns.drop(line_columns(frame)).to_list()


def _code(counts: CheckCounts, most: float | None, tolerated: float, rejects: Path | None) -> int:
    """Return the exit code; a note says that more than ``most`` are rejected, and where they are.

    Up to the share ``tolerated`` the code is that of a check without rejected rows.
    """
    rejected, whole = counts.rejected, counts.rejected + counts.valid
    if most is None or rejected <= most * whole:
        return exit_codes.code_of_rows([(rejected, whole)], tolerated)
    where = "Use --out to list them" if rejects is None else f"Fix {rejects}"
    are = plural(rejected, "is", "are")
    note(
        f"gsprep: {rejected:,} of {whole:,} rows {are} rejected, more than --max-rejected "
        f"allows. {where}"
    )
    return exit_codes.TOO_MANY_REJECTED


def _write(frame: pd.DataFrame, checked: Checked, out: Path) -> None:
    files.make_folder(out)
    findings = checked.findings
    rejects = reject_rows(text_frame(frame), checked)
    write_table(rejects, out / "rejects.csv")
    files.write_errors(rejects, findings, out / "errors.xlsx", of=("rejects.csv", len(rejects)))
    write_table(findings[findings["severity"] == "warning"], out / "warnings.csv")


def _document(counts: CheckCounts) -> dict[str, Any]:
    found = sorted(counts.codes.items(), key=lambda one: (-one[1], one[0]))
    return {
        "schema": "gsprep.check/1",
        "read": counts.valid + counts.rejected,
        "valid": counts.valid,
        "rejected": counts.rejected,
        "findings": [
            {"severity": severity, "code": code, "column": column, "rows": rows}
            for (severity, code, column), rows in found
        ],
    }


def _lines(counts: CheckCounts, of: str, rejects: Path | None) -> Iterator[str | Shown]:
    valid, rejected = counts.valid, counts.rejected
    on_rows = [one for one in counts.reasons if one.code != UNKNOWN_FIELD]
    rows = plural(valid + rejected, "row", "rows")
    yield f"{valid + rejected} {rows} = {valid} valid + {rejected} rejected"
    yield FindingCounts(on_rows)
    if unknown := unknown_fields(counts.reasons):
        yield unsent_note(of, ", ".join(unknown))
    if rejects is not None and rejected:
        yield f"to fix: {rejects}"
    if rejects is not None and any(one.severity == "warning" for one in on_rows):
        warnings = rejects.with_name(rejects.name.replace("rejects", "warnings"))
        yield f"to look at: {warnings}"
