"""The conditional logit against hand-solved cases, finite differences and its own laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.unification.score import softmax
from gsprep.unification.tuning.logit import Labelled, fit_weights, log_loss, log_odds, slope

FEW = settings(max_examples=settings().max_examples)
SEEDS = st.integers(0, 10_000)


def world(seed: int, people: int = 60, columns: int = 4) -> Labelled:
    """Return people with one to four candidates, some of them right."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), rng.integers(1, 5, people))
    features = rng.random((columns, len(person)))
    first = np.append(True, person[1:] != person[:-1])
    return Labelled(features, person, first & (rng.random(len(person)) < 0.7))


def alone(right: int, whole: int) -> Labelled:
    """Return people with one candidate each and a single column that always holds."""
    return Labelled(np.ones((1, whole)), np.arange(whole), np.arange(whole) < right)


def test_shares_of_a_person_and_none_are_one() -> None:
    person, odds = np.array([0, 0, 1]), np.array([1.0, 2.0, -800.0])
    shared = softmax(odds, person)
    whole = 1 + np.e + np.e**2
    assert shared.pairs == pytest.approx([np.e / whole, np.e**2 / whole, 0])
    assert np.exp(shared.none) == pytest.approx([1 / whole, 1])


def test_nobody_has_no_shares() -> None:
    shared = softmax(np.empty(0), np.empty(0, np.int64))
    assert len(shared.pairs) == len(shared.none) == 0


@FEW
@given(SEEDS)
def test_gradient_and_curvature_are_those_of_the_loss(seed: int) -> None:
    """Against central differences, weights of people included."""
    rng = np.random.default_rng(seed)
    plain = world(seed)
    labelled = replace(plain, people=rng.uniform(0.5, 2, 60)[plain.person])
    weights, step = rng.normal(0, 2, 4), 1e-5
    here = slope(labelled, weights)
    moved = np.eye(4) * step
    slopes = [
        (log_loss(labelled, weights + m) - log_loss(labelled, weights - m)) / (2 * step)
        for m in moved
    ]
    assert here.loss == pytest.approx(log_loss(labelled, weights))
    assert here.gradient == pytest.approx(slopes, rel=1e-5, abs=1e-5)
    curves = [
        (slope(labelled, weights + m).gradient - slope(labelled, weights - m).gradient) / (2 * step)
        for m in moved
    ]
    assert here.curvature == pytest.approx(np.array(curves), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(("right", "whole"), [(30, 100), (50, 100), (99, 100)])
def test_one_column_learns_the_log_odds_of_the_share(right: int, whole: int) -> None:
    """Solved by hand: the likeliest weight is log(right / wrong)."""
    fitted = fit_weights(alone(right, whole), np.zeros(1), strength=1e-9)
    assert fitted == pytest.approx([np.log(right / (whole - right))], abs=1e-3)


def test_the_pull_of_the_prior_is_solved_by_hand() -> None:
    """At the best weight w: right - whole * sigmoid(w) = strength * (w - prior)."""
    (w,) = fit_weights(alone(80, 100), np.array([3.0]), strength=10.0)
    assert 80 - 100 / (1 + np.exp(-w)) == pytest.approx(10 * (w - 3), abs=1e-2)


@pytest.mark.parametrize(
    ("prior", "right", "keep_signs", "fitted"),
    [
        pytest.param(2.0, 10, True, 0.0, id="speaks for, and never comes to speak against"),
        pytest.param(-2.0, 90, True, 0.0, id="speaks against, and never comes to speak for"),
        pytest.param(2.0, 10, False, np.log(10 / 90), id="free to turn"),
        pytest.param(0.0, 10, True, np.log(10 / 90), id="without a sign to keep"),
    ],
)
def test_signs(prior: float, right: int, *, keep_signs: bool, fitted: float) -> None:
    found = fit_weights(alone(right, 100), np.array([prior]), strength=1e-6, keep_signs=keep_signs)
    assert found == pytest.approx([fitted], abs=1e-3)


@FEW
@given(SEEDS)
def test_weights_held_firmly_enough_stay(seed: int) -> None:
    prior = np.random.default_rng(seed).normal(0, 3, 4)
    assert fit_weights(world(seed), prior, strength=1e9) == pytest.approx(prior, abs=1e-4)


def test_each_weight_can_be_held_by_itself() -> None:
    prior = np.full(4, 0.5)
    fitted = fit_weights(world(9), prior, strength=np.array([1e9, 0.0, 1e9, 1e-3]))
    assert fitted[[0, 2]] == pytest.approx(prior[[0, 2]], abs=1e-4)
    assert (np.abs(fitted - prior)[[1, 3]] > 0.01).all()


@FEW
@given(SEEDS)
def test_fitting_never_makes_the_people_less_likely(seed: int) -> None:
    labelled, prior = world(seed), np.random.default_rng(seed).normal(0, 3, 4)
    fitted = fit_weights(labelled, prior)
    assert log_loss(labelled, fitted) <= log_loss(labelled, prior) + 1e-6


@FEW
@given(SEEDS)
def test_the_same_people_give_the_same_weights(seed: int) -> None:
    prior = np.full(4, 0.5)
    first, second = (fit_weights(world(seed), prior) for _ in range(2))
    assert np.array_equal(first, second)


def test_where_the_search_begins_changes_nothing() -> None:
    prior, labelled = np.array([1.0, -1.0, 0.5, -0.5]), world(5)
    near = fit_weights(labelled, prior, begin=np.array([3.0, 2.0, -1.0, -4.0]))
    assert near == pytest.approx(fit_weights(labelled, prior), abs=1e-3)


def test_a_person_counted_twice_is_two_people() -> None:
    one, prior = world(3), np.full(4, 0.5)
    twice = Labelled(
        np.hstack([one.features, one.features]),
        np.append(one.person, one.person + 60),
        np.append(one.chosen, one.chosen),
    )
    counted = replace(one, people=np.full(len(one.person), 2.0))
    assert fit_weights(counted, prior) == pytest.approx(fit_weights(twice, prior), abs=1e-3)


def test_people_beyond_one_part_count_alike() -> None:
    """A hundred thousand pairs are looked at a part at a time; no person is cut in two."""
    many, weights = world(11, people=40_000), np.array([1.0, -2.0, 0.5, 3.0])
    odds = log_odds(many.features, weights)
    shared = softmax(odds, many.person)
    whole = -odds[many.chosen].sum() - shared.none.sum()
    assert log_loss(many, weights) == pytest.approx(whole)


def test_short_floats_learn_the_same() -> None:
    labelled, prior = world(5), np.full(4, 0.5)
    short = replace(labelled, features=labelled.features.astype(np.float32))
    assert fit_weights(short, prior) == pytest.approx(fit_weights(labelled, prior), abs=1e-2)


def test_the_weights_that_made_the_answers_are_found() -> None:
    """From a prior that is far off, with many people."""
    rng = np.random.default_rng(7)
    person, true = np.repeat(np.arange(20_000), 2), np.array([-1.0, 3.0, -2.0])
    features = np.vstack([np.ones(40_000), rng.random((2, 40_000))])
    chances = softmax(true @ features, person).pairs.reshape(-1, 2)
    drawn = rng.random((20_000, 1))
    upper = chances.cumsum(axis=1)
    chosen = (drawn < upper) & (drawn >= upper - chances)
    fitted = fit_weights(Labelled(features, person, chosen.ravel()), np.array([-4.0, 0.5, -7.0]))
    assert fitted == pytest.approx(true, abs=0.15)
