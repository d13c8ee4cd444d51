"""Workbooks to tables of text."""

from __future__ import annotations

import io
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from gsprep.display import few, plural
from gsprep.errors import TableError
from gsprep.lazy import lazy_module
from gsprep.mapping.aliases import meaning
from gsprep.schemas.fields import OBJECTS
from gsprep.schemas.frames import ROW_ID
from gsprep.tables.headers import LOOKED_AT, find_headers, header_text, under_groups
from gsprep.tables.raw_table import RawTable, ReadOptions, from_rows
from gsprep.tables.sheet_cells import (
    SheetCells,
    column_name,
    fill_down,
    formats_of,
    is_filled,
    long_numbers,
    styled_cells,
)
from gsprep.tables.workbook_guard import SheetContent, inspect_workbook, not_a_workbook, sheet_parts
from gsprep.tables.xls_and_ods import read_sheets
from gsprep.values.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import openpyxl

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables import markup
    from gsprep.tables.file_kind import TableSource
    from gsprep.tables.headers import Line
    from gsprep.tables.sheet_cells import Row
    from gsprep.tables.workbook_guard import FormulaCells
else:
    # Only cells with errors and the letters of columns need it.
    openpyxl = lazy_module("openpyxl")
    markup = lazy_module("gsprep.tables.markup")

_HOW = "--sheet (sheet= in Python)"
# Fields that identify a record: a sheet that has one of them alone is a list.
_KEYS = frozenset({"Email", "Gsid", "Person_ID", "Company_ID", "Relationship_ID"})
_FEW_FIELDS = 2
# Of these types the number counts, not how it is shown; 0.5 is 50 in a field of percentages.
_NUMBERS = frozenset({"NUMBER", "CURRENCY"})


def read_workbook(source: TableSource, sheet: str | int | None, how: ReadOptions) -> RawTable:
    """Return the records of one sheet, by its name or its position (0 is the first).

    Without a choice it is the first visible sheet that holds values, noted when others do; where
    it has no field and one other has, it is that. Numbers have no ".0", and ids and telephone
    numbers are as their number format shows them; dates are ISO, error cells such as #N/A stay
    text, rows without any value are left out. Raises TableError for what is no workbook, is
    protected or has no such sheet.
    """
    with _opened(source) as book:
        name, notes = book.chosen(sheet)
        if sheet is None and how.header is None:
            name, notes = _with_fields(book, name, notes, how.of)
        return replace(_sheet(book, name, notes, how), sheet=name)


def read_every_sheet(source: TableSource, how: ReadOptions) -> list[tuple[str, RawTable]]:
    """Return the records of each visible sheet that holds values, with its name.

    In a workbook with a sheet called ``all`` it is that sheet alone. Raises TableError for what
    is no workbook, is protected or holds no value.
    """
    with _opened(source) as book:
        names = [ALL_SHEETS] if ALL_SHEETS in book.names else book.with_values() or book.visible[:1]
        return [(name, replace(_sheet(book, name, [], how), sheet=name)) for name in names]


@dataclass(frozen=True, slots=True)
class _Book:
    """An open workbook, what was seen inside, and its sheets of cells by name."""

    path: Path | str
    load: Callable[[str], SheetCells]
    seen: Mapping[str, SheetContent]
    names: tuple[str, ...]
    visible: tuple[str, ...]
    parts: Mapping[str, str]
    # The file, if what the reader of values does not show can be looked up in it.
    file: bytes | None = None
    loaded: dict[str, SheetCells] = field(default_factory=dict)

    def cells(self, name: str) -> SheetCells:
        """Return the cells of a sheet."""
        if name not in self.loaded:
            self.loaded[name] = self.load(name)
        return self.loaded[name]

    def with_values(self) -> list[str]:
        """Return the names of the visible sheets that hold a value."""
        # A sheet whose part is not known may hold one.
        return [n for n in self.visible if n not in self.parts or self.content(n).filled]

    def content(self, name: str) -> SheetContent:
        """Return what was seen in the part of a sheet; nothing if the part is not known."""
        return self.seen.get(self.parts.get(name, ""), SheetContent())

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


def _refuse_no_sheet(path: Path | str, names: Sequence[str]) -> None:
    if not names:
        raise TableError(path, "the workbook has no sheet of cells", "Save the data as a sheet.")


