"""Identifiers that people and companies have in common."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gsprep.errors import RulebookError
from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import Rulebook, parse_rulebook, read_rulebook
from gsprep.unification.rules import KEYS
from gsprep.unification.unify import unify
from gsprep.values.ids import sfdc_key

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex

SHORT, LONG = "0015000000Gv7qJ", "0015000000Gv7qJAAR"
COMPANIES = pd.DataFrame(
    {
        "Gsid": ["A", "B", "C", "D"],
        "Name": ["Acme", "Bolt Industries", "Carrot", "Carrot Germany"],
        "Domain": ["acme.com", "bolt.io", None, None],
        "Phone": ["+14155550102", "+493012345678", None, None],
        "SfdcAccountId": [LONG, "0015000000Gv7qK", "0015000000Gv7qL", "0015000000Gv7qL"],
        "Number": ["c-01", "77;78", "9", None],
    }
)
OWN = {"person": "CustomerNumber", "company": "Number", "precision": 0.95}


def decided(book: Rulebook | None = None, **cells: str | None) -> pd.Series:
    people = pd.DataFrame({name: [value] for name, value in cells.items()}, dtype="str")
    return unify(people, COMPANIES, book).decisions.iloc[0]


def with_identifiers(*identifiers: dict[str, object], **others: object) -> Rulebook:
    return parse_rulebook({"model": "default", "identifiers": list(identifiers), **others})


@pytest.mark.parametrize(
    ("cell", "verdict", "company"),
    [
        pytest.param(SHORT, "match", "A", id="15 characters"),
        pytest.param(LONG, "match", "A", id="18 characters"),
        pytest.param(LONG.lower(), "match", "A", id="lower-cased"),
        pytest.param(LONG.upper(), "match", "A", id="upper-cased"),
        pytest.param(f" {LONG} ", "match", "A", id="blanks around it"),
        pytest.param(f"{SHORT}AAA", "no_match", None, id="the checksum of another id"),
        pytest.param("0015000000gv7qj", "no_match", None, id="15 characters in another case"),
        pytest.param("0015000000Gv7qL", "review", "C", id="an id of two companies"),
        pytest.param("0015000000Gv9zz", "no_match", None, id="an id of no company"),
        pytest.param("n/a", "no_match", None, id="a placeholder"),
        pytest.param(None, "no_match", None, id="none"),
    ],
)
def test_the_salesforce_id_of_the_account_decides(
    cell: str | None, verdict: str, company: str | None
) -> None:
    line = decided(SfdcAccountId=cell, Email="ana@gmail.com")
    assert line["verdict"] == verdict
    assert (None if pd.isna(line["Company_ID"]) else line["Company_ID"]) == company


def test_the_decision_names_the_rule_its_precision_and_the_reason() -> None:
    line = decided(SfdcAccountId=SHORT)
    assert (line["rule"], line["probability"]) == ("identifier", 0.998)
    assert line["reason"] == "Only this company has the company identifier that they state."


def test_an_identifier_goes_before_a_name_and_a_domain() -> None:
    line = decided(SfdcAccountId=SHORT, Email="ana@bolt.io", CompanyName="Bolt Industries")
    assert (line["verdict"], line["Company_ID"]) == ("match", "A")


def test_a_person_looks_where_domain_name_and_phone_point_to_another_company() -> None:
    line = decided(
        SfdcAccountId=SHORT,
        Email="ana@bolt.io",
        CompanyName="Bolt Industries",
        Phone="+49 30 12345678",
    )
    assert (line["verdict"], line["Company_ID"], line["runner_up_id"]) == ("review", "B", "A")
    assert "contradict the company identifier" in line["reason"]


@pytest.mark.parametrize(
    ("kind", "cell", "company"),
    [
        pytest.param("text", "C-01 ", "A", id="text, in another case"),
        pytest.param("text", "78", "B", id="the second of a cell"),
        pytest.param("exact", "c-01", "A", id="exact"),
        pytest.param("exact", "C-01", None, id="exact, in another case"),
        pytest.param("text", "-", None, id="a placeholder"),
    ],
)
def test_identifiers_of_the_rulebook(kind: str, cell: str, company: str | None) -> None:
    line = decided(with_identifiers({**OWN, "kind": kind}), CustomerNumber=cell)
    assert (None if pd.isna(line["Company_ID"]) else line["Company_ID"]) == company
    assert line["probability"] == (0.95 if company else 0)


def test_the_surest_identifier_decides() -> None:
    salesforce = {"person": "SfdcAccountId", "company": "SfdcAccountId", "kind": "salesforce"}
    book = with_identifiers(OWN, salesforce)
    line = decided(book, CustomerNumber="77", SfdcAccountId=SHORT)
    assert (line["verdict"], line["Company_ID"], line["probability"]) == ("match", "A", 0.998)
    equally_sure = with_identifiers(OWN, {**salesforce, "precision": 0.95})
    line = decided(equally_sure, CustomerNumber="77", SfdcAccountId=SHORT)
    assert (line["verdict"], line["Company_ID"], line["runner_up_id"]) == ("review", "A", "B")


def test_identifiers_alone_are_a_rulebook() -> None:
    book = parse_rulebook({"identifiers": [OWN]})
    assert decided(book, CustomerNumber="77")["verdict"] == "match"
    assert decided(book, CustomerNumber="1", CompanyName="Acme")["verdict"] == "no_match"


def test_the_user_s_own_staff_belong_to_no_customer() -> None:
    book = with_identifiers(OWN, domains={"own": ["ours.com"]})
    line = decided(book, CustomerNumber="77", Email="ana@ours.com")
    assert line["verdict"] == "no_match"


def test_the_shipped_rulebooks_know_the_account_of_salesforce() -> None:
    entry = read_rulebook().identifiers[0]
    assert (entry.person, entry.company, entry.kind) == (
        "SfdcAccountId", "SfdcAccountId", "salesforce",
    )  # fmt: skip
    assert read_rulebook("strict").identifiers == read_rulebook().identifiers
    assert read_rulebook("communities").identifiers == ()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"person": "", "company": "Number"}, "identifiers.0.person"),
        ({"person": "X"}, "identifiers.0.company"),
        ({**OWN, "kind": "number"}, "identifiers.0.kind"),
        ({**OWN, "precision": 1.0}, "identifiers.0.precision"),
    ],
)
def test_a_mistake_in_an_identifier_is_named_with_its_place(
    wrong: dict[str, object], place: str
) -> None:
    with pytest.raises(RulebookError, match=place):
        with_identifiers(wrong)


CELLS = st.none() | st.sampled_from([SHORT, LONG, "0015000000Gv7qL", "9", "C-01", "x", "-"])
PEOPLE = st.lists(st.tuples(CELLS, CELLS, st.sampled_from(["ana@bolt.io", "bo@gmail.com"])))
BOOK = with_identifiers(OWN, {"person": "SfdcAccountId", "company": "SfdcAccountId"})


@cache
def index_of_both() -> CompanyIndex:
    return prepare(COMPANIES, BOOK)


@given(rows=PEOPLE, cut=st.integers(0, 8))
def test_each_person_is_decided_alone(
    rows: list[tuple[str | None, str | None, str]], cut: int
) -> None:
    columns = ["SfdcAccountId", "CustomerNumber", "Email"]
    people = pd.DataFrame(rows, columns=columns, dtype="str")
    people = people.assign(row_id=[f"p{at}" for at in range(len(people))]).astype("str")
    whole = unify(people, index_of_both())
    halves = [unify(people[:cut], index_of_both()), unify(people[cut:], index_of_both())]
    for name in ("decisions", "evidence"):
        joined = pd.concat([getattr(half, name) for half in halves], ignore_index=True)
        assert_frame_equal(getattr(whole, name), joined, check_exact=True)


@given(st.text(alphabet="AbCdeF019", min_size=15, max_size=15))
def test_a_salesforce_id_is_the_same_in_each_of_its_forms(short: str) -> None:
    fives = (short[at : at + 5] for at in range(0, 15, 5))
    numbers = (sum(1 << at for at, one in enumerate(five) if one.isupper()) for five in fives)
    whole = short + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[number] for number in numbers)
    assert {sfdc_key(text) for text in (short, whole, whole.lower(), whole.upper())} == {short}


@given(st.sampled_from(sorted(KEYS)), st.text())
def test_any_text_has_a_key_or_none(kind: str, text: str) -> None:
    key = KEYS[kind](text)
    assert key is None or key.strip() == key != ""
