"""Workbooks that a person fills in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.tables.write import refuse_unwritable, replacing, text_cell
from gsprep.values.arrow import as_arrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet


# A comment is a drawing to a spreadsheet: with more of them it opens for minutes.
MOST_ROWS = 10_000
_FILLS = {
    severity: PatternFill("solid", fgColor=colour)
    for severity, colour in (("error", "FFC7CE"), ("warning", "FFEB9C"))
}
_TOLD = ("row_id", "column", "severity", "code", "message", "hint", "suggestion")
_WIDTH, _HEIGHT_OF_A_LINE, _LETTERS_IN_A_LINE = 320, 20, 45
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class _Mark(NamedTuple):
    severity: str
    text: str


def write_error_workbook(frame: pd.DataFrame, findings: pd.DataFrame, path: Path) -> int:
    """Write the first 10,000 rows as a workbook in which the cells with findings are marked.

    ``findings`` are those of ``check``: the cell gets a colour (red for an error, yellow for a
    warning) and a comment with the code, the message, the hint and the suggestion; a finding on a
    column that is not there marks the ``row_id``. Every cell is text, so nothing is computed;
    ``read_table`` gives the rows back. Returns how many rows were written. Raises TableError for
    what no sheet can hold and when the file cannot be written.
    """
    rows = text_frame(frame.head(MOST_ROWS))
    refuse_unwritable(rows, path)
    marks = _marks(findings[findings[ROW_ID].isin(rows[ROW_ID])], list(rows.columns))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Errors")
    sheet.freeze_panes = "A2"
    sheet.append([_header(sheet, str(name)) for name in rows.columns])
    for cells in _cells(rows):
        named = list(zip(map(str, rows.columns), cells, strict=True))
        row_id = dict(named)[ROW_ID]
        sheet.append(
            [_marked_cell(sheet, cell, marks.get((row_id, name), ())) for name, cell in named]
        )
    with replacing(path) as draft:
        book.save(draft)
    return len(rows)


def _cells(rows: pd.DataFrame) -> Iterable[tuple[str | None, ...]]:
    return zip(*(as_arrow(rows[name]).to_pylist() for name in rows.columns), strict=True)


def _marks(
    findings: pd.DataFrame, columns: Sequence[str]
) -> Mapping[tuple[str | None, str], list[_Mark]]:
    """Return the comments of each cell, by its row_id and column."""
    marks: dict[tuple[str | None, str], list[_Mark]] = {}
    lines = zip(*(as_arrow(findings[name]).to_pylist() for name in _TOLD), strict=True)
    for row_id, column, severity, code, *sentences, suggestion in lines:
        said = [*filter(None, sentences), *([f"Suggested: {suggestion}"] if suggestion else [])]
        place = column if column in columns else ROW_ID
        marks.setdefault((row_id, place), []).append(_Mark(severity, f"{code}: {' '.join(said)}"))
    return marks


def _header(sheet: WriteOnlyWorksheet, name: str) -> WriteOnlyCell:
    cell = text_cell(sheet, name)
    cell.font = Font(bold=True)
    return cell


def _marked_cell(
    sheet: WriteOnlyWorksheet, text: str | None, marks: Sequence[_Mark]
) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, None) if text is None else text_cell(sheet, text)
    if marks:
        severities = {mark.severity for mark in marks}
        cell.fill = _FILLS["error" if "error" in severities else "warning"]
        cell.comment = _comment("\n".join(mark.text for mark in marks))
    return cell


def _comment(text: str) -> Comment:
    lines = 1 + sum(1 + len(line) // _LETTERS_IN_A_LINE for line in text.split("\n"))
    return Comment(
        _CONTROLS.sub("?", text), "gsprep", height=lines * _HEIGHT_OF_A_LINE, width=_WIDTH
    )


_NARROWEST, _WIDEST = 9, 60
# The widths are those of the first rows: who reads on sees the same kind of text.
_MEASURED = 200
_TO_FILL = PatternFill("solid", fgColor="FFF7D6")
_HEAD = PatternFill("solid", fgColor="E4ECF7")


def write_answer_workbook(
    frame: pd.DataFrame, path: Path, choices: Mapping[str, Sequence[str]]
) -> None:
    """Write a frame as a workbook; cells of a column in ``choices`` offer those words.

    Other words may be written there too. Every cell is text; the header and the columns up to the
    last one with choices stay in sight. ``read_table`` gives the rows back. Raises InputError for
    another ending than .xlsx, TableError for what no sheet holds and when it cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path}: a workbook to fill in ends in .xlsx")
    rows = text_frame(frame)
    refuse_unwritable(rows, path)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Review")
    names = [str(name) for name in rows.columns]
    for at, name in enumerate(names, 1):
        sheet.column_dimensions[get_column_letter(at)].width = _width(name, rows[name])
    to_fill = [at for at, name in enumerate(names, 1) if name in choices]
    sheet.freeze_panes = f"{get_column_letter(max(to_fill, default=0) + 1)}2"
    sheet.append([_head(sheet, name) for name in names])
    for cells in zip(*(as_arrow(rows[name]).to_pylist() for name in names), strict=True):
        sheet.append(
            [_answer_cell(sheet, cell, fill=at in to_fill) for at, cell in enumerate(cells, 1)]
        )
    for at in to_fill:
        sheet.data_validations.append(_offered(choices[names[at - 1]], at, len(rows)))
    with replacing(path) as draft:
        book.save(draft)


def _width(name: str, column: pd.Series[str]) -> float:
    longest = column.head(_MEASURED).str.len().max()
    return min(max(_NARROWEST, len(name), longest if longest == longest else 0) + 2, _WIDEST)  # noqa: PLR0124  NaN


def _head(sheet: WriteOnlyWorksheet, name: str) -> WriteOnlyCell:
    cell = text_cell(sheet, name)
    cell.font, cell.fill = Font(bold=True), _HEAD
    return cell


def _answer_cell(sheet: WriteOnlyWorksheet, text: str | None, *, fill: bool) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, None) if text is None else text_cell(sheet, text)
    # Text, also if someone types a number: the first candidate is "1" and not 1.0.
    cell.number_format = "@"
    cell.alignment = Alignment(vertical="top")
    if fill:
        cell.fill = _TO_FILL
    return cell


def _offered(words: Sequence[str], column: int, rows: int) -> DataValidation:
    """Return the list for the cells of a column; what is not on it is asked about, not refused."""
    letter = get_column_letter(column)
    offered = DataValidation(
        type="list", formula1=f'"{",".join(words)}"', allow_blank=True, errorStyle="warning"
    )
    offered.errorTitle, offered.error = "Not on the list", f"Usually {', '.join(words)}. Keep it?"
    offered.add(f"{letter}2:{letter}{max(rows + 1, 2)}")
    return offered
