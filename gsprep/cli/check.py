"""``check``: the rows of a file that the service would refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import options
from gsprep.cli.console import FindingCounts, Shown, note, tell
from gsprep.cli.describe import schema_of
from gsprep.cli.exit_codes import DONE, SOME_ROWS
from gsprep.cli.files import make_folder, read_file, write_errors
from gsprep.cli.guards import check_columns, check_outputs
from gsprep.cli.options import listed, share
from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.report.advice import contradiction_notes
from gsprep.report.rows import reject_rows
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.tables.write import write_table
from gsprep.validation.check import check

if TYPE_CHECKING:
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
            help="Exit with code 2 if more than this share of rows is rejected, such as 2%.",
            rich_help_panel=options.CHECKING,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the rows that the service would refuse, why, and what to do; cells are not changed."""
    most = share(max_rejected)
    if out is not None:
        check_outputs(
            [out / name for name in _CHECK_FILES],
            inputs=(file, persons, reading.mapping, object.described),
        )
    schema = schema_of(object)
    given = read_file(file, fields_of(schema), reading)
    frame = without_reasons(given)
    check_columns(frame, file, schema, listed(key))
    known = None if persons is None else without_reasons(read_file(persons, PERSON))
    checked = check(frame, schema, key=listed(key), persons=known)
    for sentence in contradiction_notes(given, checked.valid["row_id"]):
        note(sentence)
    if out is not None:
        make_folder(out)
        rejects = reject_rows(text_frame(frame), checked)
        write_table(rejects, out / "rejects.csv")
        write_errors(rejects, checked.findings, out / "errors.xlsx")
        findings = checked.findings
        write_table(findings[findings["severity"] == "warning"], out / "warnings.csv")
    tell(_checked_document(checked), _checked_lines(checked), as_json=as_json)
    if most is not None and len(checked.rejected) > most * len(frame):
        where = "Use --out to list them" if out is None else f"Fix {out / 'rejects.csv'}"
        raise InputError(
            f"{len(checked.rejected)} of {len(frame)} rows are rejected, more than --max-rejected "
            f"allows. {where}"
        )
    raise typer.Exit(SOME_ROWS if len(checked.rejected) else DONE)


def _checked_document(checked: Checked) -> dict[str, Any]:
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


def _checked_lines(checked: Checked) -> tuple[str | Shown, ...]:
    valid, rejected = len(checked.valid), len(checked.rejected)
    rows = plural(valid + rejected, "row", "rows")
    return (
        f"{valid + rejected} {rows} = {valid} valid + {rejected} rejected",
        FindingCounts(_findings(checked)),
    )


def _findings(checked: Checked) -> dict[tuple[str, str, str], int]:
    counts = checked.findings.value_counts(["severity", "code", "column"]).reset_index(name="rows")
    names = zip(counts["severity"], counts["code"], counts["column"], strict=True)
    return dict(zip(names, counts["rows"].tolist(), strict=True))
