"""Initials and missing given names are read from mailboxes."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.unification.duplicates.columns import encoded_columns, guessed_kinds
from gsprep.unification.duplicates.records import spelled_out


@pytest.mark.parametrize(
    ("first", "last", "email", "expected"),
    [
        ("J.", "Ruiz", "julia.ruiz@acme.com", "julia"),
        (None, "Ruiz", "ruiz_julia2@acme.com", "julia"),
        ("J", "Ruiz", "juliaruiz@acme.com", "julia"),
        ("J", "Ruiz", "jruiz@acme.com", "j"),
        ("K", "Ruiz", "julia.ruiz@acme.com", "k"),
        ("Jo", "Ruiz", "julia.ruiz@acme.com", "jo"),
        ("J", "Ruiz", "j.2.ruiz@acme.com", "j"),
        (None, "Ruiz", "info@acme.com", None),
        (None, None, "julia.ruiz@acme.com", None),
    ],
)
def test_a_mailbox_spells_out_an_initial_next_to_the_surname(
    first: str | None, last: str | None, email: str, expected: str | None
) -> None:
    frame = pd.DataFrame(
        {"FirstName": [first, "Bo"], "LastName": [last, "Ek"], "Email": [email, None]}, dtype="str"
    )
    columns = spelled_out(encoded_columns(frame, guessed_kinds(frame.columns)))
    given = next(column for column in columns if column.kind == "given")
    found = given.text(pd.RangeIndex(2).to_numpy()).tolist()
    assert found[1] == "bo"
    assert found[0] == expected or (expected is None and pd.isna(found[0]))
