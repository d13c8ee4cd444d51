"""Duplicates by Splink, set up as its guide does, without labels.

Arguments: ``FOLDER [LINE]``; see ``persons.py``.
Comparisons by kind are those of its library, with term frequencies; blocks are the usual pairs of
columns; u by random sampling, m by expectation maximisation on two blocks, the prior by
deterministic rules. Groups are connected components at .95, as in its tutorial, or at the
probability that follows the folder; a link is the best one of each record from there on.
"""

from __future__ import annotations

import itertools
import logging
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import splink.comparison_library as comparisons
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

from peers.persons import best_of_each, measured

if TYPE_CHECKING:
    import pandas as pd

_LEAST = 0.01
_PAIRS, _MANY = 2_000_000, 100
# Columns that block together with another one, the most telling kinds first.
_TELLING = ("identifier", "email", "phone", "date", "surname", "given", "company_name")


def groups(people: pd.DataFrame, kinds: dict[str, str], line: float) -> pd.DataFrame:
    """Return row_id and person_id."""
    linker, edges = _scored(kinds, "dedupe_only", people)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(edges, line)
    frame = found.as_pandas_dataframe()
    named: pd.DataFrame = frame.rename(columns={"unique_id": "row_id", "cluster_id": "person_id"})
    return named[["row_id", "person_id"]]


def links(
    people: pd.DataFrame, existing: pd.DataFrame, kinds: dict[str, str], line: float
) -> pd.DataFrame:
    """Return row_id and existing_id, the most probable one from the line on."""
    _, edges = _scored(kinds, "link_only", people, existing)
    pairs = edges.as_pandas_dataframe()
    pairs = pairs[pairs["match_probability"] >= line]
    # The tables are in one order, whichever side of a pair they are on.
    swapped = pairs["source_dataset_l"] > pairs["source_dataset_r"]
    left, right = pairs["unique_id_l"], pairs["unique_id_r"]
    named = {"row_id": left.mask(swapped, right), "existing_id": right.mask(swapped, left)}
    return best_of_each(pairs.assign(**named, score=pairs["match_weight"]))


def _scored(kinds: dict[str, str], link: str, *lists: pd.DataFrame) -> tuple[Linker, Any]:
    logging.getLogger("splink").setLevel(logging.ERROR)
    by_kind = {kind: name for name, kind in reversed(kinds.items())}
    blocks = _blocks(by_kind, _places(lists[-1], kinds))
    api = DuckDBAPI()
    tables = [
        api.register(people.rename(columns={"row_id": "unique_id"}), table_name=name)
        for name, people in zip(("a", "b"), lists, strict=False)
    ]
    linker = Linker(tables, _settings(kinds, by_kind, blocks, link), log_level=logging.ERROR)
    training = linker.training
    training.estimate_probability_two_random_records_match(_sure(by_kind), recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=_PAIRS, seed=1)
    for rule in _training(by_kind):
        training.estimate_parameters_using_expectation_maximisation(rule)
    return linker, linker.inference.predict(threshold_match_probability=_LEAST)


def _comparison(name: str, kind: str) -> Any:
    makers = {
        "given": comparisons.NameComparison,
        "surname": comparisons.NameComparison,
        "email": comparisons.EmailComparison,
        "phone": lambda n: comparisons.LevenshteinAtThresholds(n, [1]),
        "identifier": lambda n: comparisons.LevenshteinAtThresholds(n, [1, 2]),
        "company_name": lambda n: comparisons.JaroWinklerAtThresholds(n, [0.9, 0.8]),
        "text": lambda n: comparisons.JaroWinklerAtThresholds(n, [0.9, 0.7]),
        "date": lambda n: comparisons.DateOfBirthComparison(n, input_is_string=True),
    }
    made = makers.get(kind, comparisons.ExactMatch)(name)
    return made if kind in {"date", "email"} else made.configure(term_frequency_adjustments=True)


def _settings(
    kinds: dict[str, str], by_kind: dict[str, str], blocks: list[Any], link: str
) -> SettingsCreator:
    rest, made = dict(kinds), []
    if {"given", "surname"} <= by_kind.keys():
        both = by_kind["given"], by_kind["surname"]
        rest = {name: kind for name, kind in rest.items() if name not in both}
        made = [comparisons.ForenameSurnameComparison(*both)]
    made += [_comparison(name, kind) for name, kind in rest.items()]
    return SettingsCreator(
        link_type=link, comparisons=made, blocking_rules_to_generate_predictions=blocks
    )


def _places(people: pd.DataFrame, kinds: dict[str, str]) -> list[str]:
    """Return the columns of places and such whose values are many enough to block."""
    found = [name for name, kind in kinds.items() if kind in {"text", "exact"}]
    return [name for name in found if people[name].nunique() > _MANY]


def _blocks(by_kind: dict[str, str], places: list[str]) -> list[Any]:
    there = [by_kind[kind] for kind in _TELLING if kind in by_kind]
    alone = [by_kind[kind] for kind in ("identifier", "email", "phone") if kind in by_kind]
    rest = [name for name in there if name not in alone]
    pairs = [*itertools.combinations(rest, 2), *itertools.product(rest[:3], places)]
    return [*(block_on(name) for name in alone), *(block_on(*pair) for pair in pairs)]


def _sure(by_kind: dict[str, str]) -> list[Any]:
    names = [by_kind[kind] for kind in ("given", "surname") if kind in by_kind]
    alone = [by_kind[kind] for kind in ("identifier", "email") if kind in by_kind]
    dated = [[*names, by_kind["date"]]] if "date" in by_kind else []
    return [*(block_on(name) for name in alone), *(block_on(*rule) for rule in dated)] or [
        block_on(*names, *(by_kind[kind] for kind in ("text", "phone") if kind in by_kind))
    ]


def _training(by_kind: dict[str, str]) -> list[Any]:
    names = [by_kind[kind] for kind in ("given", "surname") if kind in by_kind]
    other = next(
        by_kind[k] for k in ("date", "identifier", "email", "phone", "text") if k in by_kind
    )
    return [block_on(*names), block_on(other)]


if __name__ == "__main__":
    asked = float(sys.argv[2]) if len(sys.argv) > 2 else 0.95  # noqa: PLR2004  the second word
    measured(Path(sys.argv[1]), partial(groups, line=asked), partial(links, line=asked))
