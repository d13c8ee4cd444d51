"""What passes here is taken there: one corpus, judged by ``check`` and by the sandbox."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest

from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant
from gsprep.schemas.objects import CompanyPerson, fields_of, schema_from_describe
from gsprep.validation.check import check

SIZE = 400
TYPES = {"Score__gc": "NUMBER", "Since__gc": "DATETIME", "Vip__gc": "BOOLEAN", "Boss__gc": "GSID"}
LONG = {"FirstName": 255, "Location": 255, "Comments": 32_768, "Note__gc": 500}
SCHEMA = schema_from_describe({
    "objectName": "Person",
    "fields": [
        *({"fieldName": name, "dataType": "STRING", "length": n} for name, n in LONG.items()),
        *({"fieldName": name, "dataType": kind} for name, kind in TYPES.items()),
        {"fieldName": "Email", "dataType": "EMAIL"},
        {"fieldName": "EmailOptOut", "dataType": "BOOLEAN"},
        {"fieldName": "LinkedinUrl", "dataType": "URL", "length": 500},
    ],
})  # fmt: skip
C1, C2 = "1P02" + "A" * 32, "1P02" + "A" * 31 + "B"
BOOLEANS = ["true", "FALSE", "True", "yes", "1", "maybe", "tru e"]
# Good and bad values side by side; {} stands for the record's number.
VALUES: dict[str, list[str]] = {
    "Email": [
        "a{}@acme.com", "A.b+{}@sub.acme.co.uk", "ü{}@acme.de", "a{}@münchen.de", "o'b{}@acme.ie",
        "a{}@", "@acme{}.com", "a{} b@acme.com", "a{}@@acme.com", "a{}@acme", "a{}..b@acme.com",
        "a{}@acme..com", "a{}@-acme.com", ".a{}@acme.com", "a{}@acme.123", "a{};b@acme.com",
        "Ana <a{}@acme.com>", "a" * 65 + "{}@acme.com", "a{}@" + "b" * 64 + ".com", "",
        "a{}@" + "b." * 130 + "com",
    ],
    "Gsid": ["1p04", "x" * 36, "1P04" + "A" * 31],
    "FirstName": ["Ana", "李", "x" * 255, "x" * 256, "😀" * 255, "😀" * 256],
    "Location": ["Berlin", "x" * 256],
    "Comments": ["line\nline", "x" * 32_768, "x" * 32_769],
    "Note__gc": ["x" * 500, "x" * 501, "=1+1", "<b>", "\\u0000"],
    "EmailOptOut": BOOLEANS,
    "Vip__gc": BOOLEANS,
    "Score__gc": [
        "7", "-1.5", "1e3", "0", "1,234", "1.234,50", "ten", "nan", "inf", "1_000", "1e18", "-1e40",
        "0x1F",
    ],
    "Since__gc": [
        "2026-11-20", "2026-11-20T08:30:00", "2026-11-20 08:30", "2026-11-20T08:30:00.000Z",
        "1795132800000", "20.11.2026", "11/20/2026", "soon", "2026-02-30", "2026-11-20T24:30",
    ],
    "Boss__gc": ["1P01" + "A" * 32, "1p01" + "a" * 32, "Ana", "1P01"],
    "LinkedinUrl": [
        "https://linkedin.com/in/a", "http://x.com", "https://x.com/" + "y" * 500, "https://",
        "ftp://x.com", "https://a b.com",
    ],
}  # fmt: skip
OF_ASSOCIATIONS: dict[str, list[str]] = {
    "Company_ID": [C1, C2, C1.lower(), "Acme", "1P02", ""],
    "IsPrimaryCompany": BOOLEANS,
    "Active": BOOLEANS,
    "Title": ["CTO", "x" * 255, "x" * 256],
    "Manager": ["1P01" + "A" * 32, "Bo"],
}
# What the documents state: for these both sides have to say the same.
STATED = {
    "GSOBJ_VCUSTOM1012", "GSOBJ_VDTEMAIL1001", "GSOBJ_VDTGSID1001", "GSOBJ_VDTBOOL1001",
    "GSOBJ_VDTNUM1001", "GSOBJ_VDTNUM1002",
}  # fmt: skip


def corpus(values: dict[str, list[str]], always: dict[str, str], seed: int) -> pd.DataFrame:
    """Return records of few fields each, most of them with one value of a list above."""
    chance = random.Random(seed)  # noqa: S311  a test repeats itself
    rows = []
    for number in range(SIZE):
        row = {name: text.format(number) for name, text in always.items()}
        for name in chance.sample(list(values), chance.randint(1, 3)):
            row[name] = chance.choice(values[name]).replace("{}", str(number))
        rows.append(row)
    each = [(name, text) for name, texts in values.items() for text in texts]
    for number, (name, text) in enumerate(each, SIZE):
        row = {key: given.format(number) for key, given in always.items()}
        rows.append(row | {name: text.replace("{}", str(number))})
    frame = pd.DataFrame(rows, dtype="str").mask(lambda cells: cells == "")
    return frame.assign(row_id=[str(n) for n in range(len(rows))]).astype("str")


def records(frame: pd.DataFrame, of: Any) -> list[dict[str, str]]:
    """Return what is sent of each row: fields and keys that hold something."""
    needed = {name for group in of.needed for name in group}
    names = [name for name in frame.columns if of.sends(name) or name in needed]
    lines = frame[names].astype(object)
    return [
        {name: value for name, value in line.items() if isinstance(value, str)}
        for line in lines.to_dict("records")
    ]


def codes_there(store: Store, sent: list[dict[str, Any]]) -> list[set[str]]:
    """Return the codes with which the sandbox refuses each record, or parts of it."""
    answers = store.upsert_people(sent)["records"]
    return [
        {
            error["code"]
            for detail in answer.get("error", {}).get("details", [])
            for error in detail["errors"]
        }
        for answer in answers
    ]


def codes_here(frame: pd.DataFrame, schema: Any) -> list[set[str]]:
    findings = check(frame, schema).findings.query("severity == 'error'")
    told = findings.groupby("row_id")["code"].agg(set).to_dict()
    return [told.get(row_id, set()) for row_id in frame["row_id"]]


def judged(seed: int) -> list[tuple[set[str], set[str]]]:
    """Return, for each record of both corpora, the codes here and the codes there."""
    persons = corpus(VALUES, {"Email": "p{}@acme.com", "Location": "Rome"}, seed)
    # A row never is empty: that has a code of its own there.
    linked = corpus(
        OF_ASSOCIATIONS, {"Email": "q{}@acme.com", "Company_ID": C1, "Title": "CTO"}, seed + 1
    )
    of = fields_of(CompanyPerson)
    nested = [
        {"Email": row["Email"], "companies": [{k: v for k, v in row.items() if k != "Email"}]}
        for row in records(linked, of)
    ]
    with Store(tenant=Tenant(custom_types=TYPES)) as store:
        there = codes_there(store, [*records(persons, fields_of(SCHEMA)), *nested])
    here = [*codes_here(persons, SCHEMA), *codes_here(linked, CompanyPerson)]
    return list(zip(here, there, strict=True))


@pytest.mark.parametrize("seed", [1, 20])
def test_nothing_that_passes_is_refused(seed: int) -> None:
    both = judged(seed)
    passed = [there for here, there in both if not here]
    assert len(both) > 2 * SIZE
    assert min(len(passed), len(both) - len(passed)) > 150
    assert [there for there in passed if there] == []


@pytest.mark.parametrize("seed", [1, 20])
def test_what_the_documents_state_is_told_with_the_same_codes(seed: int) -> None:
    differing = [
        (here & STATED, there & STATED)
        for here, there in judged(seed)
        if here & STATED != there & STATED
    ]
    assert differing == []


def test_a_field_that_does_not_exist() -> None:
    row = {"Email": "a@acme.com", "Frist": "A"}
    with Store() as store:
        assert codes_there(store, [row]) == [{"GSOBJ_VCRUDR1002"}]
    assert check(pd.DataFrame([row]), SCHEMA).findings["code"].tolist() == ["GSOBJ_VCRUDR1002"]


def test_a_lookup_that_leads_nowhere() -> None:
    """A company's name in place of its id is no GSID to either side."""
    row = {"Company_ID": "Acme"}
    with Store() as store:
        there = codes_there(store, [{"Email": "a@acme.com", "companies": [row]}])
    here = check(pd.DataFrame([{"Email": "a@acme.com", **row}]), CompanyPerson).findings
    assert there == [set(here["code"])] == [{"GSOBJ_VDTGSID1001"}]


def test_a_row_twice() -> None:
    """The samples refuse a repeated association where the person is missing, with this code."""
    rows = [{"Company_ID": C1, "Title": "A"}, {"Company_ID": C1, "Title": "B"}]
    with Store() as store:
        (there,) = codes_there(store, [{"companies": rows}])
    here = check(pd.DataFrame(rows).assign(Email="a@acme.com"), CompanyPerson).findings
    assert set(here["code"]) == {"GSOBJ_VCUSTOM1007"} < there
