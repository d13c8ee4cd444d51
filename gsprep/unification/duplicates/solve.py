"""Linkage of records: keys, model, scores and groups in two passes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.duplicates.candidates import (
    Features,
    Key,
    People,
    all_pairs,
    among,
    merged,
    pairs_of_keys,
    proposed_to,
)
from gsprep.unification.duplicates.grouping import Edges, Joining, best_cut, joined, loose
from gsprep.unification.duplicates.model import Learning, Model, Sample, learn, sigmoid
from gsprep.unification.duplicates.universe import (
    Agreement,
    agreements,
    chances_of,
    random_pairs,
    compared,
    contexts_of,
    levels_in,
    patterns_of,
    shifts_of,
)

if TYPE_CHECKING:
    from gsprep.unification.duplicates.universe import Chances, Context

# Beyond this number of records keys are learned from some of them.
_ALL_KEYS, _SEEDS = 20_000, 4_000
_PROBABLE = 0.5


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs of records: their patterns, the shift by their values, their log-odds."""

    left: np.ndarray
    right: np.ndarray
    patterns: np.ndarray
    shift: np.ndarray
    score: np.ndarray


class Solved(NamedTuple):
    """What was found."""

    people: People
    keys: list[Key]
    completeness: float
    model: Model
    found: list[Agreement]
    scored: Scored
    groups: np.ndarray
    cut: float


def distinct(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct numbers in order, and the place of each among them."""
    codes, found = pd.factorize(numbers, sort=True)
    return found, codes


class _Pairs(NamedTuple):
    left: np.ndarray
    right: np.ndarray
    patterns: np.ndarray


def _compared(people: People, numbers: np.ndarray) -> _Pairs:
    left, right = numbers // people.size, numbers % people.size
    return _Pairs(left, right, patterns_of(compared(people, left, right)))


class Sampled(NamedTuple):
    """Pairs of people who are related by chance or by a context only."""

    random: np.ndarray  # the levels of random pairs
    contexts: list[Context]
    sharing: list[np.ndarray]  # by context, the patterns of its pairs


def sampled(people: People, rng: np.random.Generator) -> Sampled:
    """Compare random pairs, and pairs that share a context."""
    random = compared(people, *random_pairs(people, rng))
    contexts = contexts_of(people, agreements(people), rng)
    sharing = [patterns_of(compared(people, one.left, one.right)) for one in contexts]
    return Sampled(random, contexts, sharing)


def fitted(
    people: People,
    pairs: _Pairs,
    sample: Sampled,
    universe: float,
    groups: np.ndarray | None = None,
) -> tuple[Model, list[Agreement], np.ndarray]:
    """Learn a model from candidates; return it with the shifts of the pairs."""
    found = agreements(people, groups)
    chances = chances_of(people, found, sample.random)
    contexts, sharing = sample.contexts, sample.sharing
    patterns, at = distinct(np.concatenate([pairs.patterns, *sharing]))
    columns = len(people.columns)
    edges = np.cumsum([len(pairs.patterns), *map(len, sharing)])
    parts = np.split(at, edges[:-1])
    shift = shifts_of(found, levels_in(pairs.patterns, columns), pairs.left)
    samples = [
        Sample(part, shifts_of(found, levels_in(pattern, columns), one.left))
        for part, pattern, one in zip(parts[1:], sharing, contexts, strict=True)
    ]
    of = Learning(people, patterns, Sample(parts[0], shift), chances, contexts, samples, universe)
    return learn(of), found, shift


def scored(model: Model, pairs: _Pairs, shift: np.ndarray, columns: int) -> Scored:
    """Return the log-odds of pairs."""
    patterns, at = distinct(pairs.patterns)
    odds = Sample(at, shift).log_odds(*model.log_odds(levels_in(patterns, columns)))
    return Scored(pairs.left, pairs.right, pairs.patterns, shift, odds)


def solve(people: People, *, seed: int = 0, largest: int = 100, budget: float = 12.0) -> Solved:
    """Find the records of one person."""
    rng = np.random.default_rng(seed)
    features = Features.of(people.columns)
    sample = sampled(people, rng)
    keys, share = [], 1.0
    if people.size <= _ALL_KEYS:
        numbers = all_pairs(people, features, largest)
    else:
        keys, share = learned_keys(people, features, sample, rng, largest, budget)
        numbers = pairs_of_keys(people, features, keys)
    pairs = _compared(people, numbers)
    groups = None
    for _ in range(2):
        model, found, shift = fitted(people, pairs, sample, people.pairs, groups)
        result = scored(model, pairs, shift, len(people.columns))
        probability = sigmoid(result.score)
        cut = best_cut(probability, model.expected)
        line = float(np.log(cut / (1 - cut)))
        result, groups = grouped(people, model, found, result, line)
    return Solved(people, keys, share, model, found, result, groups, line)


def grouped(
    people: People, model: Model, found: list[Agreement], result: Scored, line: float
) -> tuple[Scored, np.ndarray]:
    """Return all scored pairs, those within loose components included, and the groups."""
    edges = Edges(result.left, result.right, result.score)
    left, right = loose(people.size, edges.chosen(result.score > line))
    numbers = left * people.size + right
    new = ~among(numbers, result.left * people.size + result.right)
    if new.any() and people.files is None:
        pairs = _compared(people, numbers[new])
        shift = shifts_of(found, levels_in(pairs.patterns, len(people.columns)), pairs.left)
        more = scored(model, pairs, shift, len(people.columns))
        result = Scored(*(np.concatenate([getattr(result, n), getattr(more, n)]) for n in Scored.__slots__))
        edges = Edges(result.left, result.right, result.score)
    return result, joined(people.size, edges, Joining(line, model.prior))


def learned_keys(
    people: People, features: Features, sample: Sampled, rng: np.random.Generator, largest: int, budget: float
) -> tuple[list[Key], float]:
    """Learn from some records which keys propose nearly all probable pairs of the list."""
    seeds = np.sort(rng.choice(people.size, _SEEDS, replace=False))
    proposed = proposed_to(seeds, people, features, largest)
    pairs = _compared(people, merged(proposed.pairs))
    universe = people.pairs * (1 - (1 - _SEEDS / people.size) ** 2)
    model, _, shift = fitted(people, pairs, sample, universe)
    result = scored(model, pairs, shift, len(people.columns))
    probable = result.score > 0
    numbers = (result.left * people.size + result.right)[probable]
    chosen = proposed.choose(numbers, sigmoid(result.score[probable]), budget)
    return chosen.keys, chosen.share


