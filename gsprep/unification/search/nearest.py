"""Nearest company names by letter triples and by words, and the alignment of two names."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc
from rapidfuzz.distance import OSA, Indel, LCSseq, Prefix
from rapidfuzz.process import cpdist

from gsprep.lazy import lazy_module
from gsprep.shipped import shipped_pairs
from gsprep.unification.pairs import NO_PAIRS, Bools, Floats, Pairs, concatenate, spans
from gsprep.values.arrow import as_objects, as_texts, bytes_of, joined, usual_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    import sparse_dot_topn
    from scipy import sparse
    from scipy.sparse import csr_matrix

    from gsprep.unification.search.words import Letters, NameWords
else:
    sparse = lazy_module("scipy.sparse")
    sparse_dot_topn = lazy_module("sparse_dot_topn")

_NEAREST = 4
_LEAST_COSINE_OF_TRIPLES, _LEAST_COSINE_OF_WORDS = 0.15, 0.3
# What sums of weights may be off by.
_SLACK = 1e-5
_TRIPLE = 3
# The ten most telling triples of a name find the same companies as all of them, three times as
# fast, and the rarest six of those take a third of that time; a triple that begins so many bytes
# after the start tells half as much.
_MOST_TELLING, _RAREST = 10, 6
_HALF_AS_TELLING = 12
# The rarest words of a name, as long as so many companies in all have them, say nearly all of it.
_MOST_COMPANIES = 4000
# Names that are searched at once: more would take more memory, and rows must fit a sorted integer.
_SLICE = 1 << 16
_BITS_OF_TRIPLE, _BITS_OF_VALUE, _BITS_OF_PLACE = 24, 32, 15
_HIGHEST = (1 << _BITS_OF_VALUE) - 1
_LONGEST = (1 << _BITS_OF_PLACE) - 1
# Fewer names are found before a second thread has begun.
_FEW = 64


class _Weighted(NamedTuple):
    """Rows and columns of a sparse matrix, with the value at each."""

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    def take(self, at: np.ndarray) -> _Weighted:
        return _Weighted(self.rows[at], self.columns[at], self.values[at])


def _nearest(asked: _Weighted, count: int, companies: csr_matrix, least: float) -> Pairs:
    """Return the companies whose vectors are nearest to those of ``count`` names."""
    queries = sparse.csr_matrix(
        (asked.values, (asked.rows, asked.columns)),
        shape=(count, companies.shape[0]),
        dtype=np.float32,
    )
    threads = usual_threads() if count > _FEW else 1
    found = sparse_dot_topn.sp_matmul_topn(
        queries, companies, top_n=_NEAREST, threshold=least, sort=True, n_threads=threads
    ).tocoo()
    return Pairs(found.row.astype(np.int64), found.col.astype(np.int64))


@dataclass(frozen=True, slots=True)
class WordSearch:
    """The words of the companies' names: the weight of each in each name, and who has it."""

    weights: csr_matrix  # by word and company
    companies: np.ndarray  # the number of companies that have each word
    heaviest: np.ndarray  # the largest weight that each word has in a name

    def nearest(self, names: NameWords, which: np.ndarray) -> Pairs:
        """Return pairs of a name's position (one of ``which``) and a company with such words.

        ``names`` were split with the vocabulary of the same companies.
        """
        if not len(which) or not self.weights.nnz:
            return NO_PAIRS
        asked = _word_weights(names, which)
        asked = asked.take(asked.columns < len(self.companies))
        asked = asked.take(self._rarest(asked))
        asked = asked.take(self._near_enough(asked))
        found = _nearest(asked, len(which), self.weights, _LEAST_COSINE_OF_WORDS)
        return Pairs(which[found.left], found.company)

    def _rarest(self, asked: _Weighted) -> np.ndarray:
        """Return the places of each row's rarest words, up to the number of companies allowed."""
        companies = self.companies[asked.columns]
        order = np.lexsort((asked.columns, companies, asked.rows))
        rows, whole = asked.rows[order], np.append(0, np.cumsum(companies[order]))
        starts = np.searchsorted(rows, rows)
        first = np.arange(len(rows)) == starts
        return order[first | (whole[1:] - whole[starts] <= _MOST_COMPANIES)]

    def _near_enough(self, asked: _Weighted) -> np.ndarray:
        """Return which lines are of rows to which the nearest name that can be is near enough."""
        nearest = np.bincount(asked.rows, weights=asked.values * self.heaviest[asked.columns])
        return nearest[asked.rows] > _LEAST_COSINE_OF_WORDS - _SLACK


