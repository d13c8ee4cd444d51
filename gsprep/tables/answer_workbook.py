"""Workbooks to fill in, with lists of choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from gsprep.errors import InputError
from gsprep.schemas.frames import text_frame
from gsprep.tables.write import refuse_unwritable, replacing, text_cell
from gsprep.values.arrow import as_arrow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

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
        sheet.append([_cell(sheet, cell, fill=at in to_fill) for at, cell in enumerate(cells, 1)])
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


def _cell(sheet: WriteOnlyWorksheet, text: str | None, *, fill: bool) -> WriteOnlyCell:
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
