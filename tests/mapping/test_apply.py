"""A mapping is applied strictly and survives its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import DocumentError, InputError
from gsprep.mapping.columns import ColumnMapping, How, MappedColumn
from gsprep.mapping.combined_columns import apply_mapping
from gsprep.mapping.guess import map_columns
from gsprep.mapping.mapping_file import mapping_text, read_mapping
from gsprep.results import REJECT_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path


# ruff: noqa: E501  an example is read best on one line


def mapping(**fields: str | None) -> ColumnMapping:
    columns = (MappedColumn(header, field) for header, field in fields.items())
    return ColumnMapping("Person", tuple(columns))


@each_row(
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


@each_row(
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


@each_row(
    ("columns", "says"),
    [
        pytest.param([("A", "Email"), ("B", "Email")], 'two columns are "Email"', id="one field twice"),
        pytest.param([("A", "Email"), ("A", None)], '"A" is repeated', id="one header twice"),
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


# ruff: noqa: E501  an example is read best on one line


HEADER = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1) | st.sampled_from(
    [
        "No",
        "null",
        "1",
        "1e3",
        "~",
        "- a",
        "a: b",
        "#x",
        "{",
        "'",
        '"',
        "=1",
        "2026-11-20",
        "é",
        " ",
    ]
)
SCORE = st.integers(0, 100).map(lambda score: score / 100)


@st.composite
def mappings(draw: st.DrawFn) -> ColumnMapping:
    headers = draw(st.lists(HEADER, unique=True, max_size=5))
    fields = draw(st.permutations(["Email", "Name", "Title", "a__gc", "No", None, None, None]))
    how = st.sampled_from(get_args(How))
    columns = (
        MappedColumn(header, field, draw(SCORE), draw(how), draw(st.none() | st.just("Phone")))
        for header, field in zip(headers, fields, strict=False)
    )
    return ColumnMapping("Person", tuple(columns))


@given(mapping=mappings())
def test_what_is_saved_is_read(
    mapping: ColumnMapping, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("saved") / "mapping.yaml"
    path.write_text(mapping_text(mapping), encoding="utf-8")
    assert read_mapping(path) == mapping


def test_a_person_writes_less(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "schema: gsprep.mapping/1\nobject: Person\ncolumns:\n- {header: Mail, field: Email}\n"
        "- header: Shoes\n  field:\n",
        encoding="utf-8",
    )
    read = read_mapping(path)
    assert (read.fields, read.unmapped) == ({"Mail": "Email"}, ("Shoes",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "model_type|lines of a name", id="empty"),
        pytest.param("object: Person\ncolumns: []\n", "schema: is missing", id="no schema"),
        pytest.param("schema: gsprep.mapping/2\nobject: P\ncolumns: []\n", "schema: must be", id="another version"),
        pytest.param("schema: gsprep.mapping/1\nobject: P\ncolumns:\n- header: A\n  feild: B\n", "columns.0.feild: no such entry", id="an unknown entry"),
        pytest.param("schema: gsprep.mapping/1\nobject: P\nobject: Q\n", "is repeated", id="a key twice"),
        pytest.param("a: [", "line 1", id="no YAML"),
    ],
)  # fmt: skip
def test_mistakes_are_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=says):
        read_mapping(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "none.yaml")
