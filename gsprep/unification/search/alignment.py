"""Alignment of two names, word by word."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz.distance import Indel, LCSseq, Prefix
from rapidfuzz.process import cpdist

from gsprep.unification.pairs import Bools, Floats, Pairs, spans
from gsprep.values.arrow import usual_threads

if TYPE_CHECKING:
    from gsprep.unification.search.words import Letters, NameWords

# How far one word counts as another. People shorten a company's words ("pharmaceut", "pwr")
# more often than they write them longer than it does itself.
_BEGINNING, _LEFT_OUT = 0.93, 0.85
_BEGINNING_BACK, _LEFT_OUT_BACK = 0.75, 0.68
# Words less alike than this are other words; those with another first letter sooner.
_ALIKE, _ALIKE_ELSEWHERE = 0.76, 0.84
_SHORTEST_BEGINNING, _SHORTEST = 2, 3
# Shorter words with another first letter are never alike enough.
_MAY_DIFFER = 4
# Words of one stem have so many first letters in common: consulting, consultants.
_SAME_STEM = 6
# The letter that is added where ä, ö and ü are spelled as two: Mueller for Müller.
_SPELLED_OUT = re.compile("(?<=[aou])e")
# What sums and products of shares may be off by.
_SLACK = 1e-6
# Pairs whose words a processor's cache can hold.
_SLICE = 1 << 15


class Alignment(NamedTuple):
    """How the words of a stated name and of a company's name correspond, by pair.

    Weights are shares of the rarest word's weight.
    """

    added: Floats  # share of the stated name's weight that the company's name lacks, from 0 to 1
    missing: Floats  # share of the company's name's weight that the stated name lacks, from 0 to 1
    rare_added: Floats  # weight of the stated name's heaviest word that the company's name lacks
    rare_missing: Floats  # weight of the company's name's heaviest word that the stated name lacks
    first: Floats  # how far the first words are the same, from 0 to 1
    swapped: Floats  # 1 where a word has another real word, spelled like it, in its place
    # weight of the heaviest word, not an initial, that one name lacks before a last one in both
    before: Floats


class _Slots(NamedTuple):
    """The words of one name of each pair: where each pair's begin, and the pair of each word."""

    starts: np.ndarray
    pair: np.ndarray
    codes: np.ndarray

    @classmethod
    def of(cls, names: NameWords, which: np.ndarray) -> _Slots:
        counts = np.diff(names.starts)[which]
        pair = np.repeat(np.arange(len(which)), counts)
        codes = names.codes[spans(names.starts[which], counts)]
        return cls(np.append(0, np.cumsum(counts)), pair, codes)

    def sum(self, weights: np.ndarray) -> np.ndarray:
        whole: np.ndarray = np.bincount(self.pair, weights=weights, minlength=len(self.starts) - 1)
        return whole

    def lacking(self, paired: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how much of each name has no partner: as a share, and the heaviest word."""
        heaviest, alone = np.zeros(len(self.starts) - 1), np.flatnonzero(paired == 0)
        np.maximum.at(heaviest, self.pair[alone], weight[alone])
        return self.sum(weight * (1 - paired)) / np.maximum(self.sum(weight), 1e-9), heaviest

    def before(self, paired: np.ndarray, weight: np.ndarray, long: np.ndarray) -> np.ndarray:
        """Return the heaviest long word of each name without a partner, if the last one has one."""
        heaviest, last = np.zeros(len(self.starts) - 1), self.starts[self.pair + 1] - 1
        alone = np.flatnonzero(long[self.codes] & (paired == 0) & (paired[last] > 0))
        np.maximum.at(heaviest, self.pair[alone], weight[alone])
        return heaviest


def align(pairs: Pairs, mine: NameWords, theirs: NameWords, differ: np.ndarray) -> Alignment:
    """Return how the names of each pair correspond; where they do not ``differ``, all words do.

    The codes of ``theirs`` mean the same words in ``mine``, which has more. Each pair is aligned
    on its own, so slices of them go to as many threads as there are processors.
    """
    same = (float(name == "first") for name in Alignment._fields)
    whole = Alignment(*(np.full(len(differ), value) for value in same))
    places = np.flatnonzero(differ)
    slices = [places[at : at + _SLICE] for at in range(0, len(places), _SLICE)]

    def fill(at: np.ndarray) -> None:
        found = _aligned(Pairs(pairs.left[at], pairs.company[at]), mine, theirs)
        for column, values in zip(whole, found, strict=True):
            column[at] = values

    if len(slices) == 1:
        fill(slices[0])
        return whole
    with ThreadPoolExecutor(max_workers=usual_threads()) as threads:
        list(threads.map(fill, slices))
    return whole


def _aligned(pairs: Pairs, mine: NameWords, theirs: NameWords) -> Alignment:
    own, other = _Slots.of(mine, pairs.left), _Slots.of(theirs, pairs.company)
    # Each word of a name with each word of the other, as places in the slots.
    width = np.diff(other.starts)[own.pair]
    at = np.repeat(np.arange(len(own.pair)), width)
    across = spans(other.starts[own.pair], width)
    degree, barred = _degrees(own.codes, other.codes, (width, across), mine)
    best, back = np.zeros(len(own.codes)), np.zeros(len(other.codes))
    partner, alike = np.zeros(len(own.codes)), np.flatnonzero(degree)
    np.maximum.at(best, at[alike], degree[alike])
    np.maximum.at(back, across[alike], degree[alike])
    np.maximum.at(partner, at[alike], theirs.weight[other.codes[across[alike]]])
    # The first words of both are the first of the combinations of their pair.
    first, both = np.zeros(len(pairs.left)), np.diff(own.starts) * np.diff(other.starts)
    first[both > 0] = degree[(np.cumsum(both) - both)[both > 0]]
    lone = barred[(best[at[barred]] == 0) & (back[across[barred]] == 0)]
    swapped = np.bincount(own.pair[at[lone]], minlength=len(pairs.left)) > 0
    # A word no company has weighs as its partner does: it is that word, misspelt or shortened.
    guessed = ~mine.known[own.codes] & (partner > 0)
    weight = np.where(guessed, partner, mine.weight[own.codes])
    added, rare_added = own.lacking(best, weight)
    missing, rare_missing = other.lacking(back, theirs.weight[other.codes])
    long = mine.letters.lengths >= _SHORTEST
    before = np.maximum(
        own.before(best, weight, long), other.before(back, theirs.weight[other.codes], long)
    )
    return Alignment(
        added, missing, rare_added, rare_missing, first, swapped.astype(np.float64), before
    )


class _Likeness(NamedTuple):
    """How far words count as one another."""

    degree: np.ndarray
    barred: np.ndarray  # whether they are spelled alike and are different words all the same


def _degrees(
    own: np.ndarray, other: np.ndarray, combined: tuple[np.ndarray, np.ndarray], words: NameWords
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far words count as one another, and the places of those that are barred.

    Each of the ``own`` words is ``combined`` with as many of the ``other`` ones, at these places.
    """
    width, across = combined
    letters = words.letters
    first, second = np.repeat(own, width), other[across]
    equal = first == second
    degree: np.ndarray = equal.astype(np.float64)
    # Most combinations are of words that have hardly a letter in common.
    unlike = np.bitwise_count(np.repeat(letters.kinds[own], width) ^ letters.kinds[other][across])
    length = np.repeat(letters.lengths[own], width) + letters.lengths[other][across]
    near = np.repeat(letters.firsts[own], width) == letters.firsts[other][across]
    near |= unlike <= (1 - _ALIKE) * length + _SLACK
    maybe = np.flatnonzero(near & ~equal)
    maybe = maybe[_comparable(first[maybe], second[maybe], letters)]
    found = _likeness(first[maybe], second[maybe], words)
    degree[maybe] = found.degree
    return degree, maybe[found.barred]


def _comparable(own: np.ndarray, other: np.ndarray, letters: Letters) -> np.ndarray:
    """Return which words can count as one another at all, by the kinds of their letters."""
    near = letters.firsts[own] == letters.firsts[other]
    length, length_of_other = letters.lengths[own], letters.lengths[other]
    long = (length >= _MAY_DIFFER) & (length_of_other >= _MAY_DIFFER)
    least = np.where(near, _ALIKE, _ALIKE_ELSEWHERE)
    alike = letters.unlike(own, other) <= (1 - least) * (length + length_of_other) + _SLACK
    number = letters.numbers[own] | letters.numbers[other]
    may: np.ndarray = ~number & ((alike & (near | long)) | (near & letters.within(own, other)))
    return may


def begin_alike(pairs: Pairs, mine: NameWords, theirs: NameWords) -> Bools:
    """Return for pairs of names with words whether their first words count as one another.

    The codes of both are as in ``align``.
    """
    own, other = mine.codes[mine.starts[pairs.left]], theirs.codes[theirs.starts[pairs.company]]
    alike: Bools = own == other
    maybe = np.flatnonzero(~alike)
    maybe = maybe[_comparable(own[maybe], other[maybe], mine.letters)]
    alike[maybe] = _likeness(own[maybe], other[maybe], mine).degree > 0
    return alike


def _likeness(own: np.ndarray, other: np.ndarray, words: NameWords) -> _Likeness:
    """Return how far words count as one another; each two words are compared once."""
    if not len(own):
        return _Likeness(np.zeros(0), np.zeros(0, dtype=bool))
    count = len(words.texts)
    distinct, back = np.unique(own * count + other, return_inverse=True)
    found = _degree(distinct // count, distinct % count, words)
    return _Likeness(found.degree[back], found.barred[back])


def _degree(own_codes: np.ndarray, other_codes: np.ndarray, words: NameWords) -> _Likeness:
    mine, theirs = words.texts[own_codes].tolist(), words.texts[other_codes].tolist()
    prefix = cpdist(mine, theirs, scorer=Prefix.similarity, dtype=np.int32)
    common = cpdist(mine, theirs, scorer=LCSseq.similarity, dtype=np.int32)
    alike = cpdist(mine, theirs, scorer=Indel.normalized_similarity, dtype=np.float64)
    own, other = words.letters.lengths[own_codes], words.letters.lengths[other_codes]
    same_start = prefix > 0
    least = np.where(same_start, _ALIKE, _ALIKE_ELSEWHERE)
    # Two real words are two words, unless one is a form of the other.
    slip = ~words.kinds.differ(own_codes, other_codes) | (prefix >= _SAME_STEM)
    for at in np.flatnonzero((alike >= least) & ~slip).tolist():
        slip[at] = _SPELLED_OUT.sub("", mine[at]) == _SPELLED_OUT.sub("", theirs[at])
    foreign = words.kinds.foreign(own_codes, other_codes)
    degree = np.where((alike >= least) & slip, alike, 0)
    # A real word is no longer one with letters left out: Bank is not Bundesbank.
    mine_cut, theirs_cut = (~words.kinds.real[codes] for codes in (own_codes, other_codes))
    short = slip & same_start & mine_cut & (own >= _SHORTEST) & (common == own)
    short_back = slip & same_start & theirs_cut & (other >= _SHORTEST) & (common == other)
    for holds, standing in (
        ((prefix == own) & (own >= _SHORTEST_BEGINNING), _BEGINNING),
        ((prefix == other) & (other >= _SHORTEST), _BEGINNING_BACK),
        (short, _LEFT_OUT),
        (short_back, _LEFT_OUT_BACK),
    ):
        degree = np.where(holds, np.maximum(degree, standing), degree)
    return _Likeness(np.where(foreign, 0, degree), foreign | ((alike >= least) & ~slip))
