"""A saved mapping comes back as it was; mistakes are named at once."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import DocumentError, InputError
from gsprep.mapping.columns import ColumnMapping, How, MappedColumn
from gsprep.mapping.saved import mapping_text, read_mapping

if TYPE_CHECKING:
    from pathlib import Path

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
        pytest.param("schema: gsprep.mapping/1\nobject: P\ncolumns:\n- header: No\n", "columns.0.header: must be text", id="no as a header"),
        pytest.param("schema: gsprep.mapping/1\nobject: P\ncolumns:\n- header: A\n  feild: B\n", "columns.0.feild: no such entry", id="an unknown entry"),
        pytest.param("schema: gsprep.mapping/1\nobject: P\nobject: Q\n", "stands twice", id="a key twice"),
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
