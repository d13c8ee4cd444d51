"""``check``: rows that the service would refuse."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import pandas as pd
import typer

from gsprep.cli import options
from gsprep.cli.console import FindingCounts, Shown, note, tell
from gsprep.cli.describe import schema_of
from gsprep.cli.exit_codes import TOO_MANY_REJECTED, code_of_rows
from gsprep.cli.files import (
    make_folder,
    note_reading,
    place_of,
    read_file,
    write_errors,
    write_text,
)
from gsprep.cli.guards import check_columns, check_outputs, refuse_columns
from gsprep.cli.options import listed, share
from gsprep.display import few, heading, legible, plural
from gsprep.lazy import lazy_module
from gsprep.report.files import reject_rows
from gsprep.report.finding_counts import UNKNOWN_FIELD, CheckCounts, unknown_fields
from gsprep.report.sentences import contradiction_note, contradiction_notes, unsent_note
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import LINE, ROW_ID, line_columns, text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.tables.sql import is_database_url
from gsprep.tables.write import write_table
from gsprep.validation.check import check, checked_persons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandera.pandas as pa

    from gsprep.cli import parts as in_parts_of
    from gsprep.parts import check as parts_check
    from gsprep.parts.check import CheckedParts
    from gsprep.report.finding_counts import FindingCount
    from gsprep.results import Checked
else:
    in_parts_of = lazy_module("gsprep.cli.parts")
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
            place = f"file={_property(file)}{_at_line(reason, lines)},title={title}"
            yield f"::{reason.severity} {place}::{_data(_sentence(reason, lines))}"


def _at_line(reason: FindingCount, lines: Mapping[str, str]) -> str:
    """Return the first line of a finding as a property; "" for a row of one of several sheets."""
    line = lines.get(reason.first[0], "") if reason.first else ""
    return f",line={line}" if line.isdecimal() else ""


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
    name: str,
    columns: Sequence[str],
    counts: Sequence[FindingCount],
    lines: Mapping[str, str],
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
        _add_test(suite, name, column, _Told.of(found, lines))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


@dataclass(frozen=True, slots=True)
class _Told:
    """Findings on one column as sentences."""

    codes: tuple[str, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, found: Sequence[FindingCount], lines: Mapping[str, str]) -> _Told:
        errors = [one for one in found if one.severity == "error"]
        warnings = [one for one in found if one.severity == "warning"]
        return cls(
            tuple(dict.fromkeys(one.code for one in errors)),
            tuple(_sentence(one, lines) for one in errors),
            tuple(_sentence(one, lines) for one in warnings),
        )


def _add_test(suite: Element, name: str, column: str, told: _Told) -> None:
    test = SubElement(suite, "testcase", classname=name, name=legible(column))
    if told.errors:
        failure = SubElement(test, "failure", type=" ".join(told.codes), message=told.errors[0])
        failure.text = "\n".join(told.errors)
    if told.warnings:
        SubElement(test, "system-out").text = "\n".join(told.warnings)


_CHECK_FILES = ("rejects.csv", "errors.xlsx", "warnings.csv")


@options.grouped
def check_file(
    file: options.Source,
    reading: options.Input,
    object: options.ObjectOptions,  # noqa: A002  the group's name
    in_parts: options.InParts,
    key: options.Key = "Email",
    persons: Annotated[
        Path | None,
        options.option(
            "--persons", "File of the people that the associations belong to.", options.CHECKING
        ),
    ] = None,
    out: Annotated[
        Path | None,
        options.option(
            "--out",
            "Folder for rejects.csv, errors.xlsx and warnings.csv. With --format parquet, for "
            "the folders rejects, warnings and valid.",
            options.OUTPUT,
        ),
    ] = None,
    max_rejected: Annotated[
        str | None,
        options.option(
            "--max-rejected",
            "Exit with code 5 if more than this share of rows is rejected, such as 2%.",
            options.CHECKING,
        ),
    ] = None,
    tolerate: options.Tolerate = None,
    annotate: Annotated[
        Literal["github"] | None,
        options.option(
            "--annotate",
            "Also print the findings as annotations of a GitHub workflow, on standard error.",
            options.OUTPUT,
        ),
    ] = None,
    junit: Annotated[
        Path | None,
        options.option(
            "--junit", "File for a JUnit report: one test for each column.", options.OUTPUT
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the rows that the service would refuse, with reasons and advice; no cell is changed."""
    limits = Limits(share(max_rejected), share(tolerate, "--tolerate") or 0.0)
    results = [] if out is None or in_parts.wanted else [out / name for name in _CHECK_FILES]
    given = (file, persons, reading.mapping, object.described)
    check_outputs([*results, junit], inputs=given)
    schema = schema_of(object)
    if in_parts.wanted:
        job = _PartsJob(file, reading, schema, listed(key), persons, out)
        columns, done = job.check(in_parts)
        more = {"parts": done.parts, "resumed": done.resumed}
        report = Report(file, columns, junit, annotate, out and out / "rejects", more)
        name = fields_of(schema).name
        raise typer.Exit(told(done.counts, name, report, limits, as_json=as_json))
    source = read_file(file, fields_of(schema), reading)
    frame = without_reasons(source)
    check_columns(frame, file, schema, listed(key))
    known = None if persons is None else without_reasons(read_file(persons, PERSON))
    checked = check(frame, schema, key=listed(key), persons=known)
    for sentence in contradiction_notes(source, checked.valid["row_id"]):
        note(sentence)
    if out is not None:
        _write(frame, checked, out)
    counts = CheckCounts.of(len(frame), len(checked.rejected), checked.findings, _lines_of(frame))
    columns = frame.columns.drop(line_columns(frame)).to_list()
    report = Report(file, columns, junit, annotate, None if out is None else out / "rejects.csv")
    raise typer.Exit(told(counts, fields_of(schema).name, report, limits, as_json=as_json))


