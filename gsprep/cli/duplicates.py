"""``duplicates``: duplicate people, also of existing ones; their folders read for a review."""

from __future__ import annotations

import json
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import typer

from gsprep.cli import files, guards, options
from gsprep.cli.console import Counts, Shown, note, note_all, stages, tell
from gsprep.cli.record import typed
from gsprep.display import plural
from gsprep.errors import GsprepError, InputError
from gsprep.lazy import lazy_module
from gsprep.report.duplicates import (
    SCHEMA,
    DuplicateFacts,
    duplicate_facts,
    headline_of,
)
from gsprep.report.summary import in_words
from gsprep.review.answer_file import AnswerFile, Format
from gsprep.review.pair_session import PairSession, Preview
from gsprep.review.pairs import OURS, Record, pair_questions
from gsprep.schemas.answers import (
    PAIR_ANSWER_COLUMNS,
    PAIR_ANSWERED_BY,
    PAIR_ANSWERS,
    answers_by_row,
)
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import ROW_ID, line_columns, require, text_frame, with_row_ids
from gsprep.tables.read import read
from gsprep.tables.write import write_table
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.merge import merge_duplicates, merge_groups
from gsprep.unification.duplicates.output_tables import (
    DUPLICATES,
    EVIDENCE,
    EXISTING,
    PAIRS,
    TABLES,
    groups_of_file,
    tables_of,
    with_person_id,
)
from gsprep.unification.duplicates.records import GSID, names_of
from gsprep.unification.duplicates.updating import FILE_LEADS
from gsprep.unification.rulebook import Rulebook, read_rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gsprep.report import page
    from gsprep.unification.duplicates import fitting
    from gsprep.unification.duplicates.results import Duplicates, Merged
