"""Safety checks of a workbook before it is opened."""

from __future__ import annotations

import re
import zipfile
import zlib
from bisect import bisect
from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import IO, TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from gsprep.errors import TableError
from gsprep.tables.raw_table import MAX_COLUMNS
from gsprep.tables.shared_texts import is_plausible, references_in, texts_in_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from xml.etree.ElementTree import Element

# A sheet of 1,048,576 rows and 12 columns takes about 600 MB of XML.
MAX_UNPACKED_BYTES = 2_000_000_000
# Real sheets shrink to a tenth or a thirtieth; small ones may repeat themselves more.
MAX_RATIO = 150
SMALL_BYTES = 50_000_000
MAX_ENTRIES = 5_000
# The reader copies a shared text for each cell that refers to it: 1,048,576 rows of 12 texts of 80
# bytes each.
MAX_TEXT_BYTES = 1_000_000_000
# The reader holds the rectangle around all cells, 32 bytes each, whether they are filled or not.
MAX_CELLS = 30_000_000

_CHUNK = 1 << 20
# The longest piece of a tag that has to be seen whole.
_OVERLAP = 256
_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")
# A formula, and then no value or an empty one.
_UNSAVED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]{0,200}/>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></|</(?:\w+:)?c>)"
)

_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
# The cell of a formula, by the letters of its column and the number of its row.
_COMPUTED = re.compile(
    rb"""<(?:\w+:)?c\s[^>]{0,200}?\br\s*=\s*["']([A-Za-z]{1,4})([0-9]{1,9})["'][^>]{0,200}>\s*"""
    rb"""<(?:\w+:)?f[\s>/]"""
)
_HIDDEN = re.compile(rb"""<(?:\w+:)?row\b[^>]{0,200}?\shidden\s*=\s*["'](?:1|true)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[\s>]")
# Rows that are named of each column with formulas.
_NAMED = 3

SMALLER = "Delete empty rows and columns beyond the data, or save the sheet as CSV UTF-8."
# What reading a damaged archive raises.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(slots=True)
class FormulaCells:
    """How many cells of a column hold formulas with a saved result, and the first of their rows.

    Rows are counted from 1.
    """

    cells: int = 0
    rows: list[int] = field(default_factory=list)


def inspect_workbook(path: Path | str, file: IO[bytes]) -> dict[str, SheetContent]:
    """Return what a workbook holds, by the names of its entries, if it can be read safely.

    Raises TableError for what is no workbook, and for one whose unpacked size, ratio, number of
    entries or rectangle of cells is beyond the limits of this module.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _look(path, archive)
    except UNREADABLE as failure:
        raise not_a_workbook(path) from failure


def not_a_workbook(path: Path | str) -> TableError:
    """Return the error for a file that is named like a workbook and is none."""
    return TableError(
        path, "this is not a workbook, or it is damaged",
        "Open it in a spreadsheet and save it as .xlsx, or as CSV UTF-8.",
    )  # fmt: skip


def _look(path: Path | str, archive: zipfile.ZipFile) -> dict[str, SheetContent]:
    entries = archive.infolist()
    if "xl/workbook.xml" not in {entry.filename.lower() for entry in entries}:
        raise not_a_workbook(path)
    refuse_large(path, entries)
    # An archive may have several entries of one name.
    seen = [(entry.filename, _entry(path, archive, entry)) for entry in entries]
    references = sum(one.references for _, one in seen)
    if texts_in_cells(archive, references, MAX_TEXT_BYTES) > MAX_TEXT_BYTES:
        raise TableError(
            path, f"its cells hold more than {MAX_TEXT_BYTES // 1_000_000:,} MB of repeated text",
            "Delete the columns with long texts, or save the sheet as CSV UTF-8.",
        )  # fmt: skip
    return dict(seen)


def most_unpacked(packed: int) -> int:
    """Return how many bytes an archive of so many may unpack to."""
    return min(MAX_UNPACKED_BYTES, max(SMALL_BYTES, MAX_RATIO * packed))


def refuse_large(path: Path | str, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Raise TableError for an archive that unpacks to more than a workbook of people needs."""
    packed = max(1, sum(entry.compress_size for entry in entries))
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > most_unpacked(packed):
        raise _beyond(path, "it unpacks to more than a workbook of people needs")


def _beyond(path: Path | str, problem: str) -> TableError:
    return TableError(path, problem, SMALLER)


def _refuse_far(path: Path | str, extent: CellRange) -> None:
    if extent.columns > MAX_COLUMNS:
        raise _beyond(path, f"a sheet reaches over more than {MAX_COLUMNS:,} columns")
    if extent.rows * extent.columns > MAX_CELLS:
        raise _beyond(path, f"a sheet reaches over more than {MAX_CELLS:,} cells")


def _entry(path: Path | str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> SheetContent:
    """Read one entry to its true end, whatever size it claims."""
    claimed = copy(entry)
    claimed.file_size = MAX_UNPACKED_BYTES
    is_sheet = entry.filename.lower().startswith("xl/worksheets/")
    # A part that is parsed as a tree.
    if entry.filename.lower() in _TREES and entry.file_size > _LARGEST_TREE:
        raise _beyond(path, "its list of sheets, names or styles is larger than any workbook has")
    if not is_plausible(archive, entry):
        raise not_a_workbook(path)
    sheet, size = SheetContent(), 0
    with archive.open(claimed) as stream:
        for fresh, chunk in _chunks(stream):
            size += fresh
            if size > entry.file_size:
                raise not_a_workbook(path)
            sheet.references += references_in(chunk)
            # A sheet may have any name.
            is_sheet = is_sheet or b"sheetData" in chunk
            if is_sheet:
                sheet.see(chunk, len(chunk) - fresh)
            _refuse_far(path, sheet.extent)
    return sheet


_REFERENCE = re.compile(rb"""[\s:]r\s*=\s*["']([A-Za-z]{1,4})([0-9]{1,9})["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]{0,200}?\sr\s*=\s*["']([0-9]{1,9})""")
_ROW_TAG = re.compile(rb"<(?:\w+:)?row[\s/>]")
# Attributes, and then the one that says where the cell or the row is.
_SAYS_WHERE = rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*?\s+r\s*="""
_BARE_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])(?!" + _SAYS_WHERE + rb")")
_BARE_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])(?!" + _SAYS_WHERE + rb")")


@dataclass(slots=True)
class CellRange:
    """The rows and columns that cells reach over, at most; more pieces make it larger.

    A cell that does not say where it is follows the one before it, as does a row.
    """

    _row: int = 0
    _column: int = 0
    _bare_rows: int = 0
    _bare_cells: int = 0
    # The cells without a place in the row that was begun last.
    _open: int = 0

    @property
    def rows(self) -> int:
        """The rows up to the last."""
        return self._row + self._bare_rows

    @property
    def columns(self) -> int:
        """The columns up to the last."""
        return self._column + self._bare_cells

    def see(self, chunk: bytes) -> None:
        """Look at a piece of the sheet."""
        references = _REFERENCE.findall(chunk)
        rows = {int(row) for _, row in references} | {int(row) for row in _ROW.findall(chunk)}
        letters = {letters for letters, _ in references}
        self._row = max(self._row, *rows, 0)
        self._column = max(self._column, *map(column_number, letters), 0)
        self._bare_rows += 0 if _all_say_where(chunk, b"row") else len(_BARE_ROW.findall(chunk))
        self._count_bare_cells(chunk)

    def _count_bare_cells(self, chunk: bytes) -> None:
        all_say = _all_say_where(chunk, b"c")
        if all_say and not self._open:
            return
        bare = [] if all_say else [found.start() for found in _BARE_CELL.finditer(chunk)]
        begins = [found.start() for found in _ROW_TAG.finditer(chunk)]
        by_row = Counter(bisect(begins, at) for at in bare)
        by_row[0] += self._open
        self._bare_cells = max(self._bare_cells, *by_row.values())
        self._open = by_row[len(begins)]


def _all_say_where(chunk: bytes, tag: bytes) -> bool:
    """Return whether all tags are written as usual, with their place first; seen at a glance."""
    if b":" + tag in chunk:
        return False
    ends = (b" ", b">", b"/", b"\t", b"\n", b"\r")
    return chunk.count(b"<%b r=" % tag) == sum(chunk.count(b"<" + tag + end) for end in ends)


def column_number(letters: bytes) -> int:
    """Return the number of a column, counted from 1, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


@dataclass(slots=True)
class SheetContent:
    """Content of one sheet that a reader of values does not show, as far as it was read.

    Attributes:
        errors: whether a cell holds an error such as #N/A.
        unsaved: whether a formula has no saved result.
        filled: whether it holds values.
        hidden: the number of hidden rows.
        references: the number of cells that refer to a shared text, or a few more.
        formulas: the cells of formulas with a saved result, by the column, counted from 0.
        extent: the rows and columns that the cells reach over, at most.
    """

    errors: bool = False
    unsaved: bool = False
    filled: bool = False
    hidden: int = 0
    references: int = 0
    formulas: dict[int, FormulaCells] = field(default_factory=dict)
    extent: CellRange = field(default_factory=CellRange)
    # The column and the row of the formula that was begun last.
    _begun: tuple[int, int] | None = None

    def see(self, chunk: bytes, again: int) -> None:
        """Inspect a piece of the sheet; its first bytes (``again``) were inspected before."""
        self.extent.see(chunk)
        self.errors = self.errors or _ERROR.search(chunk) is not None
        self.unsaved = self.unsaved or _UNSAVED.search(chunk) is not None
        self.filled = self.filled or _VALUE.search(chunk) is not None
        if b"hidden" in chunk:
            self.hidden += sum(found.end() > again for found in _HIDDEN.finditer(chunk))
        if self._begun is not None or _FORMULA.search(chunk) is not None:
            self._count_formulas(chunk, again)

    def _count_formulas(self, chunk: bytes, again: int) -> None:
        seen = [*_COMPUTED.finditer(chunk), *_UNSAVED.finditer(chunk)]
        for found in sorted(seen, key=lambda one: one.end()):
            if found.end() <= again:
                continue
            if found.re is _COMPUTED:
                self._begin(column_number(found[1]) - 1, int(found[2]))
            elif self._begun is not None:
                self._take_back(*self._begun)

    def _begin(self, at: int, row: int) -> None:
        self._begun = (at, row)
        column = self.formulas.setdefault(at, FormulaCells())
        column.cells += 1
        if len(column.rows) < _NAMED:
            column.rows.append(row)

    def _take_back(self, at: int, row: int) -> None:
        """Forget the formula that was begun last: it has no saved result."""
        self._begun = None
        column = self.formulas[at]
        column.cells -= 1
        if column.rows and column.rows[-1] == row:
            column.rows.pop()
        if not column.cells:
            del self.formulas[at]


def _chunks(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the number of new bytes and these, led by the end of what came before."""
    tail = b""
    while fresh := stream.read(_CHUNK):
        yield len(fresh), tail + fresh
        tail = (tail + fresh)[-_OVERLAP:]


# Of these parts a tree is made in memory: those of large workbooks have a megabyte or two.
_TREES = frozenset(
    {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "[content_types].xml"}
)
_LARGEST_TREE = 16_000_000


_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def sheet_parts(file: Path | IO[bytes]) -> dict[str, str]:
    """Return the archive entry of each sheet by the sheet's name, where the workbook names it."""
    try:
        with zipfile.ZipFile(file) as archive:
            ids = {e.get("name", ""): _id(e) for e in _all(archive, _BOOK, "sheet")}
            targets = {
                e.get("Id"): e.get("Target", "") for e in _all(archive, _RELATIONS, "Relationship")
            }
    except (KeyError, ParseError, DefusedXmlException, zipfile.BadZipFile):
        return {}
    named = {name: targets.get(each) for name, each in ids.items()}
    return {name: normpath(join("/xl", to)).lstrip("/") for name, to in named.items() if to}


def _all(archive: zipfile.ZipFile, entry: str, tag: str) -> Iterator[Element]:
    root: Element = fromstring(archive.read(entry))
    return (e for e in root.iter() if e.tag.rpartition("}")[2] == tag)


def _id(element: Element) -> str | None:
    ids = (value for name, value in element.items() if name.endswith("}id"))
    return next(ids, None)
