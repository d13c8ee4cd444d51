"""What a run says of whole columns: unknown, not written, or missing."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.report.notes import notes_of
from gsprep.schemas.describe import schema_from_describe
from gsprep.validation import check

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
