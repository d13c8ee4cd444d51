"""How right decisions are, in sentences, without any person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from gsprep.display import plural
from gsprep.evaluation_figures import between, percent

if TYPE_CHECKING:
    from gsprep.results import Evaluation


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
        return "No one was matched"
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
