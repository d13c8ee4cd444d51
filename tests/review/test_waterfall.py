"""Bars that begin where the one before ended, on one scale for both candidates."""

from __future__ import annotations

import pytest

from gsprep.review.questions import Candidate, Term
from gsprep.review.waterfall import waterfalls


def candidate(*log_odds: float) -> Candidate:
    return Candidate("C", "Acme", None, tuple(Term("It says.", number) for number in log_odds))


def test_bars_follow_one_another() -> None:
    one, other = waterfalls([candidate(-3.0, 8.0, -1.0), candidate(-3.0, 1.0)])
    assert one is not None
    assert other is not None
    assert [(bar.start, bar.width) for bar in one.bars] == [(0, 37.5), (0, 100), (87.5, 12.5)]
    assert [(bar.start, bar.width) for bar in other.bars] == [(0, 37.5), (0, 12.5)]
    assert (one.total, one.zero, other.zero) == (pytest.approx(4.0), 37.5, 37.5)
    assert [bar.words for bar in one.bars] == [
        "strongly against", "very strongly for", "somewhat against",
    ]  # fmt: skip


def test_without_evidence_there_is_no_waterfall() -> None:
    assert waterfalls([candidate(), candidate(1.0)])[0] is None
    assert waterfalls([]) == ()
