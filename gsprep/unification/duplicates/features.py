"""Features of a column, and the unequal values of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.duplicates.columns import or_missing
from gsprep.values.arrow import as_objects, bytes_of, kept_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.unification.duplicates.columns import Column

_SOUND = 4
_SOUNDS = ("bfpv", "cgjkqsxz", "dt", "l", "mn", "r")
_VOWEL = ord("a")


def _classes() -> np.ndarray:
    """Return the class of sound of each byte, 0 for what is no letter."""
    table = np.zeros(256, dtype=np.uint8)
    table[128:] = np.arange(128, 256)
    for letter in b"abcdefghijklmnopqrstuvwxyz":
        table[letter] = _VOWEL
    for place, letters in enumerate(_SOUNDS):
        for letter in letters.encode():
            table[letter] = ord("b") + place
    return table


_CLASSES = _classes()


def sounds(values: pa.Array, length: int = _SOUND) -> pa.Array:
    """Return the sound of each text: its first letter's class and those of its consonants.

    >>> sounds(pa.array(["catherine", "kathryn", "12"], pa.large_string())).to_pylist()
    ['cdgf', 'cdgf', None]
    """
    starts, data = bytes_of(pc.fill_null(values, ""))
    classes = _CLASSES[data]
    first = np.zeros(len(data), dtype=bool)
    first[starts[:-1][starts[:-1] < len(data)]] = True
    repeated = np.zeros(len(data), dtype=bool)
    repeated[1:] = (classes[1:] == classes[:-1]) & ~first[1:]
    kept = (classes > 0) & ~repeated & ((classes != _VOWEL) | first)
    # The sound of the first letters says enough.
    before = np.append(0, np.cumsum(kept))
    rank = before[1:] - np.repeat(before[starts[:-1]], np.diff(starts))
    kept &= rank <= length
    codes = kept_bytes(starts, classes, kept & (classes < 128))  # noqa: PLR2004  ASCII
    return or_missing(codes)


def _first(length: int) -> Callable[[pa.Array], pa.Array]:
    return lambda values: pc.utf8_slice_codeunits(values, 0, length)


def _last(length: int) -> Callable[[pa.Array], pa.Array]:
    return lambda values: pc.utf8_slice_codeunits(values, -length)


def _without(pattern: str) -> Callable[[pa.Array], pa.Array]:
    return lambda values: or_missing(pc.replace_substring_regex(values, pattern, ""))


_WHOLE = {"": lambda values: values}
_OF_NAME = {**_WHOLE, "sound": sounds, "start": _first(3)}
_OF_TEXT = {**_WHOLE, "start": _first(4), "sound": sounds}
_OF_KIND: Mapping[str, Mapping[str, Callable[[pa.Array], pa.Array]]] = {
    "given": _OF_NAME,
    "surname": _OF_NAME,
    "email": {
        **_WHOLE,
        "local": _without("@.*$"),
        "letters": lambda values: _without("[^a-z]+")(_without("@.*$")(values)),
        "domain": _without("^.*@"),
    },
    # An extension is not always written.
    "phone": {
        "": _without("x.*$"),
        "begin": _first(5),
        "end": lambda values: _last(4)(_without("x.*$")(values)),
    },
    "company_name": _OF_TEXT,
    "text": _OF_TEXT,
    "date": {**_WHOLE, "year": _first(4), "day": _last(4)},
    "identifier": {**_WHOLE, "begin": _first(4), "end": _last(4)},
    "exact": _WHOLE,
    "number": _WHOLE,
    "mark": {},
}
# They say too little to propose a pair alone.
WEAK = frozenset({"domain", "year", "begin", "end", "start"})


def features_of(column: Column) -> dict[str, np.ndarray]:
    """Return by name a code for each distinct value of the column, -1 for none."""
    found = {}
    for name, of in _OF_KIND[column.kind].items():
        encoded = pc.dictionary_encode(of(column.values))
        codes = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
        found[f"{column.name}.{name}" if name else column.name] = codes
    return found


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
