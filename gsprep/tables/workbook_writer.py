"""Workbooks of frames: plain, with marked errors, to fill in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from gsprep.atomic_files import replacing
from gsprep.errors import InputError, TableError
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.tables.raw_table import MAX_COLUMNS
from gsprep.values.arrow import among, as_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

# The limits of a sheet: support.microsoft.com, "Excel specifications and limits".
MAX_ROWS = 1_048_576
MAX_CHARACTERS = 32_767

# XML cannot hold these; the format writes them as _xHHHH_, and so also text of that form.
# Source: ECMA-376, part 1, 22.9.2.19 (ST_Xstring).
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\r]|_(?=x[0-9A-Fa-f]{4}_)")
# Readers do not take the escape of these two back.
_NO_CHARACTER = r"[\x{FFFE}\x{FFFF}]"
_USE_CSV = "Write it as .csv or .parquet."


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame of text as a workbook of one sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append([_cell(sheet, str(name)) for name in frame.columns])
    for row in _rows(frame):
        sheet.append([cell if cell is None else _cell(sheet, cell) for cell in row])
    book.save(path)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[str | None, ...]]:
    columns = [as_arrow(frame[name]).to_pylist() for name in frame.columns]
    return zip(*columns, strict=True)


def _cell(sheet: WriteOnlyWorksheet, text: str) -> str | WriteOnlyCell:
    escaped = _UNWRITABLE.sub(_escape, text)
    # A plain string is quicker; the library takes these beginnings for formulas and errors.
    if not escaped.startswith(("=", "#", "@")):
        return escaped
    return text_cell(sheet, text)


def text_cell(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    """Return a cell of text that stays text: not computed, nor when a person edits it."""
    cell = WriteOnlyCell(sheet, _UNWRITABLE.sub(_escape, text))
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def refuse_unwritable(frame: pd.DataFrame, path: Path) -> None:
    """Raise TableError for more rows, columns or text than a sheet holds."""
    if len(frame) >= MAX_ROWS or len(frame.columns) > MAX_COLUMNS:
        problem = f"a sheet holds {MAX_ROWS:,} rows with the headers and {MAX_COLUMNS:,} columns"
        raise TableError(path, problem, _USE_CSV)
    for name in frame.columns:
        cells = pa.concat_arrays([pa.array([str(name)], pa.large_string()), as_arrow(frame[name])])
        if pc.any(pc.match_substring_regex(cells, _NO_CHARACTER)).as_py():
            raise TableError(path, "a cell holds U+FFFE or U+FFFF, which is not allowed", _USE_CSV)
        # An escaped character takes seven, so shorter cells need no measuring.
        long = pc.filter(cells, pc.greater(pc.utf8_length(cells), MAX_CHARACTERS // 7))
        if any(_length(cell) > MAX_CHARACTERS for cell in long.to_pylist()):
            problem = f"a cell holds at most {MAX_CHARACTERS:,} characters, and one is longer"
            raise TableError(path, problem, _USE_CSV)


def _length(cell: str | None) -> int:
    # Excel counts in UTF-16 units.
    return len(_UNWRITABLE.sub(_escape, cell or "").encode("utf-16-le")) // 2


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
    marks = _marks(findings[among(findings[ROW_ID], rows[ROW_ID])], list(rows.columns))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Errors")
    sheet.freeze_panes = "A2"
    sheet.append([_header(sheet, str(name)) for name in rows.columns])
    for cells in _rows(rows):
        named = list(zip(map(str, rows.columns), cells, strict=True))
        row_id = dict(named)[ROW_ID]
        sheet.append(
            [_marked_cell(sheet, cell, marks.get((row_id, name), ())) for name, cell in named]
        )
    with replacing(path) as draft:
        book.save(draft)
    return len(rows)


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
) -> WriteOnlyCell | None:
    if text is None and not marks:
        return None
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
    for cells in _rows(rows):
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
    cell = _header(sheet, name)
    cell.fill = _HEAD
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
        type="list",
        formula1=f'"{",".join(words)}"',
        allow_blank=True,
        errorStyle="warning",
        showErrorMessage=True,
    )
    offered.errorTitle, offered.error = "Not on the list", f"Usually {', '.join(words)}. Keep it?"
    offered.add(f"{letter}2:{letter}{max(rows + 1, 2)}")
    return offered