@contextmanager
def _opened(source: TableSource) -> Iterator[_Book]:
    path = source.place
    if source.kind != "xlsx":
        yield _old_book(source)
        return
    seen = inspect_workbook(path, source.stream())
    try:
        book = CalamineWorkbook.from_filelike(source.stream())
        pages = [page for page in book.sheets_metadata if page.typ == SheetTypeEnum.WorkSheet]
        names = tuple(page.name for page in pages)
        _refuse_no_sheet(path, names)
        shown = tuple(page.name for page in pages if page.visible == SheetVisibleEnum.Visible)
        parts = sheet_parts(source.stream())
        load = partial(_loaded, book)
        yield _Book(path, load, seen, names, shown or names, parts, source.data)
    except CalamineError as failure:
        raise not_a_workbook(path) from failure
    except BaseException as failure:
        # A panic of the reader, which is written in Rust, is no Exception.
        if type(failure).__name__ != "PanicException":
            raise
        raise not_a_workbook(path) from failure


def _loaded(book: CalamineWorkbook, name: str) -> SheetCells:
    page = book.get_sheet_by_name(name)
    top, left = page.start or (0, 0)
    return SheetCells(name, top, left, page.to_python(), page.merged_cell_ranges or ())


def _old_book(source: TableSource) -> _Book:
    sheets = markup.read_tables(source) if source.kind == "markup" else read_sheets(source)
    by_name = {sheet.name: sheet for sheet, _ in sheets}
    names = tuple(by_name)
    _refuse_no_sheet(source.place, names)
    shown = tuple(sheet.name for sheet, visible in sheets if visible)
    seen = {
        n: SheetContent(filled=any(v not in ("", None) for r in by_name[n].values for v in r))
        for n in names
    }
    parts = {name: name for name in names}
    return _Book(source.place, by_name.__getitem__, seen, names, shown or names, parts)


def _with_fields(
    book: _Book, first: str, notes: list[str], of: ObjectFields | None
) -> tuple[str, list[str]]:
    """Return the sheet to read: another one, if the first has no column of use."""
    others = [name for name in book.with_values() if name != first]
    if not others or _fields_of(book.cells(first), of)[1]:
        return first, notes
    usable = [name for name in others if _fields_of(book.cells(name), of)[0] >= _FEW_FIELDS]
    if not usable:
        return first, notes
    if len(usable) == 1:
        note = (
            f"read from the sheet {quoted(usable[0])}, because {quoted(first)} has no column of "
            f"use: choose another with {_HOW}"
        )
        return usable[0], [note]
    named = ", ".join(map(quoted, usable))
    return first, [f"{quoted(first)} has no column of use, but {named} have: choose with {_HOW}"]


def _fields_of(sheet: SheetCells, of: ObjectFields | None) -> tuple[int, bool]:
    """Return the most fields that a row names, and whether the sheet may be a list."""
    most = 0
    for _, cells in _lines(sheet.top, SheetCells.texts(replace(sheet, values=sheet.values[:200])))[
        :LOOKED_AT
    ]:
        names = {m.name for cell in cells if (m := meaning(header_text(cell), of))}
        if len(names) >= _FEW_FIELDS or names & _KEYS or ROW_ID in cells:
            return len(names), True
        most = max(most, len(names))
    return most, False


def _lines(top: int, rows: Sequence[Row]) -> list[Line]:
    """Return the rows with text, each with its number."""
    filled = [(at, row) for at, row in enumerate(rows) if any(map(is_filled, row))]
    return [(top + 1 + at, [cell or "" for cell in row]) for at, row in filled]


def _sheet(book: _Book, name: str, notes: list[str], how: ReadOptions) -> RawTable:
    sheet = book.cells(name)
    rows = sheet.texts()
    if book.file is not None and any(one.errors for one in book.seen.values()):
        _lay_errors(book.file, sheet, rows)
    line, above = _headers(book, sheet, rows, how)
    head = line - sheet.top - 1
    above_them = [cell or "" for cell in rows[head - 1]] if head else []
    headers, grouped = under_groups([cell or "" for cell in rows[head]], above_them, how.of)
    told = [
        *notes,
        *_on_content(book.content(name)),
        *above,
        *grouped,
        *fill_down(sheet, rows, head),
        *_computed(sheet, rows, head, book.content(name).formulas),
        *long_numbers(sheet, rows, head),
        *_show_formats(book, sheet, rows, head, how.of),
    ]
    below = [at for at in range(head + 1, len(rows)) if any(map(is_filled, rows[at]))]
    return RawTable(
        book.path,
        headers,
        from_rows([rows[at] for at in below], len(headers)),
        line,
        tuple(told),
        lines=np.array(below, dtype=np.int64) + sheet.top + 1,
        is_laid_out=True,
    )


