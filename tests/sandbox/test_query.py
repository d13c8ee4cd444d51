"""Object queries: what they find, in which order, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.sandbox.refusals import RefusalError
from gsprep.sandbox.store import Store

NAMES = ["Acme", "Acme Ltd", "Globex", "globex", "O'Brien % Co", "Ümlaut"]
COMPANIES = [
    {"Gsid": f"C{number}", "Name": name, **({"Domain": "x.com"} if number % 2 else {})}
    for number, name in enumerate(NAMES)
]


def condition(name: str, operator: str, *values: str, alias: str = "A") -> dict[str, Any]:
    return {"name": name, "alias": alias, "value": list(values), "operator": operator}


def found(body: dict[str, Any], companies: Any = COMPANIES) -> list[str]:
    with Store() as store:
        store.add_companies(companies)
        return [row["Gsid"] for row in store.query("company", {"select": ["Gsid"], **body})]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(condition("Name", "EQ", "Acme"), ["C0"], id="EQ"),
        pytest.param(condition("name", "eq", "Acme"), ["C0"], id="case of the words"),
        pytest.param(condition("Domain", "NE", "x.com"), ["C0", "C2", "C4"], id="NE finds gaps"),
        pytest.param(condition("Gsid", "GT", "C3"), ["C4", "C5"], id="GT"),
        pytest.param(condition("Gsid", "GTE", "C4"), ["C4", "C5"], id="GTE"),
        pytest.param(condition("Gsid", "LT", "C1"), ["C0"], id="LT"),
        pytest.param(condition("Gsid", "LTE", "C1"), ["C0", "C1"], id="LTE"),
        pytest.param(condition("Gsid", "BTW", "C1", "C2"), ["C1", "C2"], id="BTW"),
        pytest.param(condition("Gsid", "IN", "C1", "C9", "C3"), ["C1", "C3"], id="IN"),
        pytest.param(condition("Gsid", "IN"), [], id="IN nothing"),
        pytest.param(condition("Name", "CONTAINS", "% C"), ["C4"], id="CONTAINS"),
        pytest.param(condition("Name", "STARTS_WITH", "Acme"), ["C0", "C1"], id="STARTS_WITH"),
        pytest.param(condition("Name", "ENDS_WITH", "lobex"), ["C2", "C3"], id="ENDS_WITH"),
        pytest.param(condition("Domain", "IS_NULL"), ["C0", "C2", "C4"], id="IS_NULL"),
        pytest.param(condition("Domain", "IS_NOT_NULL"), ["C1", "C3", "C5"], id="IS_NOT_NULL"),
        pytest.param(condition("Nps__gc", "EQ", "1"), [], id="own field nobody has"),
        pytest.param(condition("Name", "EQ", "' OR 1=1 --"), [], id="a value is only a value"),
    ],
)
def test_operator(one: dict[str, Any], expected: list[str]) -> None:
    where = {"conditions": [one], "expression": "A"}
    assert found({"where": where}) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("A AND B", ["C1"]),
        ("A OR B", ["C0", "C1", "C3", "C5"]),
        ("a and (b or C)", ["C1"]),
        ("A OR B AND C", ["C0", "C1", "C5"]),
        ("(A OR B) AND C", ["C5"]),
        ("", []),
    ],
)
def test_expression(expression: str, expected: list[str]) -> None:
    conditions = [
        condition("Name", "STARTS_WITH", "Acme"),
        condition("Domain", "IS_NOT_NULL", alias="B"),
        condition("Gsid", "GT", "C4", alias="C"),
    ]
    assert found({"where": {"conditions": conditions, "expression": expression}}) == expected


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([], id="no object"),
        pytest.param({}, id="no select"),
        pytest.param({"select": []}, id="empty select"),
        pytest.param({"select": ["Colour"]}, id="unknown field"),
        pytest.param({"select": ['a"b__gc']}, id="quote in a name"),
        pytest.param({"select": ["\ud800__gc"]}, id="half a pair in a name"),
        pytest.param({"select": ["Gsid"], "limit": 5001}, id="limit too high"),
        pytest.param({"select": ["Gsid"], "limit": "5"}, id="limit as text"),
        pytest.param({"select": ["Gsid"], "offset": -1}, id="offset below nought"),
        pytest.param({"select": ["Gsid"], "orderBy": {"Gsid": "up"}}, id="order"),
        pytest.param({"select": ["Gsid"], "orderBy": ["Gsid"]}, id="order as list"),
        pytest.param({"select": ["Gsid"], "where": []}, id="where as list"),
        pytest.param({"select": ["Gsid"], "where": "A"}, id="where as text"),
        pytest.param({"select": ["Gsid"], "where": {"conditions": "A"}}, id="conditions as text"),
    ],
)
def test_a_bad_query_is_refused(body: Any) -> None:
    with Store() as store, pytest.raises(RefusalError):
        store.query("company", body)


@pytest.mark.parametrize(
    ("one", "expression"),
    [
        (condition("Name", "LIKE", "a"), "A"),
        (condition("Name", "EQ"), "A"),
        (condition("Name", "EQ", "\ud800"), "A"),
        (condition("Colour", "EQ", "a"), "A"),
        *(
            (condition("Name", "EQ", "a"), e)
            for e in ("B", "A AND", "A A", "(A", "A)", "A; B", "NOT A")
        ),
    ],
    ids=str,
)
def test_a_bad_condition_is_refused(one: dict[str, Any], expression: str) -> None:
    with pytest.raises(RefusalError):
        found({"where": {"conditions": [one], "expression": expression}})


@given(names=st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), size=st.integers(1, 5))
def test_pages_by_gsid_and_by_offset_give_every_company_once(names: list[str], size: int) -> None:
    companies = [{"Gsid": f"C{i:02}", "Name": name} for i, name in enumerate(names)]
    with Store() as store:
        store.add_companies(companies)
        last, by_gsid = "", []
        while page := store.query(
            "company",
            {
                "select": ["Gsid"],
                "where": {"conditions": [condition("Gsid", "GT", last)], "expression": "A"},
                "orderBy": {"Gsid": "asc"},
                "limit": size,
            },
        ):
            by_gsid += [row["Gsid"] for row in page]
            last = by_gsid[-1]
        by_offset: list[str] = []
        while page := store.query(
            "company",
            {
                "select": ["Gsid"],
                "orderBy": {"Name": "desc"},
                "limit": size,
                "offset": len(by_offset),
            },
        ):
            by_offset += [row["Gsid"] for row in page]
    assert by_gsid == sorted(by_offset) == [one["Gsid"] for one in companies]
