"""A schema from what a tenant says of its objects, in every shape that it comes in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from each_row import each_row

from gsprep.errors import InputError
from gsprep.schemas.objects import fields_of, schema_from_describe, schemas_from_describe
from gsprep.validation.check import check

if TYPE_CHECKING:
    from pathlib import Path

STAGES = [
    {"label": "New Customer", "value": "1I00A", "active": True},
    {"label": "Churn", "value": "1I00B"},
    {"label": "Old", "value": "1I00C", "active": False},
]
PROJECT = {
    "objectName": "Project__gc",
    "label": "Project",
    "keyPrefix": "1Z0212345678901234",
    "fields": [
        {"fieldName": "Gsid", "dataType": "GSID", "meta": {"length": 255, "readOnly": True}},
        {"fieldName": "Name", "dataType": "STRING", "meta": {"length": 20, "required": True}},
        {"fieldName": "Stage__gc", "dataType": "PICKLIST", "options": STAGES},
        {"fieldName": "Tags__gc", "dataType": "MULTISELECTDROPDOWNLIST", "options": STAGES},
        {"fieldName": "Gone__gc", "dataType": "PICKLIST", "options": []},
        {"fieldName": "Free__gc", "dataType": "PICKLIST"},
        {"fieldName": "Budget__gc", "dataType": "CURRENCY", "decimalPlaces": 2},
        {"fieldName": "Share__gc", "dataType": "PERCENTAGE"},
        {"fieldName": "Seats__gc", "dataType": "NUMBER", "decimalPlaces": "0"},
        {"fieldName": "Start__gc", "dataType": "DATE"},
        {"fieldName": "Seen__gc", "dataType": "DATETIME"},
        {"fieldName": "Live__gc", "dataType": "BOOLEAN"},
        {"fieldName": "Crm__gc", "dataType": "SFDCID"},
        {"fieldName": "Owner__gc", "dataType": "LOOKUP"},
        {"fieldName": "Once__gc", "dataType": "STRING", "meta": {"updateable": "false"}},
        {"fieldName": "Score", "dataType": "NUMBER", "createable": False, "updateable": False},
        {"fieldName": "Picture", "dataType": "IMAGE", "length": 10},
        {"label": "a field without a name"},
        "nonsense",
    ],
}
OTHER = {"objectName": "Other__gc", "fields": [{"name": "Name", "dataType": "STRING"}]}
GSID = "1Z02" + "A" * 32


def told(row: dict[str, Any], described: Any = PROJECT) -> list[tuple[str, str, str, str | None]]:
    """Return column, code, severity and suggestion of what is wrong with one row."""
    rows = pd.DataFrame({"Name": ["x"], **{name: [value] for name, value in row.items()}})
    found = check(rows, schema_from_describe(described)).findings
    lines = found[["column", "code", "severity", "suggestion"]].astype(object)
    return [tuple(line) for line in lines.where(lines.notna(), None).to_numpy().tolist()]


@each_row(
    "shape",
    [
        pytest.param(PROJECT, id="an object"),
        pytest.param([PROJECT], id="a list"),
        pytest.param({"result": True, "data": PROJECT}, id="a reply"),
        pytest.param({"data": [PROJECT]}, id="a reply with a list"),
        pytest.param({"data": {"objects": [PROJECT]}}, id="a reply with objects"),
        pytest.param(json.dumps({"data": [PROJECT]}), id="text"),
    ],
)
def test_every_shape_says_the_same(shape: Any) -> None:
    fields = fields_of(schema_from_describe(shape))
    assert fields == fields_of(schema_from_describe(PROJECT))
    assert (fields.name, len(fields.fields), fields.described) == ("Project__gc", 17, True)


def test_a_saved_file_will_do(tmp_path: Path) -> None:
    path = tmp_path / "project.json"
    path.write_text(json.dumps([PROJECT, OTHER]), encoding="utf-8-sig")
    for source in (path, str(path)):
        assert fields_of(schema_from_describe(source, name="project__GC")).name == "Project__gc"


@each_row(
    ("shape", "name", "message"),
    [
        pytest.param([PROJECT, OTHER], None, "name one of Project__gc, Other__gc", id="several"),
        pytest.param([PROJECT], "Person", "Person is not described", id="another"),
        pytest.param({"data": None}, None, "no object with fields", id="none"),
        pytest.param("{", None, "is not JSON", id="broken"),
        pytest.param("[" * 100_000, None, "is not JSON", id="too deep"),
        pytest.param("nowhere.json", None, "cannot be read", id="no file"),
    ],
)
def test_what_cannot_be_read_is_said(shape: Any, name: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        schema_from_describe(shape, name=name)


@each_row(
    ("column", "value", "code", "severity", "suggestion"),
    [
        ("Name", "x" * 21, "GSOBJ_1001", "error", None),
        ("Stage__gc", "new customer", "GSOBJ_1002", "error", "New Customer"),
        ("Stage__gc", "Old", "GSOBJ_1002", "error", None),
        ("Tags__gc", "churn, New Customer", "GSOBJ_1002", "error", "Churn;New Customer"),
        ("Gone__gc", "any", "GSOBJ_1002", "error", None),
        ("Budget__gc", "1.234,50", "GSOBJ_1002", "error", "1234.50"),
        ("Budget__gc", "1.234", "GSPREP_DECIMALS", "warning", None),
        ("Share__gc", "50%", "GSOBJ_1008", "error", "50"),
        ("Seats__gc", "1.5", "GSPREP_DECIMALS", "warning", None),
        ("Seats__gc", "1e30", "GSOBJ_1002", "error", None),
        ("Start__gc", "20.11.2026", "GSOBJ_1006", "error", "2026-11-20"),
        ("Seen__gc", "20.11.2026 8:30", "GSOBJ_1005", "error", "2026-11-20T08:30:00"),
        ("Start__gc", "46346", "GSOBJ_1006", "error", "2026-11-20"),
        ("Live__gc", "Yes", "GSOBJ_1008", "error", "true"),
        ("Crm__gc", "0015", "GSOBJ_1002", "error", None),
        ("Crm__gc", "0015000000GV7QJAAR", "GSPREP_SFDCSUM", "warning", "0015000000Gv7qJAAR"),
        ("Owner__gc", "me", "GSOBJ_1002", "error", None),
        ("Gsid", "1P02" + "A" * 32, "GSPREP_GSIDTYPE", "warning", None),
        ("Stgae__gc", "Churn", "GSOBJ_VCRUDR1002", "warning", "Stage__gc"),
        ("Name", None, "GSOBJ_1007", "warning", None),
    ],
)
def test_one_cell(
    column: str, value: str | None, code: str, severity: str, suggestion: str | None
) -> None:
    row = {"Gsid": None, column: value}
    assert [line for line in told(row) if line[1] != "GSPREP_ACCESS"] == [
        (column, code, severity, suggestion)
    ]


@each_row(
    ("column", "value"),
    [
        ("Stage__gc", "Churn"),
        ("Tags__gc", "New Customer;Churn"),
        ("Free__gc", "anything"),
        ("Budget__gc", "1,234.50"),
        ("Start__gc", "1795132800000"),
        ("Start__gc", "2026-11-20"),
        ("Seen__gc", "2026-11-20T08:30:00.000-07:00"),
        ("Owner__gc", GSID),
        ("Crm__gc", "0015000000Gv7qJ"),
        ("Picture", "x" * 999),
    ],
)
def test_what_the_service_takes(column: str, value: str) -> None:
    assert told({column: value}) == []


def test_what_the_service_does_not_write_is_said_once() -> None:
    found = told({"Score": "1", "Once__gc": "x"})
    assert {(column, code) for column, code, _, _ in found} == {
        ("Score", "GSPREP_ACCESS"),
        ("Once__gc", "GSPREP_ACCESS"),
    }


def test_a_described_person_stays_a_person() -> None:
    """Columns for matching and the key stay; lengths and own fields come from the tenant."""
    described = {
        "objectName": "person",
        "fields": [
            {"fieldName": "Email", "dataType": "EMAIL"},
            {"fieldName": "FirstName", "dataType": "STRING", "length": 5},
            {"fieldName": "Size__gc", "dataType": "NUMBER"},
        ],
    }
    schema = schema_from_describe(described)
    rows = pd.DataFrame({
        "Email": ["a@x.com", "b@x.com", None],
        "FirstName": ["Ana", "Benjamin", "Cy"],
        "Size__gc": ["7", "7", "seven"],
        "Phone": ["+14155550102", None, None],
        "Color__gc": ["red", None, None],
    })  # fmt: skip
    checked = check(rows, schema)
    assert fields_of(schema).name == "Person"
    assert checked.valid["Email"].tolist() == ["a@x.com"]
    assert checked.findings["code"].tolist() == [
        "GSOBJ_VDTBSTR1001", "GSOBJ_VCUSTOM1012", "GSOBJ_VDTNUM1001", "GSOBJ_VCRUDR1002",
    ]  # fmt: skip


PERSON = {"objectName": "person", "fields": [{"fieldName": "Size__gc", "dataType": "NUMBER"}]}
LINK = {"objectName": "company_person", "fields": [{"fieldName": "Kind__gc", "dataType": "STRING"}]}


@each_row(
    ("shape", "described"),
    [
        pytest.param(PERSON, (True, False, False), id="people"),
        pytest.param({"data": [LINK, PERSON, PROJECT]}, (True, True, False), id="several"),
        pytest.param([LINK], (False, True, False), id="associations only"),
    ],
)
def test_a_job_takes_what_is_described(shape: Any, described: tuple[bool, ...]) -> None:
    found = schemas_from_describe(shape)
    frames = (found.persons, found.company_persons, found.relationship_persons)
    assert tuple(fields_of(schema).described for schema in frames) == described
    assert [fields_of(schema).name for schema in frames] == [
        "Person", "CompanyPerson", "RelationshipPerson",
    ]  # fmt: skip


@each_row(
    ("shape", "message"),
    [
        pytest.param([PROJECT, OTHER], "but Project__gc, Other__gc", id="other objects"),
        pytest.param({"data": []}, "but no object", id="none"),
        pytest.param("nowhere.json", "cannot be read", id="no file"),
    ],
)
def test_a_job_needs_people_or_associations(shape: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        schemas_from_describe(shape)
