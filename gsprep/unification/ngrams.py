"""Names that look alike: the nearest companies by weighted letter triples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from gsprep.unification.linked import NO_PAIRS, Pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRIPLE = 3
# The ten most telling triples of a name find the same companies as all of them, three times as
# fast; a triple that begins so many bytes behind the start tells half as much.
_MOST_TELLING = 10
_HALF_AS_TELLING = 12
_NEAREST = 5
_LEAST_COSINE = 0.08


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

    def nearest(self, names: Sequence[str]) -> Pairs:
        """Return pairs of a name's place in ``names`` and a company that looks like it."""
        if not names or not len(self.triples):
            return NO_PAIRS
        rows, codes, values = self._known(_triples(names), len(names))
        queries = csr_matrix(
            (values, (rows, codes)),
            shape=(len(names), len(self.triples)),
            dtype=np.float32,
        )
        found = sp_matmul_topn(
            queries, self.weights, top_n=_NEAREST, threshold=_LEAST_COSINE, sort=True, n_threads=2
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
        order = np.lexsort((codes, -telling, rows))
        rows, codes, telling = rows[order], codes[order], telling[order]
        few = np.arange(len(rows)) - np.searchsorted(rows, rows) < _MOST_TELLING
        return rows[few], codes[few], (telling / norms[rows])[few]


def name_search(names: Sequence[str]) -> NameSearch:
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


def _triples(names: Sequence[str]) -> _Triples:
    """Return each name's distinct triples, rows ascending."""
    encoded = [f" {name} ".encode() for name in names]
    lengths = np.array([len(name) for name in encoded], dtype=np.int64)
    letters = np.frombuffer(b"".join(encoded), dtype=np.uint8).astype(np.int64)
    row_of = np.repeat(np.arange(len(names)), lengths)
    if len(letters) < _TRIPLE:
        return _Triples(*(np.empty(0, np.int64) for _ in range(3)))
    triple = (letters[:-2] << 16) | (letters[1:-1] << 8) | letters[2:]
    inside = row_of[:-2] == row_of[2:]
    keys, first = np.unique((row_of[:-2][inside] << 24) | triple[inside], return_index=True)
    rows, place = keys >> 24, np.flatnonzero(inside)[first]
    return _Triples(rows, keys & 0xFFFFFF, place - (np.cumsum(lengths) - lengths)[rows])
