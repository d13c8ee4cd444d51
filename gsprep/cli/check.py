"""``check``: rows that the service would refuse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gsprep.cli import options
from gsprep.cli.check_reports import github_annotations, junit_report
from gsprep.cli.console import FindingCounts, Shown, note, tell
from gsprep.cli.describe import schema_of
from gsprep.cli.exit_codes import TOO_MANY_REJECTED, code_of_rows
from gsprep.cli.files import make_folder, place_of, read_file, write_errors, write_text
from gsprep.cli.guards import check_columns, check_outputs
from gsprep.cli.options import listed, share
from gsprep.display import plural
from gsprep.report.advice import contradiction_notes, unsent_note
from gsprep.report.finding_counts import UNKNOWN_FIELD, findings_of, unknown_fields
from gsprep.report.rows import reject_rows
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import LINE, ROW_ID, line_columns, text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.tables.sql import is_database_url
from gsprep.tables.write import write_table
from gsprep.validation.check import check

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.report.finding_counts import FindingCount
    from gsprep.results import Checked

_CHECK_FILES = ("rejects.csv", "errors.xlsx", "warnings.csv")


@options.grouped
def check_file(
    file: options.Source,
    reading: options.Input,
    object: options.ObjectOptions,  # noqa: A002  the group's name
    key: options.Key = "Email",
    persons: Annotated[
        Path | None,
        typer.Option(
            "--persons",
            help="File of the people that the associations belong to.",
            rich_help_panel=options.CHECKING,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder for rejects.csv, errors.xlsx and warnings.csv.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    max_rejected: Annotated[
        str | None,
        typer.Option(
            "--max-rejected",
            help="Exit with code 5 if more than this share of rows is rejected, such as 2%.",
            rich_help_panel=options.CHECKING,
        ),
    ] = None,
    tolerate: options.Tolerate = None,
    annotate: Annotated[
        Literal["github"] | None,
        typer.Option(
            "--annotate",
            help="Also print the findings as annotations of a GitHub workflow, on standard error.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option(
            "--junit",
            help="File for a JUnit report: one test for each column.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the rows that the service would refuse, with reasons and advice; no cell is changed."""
    limits = _Limits(share(max_rejected), share(tolerate, "--tolerate") or 0.0)
    results = [] if out is None else [out / name for name in _CHECK_FILES]
    given = (file, persons, reading.mapping, object.described)
    check_outputs([*results, junit], inputs=given)
    schema = schema_of(object)
    source = read_file(file, fields_of(schema), reading)
    frame = without_reasons(source)
    check_columns(frame, file, schema, listed(key))
    known = None if persons is None else without_reasons(read_file(persons, PERSON))
    checked = check(frame, schema, key=listed(key), persons=known)
    for sentence in contradiction_notes(source, checked.valid["row_id"]):
        note(sentence)
    if out is not None:
        _write(frame, checked, out)
    counts = findings_of(checked.findings)
    if junit is not None:
        columns = frame.columns.drop(line_columns(frame)).to_list()
        write_text(junit_report(place_of(file), columns, counts, _lines_of(frame)), junit)
    if annotate is not None:
        for line in github_annotations(_path_of(file), counts, _lines_of(frame)):
            note(line)
    lines = _lines(checked, counts, fields_of(schema).name)
    tell(_document(checked), lines, as_json=as_json)
    raise typer.Exit(limits.code(checked, out))


@dataclass(frozen=True, slots=True)
class _Limits:
    """The share of rejected rows that is allowed, and the share that exit code 0 tolerates."""

    most: float | None
    tolerated: float

    def code(self, checked: Checked, out: Path | None) -> int:
        """Return the exit code; a note says that there are too many."""
        rejected, whole = len(checked.rejected), len(checked.rejected) + len(checked.valid)
        if self.most is None or rejected <= self.most * whole:
            return code_of_rows([(rejected, whole)], self.tolerated)
        where = "Use --out to list them" if out is None else f"Fix {out / 'rejects.csv'}"
        are = plural(rejected, "is", "are")
        note(
            f"gsprep: {rejected:,} of {whole:,} rows {are} rejected, more than --max-rejected "
            f"allows. {where}"
        )
        return TOO_MANY_REJECTED


def _lines_of(frame: pd.DataFrame) -> dict[str, str]:
    """Return the line of the file by row_id, as far as the reader knows it."""
    if LINE not in line_columns(frame):
        return {}
    known = frame[[ROW_ID, LINE]].dropna().astype("str")
    return dict(zip(known[ROW_ID], known[LINE], strict=True))


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


def _document(checked: Checked) -> dict[str, Any]:
    return {
        "schema": "gsprep.check/1",
        "read": len(checked.valid) + len(checked.rejected),
        "valid": len(checked.valid),
        "rejected": len(checked.rejected),
        "findings": [
            {"severity": severity, "code": code, "column": column, "rows": int(rows)}
            for (severity, code, column), rows in _findings(checked).items()
        ],
    }


def _lines(checked: Checked, counts: tuple[FindingCount, ...], of: str) -> tuple[str | Shown, ...]:
    valid, rejected = len(checked.valid), len(checked.rejected)
    rows = plural(valid + rejected, "row", "rows")
    unknown = unknown_fields(counts)
    return (
        f"{valid + rejected} {rows} = {valid} valid + {rejected} rejected",
        FindingCounts([one for one in counts if one.code != UNKNOWN_FIELD]),
        *([unsent_note(of, ", ".join(unknown))] if unknown else []),
    )


def _findings(checked: Checked) -> dict[tuple[str, str, str], int]:
    counts = checked.findings.value_counts(["severity", "code", "column"]).reset_index(name="rows")
    names = zip(counts["severity"], counts["code"], counts["column"], strict=True)
    return dict(zip(names, counts["rows"].tolist(), strict=True))
