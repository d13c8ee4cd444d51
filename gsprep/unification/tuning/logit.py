"""The conditional logit: a person's candidates and "none" compete in one softmax.

One weight for each column, "none" at log-odds 0, and each person is one observation however many
candidates they have. Weights are drawn towards prior ones, so few people move them little.

The loss is convex and columns are few, so Newton's steps find its least in a dozen passes over
the pairs; a threaded L-BFGS-B took longer on small data, and far longer on a busy machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

# Pairs that are looked at together: a part of the features fits into the processor's memory.
_AT_ONCE = 1 << 15
# Multiplications: OpenBLAS uses one thread up to 262,144 of them.
_SMALL_PRODUCT = 200_000
_MOST_STEPS, _MOST_HALVINGS = 100, 40
# A step that promises less of the loss than this is the last one.
_ENOUGH = 1e-9
_LEAST_CURVE = 1e-9


@dataclass(frozen=True, slots=True)
class Labelled:
    """Candidates of people, and which of them is right.

    features: one line per column, one column per pair; how far each comparison holds.
    person:   each pair's person, ascending: pairs of one person stand together.
    chosen:   whether the pair is right; a person without one belongs to none of them.
    people:   how much each pair's person counts, as a number of people; None counts each once.
    """

    features: Floats
    person: NDArray[np.integer]
    chosen: NDArray[np.bool_]
    people: Floats | None = None


class Softmax(NamedTuple):
    """A softmax person by person.

    starts: where each person's pairs begin.    group: each pair's person, counted from 0.
    pairs:  each pair's probability.            nobody: the log of the probability of "none".
    """

    starts: NDArray[np.integer]
    group: NDArray[np.integer]
    pairs: Floats
    nobody: Floats


class Slope(NamedTuple):
    """The loss of people under some weights: its value, gradient and curvature by the weights."""

    loss: float
    gradient: NDArray[np.float64]
    curvature: NDArray[np.float64]


def softmax(log_odds: Floats, person: NDArray[np.integer]) -> Softmax:
    """Return the probabilities of candidates with these log-odds against "none"."""
    first = np.append(True, person[1:] != person[:-1])[: len(person)]
    starts, group = np.flatnonzero(first), np.cumsum(first) - 1
    if not len(starts):
        return Softmax(starts, group, np.empty(0), np.empty(0))
    highest = np.maximum(np.maximum.reduceat(log_odds, starts), 0)
    raised = np.exp(log_odds - highest[group])
    whole = np.add.reduceat(raised, starts) + np.exp(-highest)
    return Softmax(starts, group, raised / whole[group], -highest - np.log(whole))


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
    against = softmax(odds, part.person)
    counts = np.ones(len(odds)) if part.people is None else part.people
    said = counts @ np.where(part.chosen, odds, 0)
    return float(-said - counts[against.starts] @ against.nobody), against, counts


def _slope(part: Labelled, weights: Floats) -> Slope:
    loss, against, counts = _loss(part, weights)
    likely = part.features * against.pairs
    mean = np.add.reduceat(likely, against.starts, axis=1)
    whole = counts[against.starts]
    return Slope(
        loss,
        np.einsum("cp,p->c", part.features, counts * (against.pairs - part.chosen)),
        _products(likely * counts, part.features) - _products(mean * whole, mean),
    )


def fit_weights(
    labelled: Labelled, prior: Floats, *, strength: Floats | float = 1.0, keep_signs: bool = True
) -> NDArray[np.float64]:
    """Return the weights under which the right candidates are likeliest.

    The penalty is ``strength / 2`` (one for all weights, or one for each) times the squared
    distance from ``prior``, beside a loss that is summed over people: twice the people halve it.
    With ``keep_signs`` what speaks for a company never comes to speak against it, nor the other
    way round; a prior of 0 is free. The same input gives the same weights.
    """
    start = np.asarray(prior, dtype=np.float64)
    pull = np.broadcast_to(np.asarray(strength, dtype=np.float64), start.shape)
    low = np.where(keep_signs & (start > 0), 0.0, -np.inf)
    high = np.where(keep_signs & (start < 0), 0.0, np.inf)
    weights = start
    for _ in range(_MOST_STEPS):
        here = _drawn(slope(labelled, weights), weights - start, pull)
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


def _drawn(here: Slope, apart: Floats, pull: Floats) -> Slope:
    """Return the slope with the penalty for being apart from the prior."""
    return Slope(
        here.loss + _penalty(apart, pull),
        here.gradient + pull * apart,
        here.curvature + np.diag(pull + _LEAST_CURVE),
    )


def _step(here: Slope, ends: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> NDArray[np.float64]:
    """Return Newton's step among the weights that may move: none at its end moves beyond it."""
    at_low, at_high = ends
    held = (at_low & (here.gradient > 0)) | (at_high & (here.gradient < 0))
    while True:
        step, free = np.zeros(len(held)), np.flatnonzero(~held)
        step[free] = -np.linalg.solve(here.curvature[np.ix_(free, free)], here.gradient[free])
        beyond = (at_low & (step < 0)) | (at_high & (step > 0))
        if not beyond.any():
            return step
        held |= beyond
