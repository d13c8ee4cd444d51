"""A look into a workbook before it is opened: a hostile one can end the whole process."""

from __future__ import annotations

import re
import zipfile
import zlib
from copy import copy
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from gsprep.errors import TableError
from gsprep.tables.claims import is_plausible
from gsprep.tables.extent import Extent, column_number
from gsprep.tables.grid import MAX_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# A sheet of 1,048,576 rows and 12 columns takes about 600 MB of XML.
MAX_UNPACKED_BYTES = 2_000_000_000
# Real sheets shrink to a tenth or a thirtieth; small ones may repeat themselves more.
MAX_RATIO = 150
SMALL_BYTES = 50_000_000
MAX_ENTRIES = 5_000
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
# The cell a formula stands in, by the letters of its column and the number of its row.
_COMPUTED = re.compile(
    rb"""<(?:\w+:)?c\s[^>]{0,200}?\br\s*=\s*["']([A-Za-z]{1,4})([0-9]{1,9})["'][^>]{0,200}>\s*"""
    rb"""<(?:\w+:)?f[\s>/]"""
)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[\s>]")
# Rows that are named of each column with formulas.
_NAMED = 3

_TOO_LARGE = "Delete empty rows and columns beyond the data, or save the sheet as CSV UTF-8."


@dataclass(slots=True)
class Formulas:
    """How many cells of a column hold formulas with a saved result, and the first of their rows.

    Rows are counted from 1.
    """

    cells: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the sheets hold that a reader of values does not show.

    Attributes:
        errors: whether a cell of any sheet holds an error such as #N/A.
        unsaved: the entries of the sheets in which a formula has no saved result.
        formulas: where formulas with a saved result stand, by the entry of the sheet and by the
            column, counted from 0.
        filled: the entries of the sheets that hold values.
    """

    errors: bool = False
    unsaved: frozenset[str] = frozenset()
    formulas: Mapping[str, Mapping[int, Formulas]] = field(default_factory=dict)
    filled: frozenset[str] = frozenset()


def look_inside(path: Path) -> Seen:
    """Return what a workbook holds, after making sure that it can be read safely.

    Raises TableError for what is no workbook, and for one whose unpacked size, ratio, number of
    entries or rectangle of cells is beyond the limits of this module.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _look(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as failure:
        raise not_a_workbook(path) from failure


def not_a_workbook(path: Path) -> TableError:
    """Return the error for a file that is named like a workbook and is none."""
    return TableError(
        path, "this is no workbook, or a damaged one",
        "Open it in a spreadsheet and save it as .xlsx, or as CSV UTF-8.",
    )  # fmt: skip


def _look(path: Path, archive: zipfile.ZipFile) -> Seen:
    entries = archive.infolist()
    if "xl/workbook.xml" not in {entry.filename.lower() for entry in entries}:
        raise not_a_workbook(path)
    packed = max(1, sum(entry.compress_size for entry in entries))
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or _too_large(unpacked, packed):
        raise _beyond(path, "it unpacks to more than a workbook of people needs")
    seen = [_entry(path, archive, entry) for entry in entries]
    return Seen(
        any(one.errors for one in seen),
        frozenset[str]().union(*(one.unsaved for one in seen)),
        {name: formulas for one in seen for name, formulas in one.formulas.items()},
        frozenset[str]().union(*(one.filled for one in seen)),
    )


def _too_large(unpacked: int, packed: int) -> bool:
    return unpacked > MAX_UNPACKED_BYTES or (
        unpacked > SMALL_BYTES and unpacked > MAX_RATIO * packed
    )


def _beyond(path: Path, problem: str) -> TableError:
    return TableError(path, problem, _TOO_LARGE)


def _refuse_far(path: Path, extent: Extent) -> None:
    if extent.columns > MAX_COLUMNS:
        raise _beyond(path, f"a sheet reaches over more than {MAX_COLUMNS:,} columns")
    if extent.rows * extent.columns > MAX_CELLS:
        raise _beyond(path, f"a sheet reaches over more than {MAX_CELLS:,} cells")


def _entry(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Seen:
    """Read one entry to its true end, whatever size it claims."""
    claimed = copy(entry)
    claimed.file_size = MAX_UNPACKED_BYTES
    is_sheet = entry.filename.lower().startswith("xl/worksheets/")
    if not is_plausible(archive, entry):
        raise not_a_workbook(path)
    sheet, size = _Sheet(), 0
    with archive.open(claimed) as stream:
        for fresh, chunk in _chunks(stream):
            size += fresh
            if size > entry.file_size:
                raise not_a_workbook(path)
            if is_sheet:
                sheet.see(chunk, len(chunk) - fresh)
            _refuse_far(path, sheet.extent)
    return sheet.seen(entry.filename)


@dataclass(slots=True)
class _Sheet:
    """What was seen of one sheet so far."""

    extent: Extent = field(default_factory=Extent)
    errors: bool = False
    unsaved: bool = False
    filled: bool = False
    formulas: dict[int, Formulas] = field(default_factory=dict)
    # The column and the row of the formula that was begun last.
    begun: tuple[int, int] | None = None

    def see(self, chunk: bytes, again: int) -> None:
        """Look at a piece of the sheet, of which the first bytes (``again``) were seen before."""
        self.extent.see(chunk)
        self.errors = self.errors or _ERROR.search(chunk) is not None
        self.unsaved = self.unsaved or _UNSAVED.search(chunk) is not None
        self.filled = self.filled or _VALUE.search(chunk) is not None
        if self.begun is not None or _FORMULA.search(chunk) is not None:
            self._count_formulas(chunk, again)

    def _count_formulas(self, chunk: bytes, again: int) -> None:
        seen = [*_COMPUTED.finditer(chunk), *_UNSAVED.finditer(chunk)]
        for found in sorted(seen, key=lambda one: one.end()):
            if found.end() <= again:
                continue
            if found.re is _COMPUTED:
                self._begin(column_number(found[1]) - 1, int(found[2]))
            elif self.begun is not None:
                self._take_back(*self.begun)

    def _begin(self, at: int, row: int) -> None:
        self.begun = (at, row)
        column = self.formulas.setdefault(at, Formulas())
        column.cells += 1
        if len(column.rows) < _NAMED:
            column.rows.append(row)

    def _take_back(self, at: int, row: int) -> None:
        """Forget the formula that was begun last: it has no saved result."""
        self.begun = None
        column = self.formulas[at]
        column.cells -= 1
        if column.rows and column.rows[-1] == row:
            column.rows.pop()
        if not column.cells:
            del self.formulas[at]

    def seen(self, name: str) -> Seen:
        """Return what is to be told of the sheet, whose entry has this name."""
        mine, none = frozenset({name}), frozenset[str]()
        return Seen(
            self.errors,
            mine if self.unsaved else none,
            {name: self.formulas} if self.formulas else {},
            mine if self.filled else none,
        )


def _chunks(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the number of new bytes and these, led by the end of what came before."""
    tail = b""
    while fresh := stream.read(_CHUNK):
        yield len(fresh), tail + fresh
        tail = (tail + fresh)[-_OVERLAP:]
