"""Array types, encoded columns, pairs of positions, and inverted indexes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gsprep.values.arrow import Places, as_mask, as_texts
from gsprep.values.distinct import distinct_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

# How far a comparison holds for each pair is a truth or a degree from 0 to 1.
Bools = NDArray[np.bool_]
Floats = NDArray[np.floating]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A column as distinct texts and one code a row; -1 where the value is missing."""

    codes: np.ndarray
    texts: tuple[str, ...]


def encode(column: pd.Series[str]) -> Encoded:
    """Return the distinct values of a text column, in the order of their first appearance."""
    codes, values = distinct_values(column)
    return Encoded(codes.astype(np.int64), tuple(values))


class Pairs(NamedTuple):
    """Pairs of positions, one line each: ``left`` (a value or a person) and ``company``."""

    left: np.ndarray
    company: np.ndarray


NO_PAIRS = Pairs(np.empty(0, np.int64), np.empty(0, np.int64))


def spans(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return ``start, start + 1, …`` for each start, as many as its count.

    >>> spans(np.array([5, 0, 9]), np.array([2, 0, 1])).tolist()
    [5, 6, 9]
    """
    first = np.repeat(starts - (np.cumsum(counts) - counts), counts)
    return first + np.arange(len(first))


def concatenate(parts: Sequence[Pairs]) -> Pairs:
    """Return the pairs of all parts, in their order."""
    left, company = zip(*parts, strict=True)
    return Pairs(np.concatenate(left), np.concatenate(company))


def distinct_pairs(parts: list[Pairs], companies: int) -> Pairs:
    """Return every pair once, sorted by ``left`` and then by company."""
    keys = [part.left * companies + part.company for part in parts]
    if len(keys) == 1 and (np.diff(keys[0]) > 0).all():
        return parts[0]
    # Each part mostly ascends, and a stable sort merges what does.
    merged = np.sort(np.concatenate(keys), kind="stable") if keys else np.empty(0, np.int64)
    merged = merged[np.append(True, merged[1:] != merged[:-1])[: len(merged)]]
    return Pairs(merged // max(companies, 1), merged % max(companies, 1))


def contains(pairs: Pairs, asked: Pairs) -> np.ndarray:
    """Return which of the ``asked`` pairs are among the pairs; a negative company never is."""
    width = 1 + max(pairs.company.max(initial=0), asked.company.max(initial=0))
    wanted = np.where(asked.company >= 0, asked.left * width + asked.company, -1)
    return np.isin(wanted, pairs.left * width + pairs.company)


class Grouped(NamedTuple):
    """The companies of each value: ``company[starts[v]:starts[v + 1]]``; the last one has none."""

    starts: np.ndarray
    company: np.ndarray

    def to_people(self, codes: np.ndarray) -> Pairs:
        """Return the pairs of the people who have these values; code -1 has none."""
        starts = self.starts[codes]
        counts = np.append(np.diff(self.starts), 0)[codes]
        return Pairs(np.repeat(np.arange(len(codes)), counts), self.company[spans(starts, counts)])


def grouped(pairs: Pairs, codes: np.ndarray) -> Grouped:
    """Return the companies of sorted pairs by value; there are at least the values ``codes``."""
    values = 1 + max(codes.max(initial=-1), pairs.left.max(initial=-1))
    return Grouped(np.searchsorted(pairs.left, np.arange(values + 1)), pairs.company)


def to_people(codes: np.ndarray, pairs: Pairs) -> Pairs:
    """Return the sorted pairs of values as pairs of the people who have these values."""
    return grouped(pairs, codes).to_people(codes)


@dataclass(frozen=True, slots=True)
class InvertedIndex:
    """Values and the companies that have each of them."""

    places: Places  # the position of each value
    # the companies of value ``v`` are ``company[starts[v]:starts[v + 1]]``, ascending
    starts: np.ndarray
    company: np.ndarray  # positions of companies

    def position(self, value: str | None) -> int:
        """Return the position of a value, or -1."""
        return -1 if value is None else self.places.get(value, -1)

    def positions(self, values: Sequence[str | None] | pa.Array) -> np.ndarray:
        """Return the position of each value, -1 for an unknown or missing one."""
        return self.places.at(as_texts(values))

    def count(self, positions: np.ndarray) -> np.ndarray:
        """Return how many companies have each value; 0 for position -1."""
        last = len(self.places)
        at = np.where(positions < 0, last, positions)
        return self.starts[np.minimum(at + 1, last)] - self.starts[at]

    def count_over(self, largest: int) -> int:
        """Return the number of values that more than ``largest`` companies have."""
        return int((np.diff(self.starts) > largest).sum())

    def look_up(self, values: Sequence[str | None] | pa.Array) -> Lookup:
        """Return the values, looked up."""
        return Lookup(self, self.positions(values))

    def look_up_both(self, one: pa.Array, two: pa.Array) -> tuple[Lookup, Lookup]:
        """Return two columns, looked up at once: that takes half of the time."""
        at = self.positions(pa.concat_arrays([one, two]))
        return Lookup(self, at[: len(one)]), Lookup(self, at[len(one) :])

    def pairs(self, positions: np.ndarray, *, largest: int) -> Pairs:
        """Return a pair for each company of each value; none for values of over ``largest``.

        ``left`` is the place in ``positions``.
        """
        counts = self.count(positions)
        counts = np.where(counts > largest, 0, counts)
        starts = self.starts[np.maximum(positions, 0)]
        left = np.repeat(np.arange(len(positions)), counts)
        return Pairs(left, self.company[spans(starts, counts)])

    def keys(self, width: int) -> np.ndarray:
        """Return each pair of a value and a company as one integer, ascending."""
        value = np.repeat(np.arange(len(self.places)), np.diff(self.starts))
        return value * width + self.company

    def has(self, positions: np.ndarray, companies: np.ndarray) -> np.ndarray:
        """Return whether each company has the value at each position; False for -1."""
        found = np.zeros(len(positions), dtype=bool)
        known = np.flatnonzero(positions >= 0)
        at, company = positions[known], companies[known]
        # Nearly all values are those of one company.
        begins = self.starts[at]
        first = self.company[begins]
        found[known] = first == company
        several = np.flatnonzero((first < company) & (self.starts[at + 1] - begins > 1))
        found[known[several]] = self._has(at[several], company[several])
        return found

    def _has(self, positions: np.ndarray, companies: np.ndarray) -> np.ndarray:
        """Return what ``has`` does for known positions, by a search within each value's companies.

        One key for each company of each value would take longer, however many are asked for.
        """
        begin, last = self.starts[positions], len(self.company) - 1
        end = begin + self.count(positions)
        low, high = begin, end
        for _ in range(int((end - begin).max(initial=0)).bit_length()):
            middle = (low + high) // 2
            before = (low < high) & (self.company[np.minimum(middle, last)] < companies)
            low, high = np.where(before, middle + 1, low), np.where(before, high, middle)
        return (low < end) & (self.company[np.minimum(low, last)] == companies)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Values that were looked up in an index: the position of each, -1 for an unknown one."""

    index: InvertedIndex
    at: np.ndarray

    def has(self, pairs: Pairs) -> Bools:
        """Return which pairs of a value and a company have a company with that value."""
        return self.index.has(self.at[pairs.left], pairs.company)

    def counts(self) -> Counts:
        """Return how many companies have each value."""
        return self.index.count(self.at)

    def count(self, pairs: Pairs) -> Counts:
        """Return how many companies have the value of each pair."""
        return self.index.count(self.at[pairs.left])

    def taken(self) -> pa.Array:
        """Return the text of each value, null for an unknown one."""
        return self.index.places.texts.take(pa.array(self.at, mask=self.at < 0))


# The code of a missing text, and that of a text that no company has.
MISSING, UNKNOWN = -1, -2


@dataclass(frozen=True, slots=True)
class CodedColumn:
    """One text of each company, as a code: numbers are compared faster than texts."""

    places: Places  # the position of each distinct text
    codes: np.ndarray  # by company: the position of its text, or MISSING

    def look_up(self, values: Sequence[str | None] | pa.Array) -> np.ndarray:
        """Return the code of other texts: a position, MISSING or UNKNOWN."""
        texts = as_texts(values)
        there = as_mask(pc.is_valid(texts))
        at = self.places.at(texts)
        return np.where(there & (at < 0), UNKNOWN, at)

    def differ(self, codes: np.ndarray, companies: np.ndarray) -> Bools:
        """Return where a text and the company's are both there and differ."""
        theirs = self.codes[companies]
        return (codes != theirs) & (codes != MISSING) & (theirs != MISSING)


def coded(texts: pa.Array) -> CodedColumn:
    """Return the texts of all companies as codes; null is missing."""
    encoded = pc.dictionary_encode(texts)
    codes = pc.fill_null(encoded.indices, MISSING).to_numpy().astype(np.int64)
    return CodedColumn(Places(encoded.dictionary), codes)


def invert(pairs: Iterable[tuple[str, int]]) -> InvertedIndex:
    """Return the index of (value, company) pairs; repeated pairs count once."""
    distinct = sorted(set(pairs))
    values = pa.array([value for value, _ in distinct], pa.large_string())
    company = np.array([company for _, company in distinct], dtype=np.int64)
    return invert_column(values, company)


def invert_column(values: pa.Array, company: np.ndarray) -> InvertedIndex:
    """Return the index of a column of values and the company of each; null is left out."""
    there = np.flatnonzero(as_mask(pc.is_valid(values)))
    encoded = pc.dictionary_encode(values.take(pa.array(there)))
    codes = encoded.indices.to_numpy().astype(np.int64)
    pairs = distinct_pairs([Pairs(codes, company[there])], int(company.max(initial=0)) + 1)
    starts = np.searchsorted(pairs.left, np.arange(len(encoded.dictionary) + 1))
    return InvertedIndex(Places(encoded.dictionary), starts, pairs.company)


EMPTY_INDEX = invert([])
