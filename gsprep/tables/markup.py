"""Tables in HTML and in the XML of Excel 2003, which programs export as .xls."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from gsprep.errors import TableError
from gsprep.tables.encoding import decode
from gsprep.tables.raw_table import MAX_COLUMNS
from gsprep.tables.sheet_cells import SheetCells
from gsprep.tables.workbook_process import MAX_CELLS, not_a_workbook

if TYPE_CHECKING:
    from gsprep.tables.file_kind import TableSource

HAS_TABLE = re.compile(rb"(?i)<table[\s>]|urn:schemas-microsoft-com:office:spreadsheet")
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([A-Za-z0-9_-]+)")
_TAGS = {"row": "tr", "cell": "td", "th": "td"}
_BREAKS = frozenset({"br", "p", "div", "li"})
# As browsers have it.
_MOST_ROWS_OF_A_CELL = 65_534


def read_tables(source: TableSource) -> list[tuple[SheetCells, bool]]:
    """Return the outermost tables as sheets, each with whether it is visible.

    Raises TableError for a table that is not closed, and for more cells than a sheet has.
    """
    is_marked = source.data.startswith(codecs.BOM_UTF8)
    named = None if is_marked else _CHARSET.search(source.data[:4096])
    try:
        text = source.data.decode(named[1].decode() if named else "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        text = decode(source.place, source.data).text
    page = _Page()
    try:
        page.feed(text)
        page.close()
    except ValueError as failure:
        raise not_a_workbook(source.place) from failure
    if page.depth:
        raise TableError(source.place, "its last table is not closed", "Export it again.")
    return [(table.cells(), table.is_visible) for table in page.tables if table.rows]


class _Table:
    """A table as it is read: its rows, and the last row that a cell reaches to, by column."""

    def __init__(self, name: str) -> None:
        self.name, self.is_visible = name, True
        self.rows: list[list[object]] = []
        self._merged: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self._covered: dict[int, int] = {}
        self._width = 0

    def begin_row(self, number: int = 0) -> None:
        """Begin the next row, or the one with a number, counted from 1."""
        self._check(max(number, len(self.rows) + 1))
        self.rows += [[] for _ in range(max(number - len(self.rows), 1))]

    def add(self, value: object, across: int, down: int, number: int = 0) -> None:
        """Add a cell that is merged with so many more columns and rows."""
        row, at = self.rows[-1], len(self.rows) - 1
        place = number - 1 if number else len(row)
        while not number and self._covered.get(place, -1) >= at:
            place += 1
        self._width = max(self._width, place + across + 1)
        self._check(at + 1)
        row += [*[None] * (place - len(row)), value, *[None] * across]
        if across or down:
            self._merged.append(((at, place), (at + down, place + across)))
            self._covered |= dict.fromkeys(range(place, place + across + 1), at + down)

    def _check(self, rows: int) -> None:
        if self._width > MAX_COLUMNS or rows * max(self._width, 1) > MAX_CELLS:
            raise ValueError(rows)

    def cells(self) -> SheetCells:
        """Return the cells, all rows of the same length."""
        rows = [row + [None] * (self._width - len(row)) for row in self.rows]
        return SheetCells(self.name, 0, 0, rows, self._merged)


class _Page(HTMLParser):
    """The tables of a file; what is in a table within a cell is text of the cell.

    Neither entities nor a schema are looked up, so XML is as safe to read as HTML.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[_Table] = []
        self.depth = 0
        self._texts: list[str] | None = None
        self._given: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a sheet, a table, a row or a cell."""
        tag = _as_html(tag)
        given = {name.rpartition(":")[2]: value or "" for name, value in attrs}
        if tag == "table":
            self._begin_table()
        elif self.depth == 1 and tag in {"tr", "td"}:
            self._begin_cell(tag, given)
        elif tag in {"worksheet", "data"}:
            self._given |= given
        elif tag == "visible":  # says that the sheet is not
            self.tables[-1].is_visible = False
        elif tag in _BREAKS and self._texts is not None:
            self._texts.append("\n")

    def _begin_table(self) -> None:
        if not self.depth:
            name = self._given.pop("name", f"Table {len(self.tables) + 1}")
            self.tables.append(_Table(name))
        self.depth += 1

    def _begin_cell(self, tag: str, given: dict[str, str]) -> None:
        self._end_cell()
        if tag == "tr" or not self.tables[-1].rows:
            self.tables[-1].begin_row(_number(given, "index"))
        self._texts, self._given = [] if tag == "td" else None, given

    def handle_endtag(self, tag: str) -> None:
        """End a table, a row or a cell."""
        tag = _as_html(tag)
        if self.depth == 1 and tag in {"table", "tr", "td"}:
            self._end_cell()
        self.depth -= tag == "table" and self.depth > 0

    def handle_data(self, data: str) -> None:
        """Keep the text of a cell; in HTML its line breaks are blanks."""
        if self._texts is not None and self.cdata_elem is None:
            is_xml = "type" in self._given
            self._texts.append(data if is_xml else data.replace("\n", " ").replace("\r", " "))

    def _end_cell(self) -> None:
        if self._texts is None:
            return
        across = _number(self._given, "mergeacross") or _number(self._given, "colspan", 1) - 1
        down = _number(self._given, "mergedown") or _number(self._given, "rowspan", 1) - 1
        value = _value("".join(self._texts), self._given.get("type", ""))
        self.tables[-1].add(
            value, max(across, 0), min(max(down, 0), _MOST_ROWS_OF_A_CELL),
            _number(self._given, "index"),
        )  # fmt: skip
        self._texts, self._given = None, {}


def _as_html(tag: str) -> str:
    bare = tag.rpartition(":")[2]
    return _TAGS.get(bare, bare)


def _number(given: dict[str, str], name: str, otherwise: int = 0) -> int:
    text = given.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise  # noqa: PLR2004  digits


def _value(text: str, kind: str) -> object:
    if kind == "Number":
        return float(text)
    if kind == "Boolean":
        return text == "1"
    if kind == "DateTime":
        moment = dt.datetime.fromisoformat(text)
        return moment.date() if moment.time() == dt.time() else moment
    lines = text.split("\n") if kind else (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(filter(None, lines)) or None
