"""``check``: what the service would refuse of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import options
from gsprep.cli.asked import Asked
from gsprep.cli.console import Part, listed, note, read_file, share, tell
from gsprep.cli.empty import look_at_columns
from gsprep.cli.ends import DONE, SOME_ROWS
from gsprep.cli.files import check_folder, make_folder, write_errors
from gsprep.cli.objects import Object
from gsprep.cli.shown import FindingCounts, Shown
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


def check_file(
    file: options.Source,
    of: Object = "Person",
    key: options.Key = "Email",
    persons: Annotated[
        Path | None, typer.Option("--persons", help="The people that the associations belong to.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A folder for rejects.csv, errors.xlsx and warnings.csv."),
    ] = None,
    described: options.Describe = None,
    name: options.Name = None,
    to: options.AskedOf = None,
    sandbox: options.AskedOfSandbox = False,
    max_rejected: Annotated[
        str | None, typer.Option("--max-rejected", help="Exit code 2 above this share, as 2%.")
    ] = None,
    sheet: options.Sheet = None,
    query: options.Query = None,
    mapping: options.Mapping = None,
    as_json: options.Json = False,
) -> None:
    """Tell row by row what the service would refuse, why, and what to do; cells stay untouched."""
    most = share(max_rejected)
    if out is not None:
        check_folder(out, _CHECK_FILES, inputs=(file, persons, mapping, described))
    schema = Asked(described, name, to, sandbox).schema(of)
    given = read_file(file, fields_of(schema), Part(sheet, query, mapping))
    frame = without_reasons(given)
    look_at_columns(frame, file, schema, listed(key))
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
        where = "use --out to see which" if out is None else f"mend {out / 'rejects.csv'}"
        raise InputError(
            f"{len(checked.rejected)} of {len(frame)} rows are rejected, more than --max-rejected "
            f"allows: {where}"
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
