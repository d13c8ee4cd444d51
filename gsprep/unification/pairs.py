"""Array types, encoded columns and pairs of positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gsprep.values.distinct import distinct_values

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    positions: np.ndarray = first + np.arange(len(first))
    return positions


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
    found: np.ndarray = np.isin(wanted, pairs.left * width + pairs.company)
    return found


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
