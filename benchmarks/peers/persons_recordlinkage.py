"""Duplicates by recordlinkage, set up as its guide does, without labels.

Arguments: ``FOLDER``; see ``persons.py``.
Blocks: each telling column; of a large list both names together. Comparisons: texts by Levenshtein
from .85, other columns exactly. The classifier is ECM, its unsupervised one, with its defaults.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import recordlinkage

from peers.persons import best_of_each, components, measured

_BLOCKS = frozenset({"given", "surname", "date", "identifier", "email", "phone"})
_TEXTS = frozenset({"given", "surname", "text", "company_name", "email"})
_MOST_BLOCKED = 20_000


def groups(people: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """Return row_id and person_id."""
    lines = people.set_index("row_id")
    features = _features(kinds, lines)
    found = recordlinkage.ECMClassifier().fit_predict(features)
    return components(lines.index, found.to_list())


def links(people: pd.DataFrame, existing: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """Return row_id and existing_id, that with the most columns alike."""
    features = _features(kinds, people.set_index("row_id"), existing.set_index("row_id"))
    found = recordlinkage.ECMClassifier().fit_predict(features)
    alike = features.loc[found].sum(axis=1)
    ids = pd.DataFrame(found.to_list(), columns=["row_id", "existing_id"])
    return best_of_each(ids.assign(score=alike.to_numpy()))


def _features(kinds: dict[str, str], *lines: pd.DataFrame) -> pd.DataFrame:
    size = max(map(len, lines))
    index = recordlinkage.Index()
    for name, kind in kinds.items():
        # A block of one given name in a large list has more pairs than memory.
        if kind in _BLOCKS and (size <= _MOST_BLOCKED or kind not in {"given", "surname"}):
            index.block(name)
    names = [name for name, kind in kinds.items() if kind in {"given", "surname"}]
    if len(names) > 1 and size > _MOST_BLOCKED:
        index.block(names)
    compare = recordlinkage.Compare()
    for name, kind in kinds.items():
        if kind in _TEXTS:
            compare.string(name, name, method="levenshtein", threshold=0.85, label=name)
        else:
            compare.exact(name, name, label=name)
    features: pd.DataFrame = compare.compute(index.index(*lines), *lines)
    return features


if __name__ == "__main__":
    measured(Path(sys.argv[1]), groups, links)