def word_search(names: NameWords) -> WordSearch:
    """Prepare the search by words among the companies' names, by their positions."""
    count, words = len(names.starts) - 1, len(names.texts)
    of_name = _word_weights(names, np.arange(count))
    weights = sparse.csr_matrix(
        (of_name.values, (of_name.columns, of_name.rows)), shape=(words, count), dtype=np.float32
    )
    heaviest = np.zeros(words, dtype=np.float32)
    np.maximum.at(heaviest, of_name.columns, of_name.values)
    return WordSearch(weights, np.bincount(of_name.columns, minlength=words), heaviest)


def _word_weights(names: NameWords, which: np.ndarray) -> _Weighted:
    """Return row, word and share of every word of some names, whose squares add up to one."""
    counts = np.diff(names.starts)[which]
    rows = np.repeat(np.arange(len(which)), counts)
    codes = names.codes[spans(names.starts[which], counts)]
    weight = names.weight[codes]
    norms = np.sqrt(np.bincount(rows, weights=weight**2, minlength=len(which)))
    return _Weighted(rows, codes, weight / np.maximum(norms[rows], np.finfo(float).tiny))


class _Triples(NamedTuple):
    """Triples of names: the name's place, the triple as an integer, where in the name it begins."""

    rows: np.ndarray
    triples: np.ndarray
    begins: np.ndarray


@dataclass(frozen=True, slots=True)
class TripleSearch:
    """Letter triples of the companies' names: their codes, their rarity, and who has them.

    Triples are of UTF-8 bytes, as one integer each, so any script is searched alike. The companies
    are in the order of their names: those that have the same triples are near in memory.
    """

    triples: np.ndarray
    rarity: np.ndarray
    weights: csr_matrix  # by triple and place in ``companies``
    companies: np.ndarray  # positions of companies

    def nearest(self, names: Sequence[str] | pa.Array) -> Pairs:
        """Return pairs of a name's place in ``names`` and a company that is spelled like it."""
        texts = as_texts(names)
        if not len(self.triples) or not len(texts):
            return NO_PAIRS
        starts = range(0, len(texts), _SLICE)
        parts = [self._nearest(texts.slice(at, _SLICE)) for at in starts]
        return concatenate(
            [part._replace(left=part.left + at) for part, at in zip(parts, starts, strict=True)]
        )

    def _nearest(self, names: pa.Array) -> Pairs:
        asked = self._most_telling(_triples(names), len(names))
        found = _nearest(asked, len(names), self.weights, _LEAST_COSINE_OF_TRIPLES)
        return found._replace(company=self.companies[found.company])

    def _most_telling(self, asked: _Triples, count: int) -> _Weighted:
        """Return the most telling known triples of each name, with their weights."""
        at = np.minimum(np.searchsorted(self.triples, asked.triples), len(self.triples) - 1)
        known = self.triples[at] == asked.triples
        # A triple that no company has is as rare as can be: it lengthens the vector all the same.
        rarity = np.where(known, self.rarity[at], self.rarity.max())
        # The beginning of a name tells more than what follows: branches, places, legal forms.
        rarity = rarity / (1 + asked.begins / _HALF_AS_TELLING)
        norms = np.sqrt(np.bincount(asked.rows, weights=rarity**2, minlength=count))
        rows, codes, telling = asked.rows[known], at[known], rarity[known]
        # The bits of positive numbers are integers in the same order.
        bits = telling.astype(np.float32).view(np.uint32).astype(np.int64)
        chosen = _lowest(rows, _HIGHEST - bits, _MOST_TELLING)
        companies = np.diff(self.weights.indptr)[codes[chosen]]
        chosen = chosen[_lowest(rows[chosen], companies, _RAREST)]
        return _Weighted(rows[chosen], codes[chosen], telling[chosen] / norms[rows[chosen]])


