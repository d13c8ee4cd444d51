"""Inverted index: from values to the companies that have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.pairs import Pairs, distinct_pairs, spans
from gsprep.values.arrow import as_mask, as_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.unification.pairs import Bools, Counts


@dataclass(frozen=True, slots=True)
class InvertedIndex:
    """Values and the companies that have each of them."""

    places: dict[str, int]  # the position of each value
    # the companies of value ``v`` are ``company[starts[v]:starts[v + 1]]``, ascending
    starts: np.ndarray
    company: np.ndarray  # positions of companies

    def position(self, value: str | None) -> int:
        """Return the position of a value, or -1."""
        return -1 if value is None else self.places.get(value, -1)

    def positions(self, values: Sequence[str | None] | pa.Array) -> np.ndarray:
        """Return the position of each value, -1 for an unknown or missing one."""
        return positions_in(self.places, as_texts(values))

    def count(self, positions: np.ndarray) -> np.ndarray:
        """Return how many companies have each value; 0 for position -1."""
        counts: np.ndarray = np.append(np.diff(self.starts), 0)[positions]
        return counts

    def count_over(self, largest: int) -> int:
        """Return the number of values that more than ``largest`` companies have."""
        return int((np.diff(self.starts) > largest).sum())

    def look_up(self, values: Sequence[str | None] | pa.Array) -> Lookup:
        """Return the values, looked up."""
        return Lookup(self, self.positions(values))

    def pairs(self, positions: np.ndarray, *, largest: int) -> Pairs:
        """Return a pair for each company of each value; none for values of over ``largest``.

        ``left`` is the place in ``positions``.
        """
        counts = self.count(positions)
        counts = np.where(counts > largest, 0, counts)
        starts = np.append(self.starts[:-1], 0)[positions]
        left = np.repeat(np.arange(len(positions)), counts)
        return Pairs(left, self.company[spans(starts, counts)])

    def keys(self, width: int) -> np.ndarray:
        """Return each pair of a value and a company as one integer, ascending."""
        value = np.repeat(np.arange(len(self.places)), np.diff(self.starts))
        keys: np.ndarray = value * width + self.company
        return keys

    def has(self, positions: np.ndarray, companies: np.ndarray) -> np.ndarray:
        """Return whether each company has the value at each position; False for -1."""
        width = int(self.company.max(initial=0)) + 1
        keys = self.keys(width)
        wanted = np.where((positions >= 0) & (companies < width), positions * width + companies, -1)
        found: np.ndarray = np.append(keys, -2)[np.searchsorted(keys, wanted)] == wanted
        return found


@dataclass(frozen=True, slots=True)
class Lookup:
    """Values that were looked up in an index: the position of each, -1 for an unknown one."""

    index: InvertedIndex
    at: np.ndarray

    def has(self, pairs: Pairs) -> Bools:
        """Return which pairs of a value and a company have a company with that value."""
        return self.index.has(self.at[pairs.left], pairs.company)

    def count(self, pairs: Pairs) -> Counts:
        """Return how many companies have the value of each pair."""
        return self.index.count(self.at[pairs.left])


def invert(pairs: Iterable[tuple[str, int]]) -> InvertedIndex:
    """Return the index of (value, company) pairs; repeated pairs count once."""
    distinct = sorted(set(pairs))
    places: dict[str, int] = {}
    for value, _ in distinct:
        places.setdefault(value, len(places))
    of_value = np.array([places[value] for value, _ in distinct], dtype=np.int64)
    company = np.array([company for _, company in distinct], dtype=np.int64)
    return InvertedIndex(places, np.searchsorted(of_value, np.arange(len(places) + 1)), company)


EMPTY_INDEX = invert([])


def invert_column(values: pa.Array, company: np.ndarray) -> InvertedIndex:
    """Return the index of a column of values and the company of each; null is left out."""
    there = np.flatnonzero(as_mask(pc.is_valid(values)))
    encoded = pc.dictionary_encode(values.take(pa.array(there)))
    codes = encoded.indices.to_numpy().astype(np.int64)
    pairs = distinct_pairs([Pairs(codes, company[there])], int(company.max(initial=0)) + 1)
    starts = np.searchsorted(pairs.left, np.arange(len(encoded.dictionary) + 1))
    places = {value: at for at, value in enumerate(encoded.dictionary.to_pylist())}
    return InvertedIndex(places, starts, pairs.company)


def positions_in(places: Mapping[str, int], values: pa.Array) -> np.ndarray:
    """Return the place of each text, -1 for null and for others; places count from 0, in order."""
    if len(values) <= len(places):  # Arrow would hash every place again
        known = [places.get(value, -1) for value in values.to_pylist()]
        return np.array(known, dtype=np.int64)
    found = pc.index_in(values, value_set=pa.array(places, pa.large_string()), skip_nulls=True)
    at: np.ndarray = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return at
