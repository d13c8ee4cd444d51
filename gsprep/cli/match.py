"""``match``: the company of each person in a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import files, guards, options
from gsprep.cli.console import Counts, Shown, note, note_all, on_screen, stages, tell
from gsprep.cli.review_folder import refuse_answers, review_line
from gsprep.display import plural, shown_value
from gsprep.lazy import lazy_module
from gsprep.report.files import OF_A_PERSON, review_rows
from gsprep.report.summary import VERDICTS
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.tables.write import write_table
from gsprep.unification.answers import as_answers
from gsprep.unification.explain import waterfall
from gsprep.unification.learn import Learned, decide_again
from gsprep.unification.prepare import kept_index, usable_companies
from gsprep.unification.rulebook import Rulebook, read_rulebook
from gsprep.unification.unify import associate_text, unify

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from gsprep.cli import part_by_part
    from gsprep.progress_bars import Progress
    from gsprep.results import Unified
    from gsprep.unification.index import CompanyIndex
else:
    part_by_part = lazy_module("gsprep.cli.part_by_part")


_ASSOCIATIONS = "company_persons.csv"
_MATCH_FILES = ("decisions.csv", "evidence.csv", "review.csv", _ASSOCIATIONS)


def match_file(
    people: options.People,
    companies: options.NeededCompanies,
    matching: options.Matching,
    reading: options.Input,
    in_parts: options.InParts,
    answers: options.Answers = None,
    passes: Annotated[int, typer.Option(min=1, max=2)] = 1,
    out: options.Out = Path("out"),
    explain: str | None = None,
    reveal: options.Reveal = False,
    as_json: options.Json = False,
) -> None:
    """Find the company of each person; write decisions, evidence, associations and a review.

    Matching:
        passes: 2: match again with what the first pass learned about domains and phones.

    Output:
        explain: Also explain the decision for this row_id.
    """
    if in_parts.wanted:
        part_by_part.refuse_of_parts({"--explain": explain, "--passes 2": passes > 1})
        job = part_by_part.PartsJob(people, companies, matching, reading, answers)
        part_by_part.tell_match(job, out, in_parts, as_json=as_json)
        return
    guards.check_outputs(
        [out / name for name in _MATCH_FILES],
        inputs=(
            people,
            companies,
            matching.known,
            reading.mapping,
            matching.companies_mapping,
        ),
        answers=answers,
    )
    refuse_answers(out)
    book = rulebook_of(matching)
    frame = files.read_file(people, None if reading.mapping is None else PERSON, reading)
    files.note_if_empty(people, frame)
    known = files.read_known_file(matching.known, book)
    decided = None if answers is None else as_answers(files.read_file(answers), frame, book.columns)
    with stages() as show:
        show("match", 0, 0)
        listed = files.read_companies(companies, matching.companies_mapping)
        index = prepared(listed, book, known, decided, frame.columns)
        unified, learned = _match(frame, index, known, passes, show)
    with on_screen(wanted=reveal, as_json=as_json):
        why = () if explain is None else _explained(frame, unified, explain)
    _write_matches(frame, unified, out)
    document, lines = _told(unified, learned, why, out)
    tell(document, lines, as_json=as_json)


def _told(
    unified: Unified, learned: Learned | None, why: tuple[str, ...], out: Path
) -> tuple[dict[str, Any], tuple[str | Shown, ...]]:
    """Return the numbers as a document and as lines."""
    verdicts = unified.decisions["verdict"].value_counts()
    counts = {verdict: int(verdicts.get(verdict, 0)) for verdict in VERDICTS}
    document = {"schema": "gsprep.match/1", "people": len(unified.decisions), **counts}
    document |= {"explanation": list(why)} if why else {}
    document |= {} if learned is None else {"pass_2": asdict(learned)}
    more = () if learned is None else _learned_lines(learned)
    lines: tuple[str | Shown, ...] = (
        Counts(counts),
        *more,
        f"decisions: {out / 'decisions.csv'}",
        *([f"associations: {out / _ASSOCIATIONS}"] if counts["match"] else []),
        *review_line(counts["review"], out),
        *why,
    )
    return document, lines


def _explained(frame: pd.DataFrame, unified: Unified, row_id: str) -> tuple[str, ...]:
    """Return the decision on one person, and who it is, masked, after its first line."""
    head, *lines = waterfall(unified, row_id)
    text = text_frame(frame)
    person = text[text[ROW_ID] == row_id].iloc[0].dropna()
    shown = [f"{name} {shown_value(name, person[name])}" for name in OF_A_PERSON if name in person]
    return (head, f"  {', '.join(shown)}", *lines)


def _match(
    frame: pd.DataFrame,
    index: CompanyIndex,
    known: pd.DataFrame | None,
    passes: int,
    show: Progress,
) -> tuple[Unified, Learned | None]:
    """Decide in one pass or in two; a second pass also returns what it learned."""
    unified = unify(frame, index, progress=show)
    return decide_again(frame, index, unified, known) if passes > 1 else (unified, None)


def _learned_lines(learned: Learned) -> tuple[str, ...]:
    domains = f"{learned.domains} {plural(learned.domains, 'domain', 'domains')}"
    phones = f"{learned.phones} {plural(learned.phones, 'phone number', 'phone numbers')}"
    return (
        f"pass 2 learned the companies of {domains} and {phones}:",
        f"{learned.matched:>8}  more people with a match",
        f"{learned.withdrawn:>8}  people without a match now",
        f"{learned.moved:>8}  people with another match",
    )


def _write_matches(frame: pd.DataFrame, unified: Unified, out: Path) -> None:
    files.make_folder(out)
    text = text_frame(frame)
    links = associate_text(text, text_frame(unified.decisions))
    tables = (unified.decisions, unified.evidence, review_rows(text, unified), links)
    for name, table in zip(_MATCH_FILES, tables, strict=True):
        write_table(table, out / name)


def rulebook_of(matching: options.Matching) -> Rulebook:
    """Return the rulebook of the options, with their region."""
    book = read_rulebook(matching.rules)
    return book if matching.region is None else book.dialled_from(matching.region)


def prepared(
    companies: pd.DataFrame,
    book: Rulebook,
    known: pd.DataFrame | None,
    answers: pd.DataFrame | None,
    columns: Iterable[str],
) -> CompanyIndex:
    """Index the companies of a file for people with ``columns``; notes report what is not used."""
    usable, unusable = usable_companies(companies)
    if len(unusable):
        have = plural(len(unusable), "company has", "companies have")
        note(f"{len(unusable)} {have} no Gsid, no Name or a repeated Gsid and will not be matched")
    lines = None if known is None else text_frame(known, of="the known frame")
    index = kept_index(
        usable, book, files.kept_indexes(), known=lines, answers=answers, columns=columns
    )
    note_all(index.notes)
    return index
