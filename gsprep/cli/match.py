"""``match``: the company of each person; ``evaluate`` and ``fit``: figures, learned rulebooks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import files, guards, options
from gsprep.cli.console import Counts, Shown, note, note_all, on_screen, stages, tell
from gsprep.cli.record import typed
from gsprep.cli.review_folder import refuse_answers, review_line
from gsprep.display import plural, shown_value
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.report.files import OF_A_PERSON, review_rows
from gsprep.report.summary import VERDICTS
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.tables.write import write_table
from gsprep.unification.answers import as_answers
from gsprep.unification.explain import waterfall
from gsprep.unification.learn import Learned, decide_again
from gsprep.unification.prepare import kept_index, usable_companies
from gsprep.unification.rulebook import Rulebook, read_rulebook
from gsprep.unification.tuning.evaluate import evaluate
from gsprep.unification.tuning.fit import Figures, Fitted, fit_report, rulebook_text
from gsprep.unification.tuning.logit import by_value, of_people, truth_of, truth_of_people
from gsprep.unification.unify import associate_text, unify

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.cli import part_by_part
    from gsprep.report import page
    from gsprep.results import Evaluation, Unified
    from gsprep.unification.index import CompanyIndex
else:
    part_by_part = lazy_module("gsprep.cli.part_by_part")
    page = lazy_module("gsprep.report.page")

_MATCH_FILES = ("decisions.csv", "evidence.csv", "review.csv", "company_persons.csv")


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
        part_by_part.match_in_parts(
            people, companies, answers, matching, reading, in_parts, out, as_json=as_json
        )
        return
    guards.check_outputs(
        [out / name for name in _MATCH_FILES],
        inputs=(people, companies, matching.known, reading.mapping, matching.companies_mapping),
        answers=answers,
    )
    refuse_answers(out)
    book = rulebook_of(matching)
    frame = files.read_people(people, reading).frame
    known = files.read_known_file(matching.known, book)
    decided = None if answers is None else as_answers(files.read_file(answers), frame, book.columns)
    with stages() as show:
        show("match", 0, 0)
        listed = files.read_companies(companies, matching.companies_mapping)
        index = prepared(listed, book, known, decided, frame.columns)
        unified, learned = unify(frame, index, progress=show), None
        if passes > 1:
            unified, learned = decide_again(frame, index, unified, known)
    with on_screen(wanted=reveal, as_json=as_json):
        why = () if explain is None else _explained(frame, unified, explain)
    _write_matches(frame, unified, out)
    more: dict[str, Any] = {"explanation": list(why)} if why else {}
    more |= {} if learned is None else {"pass_2": asdict(learned)}
    lines = () if learned is None else _learned_lines(learned)
    counts = unified.decisions["verdict"].value_counts().to_dict()
    tell_matches(counts, more, out, lines=lines, why=why, as_json=as_json)


def tell_matches(
    counts: Mapping[Any, int],
    more: Mapping[str, Any],
    out: Path,
    *,
    lines: Sequence[str] = (),
    why: Sequence[str] = (),
    folders: bool = False,
    as_json: bool,
) -> None:
    """Print the number of people by verdict and the files; ``more`` is for the document only."""
    verdicts = {verdict: int(counts.get(verdict, 0)) for verdict in VERDICTS}
    people, end = sum(verdicts.values()), "" if folders else ".csv"
    document = {"schema": "gsprep.match/1", "people": people, **verdicts, **more}
    shown: Sequence[str | Shown] = (
        Counts(verdicts),
        *lines,
        f"decisions: {out / f'decisions{end}'}",
        *([f"associations: {out / f'company_persons{end}'}"] if verdicts["match"] else []),
        *review_line(verdicts["review"], out),
        *why,
    )
    tell(document, shown, as_json=as_json)


def _explained(frame: pd.DataFrame, unified: Unified, row_id: str) -> tuple[str, ...]:
    """Return the decision on one person, and who it is, masked, after its first line."""
    head, *lines = waterfall(unified, row_id)
    text = text_frame(frame)
    person = text[text[ROW_ID] == row_id].iloc[0].dropna()
    shown = [f"{name} {shown_value(name, person[name])}" for name in OF_A_PERSON if name in person]
    return (head, f"  {', '.join(shown)}", *lines)


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


EVALUATION_FILES = ("confusions.csv", "calibration.csv", "evaluation.html")
_SHARES = ("precision", "recall", "f1", "best_f1", "review_share", "calibration_error")
_FIGURES = ("log_loss", "f1", "recall_at_99", "calibration_error")


def evaluate_file(
    ctx: typer.Context,
    decisions: Annotated[Path, typer.Argument(help="The decisions.csv of a match or a run.")],
    truth: Path,
    evidence: Path | None = None,
    out: Path | None = None,
    as_json: options.Json = False,
) -> None:
    """Compare decisions with the correct companies, and list the mistakes.

    Input:
        truth: File of the correct companies: row_id and Company_ID; empty means none.
        evidence: The evidence.csv of gsprep match, for figures by kind of evidence.

    Output:
        out: Folder for confusions.csv, calibration.csv and the page evaluation.html.
    """
    if out is not None:
        guards.check_outputs(
            [out / name for name in EVALUATION_FILES], inputs=(decisions, truth, evidence)
        )
    result = evaluate(
        files.read_file(decisions), files.read_file(truth), files.read_optional(evidence)
    )
    if out is not None:
        files.make_folder(out)
        confusions, calibration, page_file = (out / name for name in EVALUATION_FILES)
        write_table(result.confusions, confusions)
        write_table(result.calibration, calibration)
        read = {"Decisions": decisions.name, "Correct companies": truth.name, "Command": typed(ctx)}
        files.write_text(page.render_evaluation(result, read), page_file)
    note_all(result.notes)
    lines = _evaluation_lines(result)
    if out is not None:
        lines = *lines, f"report: {out / 'evaluation.html'}", f"mistakes: {out / 'confusions.csv'}"
    tell(_evaluation_document(result), lines, as_json=as_json)


def fit_file(
    people: options.People,
    companies: options.NeededCompanies,
    answers: Path,
    out: Path,
    matching: options.Matching,
    reading: options.Input,
    as_json: options.Json = False,
) -> None:
    """Learn weights and thresholds from at least 100 answers; shows figures before and after.

    Input:
        answers: answers.csv, a filled-in review.csv, or a file of correct companies.

    Output:
        out: YAML file to save the rulebook.
    """
    inputs = (people, companies, answers, matching.known)
    if out.suffix.lower() not in {".yaml", ".yml"}:
        raise InputError(f"{out}: a rulebook is YAML, so the name must end in .yaml")
    guards.check_outputs([out], inputs=inputs)
    if not out.parent.is_dir():
        raise InputError(f"the folder {out.parent} does not exist. Create it first")
    book = rulebook_of(matching)
    frame = files.read_people(people, reading).frame
    listed = files.read_companies(companies, matching.companies_mapping)
    known = files.read_known_file(matching.known, book)
    index = prepared(listed, book, known, None, frame.columns)
    truth = _truth(files.read_file(answers), frame, index)
    with stages() as show:
        show("match", 0, 0)
        unified = unify(frame, index)
        show("fit", 0, 0)
        fitted = fit_report(unified.evidence, truth, book)
    files.write_text(rulebook_text(fitted.rulebook, _provenance(fitted, matching.rules)), out)
    tell(_fitted_document(fitted), _fitted_lines(fitted, out), as_json=as_json)


def _truth(answers: pd.DataFrame, people: pd.DataFrame, index: CompanyIndex) -> pd.DataFrame:
    if by_value(answers):
        return truth_of_people(people, answers, index)
    row_ids = text_frame(people)["row_id"]
    truth, others = of_people(truth_of(answers), row_ids, there="in the file of people")
    if others:
        one = plural(
            others, "answer is left out: its row is", "answers are left out: their rows are"
        )
        note(f"{others} {one} not in the file of people")
    return truth


def _provenance(fitted: Fitted, rules: Path | None) -> tuple[str, ...]:
    start = "the shipped default.yaml" if rules is None else rules.name
    return (
        f"Fitted by gsprep on {datetime.now(UTC):%Y-%m-%d}, starting from {start}.",
        f"Answered people with a candidate: {fitted.after.people}.",
        *_before_and_after(fitted),
        *fitted.notes,
    )


def _before_and_after(fitted: Fitted) -> tuple[str, ...]:
    lines = (
        f"  {name:<18}{getattr(fitted.before, name):>8.4f}{getattr(fitted.after, name):>9.4f}"
        for name in _FIGURES
    )
    return f"{'On held-out people:':<20}{'before':>8}{'after':>9}", *lines


def _fitted_lines(fitted: Fitted, out: Path) -> tuple[str, ...]:
    return (
        f"{fitted.after.people:>8}  answered people with a candidate",
        *_before_and_after(fitted),
        *fitted.notes,
        f"rulebook: {out}",
    )


def _fitted_document(fitted: Fitted) -> dict[str, Any]:
    return {
        "schema": "gsprep.fit/1",
        "people": fitted.after.people,
        "strength": fitted.strength,
        "before": _figures(fitted.before),
        "after": _figures(fitted.after),
        "notes": list(fitted.notes),
    }


def _figures(figures: Figures) -> dict[str, float]:
    return {name: round(getattr(figures, name), 6) for name in _FIGURES}


def _evaluation_document(result: Evaluation) -> dict[str, Any]:
    counts = {name: getattr(result, name) for name in ("people", "answerable", "decided", "right")}
    tables = {
        name: _records(getattr(result, name)) for name in ("recall_at", "calibration", "sources")
    }
    mistakes = {str(k): int(n) for k, n in result.confusions["mistake"].value_counts().items()}
    return {
        "schema": "gsprep.evaluate/1",
        **counts,
        **{name: _number(getattr(result, name)) for name in _SHARES},
        "best_f1_from": result.best_f1_from,
        "mistakes": mistakes,
        **tables,
        "notes": list(result.notes),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    lines = table.to_dict("records")
    return [{str(name): _number(value) for name, value in line.items()} for line in lines]


def _number(value: Any) -> Any:
    """Return a number for JSON: rounded, and null for an unknown figure."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else round(value, 6)


