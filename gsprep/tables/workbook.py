"""XLSX to records: the cells as the sheet shows them, not as it stores them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import openpyxl
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from gsprep.errors import TableError
from gsprep.schemas.frames import cell_text
from gsprep.tables.archive import look_inside, not_a_workbook
from gsprep.tables.columns import from_rows
from gsprep.tables.grid import Grid
from gsprep.tables.headers import quoted
from gsprep.tables.heading import refuse_wrong_heading
from gsprep.tables.parts import sheet_part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from python_calamine import CalamineSheet

    from gsprep.schemas.fields import ObjectFields

# Excel keeps 15 digits of a number and fills up with zeros.
_DIGITS = 15
_FIRST = 6

Row = list[str | None]


def read_workbook(path: Path, sheet: str | int | None, of: ObjectFields | None) -> Grid:
    """Return the records of one sheet, by its name or its position (0 is the first).

    Without a choice it is the first visible sheet, noted when there are others. Numbers have no
    ".0", dates are ISO, error cells such as #N/A stay text, rows without any value are left out.
    Raises TableError for what is no workbook, is protected or has no such sheet.
    """
    seen = look_inside(path)
    try:
        book = CalamineWorkbook.from_path(path)
        name, notes = _chosen(path, book, sheet)
        page = book.get_sheet_by_name(name)
        values = page.to_python()
    except CalamineError as failure:
        raise not_a_workbook(path) from failure
    rows: list[Row] = [[_shown(value) for value in row] for row in values]
    if seen.errors:
        _lay_errors(path, page, rows)
    if seen.unsaved:
        notes.append(
            "formulas without a saved result are missing: open the workbook in Excel and save it"
        )
    computed = seen.formulas.get(sheet_part(path, name) or "") if seen.formulas else None
    notes += [*_computed(page, values, computed or frozenset()), *_long_numbers(values)]
    return _grid(path, page, (rows, notes), of)


def _grid(
    path: Path, page: CalamineSheet, found: tuple[list[Row], list[str]], of: ObjectFields | None
) -> Grid:
    rows, notes = found
    start = page.start[0] + 1 if page.start else 1
    lines = [(start + at, row) for at, row in enumerate(rows) if any(map(_is_filled, row))]
    if not lines:
        raise TableError(path, "the sheet is empty", "Choose another with sheet=, or fill it.")
    first = [(line, [cell or "" for cell in row]) for line, row in lines[:_FIRST]]
    refuse_wrong_heading(path, first, of)
    line, headers = first[0]
    cells = from_rows([row for _, row in lines[1:]], len(headers))
    return Grid(path, tuple(headers), cells, line, tuple(notes))


def _is_filled(cell: str | None) -> bool:
    return cell is not None and bool(cell.strip())


def _chosen(path: Path, book: CalamineWorkbook, sheet: str | int | None) -> tuple[str, list[str]]:
    pages = [page for page in book.sheets_metadata if page.typ == SheetTypeEnum.WorkSheet]
    names = [page.name for page in pages]
    visible = [page.name for page in pages if page.visible == SheetVisibleEnum.Visible]
    if not names:
        raise TableError(path, "the workbook has no sheet of cells", "Save the data as a sheet.")
    if sheet is None:
        first, *others = visible or names
        return first, [_first_of(first, others)] if others else []
    if isinstance(sheet, str) and sheet in names:
        return sheet, []
    if isinstance(sheet, str) and sheet.isdecimal():
        return _chosen(path, book, int(sheet))
    if isinstance(sheet, int) and 0 <= sheet < len(names):
        return names[sheet], []
    raise TableError(
        path,
        f"it has no sheet {sheet!r}" if isinstance(sheet, str) else f"it has no sheet at {sheet}",
        f"It has {', '.join(names)} (positions count from 0).",
    )


def _first_of(first: str, others: Sequence[str]) -> str:
    return f'read from the sheet "{first}"; the others are {", ".join(others)}: choose with sheet='


def _shown(value: object) -> str | None:
    if type(value) is str:
        return value or None
    if isinstance(value, float):
        # A sheet shows 0.3 for 0.1 + 0.2.
        return cell_text(float(f"{value:.{_DIGITS}g}"))
    if isinstance(value, dt.datetime):
        return cell_text(_to_the_second(value))
    if isinstance(value, dt.timedelta):
        return _duration(value)
    return cell_text(value)


def _to_the_second(moment: dt.datetime) -> dt.datetime:
    # Excel stores fractions of days, so a full second comes back some microseconds beside it.
    rounded = (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    return rounded if abs(rounded - moment) < dt.timedelta(milliseconds=1) else moment


def _duration(length: dt.timedelta) -> str:
    seconds = round(abs(length).total_seconds())
    sign = "-" if length < dt.timedelta(0) else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _long_numbers(values: Sequence[Sequence[object]]) -> list[str]:
    long = {
        at
        for row in values[1:]
        for at, value in enumerate(row)
        if type(value) in (int, float) and abs(value) >= 10**_DIGITS  # type: ignore[arg-type] # the line says it is a number
    }
    names = [quoted(_shown(values[0][at]) or f"column {at + 1}") for at in sorted(long)]
    return [
        f"Excel keeps 15 digits: the numbers in {name} are longer, so their last digits may be "
        "lost; export that column as text"
        for name in names
    ]


def _computed(
    page: CalamineSheet, values: Sequence[Sequence[object]], columns: frozenset[int]
) -> list[str]:
    """Say in which columns formulas stand: what is read is what they gave when last saved."""
    left = page.start[1] if page.start else 0
    inside = [at - left for at in sorted(columns) if values and 0 <= at - left < len(values[0])]
    names = ", ".join(quoted(_shown(values[0][at]) or f"column {at + 1}") for at in inside)
    return [f"formulas stand in {names}: their saved results are read"] if names else []


def _lay_errors(path: Path, page: CalamineSheet, rows: list[Row]) -> None:
    """Put the error cells, which the reader of values leaves empty, into the rows."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        top, left = page.start or (0, 0)
        cells = (cell for row in book[page.name].iter_rows() for cell in row)
        for cell in (cell for cell in cells if cell.data_type == "e" and cell.value is not None):
            at, column = cell.row - 1 - top, cell.column - 1 - left
            if 0 <= at < len(rows) and 0 <= column < len(rows[at]):
                rows[at][column] = str(cell.value)
    finally:
        book.close()
