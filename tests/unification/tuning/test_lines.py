"""The line for a promised precision: learned from enough people, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.unification.tuning.lines import learn_line, people_for
from gsprep.unification.tuning.measures import wilson

people = st.lists(
    st.tuples(st.sampled_from([0.1, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0]), st.booleans()),
    max_size=60,
)


def many(*groups: tuple[float, int, int]) -> tuple[list[float], list[bool]]:
    """Return people by (probability, right, wrong)."""
    probability = [p for p, right, wrong in groups for _ in range(right + wrong)]
    answers = [n < right for _, right, wrong in groups for n in range(right + wrong)]
    return probability, answers


@pytest.mark.parametrize(
    ("groups", "target", "line"),
    [
        pytest.param([(0.9, 381, 0)], 0.99, 0.9, id="as many as are needed"),
        pytest.param([(0.9, 380, 0)], 0.99, None, id="one too few"),
        pytest.param([(0.9, 1000, 0), (0.5, 0, 500)], 0.99, 0.9, id="the wrong ones stay out"),
        pytest.param([(0.9, 1000, 0), (0.5, 990, 1)], 0.99, 0.5, id="as low as it holds"),
        pytest.param([(0.9, 1000, 0), (0.5, 990, 1)], 0.999, None, id="more than can be said"),
        pytest.param(
            [(0.99, 0, 3), (0.9, 2000, 0)], 0.99, 0.9, id="the surest may be wrong, they are few"
        ),
        pytest.param([], 0.5, None, id="nobody"),
    ],
)
def test_a_line(groups: list[tuple[float, int, int]], target: float, line: float | None) -> None:
    assert learn_line(*many(*groups), target) == line


@given(people, st.floats(0.05, 0.99), st.floats(0.05, 0.99))
def test_a_higher_target_never_has_a_lower_line(
    answers: list[tuple[float, bool]], one: float, other: float
) -> None:
    probability, right = [p for p, _ in answers], [r for _, r in answers]
    less, more = (learn_line(probability, right, target) for target in sorted((one, other)))
    assert more is None or (less is not None and less <= more)


@given(people, st.floats(0.05, 0.99))
def test_the_line_is_the_lowest_that_keeps_its_promise(
    answers: list[tuple[float, bool]], target: float
) -> None:
    """Against the definition, threshold by threshold."""
    kept = []
    for line in {p for p, _ in answers}:
        above = [right for p, right in answers if p >= line]
        if wilson(sum(above), len(above))[0] >= target:
            kept.append(line)
    probability, right = [p for p, _ in answers], [r for _, r in answers]
    assert learn_line(probability, right, target) == min(kept, default=None)


@settings(max_examples=20)
@given(st.sampled_from([0.9, 0.95, 0.98, 0.99, 0.995]))
def test_people_needed_are_enough_and_one_fewer_is_not(target: float) -> None:
    need = people_for(target)
    assert learn_line(np.full(need, 0.9), np.full(need, fill_value=True), target) == 0.9
    fewer = need - 1
    assert learn_line(np.full(fewer, 0.9), np.full(fewer, fill_value=True), target) is None