@dataclass(frozen=True, slots=True)
class _PartsJob:
    """A check part by part: the source, the object, the key and persons, and the results."""

    file: str
    reading: options.Input
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    persons: Path | None
    out: Path | None

    def check(self, in_parts: options.InParts) -> tuple[list[str], CheckedParts]:
        """Check every part, with notes; return the columns and what was found."""
        parts = in_parts_of.open_parts(self.file, fields_of(self.schema), self.reading)
        header = without_reasons(text_frame(parts.read_none()))
        refuse_columns(header, self.schema, self.key)
        known = None if self.persons is None else without_reasons(read_file(self.persons, PERSON))
        how = parts_check.CheckOptions(self.key, checked_persons(known, self.key))
        with in_parts_of.kept_folder(self.out) as folder, in_parts_of.pace_of(in_parts) as pace:
            done = parts_check.check_parts(parts, self.schema, folder, how, pace)
        note_reading(self.file, done.notes)
        for sentence in contradiction_note(done.contradicted):
            note(sentence)
        return header.columns.drop(line_columns(header)).to_list(), done


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported about the findings besides their counts.

    Attributes:
        file: the source as it was typed.
        columns: its columns.
        junit: the file of a JUnit report, if it is asked for.
        annotate: what annotations are for, if they are asked for.
        rejects: where the rejected rows are listed, if they are.
        more: further numbers of the document.
    """

    file: str
    columns: Sequence[str]
    junit: Path | None
    annotate: str | None
    rejects: Path | None
    more: Mapping[str, int] = field(default_factory=dict)

    def write(self, counts: CheckCounts) -> None:
        """Write the JUnit report and the annotations, if they are asked for."""
        if self.junit is not None:
            name = place_of(self.file)
            write_text(junit_report(name, self.columns, counts.reasons, counts.lines), self.junit)
        if self.annotate is not None:
            for line in github_annotations(_path_of(self.file), counts.reasons, counts.lines):
                note(line)


def told(counts: CheckCounts, of: str, report: Report, limits: Limits, *, as_json: bool) -> int:
    """Print the numbers of a check of an object's rows; return the exit code."""
    report.write(counts)
    lines = _lines(counts, of)
    if counts.rejected and report.rejects is not None:
        lines = *lines, f"to fix: {report.rejects}"
    if report.rejects is not None and any(map(_is_warning_on_rows, counts.reasons)):
        named = report.rejects.name.replace("rejects", "warnings")
        lines = *lines, f"to look at: {report.rejects.with_name(named)}"
    tell(_document(counts) | dict(report.more), lines, as_json=as_json)
    return limits.code(counts, report.rejects)


@dataclass(frozen=True, slots=True)
class Limits:
    """The share of rejected rows that is allowed, and the share that exit code 0 tolerates."""

    most: float | None
    tolerated: float

    def code(self, counts: CheckCounts, rejects: Path | None) -> int:
        """Return the exit code; a note says that there are too many, and where they are."""
        rejected, whole = counts.rejected, counts.rejected + counts.valid
        if self.most is None or rejected <= self.most * whole:
            return code_of_rows([(rejected, whole)], self.tolerated)
        where = "Use --out to list them" if rejects is None else f"Fix {rejects}"
        are = plural(rejected, "is", "are")
        note(
            f"gsprep: {rejected:,} of {whole:,} rows {are} rejected, more than --max-rejected "
            f"allows. {where}"
        )
        return TOO_MANY_REJECTED


def _lines_of(frame: pd.DataFrame) -> pd.Series[str]:
    """Return the line of the file by row_id, as far as the reader knows it."""
    if LINE not in line_columns(frame):
        return pd.Series(dtype="str")
    return frame.set_index(ROW_ID)[LINE]


def _path_of(file: str) -> str:
    """Return the path of a file as it was typed; of a database without passwords."""
    return place_of(file) if is_database_url(file) else file


def _write(frame: pd.DataFrame, checked: Checked, out: Path) -> None:
    make_folder(out)
    findings = checked.findings
    rejects = reject_rows(text_frame(frame), checked)
    write_table(rejects, out / "rejects.csv")
    write_errors(rejects, findings, out / "errors.xlsx")
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


def _is_warning_on_rows(one: FindingCount) -> bool:
    return one.severity == "warning" and one.code != UNKNOWN_FIELD


def _lines(counts: CheckCounts, of: str) -> tuple[str | Shown, ...]:
    valid, rejected = counts.valid, counts.rejected
    rows = plural(valid + rejected, "row", "rows")
    unknown = unknown_fields(counts.reasons)
    return (
        f"{valid + rejected} {rows} = {valid} valid + {rejected} rejected",
        FindingCounts([one for one in counts.reasons if one.code != UNKNOWN_FIELD]),
        *([unsent_note(of, ", ".join(unknown))] if unknown else []),
    )
