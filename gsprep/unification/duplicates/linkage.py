"""Linkage of records: keys, model, scores and groups."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
    pairs_by_row,
    pairs_of_keys,
    proposed_to,
)
from gsprep.unification.duplicates.grouping import (
    Edges,
    Joining,
    best_cut,
    components,
    joined,
    loose,
)
from gsprep.unification.duplicates.levels import MISSING, have_level, only_shared
from gsprep.unification.duplicates.model import Learning, Model, Sample, learn, sigmoid, terms_of
from gsprep.unification.duplicates.named_mailboxes import named_mailboxes
from gsprep.unification.duplicates.unrelated_pairs import (
    Agreement,
    Context,
    agreements,
    chances_of,
    compared,
    contexts_of,
    levels_in,
    named_alike,
    patterns_of,
    random_pairs,
    shifts_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gsprep.unification.duplicates.columns import Column

# Beyond this number of records keys are learned from some of them.
_ALL_KEYS, _SEEDS = 20_000, 4_000
_PASSES = 2
# Who is no more likely than this, in log-odds, to be one than another may be either.
_EITHER = 4.0
# The log-odds of a pair that a reviewer decided.
ANSWERED = 1_000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What is wanted.

    people:    the records.
    seed:      of the random pairs.
    largest:   the largest block of records that proposes pairs.
    budget:    the most pairs for each record of a large list.
    line:      returns the probability from which a pair is a match, given all probabilities and
               the expected number of matches.
    joining:   returns when groups join, given the line in log-odds and the prior.
    copied:    pairs of records with many copies, in the form of the next ones.
    together:  pairs that a reviewer put together, as ``left * size + right``, sorted.
    apart:     pairs that are never one person, in the same form.
    asked:     pairs that are compared whatever proposes them, in the same form.
    """

    people: People
    seed: int = 0
    largest: int = 100
    budget: float = 12.0
    line: Callable[[np.ndarray, float], float] = best_cut
    joining: Callable[[float, float], Joining] = Joining
    copied: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    together: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    apart: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    asked: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs of records: their patterns, the shifts by their values, their log-odds."""

    left: np.ndarray
    right: np.ndarray
    patterns: np.ndarray
    shift: np.ndarray
    score: np.ndarray

    @property
    def edges(self) -> Edges:
        """The pairs with their log-odds."""
        return Edges(self.left, self.right, self.score)

    def numbers(self, size: int) -> np.ndarray:
        """Return the pairs of ``size`` records as ``left * size + right``."""
        return self.left * size + self.right

    def chosen(self, kept: np.ndarray) -> Scored:
        """Return the pairs of a mask or of places."""
        return Scored(*(getattr(self, name)[kept] for name in Scored.__slots__))

    def and_(self, others: Scored) -> Scored:
        """Return these pairs and others."""
        parts = ((getattr(self, n), getattr(others, n)) for n in Scored.__slots__)
        return Scored(*map(np.concatenate, parts))


class Pairs(NamedTuple):
    """Compared pairs of records."""

    left: np.ndarray
    right: np.ndarray
    patterns: np.ndarray


class Learned(NamedTuple):
    """What was learned of a list."""

    model: Model
    found: list[Agreement]
    line: float = 0.0  # the log-odds from which a pair is a match
    keys: Sequence[Key] = ()
    completeness: float = 1.0
    largest: int = 100

    def score(self, people: People, pairs: Pairs, shift: np.ndarray | None = None) -> Scored:
        """Return compared pairs with their log-odds; ``shift`` by their values, if it is known."""
        columns = len(people.columns)
        if shift is None:
            shift = shifts_of(self.found, levels_in(pairs.patterns, columns), pairs.left)
        patterns, at = _distinct(pairs.patterns)
        odds = Sample(at, shift).log_odds(*self.model.log_odds(levels_in(patterns, columns)))
        return Scored(*pairs, shift, odds)


class Solved(NamedTuple):
    """What was found."""

    learned: Learned
    scored: Scored
    groups: np.ndarray
    expected: float = 0.0  # the estimated number of matching pairs


class _Sampled(NamedTuple):
    """Pairs of people who are related by chance or by a context only."""

    random: np.ndarray  # the levels of random pairs
    contexts: list[Context]
    sharing: list[np.ndarray]  # by context, the patterns of its pairs
    named: float | None  # the chance that people of one name have one mailbox name


def solve(task: Task) -> Solved:
    """Find the records of each person.

    The second pass counts each value once a person, as the first one found them.
    """
    people, rng = task.people, np.random.default_rng(task.seed)
    sample = _sampled(people, rng)
    keys, share, numbers = _candidates(task, sample, rng)
    pairs = compared_pairs(people, merged([numbers, *_asked(task)]))
    groups = np.arange(people.size)
    for _ in range(_PASSES):
        learned, scored = _fitted(people, pairs, sample, people.pairs, groups)
        cut = task.line(sigmoid(scored.score), learned.model.expected)
        line = float(np.log(cut / (1 - cut)))
        solved = _grouped(task, learned._replace(line=line), scored)
        groups = solved.groups
    learned = solved.learned._replace(keys=keys, completeness=share, largest=task.largest)
    return solved._replace(learned=learned)


def _expected(scored: Scored, groups: np.ndarray, line: float) -> float:
    """Return the estimated number of matching pairs.

    Two records of one group are probably one person if each of them probably is that of another
    record there. A pair over the line in two groups was ruled out by other records.
    """
    probability = sigmoid(scored.score)
    inside = groups[scored.left] == groups[scored.right]
    best = np.zeros(len(groups))
    for side in (scored.left, scored.right):
        np.maximum.at(best, side[inside], probability[inside])
    sure = best[scored.left[inside]] * best[scored.right[inside]]
    open_ = ~inside & (scored.score <= line)
    return float(np.maximum(probability[inside], sure).sum() + probability[open_].sum())


def decide(task: Task, learned: Learned) -> Solved:
    """Find the records of each person by what was learned before."""
    people = task.people
    features = Features.of(people.columns)
    if people.files is None and not learned.keys and people.size > _ALL_KEYS:
        # A large list, by a model that was learned from a small one.
        keys, _ = _chosen(task, features, np.random.default_rng(task.seed), learned)
        learned = learned._replace(keys=keys)
    numbers = _proposed(people, features, learned.keys, learned.largest)
    pairs = compared_pairs(people, merged([numbers, *_asked(task)]))
    return _grouped(task, learned, learned.score(people, pairs))


def _proposed(people: People, features: Features, keys: Sequence[Key], largest: int) -> np.ndarray:
    if people.files is not None:
        return pairs_by_row(people, features, keys, largest)
    if keys:
        return pairs_of_keys(people, features, keys)
    return all_pairs(people, features, largest)


def _asked(task: Task) -> list[np.ndarray]:
    """Return the pairs that are compared whatever proposes them."""
    of_one_file = [] if task.people.files is not None else [task.copied]
    return [task.together, task.asked, *of_one_file]


def _candidates(
    task: Task, sample: _Sampled, rng: np.random.Generator
) -> tuple[list[Key], float, np.ndarray]:
    features = Features.of(task.people.columns)
    if task.people.size <= _ALL_KEYS:
        return [], 1.0, _proposed(task.people, features, [], task.largest)
    keys, share = _chosen(task, features, rng, sample)
    return keys, share, _proposed(task.people, features, keys, task.largest)


def _chosen(
    task: Task, features: Features, rng: np.random.Generator, by: Learned | _Sampled
) -> tuple[list[Key], float]:
    """Return keys that propose nearly all probable pairs of some records, by what is known."""
    people = task.people
    seeds = np.sort(rng.choice(people.size, _SEEDS, replace=False))
    offered = proposed_to(seeds, people, features, task.largest)
    pairs = compared_pairs(people, merged(offered.pairs))
    if isinstance(by, Learned):
        score = by.score(people, pairs)
    else:
        universe = people.pairs * (1 - (1 - _SEEDS / people.size) ** 2)
        _, score = _fitted(people, pairs, by, universe)
    probable = score.score > 0
    numbers = score.chosen(probable).numbers(people.size)
    return offered.choose(numbers, sigmoid(score.score[probable]), task.budget)


def compared_pairs(people: People, numbers: np.ndarray) -> Pairs:
    """Return pairs, given as ``left * size + right``, with their patterns."""
    left, right = numbers // people.size, numbers % people.size
    return Pairs(left, right, patterns_of(compared(people, left, right)))


def _sampled(people: People, rng: np.random.Generator) -> _Sampled:
    """Compare random pairs, and pairs that share a context."""
    random = compared(people, *random_pairs(people, rng))
    contexts = contexts_of(people, agreements(people), rng)
    sharing = [patterns_of(compared(people, one.left, one.right)) for one in contexts]
    return _Sampled(random, contexts, sharing, named_alike(people))


def _fitted(
    people: People,
    pairs: Pairs,
    sample: _Sampled,
    universe: float,
    groups: np.ndarray | None = None,
) -> tuple[Learned, Scored]:
    """Learn a model from candidates, among ``universe`` pairs, and score them."""
    found = agreements(people, groups)
    columns = len(people.columns)
    patterns, at = _distinct(np.concatenate([pairs.patterns, *sample.sharing]))
    edges = np.cumsum([len(pairs.patterns), *map(len, sample.sharing)])
    parts = np.split(at, edges[:-1])
    shift = shifts_of(found, levels_in(pairs.patterns, columns), pairs.left)
    sharing = [
        Sample(part, shifts_of(found, levels_in(of, columns), context.left))
        for part, of, context in zip(parts[1:], sample.sharing, sample.contexts, strict=True)
    ]
    of = Learning(
        people=people,
        patterns=patterns,
        pairs=Sample(parts[0], shift),
        chances=chances_of(people, found, sample.random, sample.named),
        contexts=sample.contexts,
        sharing=sharing,
        universe=universe,
    )
    learned = Learned(learn(of).rounded(), found)
    return learned, learned.score(people, pairs, shift)


def _distinct(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct numbers in order, and the place of each among them."""
    codes, found = pd.factorize(numbers, sort=True)
    return found, codes