def triple_search(names: Sequence[str] | pa.Array) -> TripleSearch:
    """Prepare the search by triples among the companies' names, by their positions."""
    texts = as_texts(names)
    order = pc.sort_indices(texts)
    rows, triples, _ = _triples(texts.take(order))
    known, codes = np.unique(triples, return_inverse=True)
    rarity = np.log((1 + len(names)) / (1 + np.bincount(codes, minlength=len(known)))) + 1
    norms = np.sqrt(np.bincount(rows, weights=rarity[codes] ** 2, minlength=len(names)))
    weights = sparse.csr_matrix(
        (rarity[codes] / norms[rows], (codes, rows)),
        shape=(len(known), len(names)),
        dtype=np.float32,
    )
    return TripleSearch(known, rarity, weights, order.to_numpy().astype(np.int64))


def _lowest(rows: np.ndarray, values: np.ndarray, most: int) -> np.ndarray:
    """Return the places of the lowest values of each row (ascending), earlier before later.

    Row, value and place within the row are sorted as one integer: no two are equal.
    """
    starts = np.searchsorted(rows, rows)
    within = np.minimum(np.arange(len(rows)) - starts, _LONGEST)
    order = np.argsort((((rows << _BITS_OF_VALUE) | values) << _BITS_OF_PLACE) | within)
    return order[np.arange(len(rows)) - starts < most]


def _triples(names: Sequence[str] | pa.Array) -> _Triples:
    """Return each name's distinct triples, rows ascending."""
    starts, data = bytes_of(joined(" ", as_texts(names), " "))
    letters = data.astype(np.int64)
    row_of = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    if len(letters) < _TRIPLE:
        return _Triples(*(np.empty(0, np.int64) for _ in range(3)))
    triple = (letters[:-2] << 16) | (letters[1:-1] << 8) | letters[2:]
    inside = row_of[:-2] == row_of[2:]
    row = row_of[:-2][inside]
    begins = np.minimum(np.flatnonzero(inside) - starts[row], _LONGEST)
    # Sorted as one integer, a triple comes first where its name has it first.
    keys = np.sort((((row << _BITS_OF_TRIPLE) | triple[inside]) << _BITS_OF_PLACE) | begins)
    whole = keys >> _BITS_OF_PLACE
    first = np.append(True, whole[1:] != whole[:-1])[: len(whole)]
    whole = whole[first]
    return _Triples(
        whole >> _BITS_OF_TRIPLE, whole & ((1 << _BITS_OF_TRIPLE) - 1), keys[first] & _LONGEST
    )


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
_ROUNDING = 1e-6
# Pairs whose words a processor's cache can hold.
_PAIRS_AT_ONCE = 1 << 15


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
        return np.bincount(self.pair, weights=weights, minlength=len(self.starts) - 1)

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
    slices = [places[at : at + _PAIRS_AT_ONCE] for at in range(0, len(places), _PAIRS_AT_ONCE)]

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
    long = mine.letters.words()
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
    near |= unlike <= (1 - _ALIKE) * length + _ROUNDING
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
    alike = letters.unlike(own, other) <= (1 - least) * (length + length_of_other) + _ROUNDING
    number = letters.numbers[own] | letters.numbers[other]
    return ~number & ((alike & (near | long)) | (near & letters.within(own, other)))


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


# Shorter labels are in too many others, or one letter apart from them.
_SHORTEST_WITHIN, _SHORTEST_MISSPELT = 4, 6


def near_labels(labels: pa.Array, of: np.ndarray, listed: np.ndarray) -> Bools:
    """Return which labels are near the listed one; not where that is "", or of another state."""
    near, at = np.zeros(len(of), dtype=bool), np.flatnonzero(listed != "")
    one, two = as_objects(pc.fill_null(labels.take(of[at]), "")), listed[at]
    shorter = np.minimum(*(np.fromiter(map(len, texts), np.int64) for texts in (one, two)))
    within = np.array([a in b or b in a for a, b in zip(one, two, strict=True)], dtype=bool)
    apart = cpdist(one, two, scorer=OSA.distance, score_cutoff=1, dtype=np.int32) <= 1
    apart &= shorter >= _SHORTEST_MISSPELT
    slips, states = np.flatnonzero(apart), shipped_pairs("state").keys()
    # Essex County has essexcountyny.gov in one state and essexcountynj.gov in another.
    apart[slips] = [len({one[n][-2:], two[n][-2:]} & states) < 2 for n in slips.tolist()]  # noqa: PLR2004
    near[at] = (within & (shorter >= _SHORTEST_WITHIN)) | apart
    return near
