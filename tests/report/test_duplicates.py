"""The same person twice as counts and as a page: every number is one of the tables."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from gsprep.report.duplicates import (
    DuplicateFacts,
    duplicate_facts,
    duplicate_steps,
    headline_of,
    lead_of,
)
from gsprep.report.page import render_duplicates
from gsprep.report.summary import Part, Whole
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.merge import merge_duplicates
from gsprep.unification.duplicates.output_tables import tables_of

PEOPLE = pd.DataFrame({
    "row_id": ["1", "2", "3", "4"],
    "FirstName": ["Ana", "Anna", "<i>Bo</i>", "Cy"],
    "LastName": ["Ruiz", "Ruiz", "Berg", "Young"],
    "Email": ["ana.ruiz@acme.com", "ana.ruiz@acme.com", "bo@bolt.io", "cy@gmail.com"],
    "Title": [None, "Buyer", None, None],
})  # fmt: skip


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    found = find_duplicates(PEOPLE)
    return tables_of(PEOPLE, found, merge_duplicates(PEOPLE, found))


@pytest.fixture(scope="module")
def facts(tables: dict[str, pd.DataFrame]) -> DuplicateFacts:
    return duplicate_facts(tables, 1.4)


def test_each_number_is_one_of_the_tables(
    tables: dict[str, pd.DataFrame], facts: DuplicateFacts
) -> None:
    records, pairs, losses = (
        tables[name] for name in ("duplicates.csv", "pairs.csv", "losses.csv")
    )
    assert facts.records.count == len(records) == 4
    assert facts.persons == records["person_id"].nunique() == len(tables["merged.csv"]) == 3
    assert facts.found + facts.open == len(pairs)
    assert facts.lost == int((losses["rule"] == "not kept").sum()) == 1
    assert sum(field.kept for field in facts.fields) == int((losses["rule"] == "kept").sum())
    assert facts.sizes.count == facts.persons
    assert [(group.records, group.person_id) for group in facts.largest] == [(2, "1")]
    assert facts.document()["pairs"] == {"match": facts.found, "review": facts.open}
    assert "linked" not in facts.document()


def test_the_page_has_no_cell_and_no_script(facts: DuplicateFacts) -> None:
    origin = {"Read": "people.csv, 4 records", "Command": "gsprep duplicates <x>"}
    page = render_duplicates(facts, origin, "out", ["<n>"])
    for cell in ("Ruiz", "Anna", "bo@bolt.io", "<i>", "Buyer", "<x>", "<n>", "<script"):
        assert cell not in page
    for words in ("4 records are 3 people.", "gsprep duplicates &lt;x&gt;", "losses.csv"):
        assert words in page


def test_a_list_without_records_has_a_page() -> None:
    found = find_duplicates(PEOPLE.head(0))
    tables = tables_of(PEOPLE.head(0), found, merge_duplicates(PEOPLE.head(0), found))
    facts = duplicate_facts(tables, found.model.expected)
    assert "There were no records to compare." in render_duplicates(facts, {}, "out")
    assert headline_of(facts) == "There were no records to read."
    assert duplicate_steps(facts, "out") == ()


def test_the_headline_says_the_result(facts: DuplicateFacts) -> None:
    alone = replace(facts, twice=0, persons=4)
    assert headline_of(alone) == "No duplicates: 4 records are 4 people."
    linked = replace(facts, linked=2, conflicts=1, open=3)
    assert headline_of(linked) == "2 of 4 records are people who exist already."
    assert "1 record has identifiers of different existing people." in lead_of(linked)
    assert [step.file for step in duplicate_steps(linked, "out")] == [
        "pairs.csv", "losses.csv", "merged.csv",
    ]  # fmt: skip
    one = replace(facts, records=Whole("records", (Part("single", 1),)), persons=1, twice=0)
    assert headline_of(one) == "No duplicates: 1 record is 1 person."