def _grouped(task: Task, learned: Learned, score: Scored) -> Solved:
    """Return all scored pairs, those within loose components included, and the groups."""
    people, line = task.people, learned.line
    score = _answered(task, score)
    how = task.joining(line, learned.model.prior)
    edges = score.edges
    if people.files is None:
        how = replace(how, apart=how.apart | _two_people(people, score, line))
        left, right = loose(people.size, edges.chosen(score.score > line))
        numbers = left * people.size + right
        new = numbers[~among(numbers, score.numbers(people.size))]
        more = learned.score(people, compared_pairs(people, new))
        score = score.and_(_answered(task, more))
        edges = score.edges.without(_doubtful(people, score, line))
    groups = joined(people.size, edges, how, evidence_of(learned.model, score))
    return Solved(learned, score, groups, _expected(score, groups, line))


def _doubtful(people: People, scored: Scored, line: float) -> np.ndarray:
    """Return the places of edges that are no ground to join two people.

    What they have in common relatives, colleagues and namesakes have, too. Through a third record
    they may be one person.
    """
    at = np.flatnonzero((scored.score > line) & (scored.score < ANSWERED))
    return at[only_shared(people.columns, levels_in(scored.patterns[at], len(people.columns)))]


def _two_people(people: People, scored: Scored, line: float) -> frozenset[tuple[int, int]]:
    """Return pairs that are two people, and pairs with one who may be either of them.

    An initial stands for both, and would make them one person. Whom answers make one person is one.
    """
    edge = scored.score > line
    linked = np.zeros(people.size, dtype=bool)
    linked[scored.left[edge]] = linked[scored.right[edge]] = True
    one = components(people.size, scored.edges.chosen(scored.score >= ANSWERED))
    open_ = linked[scored.left] & linked[scored.right] & (one[scored.left] != one[scored.right])
    both = scored.chosen(open_)
    apart, own = two_people(people, both)
    pairs = [
        {*zip(some.left.tolist(), some.right.tolist(), strict=True)}
        for some in (both.chosen(apart), both.chosen(own))
    ]
    either = _either(pairs[1], scored.chosen(edge)) if pairs[1] else set()
    return frozenset(pairs[0] | pairs[1] | either)


