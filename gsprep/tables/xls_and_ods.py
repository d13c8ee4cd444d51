"""Binary, OpenDocument and old Excel workbooks, read in a child process."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from gsprep.errors import TableError
from gsprep.tables.sheet_cells import SheetCells
from gsprep.tables.workbook_guard import (
    MAX_CELLS,
    SMALLER,
    UNREADABLE,
    not_a_workbook,
    refuse_large,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.tables.file_kind import TableSource

_READER = Path(__file__).with_name("xls_and_ods_reader.py")
_SECONDS = 150
# The largest file that is given to the reader: a full sheet of Excel 97 has a few megabytes.
_MAX_BYTES = 200_000_000
_PIECE = 1 << 20
_CONTENT = "content.xml"


def read_sheets(source: TableSource) -> list[tuple[SheetCells, bool]]:
    """Return the sheets of a workbook, each with whether it is visible.

    Raises TableError for what is no workbook, is protected, or is larger than the limits.
    """
    if source.kind != "xls":
        _look(source)
    if len(source.data) > _MAX_BYTES:
        raise TableError(source.place, "the workbook is larger than any sheet of people", SMALLER)
    return [(_sheet(each), each["visible"]) for each in _in_child(source)]


def _in_child(source: TableSource) -> list[dict[str, Any]]:
    try:
        done = subprocess.run(  # noqa: S603  our own file and interpreter
            [sys.executable, "-I", str(_READER)],
            input=source.data, capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TableError(source.place, "reading it takes too long", SMALLER) from None
    if done.returncode == 0:
        return json.loads(done.stdout)
    # What the reader says may quote the file.
    if b"assword" in done.stderr or b"ncrypted" in done.stderr:
        raise TableError(
            source.place, "the workbook is protected with a password", "Save it without one."
        )
    if b"MemoryError" in done.stderr or b"memory allocation" in done.stderr:
        raise TableError(source.place, "it takes more memory than a workbook of people", SMALLER)
    raise not_a_workbook(source.place)


def _sheet(found: Mapping[str, Any]) -> SheetCells:
    values = [[_value(cell) for cell in row] for row in found["rows"]]
    top, left = found["start"] or (0, 0)
    merged = [((a, b), (c, d)) for (a, b), (c, d) in found["merged"]]
    return SheetCells(found["name"], top, left, values, merged)


def _value(cell: object) -> object:
    if not isinstance(cell, list):
        return cell
    kind, value = cell
    return _READ[kind](value)


_READ: Mapping[str, Callable[[Any], object]] = {
    "seconds": lambda seconds: dt.timedelta(seconds=seconds),
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
}


def _look(source: TableSource) -> None:
    """Raise TableError for a packed workbook that unpacks to more than one of people."""
    try:
        with zipfile.ZipFile(source.stream()) as archive:
            refuse_large(source.place, archive.infolist())
            if source.kind == "ods":
                _look_at_cells(source, archive)
    except (*UNREADABLE, KeyError, expat.ExpatError) as failure:
        raise not_a_workbook(source.place) from failure


def _look_at_cells(source: TableSource, archive: zipfile.ZipFile) -> None:
    extent = _Extent()
    with archive.open(_CONTENT) as content:
        while piece := content.read(_PIECE):
            extent.feed(piece)
            if extent.cells > MAX_CELLS:
                raise TableError(
                    source.place, f"a sheet reaches over more than {MAX_CELLS:,} cells", SMALLER
                )


class _Extent:
    """The rectangle around the filled cells of the sheets: cells and rows can say "repeated"."""

    def __init__(self) -> None:
        self.cells = 0
        self._rows = self._columns = self._again = self._at = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, piece: bytes) -> None:
        """Look at a piece of the content."""
        self._parser.Parse(piece)

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "table:table":
            self._rows = self._columns = 0
        elif name == "table:table-row":
            self._again = _number(attributes.get("table:number-rows-repeated"))
            self._at = 0
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._at += _number(attributes.get("table:number-columns-repeated"))
            if any(key.startswith("office:") for key in attributes):
                self._columns = max(self._columns, self._at)
                self.cells = max(self.cells, (self._rows + self._again) * self._columns)

    def _end(self, name: str) -> None:
        if name == "table:table-row":
            self._rows += self._again

    def _refuse(self, *_: object) -> None:
        raise expat.ExpatError  # a document that may define entities


def _number(text: str | None) -> int:
    return min(int(text), MAX_CELLS + 1) if text and text.isdecimal() and len(text) < 10 else 1  # noqa: PLR2004  digits
