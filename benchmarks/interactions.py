"""Choice of pairs of comparisons that say more or less together than each for itself.

A pair can add one of three terms to the log-odds, for how far a (or b) holds from 0 to 1:

    both     a * b                both hold
    either   a + b - a * b        one of them holds, or both
    without  a - a * b            a holds and b does not

"both" and "either" take two comparisons that both speak for a company, or both against it;
"without" takes one of each. A term has the sign of its comparisons, so that more evidence for a
company never makes it less likely. Terms are chosen greedily, those with the steepest slope first,
and their weights are fitted together with those of the comparisons. In the end each is written as
weights of the comparisons and of their product: the rulebook has the former, interactions.yaml the
latter.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.unification.score import softmax
from gsprep.unification.tuning.logit import Labelled, fit_weights, log_odds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gsprep.unification.pairs import Bools, Floats

# How many terms are chosen, and how many of them before the weights are fitted again.
MOST, AT_ONCE = 40, 8
# How firmly weights of terms are held to 0, and the weight below which a term is left out.
STRENGTH, LEAST = 5.0, 0.1
# A comparison that holds for fewer pairs is no part of a term.
_FEWEST = 200
_SIGN = 1e-6


class Joint(NamedTuple):
    """A term of two comparisons, by their positions: ``kind`` is both, either or without."""

    kind: str
    first: int
    second: int


class Weighed(NamedTuple):
    """Weights of the intercept and the comparisons, and of products of two comparisons."""

    weights: Floats
    products: dict[tuple[int, int], float]


def fit_with_interactions(
    labelled: Labelled, start: Floats, strength: Floats, held: Bools
) -> Weighed:
    """Return weights fitted with the interactions that pay most.

    ``labelled`` has the intercept and one line for each comparison. ``start`` has their weights
    before fitting, ``strength`` how firmly each is held to it, and ``held`` which ones stay, and so
    are part of no interaction.
    """
    terms: list[Joint] = []
    fitted = _fit(labelled, terms, start, strength, start)
    while len(terms) < MOST:
        terms += _steepest(labelled, terms, fitted, start, held)
        fitted = _fit(labelled, terms, start, strength, fitted)
    heavy = np.append(np.ones(len(start), dtype=bool), np.abs(fitted[len(start) :]) >= LEAST)
    terms = [term for term, kept in zip(terms, heavy[len(start) :], strict=True) if kept]
    fitted = _fit(labelled, terms, start, strength, fitted[heavy])
    return _as_products(fitted, terms, len(start))


def _fit(
    labelled: Labelled, terms: Sequence[Joint], start: Floats, strength: Floats, begin: Floats
) -> Floats:
    """Return the weights of the comparisons and the terms; the search begins at ``begin``."""
    signs = [_SIGN * np.sign(start[term.first]) for term in terms]
    prior = np.append(start, signs)
    return fit_weights(
        _with(labelled, terms),
        prior,
        strength=np.append(strength, np.full(len(terms), STRENGTH)),
        begin=np.append(begin, prior[len(begin) :]),
    )


def _with(labelled: Labelled, terms: Sequence[Joint]) -> Labelled:
    """Return the people with one more line for each term."""
    lines = [_line(labelled.features, term)[None] for term in terms]
    return Labelled(
        np.concatenate([labelled.features, *lines]),
        labelled.person,
        labelled.chosen,
        labelled.people,
    )


def _line(features: Floats, term: Joint) -> Floats:
    first, second = features[term.first], features[term.second]
    whole: dict[str, Floats] = {
        "both": first * second,
        "either": first + second - first * second,
        "without": first - first * second,
    }
    return whole[term.kind]


def _steepest(
    labelled: Labelled, terms: Sequence[Joint], fitted: Floats, start: Floats, held: Bools
) -> list[Joint]:
    """Return the terms that would reduce the loss most, at most one for a pair of comparisons."""
    odds = log_odds(_with(labelled, terms).features, fitted)
    likely = softmax(odds, labelled.person).pairs
    counts = np.ones(len(odds)) if labelled.people is None else labelled.people
    slopes = _Sums.weighed(labelled.features, counts * (labelled.chosen - likely))
    curves = _Sums.weighed(labelled.features, counts * likely * (1 - likely))
    gains = {
        term: slopes.of(term) ** 2 / (curves.of(term) + STRENGTH)
        for term in _possible(labelled, start, held)
        if term not in terms and slopes.of(term) * start[term.first] > 0
    }
    best: dict[frozenset[int], Joint] = {}
    for term in sorted(gains, key=lambda one: (-gains[one], one)):
        best.setdefault(frozenset((term.first, term.second)), term)
    return list(best.values())[: min(AT_ONCE, MOST - len(terms))]


class _Sums(NamedTuple):
    """Sums over all candidates: of each comparison, and of each product of two."""

    single: Floats
    double: Floats

    @classmethod
    def weighed(cls, features: Floats, weight: Floats) -> _Sums:
        """Return the sums of candidates that count as much as their weights."""
        lines = features * weight.astype(np.float32)
        return cls(lines.sum(axis=1), lines @ features.T)

    def of(self, term: Joint) -> float:
        """Return the sum of a term."""
        kind, first, second = term
        both = float(self.double[first, second])
        if kind == "both":
            return both
        other = float(self.single[second]) if kind == "either" else 0.0
        return float(self.single[first]) + other - both


def _possible(labelled: Labelled, start: Floats, held: Bools) -> Iterator[Joint]:
    """Yield the terms of two comparisons with data, neither of which has a weight that is held."""
    often = np.count_nonzero(labelled.features, axis=1) >= _FEWEST
    usable = [at for at in range(1, len(start)) if often[at] and not held[at]]
    for first, second in product(usable, usable):
        alike = start[first] * start[second] > 0
        if alike and first < second:
            yield Joint("both", first, second)
            yield Joint("either", first, second)
        elif not alike:
            yield Joint("without", first, second)


def _as_products(fitted: Floats, terms: Sequence[Joint], comparisons: int) -> Weighed:
    """Return the weights with each term written as comparisons and their product."""
    weights, products = fitted[:comparisons].copy(), dict[tuple[int, int], float]()
    for (kind, first, second), weight in zip(terms, fitted[comparisons:].tolist(), strict=True):
        pair = (min(first, second), max(first, second))
        products[pair] = products.get(pair, 0.0) + (weight if kind == "both" else -weight)
        weights[first] += weight if kind != "both" else 0
        weights[second] += weight if kind == "either" else 0
    return Weighed(weights, products)