def two_people(people: People, pairs: Scored) -> tuple[np.ndarray, np.ndarray]:
    """Return which pairs are two people, and which of these have mailboxes of their first names."""
    columns, mailboxes = people.columns, named_mailboxes(people.columns)
    levels = levels_in(pairs.patterns, len(columns))
    apart = have_level(columns, levels, "mark", "differ")
    own, told = np.zeros(len(apart), dtype=bool), np.zeros(len(apart), dtype=bool)
    if mailboxes is not None:
        own[mailboxes.of_two(levels, pairs.left, pairs.right)] = True
        unlike = have_level(columns, levels, "phone", "differ")
        apart[mailboxes.like_two(levels, pairs.left, pairs.right, unlike)] = True
        told[mailboxes.told_apart(levels, pairs.left, pairs.right)] = True
        # First names that are alike are not one name: Tyler and Taylor.
        apart |= told & (_disagree(columns, levels) | have_level(columns, levels, "given", "alike"))
        longer = have_level(columns, levels, "mark", "one side")
        apart |= mailboxes.no_name_in_common(levels, pairs.left, pairs.right, longer)
    return apart | own, own


# Kinds of columns that say more about a person than the name and the employer.
_OWN = ("phone", "text", "date", "identifier", "number")


def _disagree(columns: Sequence[Column], levels: np.ndarray) -> np.ndarray:
    """Return which pairs have no number, date or title in common, though some are known."""
    own = levels[:, [column.kind in _OWN for column in columns]]
    known = (own != MISSING).any(axis=1) | (own.shape[1] == 0)
    return known & ~np.any([have_level(columns, levels, kind, "same") for kind in _OWN], axis=0)


