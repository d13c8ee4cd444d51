"""Names that look alike: the nearest companies by weighted letter triples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from gsprep.unification.linked import NO_PAIRS, Pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRIPLE = 3
# The ten rarest triples of a name find the same companies as all of them, three times as fast.
_RAREST = 10
_NEAREST = 5
_LEAST_COSINE = 0.08


@dataclass(frozen=True, slots=True)
class NameSearch:
    """Letter triples of the companies' names: their codes, their rarity, and who has them.

    Triples are of UTF-8 bytes, as one integer each, so any script is searched alike.
    """

    triples: np.ndarray
    rarity: np.ndarray
    weights: csr_matrix

    def nearest(self, names: Sequence[str]) -> Pairs:
        """Return pairs of a name's place in ``names`` and a company that looks like it."""
        if not names or not len(self.triples):
            return NO_PAIRS
        rows, codes, norms = self._known(*_triples(names), count=len(names))
        queries = csr_matrix(
            (self.rarity[codes] / norms[rows], (rows, codes)),
            shape=(len(names), len(self.triples)),
            dtype=np.float32,
        )
        found = sp_matmul_topn(
            queries, self.weights, top_n=_NEAREST, threshold=_LEAST_COSINE, sort=True, n_threads=2
        ).tocoo()
        return Pairs(found.row.astype(np.int64), found.col.astype(np.int64))

    def _known(
        self, rows: np.ndarray, triples: np.ndarray, *, count: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the rarest known triples of each name, and the length of its whole vector."""
        at = np.searchsorted(self.triples, triples)
        at = np.minimum(at, len(self.triples) - 1)
        known = self.triples[at] == triples
        # A triple that no company has is as rare as can be: it lengthens the vector all the same.
        squares = np.where(known, self.rarity[at], self.rarity.max()) ** 2
        norms = np.sqrt(np.bincount(rows, weights=squares, minlength=count))
        rows, codes = rows[known], at[known]
        order = np.lexsort((codes, -self.rarity[codes], rows))
        rows, codes = rows[order], codes[order]
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        return rows[rank < _RAREST], codes[rank < _RAREST], norms


def name_search(names: Sequence[str]) -> NameSearch:
    """Prepare the search among the companies' names, by their positions."""
    rows, triples = _triples(names)
    known, codes = np.unique(triples, return_inverse=True)
    rarity = np.log((1 + len(names)) / (1 + np.bincount(codes, minlength=len(known)))) + 1
    norms = np.sqrt(np.bincount(rows, weights=rarity[codes] ** 2, minlength=len(names)))
    weights = csr_matrix(
        (rarity[codes] / norms[rows], (codes, rows)),
        shape=(len(known), len(names)),
        dtype=np.float32,
    )
    return NameSearch(known, rarity, weights)


def _triples(names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return each name's distinct triples: rows ascending, and the triples as integers."""
    encoded = [f" {name} ".encode() for name in names]
    lengths = np.array([len(name) for name in encoded], dtype=np.int64)
    letters = np.frombuffer(b"".join(encoded), dtype=np.uint8).astype(np.int64)
    row_of = np.repeat(np.arange(len(names)), lengths)
    if len(letters) < _TRIPLE:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    triple = (letters[:-2] << 16) | (letters[1:-1] << 8) | letters[2:]
    inside = row_of[:-2] == row_of[2:]
    keys = np.unique((row_of[:-2][inside] << 24) | triple[inside])
    return keys >> 24, keys & 0xFFFFFF
