"""XLSX workbooks to tables of text."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
from openpyxl.utils import get_column_letter
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from gsprep.display import few
from gsprep.errors import TableError
from gsprep.schemas.frames import ROW_ID, cell_text
from gsprep.tables.headers import quoted, refuse_wrong_heading
from gsprep.tables.raw_table import RawTable, from_rows
from gsprep.tables.workbook_guard import inspect_workbook, not_a_workbook, sheet_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from python_calamine import CalamineSheet

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.workbook_guard import FormulaCells, WorkbookContent

# Excel keeps 15 digits of a number and fills up with zeros.
_DIGITS = 15
_FIRST = 6
_HOW = "--sheet (sheet= in Python)"

Row = list[str | None]


def read_workbook(path: Path, sheet: str | int | None, of: ObjectFields | None) -> RawTable:
    """Return the records of one sheet, by its name or its position (0 is the first).

    Without a choice it is the first visible sheet that holds values, noted when others do. Numbers
    have no ".0", dates are ISO, error cells such as #N/A stay text, rows without any value are
    left out. Raises TableError for what is no workbook, is protected or has no such sheet.
    """
    with _opened(path) as book:
        name, notes = book.chosen(sheet)
        return replace(_sheet(book, name, notes, of), sheet=name)


def read_every_sheet(path: Path, of: ObjectFields | None) -> list[tuple[str, RawTable]]:
    """Return the records of each visible sheet that holds values, with its name.

    In a workbook with a sheet called ``all`` it is that sheet alone. Raises TableError for what
    is no workbook, is protected or holds no value.
    """
    with _opened(path) as book:
        names = [ALL_SHEETS] if ALL_SHEETS in book.names else book.with_values() or book.visible[:1]
        return [(name, replace(_sheet(book, name, [], of), sheet=name)) for name in names]


@dataclass(frozen=True, slots=True)
class _Book:
    """An open workbook, what was seen inside, and its sheets of cells by name."""

    path: Path
    book: CalamineWorkbook
    seen: WorkbookContent
    names: tuple[str, ...]
    visible: tuple[str, ...]
    parts: Mapping[str, str]

    def with_values(self) -> list[str]:
        """Return the names of the visible sheets that hold a value."""
        # A sheet whose part is not known may hold one.
        parts, filled = self.parts, self.seen.filled
        return [name for name in self.visible if parts.get(name) is None or parts[name] in filled]

    def chosen(self, sheet: str | int | None) -> tuple[str, list[str]]:
        """Return the name of the chosen sheet, and notes on the choice."""
        if sheet is None:
            first, *others = self.with_values() or self.visible
            return first, [_first_of(first, others)] if others else []
        if isinstance(sheet, str) and sheet in self.names:
            return sheet, []
        at = int(sheet) if isinstance(sheet, int) or sheet.isdecimal() else -1
        if 0 <= at < len(self.names):
            return self.names[at], []
        raise TableError(
            self.path,
            f"it has no sheet {sheet!r}" if isinstance(sheet, str) else f"it has no sheet at {at}",
            f"It has {', '.join(map(quoted, self.names))} (positions count from 0).",
        )


def _refuse_no_sheet(path: Path, names: Sequence[str]) -> None:
    if not names:
        raise TableError(path, "the workbook has no sheet of cells", "Save the data as a sheet.")


@contextmanager
def _opened(path: Path) -> Iterator[_Book]:
    seen = inspect_workbook(path)
    try:
        book = CalamineWorkbook.from_path(path)
        pages = [page for page in book.sheets_metadata if page.typ == SheetTypeEnum.WorkSheet]
        names = tuple(page.name for page in pages)
        _refuse_no_sheet(path, names)
        shown = tuple(page.name for page in pages if page.visible == SheetVisibleEnum.Visible)
        yield _Book(path, book, seen, names, shown or names, sheet_parts(path))
    except CalamineError as failure:
        raise not_a_workbook(path) from failure
    except BaseException as failure:
        # A panic of the reader, which is written in Rust, is no Exception.
        if type(failure).__name__ != "PanicException":
            raise
        raise not_a_workbook(path) from failure


def _sheet(book: _Book, name: str, notes: list[str], of: ObjectFields | None) -> RawTable:
    page = book.book.get_sheet_by_name(name)
    values = page.to_python()
    rows: list[Row] = [[_shown(value) for value in row] for row in values]
    if book.seen.errors:
        _lay_errors(book.path, page, rows)
    part = book.parts.get(name, "")
    if part in book.seen.unsaved:
        notes.append(
            "formulas without a saved result are missing: open the workbook in Excel and save it"
        )
    if hidden := book.seen.hidden.get(part, 0):
        notes.append(f"{hidden} hidden row(s) are read too: delete those that are not wanted")
    notes += _fill_down(page, rows)
    formulas = book.seen.formulas.get(part, {})
    notes += [*_computed(page, values, formulas), *_long_numbers(values)]
    return _raw_table(book, page, (rows, notes), of)


def _raw_table(
    book: _Book, page: CalamineSheet, found: tuple[list[Row], list[str]], of: ObjectFields | None
) -> RawTable:
    path, (rows, notes) = book.path, found
    start = page.start[0] + 1 if page.start else 1
    lines = [(start + at, row) for at, row in enumerate(rows) if any(map(_is_filled, row))]
    if not lines:
        others = [name for name in book.with_values() if name != page.name]
        cure = f"Choose {' or '.join(map(quoted, others))} with {_HOW}." if others else "Fill it."
        raise TableError(path, f"the sheet {quoted(page.name)} is empty", cure)
    first = [(line, [cell or "" for cell in row]) for line, row in lines[:_FIRST]]
    refuse_wrong_heading(path, first, of)
    line, headers = first[0]
    cells = from_rows([row for _, row in lines[1:]], len(headers))
    return RawTable(path, tuple(headers), cells, line, tuple(notes))


def _fill_down(page: CalamineSheet, rows: list[Row]) -> list[str]:
    """Fill cells that are merged over several rows with their value; return a note on them."""
    top, left = page.start or (0, 0)
    head = next((at for at, row in enumerate(rows) if any(map(_is_filled, row))), 0)
    columns: dict[str, int] = {}
    for (first, column), (last, _) in page.merged_cell_ranges or ():
        begin, at = first - top, column - left
        # A merged cell of the headers, or of a title, is no value of a record.
        is_data = head < begin < len(rows) and 0 <= at < len(rows[head])
        if not is_data or not _is_filled(rows[begin][at]):
            continue
        for row in rows[begin + 1 : last - top + 1]:
            # Ranges of a damaged file may overlap: each cell is filled once.
            if _is_filled(row[at]):
                break
            row[at] = rows[begin][at]
            name = quoted(rows[head][at] or f"column {at + 1}")
            columns[name] = columns.get(name, 0) + 1
    told = ", ".join(f"{name} ({count} row(s))" for name, count in columns.items())
    return [f"merged cells are filled down: {told}"] if told else []


def _is_filled(cell: str | None) -> bool:
    return cell is not None and bool(cell.strip())


def _first_of(first: str, others: Sequence[str]) -> str:
    hold = "holds" if len(others) == 1 else "hold"
    return (
        f"read from the sheet {quoted(first)}; {', '.join(map(quoted, others))} {hold} values too: "
        f'choose with {_HOW}; "{ALL_SHEETS}" reads those of the same headers together'
    )


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
    # Excel stores fractions of days, so a full second comes back some microseconds off.
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
    page: CalamineSheet, values: Sequence[Sequence[object]], columns: Mapping[int, FormulaCells]
) -> list[str]:
    """Return a note on the cells with formulas: their saved results are read."""
    left = page.start[1] if page.start else 0
    inside = [at for at in sorted(columns) if values and 0 <= at - left < len(values[0])]
    headers = [_shown(values[0][at - left]) or f"column {at - left + 1}" for at in inside]
    told = [
        f"{quoted(header)} ({_cells(at, columns[at])})"
        for header, at in zip(headers, inside, strict=True)
    ]
    return [f"formulas are read as their saved results: {', '.join(told)}"] if told else []


def _cells(at: int, formulas: FormulaCells) -> str:
    letters = get_column_letter(at + 1)
    return few("cells", [f"{letters}{row}" for row in formulas.rows], formulas.cells)


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


# The value of --sheet for all sheets, unless a sheet has this name.
ALL_SHEETS = "all"


def concat_sheets(sheets: Sequence[tuple[str, RawTable]]) -> RawTable:
    """Return the records of all sheets, one sheet below the other.

    The columns are in the order of the first sheet. Without a ``row_id`` of their own, records
    are called by their sheet and their number in it: ``Contacts:1``. Raises TableError, which
    names them, when the headers of two sheets differ.
    """
    (first, top), *others = sheets
    for name, table in others:
        _refuse_other_headers(first, top, name, table)
    named = [_with_row_ids(name, table) for name, table in sheets]
    headers = named[0].headers
    cells = [_in_order(table, headers) for table in named]
    names = ", ".join(quoted(name) for name, _ in sheets)
    notes = [
        f"read from the sheets {names}, one below the other",
        *(f"the sheet {quoted(name)}: {note}" for name, table in sheets for note in table.notes),
    ]
    whole = pd.concat(cells, ignore_index=True)
    together = ", ".join(name for name, _ in sheets)
    return replace(named[0], cells=whole, notes=tuple(notes), sheet=together)


def _refuse_other_headers(first: str, top: RawTable, name: str, table: RawTable) -> None:
    lacks = [header for header in top.headers if header not in table.headers]
    more = [header for header in table.headers if header not in top.headers]
    told = [
        f"{what} {', '.join(map(quoted, headers))}"
        for what, headers in (("it lacks", lacks), ("it also has", more))
        if headers
    ]
    if told:
        raise TableError(
            table.path,
            f"the sheet {quoted(name)} has different headers from {quoted(first)}: "
            f"{'; '.join(told)}",
            "Make them the same, or choose one sheet.",
        )


def _with_row_ids(name: str, table: RawTable) -> RawTable:
    if ROW_ID in table.headers:
        return table
    row_ids = [f"{name}:{number}" for number in range(1, len(table.cells) + 1)]
    column = pd.DataFrame({0: pd.Series(row_ids, dtype="str")})
    cells = pd.concat(
        [column, table.cells.set_axis(range(1, len(table.headers) + 1), axis=1)], axis=1
    )
    return replace(table, headers=(ROW_ID, *table.headers), cells=cells)


def _in_order(table: RawTable, headers: Sequence[str]) -> pd.DataFrame:
    places = [table.headers.index(header) for header in headers]
    return table.cells[places].set_axis(range(len(headers)), axis=1)
