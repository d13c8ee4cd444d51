"""Groups of records: best edges first, with a veto."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.lazy import lazy_module
from gsprep.unification.duplicates.candidates import among, blocks_of, pairs_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scipy import sparse
    from scipy.sparse import csgraph
else:
    sparse = lazy_module("scipy.sparse")
    csgraph = lazy_module("scipy.sparse.csgraph")

# Two groups join unless their log-odds are so much below the line.
_SLACK = 1.0
# The log-odds of a pair that was not compared, as a share of the prior.
_NOT_COMPARED = 1.25


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


class Part(NamedTuple):
    """A component.

    records: its records, in order.
    left, right: its compared pairs, as places among the records.
    sums:    by pair, the sum of each term, and the number of pairs that have it.
    edges:   its edges as places among the records, the best first.
    """

    records: np.ndarray
    left: np.ndarray
    right: np.ndarray
    sums: np.ndarray
    edges: list[tuple[int, int]]


def grown(part: Part, how: Joining) -> np.ndarray:
    """Return by record of a component the smallest record of its group."""
    groups = _Groups(part, how)
    left = len(part.records) - 1
    for one, two in part.edges:
        left -= groups.join(one, two)
        if not left:
            break
    return groups.smallest()


class _Groups:
    """Groups that join; each has the place of one of its records as its number."""

    def __init__(self, part: Part, how: Joining) -> None:
        self._how, self._records = how, part.records
        self._group = list(range(len(part.records)))
        self._members = [[place] for place in self._group]
        # Between groups: the sum of each term over their compared pairs, and how many have it.
        self._between: dict[int, dict[int, np.ndarray]] = {}
        lines = zip(part.left.tolist(), part.right.tolist(), part.sums, strict=True)
        for one, two, value in lines:
            self._between.setdefault(one, {})[two] = value
            self._between.setdefault(two, {})[one] = value
        # Groups that did not join, with their sizes then: the same two do not join later.
        self._refused: dict[tuple[int, int], tuple[int, int]] = {}

    def join(self, one: int, two: int) -> bool:
        """Join the groups of two records, and return whether no evidence contradicts it."""
        left, right = self._group[one], self._group[two]
        if left == right or not self._may_join(left, right):
            return False
        mine, theirs = self._members[left], self._members[right]
        if (len(mine), -left) < (len(theirs), -right):
            left, right, mine, theirs = right, left, theirs, mine
        for place in theirs:
            self._group[place] = left
        mine += theirs
        nearby = self._between[left]
        for other, value in self._between.pop(right).items():
            self._between[other].pop(right)
            if other != left:
                before = nearby.get(other)
                nearby[other] = value if before is None else before + value
                self._between[other][left] = nearby[other]
        return True

    def smallest(self) -> np.ndarray:
        """Return by record the smallest record of its group."""
        least = {group: min(self._members[group]) for group in set(self._group)}
        return self._records[[least[group] for group in self._group]]

    def _may_join(self, left: int, right: int) -> bool:
        mine, theirs = self._members[left], self._members[right]
        sizes = len(mine), len(theirs)
        if self._refused.get((left, right)) == sizes:
            return False
        joins = self._is_likely(left, right) and not self._kept_apart(mine, theirs)
        if not joins:
            self._refused[left, right] = sizes
        return joins

    def _is_likely(self, left: int, right: int) -> bool:
        whole = self._different(self._members[left]) * self._different(self._members[right])
        sums, counts = self._between[left][right]
        # Each column counts as the mean of what the pairs that know it say.
        together = float((sums / np.maximum(counts, 1)).sum())
        compared = min(float(counts[0]), whole)
        rest = (whole - compared) * _NOT_COMPARED * self._how.prior
        return (together * compared + rest) / whole >= self._how.least

    def _different(self, places: list[int]) -> int:
        copies = self._how.copies
        return len(places) if copies is None else len(np.unique(copies[self._records[places]]))

    def _kept_apart(self, mine: list[int], theirs: list[int]) -> bool:
        how = self._how
        if not how.unique and not how.apart:
            return False
        ones, twos = self._records[mine].tolist(), self._records[theirs].tolist()
        both = [*ones, *twos]
        if any(len({*values[both].tolist()} - {-1}) > 1 for values in how.unique):
            return True
        return bool(how.apart) and any(
            (min(one, two), max(one, two)) in how.apart for one in ones for two in twos
        )


# Pairs within a component of more records are not compared one by one.
_LARGEST_COMPLETED = 200
# A pair that is probably no match is none.
_LOWEST_CUT = 0.5
# For a promise: how much more often pairs are wrong than their probabilities say. It is the more,
# the surer a pair seems: 5 % in place of 1 %, 1 % in place of 0.1 %, and never less than 0.2 %.
_OVERCONFIDENT, _NEVER_SURE, _LOWEST_PROMISED = 0.65, 0.002, 0.5


class Edges(NamedTuple):
    """Pairs of records with their log-odds."""

    left: np.ndarray
    right: np.ndarray
    score: np.ndarray

    def chosen(self, kept: np.ndarray | slice) -> Edges:
        """Return the edges of a mask, of places or of a slice."""
        return Edges(self.left[kept], self.right[kept], self.score[kept])

    def without(self, places: np.ndarray) -> Edges:
        """Return all pairs, of which those at some places are no edges."""
        score = self.score.copy()
        score[places] = -np.inf
        return Edges(self.left, self.right, score)


Terms = Callable[[np.ndarray], np.ndarray]


def components(size: int, edges: Edges) -> np.ndarray:
    """Return the component of each record."""
    ones = np.ones(len(edges.left), dtype=np.int8)
    graph = sparse.coo_array((ones, (edges.left, edges.right)), shape=(size, size))
    _, found = csgraph.connected_components(graph, directed=False)
    return found.astype(np.int64)


def loose(size: int, edges: Edges) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs within components that are not among their edges."""
    of = components(size, edges)
    records = np.bincount(of)
    links = np.bincount(of[edges.left], minlength=len(records))
    open_ = (links < records * (records - 1) // 2) & (records <= _LARGEST_COMPLETED)
    one, two = pairs_within(blocks_of(np.where(open_[of], of, -1)))
    left, right = np.minimum(one, two), np.maximum(one, two)
    known = np.sort(edges.left * size + edges.right)
    new = ~among(left * size + right, known)
    return left[new], right[new]


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
    groups = _smallest(of)
    doubtful = edges.chosen(open_[of[edges.left]])
    for part in _parts(of, open_, pairs.chosen(inside), evidence, doubtful):
        groups[part.records] = grown(part, how)
    return groups


def _smallest(of: np.ndarray) -> np.ndarray:
    """Return by record the smallest record of its component."""
    first = np.full(int(of.max(initial=0)) + 1, len(of))
    np.minimum.at(first, of, np.arange(len(of)))
    return first[of]


def _parts(
    of: np.ndarray, open_: np.ndarray, pairs: Edges, evidence: np.ndarray, edges: Edges
) -> Iterator[Part]:
    """Yield the open components, with all their compared pairs and with their edges."""
    records = np.flatnonzero(open_[of])
    records = records[np.argsort(of[records], kind="stable")]
    whole = np.bincount(of, minlength=len(open_))[open_]
    ends = np.cumsum(whole)
    place = np.zeros(len(of), dtype=np.int64)
    place[records] = np.arange(len(records)) - np.repeat(ends - whole, whole)
    order = np.argsort(of[pairs.left], kind="stable")
    pairs, evidence = pairs.chosen(order), evidence[order]
    best = np.lexsort((edges.right, edges.left, -edges.score, of[edges.left]))
    edges = edges.chosen(best)
    numbers = np.flatnonzero(open_)
    of_pairs, of_edges = (_bounds(of[some.left], numbers) for some in (pairs, edges))
    for at, (begin, end) in enumerate(zip(ends - whole, ends, strict=True)):
        mine, best_first = slice(*of_pairs[at]), slice(*of_edges[at])
        terms = evidence[mine]
        yield Part(
            records=records[begin:end],
            left=place[pairs.left[mine]],
            right=place[pairs.right[mine]],
            sums=np.stack([np.nan_to_num(terms), ~np.isnan(terms)], axis=1),
            edges=[
                *zip(
                    place[edges.left[best_first]].tolist(),
                    place[edges.right[best_first]].tolist(),
                    strict=True,
                )
            ],
        )


def _bounds(components: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return where the sorted components of each number begin and end."""
    return np.stack([np.searchsorted(components, numbers, side) for side in ("left", "right")], 1)


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


def best_cut(probability: np.ndarray, expected: float) -> float:
    """Return the probability from which on the expected F1 of pairs is greatest.

    With few pairs it may be best to join none: then it is one half.
    """
    order = np.sort(probability)[::-1]
    right = np.cumsum(order)
    count = np.arange(1, len(order) + 1)
    f1 = 2 * right / (count + max(expected, 1e-9))
    nothing = float(np.prod(1 - order))  # the chance that there is nothing to find
    if not len(order) or nothing > (2 * right / (count + max(expected, 1.0))).max():
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
    wrong = np.cumsum(np.minimum((1 - order) ** _OVERCONFIDENT + _NEVER_SURE, 1))
    kept = order[wrong <= (1 - precision) * np.arange(1, len(order) + 1)]
    highest = 1 - (1 - precision) / 5
    return float(np.clip(kept.min(initial=highest), _LOWEST_PROMISED, highest))
