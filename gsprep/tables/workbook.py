"""Workbooks to tables of text."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

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
    is_filled,
    long_numbers,
)
from gsprep.tables.sheet_content import SheetContent, content_of
from gsprep.tables.workbook_process import open_workbook
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
    from gsprep.tables.sheet_content import FormulaCells
else:
    # Only the letters of columns need it.
    openpyxl = lazy_module("openpyxl")
    markup = lazy_module("gsprep.tables.markup")

_HOW = "--sheet (sheet= in Python)"
# Fields that identify a record: a sheet that has one of them alone is a list.
_KEYS = frozenset({"Email", "Gsid", "Person_ID", "Company_ID", "Relationship_ID"})
_FEW_FIELDS = 2
# Rows by which a sheet is chosen: the first one holds a value.
_ROWS_AT_TOP = 200
# Of these types the number counts, not how it is shown; 0.5 is 50 in a field of percentages.
_NUMBERS = frozenset({"NUMBER", "CURRENCY"})


def read_workbook(source: TableSource, how: ReadOptions) -> RawTable:
    """Return the records of one sheet, by its name or its position (0 is the first).

    Without a choice it is the first visible sheet that holds values, noted when others do; where
    it has no field and one other has, it is that. Numbers have no ".0", and ids and telephone
    numbers are as their number format shows them; dates are ISO, error cells such as #N/A stay
    text, rows without any value are left out. Raises TableError for what is no workbook, is
    protected or has no such sheet.
    """
    with _opened(source) as book:
        name, notes = book.chosen(how.sheet)
        if how.sheet is None and how.header is None:
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
    """An open workbook and its sheets of cells by name."""

    path: Path | str
    load: Callable[[str, int | None], SheetCells]
    names: tuple[str, ...]
    visible: tuple[str, ...]
    # The file, if what the reader of values does not show can be looked up in it.
    file: bytes | None = None
    loaded: dict[str, SheetCells] = field(default_factory=dict)
    tops: dict[str, SheetCells] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise TableError if there is no sheet."""
        if not self.names:
            problem = "the workbook has no sheet of cells"
            raise TableError(self.path, problem, "Save the data as a sheet.")

    def cells(self, name: str) -> SheetCells:
        """Return the cells of a sheet."""
        if name not in self.loaded:
            self.loaded[name] = self.load(name, None)
        return self.loaded[name]

    def top(self, name: str) -> SheetCells:
        """Return the first rows of a sheet; all of the first sheet, which is most likely read."""
        if name not in self.tops:
            is_first = name == self.visible[0]
            self.tops[name] = self.cells(name) if is_first else self.load(name, _ROWS_AT_TOP)
        return self.tops[name]

    def with_values(self) -> list[str]:
        """Return the names of the visible sheets that hold a value."""
        return [name for name in self.visible if self.top(name).is_filled]

    def content(self, name: str) -> SheetContent:
        """Return what a sheet holds besides its values, if that can be looked up."""
        return SheetContent() if self.file is None else content_of(self.path, self.file, name)

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


@contextmanager
def _opened(source: TableSource) -> Iterator[_Book]:
    if source.kind == "markup":
        tables = {sheet.name: (sheet, visible) for sheet, visible in markup.read_tables(source)}
        shown = tuple(name for name, (_, visible) in tables.items() if visible)
        names = tuple(tables)
        yield _Book(source.place, lambda name, _: tables[name][0], names, shown or names)
        return
    with open_workbook(source) as process:
        file = source.data if source.kind == "xlsx" else None
        shown = process.visible or process.names
        yield _Book(source.place, process.cells, process.names, shown, file)


def _with_fields(
    book: _Book, first: str, notes: list[str], of: ObjectFields | None
) -> tuple[str, list[str]]:
    """Return the sheet to read: another one, if the first has no column of use."""
    others = [name for name in book.with_values() if name != first]
    if not others or _fields_of(book.top(first), of)[1]:
        return first, notes
    usable = [name for name in others if _fields_of(book.top(name), of)[0] >= _FEW_FIELDS]
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
    for _, cells in _lines(
        sheet.top, SheetCells.texts(replace(sheet, values=sheet.values[:_ROWS_AT_TOP]))
    )[:LOOKED_AT]:
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
    rows, content = sheet.texts(), book.content(name)
    for row, column, text in content.errors:
        # The reader of values leaves such cells empty.
        at, place = row - sheet.top, column - sheet.left
        if 0 <= at < len(rows) and 0 <= place < len(rows[at]):
            rows[at][place] = text
    line, above = _headers(book, sheet, rows, how)
    head = line - sheet.top - 1
    above_them = [cell or "" for cell in rows[head - 1]] if head else []
    headers, grouped = under_groups([cell or "" for cell in rows[head]], above_them, how.of)
    told = [
        *notes,
        *_on_content(content),
        *above,
        *grouped,
        *fill_down(sheet, rows, head),
        *_computed(sheet, rows, head, content.formulas),
        *long_numbers(sheet, rows, head),
        *_show_formats(content, sheet, rows, head, how.of),
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
    content: SheetContent, sheet: SheetCells, rows: list[Row], head: int, of: ObjectFields | None
) -> list[str]:
    """Show numbers as their format does, where it adds digits or signs; return a note."""
    counts: dict[int, int] = {}
    numbers = {at for at, header in enumerate(rows[head]) if _is_number(header or "", of)}
    styled = iter(content.styled)
    for row, column, style in zip(styled, styled, styled, strict=True):
        at, place = row - sheet.top, column - sheet.left
        if not (head < at < len(rows) and 0 <= place < len(rows[at])) or place in numbers:
            continue
        text = content.formats[style].shown(sheet.values[at][place])
        if text is not None and text != rows[at][place]:
            rows[at][place] = text
            counts[place] = counts.get(place, 0) + 1
    columns = [
        f"{column_name(rows, head, at)} ({count} {plural(count, 'cell', 'cells')})"
        for at, count in counts.items()
    ]
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


# The value of --sheet for all sheets, unless a sheet has this name.
ALL_SHEETS = "all"
