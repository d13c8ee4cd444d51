"""What a run says of whole columns: unknown, not written, or missing."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.report.notes import contradiction_notes, notes_of
from gsprep.schemas.describe import schema_from_describe
from gsprep.schemas.objects import Person
from gsprep.validation.check import check

PERSON = schema_from_describe({
    "objectName": "Person",
    "fields": [
        {"fieldName": "Email", "dataType": "EMAIL"},
        {"fieldName": "Rank__gc", "dataType": "NUMBER", "readOnly": True},
        {"fieldName": "Kind__gc", "dataType": "STRING", "required": True},
    ],
})  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "notes"),
    [
        pytest.param(["Kind__gc"], [], id="nothing to say"),
        pytest.param(
            ["Kind__gc", "Hat__gc", "Shoe"],
            ["not sent, since Person has no such field: Hat__gc, Shoe"],
            id="unknown",
        ),
        pytest.param(
            ["Kind__gc", "ana@acme.com"],
            ["not sent, since Person has no such field: a***@a***.com"],
            id="a person in place of a header",
        ),
        pytest.param(
            ["Kind__gc", "Rank__gc"],
            ["read-only or not always written in this tenant: Rank__gc. See warnings.csv"],
            id="not written",
        ),
        pytest.param(
            [], ["no column is Kind__gc, which this tenant asks of a new person"], id="missing"
        ),
    ],
)
def test_each_kind_of_column_has_its_sentence(columns: list[str], notes: list[str]) -> None:
    people = pd.DataFrame({"Email": ["a@acme.com"], **dict.fromkeys(columns, "1")})
    assert list(notes_of(people, check(people, PERSON), people.head(0))) == notes


def rejects(codes: list[str | None], **columns: list[str]) -> pd.DataFrame:
    said = dict.fromkeys(["messages", "hints", "suggestions"], "x")
    return pd.DataFrame({"row_id": list("abc"), **columns, "codes": codes, **said})


SAME, MAIL = "GSOBJ_VCUSTOM1007", "GSOBJ_VDTEMAIL1001"


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        pytest.param(rejects([SAME, MAIL, None]), 1, id="one"),
        pytest.param(rejects([f"{MAIL}; {SAME}", SAME, MAIL]), 2, id="one of several codes"),
        pytest.param(rejects([MAIL, MAIL, SAME]), 0, id="one that is rejected again"),
        pytest.param(rejects([SAME, SAME, None]).drop(columns="hints"), 0, id="no rejects.csv"),
        pytest.param(rejects([SAME] * 3).set_index("messages", drop=False), 2, id="another index"),
    ],
)
def test_rows_that_contradicted_one_that_is_not_there_are_counted(
    given: pd.DataFrame, counted: int
) -> None:
    """Of the rows a, b and c the first two pass."""
    notes = contradiction_notes(given, pd.Series(["a", "b"]))
    assert [note.split(" ", 1)[0] for note in notes] == ([str(counted)] if counted else [])


def test_a_run_counts_them_by_record_where_rows_have_no_names() -> None:
    given = rejects([SAME, None, MAIL], Email=["a@acme.com", "b@acme.com", "c@"])
    given = given.drop(columns="row_id")
    people = given[["Email"]]
    notes = notes_of(given, check(people, Person), people.head(0))
    assert notes[0].startswith("1 rows contradicted a row that is not in this file")
    assert "messages" in notes[1]
