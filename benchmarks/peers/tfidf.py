"""A careful pipeline written by hand: n-grams of names, joins on domain and telephone, a score.

Candidates are the companies with the person's domain, with the last eight digits of their
number, and the four most similar names by TF-IDF over character 3-grams. The score adds the
cosine of the names and a weight for each field that agrees or differs; values that several
companies share count less. The weights are what one writes down by judgement, without labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sparse_dot_topn import sp_matmul_topn

from peers.pairs import agreement, best_of_each, joined
from peers.tidy import tidy_companies, tidy_people

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_NEIGHBOURS = 4
_LEAST_COSINE = 0.35


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """What each field adds; ``name`` is multiplied by a cosine between 0 and 1."""

    name: float = 9
    name_stated: float = -3
    domain: float = 5
    shared_domain: float = 2.5
    other_domain: float = -2
    phone: float = 4
    shared_phone: float = 2
    other_phone: float = 0
    country: float = 0.7
    other_country: float = -1.2


BY_JUDGEMENT = Weights()


def decide(
    people: pd.DataFrame, companies: pd.DataFrame, weights: Weights = BY_JUDGEMENT
) -> pd.DataFrame:
    """Return row_id, Company_ID and score of each person's best company."""
    left, right = tidy_people(people), tidy_companies(companies)
    names = _Names(left["core"], right["core"])
    parts = [
        joined(left["domain"], right["domain"]),
        joined(left["phone"], right["phone"]),
        names.pairs(),
    ]
    pairs = pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)
    stated = left["core"].notna().to_numpy()[pairs["left"]]
    score = names.cosine(pairs) * weights.name + stated * weights.name_stated
    score += _of_fields(pairs, left, right, weights)
    return best_of_each(left["row_id"], right["Gsid"], pairs, score)


def _of_fields(
    pairs: pd.DataFrame, left: pd.DataFrame, right: pd.DataFrame, weights: Weights
) -> np.ndarray:
    """Return what domain, telephone and country add."""
    total = np.zeros(len(pairs))
    for column, alone, shared, other in (
        ("domain", weights.domain, weights.shared_domain, weights.other_domain),
        ("phone", weights.phone, weights.shared_phone, weights.other_phone),
        ("country", weights.country, weights.country, weights.other_country),
    ):
        same, differs = agreement(pairs, left[column], right[column])
        several = right[column].duplicated(keep=False).to_numpy()[pairs["right"]]
        total += same * np.where(several, shared, alone) + differs * other
    return total


class _Names:
    """Distinct names of both sides as rows of n-gram weights."""

    def __init__(self, people: pd.Series[str], companies: pd.Series[str]) -> None:
        self.left, left_names = people.factorize()
        self.right, right_names = companies.factorize()
        grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
        self.companies: csr_matrix = grams.fit_transform(right_names)
        self.people: csr_matrix = grams.transform(left_names)

    def pairs(self) -> pd.DataFrame:
        """Return each person's pairs with the companies of the most similar names."""
        found = sp_matmul_topn(
            self.people, self.companies.T.tocsr(), top_n=_NEIGHBOURS, threshold=_LEAST_COSINE,
            n_threads=2,
        ).tocoo()  # fmt: skip
        near = pd.DataFrame({"name": found.row, "other": found.col})
        left = pd.DataFrame({"name": self.left, "left": np.arange(len(self.left))})
        right = pd.DataFrame({"other": self.right, "right": np.arange(len(self.right))})
        known = left[left["name"] >= 0]
        return known.merge(near, on="name").merge(right, on="other")[["left", "right"]]

    def cosine(self, pairs: pd.DataFrame) -> np.ndarray:
        """Return the cosine of the names of each pair; 0 where a name is missing."""
        left, right = self.left[pairs["left"]], self.right[pairs["right"]]
        keys, back = np.unique(left * len(self.right) + right, return_inverse=True)
        one, other = self.people[keys // len(self.right)], self.companies[keys % len(self.right)]
        cosine = np.asarray(one.multiply(other).sum(axis=1)).ravel()
        result: np.ndarray = np.where(left >= 0, cosine[back], 0.0)
        return result
