"""The evidence for a candidate as a waterfall: each bar begins where the one before it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.review.questions import Candidate, Term

# From so many log-odds on: +3 is about 20 to 1 and +6 about 400 to 1.
_WORDS = ((6.0, "very strongly"), (3.0, "strongly"), (1.0, "somewhat"), (0.0, "a little"))


class Bar(NamedTuple):
    """One term: its sentence, its log-odds, how much that is, and where its bar stands.

    start, width: in hundredths of what the widest waterfall beside it needs.
    """

    sentence: str
    log_odds: float
    words: str
    start: float
    width: float


class Waterfall(NamedTuple):
    """The bars of a candidate, their sum, and where zero (even odds) stands."""

    bars: tuple[Bar, ...]
    total: float
    zero: float


def waterfalls(candidates: Sequence[Candidate]) -> tuple[Waterfall | None, ...]:
    """Return the waterfall of each candidate, all on one scale; None where there is no evidence."""
    ends = [end for candidate in candidates for end in _sums(candidate.terms)]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    scale = 100 / (high - low) if high > low else 0.0
    return tuple(_waterfall(candidate.terms, low, scale) for candidate in candidates)


def _sums(terms: Sequence[Term]) -> list[float]:
    sums = [0.0]
    for term in terms:
        sums.append(sums[-1] + term.log_odds)
    return sums


def _waterfall(terms: Sequence[Term], low: float, scale: float) -> Waterfall | None:
    if not terms:
        return None
    sums = _sums(terms)
    bars = tuple(
        Bar(
            term.sentence,
            term.log_odds,
            in_words(term.log_odds),
            round((min(before, after) - low) * scale, 2),
            round(abs(after - before) * scale, 2),
        )
        for term, before, after in zip(terms, sums[:-1], sums[1:], strict=True)
    )
    return Waterfall(bars, sums[-1], round(-low * scale, 2))


def in_words(log_odds: float) -> str:
    """Return how much a term says.

    >>> in_words(10.85), in_words(-1.92)
    ('very strongly for', 'somewhat against')
    """
    how = next(words for least, words in _WORDS if abs(log_odds) >= least)
    return f"{how} {'for' if log_odds > 0 else 'against'}"
