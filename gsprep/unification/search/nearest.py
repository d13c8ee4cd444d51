"""Nearest company names by letter triples and by words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from gsprep.lazy import lazy_module
from gsprep.unification.pairs import NO_PAIRS, Pairs, concatenate, spans
from gsprep.values.arrow import as_texts, bytes_of, joined, usual_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    import sparse_dot_topn
    from scipy import sparse
    from scipy.sparse import csr_matrix

    from gsprep.unification.search.words import NameWords
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
        few: np.ndarray = order[first | (whole[1:] - whole[starts] <= _MOST_COMPANIES)]
        return few

    def _near_enough(self, asked: _Weighted) -> np.ndarray:
        """Return which lines are of rows to which the nearest name that can be is near enough."""
        nearest = np.bincount(asked.rows, weights=asked.values * self.heaviest[asked.columns])
        near: np.ndarray = nearest[asked.rows] > _LEAST_COSINE_OF_WORDS - _SLACK
        return near


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
    lowest: np.ndarray = order[np.arange(len(rows)) - starts < most]
    return lowest


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
