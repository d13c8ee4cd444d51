"""Every cell in one state, and what was filled before it was cleaned."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.cleaning.clean import clean
from gsprep.report.columns import ColumnFacts, columns_of
from gsprep.report.parts import Part, Whole
from gsprep.results import Checked, Cleaned
from gsprep.schemas.objects import Person
from gsprep.validation.check import check

EMPTY = pd.DataFrame({"row_id": pd.Series(dtype="str")})


def cells(name: str, *counts: int) -> Whole:
    states = ("as it came", "mended", "warning", "error", "empty")
    return Whole(name, tuple(map(Part, states, counts)))


def facts(frame: pd.DataFrame) -> tuple[ColumnFacts, ...]:
    cleaned = clean(frame)
    return columns_of(cleaned, check(cleaned.frame, Person))


def test_each_cell_has_the_worst_state_that_was_said_of_it() -> None:
    people = pd.DataFrame(
        {
            "Email": ["ana@acme.com", " bo@bolt.io", "cy@gmial.com", "bad@", " ", "bad@ "],
            "FirstName": ["Ana", " Bo", None, None, "", "Dee"],
            "Hat": ["1", None, None, None, None, None],
        }
    )
    email, first, hat, name = facts(people)
    assert email == ColumnFacts("Email", 5, cells("Email", 1, 1, 1, 3, 0))
    assert first == ColumnFacts("FirstName", 3, cells("FirstName", 2, 1, 0, 0, 3))
    # A finding on the whole column is none on its cells.
    assert hat == ColumnFacts("Hat", 1, cells("Hat", 1, 0, 0, 0, 5))
    # Built from the parts: nothing of it came.
    assert name == ColumnFacts("Name", 0, cells("Name", 0, 3, 0, 0, 3))


@pytest.mark.parametrize(
    ("before", "after", "filled"),
    [
        pytest.param([None, "a"], "b", 0, id="made, then mended"),
        pytest.param(["x", "y"], None, 1, id="mended, then taken out"),
    ],
)
def test_the_first_of_several_changes_tells_what_came(
    before: list[str | None], after: str | None, filled: int
) -> None:
    frame = pd.DataFrame({"row_id": ["1"], "Name": pd.Series([after], dtype="str")})
    log = {"row_id": "1", "column": "Name", "before": before, "after": after, "rule": "r"}
    nothing = pd.DataFrame({"row_id": [], "column": [], "severity": []}, dtype="str")
    told = columns_of(Cleaned(frame, pd.DataFrame(log)), Checked(frame, EMPTY, nothing))
    assert told == (ColumnFacts("Name", filled, cells("Name", 0, 1, 0, 0, 0)),)


def test_a_header_that_is_an_address_is_masked() -> None:
    """In a file without headers the first row stands there."""
    told = facts(pd.DataFrame({"Email": ["a@acme.com"], "ana@acme.com": ["b@acme.com"]}))
    assert told[1].name == "a***@a***.com"
    assert told[1].cells.name == "a***@a***.com"


def test_nothing_has_no_cells() -> None:
    assert facts(pd.DataFrame({"Email": pd.Series(dtype="str")}))[0].cells.count == 0
