"""Samples: support.gainsight.com, "People API Documentation", People APIs - Bulk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gsprep.errors import ReplyError
from gsprep.uploader.attribution import outcome_of
from gsprep.uploader.outcomes import Outcome, RecordOutcome, packed, unpacked
from gsprep.uploader.replies import read_bulk_reply

SAMPLES = Path(__file__).parent / "samples"
ACME = "1P0287ONRQ5E7UYP6VE9PPP3AW3GOA131A5O"
REFUSED_KEY = "GSOBJ_VCUSTOM1012"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def records_of(body: Any) -> list[dict[str, Any]]:
    """Return what must have been sent."""
    return [sent(row["record"]) for row in body["data"]["records"]]


def sent(echo: dict[str, Any]) -> dict[str, Any]:
    given_back = ("Gsid", "Person_ID", "Company_Person_ID")
    texts = {k: v for k, v in echo.items() if isinstance(v, str) and k not in given_back}
    kinds = ("companies", "relationships")
    return texts | {kind: list(map(sent, echo[kind])) for kind in kinds if echo.get(kind)}


@dataclass
class Merged:
    """The outcome of each row, and of associations in the order in which they were sent."""

    outcomes: list[RecordOutcome]
    persons: list[Outcome] = field(default_factory=list)
    company_persons: list[Outcome] = field(default_factory=list)
    relationship_persons: list[Outcome] = field(default_factory=list)


def merged(body: Any, records: list[dict[str, Any]] | None = None) -> Merged:
    records = records or records_of(body)
    replies = read_bulk_reply(body, records).records
    found = Merged([outcome_of(*each) for each in zip(records, replies, strict=True)])
    for record, one in zip(records, found.outcomes, strict=True):
        assert len(one.gsids) == len(one.outcomes)
        person, *rest = one.outcomes
        parts = iter(rest)
        found.persons.append(person)
        for company in record.get("companies", ()):
            found.company_persons.append(next(parts))
            below = company.get("relationships", ())
            found.relationship_persons += [next(parts) for _ in below]
        assert next(parts, None) is None
        assert unpacked(json.loads(json.dumps(packed(one)))) == one
    return found


def words(found: list[Outcome]) -> list[str]:
    return [one.outcome for one in found]


def codes(found: list[Outcome]) -> list[list[str]]:
    return [[fault.code for fault in one.faults] for one in found]


def test_the_success_sample() -> None:
    found = merged(sample("success"))
    assert words(found.persons) == words(found.company_persons) == ["stored", "stored"]
    assert words(found.relationship_persons) == ["stored", "stored"]
    assert found.outcomes[0].gsids[0] == "1P04FFC950JNPDZ07X8XX5WGN88ZDUZVEY9F"
    assert "1C03LJDGQOSVO8PI22T0JUF6EJEHZAFAB2TD" in found.outcomes[1].gsids
    assert all(one.all_stored for one in found.outcomes)


def test_the_partial_sample() -> None:
    found = merged(sample("partial"))
    assert words(found.persons) == ["stored", "stored"]
    assert words(found.company_persons) == ["stored"] * 3
    assert words(found.relationship_persons) == ["stored", "refused", "refused"]
    assert codes(found.relationship_persons) == [[], [REFUSED_KEY], [REFUSED_KEY]]
    assert codes(found.persons) == [[], []]


def test_the_failure_sample() -> None:
    found = merged(sample("failure"))
    assert words(found.persons) == ["refused", "refused"]
    assert codes(found.persons) == [["GSOBJ_VDTEMAIL1001"]] * 2
    assert words(found.company_persons) == ["refused"] * 3
    assert all(REFUSED_KEY in of_row for of_row in codes(found.company_persons))
    assert "GSOBJ_VCUSTOM1007" in codes(found.company_persons)[1]
    assert codes(found.relationship_persons) == [[REFUSED_KEY]] * 3


@pytest.mark.parametrize("name", ["success", "partial", "failure"])
def test_the_order_of_the_records_says_nothing(name: Any) -> None:
    body = sample(name)
    expected = merged(body)
    records = records_of(body)
    body["data"]["records"].reverse()
    assert merged(body, records) == expected


def one(status: Any, *, companies: Any = (), details: Any = (), gsid: Any = "1P") -> dict[str, Any]:
    record = {"Email": "Ana@x.com", "Gsid": gsid, "companies": list(companies)}
    return {
        "record": {name: value for name, value in record.items() if value is not None},
        "rowNumber": 1,
        "operationStatus": status,
        "error": {"details": list(details)},
    }


def detail(field: Any, values: Any, code: str = "E1") -> dict[str, Any]:
    return {"fieldName": field, "values": values, "errors": [{"message": "m", "code": code}]}


SENT = {
    "Email": "ana@x.com",
    "Name": "A",
    "companies": [
        {"Company_ID": "C1", "Title": "T1"},
        {"Company_ID": "C2", "Title": "T2", "relationships": [{"Relationship_ID": "R1"}]},
    ],
}
IN = {"Company_ID": "C1", "Gsid": "CP1"}
OUT = {"Company_ID": "C1"}
IN2 = {
    "Company_ID": "C2",
    "Gsid": "CP2",
    "relationships": [{"Relationship_ID": "R1", "Gsid": "RP1"}],
}
OUT2 = {"Company_ID": "C2", "relationships": [{"Relationship_ID": "R1"}]}


@pytest.mark.parametrize(
    ("reply", "outcome", "faults"),
    [
        pytest.param(
            one("SUCCESS", companies=[IN, IN2]),
            ["stored", "stored", "stored", "stored"],
            [0, 0, 0, 0],
            id="all stored",
        ),
        pytest.param(
            one("SUCCESS", companies=[IN2, IN]),
            ["stored", "stored", "stored", "stored"],
            [0, 0, 0, 0],
            id="companies shuffled",
        ),
        pytest.param(
            one("SUCCESS", companies=[{"Company_ID": "C9", "Gsid": "X"}, IN2]),
            ["stored", "unknown", "stored", "stored"],
            [0, 1, 0, 0],
            id="another company is no answer",
        ),
        pytest.param(
            one(
                "PARTIAL_SUCCESS",
                companies=[OUT, IN2],
                details=[detail("Company_ID", {"Company_ID": "C1"})],
            ),
            ["stored", "refused", "stored", "stored"],
            [0, 1, 0, 0],
            id="by one id",
        ),
        pytest.param(
            one(
                "PARTIAL_SUCCESS",
                companies=[IN, OUT2],
                details=[detail("Company_ID", {"Company_ID": "C2"})],
            ),
            ["stored", "stored", "refused", "refused"],
            [0, 0, 1, 1],
            id="a bad company and what is below it",
        ),
        pytest.param(
            one(
                "PARTIAL_SUCCESS", companies=[OUT, IN2], details=[detail("Title", {"Title": "T1"})]
            ),
            ["stored", "refused", "stored", "stored"],
            [0, 1, 0, 0],
            id="by a value only one row has",
        ),
        pytest.param(
            one("PARTIAL_SUCCESS", companies=[OUT, IN2], details=[detail("Odd", {"Odd": "?"})]),
            ["stored", "refused", "stored", "stored"],
            [1, 1, 0, 0],
            id="what names nobody is the person's",
        ),
        pytest.param(
            one(
                "PARTIAL_SUCCESS",
                companies=[IN, {**IN2, "relationships": [{"Relationship_ID": "R1"}]}],
                details=[
                    detail(
                        "Relationship_ID", {"Relationship_ID": {"lookupData": {}, "errorCode": "X"}}
                    )
                ],
            ),
            ["stored", "stored", "stored", "refused"],
            [0, 0, 0, 1],
            id="a lookup that found nothing",
        ),
        pytest.param(
            one(
                "PARTIAL_SUCCESS",
                companies=[IN, IN2],
                details=[detail("Company_ID,Person_ID", {"Company_ID,Person_ID": OUT})],
            ),
            ["stored", "refused", "stored", "stored"],
            [0, 1, 0, 0],
            id="by the key, and what stood there before has a Gsid",
        ),
        pytest.param(
            one(
                "FAILURE",
                gsid=None,
                companies=[OUT, OUT2],
                details=[detail("Email", {"Email": "Ana@x.com"})],
            ),
            ["refused", "refused", "refused", "refused"],
            [1, 1, 1, 1],
            id="nobody",
        ),
        pytest.param(
            one("FAILURE", gsid=None),
            ["refused", "refused", "refused", "refused"],
            [1, 1, 1, 1],
            id="nobody, no word",
        ),
        pytest.param(
            one("QUEUED", companies=[IN, IN2]),
            ["unknown", "unknown", "unknown", "unknown"],
            [1, 1, 1, 1],
            id="a status of tomorrow",
        ),
        pytest.param(
            one(None),
            ["unknown", "unknown", "unknown", "unknown"],
            [1, 1, 1, 1],
            id="no status",
        ),
        pytest.param(
            one("SUCCESS", gsid=None, companies=[IN, IN2]),
            ["unknown", "stored", "stored", "stored"],
            [1, 0, 0, 0],
            id="success without a Gsid",
        ),
        pytest.param(
            one(
                "PARTIAL_SUCCESS",
                companies=[OUT, IN2],
                details=[
                    {
                        "errors": [
                            {
                                "code": "GSOBJ_VCUSTOM1007",
                                "message": "exists : {Company_ID=C1, Person_ID=null}",
                            }
                        ]
                    }
                ],
            ),
            ["stored", "refused", "stored", "stored"],
            [0, 1, 0, 0],
            id="ids in the text only",
        ),
        pytest.param(
            one(
                "PARTIAL_SUCCESS",
                companies=[OUT, IN2],
                details=[{"fieldName": None, "values": None, "errors": None}],
            ),
            ["stored", "refused", "stored", "stored"],
            [1, 1, 0, 0],
            id="a detail of nulls",
        ),
    ],
)
def test_an_answer_reaches_the_rows_it_speaks_of(reply: Any, outcome: Any, faults: Any) -> None:
    found = merged({"data": {"records": [reply]}}, [SENT])
    rows = [
        found.persons[0],
        found.company_persons[0],
        found.company_persons[1],
        found.relationship_persons[0],
    ]
    assert [row.outcome for row in rows] == outcome
    assert [len(row.faults) for row in rows] == faults


BY_NAME = {
    "Email": "ana@x.com",
    "companies": [{"CompanyName": name, "Active": "True"} for name in "ABC"],
}
VAIN = detail("Company_ID", {"Company_ID": {"lookupData": {}, "errorCode": "X"}}, "NONE")


@pytest.mark.parametrize(
    ("echoes", "outcome", "of_person"),
    [
        pytest.param(
            [{"Company_ID": "C1", "Gsid": "CP1", "Active": "true"}, {"Active": "true"},
             {"Company_ID": "C3", "Gsid": "CP3", "Active": "TRUE "}],
            ["stored", "refused", "stored"], 0, id="in another form, in their places",
        ),
        pytest.param(
            [{"Company_ID": "C3", "Gsid": "CP3", "Active": "1"}, {"Active": "1"},
             {"Company_ID": "C1", "Gsid": "CP1", "Active": "1"}],
            ["unknown"] * 3, 1, id="nobody can tell which",
        ),
        pytest.param(
            [{"Company_ID": "C1", "Gsid": "CP1"}, {"Company_ID": "C3", "Gsid": "CP3"}],
            ["unknown"] * 3, 1, id="the refused one left out",
        ),
        pytest.param([], ["refused"] * 3, 0, id="none was stored"),
    ],
)  # fmt: skip
def test_one_refusal_is_not_that_of_stored_associations(
    echoes: list[dict[str, str]], outcome: list[str], of_person: int
) -> None:
    """Where echoes cannot be paired, a lookup in vain may be any one's, and the others' is not."""
    reply = one("PARTIAL_SUCCESS", companies=echoes, details=[VAIN])
    found = merged({"data": {"records": [reply]}}, [BY_NAME])
    assert words(found.company_persons) == outcome
    assert len(found.persons[0].faults) == of_person


GOOD = one("SUCCESS", companies=[IN, IN2])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"data": {"records": []}}, id="left out"),
        pytest.param({"data": {"records": [GOOD, GOOD]}}, id="doubled"),
        pytest.param({"data": {"records": [{**GOOD, "rowNumber": 2}]}}, id="foreign row"),
        pytest.param(
            {"data": {"records": [{**GOOD, "rowNumber": True, "record": {"Email": "bo@x.com"}}]}},
            id="no number, and another person",
        ),
        pytest.param(
            {"data": {"records": [{**GOOD, "record": {"Email": "bo@x.com"}}]}}, id="another person"
        ),
        pytest.param({"data": {"records": [{**GOOD, "record": None}]}}, id="no echo"),
        pytest.param({"data": {"records": [[]]}}, id="a list for a record"),
        pytest.param({"data": {"records": "x"}}, id="text for records"),
        pytest.param({"data": [GOOD]}, id="a list for data"),
        pytest.param({"result": True}, id="no data"),
        pytest.param([], id="a list"),
        pytest.param("x", id="text"),
        pytest.param(
            {"data": {"records": [{**GOOD, "error": {"details": {}}}]}},
            id="details of another shape",
        ),
    ],
)
def test_a_reply_that_does_not_fit_is_not_believed(body: Any) -> None:
    with pytest.raises(ReplyError) as caught:
        read_bulk_reply(body, [SENT])
    assert "x.com" not in str(caught.value)


@pytest.mark.parametrize("number", [0, "1", 1.0, True, None])
def test_a_record_that_is_numbered_otherwise_is_told_by_its_address(number: object) -> None:
    body = {"data": {"records": [{**GOOD, "rowNumber": number}]}}
    reply = read_bulk_reply(body, [SENT])
    assert [record.number for record in reply.records] == [1]


def test_a_reply_with_another_gsid_is_not_believed() -> None:
    record = {**SENT, "Gsid": "2P"}
    found = merged({"data": {"records": [GOOD]}}, [record])
    assert words(found.persons) == ["unknown"]
    assert words(found.company_persons) == ["unknown", "unknown"]
    assert "another Gsid" in found.persons[0].faults[0].message
