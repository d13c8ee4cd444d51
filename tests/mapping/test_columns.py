"""Applying: strictly, and never two columns for one field."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.errors import InputError
from gsprep.mapping.columns import ColumnMapping, MappedColumn, apply_mapping
from gsprep.mapping.guess import map_columns
from gsprep.results import REJECT_COLUMNS


def mapping(**fields: str | None) -> ColumnMapping:
    columns = (MappedColumn(header, field) for header, field in fields.items())
    return ColumnMapping("Person", tuple(columns))


@pytest.mark.parametrize(
    ("fields", "columns", "names"),
    [
        pytest.param({"A": "Email", "B": None}, "AB", ["Email", "B"], id="one is mapped"),
        pytest.param({"A": "Email", "B": None}, "BA", ["B", "Email"], id="another order"),
        pytest.param({"A": "Name", "Name": "A__gc"}, ["A", "Name"], ["Name", "A__gc"], id="swapped"),
        pytest.param({"Title": None, "B": "Title"}, ["Title", "B"], ["Title (not mapped)", "Title"], id="kept aside"),
        pytest.param({"Title": None}, ["Title"], ["Title (not mapped)"], id="a field nobody wants"),
        pytest.param({"Own__gc": None}, ["Own__gc"], ["Own__gc (not mapped)"], id="a tenant's own field"),
        pytest.param({}, [], [], id="nothing"),
    ],
)  # fmt: skip
def test_columns_get_the_names_of_their_fields(
    fields: dict[str, str | None], columns: list[str], names: list[str]
) -> None:
    frame = pd.DataFrame([[f"in {name}" for name in columns]], columns=list(columns))
    before = frame.copy(deep=True)
    applied = apply_mapping(frame, mapping(**fields))
    assert list(applied.columns) == ["row_id", *names]
    assert applied.iloc[0].tolist()[1:] == frame.iloc[0].tolist()
    pd.testing.assert_frame_equal(frame, before)


def test_what_was_mapped_comes_back_as_it_is() -> None:
    """A rejects.csv of a mapped file is read with the same mapping."""
    named = mapping(A="Email", B=None)
    once = apply_mapping(pd.DataFrame({"A": ["x"], "B": ["y"]}), named)
    pd.testing.assert_frame_equal(apply_mapping(once, named), once)
    told = once.assign(**dict.fromkeys(REJECT_COLUMNS, "why"))
    pd.testing.assert_frame_equal(apply_mapping(told, named), told)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        pytest.param(["A"], 'lacks "B"', id="one is missing"),
        pytest.param(["A", "B", "C"], 'does not know "C"', id="one is new"),
        pytest.param(["A", "b"], 'lacks "B"; the mapping does not know "b"', id="another case"),
        pytest.param(["Email", "B", "A"], 'does not know "Email"', id="mapped and not"),
        pytest.param([], 'lacks "A", "B"', id="no column"),
    ],
)
def test_other_columns_are_refused_by_name(columns: list[str], says: str) -> None:
    frame = pd.DataFrame([["ana@acme.com"] * len(columns)], columns=columns)
    with pytest.raises(InputError) as refused:
        apply_mapping(frame, mapping(A="Email", B=None))
    assert says in str(refused.value)
    assert "acme" not in str(refused.value)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        pytest.param([("A", "Email"), ("B", "Email")], 'two columns are "Email"', id="one field twice"),
        pytest.param([("A", "Email"), ("A", None)], '"A" stands twice', id="one header twice"),
        pytest.param([("A", " ")], '"A" needs the name of a field', id="a blank field"),
        pytest.param([("A", "row_id")], '"A" needs the name of a field', id="row_id is no field"),
    ],
)  # fmt: skip
def test_what_is_no_mapping(columns: list[tuple[str, str | None]], says: str) -> None:
    with pytest.raises(InputError, match=says):
        ColumnMapping("Person", tuple(MappedColumn(*column) for column in columns))


def test_a_guess_can_be_applied_and_shows_itself() -> None:
    frame = pd.DataFrame({"Hat <b>": ["ana@acme.com"] * 3, "Shoe size": ["41"] * 3})
    guessed = map_columns(frame)
    assert list(apply_mapping(frame, guessed).columns) == ["row_id", *frame.columns]
    assert repr(guessed) == "ColumnMapping(object=Person, mapped=0, unmapped=2)"
    assert "&lt;b&gt;" in guessed._repr_html_()
    assert "acme" not in guessed._repr_html_()
