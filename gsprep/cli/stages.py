"""``clean``, ``check`` and ``match``: one stage of the job on a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cleaning.clean import clean
from gsprep.cli import options
from gsprep.cli.console import listed, note, print_document, print_lines, read_file, stages
from gsprep.cli.ends import DONE, SOME_ROWS
from gsprep.cli.files import check_folder, make_folder
from gsprep.errors import InputError
from gsprep.report.rows import reject_rows, review_rows
from gsprep.report.summary import VERDICTS
from gsprep.schemas import objects
from gsprep.schemas.fields import COMPANY
from gsprep.schemas.frames import text_frame
from gsprep.schemas.objects import fields_of
from gsprep.tables.write import write_table
from gsprep.unification.index import prepare, usable_companies
from gsprep.unification.rulebook import read_rulebook
from gsprep.unification.unify import unify
from gsprep.validation import check

if TYPE_CHECKING:
    from gsprep.results import Checked

_OBJECTS = ("Person", "CompanyPerson", "RelationshipPerson", "Company")
_Object = Annotated[
    str, typer.Option("--object", help=f"What the file holds: {', '.join(_OBJECTS)}.")
]


def clean_file(
    file: Annotated[Path, typer.Argument(help="The file: CSV, TSV, XLSX or Parquet.")],
    out: Annotated[Path, typer.Option("--out", help="The cleaned file.")] = Path("cleaned.csv"),
    changes: Annotated[
        Path | None, typer.Option("--changes", help="Where every cell before and after is logged.")
    ] = None,
    of: _Object = "Person",
    region: options.Region = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; count only.")] = False,
    as_json: options.Json = False,
) -> None:
    """Mend the form of cells, never what they mean, and log every cell that was touched."""
    schema = _schema(of)
    cleaned = clean(read_file(file, fields_of(schema)), schema, region=region)
    if not dry_run:
        write_table(cleaned.frame, out)
        if changes is not None:
            write_table(cleaned.changes, changes)
    rules = {str(rule): int(n) for rule, n in cleaned.changes["rule"].value_counts().items()}
    document = {"schema": "gsprep.clean/1", "rows": len(cleaned.frame), "changes": rules}
    lines = (f"{len(cleaned.frame)} rows, {len(cleaned.changes)} changes", *_counted(rules))
    _tell(document, lines if dry_run else (*lines, f"cleaned: {out}"), as_json=as_json)


def check_file(
    file: Annotated[Path, typer.Argument(help="The file: CSV, TSV, XLSX or Parquet.")],
    of: _Object = "Person",
    key: options.Key = "Email",
    persons: Annotated[
        Path | None, typer.Option("--persons", help="The people that the associations belong to.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder for rejects.csv and warnings.csv.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Tell row by row what the service would refuse, why, and what to do; cells stay untouched."""
    schema = _schema(of)
    frame = read_file(file, fields_of(schema))
    known = None if persons is None else read_file(persons)
    checked = check(frame, schema, key=listed(key), persons=known)
    if out is not None:
        make_folder(out)
        write_table(reject_rows(text_frame(frame), checked), out / "rejects.csv")
        findings = checked.findings
        write_table(findings[findings["severity"] == "warning"], out / "warnings.csv")
    _tell(_checked_document(checked), _checked_lines(checked), as_json=as_json)
    raise typer.Exit(SOME_ROWS if len(checked.rejected) else DONE)


def match_file(
    people: Annotated[Path, typer.Argument(help="The people: CSV, TSV, XLSX or Parquet.")],
    companies: Annotated[Path, typer.Option("--companies", help="The companies to match with.")],
    rules: options.Rules = None,
    region: options.Region = None,
    out: options.Out = Path("out"),
    as_json: options.Json = False,
) -> None:
    """Find the company each person belongs to; writes decisions, evidence and review."""
    check_folder(out)
    book = read_rulebook(rules)
    book = book if region is None else book.dialled_from(region)
    frame, (usable, unusable) = read_file(people), usable_companies(read_file(companies, COMPANY))
    if len(unusable):
        note(f"{len(unusable)} companies have no Gsid, no Name or a repeated Gsid: left out")
    with stages() as show:
        show("match", 0, 0)
        unified = unify(frame, prepare(usable, book))
    make_folder(out)
    for name, lines in (
        ("decisions", unified.decisions),
        ("evidence", unified.evidence),
        ("review", review_rows(text_frame(frame), unified)),
    ):
        write_table(lines, out / f"{name}.csv")
    verdicts = unified.decisions["verdict"].value_counts()
    counts = {verdict: int(verdicts.get(verdict, 0)) for verdict in VERDICTS}
    document = {"schema": "gsprep.match/1", "people": len(frame), **counts}
    _tell(document, (*_counted(counts), f"decisions: {out / 'decisions.csv'}"), as_json=as_json)


def _schema(name: str) -> Any:
    if name not in _OBJECTS:
        raise InputError(f"--object is one of {', '.join(_OBJECTS)}")
    return getattr(objects, name)


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


def _checked_lines(checked: Checked) -> tuple[str, ...]:
    whole = len(checked.valid) + len(checked.rejected)
    return (
        f"{whole} rows = {len(checked.valid)} valid + {len(checked.rejected)} rejected",
        *(
            f"{rows:>8}  {severity:<8} {code:<20} {column}"
            for (severity, code, column), rows in _findings(checked).items()
        ),
    )


def _findings(checked: Checked) -> dict[tuple[str, str, str], int]:
    counts = checked.findings.value_counts(["severity", "code", "column"]).reset_index(name="rows")
    names = zip(counts["severity"], counts["code"], counts["column"], strict=True)
    return dict(zip(names, counts["rows"].tolist(), strict=True))


def _counted(counts: dict[str, int]) -> tuple[str, ...]:
    return tuple(f"{number:>8}  {name}" for name, number in counts.items())


def _tell(document: dict[str, Any], lines: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_document(document)
    else:
        print_lines(lines)
