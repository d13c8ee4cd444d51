"""Names with words in common: the nearest companies by weighted words."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from gsprep.unification.linked import NO_PAIRS, Pairs

if TYPE_CHECKING:
    from gsprep.unification.names.words import Worded

_NEAREST = 4
_LEAST_COSINE = 0.3
# The rarest words of a name, borne by so many companies together, say nearly all of it.
_MOST_BEARERS = 4000
_THREADS = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class WordSearch:
    """The words of the companies' names: how much each says of each company, by word."""

    weights: csr_matrix
    bearers: np.ndarray

    def nearest(self, names: Worded, which: np.ndarray) -> Pairs:
        """Return pairs of a name's position (one of ``which``) and a company with such words.

        ``names`` were read by the words of the same companies.
        """
        if not len(which) or not self.weights.nnz:
            return NO_PAIRS
        rows, codes, values = _weighted(names, which)
        known = codes < len(self.bearers)
        rows, codes, values = rows[known], codes[known], values[known]
        few = self._rarest(rows, codes)
        queries = csr_matrix(
            (values[few], (rows[few], codes[few])),
            shape=(len(which), len(self.bearers)),
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
        return Pairs(which[found.row], found.col.astype(np.int64))

    def _rarest(self, rows: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return the places of each row's rarest words, within what may be looked through."""
        bearers = self.bearers[codes]
        order = np.lexsort((codes, bearers, rows))
        rows, whole = rows[order], np.append(0, np.cumsum(bearers[order]))
        starts = np.searchsorted(rows, rows)
        first = np.arange(len(rows)) == starts
        few: np.ndarray = order[first | (whole[1:] - whole[starts] <= _MOST_BEARERS)]
        return few


def word_search(names: Worded) -> WordSearch:
    """Prepare the search among the companies' names, by their positions."""
    count = len(names.starts) - 1
    rows, codes, values = _weighted(names, np.arange(count))
    weights = csr_matrix((values, (codes, rows)), shape=(len(names.texts), count), dtype=np.float32)
    return WordSearch(weights, np.bincount(codes, minlength=len(names.texts)))


def _weighted(names: Worded, which: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, word and share of every word of some names, whose squares add up to one."""
    counts = np.diff(names.starts)[which]
    rows = np.repeat(np.arange(len(which)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    codes = names.codes[names.starts[which][rows] + within]
    weight = names.weight[codes]
    norms = np.sqrt(np.bincount(rows, weights=weight**2, minlength=len(which)))
    return rows, codes, weight / np.maximum(norms[rows], np.finfo(float).tiny)
