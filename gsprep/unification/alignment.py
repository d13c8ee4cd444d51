"""Two names word by word: which words of each have a partner in the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz.distance import Indel, LCSseq, Prefix
from rapidfuzz.process import cpdist

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gsprep.unification.linked import Pairs
    from gsprep.unification.words import Worded

# How far one word stands for another: its beginning ("pharmaceut") nearly, its first letter and
# some behind it ("pwr") less. Alike by fewer letters than the least is another word.
_BEGINNING, _LEFT_OUT, _LEAST_ALIKE = 0.95, 0.85, 0.8
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the words of a stated name and of a company's name answer one another, by pair.

    mine:   the share of the stated name's weight that the company's name has, from 0 to 1.
    theirs: the share of the company's name's weight that the stated name has, from 0 to 1.
    whole:  every word of both has a partner.
    first:  the first words are partners.
    """

    mine: NDArray[np.float64]
    theirs: NDArray[np.float64]
    whole: NDArray[np.bool_]
    first: NDArray[np.bool_]

    def among(self, where: np.ndarray) -> Alignment:
        """Return these lines among others, of which nothing is known."""
        return Alignment(
            *(_among(where, of) for of in (self.mine, self.theirs, self.whole, self.first))
        )


def _among(where: np.ndarray, values: np.ndarray) -> np.ndarray:
    among = np.zeros(len(where), dtype=values.dtype)
    among[where] = values
    return among


class _Slots(NamedTuple):
    """The words of one name of each pair: where each pair's begin, and which pair they are of."""

    starts: np.ndarray
    pair: np.ndarray
    codes: np.ndarray


def align(pairs: Pairs, mine: Worded, theirs: Worded) -> Alignment:
    """Return how the names of each pair answer one another."""
    own, other = _slots(mine, pairs.left), _slots(theirs, pairs.company)
    at, across = _crossed(own, other)
    degree = _degrees(own.codes[at], other.codes[across], mine, theirs)
    best, back = np.zeros(len(own.codes)), np.zeros(len(other.codes))
    np.maximum.at(best, at, degree)
    np.maximum.at(back, across, degree)
    weight = _weights(mine, own, at, np.where(degree > 0, theirs.weight[other.codes[across]], 0))
    begins = (at == own.starts[own.pair[at]]) & (across == other.starts[own.pair[at]])
    first = np.zeros(len(pairs.left), dtype=bool)
    first[own.pair[at[begins]]] = degree[begins] > 0
    return Alignment(
        _share(own, best, weight),
        _share(other, back, theirs.weight[other.codes]),
        _all_paired(own, best) & _all_paired(other, back),
        first,
    )


def _slots(names: Worded, which: np.ndarray) -> _Slots:
    counts = np.diff(names.starts)[which]
    starts = np.append(0, np.cumsum(counts))
    pair = np.repeat(np.arange(len(which)), counts)
    within = np.arange(len(pair)) - starts[pair]
    return _Slots(starts, pair, names.codes[names.starts[which][pair] + within])


def _crossed(own: _Slots, other: _Slots) -> tuple[np.ndarray, np.ndarray]:
    """Return every word of a name beside every word of the other, as places in the slots."""
    width = np.diff(other.starts)[own.pair]
    at = np.repeat(np.arange(len(own.pair)), width)
    within = np.arange(len(at)) - np.repeat(np.cumsum(width) - width, width)
    return at, other.starts[own.pair[at]] + within


def _degrees(own: np.ndarray, other: np.ndarray, mine: Worded, theirs: Worded) -> np.ndarray:
    """Return how far each word stands for the other, looked at once for each two words."""
    width = max(len(theirs.texts), 1)
    distinct, back = np.unique(own * width + other, return_inverse=True)
    return _degree(_Words(mine, distinct // width), _Words(theirs, distinct % width))[back]


class _Words(NamedTuple):
    """Words by their codes."""

    of: Worded
    codes: np.ndarray

    def texts(self) -> list[str]:
        return self.of.texts[self.codes].tolist()  # type: ignore[no-any-return]  # numpy's Any

    def lengths(self) -> np.ndarray:
        lengths = np.fromiter(map(len, self.of.texts), dtype=np.int64, count=len(self.of.texts))
        of_words: np.ndarray = lengths[self.codes]
        return of_words

    def numbers(self) -> np.ndarray:
        found = (any(map(str.isdigit, word)) for word in self.of.texts)
        numbers = np.fromiter(found, dtype=np.bool_, count=len(self.of.texts))
        of_words: np.ndarray = numbers[self.codes]
        return of_words


def _degree(one: _Words, two: _Words) -> np.ndarray:
    texts, others = one.texts(), two.texts()
    prefix = cpdist(texts, others, scorer=Prefix.similarity, dtype=np.int32)
    common = cpdist(texts, others, scorer=LCSseq.similarity, dtype=np.int32)
    alike = cpdist(texts, others, scorer=Indel.normalized_similarity, dtype=np.float64)
    shorter = np.minimum(one.lengths(), two.lengths())
    long = shorter >= _SHORTEST
    degree = np.select(
        [alike == 1, long & (prefix == shorter), long & (prefix > 0) & (common == shorter)],
        [1, _BEGINNING, _LEFT_OUT],
        default=np.where(alike >= _LEAST_ALIKE, alike, 0),
    )
    number = one.numbers() | two.numbers()
    return np.where(number & (alike < 1), 0, degree)


def _weights(mine: Worded, own: _Slots, at: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Return the weight of each stated word; a word no company has weighs as its partner does."""
    heaviest = np.zeros(len(own.codes))
    np.maximum.at(heaviest, at, partner)
    weight = mine.weight[own.codes]
    return np.where(mine.known[own.codes] | (heaviest == 0), weight, heaviest)


def _share(slots: _Slots, paired: np.ndarray, weight: np.ndarray) -> np.ndarray:
    count = len(slots.starts) - 1
    whole = np.bincount(slots.pair, weights=weight, minlength=count)
    found = np.bincount(slots.pair, weights=weight * paired, minlength=count)
    share: np.ndarray = found / np.maximum(whole, 1)
    return share


def _all_paired(slots: _Slots, paired: np.ndarray) -> np.ndarray:
    alone: np.ndarray = np.bincount(slots.pair[paired == 0], minlength=len(slots.starts) - 1)
    paired_all: np.ndarray = alone == 0
    return paired_all
