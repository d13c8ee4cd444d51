"""Groups of one component that grow edge by edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

# Two groups join unless their log-odds are so much below the line.
_SLACK = 1.0
# Up to so many records the evidence between all groups is one array.
SMALL = 200
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


def grown(part: Part, how: Joining, small: int = SMALL) -> np.ndarray:
    """Return by record of a component the smallest record of its group."""
    groups = _Groups(part, how, small)
    left = len(part.records) - 1
    for one, two in part.edges:
        left -= groups.join(one, two)
        if not left:
            break
    return groups.smallest()


class _Matrix:
    """The evidence between groups of a small component, as one array."""

    def __init__(self, part: Part) -> None:
        size = len(part.records)
        self._all = np.zeros((size, size, *part.sums.shape[1:]))
        self._all[part.left, part.right] = part.sums
        self._all[part.right, part.left] = part.sums

    def of(self, left: int, right: int) -> np.ndarray:
        """Return the sum of each term over the pairs of two groups, and how many have it."""
        found: np.ndarray = self._all[left, right]
        return found

    def merge(self, left: int, right: int) -> None:
        """Add the evidence of the group on the right to that of the group on the left."""
        self._all[left] += self._all[right]
        self._all[:, left] = self._all[left]


class _Lists:
    """The evidence between groups of a large component, for those that have compared pairs."""

    def __init__(self, part: Part) -> None:
        self._all: dict[int, dict[int, np.ndarray]] = {}
        lines = zip(part.left.tolist(), part.right.tolist(), part.sums, strict=True)
        for one, two, value in lines:
            self._all.setdefault(one, {})[two] = value
            self._all.setdefault(two, {})[one] = value

    def of(self, left: int, right: int) -> np.ndarray:
        """Return the sum of each term over the pairs of two groups, and how many have it."""
        return self._all[left][right]

    def merge(self, left: int, right: int) -> None:
        """Add the evidence of the group on the right to that of the group on the left."""
        mine = self._all[left]
        for other, value in self._all.pop(right).items():
            theirs = self._all[other]
            theirs.pop(right)
            if other != left:
                before = mine.get(other)
                mine[other] = theirs[left] = value if before is None else before + value


class _Groups:
    """Groups that join; each has the place of one of its records as its number."""

    def __init__(self, part: Part, how: Joining, small: int) -> None:
        self._how, self._records = how, part.records
        self._group = list(range(len(part.records)))
        self._members = [[place] for place in self._group]
        self._between = _Matrix(part) if len(part.records) <= small else _Lists(part)
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
        self._between.merge(left, right)
        return True

    def smallest(self) -> np.ndarray:
        """Return by record the smallest record of its group."""
        least = {group: min(self._members[group]) for group in set(self._group)}
        found: np.ndarray = self._records[[least[group] for group in self._group]]
        return found

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
        sums, counts = self._between.of(left, right)
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
        if any(len(_known(values, [*ones, *twos])) > 1 for values in how.unique):
            return True
        return bool(how.apart) and any(
            (min(one, two), max(one, two)) in how.apart for one in ones for two in twos
        )


def _known(values: np.ndarray, records: list[int]) -> set[int]:
    return {int(values[record]) for record in records if values[record] >= 0}
