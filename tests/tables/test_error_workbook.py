"""The workbook of errors: the reason beside the cell, and nothing that computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gsprep.errors import TableError
from gsprep.report.files import reject_rows
from gsprep.schemas.frames import text_frame
from gsprep.schemas.objects import Person
from gsprep.tables import workbook_writer
from gsprep.tables.read import read_table
from gsprep.tables.workbook_writer import write_error_workbook
from gsprep.validation.check import check

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = pd.DataFrame(
    {
        "Email": ["good@acme.com", "=HYPERLINK(1)", None, "bo@gmial.com"],
        "EmailOptOut": ["true", "Yes", "no", "maybe"],
        "Shoe": ["x", "+1+1", "@SUM(A1)", "-2"],
    }
)


def written(path: Path, people: pd.DataFrame = PEOPLE) -> pd.DataFrame:
    checked = check(people, Person)
    rejects = reject_rows(text_frame(people), checked)
    write_error_workbook(rejects, checked.findings, path)
    return rejects


def test_the_reason_stands_beside_the_cell(tmp_path: Path) -> None:
    rejects = written(tmp_path / "errors.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "errors.xlsx")["Errors"]
    headers = [cell.value for cell in sheet[1]]
    assert headers == list(rejects.columns)
    boolean = sheet.cell(2, headers.index("EmailOptOut") + 1)
    assert boolean.comment.text.startswith("GSOBJ_VDTBOOL1001: ")
    assert boolean.comment.text.endswith("Suggested: true")
    assert boolean.fill.fgColor.rgb == "FFFFC7CE"
    slip = sheet.cell(4, headers.index("Email") + 1)
    assert "gmail.com" in slip.comment.text
    assert slip.fill.fgColor.rgb == "FFFFEB9C"
    assert sheet.cell(4, headers.index("Shoe") + 1).comment is None


def test_nothing_in_it_is_computed(tmp_path: Path) -> None:
    written(tmp_path / "errors.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "errors.xlsx")["Errors"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)


def test_it_is_the_next_input(tmp_path: Path) -> None:
    rejects = written(tmp_path / "errors.xlsx")
    pd.testing.assert_frame_equal(read_table(tmp_path / "errors.xlsx"), rejects)


def test_a_finding_on_an_absent_column_marks_the_row(tmp_path: Path) -> None:
    checked = check(PEOPLE, Person)
    rows = reject_rows(text_frame(PEOPLE), checked).drop(columns="Email")
    write_error_workbook(rows, checked.findings, tmp_path / "errors.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "errors.xlsx")["Errors"]
    assert sheet["A1"].value == "row_id"
    assert "GSOBJ" in sheet["A2"].comment.text


def test_only_so_many_rows_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_writer, "MOST_ROWS", 2)
    people = pd.DataFrame({"Email": ["a@", "b@", "c@"]})
    checked = check(people, Person)
    assert write_error_workbook(checked.rejected, checked.findings, tmp_path / "e.xlsx") == 2
    assert read_table(tmp_path / "e.xlsx")["Email"].tolist() == ["a@", "b@"]


def test_no_rows(tmp_path: Path) -> None:
    checked = check(PEOPLE.head(1), Person)
    assert write_error_workbook(checked.rejected, checked.findings, tmp_path / "e.xlsx") == 0
    assert list(read_table(tmp_path / "e.xlsx")["row_id"]) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff")),
        min_size=1,
        max_size=3,
    )
)
def test_any_text_of_a_finding_can_be_said(tmp_path: Path, texts: list[str]) -> None:
    rows = pd.DataFrame({"row_id": ["1"], "Email": ["x"]})
    told = {"row_id": "1", "column": "Email", "value": "x", "code": "C", "severity": "error"}
    lines = [{**told, "message": text, "hint": text, "suggestion": text or None} for text in texts]
    write_error_workbook(rows, pd.DataFrame(lines).astype("str"), tmp_path / "e.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "e.xlsx").active
    assert sheet["B2"].comment.text.count("C:") >= len(texts)


def test_what_no_sheet_can_hold(tmp_path: Path) -> None:
    rows = pd.DataFrame({"row_id": ["1"], "Email": ["x" * 40_000]})
    checked = check(rows, Person)
    with pytest.raises(TableError, match="32,767"):
        write_error_workbook(rows, checked.findings, tmp_path / "e.xlsx")
    assert list(tmp_path.iterdir()) == []
