"""Figures of probabilities against their definitions, counted the slow way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.tuning.measures import (
    best_f1,
    calibration,
    calibration_error,
    recall_at,
    sweep,
    wilson,
)

people = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40
)


def arrays(answers: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p for p, _ in answers]), np.array([r for _, r in answers], dtype=bool)


@given(people, st.integers(0, 20))
def test_f1_and_recall_are_the_best_of_all_thresholds(
    answers: list[tuple[float, bool]], missed: int
) -> None:
    probability, right = arrays(answers)
    answerable = max(int(right.sum()) + missed, 1)
    cuts = [(probability >= line, line) for line in sorted(set(probability))]
    f1s = [2 * (right & above).sum() / (above.sum() + answerable) for above, _ in cuts]
    swept = sweep(probability, right)
    best, line = best_f1(swept, answerable)
    assert best == pytest.approx(max(f1s))
    assert line in probability
    kept = [(right & above).sum() for above, _ in cuts if right[above].mean() >= 0.9]
    count, from_line = recall_at(swept, answerable, 0.9)
    assert count == max(kept, default=0)
    assert (from_line is None) == (not kept)


@given(people)
def test_every_person_stands_in_one_bin(answers: list[tuple[float, bool]]) -> None:
    probability, right = arrays(answers)
    bins = calibration(probability, right)
    assert bins["people"].sum() == len(answers)
    assert (bins["right"] * bins["people"]).sum() == pytest.approx(right.sum())
    assert (bins["from"] <= bins["probability"] + 1e-12).all()
    assert (bins["to"].iloc[:-1].to_numpy() < bins["from"].iloc[1:].to_numpy()).all()
    assert bins["right"].between(bins["low"] - 1e-9, bins["high"] + 1e-9).all()


@given(people, st.randoms(use_true_random=False))
def test_the_order_of_people_says_nothing(answers: list[tuple[float, bool]], rng: object) -> None:
    mixed = answers.copy()
    rng.shuffle(mixed)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    first, second = (calibration(*arrays(lines)) for lines in (answers, mixed))
    assert calibration_error(first) == pytest.approx(calibration_error(second))


@pytest.mark.parametrize(
    ("probability", "right", "error"),
    [
        pytest.param([0.5, 0.5], [True, False], 0.0, id="half of the even ones"),
        pytest.param([1.0, 1.0], [True, False], 0.5, id="too sure"),
        pytest.param([], [], 0.0, id="nobody"),
    ],
)
def test_the_calibration_error(probability: list[float], right: list[bool], error: float) -> None:
    bins = calibration(np.array(probability, float), np.array(right, bool))
    assert calibration_error(bins) == pytest.approx(error)


@pytest.mark.parametrize(
    ("right", "whole", "low", "high"),
    [
        # R, prop.test(98, 100, correct = FALSE) and prop.test(0, 10, correct = FALSE).
        pytest.param(98, 100, 0.9300, 0.9945, id="98 of 100"),
        pytest.param(0, 10, 0.0, 0.2775, id="none of ten"),
        pytest.param(0, 0, 0.0, 1.0, id="nothing"),
    ],
)
def test_wilson_bounds(right: int, whole: int, low: float, high: float) -> None:
    assert [float(bound) for bound in wilson(right, whole)] == pytest.approx([low, high], abs=1e-4)


def test_nobody_has_no_best_threshold() -> None:
    swept = sweep(np.empty(0), np.empty(0, dtype=bool))
    assert best_f1(swept, 3) == (0.0, None)
    assert recall_at(swept, 3, 0.9) == (0, None)
