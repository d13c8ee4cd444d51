"""Words that are never a slip of one another: of the dictionary, and of countries."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_lines
from gsprep.unification.inverted_index import positions_in
from gsprep.values.arrow import as_mask
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Mapping

# A word that so many companies have in their names is no slip.
_REAL_FROM = 5
_NO_COUNTRY = -1
_SHORTEST_COUNTRY = 4
# Endings of words for what is of a country, in place of nothing and of its last letter.
_ADDED, _REPLACED = ("", "n", "an", "ian", "i", "ese", "ien"), ("an", "ian", "ese", "ish", "i")


class Kinds(NamedTuple):
    """Words by what they are, one line for each word."""

    real: np.ndarray  # whether it is a word of the dictionary, or of several companies' names
    country: np.ndarray  # the number of the country it names, -1 for none

    @classmethod
    def of(cls, words: pa.Array, frequency: np.ndarray) -> Kinds:
        """Return the kinds of words; ``frequency`` is the number of companies that have each."""
        listed = as_mask(pc.is_in(words, value_set=_dictionary()))
        countries = _countries()
        at = positions_in({word: at for at, word in enumerate(countries)}, words)
        numbers = np.array([*countries.values(), _NO_COUNTRY], dtype=np.int64)
        return cls(listed | (frequency >= _REAL_FROM), numbers[at])

    def and_(self, others: Kinds) -> Kinds:
        """Return these words and the others after them."""
        return Kinds(*(np.concatenate(both) for both in zip(self, others, strict=True)))

    def differ(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return whether two words are both real ones, by their places."""
        both: np.ndarray = self.real[one] & self.real[two]
        return both

    def foreign(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return whether two words name different countries, by their places."""
        mine, theirs = self.country[one], self.country[two]
        different: np.ndarray = (mine >= 0) & (theirs >= 0) & (mine != theirs)
        return different


@cache
def _dictionary() -> pa.Array:
    return pa.array(shipped_lines("rules", "lists", "real_words.txt"), pa.large_string())


@cache
def _countries() -> Mapping[str, int]:
    """Return words for countries and for what is of them, each with a number of the country."""
    lines = (line.split("\t") for line in shipped_lines("rules", "lists", "countries.txt"))
    names = {searchable(name): code for name, code in lines}
    names = {name: code for name, code in names.items() if _is_word(name)}
    numbers = {code: at for at, code in enumerate(sorted(set(names.values())))}
    words: dict[str, int] = {}
    # What is nearer to the name of a country goes before: Nigerian is of Nigeria, not of Niger.
    for ending in _ADDED:
        for name, code in names.items():
            words.setdefault(name + ending, numbers[code])
    for ending in _REPLACED:
        for name, code in names.items():
            words.setdefault(name[:-1] + ending, numbers[code])
    return words


def _is_word(name: str) -> bool:
    return len(name) >= _SHORTEST_COUNTRY and name.isalpha()
