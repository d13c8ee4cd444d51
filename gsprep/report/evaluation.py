"""How right decisions are, as lines of a page, without any person."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from gsprep.display import plural
from gsprep.evaluation_figures import between, percent, weight_svg

if TYPE_CHECKING:
    from gsprep.results import Evaluation


@dataclass(frozen=True, slots=True)
class EvaluationOrigin:
    """Where the decisions and the correct companies were read, in words, and the command."""

    decisions: str = ""
    truth: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """A comparison: its sentence, its weight and bar, and how often its company is right."""

    comparison: str
    meaning: str
    bar: Markup
    weight: str
    people: str
    right: str
    bounds: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far decisions without answers agree with the answers: a sentence, counts, figures."""

    lead: str
    measures: tuple[tuple[str, str], ...]
    figures: Markup


def agreement_of(result: Evaluation) -> Agreement:
    """Return how far decisions without answers agree with the answers, for the page of a run."""
    kinds = result.confusions["mistake"].value_counts()
    others = result.people - result.decided - int(kinds.get("in review", 0))
    return Agreement(
        lead=_agreed_in_words(result),
        measures=(
            ("Answers", f"{result.people:,}"),
            ("Matched to the company of the answer", f"{result.right:,}"),
            ("Matched to another company", f"{kinds.get('wrong company', 0):,}"),
            ("Matched, but the answer is none", f"{kinds.get('should be none', 0):,}"),
            ("Left to a reviewer", f"{kinds.get('in review', 0):,}"),
            ("No match", f"{others:,}"),
        ),
        figures=Markup(result.figures()),  # noqa: S704  made of numbers
    )


def _agreed_in_words(result: Evaluation) -> str:
    if not result.decided:
        return "It matched none of them, so there is no precision to measure."
    matches = plural(result.decided, "match agrees", "matches agree")
    bounds = between(result.precision_low, result.precision_high)
    return (
        f"{result.right:,} of {result.decided:,} {matches} with the answer: a precision of "
        f"{percent(result.precision)} (95 % bounds: {bounds})."
    )


def headline_of(result: Evaluation) -> str:
    """Return the share of the matches that is right as a headline."""
    if not result.decided:
        return "Nobody was matched"
    matches = plural(result.decided, "match is", "matches are")
    return f"{percent(result.precision)} of {result.decided:,} {matches} right"


def lead_of(result: Evaluation) -> str:
    """Return what the shares rest on, in a sentence or two."""
    people = plural(result.people, "person", "people")
    about = f"Counted over {result.people:,} {people} whose company, or lack of one, is known."
    if not result.decided:
        return about
    bounds = between(result.precision_low, result.precision_high)
    return f"{about} Of many more matches like these, {bounds} would be right (95 % bounds)."


def measures_of(result: Evaluation) -> tuple[tuple[str, str], ...]:
    """Return the names and values of the measures."""
    best = "" if result.best_f1_from is None else f" from {result.best_f1_from:.4f} on"
    return (
        ("People with a company", f"{result.answerable:,} of {result.people:,}"),
        ("Matched", f"{result.decided:,}, {result.right:,} of them correctly"),
        ("Precision", percent(result.precision)),
        ("Recall", percent(result.recall)),
        ("F1", percent(result.f1)),
        ("Best F1", f"{percent(result.best_f1)}{best}"),
        ("Left to a reviewer", percent(result.review_share)),
        ("Calibration error", percent(result.calibration_error)),
    )


def targets_of(result: Evaluation) -> tuple[tuple[str, str, str, str], ...]:
    """Return a line for each precision: how many are matched rightly, and from where on."""
    return tuple(
        (
            percent(line["precision"]), percent(line["recall"]), _bounds(line),
            "not reached" if math.isnan(line["from"]) else f"{line['from']:.4f}",
        )
        for line in result.recall_at.to_dict("records")
    )  # fmt: skip


def bins_of(result: Evaluation) -> tuple[tuple[str, str, str, str], ...]:
    """Return a line for each bin of the calibration."""
    return tuple(
        (
            f"{line['from']:.6g} to {line['to']:.6g}", f"{line['people']:,}",
            percent(line["right"]), _bounds(line),
        )
        for line in result.calibration.to_dict("records")
    )  # fmt: skip


def weights_of(result: Evaluation) -> tuple[Weight, ...]:
    """Return a line for each comparison that counts, those for a company first."""
    return tuple(
        Weight(
            comparison=line["comparison"],
            meaning=line["meaning"],
            bar=weight_svg(line["weight"], result.weights["weight"]),
            weight=f"{line['weight']:+.2f}",
            people=f"{line['people']:,}",
            right=percent(line["right"]),
            bounds=_bounds(line),
        )
        for line in result.weights.to_dict("records")
    )


def mistakes_of(result: Evaluation) -> tuple[tuple[str, str], ...]:
    """Return how many people have each kind of mistake or need a review."""
    counts = result.confusions["mistake"].value_counts()
    return tuple((str(name), f"{count:,}") for name, count in counts.items())


def _bounds(line: dict[Any, Any]) -> str:
    return between(line["low"], line["high"])
