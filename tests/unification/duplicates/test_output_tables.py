"""Tables as they are written, and a pair explained: weights add up, words are those of a pair."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gsprep.errors import InputError
from gsprep.schemas.answers import record_keys
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.merge import merge_duplicates
from gsprep.unification.duplicates.output_tables import TABLES, tables_of

PEOPLE = pd.DataFrame({
    "row_id": ["1", "2", "10", "4"],
    "line": ["2", "3", "4", "5"],
    "FirstName": ["Ana", "Anna", "Bo", "A."],
    "LastName": ["Ruiz", "Ruiz", "Berg", "Ruiz"],
    "Email": ["ana.ruiz@acme.com", "ana.ruiz@acme.com", "bo@bolt.io", None],
}).astype("str")  # fmt: skip
GSID = "1P01" + "A" * 32
OLD = pd.DataFrame({
    "Gsid": [GSID, "1P01" + "B" * 32], "FirstName": ["Ana", "Zoe"], "LastName": ["Ruiz", "Zed"],
    "Email": ["ana.ruiz@acme.com", "z@z.io"],
}).astype("str")  # fmt: skip


def test_the_weights_of_each_pair_add_up_to_its_probability() -> None:
    own = PEOPLE.drop(columns="line")
    found = find_duplicates(own)
    tables = tables_of(PEOPLE, found, merge_duplicates(own, found))
    assert tuple(tables) == TABLES
    pairs, evidence = tables["pairs.csv"], tables["pair_evidence.csv"]
    total = evidence.groupby(["left_id", "right_id"])["log_odds"].sum()
    for pair in pairs.itertuples():
        odds = total[pair.left_id, pair.right_id]
        assert 1 / (1 + np.exp(-odds)) == pytest.approx(pair.probability, abs=1e-3)
    said = evidence.set_index(["left_id", "right_id", "column"])["said"]
    assert said["1", "2", "Email"] == "the same"
    assert ("1", "4", "Email") not in said.dropna().index
    assert pairs["answer"].isna().all()
    keys = record_keys(PEOPLE, ["FirstName", "LastName", "Email"])
    by_row = dict(zip(PEOPLE["row_id"], keys, strict=True))
    assert pairs["left_key"].tolist() == pairs["left_id"].map(by_row).tolist()


def test_records_are_by_person_and_keep_their_lines() -> None:
    own = PEOPLE.drop(columns="line")
    found = find_duplicates(own)
    records = tables_of(PEOPLE, found, merge_duplicates(own, found))["duplicates.csv"]
    assert sorted(records["row_id"]) == sorted(PEOPLE["row_id"])
    assert records["person_id"].tolist() == sorted(records["person_id"], key=int)
    assert records.set_index("row_id").loc["10", "line"] == "4"


def test_existing_people_are_those_that_are_linked_or_asked_about() -> None:
    own = PEOPLE.drop(columns="line")
    found = find_duplicates(own, against=OLD)
    merged = merge_duplicates(own, found)
    tables = tables_of(PEOPLE, found, merged, OLD.assign(row_id=OLD["Gsid"]))
    assert tables["existing.csv"]["Gsid"].tolist() == [GSID]
    assert GSID in tables["merged.csv"]["Gsid"].tolist()
    pairs = tables["pairs.csv"]
    old = pairs["right_id"] == GSID
    assert old.any()
    assert (pairs.loc[old, "right_key"] == GSID).all()


def test_a_pair_is_explained_in_words_and_numbers_that_add_up() -> None:
    found = find_duplicates(PEOPLE.drop(columns="line"))
    told = found.explain("2", "1")
    assert told.terms[0][0] == "intercept"
    assert "Email: the same" in [words for words, _ in told.terms]
    pair = found.pairs.set_index(["left_id", "right_id"]).loc[("1", "2")]
    odds = sum(value for _, value in told.terms)
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(pair["probability"], abs=1e-3)
    assert repr(told).endswith("log-odds in total")
    assert "<script" not in told._repr_html_()
    with pytest.raises(InputError, match="no pair 1 and 10"):
        found.explain("1", "10")
