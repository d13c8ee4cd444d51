"""Tables of web pages and of Excel's XML of 2003, which programs export as .xls."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from gsprep.errors import TableError
from gsprep.tables.encoding import decode
from gsprep.tables.raw_table import MAX_COLUMNS
from gsprep.tables.sheet_cells import SheetCells
from gsprep.tables.workbook_guard import MAX_CELLS, not_a_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from gsprep.tables.file_kind import TableSource

SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
_SS = f"{{{SPREADSHEET.decode()}}}"
_VISIBLE = "{urn:schemas-microsoft-com:office:excel}Visible"
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]+)")
# As browsers have it.
_MOST_ROWS_OF_A_CELL = 65_534
_BREAKS = frozenset({"br", "p", "div", "li"})


def read_tables(source: TableSource) -> list[tuple[SheetCells, bool]]:
    """Return the tables of a web page or of XML as sheets, each with whether it is visible.

    Raises TableError for damaged XML, and for tables that reach over more cells than a sheet has.
    """
    try:
        sheets = _of_xml(source) if SPREADSHEET in source.data else _of_page(source)
    except (ParseError, DefusedXmlException, ValueError) as failure:
        raise not_a_workbook(source.place) from failure
    if sum(sheet.cells for sheet in sheets) > MAX_CELLS:
        raise TableError(
            source.place, f"its tables reach over more than {MAX_CELLS:,} cells",
            "Delete empty rows and columns beyond the data.",
        )  # fmt: skip
    return [(sheet.filled_up(), sheet.is_visible) for sheet in sheets]


@dataclass(slots=True)
class _Sheet:
    """A table as it is read: its rows, and where cells of other rows are in the way."""

    name: str
    rows: list[list[object]] = field(default_factory=list)
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    # By column, the last row that a cell above reaches to.
    covered: dict[int, int] = field(default_factory=dict)
    is_visible: bool = True

    @property
    def cells(self) -> int:
        """The number of cells in the rectangle around all."""
        return len(self.rows) * max(map(len, self.rows), default=0)

    def begin_row(self, number: int = 0) -> None:
        """Begin the next row, or the one with this number, counted from 1."""
        more = max(number - len(self.rows), 1)
        if more > MAX_CELLS:
            raise ValueError(number)
        self.rows += [[] for _ in range(more)]

    def add(self, value: object, across: int, down: int, number: int = 0) -> None:
        """Add a cell that is merged with so many more columns and rows."""
        row, at = self.rows[-1], len(self.rows) - 1
        place = number - 1 if number else len(row)
        while not number and self.covered.get(place, -1) >= at:
            place += 1
        if place + across >= MAX_COLUMNS:
            raise ValueError(place)
        row += [None] * (place - len(row)) + [value] + [None] * across
        if across or down:
            self.merged.append(((at, place), (at + down, place + across)))
            self.covered |= dict.fromkeys(range(place, place + across + 1), at + down)

    def filled_up(self) -> SheetCells:
        """Return the cells, all rows of the same length."""
        width = max(map(len, self.rows), default=0)
        rows = [row + [None] * (width - len(row)) for row in self.rows]
        return SheetCells(self.name, 0, 0, rows, self.merged)


def _of_page(source: TableSource) -> list[_Sheet]:
    named = _CHARSET.search(source.data[:4096])
    try:
        text = source.data.decode(named[1].decode() if named else "utf-8")
    except (UnicodeDecodeError, LookupError):
        text = decode(source.place, source.data).text
    page = _Page()
    page.feed(text)
    page.close()
    return [sheet for sheet in page.sheets if sheet.rows]


class _Page(HTMLParser):
    """The outermost tables of a web page; what is in a table within a cell is text of the cell."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[_Sheet] = []
        self._depth = 0
        self._texts: list[str] | None = None
        self._spans: Mapping[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        self._depth += tag == "table"
        if tag == "table" and self._depth == 1:
            self.sheets.append(_Sheet(f"Table {len(self.sheets) + 1}"))
        elif self._depth == 1 and tag in {"tr", "td", "th"}:
            self._end_cell()
            if tag == "tr" or not self.sheets[-1].rows:
                self.sheets[-1].begin_row()
            if tag != "tr":
                self._texts, self._spans = [], dict(attrs)
        elif tag in _BREAKS and self._texts is not None:
            self._texts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a table, a row or a cell."""
        if self._depth == 1 and tag in {"table", "tr", "td", "th"}:
            self._end_cell()
        self._depth -= tag == "table" and self._depth > 0

    def handle_data(self, data: str) -> None:
        """Keep the text of a cell; line breaks in it are blanks."""
        if self._texts is not None and self.cdata_elem is None:
            self._texts.append(data.replace("\n", " ").replace("\r", " "))

    def _end_cell(self) -> None:
        if self._texts is None:
            return
        lines = (" ".join(line.split()) for line in "".join(self._texts).split("\n"))
        across, down = (_number(self._spans.get(name)) - 1 for name in ("colspan", "rowspan"))
        text = "\n".join(filter(None, lines))
        self.sheets[-1].add(text or None, max(across, 0), min(max(down, 0), _MOST_ROWS_OF_A_CELL))
        self._texts = None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004  digits


def _of_xml(source: TableSource) -> list[_Sheet]:
    sheets: list[_Sheet] = []
    for event, element in iterparse(source.stream(), ("start", "end"), forbid_dtd=True):
        if event == "start" and element.tag == f"{_SS}Worksheet":
            sheets.append(_Sheet(element.get(f"{_SS}Name", f"Sheet{len(sheets) + 1}")))
        elif event == "start" and element.tag == f"{_SS}Row":
            sheets[-1].begin_row(_number(element.get(f"{_SS}Index")))
        elif event == "end" and element.tag == f"{_SS}Cell":
            across, down, place = (
                _number(element.get(f"{_SS}{name}"))
                for name in ("MergeAcross", "MergeDown", "Index")
            )
            sheets[-1].add(_value(element.find(f"{_SS}Data")), across, down, place)
        elif event == "end" and element.tag == f"{_SS}Row":
            element.clear()
        elif event == "end" and element.tag == _VISIBLE:
            sheets[-1].is_visible = False
    return sheets


def _value(data: Element | None) -> object:
    text = "" if data is None else "".join(data.itertext())
    kind = "" if data is None else data.get(f"{_SS}Type", "")
    if kind == "Number":
        return float(text)
    if kind == "DateTime":
        moment = dt.datetime.fromisoformat(text)
        return moment.date() if moment.time() == dt.time() else moment
    return text == "1" if kind == "Boolean" else text or None