def _on_content(seen: SheetContent) -> list[str]:
    notes = []
    if seen.unsaved:
        notes.append(
            "formulas without a saved result are missing: open the workbook in Excel and save it"
        )
    if seen.hidden:
        are = plural(seen.hidden, "row is", "rows are")
        notes.append(f"{seen.hidden} hidden {are} read too: delete those that are not wanted")
    return notes


def _headers(
    book: _Book, sheet: SheetCells, rows: Sequence[Row], how: ReadOptions
) -> tuple[int, tuple[str, ...]]:
    """Return the row of the headers, counted from 1 in the sheet, and notes on rows above."""
    lines = _lines(sheet.top, rows)
    if not lines:
        others = [name for name in book.with_values() if name != sheet.name]
        cure = f"Choose {' or '.join(map(quoted, others))} with {_HOW}." if others else "Fill it."
        raise TableError(book.path, f"the sheet {quoted(sheet.name)} is empty", cure)
    first = lines if how.header is not None else lines[:LOOKED_AT]
    at, notes = find_headers(book.path, first, how.of, how.header)
    return lines[at][0], notes


def _show_formats(
    book: _Book, sheet: SheetCells, rows: list[Row], head: int, of: ObjectFields | None
) -> list[str]:
    """Show numbers as their format does, where it adds digits or signs; return a note."""
    part = book.parts.get(sheet.name)
    if book.file is None or part is None:
        return []
    counts: dict[int, int] = {}
    with zipfile.ZipFile(io.BytesIO(book.file)) as archive:
        formats = formats_of(archive)
        if not formats or part not in archive.namelist():
            return []
        numbers = {at for at, header in enumerate(rows[head]) if _is_number(header or "", of)}
        with archive.open(part) as content:
            for row, column, style in styled_cells(content, formats):
                at, place = row - sheet.top, column - sheet.left
                if not (head < at < len(rows) and 0 <= place < len(rows[at])) or place in numbers:
                    continue
                text = formats[style].shown(sheet.values[at][place])
                if text is not None and text != rows[at][place]:
                    rows[at][place] = text
                    counts[place] = counts.get(place, 0) + 1
    columns = [f"{column_name(rows, head, at)} ({count} cells)" for at, count in counts.items()]
    return [f"numbers are read as their format shows them: {', '.join(columns)}"] if columns else []


def _is_number(header: str, of: ObjectFields | None) -> bool:
    means = meaning(header_text(header), of)
    if means is None:
        return False
    objects = OBJECTS if of is None else (of,)
    types = {f.type for thing in objects for f in thing.fields if f.name == means.name}
    return bool(types) and types <= _NUMBERS


def _first_of(first: str, others: Sequence[str]) -> str:
    hold = "holds" if len(others) == 1 else "hold"
    return (
        f"read from the sheet {quoted(first)}; {', '.join(map(quoted, others))} {hold} values too: "
        f'choose with {_HOW}; "{ALL_SHEETS}" reads those of the same headers together'
    )


def _computed(
    sheet: SheetCells, rows: Sequence[Row], head: int, columns: Mapping[int, FormulaCells]
) -> list[str]:
    """Return a note on the cells with formulas: their saved results are read."""
    inside = [at for at in sorted(columns) if 0 <= at - sheet.left < len(rows[head])]
    told = [
        f"{column_name(rows, head, at - sheet.left)} ({_cells(at, columns[at])})" for at in inside
    ]
    return [f"formulas are read as their saved results: {', '.join(told)}"] if told else []


def _cells(at: int, formulas: FormulaCells) -> str:
    letters = openpyxl.utils.get_column_letter(at + 1)
    return few("cells", [f"{letters}{row}" for row in formulas.rows], formulas.cells)


def _lay_errors(file: bytes, sheet: SheetCells, rows: list[Row]) -> None:
    """Put the error cells, which the reader of values leaves empty, into the rows."""
    book = openpyxl.load_workbook(io.BytesIO(file), read_only=True, data_only=True)
    try:
        cells = (cell for row in book[sheet.name].iter_rows() for cell in row)
        for cell in (cell for cell in cells if cell.data_type == "e" and cell.value is not None):
            at, column = cell.row - 1 - sheet.top, cell.column - 1 - sheet.left
            if 0 <= at < len(rows) and 0 <= column < len(rows[at]):
                rows[at][column] = str(cell.value)
    finally:
        book.close()


# The value of --sheet for all sheets, unless a sheet has this name.
ALL_SHEETS = "all"
