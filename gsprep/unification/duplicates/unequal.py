"""Unequal values of pairs, each two values once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.values.arrow import as_objects

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from gsprep.unification.duplicates.columns import Column


@dataclass(frozen=True)
class Unequal:
    """Two values each: places among some distinct values of a column.

    codes: the places of these values among those of the column.
    left, right: by pair, places among ``codes``.
    """

    column: Column
    codes: np.ndarray
    left: np.ndarray
    right: np.ndarray

    @cached_property
    def values(self) -> pa.Array:
        """The distinct values."""
        return self.column.taken(self.codes)

    @cached_property
    def objects(self) -> np.ndarray:
        """The distinct values as texts of Python."""
        return as_objects(self.values)

    @cached_property
    def lengths(self) -> np.ndarray:
        """The length of each distinct value."""
        return lengths(self.objects)

    @property
    def texts(self) -> tuple[np.ndarray, np.ndarray]:
        """The texts of both sides."""
        return self.sides(self.objects)

    def sides(self, of_value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is given by distinct value for both sides of the pairs."""
        return of_value[self.left], of_value[self.right]

    def each(self, of: Callable[[str], object]) -> np.ndarray:
        """Return a function's result for each distinct value."""
        found = np.empty(len(self.codes), dtype=object)
        found[:] = [of(text) for text in self.objects]
        return found


def lengths(texts: np.ndarray) -> np.ndarray:
    """Return the length of each text."""
    return np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))


def numbered(values: np.ndarray) -> np.ndarray:
    """Return a number for each value, equal ones for equal values."""
    return pd.factorize(values)[0]


class Distinct(NamedTuple):
    """Pairs of codes, each once, and by pair given its place among them."""

    left: np.ndarray
    right: np.ndarray
    back: np.ndarray


def distinct_pairs(left: np.ndarray, right: np.ndarray, width: int) -> Distinct:
    """Return the distinct pairs of codes; those on the right are less than ``width``."""
    back, numbers = pd.factorize(left.astype(np.int64) * width + right)
    return Distinct(numbers // width, numbers % width, back)


def unequal(column: Column, pairs: Distinct) -> Unequal:
    """Return distinct pairs of codes of a column with the values that occur in them."""
    occurs = np.zeros(column.size, dtype=bool)
    occurs[pairs.left] = True
    occurs[pairs.right] = True
    codes = np.flatnonzero(occurs)
    place = np.empty(len(occurs), dtype=np.int32)
    place[codes] = np.arange(len(codes), dtype=np.int32)
    return Unequal(column, codes, place[pairs.left], place[pairs.right])
