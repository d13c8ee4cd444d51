"""The words of names and their weight: rare words tell companies apart, common ones do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the companies' names, each with its weight.

    places:  word to column.
    weight:  the weight of each column; ``unseen`` is that of a word no company has.
    unseen:  a word that no company has weighs as much as the rarest.
    matrix:  companies by words, 1 where the name has the word.
    total:   the weight of each company's whole name.
    """

    places: dict[str, int]
    weight: np.ndarray
    unseen: float
    matrix: csr_matrix
    total: np.ndarray

    def weigh(self, cores: Sequence[str]) -> tuple[csr_matrix, np.ndarray]:
        """Return names by words with the words' weights, and the weight of each whole name."""
        rows, columns, unknown = _places(cores, self.places)
        matrix = csr_matrix(
            (self.weight[columns], (rows, columns)), shape=(len(cores), len(self.places))
        )
        known = np.bincount(rows, weights=self.weight[columns], minlength=len(cores))
        return matrix, known + self.unseen * unknown


def learn_words(cores: Sequence[str]) -> Words:
    """Learn the words and their weights from the companies' own names.

    A word's weight is log(companies / companies with it) + 1, so that "hospital" says little in
    a list of hospitals.
    """
    distinct = sorted({word for core in cores for word in core.split()})
    places = {word: place for place, word in enumerate(distinct)}
    rows, columns, _ = _places(cores, places)
    count = max(len(cores), 1)
    bearers = np.bincount(columns, minlength=len(places))
    weight = np.log(count / np.maximum(bearers, 1)) + 1
    ones = np.ones(len(rows))
    matrix = csr_matrix((ones, (rows, columns)), shape=(len(cores), len(places)))
    total = np.bincount(rows, weights=weight[columns], minlength=len(cores))
    return Words(places, weight, float(np.log(count) + 1), matrix, total)


def _places(
    cores: Sequence[str], places: dict[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows: list[int] = []
    columns: list[int] = []
    unknown = np.zeros(len(cores))
    for row, core in enumerate(cores):
        for word in dict.fromkeys(core.split()):
            if word in places:
                rows.append(row)
                columns.append(places[word])
            else:
                unknown[row] += 1
    return np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64), unknown
