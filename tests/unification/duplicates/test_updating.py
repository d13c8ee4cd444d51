"""Rows that are sent as updates of existing people."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.errors import InputError
from gsprep.unification.duplicates.updating import Updates, Updating, renamed, updates_of
from gsprep.unification.rulebook import Rulebook
from gsprep.unification.rules import Survive
from tests.unification.duplicates.people import people

ANA, BO, DI, EL = ("1P01" + letter * 32 for letter in "ABCD")
COLUMNS = ["FirstName", "LastName", "Email", "CompanyName", "Title", "Phone"]
ROWS = pd.DataFrame(
    [
        ("1", "Ana", "Ruiz", "ANA.ruiz@acme.com", "Acme", "Buyer", "+14155550102"),
        ("2", "Anna", "Ruiz", "aruiz@gmail.com", "Acme", "Head of Buying", "+14155550102"),
        ("3", "Bo", "Berg", "bo@bolt.io", "Bolt", None, None),
        ("4", "Cy", "Young", "cy@gmail.com", None, None, None),
        ("5", "Di", "Dorn", "di@zed.io", "Zed", "CTO", None),
    ],
    columns=["row_id", *COLUMNS],
    index=[3, 5, 6, 8, 9],
).astype("str")
OLD = pd.DataFrame(
    [
        (ANA, "Ana", "Ruiz", "ana.ruiz@acme.com", "Acme Inc", "Intern", "+14155550102"),
        (BO, "Bo", "Berg", "bberg@bolt.io", "Bolt GmbH", "CEO", None),
        (DI, "Di", "Dorn", "di@zed.io", "Zed", None, "+14155550999"),
    ],
    columns=["Gsid", *COLUMNS],
).astype("str")


def line(updates: Updates, row: str) -> dict[str, str]:
    return updates.persons.set_index("row_id").loc[row].dropna().to_dict()


def test_rows_of_one_existing_person_are_sent_as_one_record_with_its_gsid_and_key() -> None:
    found = updates_of(ROWS, OLD, Updating())
    assert found.persons["row_id"].tolist() == ROWS["row_id"].tolist()
    assert found.persons.index.tolist() == ROWS.index.tolist()
    assert line(found, "1") == line(found, "2")
    assert line(found, "1")["Gsid"] == ANA
    assert line(found, "1")["Email"] == "ana.ruiz@acme.com"
    assert line(found, "1")["Title"] == "Buyer"
    assert line(found, "4") == {"FirstName": "Cy", "LastName": "Young", "Email": "cy@gmail.com"}
    lost = found.tables["losses.csv"]
    of_two = lost[(lost["row_id"] == "2") & (lost["rule"] == "not kept")].set_index("column")
    assert of_two["before"].to_dict() == {
        "FirstName": "Anna", "Email": "aruiz@gmail.com", "Title": "Head of Buying",
    }  # fmt: skip
    intern = lost[(lost["row_id"] == ANA) & (lost["column"] == "Title")].iloc[0]
    assert (intern["before"], intern["after"], intern["rule"]) == ("Intern", "Buyer", "not kept")


def test_a_value_that_only_the_existing_person_has_is_not_sent_again() -> None:
    found = updates_of(ROWS, OLD, Updating())
    assert "Phone" not in line(found, "5")
    merged = found.tables["merged.csv"].set_index("Gsid")
    assert merged.loc[DI, "Phone"] == "+14155550999"


def test_who_may_exist_already_is_held_until_a_reviewer_decides() -> None:
    assert updates_of(ROWS, OLD, Updating()).held == {"3"}
    for answer, held, gsid in (("match", set(), BO), ("no_match", set(), None)):
        answers = pd.DataFrame({"left_id": ["3"], "right_id": [BO], "answer": [answer]})
        found = updates_of(ROWS, OLD, Updating(answers=answers))
        assert (found.held, line(found, "3").get("Gsid")) == (held, gsid)


def test_a_rulebook_says_which_values_survive() -> None:
    book = Rulebook(intercept=0.0, model={"same_name": 0.0}, survive=Survive())
    found = updates_of(ROWS, OLD, Updating(book=book))
    # The existing person leads: what the file says otherwise is not sent.
    assert "Title" not in line(found, "1")
    assert line(found, "5")["Title"] == "CTO"


@pytest.mark.parametrize(
    ("row", "existing", "sentence"),
    [
        (
            {"Email": "ana@acme.com", "Customer No": "C-2"},
            [{"Email": "ana@acme.com", "Customer No": "C-1"}, {"Email": "b@b.io",
             "Customer No": "C-2"}],
            "Customer No and Email belong to different existing people.",
        ),
        (
            {"Email": "b@b.io", "Gsid": ANA},
            [{"Email": "ana@acme.com"}, {"Email": "b@b.io"}],
            "The Gsid belongs to one existing person, Email to another.",
        ),
        (
            {"Email": "ana@acme.com"},
            [{"Email": "ana@acme.com"}, {"Email": "ANA@acme.com"}],
            "Email belongs to several existing people.",
        ),
    ],
)  # fmt: skip
def test_a_row_that_meets_two_existing_people_is_a_conflict(
    row: dict[str, str], existing: list[dict[str, str]], sentence: str
) -> None:
    rows = pd.DataFrame([{"row_id": "1", "LastName": "Ruiz", **row},
                         {"row_id": "2", "LastName": "Other", "Email": "o@o.io"}])  # fmt: skip
    old = pd.DataFrame([{"Gsid": g, "LastName": "Ruiz", **one}
                        for g, one in zip((ANA, BO), existing, strict=True)])  # fmt: skip
    found = updates_of(rows.astype("str"), old, Updating())
    assert found.conflicts == {"1": sentence}
    assert found.held == set()
    records = found.tables["duplicates.csv"].set_index("row_id")
    assert records.loc["1", "verdict"] == "review"
    assert records.loc["1", "reason"].startswith("Conflict of identifiers")
    assert len(found.tables["merged.csv"]) == 1
    pairs = found.tables["pairs.csv"]
    assert set(pairs.loc[pairs["left_id"] == "1", "verdict"]) <= {"review"}


@pytest.mark.parametrize(
    ("row", "person", "waits"),
    [
        pytest.param("Cyd Zand info@acme.com", "Bo Berg", True, id="role mailbox, another name"),
        pytest.param("Bo Zand info@acme.com", "Bo Berg", True, id="role mailbox, another surname"),
        pytest.param("Bo Berg info@acme.com", "Bo Berg", False, id="role mailbox, the same name"),
        pytest.param("Cyd Zand front.desk@acme.com", "Bo Berg", True, id="shared mailbox"),
        pytest.param("Cyd Berg berg@gmail.com", "Bo Berg", True, id="a family"),
        pytest.param("Bo Zand bo.b@acme.com", "Bo Berg", False, id="a new surname"),
        pytest.param("Berg Bo bo.b@acme.com", "Bo Berg", False, id="swapped"),
        pytest.param("Bill Berg b@acme.com", "William Berg", False, id="short form"),
        pytest.param("B. Berg info@acme.com", "Bo Berg", False, id="initial"),
    ],
)
def test_a_row_of_another_name_at_the_address_of_an_existing_person_waits(
    row: str, person: str, *, waits: bool
) -> None:
    rows, old = _at_one_address(row, person)
    found = updates_of(rows, old, Updating())
    assert found.held == ({"1"} if waits else set())
    assert line(found, "1").get("Gsid") == (None if waits else EL)
    pairs = found.tables["pairs.csv"]
    asked = pairs[(pairs["left_id"] == "1") & (pairs["right_id"] == EL)]
    assert (asked["rule"] == "key").any() == waits
    assert not found.conflicts


def _at_one_address(row: str, person: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    given, surname, email = row.split()
    one = {"row_id": "1", "FirstName": given, "LastName": surname, "Email": email}
    first, last = person.split()
    other = {"Gsid": EL, "FirstName": first, "LastName": last, "Email": email}
    old = OLD[OLD["Gsid"] != BO]
    return (
        pd.concat([pd.DataFrame([one]), ROWS.tail(2)], ignore_index=True).astype("str"),
        pd.concat([old, pd.DataFrame([other])], ignore_index=True).astype("str"),
    )


@pytest.mark.parametrize(("answer", "gsid"), [("match", EL), ("no_match", None)])
def test_a_reviewer_decides_on_another_name_at_an_address(answer: str, gsid: str | None) -> None:
    rows, old = _at_one_address("Cyd Zand info@acme.com", "Bo Berg")
    answers = pd.DataFrame({"left_id": ["1"], "right_id": [EL], "answer": [answer]})
    found = updates_of(rows, old, Updating(answers=answers))
    assert not found.held
    assert line(found, "1").get("Gsid") == gsid
    assert bool(found.conflicts) == (answer == "no_match")


@pytest.mark.parametrize("copies", [5, 150])
def test_rows_that_are_the_same_are_one_person_however_many(copies: int) -> None:
    """They have no address; among existing people there may be theirs, or not."""
    listed = people(60, 10)
    same = pd.DataFrame([
        {"row_id": f"s{n}", "FirstName": "Ana", "LastName": "Ruiz", "CompanyName": "Acme Inc",
         "Phone": "+14155550102"} for n in range(copies)
    ])  # fmt: skip
    rows = pd.concat([same, listed.head(30)], ignore_index=True).drop(columns="person")
    others = listed.tail(30).assign(Gsid=lambda frame: "1P01" + frame["row_id"])
    others = others.drop(columns="row_id")
    for old in (others, pd.concat([others, OLD.head(1)], ignore_index=True)):
        found = updates_of(rows.astype("str"), old.astype("str"), Updating())
        records = found.tables["duplicates.csv"].set_index("row_id").loc[same["row_id"]]
        assert set(records["person_id"]) == {records["person_id"].iloc[0]}
        assert records["Gsid"].dropna().unique().tolist() == ([] if old is others else [ANA])


def test_an_own_gsid_names_the_person_and_a_reviewer_resolves_a_conflict() -> None:
    rows = pd.DataFrame({
        "row_id": ["1", "2"], "LastName": ["Ruiz", "Zed"], "Email": ["new@acme.com", "z@z.io"],
        "Gsid": [ANA, None],
    }).astype("str")  # fmt: skip
    found = updates_of(rows, OLD, Updating())
    assert line(found, "1")["Gsid"] == ANA
    assert line(found, "1")["Email"] == "ana.ruiz@acme.com"
    twice = pd.concat([OLD, OLD.head(1).assign(Gsid=EL)], ignore_index=True)
    assert set(updates_of(ROWS, twice, Updating()).conflicts) >= {"1"}
    answers = pd.DataFrame({
        "left_id": ["1", "1"], "right_id": [EL, ANA], "answer": ["match", "no_match"],
    })  # fmt: skip
    found = updates_of(ROWS, twice, Updating(answers=answers))
    assert "1" not in found.conflicts
    assert line(found, "1")["Gsid"] == EL


@pytest.mark.parametrize(
    "row", [{"Email": "ANA.ruiz@acme.com"}, {"Email": "new@acme.com", "Gsid": ANA}]
)
def test_a_row_is_never_sent_to_a_person_that_a_reviewer_ruled_out(row: dict[str, str]) -> None:
    rows = pd.DataFrame([{"row_id": "1", "LastName": "Ruiz", **row}]).astype("str")
    answers = pd.DataFrame({"left_id": ["1"], "right_id": [ANA], "answer": ["no_match"]})
    found = updates_of(rows, OLD, Updating(answers=answers))
    assert list(found.conflicts) == ["1"]
    assert found.conflicts["1"].startswith("A reviewer answered that this is not")
    assert found.tables["duplicates.csv"]["verdict"].tolist() == ["review"]


def test_a_copy_that_a_reviewer_ruled_out_does_not_follow_its_group() -> None:
    # Rows 1 and 2 are one person, row 1 is Ana by its address, and row 2 is not Ana.
    answers = pd.DataFrame({
        "left_id": ["1", "2"], "right_id": ["2", ANA], "answer": ["match", "no_match"],
    })  # fmt: skip
    found = updates_of(ROWS, OLD, Updating(answers=answers))
    assert line(found, "1")["Gsid"] == ANA
    assert line(found, "2").get("Gsid") != ANA


@pytest.mark.parametrize(
    ("rows", "old", "words"),
    [
        (ROWS.assign(row_id=[ANA, *"2345"]), OLD, "row_id of a row and the Gsid"),
        (ROWS, OLD.assign(Gsid=pd.NA).astype("str"), "no Gsid in any of 3 lines"),
    ],
)
def test_people_who_cannot_be_named_are_an_error(
    rows: pd.DataFrame, old: pd.DataFrame, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        updates_of(rows, old, Updating())


@pytest.mark.parametrize("rows", [ROWS, ROWS.head(0)])
@pytest.mark.parametrize("old", [OLD, OLD.head(0)])
def test_empty_sides_are_no_one(rows: pd.DataFrame, old: pd.DataFrame) -> None:
    found = updates_of(rows, old, Updating())
    assert len(found.persons) == len(rows)
    assert not found.conflicts
    if old.empty:
        assert "Gsid" not in found.persons
        assert not found.held


def test_one_row_at_free_mail_is_compared_with_no_one_and_with_one() -> None:
    row = ROWS[ROWS["row_id"] == "4"]
    for old in (OLD.head(0), OLD.head(1)):
        found = updates_of(row, old, Updating())
        assert found.persons["row_id"].tolist() == ["4"]
        assert found.tables["pairs.csv"].empty


def test_lines_without_gsid_and_repeated_ones_are_left_out() -> None:
    old = pd.concat([OLD, OLD.head(1), OLD.head(1).assign(Gsid=None)], ignore_index=True)
    found = updates_of(ROWS, old, Updating())
    assert found.existing == len(OLD)
    assert found.notes[0].startswith("existing people: 2 lines have no Gsid")


def test_associations_name_their_person_as_it_is_sent() -> None:
    found = updates_of(ROWS, OLD, Updating())
    given = pd.DataFrame({
        "row_id": ["1", "2", "3"], "Email": ["ARUIZ@gmail.com", "cy@gmail.com", "nobody@x.io"],
        "Company_ID": "x",
    }).astype("str")  # fmt: skip
    told = renamed(given, ROWS, found.persons, ("Email",))
    assert told["Email"].tolist() == ["ana.ruiz@acme.com", "cy@gmail.com", "nobody@x.io"]
    assert told["Person_ID"].astype(object).where(told["Person_ID"].notna(), None).tolist() == [
        ANA, None, None,
    ]  # fmt: skip