def _either(two: set[tuple[int, int]], edges: Scored) -> set[tuple[int, int]]:
    """Return the edges of who is about as likely one of two people as the other."""
    near: dict[int, dict[int, float]] = {}
    columns = (edges.left.tolist(), edges.right.tolist(), edges.score.tolist())
    for one, other, score in zip(*columns, strict=True):
        near.setdefault(one, {})[other] = near.setdefault(other, {})[one] = score
    return {
        (min(other, side), max(other, side))
        for sides in two
        for other in near.get(sides[0], {}).keys() & near.get(sides[1], {}).keys()
        if abs(near[sides[0]][other] - near[sides[1]][other]) < _EITHER
        for side in sides
    }


def evidence_of(model: Model, scored: Scored) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that returns the terms of some pairs, NaN for what is not known."""

    def evidence(places: np.ndarray) -> np.ndarray:
        some = scored.chosen(places)
        terms = terms_of(model, some.patterns, some.shift)
        known = levels_in(some.patterns, len(model.m)) != MISSING
        whole = terms.intercept + terms.weights.sum(axis=1)
        answer = np.where(np.abs(some.score) >= ANSWERED, some.score - whole, np.nan)
        weights = np.where(known, terms.weights, np.nan)
        return np.column_stack([terms.intercept, weights, answer])

    return evidence


def _answered(task: Task, score: Scored) -> Scored:
    """Return the pairs with the log-odds of those that a reviewer decided."""
    numbers = score.numbers(task.people.size)
    odds = np.where(among(numbers, task.together), ANSWERED, score.score)
    odds = np.where(among(numbers, task.apart), -ANSWERED, odds)
    return Scored(score.left, score.right, score.patterns, score.shift, odds)
