"""Content of a sheet in XLSX that the reader of values does not return."""

from __future__ import annotations

import io
import re
import zipfile
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from gsprep.errors import TableError
from gsprep.tables.sheet_cells import NumberFormat, read_format
from gsprep.tables.workbook_process import SMALLER, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from xml.etree.ElementTree import Element

_BOOK, _RELATIONS, _STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"
# Of these parts a tree is made in memory: those of large workbooks have a megabyte or two.
_LARGEST_TREE = 16_000_000
# Formats that each workbook has without writing them.
_BUILT_IN = {"9": "0%", "10": "0.00%"}
_PIECE, _OVERLAP = 1 << 20, 16
# What only sheets with errors, hidden rows, or names with a prefix hold; and a formula.
_MARKS = (b'"e"', b"'e'", b"hidden", b":sheetData")
_FORMULA = re.compile(rb"<f[\s/>]")
# Rows that are named of each column with formulas.
_NAMED = 3


@dataclass(slots=True)
class FormulaCells:
    """How many cells of a column hold formulas with a saved result, and the first of their rows.

    Rows are counted from 1.
    """

    cells: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass(slots=True)
class SheetContent:
    """Content of a sheet that a reader of values does not show; places are counted from 0.

    Attributes:
        errors: row, column and text of the cells with an error such as #N/A.
        unsaved: whether a formula has no saved result.
        hidden: the number of hidden rows.
        formulas: the cells of formulas with a saved result, by their column.
        formats: the formats that show more than the number, by style.
        styled: row, column and style, one after the other, of the cells with such a format.
    """

    errors: list[tuple[int, int, str]] = field(default_factory=list)
    unsaved: bool = False
    hidden: int = 0
    formulas: dict[int, FormulaCells] = field(default_factory=dict)
    formats: Mapping[int, NumberFormat] = field(default_factory=dict)
    styled: array[int] = field(default_factory=lambda: array("q"))


def content_of(path: Path | str, file: bytes, name: str) -> SheetContent:
    """Return what a sheet of a workbook holds; nothing if its part is not found.

    Raises TableError for lists of names or styles that no workbook has.
    """
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        parts = [part for sheet, part in sheet_parts(path, archive) if sheet == name]
        if not parts or parts[0] not in archive.namelist():
            return SheetContent()
        cells = _Cells(_formats_of(path, archive))
        # The reader of values says what is wrong with a sheet.
        with suppress(expat.ExpatError, ValueError, OverflowError, *UNREADABLE):
            if cells.content.formats or _is_marked(archive, parts[0]):
                with archive.open(parts[0]) as part:
                    cells.read(part)
    return cells.content


def sheet_parts(path: Path | str, archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Return the names of the sheets with the entries that hold them."""
    targets = {
        e.get("Id"): e.get("Target", "") for e in _all(path, archive, _RELATIONS, "Relationship")
    }
    named = [(e.get("name", ""), targets.get(_id(e))) for e in _all(path, archive, _BOOK, "sheet")]
    return [(name, normpath(join("/xl", to)).lstrip("/")) for name, to in named if to]


def _formats_of(path: Path | str, archive: zipfile.ZipFile) -> Mapping[int, NumberFormat]:
    """Return the formats that show more than the number, by the style of their cells."""
    lists = list(_all(path, archive, _STYLES, "numFmts", "cellXfs"))
    codes = _BUILT_IN | {
        e.get("numFmtId", ""): e.get("formatCode", "") for e in _children(lists, "numFmts")
    }
    read = {number: read_format(code) for number, code in codes.items()}
    styles = (read.get(e.get("numFmtId", "")) for e in _children(lists, "cellXfs"))
    return {style: each for style, each in enumerate(styles) if each is not None}


def _children(lists: Iterable[Element], tag: str) -> Iterator[Element]:
    return (child for each in lists if _tag(each.tag) == tag for child in each)


def _all(path: Path | str, archive: zipfile.ZipFile, entry: str, *tags: str) -> Iterator[Element]:
    """Yield the elements of a part with one of these names; none of a part that is not there."""
    try:
        if archive.getinfo(entry).file_size > _LARGEST_TREE:
            problem = "its list of sheets, names or styles is larger than any workbook has"
            raise TableError(path, problem, SMALLER)
        root: Element = fromstring(archive.read(entry))
    except (KeyError, ParseError, DefusedXmlException, *UNREADABLE):
        return
    yield from (e for e in root.iter() if _tag(e.tag) in tags)


def _tag(name: str) -> str:
    return name.rpartition("}")[2]


def _id(element: Element) -> str | None:
    ids = (value for name, value in element.items() if name.endswith("}id"))
    return next(ids, None)


def _is_marked(archive: zipfile.ZipFile, part: str) -> bool:
    """Return whether a sheet may hold more than values; quick, for most hold nothing else."""
    tail = b""
    with archive.open(part) as sheet:
        while piece := sheet.read(_PIECE):
            piece = tail + piece
            if any(mark in piece for mark in _MARKS) or (b"<f" in piece and _FORMULA.search(piece)):
                return True
            tail = piece[-_OVERLAP:]
    return False


class _Cells:
    """The cells of a sheet, as it is read."""

    def __init__(self, formats: Mapping[int, NumberFormat]) -> None:
        self.content = SheetContent(formats=formats)
        self._styles = {str(style): style for style in formats}
        self._row = -1
        # The last cell of the row that says where it is, and the number of cells since.
        self._known, self._since = "", 0
        # Of the last cell: whether it has an error or a formula, and then its saved value.
        self._is_error = self._is_formula = False
        self._value = ""
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._begin

    def read(self, sheet: IO[bytes]) -> None:
        while piece := sheet.read(_PIECE):
            self._parser.Parse(piece)
        self._settle()

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = name.rpartition(":")[2] if ":" in name else name
        # Most elements are values and cells, and most of these are plain.
        if tag in {"v", "t"}:
            if self._is_error or self._is_formula:
                self._parser.CharacterDataHandler = self._read
        elif tag == "f":
            self._is_formula = True
        elif tag != "is":
            if self._is_error or self._is_formula:
                self._settle()
            if tag == "c":
                self._begin_cell(attributes)
            elif tag == "row":
                self._begin_row(attributes)

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        place = attributes.get("r", "")
        self._row = int(place) - 1 if place.isdecimal() else self._row + 1
        self._known, self._since = "", 0
        self.content.hidden += attributes.get("hidden") in {"1", "true"}

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        if "r" in attributes:
            self._known, self._since = attributes["r"], 0
        else:
            self._since += 1
        self._is_error = attributes.get("t") == "e"
        style = self._styles.get(attributes.get("s", ""))
        if style is not None:
            self.content.styled.extend((self._row, self._column, style))

    @property
    def _column(self) -> int:
        return column_number(self._known.rstrip("0123456789")) - 1 + self._since

    def _read(self, text: str) -> None:
        self._value += text

    def _settle(self) -> None:
        """Note the error or the formula of the last cell."""
        value = self._value.strip()
        if self._is_error and value:
            self.content.errors.append((self._row, self._column, value))
        if self._is_formula and value:
            column = self.content.formulas.setdefault(self._column, FormulaCells())
            column.cells += 1
            if len(column.rows) < _NAMED:
                column.rows.append(self._row + 1)
        elif self._is_formula:
            self.content.unsaved = True
        self._is_error = self._is_formula = False
        self._value = ""
        self._parser.CharacterDataHandler = None


def column_number(letters: str) -> int:
    """Return the number of a column, counted from 1, by its letters.

    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
