"""Conditional logit: a person's candidates and "none" in one softmax.

One weight for each column, "none" at log-odds 0, and each person is one observation however many
candidates they have. Weights are held to prior ones, so few people change them little.

The loss is convex and columns are few, so Newton's steps find its minimum in a dozen passes over
the pairs; a threaded L-BFGS-B took longer on small data, and far longer on a busy machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.unification.score import softmax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.unification.pairs import Bools, Floats
    from gsprep.unification.score import Softmax

# Pairs that are computed together: a part of the features fits into the processor's memory.
_AT_ONCE = 1 << 15
# Multiplications: OpenBLAS uses one thread up to 262,144 of them.
_SMALL_PRODUCT = 200_000
_MOST_STEPS, _MOST_HALVINGS = 100, 40
# A step that reduces the loss by less than this is the last one.
_ENOUGH = 1e-9
_LEAST_CURVE = 1e-9


@dataclass(frozen=True, slots=True)
class Labelled:
    """Candidates of people, and which of them is right."""

    features: Floats  # one line per column, one column per pair; how far each comparison holds
    person: np.ndarray  # each pair's person, ascending: pairs of one person follow one another
    chosen: Bools  # whether the pair is right; a person without one belongs to none of them
    # the number of people that each pair's person counts for; None counts each once
    people: Floats | None = None


class Slope(NamedTuple):
    """The loss of people under some weights: its value, gradient and curvature by the weights."""

    loss: float
    gradient: Floats
    curvature: Floats


def log_odds(features: Floats, weights: Floats) -> Floats:
    """Return the log-odds of each pair, whose line of features is a column here."""
    odds: Floats = np.einsum("c,cp->p", weights, features)
    return odds


def _products(left: Floats, right: Floats) -> Floats:
    """Return ``left @ right.T``, as a sum over products that are too small to be cut up.

    A large one is spread over threads, and on a busy machine those wait for one another twenty
    times as long as the product takes.
    """
    width = max(_SMALL_PRODUCT // (len(left) * len(right)), 1)
    whole = left.shape[1] // width * width
    mine, theirs = (
        side[:, :whole].reshape(len(side), -1, width).transpose(1, 0, 2) for side in (left, right)
    )
    products: Floats = np.matmul(mine, theirs.transpose(0, 2, 1)).sum(axis=0)
    products += np.einsum("cp,dp->cd", left[:, whole:], right[:, whole:])
    return products


def log_loss(labelled: Labelled, weights: Floats) -> float:
    """Return the negative log-likelihood of people, summed."""
    return sum(_loss(part, weights)[0] for part in _parts(labelled))


def slope(labelled: Labelled, weights: Floats) -> Slope:
    """Return the loss of people with its exact gradient and curvature."""
    loss, gradient = 0.0, np.zeros(len(weights))
    curvature = np.zeros((len(weights), len(weights)))
    for part in _parts(labelled):
        of_part = _slope(part, weights)
        loss += of_part.loss
        gradient += of_part.gradient
        curvature += of_part.curvature
    return Slope(loss, gradient, curvature)


def _parts(labelled: Labelled) -> Iterator[Labelled]:
    """Yield the people a part at a time, no person in two parts."""
    person = labelled.person
    cuts = np.searchsorted(person, person[_AT_ONCE::_AT_ONCE], side="left")
    ends = [0, *np.unique(cuts).tolist(), len(person)]
    for start, end in pairwise(ends):
        if start < end:
            at = slice(start, end)
            people = None if labelled.people is None else labelled.people[at]
            features = labelled.features[:, at].astype(np.float64, copy=False)
            yield Labelled(features, person[at], labelled.chosen[at], people)


def _loss(part: Labelled, weights: Floats) -> tuple[float, Softmax, Floats]:
    odds = log_odds(part.features, weights)
    shared = softmax(odds, part.person)
    counts = np.ones(len(odds)) if part.people is None else part.people
    chosen = counts @ np.where(part.chosen, odds, 0)
    return float(-chosen - counts[shared.starts] @ shared.none), shared, counts


def _slope(part: Labelled, weights: Floats) -> Slope:
    loss, shared, counts = _loss(part, weights)
    likely = part.features * shared.pairs
    mean = np.add.reduceat(likely, shared.starts, axis=1)
    whole = counts[shared.starts]
    return Slope(
        loss,
        np.einsum("cp,p->c", part.features, counts * (shared.pairs - part.chosen)),
        _products(likely * counts, part.features) - _products(mean * whole, mean),
    )


def fit_weights(
    labelled: Labelled,
    prior: Floats,
    *,
    strength: Floats | float = 1.0,
    keep_signs: bool = True,
    begin: Floats | None = None,
) -> Floats:
    """Return the weights under which the right candidates are likeliest.

    The penalty is ``strength / 2`` (one for all weights, or one for each) times the squared
    distance from ``prior``; the loss is summed over people, so twice the people halve its effect.
    With ``keep_signs`` no weight changes its sign; a prior of 0 is free. The search begins at
    ``begin``, or at the prior: near the minimum it takes fewer steps. The same input gives the same
    weights.
    """
    start = np.asarray(prior, dtype=np.float64)
    pull = np.broadcast_to(np.asarray(strength, dtype=np.float64), start.shape)
    low = np.where(keep_signs & (start > 0), 0.0, -np.inf)
    high = np.where(keep_signs & (start < 0), 0.0, np.inf)
    weights = start if begin is None else np.clip(begin, low, high)
    for _ in range(_MOST_STEPS):
        here = _penalized(slope(labelled, weights), weights - start, pull)
        step = _step(here, (weights <= low, weights >= high))
        if -here.gradient @ step < _ENOUGH * (1 + here.loss):
            break
        for halvings in range(_MOST_HALVINGS):
            there = np.clip(weights + step / 2**halvings, low, high)
            loss = log_loss(labelled, there) + _penalty(there - start, pull)
            if loss <= here.loss + 1e-4 * here.gradient @ (there - weights):
                break
        weights = there
    return weights


def _penalty(apart: Floats, pull: Floats) -> float:
    return float((pull * apart**2).sum() / 2)


def _penalized(here: Slope, apart: Floats, pull: Floats) -> Slope:
    """Return the slope with the penalty for the distance from the prior."""
    return Slope(
        here.loss + _penalty(apart, pull),
        here.gradient + pull * apart,
        here.curvature + np.diag(pull + _LEAST_CURVE),
    )


def _step(here: Slope, ends: tuple[Bools, Bools]) -> Floats:
    """Return Newton's step of the weights that are free to move: none moves beyond its bound."""
    at_low, at_high = ends
    held = (at_low & (here.gradient > 0)) | (at_high & (here.gradient < 0))
    while True:
        step, free = np.zeros(len(held)), np.flatnonzero(~held)
        step[free] = -np.linalg.solve(here.curvature[np.ix_(free, free)], here.gradient[free])
        beyond = (at_low & (step < 0)) | (at_high & (step > 0))
        if not beyond.any():
            return step
        held |= beyond
