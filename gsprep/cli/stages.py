"""``match``: the company of each person of a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.cli import options
from gsprep.cli.answering import refuse_to_lose
from gsprep.cli.console import Part, note, note_if_empty, read_file, stages, tell
from gsprep.cli.files import check_folder, make_folder
from gsprep.cli.knowing import learned_lines, matched, read_known_file
from gsprep.cli.shown import Counts, Shown
from gsprep.display import plural
from gsprep.report.rows import review_rows
from gsprep.report.summary import VERDICTS
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.schemas.frames import text_frame
from gsprep.tables.write import write_table
from gsprep.unification.answers import as_answers
from gsprep.unification.explain import waterfall
from gsprep.unification.prepare import prepare, usable_companies
from gsprep.unification.rulebook import read_rulebook

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.results import Unified
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.rulebook import Rulebook

_MATCH_FILES = ("decisions.csv", "evidence.csv", "review.csv")


def match_file(
    people: options.People,
    companies: Annotated[Path, typer.Option("--companies", help="The companies to match with.")],
    rules: options.Rules = None,
    known: options.Known = None,
    answers: options.Answers = None,
    passes: Annotated[
        int, typer.Option("--passes", min=1, max=2, help="2: also learn from the first matches.")
    ] = 1,
    region: options.Region = None,
    out: options.Out = Path("out"),
    explain: Annotated[
        str | None,
        typer.Option("--explain", help="Also show how the decision on this row_id came about."),
    ] = None,
    sheet: options.Sheet = None,
    query: options.Query = None,
    mapping: options.Mapping = None,
    as_json: options.Json = False,
) -> None:
    """Find the company each person belongs to; writes decisions, evidence and review."""
    refuse_to_lose(answers, out, _MATCH_FILES)
    check_folder(out, _MATCH_FILES, inputs=(people, companies, known, mapping))
    book = read_rulebook(rules)
    book = book if region is None else book.dialled_from(region)
    part = Part(sheet, query, mapping)
    frame = read_file(people, None if mapping is None else PERSON, part)
    note_if_empty(people, frame)
    told = read_known_file(known, book)
    said = None if answers is None else as_answers(read_file(answers), frame, book.columns)
    with stages() as show:
        show("match", 0, 0)
        index = prepared(companies, book, told, said)
        unified, learned = matched(frame, index, told, passes, show)
    why = () if explain is None else waterfall(unified, explain)
    _write_matches(frame, unified, out)
    verdicts = unified.decisions["verdict"].value_counts()
    counts = {verdict: int(verdicts.get(verdict, 0)) for verdict in VERDICTS}
    document = {"schema": "gsprep.match/1", "people": len(frame), **counts}
    document |= {"explanation": list(why)} if why else {}
    document |= {} if learned is None else {"pass_2": asdict(learned)}
    more = () if learned is None else learned_lines(learned)
    lines: tuple[str | Shown, ...] = (
        Counts(counts),
        *more,
        f"decisions: {out / 'decisions.csv'}",
        *why,
    )
    tell(document, lines, as_json=as_json)


def prepared(
    companies: Path, book: Rulebook, known: pd.DataFrame | None, answers: pd.DataFrame | None
) -> CompanyIndex:
    """Make the companies of a file ready, and say what of all that cannot be used."""
    usable, unusable = usable_companies(read_file(companies, COMPANY))
    if len(unusable):
        have = plural(len(unusable), "company has", "companies have")
        note(f"{len(unusable)} {have} no Gsid, no Name or a repeated Gsid: left out")
    index = prepare(usable, book, known=known, answers=answers)
    for said in index.notes:
        note(said)
    return index


def _write_matches(frame: pd.DataFrame, unified: Unified, out: Path) -> None:
    make_folder(out)
    tables = (unified.decisions, unified.evidence, review_rows(text_frame(frame), unified))
    for name, table in zip(_MATCH_FILES, tables, strict=True):
        write_table(table, out / name)
