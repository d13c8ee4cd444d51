"""A run's numbers as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gsprep.report.parts import Part, Whole
from gsprep.report.summary import OUTCOMES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH = 24


def sums_of(summary: Mapping[str, Any]) -> tuple[Whole, ...]:
    """Return the sums of a summary, each with what it is made of."""
    names = ("company_persons", "relationship_persons")
    associations = (outcomes_of(name, summary[name]) for name in names)
    return (
        _whole("read", ("valid", "rejected"), summary),
        _whole("valid", VERDICTS, summary),
        _whole("valid", OUTCOMES, summary["persons"]),
        *(whole for whole in associations if whole.count),
    )


def outcomes_of(name: str, counts: Mapping[str, int]) -> Whole:
    """Return the outcomes of rows as a whole, those that were rejected before sending included."""
    return _whole(name, (*OUTCOMES, "rejected"), counts)


def calls_of(summary: Mapping[str, Any]) -> str:
    """Return how the calls of a run were made, and how long all of it took."""
    return f"{summary['mode']}, {summary['seconds']:.1f} s"


def lines_of(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the summary as lines, each sum beside what it is made of."""
    calls = f"{'calls':<{_WIDTH}}{summary['calls']:>8}   {calls_of(summary)}"
    return (*sum_lines(sums_of(summary)), calls)


def sum_lines(sums: Sequence[Whole]) -> tuple[str, ...]:
    """Return sums as lines of plain text.

    >>> sum_lines([Whole("read", (Part("valid", 4), Part("rejected", 2)))])
    ('read                           6 = 4 valid + 2 rejected',)
    """
    return tuple(
        f"{whole.name:<{_WIDTH}}{whole.count:>8} = "
        + " + ".join(f"{part.count} {part.name}" for part in whole.parts)
        for whole in sums
    )


def _whole(name: str, words: Sequence[str], counts: Mapping[str, int]) -> Whole:
    return Whole(name, tuple(Part(word, counts[word]) for word in words))
