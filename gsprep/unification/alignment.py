"""Two names word by word: which words of each have a partner in the other."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz.distance import Indel, LCSseq, Prefix
from rapidfuzz.process import cpdist

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gsprep.unification.linked import Pairs
    from gsprep.unification.words import Worded

# How far one word stands for another. People shorten a company's words ("pharmaceut", "pwr")
# more often than they write them longer than it does itself.
_BEGINNING, _LEFT_OUT = 0.93, 0.85
_BEGINNING_BACK, _LEFT_OUT_BACK = 0.75, 0.68
# Words less alike than this are other words; those with another first letter sooner.
_ALIKE, _ALIKE_ELSEWHERE = 0.76, 0.84
_SHORTEST_BEGINNING, _SHORTEST = 2, 3
# Shorter words with another first letter are never alike enough.
_MAY_DIFFER = 4


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the words of a stated name and of a company's name answer one another, by pair.

    Weights are shares of what the rarest word weighs.

    added, missing:   the share of the stated name's weight that the company's name lacks, and
                      of the company's name's weight that the stated name lacks, from 0 to 1.
    rare_added, rare_missing: the weight of the heaviest word that the other name lacks.
    much_added, much_missing: the weight of all of them; 1 from three of the rarest on.
    first:            how far the first words are the same, from 0 to 1.
    """

    added: NDArray[np.float64]
    missing: NDArray[np.float64]
    rare_added: NDArray[np.float64]
    rare_missing: NDArray[np.float64]
    much_added: NDArray[np.float64]
    much_missing: NDArray[np.float64]
    first: NDArray[np.float64]

    def among(self, where: np.ndarray) -> Alignment:
        """Return these lines among others, whose names are the same."""
        lines = {}
        for field in fields(self):
            lines[field.name] = np.full(len(where), float(field.name == "first"))
            lines[field.name][where] = getattr(self, field.name)
        return Alignment(**lines)


class _Slots(NamedTuple):
    """The words of one name of each pair: where each pair's begin, and which pair they are of."""

    starts: np.ndarray
    pair: np.ndarray
    codes: np.ndarray

    def heaviest(self, weights: np.ndarray) -> np.ndarray:
        found = np.zeros(len(self.starts) - 1)
        np.maximum.at(found, self.pair, weights)
        return found

    def sum(self, weights: np.ndarray) -> np.ndarray:
        whole: np.ndarray = np.bincount(self.pair, weights=weights, minlength=len(self.starts) - 1)
        return whole


def align(pairs: Pairs, mine: Worded, theirs: Worded) -> Alignment:
    """Return how the names of each pair answer one another.

    The codes of ``theirs`` mean the same words in ``mine``, which has more.
    """
    own, other = _slots(mine, pairs.left), _slots(theirs, pairs.company)
    at, across = _crossed(own, other)
    degree = _degrees(own.codes[at], other.codes[across], mine)
    best, back = np.zeros(len(own.codes)), np.zeros(len(other.codes))
    np.maximum.at(best, at, degree)
    np.maximum.at(back, across, degree)
    begins = (at == own.starts[own.pair[at]]) & (across == other.starts[own.pair[at]])
    first = np.zeros(len(pairs.left))
    first[own.pair[at[begins]]] = degree[begins]
    partner = np.zeros(len(own.codes))
    np.maximum.at(partner, at, np.where(degree > 0, theirs.weight[other.codes[across]], 0))
    # A word no company has weighs as its partner does: it is that word, misspelt or shortened.
    guessed = ~mine.known[own.codes] & (partner > 0)
    weight = np.where(guessed, partner, mine.weight[own.codes])
    added, rare_added, much_added = _lacking(own, best, weight)
    missing, rare_missing, much_missing = _lacking(other, back, theirs.weight[other.codes])
    return Alignment(added, missing, rare_added, rare_missing, much_added, much_missing, first)


def _lacking(
    slots: _Slots, paired: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what of each name has no partner: as a share, the heaviest word, and all of it."""
    unpaired = slots.sum(weight * (1 - paired))
    return (
        unpaired / np.maximum(slots.sum(weight), 1e-9),
        slots.heaviest(np.where(paired == 0, weight, 0)),
        np.minimum(unpaired / 3, 1),
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


def _degrees(own: np.ndarray, other: np.ndarray, words: Worded) -> np.ndarray:
    """Return how far each word stands for the other, looked at once for each two words."""
    degree = (own == other).astype(np.float64)
    lengths = np.fromiter(map(len, words.texts), dtype=np.int64, count=len(words.texts))
    firsts = np.fromiter(
        (ord(word[0]) for word in words.texts), dtype=np.int64, count=len(words.texts)
    )
    near = firsts[own] == firsts[other]
    long = (lengths[own] >= _MAY_DIFFER) & (lengths[other] >= _MAY_DIFFER)
    maybe = np.flatnonzero((own != other) & (near | long))
    if len(maybe):
        width = len(words.texts)
        distinct, back = np.unique(own[maybe] * width + other[maybe], return_inverse=True)
        degree[maybe] = _degree(words.texts[distinct // width], words.texts[distinct % width])[back]
    return degree


def _degree(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    mine, theirs = one.tolist(), two.tolist()
    prefix = cpdist(mine, theirs, scorer=Prefix.similarity, dtype=np.int32)
    common = cpdist(mine, theirs, scorer=LCSseq.similarity, dtype=np.int32)
    alike = cpdist(mine, theirs, scorer=Indel.normalized_similarity, dtype=np.float64)
    own = np.fromiter(map(len, mine), dtype=np.int64)
    other = np.fromiter(map(len, theirs), dtype=np.int64)
    same_start = prefix > 0
    degree = np.where(alike >= np.where(same_start, _ALIKE, _ALIKE_ELSEWHERE), alike, 0)
    short = same_start & (own >= _SHORTEST) & (common == own)
    short_back = same_start & (other >= _SHORTEST) & (common == other)
    for holds, standing in (
        ((prefix == own) & (own >= _SHORTEST_BEGINNING), _BEGINNING),
        ((prefix == other) & (other >= _SHORTEST), _BEGINNING_BACK),
        (short, _LEFT_OUT),
        (short_back, _LEFT_OUT_BACK),
    ):
        degree = np.where(holds, np.maximum(degree, standing), degree)
    number = np.fromiter((any(map(str.isdigit, word)) for word in mine), dtype=bool)
    number |= np.fromiter((any(map(str.isdigit, word)) for word in theirs), dtype=bool)
    return np.where(number, 0, degree)
