"""Every code of the service that can be known before sending is predicted; the table says how."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from each_row import each_row

from gsprep.schemas.objects import Company, CompanyPerson, Person, schema_from_describe
from gsprep.validation.check import check

if TYPE_CHECKING:
    import pandera.pandas as pa

TABLE = (Path(__file__).parent.parent / "docs" / "error-codes.md").read_text(encoding="utf-8")
LINES = re.findall(
    r"^\| `((?:GSOBJ|RLS)_\w+)` \| [^|]+ \| (Not reported: )?(.+) \|$", TABLE, re.MULTILINE
)

COMPANY = "1P02" + "A" * 32
FIELDS = {
    "Amount__gc": "CURRENCY",
    "Gone__gc": "PICKLIST",
    "Number__gc": "NUMBER",
    "Sfdc__gc": "SFDCID",
    "Share__gc": "PERCENTAGE",
    "Size__gc": "PICKLIST",
    "When__gc": "DATETIME",
}
OWN = [{"fieldName": name, "dataType": kind} for name, kind in FIELDS.items()]
OWN[1]["options"], OWN[5]["options"] = [], [{"label": "Large"}]  # type: ignore[assignment]
TENANT = schema_from_describe({
    "objectName": "Person",
    "fields": [
        {"fieldName": "Email", "dataType": "EMAIL"},
        {"fieldName": "EmailOptOut", "dataType": "BOOLEAN"},
        {"fieldName": "LinkedinUrl", "dataType": "URL", "length": 500},
        {"fieldName": "FirstName", "dataType": "STRING", "length": 255},
        *OWN,
    ],
})  # fmt: skip
PROJECT = schema_from_describe({
    "objectName": "Project__gc",
    "fields": [{"fieldName": "Name", "dataType": "STRING", "nillable": False}, {"name": "x__gc"}],
})  # fmt: skip
LIVE = {"Gsid": COMPANY, "Name": "Acme"}

CASES: dict[str, tuple[pa.DataFrameSchema, list[dict[str, Any]]]] = {
    "GSOBJ_PEOPLE1001": (CompanyPerson, [{"Email": "who@x.com", "Company_ID": COMPANY}]),
    "GSOBJ_VDTBOOL1001": (TENANT, [{"Email": "a@x.com", "EmailOptOut": "Yes"}]),
    "GSOBJ_VDTNUM1001": (TENANT, [{"Email": "a@x.com", "Number__gc": "ten"}]),
    "GSOBJ_VDTNUM1002": (TENANT, [{"Email": "a@x.com", "Number__gc": "1e30"}]),
    "GSOBJ_VDTBSTR1001": (TENANT, [{"Email": "a@x.com", "FirstName": "x" * 256}]),
    "GSOBJ_VDTDATIME1001": (TENANT, [{"Email": "a@x.com", "When__gc": "31.02.2026"}]),
    "GSOBJ_VDTCURREN1001": (TENANT, [{"Email": "a@x.com", "Amount__gc": "five"}]),
    "GSOBJ_VDTCURREN1002": (TENANT, [{"Email": "a@x.com", "Amount__gc": "1,23,4"}]),
    "GSOBJ_VDTEMAIL1001": (Person, [{"Email": "johnsmith@"}]),
    "GSOBJ_VDTGSID1001": (CompanyPerson, [{"Email": "a@x.com", "Company_ID": "Acme"}]),
    "GSOBJ_VDTPERCENT1001": (TENANT, [{"Email": "a@x.com", "Share__gc": "half"}]),
    "GSOBJ_VDTSFDCID1001": (TENANT, [{"Email": "a@x.com", "Sfdc__gc": "0015"}]),
    "GSOBJ_VDTPKLST1001": (TENANT, [{"Email": "a@x.com", "Gone__gc": "Large"}]),
    "GSOBJ_VDTPKLST1002": (TENANT, [{"Email": "a@x.com", "Size__gc": "Huge"}]),
    "GSOBJ_VDTURL1001": (TENANT, [{"Email": "a@x.com", "LinkedinUrl": "n.a."}]),
    "GSOBJ_VCRUDR1001": (Person, [{"Email": None}]),
    "GSOBJ_VCRUDR1002": (Person, [{"Email": "a@x.com", "Frist Name": "A"}]),
    "GSOBJ_VCUSTOM1012": (Person, [{"Email": None, "FirstName": "A"}]),
    "GSOBJ_VCUSTOM1007": (
        Person,
        [{"Email": "a@x.com", "FirstName": "A"}, {"Email": "a@x.com", "FirstName": "B"}],
    ),
    "GSOBJ_1001": (Company, [{**LIVE, "Name": "x" * 256}]),
    "GSOBJ_1002": (Company, [{**LIVE, "Employees": "ten"}]),
    "GSOBJ_1005": (Company, [{**LIVE, "CreatedDate": "soon"}]),
    "GSOBJ_1006": (Company, [{**LIVE, "RenewalDate": "soon"}]),
    "GSOBJ_1007": (PROJECT, [{"Name": None, "x__gc": "y"}]),
    "GSOBJ_1008": (
        schema_from_describe({
            "objectName": "Company",
            "fields": [{"fieldName": "Live__gc", "dataType": "BOOLEAN"}],
        }),
        [{**LIVE, "Live__gc": "maybe"}],
    ),
}  # fmt: skip
# A record without any field is known by what it lacks.
TOLD_AS = {"GSOBJ_VCRUDR1001": "GSOBJ_VCUSTOM1012"}

# The error tables of both pages, as far as they could be read, and the codes of the samples.
REFERENCE = [
    "GSOBJ_PEOPLE1001",
    "GSOBJ_VQP1001",
    "GSOBJ_VDTBOOL1001",
    "GSOBJ_VDTNUM1001",
    "GSOBJ_VDTNUM1002",
    "GSOBJ_VDTBSTR1001",
    "GSOBJ_VDTDATIME1001",
    "GSOBJ_VDTCURREN1001",
    "GSOBJ_VDTCURREN1002",
    "GSOBJ_VDTEMAIL1001",
    "GSOBJ_VDTGSID1001",
    "GSOBJ_VDTPERCENT1001",
    "GSOBJ_VDTSFDCID1001",
    "GSOBJ_VDTPKLST1001",
    "GSOBJ_VDTPKLST1002",
    "GSOBJ_VDTURL1001",
    "GSOBJ_VCRUDR1001",
    "GSOBJ_VCRUDR1002",
    "GSOBJ_VCRUDR1003",
    "GSOBJ_VCUSTOM1012",
    "GSOBJ_VCUSTOM1007",
    "GSOBJ_RLS012",
    "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED",
    "GSOBJ_1001",
    "GSOBJ_1002",
    "GSOBJ_1003",
    "GSOBJ_1004",
    "GSOBJ_1005",
    "GSOBJ_1006",
    "GSOBJ_1007",
    "GSOBJ_1008",
    "GSOBJ_1011",
    "GSOBJ_1023",
    "GSOBJ_1024",
]


@each_row("code", CASES)
def test_a_code_is_predicted(code: str) -> None:
    schema, rows = CASES[code]
    persons = pd.DataFrame({"Email": ["a@x.com"]}) if code == "GSOBJ_PEOPLE1001" else None
    findings = check(pd.DataFrame(rows), schema, persons=persons).findings
    assert set(findings["code"]) == {TOLD_AS.get(code, code)}
    assert findings["hint"].notna().all()


def test_the_table_has_every_code_of_the_reference() -> None:
    assert [code for code, _, _ in LINES] == list(dict.fromkeys(code for code, _, _ in LINES))
    assert {code for code, _, _ in LINES} == set(REFERENCE)


def test_the_table_says_which_codes_are_predicted() -> None:
    assert {code for code, unreported, _ in LINES if not unreported} == set(CASES)


def test_a_code_that_is_not_predicted_says_why() -> None:
    assert all(len(why) > 20 for _, unreported, why in LINES if unreported)
