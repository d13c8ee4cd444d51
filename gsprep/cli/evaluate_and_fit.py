"""``evaluate`` and ``fit``: figures of decisions, and learned rulebooks."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import files, guards, options
from gsprep.cli.console import note, note_all, stages, tell
from gsprep.cli.match import prepared, rulebook_of
from gsprep.cli.record import typed
from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.report.evaluation import EvaluationOrigin
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import text_frame
from gsprep.tables.write import write_table
from gsprep.unification.tuning.evaluate import evaluate
from gsprep.unification.tuning.fit import Figures, Fitted, fit_report, rulebook_text
from gsprep.unification.tuning.logit import by_value, of_people, truth_of, truth_of_people
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from gsprep.report import page
    from gsprep.results import Evaluation
    from gsprep.unification.index import CompanyIndex
else:
    page = lazy_module("gsprep.report.page")

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
        files.read_file(decisions),
        files.read_file(truth),
        files.read_optional(evidence),
    )
    if out is not None:
        files.make_folder(out)
        confusions, calibration, page_file = (out / name for name in EVALUATION_FILES)
        write_table(result.confusions, confusions)
        write_table(result.calibration, calibration)
        told = EvaluationOrigin(decisions.name, truth.name, typed(ctx))
        files.write_text(page.render_evaluation(result, told), page_file)
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
    _check_rulebook_file(out, (people, companies, answers, matching.known))
    book = rulebook_of(matching)
    frame = files.read_file(people, None if reading.mapping is None else PERSON, reading)
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


def _check_rulebook_file(out: Path, inputs: Iterable[Path | str | None]) -> None:
    if out.suffix.lower() not in {".yaml", ".yml"}:
        raise InputError(f"{out}: a rulebook is YAML, so the name must end in .yaml")
    guards.check_outputs([out], inputs=inputs)
    if not out.parent.is_dir():
        raise InputError(f"the folder {out.parent} does not exist. Create it first")


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
