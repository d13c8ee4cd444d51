"""Samples: support.gainsight.com, "People API Documentation", People APIs - Bulk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import ReplyError
from gsprep.uploader.outcomes import Outcome, RecordOutcome, outcome_of, packed, parts, unpacked
from gsprep.uploader.replies import read_bulk_reply, read_record

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


@each_row("name", ["success", "partial", "failure"])
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


IN_TEXT = {
    "errors": [{"code": "GSOBJ_VCUSTOM1007", "message": "exists : {Company_ID=C1, Person_ID=null}"}]
}
LOOKED_UP = {"Relationship_ID": {"lookupData": {}, "errorCode": "X"}}
BELOW_OUT = {**IN2, "relationships": [{"Relationship_ID": "R1"}]}
NULLS = {"fieldName": None, "values": None, "errors": None}
BAD_EMAIL = detail("Email", {"Email": "Ana@x.com"})
BY_KEY = detail("Company_ID,Person_ID", {"Company_ID,Person_ID": OUT})
BAD_C1 = detail("Company_ID", {"Company_ID": "C1"})
BAD_C2 = detail("Company_ID", {"Company_ID": "C2"})
BAD_TITLE = detail("Title", {"Title": "T1"})
OTHER = {"Company_ID": "C9", "Gsid": "X"}
PARTIAL, FAILURE, SUCCESS = "PARTIAL_SUCCESS", "FAILURE", "SUCCESS"

ODD, IN_VAIN = detail("Odd", {"Odd": "?"}), detail("Relationship_ID", LOOKED_UP)

# The status and Gsid of a reply, the companies it echoes and the details of its error; then, for
# the person, both companies and the relationship: stored, refused or unknown, and the number of
# faults of each.
# fmt: off
ANSWERS = [
    ("all stored",               SUCCESS, "1P", [IN, IN2],       [],          "ssss 0000"),
    ("companies shuffled",       SUCCESS, "1P", [IN2, IN],       [],          "ssss 0000"),
    ("another company",          SUCCESS, "1P", [OTHER, IN2],    [],          "suss 0100"),
    ("success without a Gsid",   SUCCESS, None, [IN, IN2],       [],          "usss 1000"),
    ("by one id",                PARTIAL, "1P", [OUT, IN2],      [BAD_C1],    "srss 0100"),
    ("a company and below it",   PARTIAL, "1P", [IN, OUT2],      [BAD_C2],    "ssrr 0011"),
    ("a value only one row has", PARTIAL, "1P", [OUT, IN2],      [BAD_TITLE], "srss 0100"),
    ("what names no row",        PARTIAL, "1P", [OUT, IN2],      [ODD],       "srss 1100"),
    ("a lookup in vain",         PARTIAL, "1P", [IN, BELOW_OUT], [IN_VAIN],   "sssr 0001"),
    ("by the key of an update",  PARTIAL, "1P", [IN, IN2],       [BY_KEY],    "srss 0100"),
    ("ids in the text only",     PARTIAL, "1P", [OUT, IN2],      [IN_TEXT],   "srss 0100"),
    ("a detail of nulls",        PARTIAL, "1P", [OUT, IN2],      [NULLS],     "srss 1100"),
    ("Gsids of nobody",          PARTIAL, "1P", [OUT, OUT2],     [BAD_C2],    "suru 0111"),
    ("a success without one",    SUCCESS, "1P", [OUT, IN2],      [],          "suss 0100"),
    ("no Gsid, no fault",        SUCCESS, "1P", [OUT, OUT2],     [],          "ssss 0000"),
    ("a success with a fault",   SUCCESS, "1P", [OUT, OUT2],     [ODD],       "suuu 1111"),
    ("no one",                   FAILURE, None, [OUT, OUT2],     [BAD_EMAIL], "rrrr 1111"),
    ("no one, no word",          FAILURE, None, [],              [],          "rrrr 1111"),
    ("a status of tomorrow",    "QUEUED", "1P", [IN, IN2],       [],          "uuuu 1111"),
    ("no status",                   None, "1P", [],              [],          "uuuu 1111"),
]
# fmt: on


@each_row(
    ("status", "gsid", "companies", "details", "expected"),
    [pytest.param(*values, id=name) for name, *values in ANSWERS],
)
def test_an_answer_reaches_the_rows_it_speaks_of(
    status: Any, gsid: Any, companies: Any, details: Any, expected: str
) -> None:
    reply = one(status, companies=companies, details=details, gsid=gsid)
    found = merged({"data": {"records": [reply]}}, [SENT])
    companies_of = found.company_persons
    rows = [found.persons[0], companies_of[0], companies_of[1], found.relationship_persons[0]]
    outcomes = "".join(row.outcome[0] for row in rows)
    faults = "".join(str(len(row.faults)) for row in rows)
    assert f"{outcomes} {faults}" == expected


BY_NAME = {
    "Email": "ana@x.com",
    "companies": [{"CompanyName": name, "Active": "True"} for name in "ABC"],
}
VAIN = detail("Company_ID", {"Company_ID": {"lookupData": {}, "errorCode": "X"}}, "NONE")


@each_row(
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


company = st.sampled_from(["C1", "C2", "C3"])


@given(
    sent=st.lists(company, max_size=3),
    swap=st.booleans(),
    gsids=st.lists(st.sampled_from(["", "1C", "2C", "3C"]), min_size=3, max_size=3),
    word=st.sampled_from(["SUCCESS", "PARTIAL_SUCCESS"]),
)
def test_a_record_without_a_fault_is_read_as_part_by_part(
    sent: list[str], swap: object, gsids: list[str], word: str
) -> None:
    record = SENT | {"companies": [{"Company_ID": name} for name in sent]}
    echoes = [{"Company_ID": name, "Gsid": g} for name, g in zip(sent, gsids, strict=False)]
    reply = read_record(one(word, companies=echoes[::-1] if swap else echoes), 1)
    found = outcome_of(record, reply)
    of_parts = [part.gsid for part in parts(record, reply)]
    assert list(found.gsids) == [reply.gsid, *of_parts]
    words_of_parts = ["stored" if gsid else "refused" for gsid in of_parts]
    assert [each.outcome for each in found.outcomes] == ["stored", *words_of_parts]


GOOD = one("SUCCESS", companies=[IN, IN2])


OF_BO = {"Email": "bo@x.com"}
UNBELIEVED = {
    "left out": {"data": {"records": []}},
    "doubled": {"data": {"records": [GOOD, GOOD]}},
    "two replies": {"data": {"records": [GOOD, {**GOOD, "operationStatus": "FAILURE"}]}},
    "foreign row": {"data": {"records": [GOOD, {**GOOD, "rowNumber": 2}]}},
    "no number, another person": {
        "data": {"records": [{**GOOD, "rowNumber": True, "record": OF_BO}]}
    },
    "another person": {"data": {"records": [{**GOOD, "record": OF_BO}]}},
    "no echo": {"data": {"records": [{**GOOD, "record": None}]}},
    "a list for a record": {"data": {"records": [[]]}},
    "text for records": {"data": {"records": "x"}},
    "no data": {"result": True},
    "a list": [],
    "text": "x",
}


@each_row("body", UNBELIEVED.values(), ids=UNBELIEVED)
def test_a_reply_that_does_not_fit_is_not_believed(body: Any) -> None:
    with pytest.raises(ReplyError) as caught:
        read_bulk_reply(body, [SENT])
    assert "x.com" not in str(caught.value)


@each_row("number", [0, "1", 1.0, True, None])
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
