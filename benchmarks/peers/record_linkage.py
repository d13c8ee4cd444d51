"""recordlinkage, set up as its guide does: blocks, comparisons, a weighted sum.

Blocks: the same domain, the same number, the same first six letters of the name, the same first
word. Comparisons: Jaro-Winkler of the names; domain, number and country exactly. The weights
of the sum are written down by judgement; a name below .75 says no more than any other.
Its own Jaro-Winkler asks jellyfish for a name that jellyfish 1 no longer has, so it is given
rapidfuzz's: the same figure, sooner.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import recordlinkage
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from peers.pairs import best_of_each
from peers.tidy import tidy_companies, tidy_people

_PREFIX = 6
_UNLIKE = 0.75
_WEIGHTS = pd.Series({"core": 6.0, "domain": 5.0, "phone": 4.0, "country": 1.5})


def decide(people: pd.DataFrame, companies: pd.DataFrame) -> pd.DataFrame:
    """Return row_id, Company_ID and score of each person's best company."""
    left, right = _with_blocks(tidy_people(people)), _with_blocks(tidy_companies(companies))
    index = recordlinkage.Index()
    for column in ("domain", "phone", "start", "first"):
        index.block(column)
    candidates = index.index(left, right)
    compare = recordlinkage.Compare()
    compare.compare_vectorized(_jaro_winkler, "core", "core", label="core")
    for column in ("domain", "phone", "country"):
        compare.exact(column, column, label=column)
    features = compare.compute(candidates, left, right)
    features["core"] = ((features["core"] - _UNLIKE) / (1 - _UNLIKE)).clip(lower=0)
    score = (features[_WEIGHTS.index] * _WEIGHTS).sum(axis=1).to_numpy(dtype=np.float64)
    positions = candidates.to_frame(index=False, name=["left", "right"])
    return best_of_each(left["row_id"], right["Gsid"], positions, score)


def _jaro_winkler(left: pd.Series[str], right: pd.Series[str]) -> np.ndarray:
    """Return the similarity of the names of each pair, 0 where one is missing."""
    both = left.fillna("").tolist(), right.fillna("").tolist()
    return np.asarray(cpdist(*both, scorer=JaroWinkler.similarity, workers=-1))


def _with_blocks(tidied: pd.DataFrame) -> pd.DataFrame:
    return tidied.assign(
        start=tidied["core"].str.replace(" ", "").str[:_PREFIX],
        first=tidied["core"].str.split(" ").str[0],
    )
