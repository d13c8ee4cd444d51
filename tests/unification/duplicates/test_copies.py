"""Records that repeat others: hundreds of copies are one person, and none is lost."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.unification.duplicates.find import find_duplicates

ANA = ("ana.ruiz@acme.com", "Ana", "Ruiz")
OTHERS = [(f"p{i}.q{i % 97}@c{i % 50}.com", f"First{i % 61}", f"Last{i % 89}") for i in range(600)]


def frame(rows: list[tuple[str | None, ...]]) -> pd.DataFrame:
    text = pd.DataFrame(rows, columns=["Email", "FirstName", "LastName"]).astype("str")
    return text.assign(row_id=[str(at + 1) for at in range(len(text))])


@pytest.mark.parametrize(
    ("count", "others"),
    [*((count, 0) for count in (2, 10, 11, 14, 60, 101, 300)), (2, 600), (11, 600), (300, 600)],
)
def test_copies_are_one_person_however_many(count: int, others: int) -> None:
    persons = frame([*OTHERS[:others], *[ANA] * count])
    found = find_duplicates(persons)
    assert found.groups["row_id"].tolist() == persons["row_id"].tolist()
    of_ana = found.groups.tail(count)
    assert of_ana["person_id"].unique().tolist() == [str(others + 1)]
    assert set(of_ana["size"]) == {count}
    assert not set(found.groups.head(others)["person_id"]) & set(of_ana["person_id"])
    # Each copy is in a pair that explains it.
    paired = set(found.pairs["left_id"]) | set(found.pairs["right_id"])
    assert set(of_ana["row_id"]) <= paired
    last = found.pairs[found.pairs["right_id"] == persons["row_id"].iloc[-1]].iloc[0]
    assert "Email" in str(found.explain(last["left_id"], last["right_id"]))


def test_a_short_list_of_one_person_is_one_person() -> None:
    rows = [(*ANA, f"Title {at}") for at in range(40)]
    persons = pd.DataFrame(rows, columns=["Email", "FirstName", "LastName", "Title"])
    assert find_duplicates(persons).groups["size"].tolist() == [40] * 40


def test_copies_next_to_existing_people_are_all_returned() -> None:
    persons = frame([*OTHERS[:200], *[ANA] * 150])
    old = pd.DataFrame(OTHERS[:100], columns=["Email", "FirstName", "LastName"])
    old = old.assign(Gsid=[f"1P01{at:032d}" for at in range(len(old))])
    groups = find_duplicates(persons, against=old).groups
    mine = groups[groups["source"] == "persons"]
    assert mine["row_id"].tolist() == persons["row_id"].tolist()
    assert mine.tail(150)["Gsid"].isna().all()


def test_an_answer_about_a_copy_holds() -> None:
    persons = frame([*OTHERS, *[ANA] * 150])
    answers = pd.DataFrame({"left_id": ["601"], "right_id": ["750"], "answer": ["no_match"]})
    person = find_duplicates(persons, answers=answers).groups.set_index("row_id")["person_id"]
    assert person["601"] != person["750"]


def test_copies_without_a_name_for_a_person_stay_apart() -> None:
    found = find_duplicates(frame([*OTHERS, *[(None, "Ana", None)] * 150]))
    assert len(found.groups) == 750
    assert found.groups["person_id"].notna().all()


def test_the_order_of_records_does_not_matter() -> None:
    persons = frame([*OTHERS[:300], *[ANA] * 150])
    one = find_duplicates(persons).groups.set_index("row_id")["person_id"]
    other = find_duplicates(persons.iloc[::-1]).groups.set_index("row_id")["person_id"]
    assert other[one.index].tolist() == one.tolist()
