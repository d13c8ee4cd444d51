"""All sheets of a workbook as one table, when they are one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from gsprep.errors import TableError
from gsprep.tables.read import read, read_table

if TYPE_CHECKING:
    from pathlib import Path

Rows = list[list[object]]
HEAD: list[object] = ["Mail", "Shoe"]


def saved(folder: Path, **sheets: Rows) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "people.xlsx"
    book.save(path)
    return path


def test_sheets_stand_one_below_the_other_and_each_row_says_its_sheet(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        Jan=[HEAD, ["a", "1"], [None, None], ["b", None]],
        Empty=[],
        Feb=[["Shoe", " Mail "], ["'=x", "c"]],
    )
    reading = read(path, sheet="all")
    assert reading.frame.fillna("").to_numpy().tolist() == [
        ["Jan:1", "Jan:2", "a", "1"],
        ["Jan:2", "Jan:4", "b", ""],
        ["Feb:1", "Feb:2", "c", "'=x"],
    ]
    assert list(reading.frame) == ["row_id", "line", "Email", "Shoe"]
    assert 'read from the sheets "Jan", "Feb", one below the other' in reading.notes


def test_records_with_names_of_their_own_keep_them(tmp_path: Path) -> None:
    head: list[object] = ["row_id", "Mail"]
    path = saved(tmp_path, Jan=[head, ["x", "a"]], Feb=[head, ["y", "b"]])
    assert read_table(path, sheet="all")["row_id"].tolist() == ["x", "y"]
    twice = saved(tmp_path, Jan=[head, ["x", "a"]], Feb=[head, ["x", "b"]])
    with pytest.raises(TableError, match="repeats a row_id in record 2"):
        read(twice, sheet="all")


def test_other_headers_are_refused_by_name(tmp_path: Path) -> None:
    path = saved(tmp_path, Jan=[HEAD, ["a", "1"]], Feb=[["Mail", "Remark"], ["b", "2"]])
    says = '"Feb" has different headers from "Jan": it lacks "Shoe"; it also has "Remark"'
    with pytest.raises(TableError, match=says):
        read(path, sheet="all")


def test_what_is_said_of_a_sheet_names_it(tmp_path: Path) -> None:
    path = saved(tmp_path, Jan=[HEAD, ["a", "1"]], Feb=[HEAD, ["b", 1234567890123456789]])
    notes = read(path, sheet="all").notes
    assert [n for n in notes if n.startswith('the sheet "Feb": Excel keeps 15 digits')]


def test_formulas_are_found_below_the_first_sheet(tmp_path: Path) -> None:
    path = saved(tmp_path, Jan=[HEAD, ["a", "1"]], Feb=[HEAD, ["b", "x"]])
    book = openpyxl.load_workbook(path)
    book["Feb"]["B2"].value, book["Feb"]["B2"].data_type = "=1", "s"
    book.save(path)
    notes = read(path, sheet="all").notes
    assert 'cells that look like formulas are read as text: "Shoe" (row_id Feb:1)' in notes


@pytest.mark.parametrize("name", ["all", "Jan"])
def test_one_sheet_alone_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    """Also the one that is called so, whatever stands beside it."""
    others: dict[str, Rows] = {"Feb": [["A"], ["x"]]} if name == "all" else {}
    path = saved(tmp_path, **others, **{name: [HEAD, ["a", "1"]]})
    frame = read(path, sheet="all").frame
    assert frame.to_numpy().tolist() == [["1", "2", "a", "1"]]
