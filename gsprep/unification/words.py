"""The words of names and their weight: rare words tell companies apart, common ones do not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from gsprep.shipped import shipped_lines
from gsprep.values.company_name import plain_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    """

    texts: np.ndarray
    weight: np.ndarray
    known: np.ndarray
    starts: np.ndarray
    codes: np.ndarray


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

    def read(self, cores: Sequence[str]) -> Worded:
        """Return other names as words; those that a company has keep their codes."""
        places = dict(self.codes)
        names = [_words(core) for core in cores]
        codes = _coded(names, places)
        new = list(places)[len(self.codes) :]
        weight = _weights(new, np.zeros(len(new)), self.count)
        return Worded(
            np.concatenate([self.companies.texts, np.array(new, dtype=object)]),
            np.concatenate([self.companies.weight, weight]),
            np.arange(len(places)) < len(self.codes),
            _starts(names),
            codes,
        )

    def commonness(self, word: str | None) -> float:
        """Return how common a word is in the companies' names: 0 for two or less, 1 for fifty."""
        at = -1 if word is None else self.codes.get(word, -1)
        bearers = 0 if at < 0 else self.bearers[at]
        return float(np.clip(np.log(max(bearers, 1) / _RARE) / np.log(_COMMON / _RARE), 0, 1))


def learn_words(cores: Sequence[str]) -> Words:
    """Learn the words and their weights from the companies' own names.

    A word's weight grows with the logarithm of companies / companies with it, so that "hospital"
    says little in a list of hospitals. What is generally known of a word stands in for what a
    short list does not say.
    """
    names = [_words(core) for core in cores]
    places: dict[str, int] = {}
    codes = _coded(names, places)
    bearers = np.bincount(codes, minlength=len(places)).astype(np.float64)
    texts = np.array(list(places), dtype=object)
    weight = _weights(list(places), bearers, len(cores))
    known = np.ones(len(places), dtype=bool)
    return Words(places, len(cores), Worded(texts, weight, known, _starts(names), codes), bearers)


def digits(names: Iterable[str]) -> np.ndarray:
    """Return the digits in each name: names whose numbers differ are different names."""
    return np.array(["".join(filter(str.isdigit, name)) for name in names], dtype=object)


def _words(core: str) -> list[str]:
    return list(dict.fromkeys(plain_words(core)))[:_MOST_WORDS]


def _coded(names: list[list[str]], places: dict[str, int]) -> np.ndarray:
    codes = [places.setdefault(word, len(places)) for words in names for word in words]
    return np.array(codes, dtype=np.int64)


def _starts(names: list[list[str]]) -> np.ndarray:
    return np.append(0, np.cumsum(np.fromiter(map(len, names), dtype=np.int64)))


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