else:
    # A review needs no report, and answers are rarely learned from.
    page = lazy_module("gsprep.report.page")
    fitting = lazy_module("gsprep.unification.duplicates.fitting")

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
        seed: Seed of the pairs that are drawn at random, to learn what unrelated people share.
    """
    guards.check_outputs(
        [*(out / name for name in FILES), *([save_model] if save_model else [])],
        inputs=(people, against, rules, groups, model, reading.mapping),
        answers=answers,
    )
    guards.refuse_other_report(out, SCHEMA)
    given = files.read_people(people, reading)
    own = _people_of(given.frame)
    others = None if against is None else _people_of(files.read_file(against, PERSON))
    said = kept_answers(out, answers)
    book = None if rules is None else read_rulebook(rules)
    with stages() as show:
        show("compare", 0, 0)
        found = find_duplicates(
            own,
            book,
            against=others,
            answers=said,
            groups=files.read_optional(groups),
            model=model,
            seed=seed,
        )
        show("merge", 0, 0)
        merged = _merged(own, others, found, book)
        tables = tables_of(text_frame(given.frame), found, merged, others)
    if save_model is not None:
        _save(found, own, said, save_model)
    note_all(found.notes)
    facts = duplicate_facts(
        tables, found.model.expected, existing=None if others is None else len(others)
    )
    place = files.place_of(people)
    document = {
        "schema": SCHEMA,
        "input": {"file": place, "sheet": given.sheet, "rows": len(given.frame)},
        "against": against and {"file": against.name, "sheet": "", "rows": facts.existing},
        "command": typed(ctx),
        **facts.document(),
    }
    notes = (*(f"{place}: {sentence}" for sentence in given.notes), *found.notes)
    _write(tables, facts, document, notes, out)
    tell(document, _lines(facts, out), as_json=as_json)


def _write(
    tables: Mapping[str, pd.DataFrame],
    facts: DuplicateFacts,
    document: Mapping[str, Any],
    notes: Sequence[str],
    out: Path,
) -> None:
    """Write the tables, the report and the summary."""
    origin = {
        "Read": in_words(document["input"], "records"),
        "Existing people": document["against"] and in_words(document["against"], "records"),
        "Command": document["command"],
    }
    report = page.render_duplicates(facts, origin, str(out), notes)
    writers: dict[str, Callable[[Path], object]] = {
        name: partial(write_table, table) for name, table in tables.items()
    }
    writers[REPORT] = partial(files.write_text, report)
    writers[SUMMARY] = partial(files.write_text, json.dumps(document, indent=2) + "\n")
    files.write_all(out, writers)


def _people_of(frame: pd.DataFrame) -> pd.DataFrame:
    # The line of a file is no data of a person.
    text = text_frame(frame)
    return text.drop(columns=line_columns(text))


def _save(found: Duplicates, own: pd.DataFrame, answers: pd.DataFrame | None, path: Path) -> None:
    """Save what was learned, fitted to the answers if there are any."""
    if answers is None or not found.model.document():
        found.model.save(path)
        return
    fitted = fitting.fit_duplicates(found, answers_by_row(answers, own, [*found.model.compare]))
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
        *([f"to decide: gsprep review {shlex.quote(str(out))}"] if facts.open else []),
    )


_FORMAT = Format(lambda path: read(path).frame, write_table)


def has_pairs(folder: Path) -> bool:
    """Return whether a folder has the pairs of ``gsprep duplicates`` or of a run."""
    return (folder / PAIRS).is_file() and (folder / DUPLICATES).is_file()


def kept_answers(folder: Path, answers: Path | None) -> pd.DataFrame | None:
    """Read the given answers, or the ``pair_answers.csv`` of a folder if it exists."""
    usual = folder / PAIR_ANSWERS
    if answers is None and not usual.is_file():
        return None
    frame = files.read_file(answers or usual)
    require(frame, PAIR_ANSWERED_BY, of=str(answers or usual))
    if answers is not None:
        return frame
    note(f"{usual}: using {len(frame)} {plural(len(frame), 'answer', 'answers')}")
    return frame


def pair_session_of(folder: Path, answers: Path, by: str) -> PairSession:
    """Return the review of the same person twice; the file ``answers`` need not exist.

    Raises InputError for a folder without pairs, and for files that cannot be read.
    """
    if not has_pairs(folder):
        raise InputError(
            f"{folder} has no {PAIRS}. Name a folder that `gsprep duplicates` wrote, or `gsprep "
            "run` with --against"
        )
    # What gsprep wrote itself needs no note about how it was read.
    evidence, existing = (
        read(path).frame if (path := folder / name).is_file() else None
        for name in (EVIDENCE, EXISTING)
    )
    records = with_person_id(read(folder / DUPLICATES).frame)
    summary = files.summary_of(folder)
    questions = pair_questions(records, read(folder / PAIRS).frame, evidence, existing)
    more = () if existing is None else existing.columns
    named = dict.fromkeys(map(str, (*records.columns, *more)))
    columns = [name for name in named if name not in OURS]
    session = PairSession(
        questions,
        AnswerFile(answers, _FORMAT, PAIR_ANSWER_COLUMNS, PAIR_ANSWERED_BY),
        by,
        previewing(*_surviving(summary), columns),
        columns,
        _next_command(summary, folder, answers),
    )
    # Mistakes in the answers are reported now, not in the browser.
    session.state()
    return session


def _is_run(summary: Mapping[str, Any]) -> bool:
    return "existing" in summary


def _surviving(summary: Mapping[str, Any]) -> tuple[Rulebook | None, bool]:
    """Return the rulebook that says what survives, and whether the rows of the file lead."""
    is_run = _is_run(summary)
    command = files.command_of(summary)
    name = "--people-rules" if is_run else "--rules"
    words = shlex.split(command)
    rules = words[words.index(name) + 1] if name in words[:-1] else None
    usual = FILE_LEADS if is_run else None
    if rules is None:
        return usual, is_run
    try:
        book = read_rulebook(Path(rules))
    except GsprepError:
        note(f"{rules} cannot be read: the page shows what survives without a rulebook")
        return usual, is_run
    return (usual if is_run and book.survive is None else book), is_run


def _next_command(summary: Mapping[str, Any], folder: Path, answers: Path) -> str:
    """Return the command that uses the answers: that of the folder, or an example."""
    example = shlex.join(["gsprep", "duplicates", "PEOPLE", "--out", str(folder)])
    command = files.command_of(summary) or example
    usual = answers.resolve() == (folder / PAIR_ANSWERS).resolve()
    option = "--pair-answers" if _is_run(summary) else "--answers"
    named = option in shlex.split(command)
    return command if usual or named else f"{command} {shlex.join([option, str(answers)])}"


def previewing(
    book: Rulebook | None, fullest: bool, columns: Sequence[str]
) -> Callable[[Sequence[Record]], Mapping[str, Preview]]:
    """Return what shows the surviving values of records as if they were one person.

    They are merged as the command does: existing people last, in a run the fullest record first.
    """

    def preview(given: Sequence[Record]) -> Mapping[str, Preview]:
        records = sorted(given, key=lambda one: (one.existing, -len(one.cells) * fullest))
        rows = [{name: one.cells.get(name) for name in columns} for one in records]
        frame = with_row_ids(pd.DataFrame(rows, columns=list(columns), dtype="str"), of="records")
        old = pd.Series([one.existing for one in records])
        groups = pd.DataFrame({
            ROW_ID: frame[ROW_ID],
            "person_id": "1",
            "Gsid": pd.NA,
            "source": old.map({True: "against", False: "persons"}),
        })  # fmt: skip
        merged = merge_groups(frame, groups, book).persons.iloc[0]
        leader = records[int(merged[ROW_ID]) - 1]
        ordered = [leader, *(one for one in records if one is not leader)]
        return {
            name: Preview(value, next((o.id for o in ordered if o.cells.get(name) == value), ""))
            for name in columns
            if isinstance(value := merged.get(name), str)
        }

    return preview
