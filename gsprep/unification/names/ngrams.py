"""Names that look alike: the nearest companies by weighted letter triples."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from gsprep.unification.linked import NO_PAIRS, Pairs
from gsprep.values.arrow import as_texts, bytes_of, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

_TRIPLE = 3
# The ten most telling triples of a name find the same companies as all of them, three times as
# fast, and the rarest eight of those take half of that time; a triple that begins so many bytes
# behind the start tells half as much.
_MOST_TELLING, _RAREST = 10, 8
_HALF_AS_TELLING = 12
_NEAREST = 4
_LEAST_COSINE = 0.15
# Names that are searched at once: more would take more memory, and rows must fit a sorted integer.
_SLICE = 1 << 16
_BITS_OF_TRIPLE, _BITS_OF_VALUE, _BITS_OF_PLACE = 24, 32, 15
_HIGHEST = (1 << _BITS_OF_VALUE) - 1
_LONGEST = (1 << _BITS_OF_PLACE) - 1
_THREADS = os.cpu_count() or 1


class _Triples(NamedTuple):
    """Triples of names: the name's place, the triple as an integer, where in the name it begins."""

    rows: np.ndarray
    triples: np.ndarray
    begins: np.ndarray


@dataclass(frozen=True, slots=True)
class NameSearch:
    """Letter triples of the companies' names: their codes, their rarity, and who has them.

    Triples are of UTF-8 bytes, as one integer each, so any script is searched alike.
    """

    triples: np.ndarray
    rarity: np.ndarray
    weights: csr_matrix

    def nearest(self, names: Sequence[str] | pa.Array) -> Pairs:
        """Return pairs of a name's place in ``names`` and a company that looks like it."""
        texts = as_texts(names)
        if not len(self.triples):
            return NO_PAIRS
        starts = range(0, len(texts), _SLICE)
        parts = [self._nearest(texts.slice(at, _SLICE)) for at in starts]
        lefts = [part.left + at for part, at in zip(parts, starts, strict=True)]
        companies = [part.company for part in parts]
        return Pairs(np.concatenate(lefts), np.concatenate(companies)) if parts else NO_PAIRS

    def _nearest(self, names: pa.Array) -> Pairs:
        rows, codes, values = self._known(_triples(names), len(names))
        queries = csr_matrix(
            (values, (rows, codes)),
            shape=(len(names), len(self.triples)),
            dtype=np.float32,
        )
        found = sp_matmul_topn(
            queries,
            self.weights,
            top_n=_NEAREST,
            threshold=_LEAST_COSINE,
            sort=True,
            n_threads=_THREADS,
        ).tocoo()
        return Pairs(found.row.astype(np.int64), found.col.astype(np.int64))

    def _known(self, asked: _Triples, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the most telling known triples of each name, and how much each says."""
        at = np.searchsorted(self.triples, asked.triples)
        at = np.minimum(at, len(self.triples) - 1)
        known = self.triples[at] == asked.triples
        # A triple that no company has is as rare as can be: it lengthens the vector all the same.
        rarity = np.where(known, self.rarity[at], self.rarity.max())
        # What a name begins with tells more than what stands behind: branches, places, forms.
        rarity = rarity / (1 + asked.begins / _HALF_AS_TELLING)
        norms = np.sqrt(np.bincount(asked.rows, weights=rarity**2, minlength=count))
        rows, codes, telling = asked.rows[known], at[known], rarity[known]
        told = _first(rows, _HIGHEST - _as_bits(telling), _MOST_TELLING)
        told = told[_first(rows[told], np.diff(self.weights.indptr)[codes[told]], _RAREST)]
        return rows[told], codes[told], telling[told] / norms[rows[told]]


def _as_bits(values: np.ndarray) -> np.ndarray:
    """Return integers in the order of positive numbers."""
    bits: np.ndarray = values.astype(np.float32).view(np.uint32).astype(np.int64)
    return bits


def _first(rows: np.ndarray, values: np.ndarray, most: int) -> np.ndarray:
    """Return the places of the lowest values of each row (ascending), earlier before later.

    Row, value and place within the row are sorted as one integer: no two are equal.
    """
    starts = np.searchsorted(rows, rows)
    within = np.minimum(np.arange(len(rows)) - starts, _LONGEST)
    order = np.argsort((((rows << _BITS_OF_VALUE) | values) << _BITS_OF_PLACE) | within)
    first: np.ndarray = order[np.arange(len(rows)) - starts < most]
    return first


def name_search(names: Sequence[str] | pa.Array) -> NameSearch:
    """Prepare the search among the companies' names, by their positions."""
    rows, triples, _ = _triples(names)
    known, codes = np.unique(triples, return_inverse=True)
    rarity = np.log((1 + len(names)) / (1 + np.bincount(codes, minlength=len(known)))) + 1
    norms = np.sqrt(np.bincount(rows, weights=rarity[codes] ** 2, minlength=len(names)))
    weights = csr_matrix(
        (rarity[codes] / norms[rows], (codes, rows)),
        shape=(len(known), len(names)),
        dtype=np.float32,
    )
    return NameSearch(known, rarity, weights)


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
    # Sorted as one integer, a triple stands first where its name has it first.
    keys = np.sort((((row << _BITS_OF_TRIPLE) | triple[inside]) << _BITS_OF_PLACE) | begins)
    whole = keys >> _BITS_OF_PLACE
    first = np.append(True, whole[1:] != whole[:-1])[: len(whole)]
    whole = whole[first]
    return _Triples(
        whole >> _BITS_OF_TRIPLE, whole & ((1 << _BITS_OF_TRIPLE) - 1), keys[first] & _LONGEST
    )
