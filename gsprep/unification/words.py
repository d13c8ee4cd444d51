"""The words of names and their weight: rare words tell companies apart, common ones do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.values.company_name import plain_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Names have few words; what stands behind is text that got into the column.
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Worded:
    """Names as lists of words.

    texts:   the distinct words.        weight: the weight of each, in units of a common word.
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

    weights: the weight of each word a company has.
    unseen:  that of any other word: as much as the rarest.
    companies: the companies' own names.
    """

    weights: Mapping[str, float]
    unseen: float
    companies: Worded

    def read(self, cores: Sequence[str]) -> Worded:
        """Return other names as words with the weights learned."""
        return _worded([_words(core) for core in cores], self.weights, self.unseen)


def learn_words(cores: Sequence[str]) -> Words:
    """Learn the words and their weights from the companies' own names.

    A word's weight is log(companies / companies with it) + 1, so that "hospital" says little in
    a list of hospitals.
    """
    names = [_words(core) for core in cores]
    bearers: dict[str, int] = {}
    for words in names:
        for word in dict.fromkeys(words):
            bearers[word] = bearers.get(word, 0) + 1
    count = max(len(cores), 1)
    weights = {word: float(np.log(count / n) + 1) for word, n in bearers.items()}
    unseen = float(np.log(count) + 1)
    return Words(weights, unseen, _worded(names, weights, unseen))


def digits(names: Iterable[str]) -> np.ndarray:
    """Return the digits in each name: names whose numbers differ are different names."""
    return np.array(["".join(filter(str.isdigit, name)) for name in names], dtype=object)


def _words(core: str) -> list[str]:
    return list(dict.fromkeys(plain_words(core)))[:_MOST_WORDS]


def _worded(names: list[list[str]], weights: Mapping[str, float], unseen: float) -> Worded:
    places: dict[str, int] = {}
    codes = [places.setdefault(word, len(places)) for words in names for word in words]
    lengths = np.fromiter(map(len, names), dtype=np.int64)
    return Worded(
        np.array(list(places), dtype=object),
        np.fromiter((weights.get(word, unseen) for word in places), dtype=np.float64),
        np.fromiter((word in weights for word in places), dtype=np.bool_),
        np.append(0, np.cumsum(lengths)),
        np.array(codes, dtype=np.int64),
    )