def _evaluation_lines(result: Evaluation) -> tuple[str, ...]:
    mistakes = result.confusions["mistake"].value_counts()
    best = "" if result.best_f1_from is None else f", from probability {result.best_f1_from:.4f}"
    low, high = result.precision_low, result.precision_high
    return (
        f"{result.people:>8}  people, {result.answerable} with a company",
        f"{result.decided:>8}  matched, {result.right} correctly",
        f"{_percent(result.precision)}  precision ({low:.2%} to {high:.2%})",
        f"{_percent(result.recall)}  recall",
        f"{_percent(result.f1)}  F1 (best {_percent(result.best_f1).strip()}{best})",
        f"{_percent(result.review_share)}  of those with a company need a review",
        f"{_percent(result.calibration_error)}  calibration error",
        *(_recall_line(line) for line in result.recall_at.itertuples(index=False)),
        *(f"{count:>8}  {mistake}" for mistake, count in mistakes.items()),
        *_source_lines(result.sources),
    )


def _percent(share: float) -> str:
    """Return a share in percent, and a dash for an unknown figure."""
    return f"{'-':>8}" if math.isnan(share) else f"{share:>8.2%}"


def _recall_line(line: Any) -> str:
    precision, line_from, recall, low, high = line
    where = "not reached" if math.isnan(line_from) else f"from probability {line_from:.4f}"
    bounds = "" if math.isnan(recall) else f" ({low:.2%} to {high:.2%})"
    return f"{_percent(recall)}  recall at {precision:.1%} precision{bounds}, {where}"


def _source_lines(sources: pd.DataFrame) -> tuple[str, ...]:
    lines = (
        f"{line.people:>8}{line.decided:>9}{line.right:>9}  {line.rule}: {line.source}"
        for line in sources.itertuples(index=False)
    )
    return "  people  matched  correct  by evidence for the company", *lines
