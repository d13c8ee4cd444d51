"""The words of names and their weight: rare words tell companies apart, common ones do not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gsprep.shipped import shipped_lines
from gsprep.unification.linked import positions_in
from gsprep.unification.names.letters import Letters
from gsprep.values.arrow import as_objects, as_texts
from gsprep.values.company_name import plain_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.values.word_lists import WordLists

# Names have few words; what stands behind is text that got into the column.
_MOST_WORDS = 12
# What is generally known of words counts as much as this many companies of the user's own.
_BACKGROUND = 1000
# A word of so many companies is rare, or as common as can be.
_RARE, _COMMON = 2, 50


@dataclass(frozen=True, slots=True)
class Worded:
    """Names as lists of words.

    texts:   the distinct words.        weight: the weight of each, as a share of the rarest's.
    known:   whether a company has the word.
    starts:  the words of name ``n`` are ``codes[starts[n]:starts[n + 1]]``, as they stand.
    codes:   positions in ``texts``.
    letters: the distinct words by their letters.
    """

    texts: np.ndarray
    weight: np.ndarray
    known: np.ndarray
    starts: np.ndarray
    codes: np.ndarray
    letters: Letters

    def has_unknown(self) -> np.ndarray:
        """Return which names have a word that no company has."""
        known = np.append(0, np.cumsum(self.known[self.codes]))
        unknown: np.ndarray = np.diff(known[self.starts]) < np.diff(self.starts)
        return unknown


@dataclass(frozen=True, slots=True)
class Words:
    """What the companies' names say about words.

    codes:     each word that a company has, by its position in ``companies.texts``.
    count:     how many companies there are.
    companies: the companies' own names.
    bearers:   how many companies have each word.
    """

    codes: Mapping[str, int]
    count: int
    companies: Worded
    bearers: np.ndarray

    def read(self, cores: Sequence[str] | pa.Array) -> Worded:
        """Return other names as words; those that a company has keep their codes."""
        lists = _words(cores)
        at = positions_in(self.codes, lists.words)
        unknown = at < 0
        at[unknown] = len(self.codes) + np.arange(np.count_nonzero(unknown))
        new = lists.words.filter(pa.array(unknown))
        weight = _weights(new.to_pylist(), np.zeros(len(new)), self.count)
        return Worded(
            np.concatenate([self.companies.texts, as_objects(new)]),
            np.concatenate([self.companies.weight, weight]),
            np.arange(len(self.codes) + len(new)) < len(self.codes),
            lists.starts,
            at[lists.codes],
            self.companies.letters.and_(Letters.of(new)),
        )

    def commonness(self, words: Sequence[str | None] | pa.Array) -> np.ndarray:
        """Return how common words are in the companies' names: 0 for two or less, 1 for fifty."""
        bearers = np.append(self.bearers, 0)[positions_in(self.codes, as_texts(words))]
        share = np.log(np.maximum(bearers, 1) / _RARE) / np.log(_COMMON / _RARE)
        common: np.ndarray = np.clip(share, 0, 1)
        return common


def learn_words(cores: Sequence[str] | pa.Array) -> Words:
    """Learn the words and their weights from the companies' own names.

    A word's weight grows with the logarithm of companies / companies with it, so that "hospital"
    says little in a list of hospitals. What is generally known of a word stands in for what a
    short list does not say.
    """
    lists = _words(cores)
    texts = lists.words.to_pylist()
    bearers = np.bincount(lists.codes, minlength=len(texts)).astype(np.float64)
    weight = _weights(texts, bearers, len(cores))
    known = np.ones(len(texts), dtype=bool)
    names = Worded(
        as_objects(lists.words),
        weight,
        known,
        lists.starts,
        lists.codes,
        Letters.of(lists.words),
    )
    return Words({word: at for at, word in enumerate(texts)}, len(cores), names, bearers)


def _words(cores: Sequence[str] | pa.Array) -> WordLists:
    return plain_names(as_texts(cores)).distinct().shortened(_MOST_WORDS)


def _weights(words: list[str], bearers: np.ndarray, count: int) -> np.ndarray:
    shares = _shares()
    background = np.fromiter((shares.get(word, 0.0) for word in words), dtype=np.float64)
    whole = count + _BACKGROUND
    rarest = np.log(whole) + 1
    weight: np.ndarray = (
        np.log(whole / np.maximum(bearers + _BACKGROUND * background, 1)) + 1
    ) / rarest
    return weight


@cache
def _shares() -> Mapping[str, float]:
    """Return in which share of all companies' names each common word stands."""
    pairs = (line.split() for line in shipped_lines("rules", "lists", "name_words.txt"))
    return {word: float(share) for word, share in pairs}
