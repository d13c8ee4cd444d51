"""``duplicates``: duplicate people in a file and against existing people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import typer

from gsprep.cli import files, guards, options
from gsprep.cli.console import Counts, Shown, note, note_all, stages, tell
from gsprep.cli.record import typed
from gsprep.cli.review_pairs import kept_answers
from gsprep.report.duplicates import (
    SCHEMA,
    DuplicateFacts,
    DuplicatesOrigin,
    duplicate_facts,
    headline_of,
)
from gsprep.report.page import render_duplicates
from gsprep.report.summary import in_words
from gsprep.schemas.answers import answers_by_row
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import ROW_ID, line_columns, text_frame
from gsprep.tables.write import write_table
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.fitting import fit_duplicates
from gsprep.unification.duplicates.merge import merge_duplicates
from gsprep.unification.duplicates.output_tables import TABLES, groups_of_file, tables_of
from gsprep.unification.duplicates.records import GSID, names_of
from gsprep.unification.rulebook import Rulebook, read_rulebook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.duplicates.results import Duplicates, Merged

REPORT, SUMMARY = "report.html", "summary.json"
FILES = (*TABLES, REPORT, SUMMARY)


def duplicates_file(
    ctx: typer.Context,
    people: options.People,
    reading: options.Input,
    against: Path | None = None,
    rules: Path | None = None,
    answers: Path | None = None,
    groups: Path | None = None,
    model: Path | None = None,
    save_model: Path | None = None,
    seed: int = 0,
    out: options.Out = Path("out"),
    as_json: options.Json = False,
) -> None:
    """Find duplicate people; write groups, pairs, surviving records and lost values.

    Matching:
        against: File of the people who exist already, with their Gsid.
        rules: Rulebook: a file, or people, which comes with gsprep. Without it, the headers of the
            columns say how they are compared.
        answers: Answers about pairs: pair_answers.csv of a review, or a pairs.csv with match or
            no_match in its column answer. Without it: pair_answers.csv in the folder of --out.
        groups: The duplicates.csv of an earlier run, to keep its person_ids.
        model: Model that --save-model wrote. Nothing is learned from this list.
        save_model: File to save what was learned from the list and the answers, for --model.
        seed: Seed of the random pairs.
    """
    guards.check_outputs(
        [*(out / name for name in FILES), *([save_model] if save_model else [])],
        inputs=(people, against, rules, groups, model, reading.mapping),
        answers=answers,
    )
    given = files.read_source(people, None if reading.mapping is None else PERSON, reading)
    files.note_if_empty(people, given.frame)
    # The line of a file is no data of a person.
    own = _people_of(given.frame)
    others = None if against is None else _people_of(files.read_file(against, PERSON))
    before, said = files.read_optional(groups), kept_answers(out, answers)
    book = None if rules is None else read_rulebook(rules)
    with stages() as show:
        show("compare", 0, 0)
        found = find_duplicates(
            own, book, against=others, answers=said, groups=before, model=model, seed=seed
        )
        show("merge", 0, 0)
        merged = _merged(own, others, found, book)
    if save_model is not None:
        _save(found, own, said, save_model)
    note_all(found.notes)
    tables = tables_of(text_frame(given.frame), found, merged, others)
    existing = None if others is None else len(others)
    facts = duplicate_facts(tables, found.model.expected, existing=existing)
    place = files.place_of(people)
    read = {
        "schema": SCHEMA,
        "input": {"file": place, "sheet": given.sheet, "rows": len(given.frame)},
        "against": against and {"file": against.name, "sheet": "", "rows": existing},
        "command": typed(ctx),
    }
    notes = (*(f"{place}: {sentence}" for sentence in given.notes), *found.notes)
    document = read | facts.document()
    _write(tables, render_duplicates(facts, _origin(read, out, notes)), document, out)
    tell(document, _lines(facts, out), as_json=as_json)


def _origin(read: Mapping[str, Any], out: Path, notes: tuple[str, ...]) -> DuplicatesOrigin:
    """Return what the report says about what was read."""
    return DuplicatesOrigin(
        people=in_words(read["input"], "records"),
        existing="" if read["against"] is None else in_words(read["against"], "records"),
        command=read["command"],
        folder=str(out),
        notes=notes,
    )


def _write(
    tables: Mapping[str, pd.DataFrame], report: str, document: Mapping[str, Any], out: Path
) -> None:
    files.make_folder(out)
    for name, table in tables.items():
        write_table(table, out / name)
    files.write_text(report, out / REPORT)
    files.write_text(json.dumps(document, indent=2) + "\n", out / SUMMARY)


def _people_of(frame: pd.DataFrame) -> pd.DataFrame:
    text = text_frame(frame)
    return text.drop(columns=line_columns(text))


def _save(found: Duplicates, own: pd.DataFrame, answers: pd.DataFrame | None, path: Path) -> None:
    """Save what was learned, fitted to the answers if there are any."""
    if answers is None or not found.model.document():
        found.model.save(path)
        return
    fitted = fit_duplicates(found, answers_by_row(answers, own, [*found.model.compare]))
    note_all(fitted.notes)
    fitted.model.save(path)


def _merged(
    frame: pd.DataFrame, others: pd.DataFrame | None, found: Duplicates, book: Rulebook | None
) -> Merged:
    """Merge the records, and the existing people that they are linked to."""
    if others is None:
        return merge_duplicates(frame, found, book)
    linked = others.assign(**{ROW_ID: names_of(others)})
    linked = linked[linked[ROW_ID].isin(groups_of_file(found)[GSID].dropna())]
    if linked[ROW_ID].isin(frame[ROW_ID]).any():
        note("some existing people have the row_id of another record: their values do not survive")
        return merge_duplicates(frame, found, book)
    return merge_duplicates(pd.concat([frame, linked], ignore_index=True), found, book)


def _lines(facts: DuplicateFacts, out: Path) -> tuple[str | Shown, ...]:
    """Return the facts of the report for a terminal."""
    verdicts = {part.name: part.count for part in facts.records.parts}
    linked = {} if facts.linked is None else {"linked": facts.linked}
    counts = {"records": facts.records.count, "persons": facts.persons, **verdicts, **linked}
    more = {
        "pairs found": facts.found,
        "pairs expected, about": facts.expected,
        "pairs to decide": facts.open,
        "values not kept": facts.lost,
    }
    return (
        headline_of(facts),
        Counts(counts | more),
        f"report: {out / REPORT}",
        f"groups: {out / TABLES[0]}",
        f"surviving records: {out / TABLES[3]}",
        f"values that are not kept: {out / TABLES[4]}",
        *([f"to decide: gsprep review {out}"] if facts.open else []),
    )
