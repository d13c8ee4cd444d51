"""Rows of all parts that share a key with another row."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# So many hashes are sorted at once.
_HASHES = 4_194_304


class Group(NamedTuple):
    """Rows that are compared at once; no row of another group shares a key with any of them."""

    number: int
    rows: int


class SharedKeys(NamedTuple):
    """The rows that share a key with another row.

    Attributes:
        places: for each part the positions of such rows in it, ascending.
        owners: for each part the number of the group of each of them.
        groups: the groups, in the order of their first rows.
    """

    places: Sequence[np.ndarray]
    owners: Sequence[np.ndarray]
    groups: Sequence[Group]

    @classmethod
    def of(
        cls,
        positions: Sequence[np.ndarray],
        columns: Sequence[Callable[[], Iterable[np.ndarray]]],
        rows: int,
        at_once: int = _HASHES,
    ) -> SharedKeys:
        """Find them by hashes: those with one hash in a column, and those with another of theirs.

        ``positions`` are those of the rows of each part. Each of ``columns`` gives the hashes of
        the same rows part by part, as often as it is called; 0 is none. A group has about ``rows``;
        ``at_once`` hashes are sorted at once.
        """
        begins = np.cumsum([0, *map(len, positions)])
        ends, marks = _alike(columns, int(begins[-1]) // at_once + 1)
        shared, row = np.unique(ends, return_inverse=True)
        number = len(shared) + int(marks.max(initial=-1)) + 1
        edges = coo_array((np.ones(len(row), bool), (row, len(shared) + marks)), (number, number))
        found = connected_components(edges, directed=False)[1][: len(shared)]
        component = pd.factorize(found)[0]
        sizes = np.bincount(component)
        group = ((np.cumsum(sizes) - sizes) // rows)[component]
        _, group = np.unique(group, return_inverse=True)
        cuts = np.searchsorted(shared, begins)
        places = [
            mine[shared[first:last] - begin]
            for mine, begin, (first, last) in zip(positions, begins, pairwise(cuts), strict=False)
        ]
        owners = [group[first:last] for first, last in pairwise(cuts)]
        return cls(places, owners, [Group(*one) for one in enumerate(np.bincount(group).tolist())])


def _alike(
    columns: Sequence[Callable[[], Iterable[np.ndarray]]], turns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows whose hash is there more than once, each with a number for the hash."""
    ends, marks, count = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    for read in columns:
        for own, hashes in _portions(read, turns):
            order = np.argsort(hashes)
            again = hashes[order[1:]] == hashes[order[:-1]]
            shared, first = np.zeros(len(order), bool), np.ones(len(order), bool)
            shared[1:] |= again
            shared[:-1] |= again
            first[1:] = ~again
            first = first[shared]
            ends.append(own[order[shared]])
            marks.append(np.cumsum(first) - 1 + count)
            count += int(first.sum())
    return np.concatenate(ends), np.concatenate(marks)


def _portions(
    read: Callable[[], Iterable[np.ndarray]], turns: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows and their hashes in so many turns, all with one hash in one of them."""
    for turn in range(turns):
        own, found, begin = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)], 0
        for hashes in read():
            mine = np.flatnonzero((hashes % np.uint64(turns) == turn) & (hashes > 0))
            own.append(mine + begin)
            found.append(hashes[mine])
            begin += len(hashes)
        yield np.concatenate(own), np.concatenate(found)
