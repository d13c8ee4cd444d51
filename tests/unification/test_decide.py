"""What makes a match: a probability, or a promise of how many are right."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gsprep.errors import RulebookError
from gsprep.unification.rulebook import Decide, parse_rulebook

LINES = {0.98: 0.7, 0.99: 0.8, 0.995: 0.9}
SHARES = st.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("decide", "line"),
    [
        pytest.param(Decide(), 0.95, id="nothing said"),
        pytest.param(Decide(match_from=0.6, lines=LINES), 0.6, id="a probability"),
        pytest.param(Decide(precision=0.99, lines=LINES), 0.8, id="a promise with its line"),
        pytest.param(Decide(precision=0.985, lines=LINES), 0.8, id="the line of the next higher"),
        pytest.param(Decide(precision=0.999, lines=LINES), 0.999, id="more than was learned"),
        pytest.param(Decide(precision=0.9), 0.9, id="nothing was learned"),
    ],
)
def test_the_line(decide: Decide, line: float) -> None:
    assert decide.line == line


@given(SHARES, SHARES, st.dictionaries(SHARES, SHARES, max_size=4))
def test_promising_more_never_lowers_the_line_that_was_learned(
    one: float, other: float, lines: dict[float, float]
) -> None:
    less, more = sorted((one, other))
    learned = [target for target in lines if target >= more]
    if learned:
        lower, upper = (
            Decide(precision=target, lines=lines, review_from=0.001).line for target in (less, more)
        )
        assert lower <= upper


@pytest.mark.parametrize(
    ("decide", "says"),
    [
        pytest.param({"match_from": 0.9, "precision": 0.99}, "not both", id="both"),
        pytest.param({"precision": 0.15}, "the line for precision", id="below review"),
        pytest.param({"precision": 99.0}, "less than 1", id="per cent"),
        pytest.param({"precision": 0.9, "lines": {0.9: 1.5}}, "less than 1", id="a line above 1"),
        pytest.param({"precision": 0.9, "lines": [0.9]}, "colon", id="lines that are a list"),
    ],
)
def test_what_is_refused(decide: dict[str, Any], says: str) -> None:
    document = {"intercept": -3.0, "model": {"same_domain": 7.0}, "decide": decide}
    with pytest.raises(RulebookError, match=says):
        parse_rulebook(document)


def test_it_is_frozen() -> None:
    with pytest.raises(ValidationError):
        Decide().precision = 0.9  # type: ignore[misc]  # that is the point
