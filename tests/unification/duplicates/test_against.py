"""Records are linked to existing people, and conflicts of identifiers are named."""

from __future__ import annotations

import pandas as pd
import pytest
from unification.duplicates.people import people

from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.rulebook import parse_rulebook, read_rulebook

LIST = people(300, 150, seed=3)
FIRST = ~LIST["person"].duplicated()
EXISTING = LIST[FIRST].assign(Gsid="G" + LIST["person"])
NEW = LIST[~FIRST]
COMPARE = {name: how.model_dump() for name, how in read_rulebook("people").compare.items()}


def linked(**decide: str) -> pd.DataFrame:
    book = parse_rulebook({"compare": COMPARE, "decide": decide})
    columns = ["person", "row_id"]
    found = find_duplicates(
        NEW.drop(columns="person"), book, against=EXISTING.drop(columns=columns)
    )
    return found.groups


@pytest.mark.parametrize("link", ["many_to_one", "one_to_one"])
def test_records_are_linked_to_the_right_person(link: str) -> None:
    groups = linked(link=link)
    mine = groups[groups["source"] == "persons"]
    right = ("G" + NEW["person"]).to_numpy()
    assert mine["row_id"].tolist() == NEW["row_id"].tolist()
    assert (mine["Gsid"].to_numpy() == right).mean() >= 0.95
    named = mine["Gsid"].notna().to_numpy()
    assert (mine["Gsid"].to_numpy()[named] == right[named]).mean() >= 0.98


def test_an_existing_person_is_in_one_group_under_its_gsid() -> None:
    groups = linked()
    old = groups[groups["source"] == "against"]
    assert old["row_id"].tolist() == EXISTING["Gsid"].tolist()
    assert (old["person_id"] == old["row_id"]).all()
    assert (old["Gsid"] == old["row_id"]).all()


def test_one_to_one_links_each_person_once() -> None:
    groups = linked(link="one_to_one")
    mine = groups.loc[groups["source"] == "persons", "Gsid"].dropna()
    assert mine.is_unique


def test_a_row_that_meets_two_people_by_two_identifiers_is_a_conflict() -> None:
    existing = EXISTING.drop(columns=["person", "row_id"]).assign(
        CustomerNo=[f"C{number:04}" for number in range(len(EXISTING))]
    )
    row = existing.iloc[[0]].drop(columns="Gsid").assign(CustomerNo="C0001")
    book = parse_rulebook({"compare": {**COMPARE, "CustomerNo": "identifier"}})
    found = find_duplicates(row, book, against=existing)
    line = found.groups.iloc[0]
    assert line["verdict"] == "review"
    assert pd.isna(line["Gsid"])
    assert "Conflict of identifiers" in line["reason"]
    for gsid in existing["Gsid"].head(2):
        assert gsid in line["reason"]
    answers = pd.DataFrame(
        [{"left_id": "1", "right_id": existing["Gsid"].iloc[1], "answer": "match"}]
    )
    decided = find_duplicates(row, book, against=existing, answers=answers)
    assert decided.groups.iloc[0]["Gsid"] == existing["Gsid"].iloc[1]


def test_two_new_records_of_one_person_are_found_next_to_the_existing_people() -> None:
    twice = pd.concat([NEW, NEW.head(20).assign(row_id=lambda x: "again-" + x["row_id"])])
    others = EXISTING[~EXISTING["person"].isin(NEW["person"])]
    found = find_duplicates(twice.drop(columns="person"), against=others.drop(columns="person"))
    person = found.groups[found.groups["source"] == "persons"].set_index("row_id")["person_id"]
    pairs = [(row_id, f"again-{row_id}") for row_id in NEW["row_id"].head(20)]
    assert sum(person[one] == person[two] for one, two in pairs) >= 19
