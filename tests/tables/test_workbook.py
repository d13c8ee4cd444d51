"""Workbooks: cells as a sheet shows them, and what is not opened at all."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from gsprep.errors import TableError
from gsprep.schemas.fields import COMPANY
from gsprep.tables import workbook_process
from gsprep.tables.read import read
from gsprep.tables.sheet_content import sheet_parts
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from pathlib import Path


def saved(folder: Path, rows: list[list[object]], *others: str) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name in others:
        book.create_sheet(name).append(["A", name])
        book[name].append(["1", "2"])
    path = folder / "people.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(4155550102, "4155550102", id="number"),
        pytest.param(1.0, "1", id="no .0"),
        pytest.param(0.1 + 0.2, "0.3", id="fifteen digits"),
        pytest.param(1e-7, "0.0000001", id="small"),
        pytest.param(True, "true", id="boolean"),
        pytest.param(dt.date(2026, 1, 2), "2026-01-02", id="date"),
        pytest.param(dt.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05", id="moment"),  # noqa: DTZ001  sheets know no zones
        pytest.param(dt.time(1, 2, 3), "01:02:03", id="time"),
        pytest.param(dt.timedelta(hours=26), "26:00:00", id="duration"),
        pytest.param("00123", "00123", id="text"),
        pytest.param("#N/A", "#N/A", id="error"),
        pytest.param("#DIV/0!", "#DIV/0!", id="another error"),
        pytest.param("  ", None, id="blanks"),
        pytest.param("'=x", "'=x", id="apostrophes stay"),
    ],
)
def test_cells_read_as_shown(tmp_path: Path, value: object, text: str | None) -> None:
    frame = read(saved(tmp_path, [["A", "B"], ["x", value]])).frame
    assert [None if pd.isna(cell) else cell for cell in frame["B"]] == [text]


def test_empty_rows_and_columns_around_the_data(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [],
        [None, "Mail", "B"],
        [None, "x", None],
        [],
        [None, None, "y"],
        [" "],
    ]
    reading = read(saved(tmp_path, rows))
    assert list(reading.frame.columns) == ["row_id", "line", "Email", "B"]
    assert reading.frame["row_id"].tolist() == ["1", "2"]
    assert reading.frame["line"].tolist() == ["3", "5"]
    assert reading.frame["B"].tolist()[1] == "y"


def test_errors_stand_in_their_cell_when_the_data_begin_elsewhere(tmp_path: Path) -> None:
    rows: list[list[object]] = [[], [], [None, None, "A", "B"], [None, None, "x", "#REF!"]]
    assert read(saved(tmp_path, rows)).frame["B"].tolist() == ["#REF!"]


@pytest.mark.parametrize(
    ("sheet", "column"),
    [(None, "Email"), (0, "Email"), ("Sheet", "Email"), (1, "Two"), ("Two", "Two"), (2, "Three")],
)
def test_sheets_by_name_and_position(tmp_path: Path, sheet: str | int | None, column: str) -> None:
    reading = read(saved(tmp_path, [["Email"], ["x"]], "Two", "Three"), sheet=sheet)
    assert column in reading.frame.columns
    assert any('"Two", "Three" hold values' in n for n in reading.notes) == (sheet is None)


def test_a_sheet_without_values_is_neither_read_nor_named(tmp_path: Path) -> None:
    """Unless it is asked for: then those with values are named."""
    path = saved(tmp_path, [], "Two", "Three")
    reading = read(path)
    assert "Two" in reading.frame.columns
    assert [note for note in reading.notes if '"Three" holds values too' in note]
    with pytest.raises(TableError, match=r'is empty\. Choose "Two" or "Three"'):
        read(path, sheet=0)


def test_only_sheets_that_are_read_are_spoken_of(tmp_path: Path) -> None:
    path = saved(tmp_path, [["A"], ["=1+1"]], "Two")
    assert any("without a saved result" in note for note in read(path).notes)
    assert read(path, sheet="Two").notes == ()


@pytest.mark.parametrize("sheet", [3, -1, "Four"])
def test_a_sheet_that_is_not_there(tmp_path: Path, sheet: str | int) -> None:
    with pytest.raises(TableError, match='It has "Sheet", "Two"'):
        read(saved(tmp_path, [["A"]], "Two", "Three"), sheet=sheet)


def test_a_hidden_sheet_is_not_the_first(tmp_path: Path) -> None:
    path = saved(tmp_path, [["Email"], ["x"]], "Two")
    book = openpyxl.load_workbook(path)
    book["Sheet"].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    assert "Two" in read(path).frame.columns


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        pytest.param([["Id", "B"], [123456789012345678, "x"]], 'Excel keeps 15 digits: the numbers in "Id"', id="long number"),
        pytest.param([["A", "B"], ["x", "=1+1"]], "formulas without a saved result", id="formula"),
        pytest.param([["Mail"], ["x"]], 'columns taken for fields: "Mail" as Email', id="alias"),
    ],
)  # fmt: skip
def test_notes(tmp_path: Path, rows: list[list[object]], note: str) -> None:
    assert [found for found in read(saved(tmp_path, rows)).notes if found.startswith(note)]


def test_a_company_file_says_name(tmp_path: Path) -> None:
    frame = read(saved(tmp_path, [["Company Name", "Company ID"], ["x", "1"]]), of=COMPANY).frame
    assert list(frame.columns) == ["row_id", "line", "Name", "Gsid"]


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        pytest.param([], None, '"Sheet" is empty', id="empty"),
        pytest.param([["Wool", "Hats"], [], ["Email", "First Name"], ["x", "y"]], 3, "not on line 1", id="a full row above the headers"),
        pytest.param([[], ["A", "A"], ["x", "y"]], 2, "columns 1 and 2", id="repeated header"),
        pytest.param([["A", "B_x0000_C"], ["x", "y"]], None, "NUL", id="NUL"),
    ],
)  # fmt: skip
def test_sheets_that_are_refused(
    tmp_path: Path, rows: list[list[object]], line: int | None, says: str
) -> None:
    with pytest.raises(TableError, match=says) as refused:
        read(saved(tmp_path, rows))
    assert refused.value.line == line


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"\0Email,Name\n", "not a workbook", id="no text"),
        pytest.param(b"", "not a workbook", id="empty"),
        pytest.param(b"PK\x03\x04junk", "not a workbook", id="broken"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "97-2003 workbook", id="old"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "protected with a password", id="encrypted",
        ),
    ],
)  # fmt: skip
def test_what_is_no_workbook(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "people.xlsx"
    path.write_bytes(content)
    with pytest.raises(TableError, match=says):
        read(path)


def rezipped(path: Path, name: str, content: bytes) -> Path:
    """Put other content into one entry of a workbook."""
    with zipfile.ZipFile(path) as old:
        entries = {entry: old.read(entry) for entry in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry, was in {**entries, name: content}.items():
            new.writestr(entry, was)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def computed(path: Path, every: int = 1) -> Path:
    """Save a result for the first of ``every`` so many formulas, as a spreadsheet does for all."""
    with zipfile.ZipFile(path) as book:
        begin, *others = book.read(SHEET).split(b"<v />")
    results = [b"<v />" if at % every else b"<v>2</v>" for at in range(len(others))]
    parts = [result + other for result, other in zip(results, others, strict=True)]
    return rezipped(path, SHEET, begin + b"".join(parts))


def test_a_bomb_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_process, "SMALL_BYTES", 1_000_000)
    path = rezipped(saved(tmp_path, [["A"]]), "xl/media/zeros.bin", b"\0" * 5_000_000)
    with pytest.raises(TableError, match="unpacks to more"):
        read(path)


def test_a_sheet_that_lies_about_its_size_is_not_cut(tmp_path: Path) -> None:
    path = rezipped(saved(tmp_path, [["A"]]), SHEET, b"<worksheet><sheetData/></worksheet>")
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 35), struct.pack("<I", 20)))
    with pytest.raises(TableError, match="not a workbook"):
        read(path)


def test_a_zip_without_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    with zipfile.ZipFile(path, "w") as other:
        other.writestr("readme.txt", "x")
    with pytest.raises(TableError, match="not a workbook"):
        read(path)


def test_columns_of_formulas_are_named(tmp_path: Path) -> None:
    rows = [["Shop", "Sum", "Tax"], ["x", "=1+1", 3], ["y", 4, "=HYPERLINK(B2)"]]
    path = computed(saved(tmp_path, rows, "Two"))
    note = 'formulas are read as their saved results: "Sum" (cells B2), "Tax" (cells C3)'
    assert note in read(path).notes
    assert not [found for found in read(path, sheet="Two").notes if "formulas" in found]


def test_a_few_cells_with_formulas_are_named_and_all_are_counted(tmp_path: Path) -> None:
    """The sheet is looked at in pieces, and no cell counts twice."""
    rows = [["Shop", "Sum"], *([f"{'x' * 200}{n}", "=1+1"] for n in range(6000))]
    note = 'formulas are read as their saved results: "Sum" (cells B2, B3, B4 and 5,997 more)'
    assert note in read(computed(saved(tmp_path, rows))).notes


def test_formulas_without_a_saved_result_are_not_named_as_read(tmp_path: Path) -> None:
    """Every other result is saved; the pieces in which the sheet is looked at end anywhere."""
    rows = [["Shop", "Sum"], *([f"{'x' * 200}{n}", "=1+1"] for n in range(6000))]
    path = computed(saved(tmp_path, rows), every=2)
    first, second = read(path).notes
    assert first.startswith("formulas without a saved result are missing")
    assert second == (
        'formulas are read as their saved results: "Sum" (cells B2, B4, B6 and 2,997 more)'
    )


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        pytest.param("<f>1+1</f><v>2</v>", ["B2", "B3"], id="saved"),
        pytest.param("<f>1+1</f><v></v>", ["B3"], id="an empty result"),
        pytest.param("<f>1+1</f>", ["B3"], id="no result"),
        pytest.param('<f t="shared" si="0"/>', ["B3"], id="a shared formula without result"),
        pytest.param('<f t="shared" si="0"/><v>2</v>', ["B2", "B3"], id="a shared formula"),
    ],
)
def test_what_counts_as_a_saved_result(tmp_path: Path, cell: str, named: list[str]) -> None:
    path = saved(tmp_path, [["Shop", "Sum"], ["x", "=1+1"], ["y", "=1+1"]])
    with zipfile.ZipFile(computed(path)) as book:
        sheet = book.read(SHEET)
    first = b"<f>1+1</f><v>2</v>"
    notes = read(rezipped(path, SHEET, sheet.replace(first, cell.encode(), 1))).notes
    cells = ", ".join(named)
    assert f'formulas are read as their saved results: "Sum" (cells {cells})' in notes


def test_text_that_looks_like_a_formula_is_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Shop": ["=1+1", "x"], "Shoe": ["-", "@ana"]})
    path = write_table(frame, tmp_path / "people.xlsx")
    note = 'cells that look like formulas are read as text: "Shop" (row_id 1)'
    assert read(path).notes == (note,)


def test_a_position_can_be_typed_as_text(tmp_path: Path) -> None:
    path = saved(tmp_path, [["Shop"], ["x"]], "0", "Two")
    assert "0" in read(path, sheet="0").frame.columns
    assert "Two" in read(path, sheet="2").frame.columns


@pytest.mark.parametrize(
    "workbook",
    [b"<workbook/>", b"<no xml", b'<!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>'],
)
def test_a_workbook_that_does_not_name_its_sheets(tmp_path: Path, workbook: bytes) -> None:
    path = rezipped(saved(tmp_path, [["A"], ["=1"]]), "xl/workbook.xml", workbook)
    with zipfile.ZipFile(path) as archive:
        assert sheet_parts(path, archive) == []


def test_merged_cells_are_filled_down_and_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows = (
        ["Email", "Company"],
        ["a@x.co", "Acme"],
        ["b@x.co"],
        ["c@x.co"],
        ["d@x.co", "Beta"],
        ["e@x.co"],
    )
    for row in rows:
        book.active.append(row)
    book.active.merge_cells("B2:B4")
    book.save(tmp_path / "people.xlsx")
    found = read(tmp_path / "people.xlsx")
    assert found.frame["CompanyName"].fillna("").tolist() == ["Acme", "Acme", "Acme", "Beta", ""]
    assert 'merged cells are filled down: "Company" (2 rows)' in found.notes


@pytest.mark.parametrize("merged", ["A1:B1", "A2:B2"])
def test_cells_that_are_merged_in_a_row_stay(tmp_path: Path, merged: str) -> None:
    book = openpyxl.Workbook()
    for row in (["Email", "Company"], ["a@x.co", None], ["b@x.co", "Beta"]):
        book.active.append(row)
    book.active.merge_cells(merged)
    book.save(tmp_path / "people.xlsx")
    assert not any("merged" in note for note in read(tmp_path / "people.xlsx").notes)


def test_hidden_rows_are_read_and_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Email", "Company"], ["a@x.co", "Acme"], ["b@x.co", "Beta"], ["c@x.co", "Cold"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.save(tmp_path / "people.xlsx")
    found = read(tmp_path / "people.xlsx")
    assert len(found.frame) == 3
    assert "1 hidden row is read too: delete those that are not wanted" in found.notes
