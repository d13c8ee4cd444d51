"""XLSX out: every cell is text, so nothing in it is ever computed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.cell import WriteOnlyCell

from gsprep.errors import TableError
from gsprep.tables.columns import arrow
from gsprep.tables.grid import MAX_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def write_sheet(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame of text as a workbook of one sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append([_cell(sheet, str(name)) for name in frame.columns])
    for row in _rows(frame):
        sheet.append([cell if cell is None else _cell(sheet, cell) for cell in row])
    book.save(path)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[str | None, ...]]:
    columns = [arrow(frame[name]).to_pylist() for name in frame.columns]
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
        cells = pa.concat_arrays([pa.array([str(name)], pa.large_string()), arrow(frame[name])])
        if pc.any(pc.match_substring_regex(cells, _NO_CHARACTER)).as_py():
            raise TableError(path, "a cell holds U+FFFE or U+FFFF, which no sheet can", _USE_CSV)
        # An escaped character takes seven, so shorter cells need no measuring.
        long = pc.filter(cells, pc.greater(pc.utf8_length(cells), MAX_CHARACTERS // 7))
        if any(_length(cell) > MAX_CHARACTERS for cell in long.to_pylist()):
            problem = f"a cell holds at most {MAX_CHARACTERS:,} characters, and one is longer"
            raise TableError(path, problem, _USE_CSV)


def _length(cell: str | None) -> int:
    # Excel counts in UTF-16 units.
    return len(_UNWRITABLE.sub(_escape, cell or "").encode("utf-16-le")) // 2
