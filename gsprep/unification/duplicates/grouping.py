"""Groups of records: best edges first, with a veto."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gsprep.unification.duplicates.candidates import among

if TYPE_CHECKING:
    from collections.abc import Iterable

# Two groups join unless their log-odds are so much below the line.
_SLACK = 1.0
# Pairs within a component of more records are not compared one by one.
_LARGEST_COMPLETED = 200
# A pair that is probably no match is none, however few matches there are.
_LOWEST_CUT = 0.35
# How much more often pairs are wrong than their probabilities say, for a promise.
_OVERCONFIDENT, _NEVER_SURE, _LOWEST_PROMISED = 2.5, 0.0065, 0.5
# The log-odds of a pair that was not compared, as a share of the prior.
_NOT_COMPARED = 1.25


class Edges(NamedTuple):
    """Pairs of records with their log-odds."""

    left: np.ndarray
    right: np.ndarray
    score: np.ndarray

    def chosen(self, kept: np.ndarray) -> Edges:
        """Return the edges of a mask or of places."""
        return Edges(self.left[kept], self.right[kept], self.score[kept])


@dataclass(frozen=True, slots=True)
class Joining:
    """When groups join.

    cut:     the log-odds from which a pair is an edge.
    prior:   the log-odds before evidence.
    apart:   pairs of records that are never in one group.
    unique:  by record, values of which a group has one at most, -1 for none: existing persons.
    copies:  by record, the first one with the same values: what is known of it is known of all.
    slack:   how much less log-odds than an edge two groups may have.
    """

    cut: float
    prior: float
    apart: frozenset[tuple[int, int]] = frozenset()
    unique: tuple[np.ndarray, ...] = ()
    copies: np.ndarray | None = None
    slack: float = _SLACK

    @property
    def least(self) -> float:
        """The log-odds from which two groups with an edge between them join."""
        return self.cut - self.slack


Terms = Callable[[np.ndarray], np.ndarray]


def components(size: int, edges: Edges) -> np.ndarray:
    """Return the component of each record."""
    ones = np.ones(len(edges.left), dtype=np.int8)
    graph = coo_array((ones, (edges.left, edges.right)), shape=(size, size))
    _, found = connected_components(graph, directed=False)
    return found.astype(np.int64)


def loose(size: int, edges: Edges) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs within components that are not among their edges."""
    of = components(size, edges)
    records = np.bincount(of)
    links = np.bincount(of[edges.left], minlength=len(records))
    open_ = (links < records * (records - 1) // 2) & (records <= _LARGEST_COMPLETED)
    rows = np.flatnonzero(open_[of])
    rows = rows[np.argsort(of[rows], kind="stable")]
    left, right = _within(rows, of[rows])
    known = np.sort(edges.left * size + edges.right)
    new = ~among(left * size + right, known)
    return left[new], right[new]


def _within(rows: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lefts, rights, at, step = [rows[:0]], [rows[:0]], np.arange(len(rows)), 1
    while len(at):
        at = at[at + step < len(rows)]
        at = at[of[at] == of[at + step]]
        lefts.append(np.minimum(rows[at], rows[at + step]))
        rights.append(np.maximum(rows[at], rows[at + step]))
        step += 1
    return np.concatenate(lefts), np.concatenate(rights)


def joined(size: int, pairs: Edges, how: Joining, terms: Terms | None = None) -> np.ndarray:
    """Return the group of each record; ``pairs`` are all compared pairs.

    ``terms`` returns the terms of the log-odds of pairs, given by their places: one line each,
    NaN for what is not known. Two groups are compared term by term, as if they were two records.

    Components in which every pair is an edge join at once; in the others groups join edge by
    edge, the best first.
    """
    edge = pairs.score > how.cut
    edges = pairs.chosen(edge)
    of = components(size, edges)
    records = np.bincount(of, minlength=1)
    links = np.bincount(of[edges.left], minlength=len(records))
    open_ = (links < records * (records - 1) // 2) | _constrained(of, how, len(records))
    inside = open_[of[pairs.left]] & (of[pairs.left] == of[pairs.right])
    places = np.flatnonzero(inside)
    evidence = pairs.score[places, None] if terms is None else terms(places)
    groups = _Groups(size, pairs.chosen(inside), evidence, how)
    doubtful = edges.chosen(open_[of[edges.left]])
    order = np.lexsort((doubtful.right, doubtful.left, -doubtful.score))
    for one, two in zip(doubtful.left[order].tolist(), doubtful.right[order].tolist(), strict=True):
        groups.join(one, two)
    return groups.of_records(of, open_)


def _constrained(of: np.ndarray, how: Joining, count: int) -> np.ndarray:
    """Return the components in which some records must not be in one group."""
    found = np.zeros(count, dtype=bool)
    for one, two in how.apart:
        found[of[one]] |= of[one] == of[two]
    for values in how.unique:
        known = values >= 0
        pairs = np.unique(np.stack([of[known], values[known]]), axis=1)
        found |= np.bincount(pairs[0], minlength=count) > 1
    return found


class _Groups:
    """Groups that join, and the evidence between each two."""

    def __init__(self, size: int, pairs: Edges, terms: np.ndarray, how: Joining) -> None:
        self._how = how
        self._root: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}
        # By group and group, the sum of each term over their pairs, and the pairs that have it.
        self._between: dict[int, dict[int, np.ndarray]] = {}
        self._size = size
        sums = np.stack([np.nan_to_num(terms), ~np.isnan(terms)], axis=1)
        for one, two, value in zip(pairs.left.tolist(), pairs.right.tolist(), sums, strict=True):
            self._between.setdefault(one, {})[two] = value
            self._between.setdefault(two, {})[one] = value

    def _of(self, record: int) -> int:
        while (above := self._root.get(record, record)) != record:
            record = above
        return record

    def _in(self, group: int) -> list[int]:
        return self._members.get(group, [group])

    def join(self, one: int, two: int) -> None:
        """Join the groups of two records, if no evidence contradicts it."""
        left, right = self._of(one), self._of(two)
        if left == right or not self._may_join(left, right):
            return
        if (len(self._in(left)), -left) < (len(self._in(right)), -right):
            left, right = right, left
        self._root[right] = left
        self._members[left] = self._in(left) + self._in(right)
        mine = self._between[left]
        for other, value in self._between.pop(right).items():
            theirs = self._between[other]
            theirs.pop(right)
            if other != left:
                before = mine.get(other)
                mine[other] = theirs[left] = value if before is None else before + value

    def _different(self, records: list[int]) -> int:
        copies = self._how.copies
        return len(records) if copies is None else len(set(copies[records].tolist()))

    def _may_join(self, left: int, right: int) -> bool:
        mine, theirs = self._in(left), self._in(right)
        whole = self._different(mine) * self._different(theirs)
        sums, counts = self._between[left][right]
        # Each column counts as the mean of what the pairs that know it say.
        together = float((sums / np.maximum(counts, 1)).sum())
        compared = min(float(counts[0]), whole)
        rest = (whole - compared) * _NOT_COMPARED * self._how.prior
        return (together * compared + rest) / whole >= self._how.least and not self._kept_apart(
            mine, theirs
        )

    def _kept_apart(self, mine: Iterable[int], theirs: list[int]) -> bool:
        how = self._how
        records = [*mine, *theirs]
        if any(len(_known(values, records)) > 1 for values in how.unique):
            return True
        return bool(how.apart) and any(
            (min(one, two), max(one, two)) in how.apart for one in mine for two in theirs
        )

    def of_records(self, of: np.ndarray, open_: np.ndarray) -> np.ndarray:
        """Return the group of each record, by the number of its smallest record."""
        first = np.full(int(of.max(initial=0)) + 1, self._size)
        np.minimum.at(first, of, np.arange(self._size))
        groups = first[of]
        single = np.flatnonzero(open_[of])
        roots = np.array([self._of(record) for record in single.tolist()], dtype=np.int64)
        smallest = np.full(self._size, self._size)
        np.minimum.at(smallest, roots, single)
        groups[single] = smallest[roots]
        result: np.ndarray = groups
        return result


def _known(values: np.ndarray, records: list[int]) -> set[int]:
    return {int(values[record]) for record in records if values[record] >= 0}


def best_cut(probability: np.ndarray, expected: float) -> float:
    """Return the probability from which on the expected F1 of pairs is greatest."""
    order = np.sort(probability)[::-1]
    right = np.cumsum(order)
    f1 = 2 * right / (np.arange(1, len(order) + 1) + max(expected, 1e-9))
    if not len(order):
        return 0.5
    at = int(f1.argmax())
    below = order[at + 1] if at + 1 < len(order) else 0.0
    return max(float((order[at] + below) / 2), _LOWEST_CUT)


def promised_cut(probability: np.ndarray, precision: float) -> float:
    """Return the lowest probability from which so large a share of the pairs is right.

    Relatives and namesakes are more frequent than a model of columns knows, so pairs count as wrong
    more often than their probabilities say.
    """
    order = np.sort(probability)[::-1]
    wrong = np.cumsum(np.minimum(_OVERCONFIDENT * (1 - order) + _NEVER_SURE, 1))
    kept = order[wrong <= (1 - precision) * np.arange(1, len(order) + 1)]
    highest = 1 - (1 - precision) / 5
    return float(np.clip(kept.min(initial=highest), _LOWEST_PROMISED, highest))
