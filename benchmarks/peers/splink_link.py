"""Splink, set up as its guide does for linking two tables.

Blocks: the same domain, the same number, the same first six letters of the name, the same first
word. Levels: the name equal (weighted by how common it is), Jaro-Winkler from .95, .88 and .8;
domain (weighted likewise), number and country equal. u is estimated by random sampling, m by
expectation maximisation on two blocks, all seeded.
"""

from __future__ import annotations

import logging

import pandas as pd
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

from peers.tidy import tidy_companies, tidy_people

_COLUMNS = ("core", "start", "first", "domain", "phone", "country")
_PREFIX = 6
_PAIRS = 2_000_000


def decide(people: pd.DataFrame, companies: pd.DataFrame) -> pd.DataFrame:
    """Return row_id, Company_ID and score of each person's best company."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    left, right = _with_blocks(tidy_people(people)), _with_blocks(tidy_companies(companies))
    # A company with several domains has several lines.
    right = right.assign(unique_id=right.index.astype("str"))
    left = left.rename(columns={"row_id": "unique_id"})
    linker = _trained(left, right)
    links = linker.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
    best = links.sort_values("match_weight", ascending=False, kind="stable")
    best = best.drop_duplicates("unique_id_l")
    gsid = right.set_index("unique_id")["Gsid"]
    return pd.DataFrame(
        {
            "row_id": best["unique_id_l"],
            "Company_ID": best["unique_id_r"].map(gsid),
            "score": best["match_weight"],
        }
    )


def _trained(left: pd.DataFrame, right: pd.DataFrame) -> Linker:
    api = DuckDBAPI()
    columns = ["unique_id", *_COLUMNS]
    tables = [
        api.register(left[columns], dataset_display_name="a_people"),
        api.register(right[columns], dataset_display_name="b_companies"),
    ]
    linker = Linker(tables, _settings(), log_level=logging.ERROR)
    sure = [block_on("domain", "core"), block_on("domain", "phone"), block_on("phone", "core")]
    training = linker.training
    training.estimate_probability_two_random_records_match(sure, recall=0.4)
    training.estimate_u_using_random_sampling(max_pairs=_PAIRS, seed=1)
    for rule in (block_on("domain"), block_on("core")):
        training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def _settings() -> SettingsCreator:
    name = comparisons.CustomComparison(
        output_column_name="core",
        comparison_levels=[
            levels.NullLevel("core"),
            levels.ExactMatchLevel("core", term_frequency_adjustments=True),
            levels.JaroWinklerLevel("core", 0.95),
            levels.JaroWinklerLevel("core", 0.88),
            levels.JaroWinklerLevel("core", 0.8),
            levels.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            name,
            comparisons.ExactMatch("domain").configure(term_frequency_adjustments=True),
            comparisons.ExactMatch("phone").configure(term_frequency_adjustments=True),
            comparisons.ExactMatch("country"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on(column) for column in ("domain", "phone", "start", "first")
        ],
    )


def _with_blocks(tidied: pd.DataFrame) -> pd.DataFrame:
    return tidied.assign(
        start=tidied["core"].str.replace(" ", "").str[:_PREFIX],
        first=tidied["core"].str.split(" ").str[0],
    )
