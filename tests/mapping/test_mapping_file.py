"""The file of a mapping: several columns, values, constants and splits; mistakes with lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from each_row import each_row

from gsprep.errors import DocumentError, InputError
from gsprep.mapping.columns import ColumnMapping, MappedColumn
from gsprep.mapping.combined_columns import apply_mapping
from gsprep.mapping.mapping_file import mapping_text, read_mapping
from gsprep.schemas.fields import PERSON
from gsprep.tables.read import read

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
schema: gsprep.mapping/1
object: Person
fields:
  Email: [E-mail, Alt. E-mail]
  OtherEmails: Private
  Active: {column: Status, values: {yes: true, No: false, n/a: null}}
  CurrencyIsoCode: {constant: EUR}
  LastName, FirstName: Who
"""
FILE = """\
E-mail,Alt. E-mail,Private,Status,Who,Shoes
ana@acme.com,a.ruiz@acme.com,ana@gmail.com; ANA@acme.com,Yes,"Ruiz, Ana",41
,bo@bolt.io,,no,"Smith, Jr., Bo",42
cy@z.org,cy@z.org,,N/A,Cher,43
,,,maybe,,44
"""


@pytest.fixture
def whole(tmp_path: Path) -> ColumnMapping:
    path = tmp_path / "mapping.yaml"
    path.write_text(WHOLE, encoding="utf-8")
    return read_mapping(path, PERSON)


def test_a_file_is_read_by_its_fields(whole: ColumnMapping, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(FILE, encoding="utf-8")
    reading = read(path, of=PERSON, mapping=whole)
    frame = reading.frame.astype("object").where(reading.frame.notna(), None)
    assert frame["Email"].tolist() == ["ana@acme.com", "bo@bolt.io", "cy@z.org", None]
    assert frame["OtherEmails"].tolist() == ["a.ruiz@acme.com;ana@gmail.com", None, None, None]
    assert frame["Active"].tolist() == ["true", "false", None, "maybe"]
    assert frame["CurrencyIsoCode"].tolist() == ["EUR"] * 4
    assert frame["LastName"].tolist() == ["Ruiz", "Smith Jr.", None, None]
    assert frame["FirstName"].tolist() == ["Ana", "Bo", None, None]
    assert frame["Name"].tolist() == ["Ana Ruiz", "Bo Smith Jr.", "Cher", None]
    # Nothing is lost: other columns keep their headers and cells.
    assert frame["Alt. E-mail"].tolist() == ["a.ruiz@acme.com", "bo@bolt.io", "cy@z.org", None]
    assert frame["Who"].tolist()[0] == "Ruiz, Ana"
    assert frame["Shoes"].tolist() == ["41", "42", "43", "44"]
    assert 'not mapped to any field: "Shoes"' not in reading.notes


def test_what_was_mapped_comes_back_unchanged(whole: ColumnMapping, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(FILE, encoding="utf-8")
    once = read(path, of=PERSON, mapping=whole).frame
    pd.testing.assert_frame_equal(apply_mapping(once, whole), once)


def test_a_mapping_with_everything_is_saved(whole: ColumnMapping, tmp_path: Path) -> None:
    path = tmp_path / "again.yaml"
    path.write_text(mapping_text(whole), encoding="utf-8")
    assert read_mapping(path) == whole


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        pytest.param("{values: {a: b}}", "needs a column or a constant", id="neither"),
        pytest.param("{column: A, constant: B}", "needs a column or a constant", id="both"),
    ],
)
def test_a_field_has_one_source(tmp_path: Path, entry: str, says: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(f"schema: gsprep.mapping/1\nobject: Person\nfields:\n  Role: {entry}\n")
    with pytest.raises(DocumentError, match=f"line 4, fields.Role: {says}"):
        read_mapping(path)


def test_a_header_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "schema: gsprep.mapping/1\nobject: Person\ncolumns:\n- {header: No, field: null}\n"
        "- {header: 007, field: Email, score: 1}\n"
    )
    assert [c.header for c in read_mapping(path, PERSON).columns] == ["No", "007"]


def test_fields_win_over_columns(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "schema: gsprep.mapping/1\nobject: Person\n"
        "columns:\n- {header: Mail, field: Email}\n- {header: Alt, field: null}\n"
        "fields:\n  Email: [Alt, Mail]\n",
        encoding="utf-8",
    )
    mapping = read_mapping(path)
    frame = pd.DataFrame({"Mail": ["a@x.de", "b@x.de"], "Alt": ["c@x.de", None]})
    assert apply_mapping(frame, mapping)["Email"].tolist() == ["c@x.de", "b@x.de"]
    with pytest.raises(InputError, match="other columns"):
        apply_mapping(frame.assign(New="x"), mapping)


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "schema: gsprep.mapping/1\nobject: Person\nothers: perhaps\nfields:\n  Emial: Mail\n"
        "  Job title: Position\n  Xyzzy: A\n  Active: {colum: Status}\n"
        "  Role: {column: R, values: [a]}\n",
        encoding="utf-8",
    )
    with pytest.raises(DocumentError) as refused:
        read_mapping(path, PERSON)
    told = str(refused.value)
    for sentence in (
        "line 3, others: must be 'refuse' or 'keep'",
        'line 5, fields.Emial: Person has no field "Emial". Do you mean Email?',
        'line 6, fields.Job title: Person has no field "Job title". Do you mean Title?',
        'line 7, fields.Xyzzy: Person has no field "Xyzzy". `gsprep fields Person` lists its',
        "line 8, fields.Active.colum: no such entry",
        "line 9, fields.Role.values: must be lines of a name, a colon and a value",
    ):
        assert sentence in told


@each_row(
    ("columns", "says"),
    [
        pytest.param(
            [MappedColumn("A", split=("City", "Country"))],
            "only LastName and FirstName",
            id="split",
        ),
        pytest.param(
            [MappedColumn("A", split=("LastName", "FirstName")), MappedColumn("B", "LastName")],
            '"LastName" is given twice',
            id="a part and a column",
        ),
    ],
)
def test_what_cannot_be_used(columns: list[MappedColumn], says: str) -> None:
    with pytest.raises(InputError, match=says):
        ColumnMapping("Person", tuple(columns))
