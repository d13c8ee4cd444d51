"""Workbooks to be filled in."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from gsprep.errors import InputError
from gsprep.tables.read import read_table
from gsprep.tables.workbook_writer import write_answer_workbook

if TYPE_CHECKING:
    from pathlib import Path

ROWS = pd.DataFrame(
    {
        "row_id": ["1", "2"],
        "answer": [None, "1"],
        "Name": ["=1+1", "a" * 300],
        "Phone": ["+1 415 555 0102", None],
    }
)


def test_the_answers_are_chosen_from_a_list_and_nothing_is_computed(tmp_path: Path) -> None:
    path = tmp_path / "review.xlsx"
    write_answer_workbook(ROWS, path, {"answer": ("1", "2", "none")})
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    (offered,) = sheet.data_validations.dataValidation
    assert (offered.type, offered.formula1, str(offered.sqref)) == ("list", '"1,2,none"', "B2:B3")
    # A Gsid is an answer as well: Excel asks, and takes it.
    assert (offered.errorStyle, offered.showErrorMessage) == ("warning", True)
    assert sheet.freeze_panes == "C2"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}
    assert sheet["C2"].value == "=1+1"
    assert sheet["B2"].number_format == "@"
    widths = [int(sheet.column_dimensions[letter].width) for letter in "ACD"]
    assert widths == [11, 60, 17]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_rows_come_back(tmp_path: Path) -> None:
    path = tmp_path / "review.xlsx"
    write_answer_workbook(ROWS, path, {"answer": ("1", "2", "none")})
    pd.testing.assert_frame_equal(read_table(path), ROWS.astype("str"))


def test_without_rows_there_are_headers(tmp_path: Path) -> None:
    path = tmp_path / "review.xlsx"
    write_answer_workbook(ROWS.head(0), path, {"answer": ("1",)})
    assert list(read_table(path).columns) == list(ROWS.columns)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.xlsx"):
        write_answer_workbook(ROWS, tmp_path / "review.csv", {})
