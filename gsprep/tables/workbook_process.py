"""Sheets of workbooks, read by a child process with limits of memory and time."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
import threading
import zipfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import python_calamine

from gsprep.errors import TableError
from gsprep.tables.raw_table import refuse_wide
from gsprep.tables.sheet_cells import SheetCells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gsprep.tables.file_kind import TableSource

# Without site-packages it starts faster; the arguments are the folders of the two modules.
_PROGRAM = "import sys; sys.path += sys.argv[1:3]; import workbook_reader; workbook_reader.main()"
# The memory and the seconds of work that the reader has, and the seconds until it has ended.
MEMORY_BYTES = 4_000_000_000
_SECONDS, _UNTIL_END = 240, 300
# What the reader returns of one sheet, and the largest file that it is given.
_MAX_RETURNED, _MAX_BYTES = 1_000_000_000, 400_000_000
# It was ended by the system: it worked too long, or took too much memory.
_WORKED_TOO_LONG, _KILLED = -24, -9

# A sheet of 1,048,576 rows and 12 columns takes about 600 MB of XML.
MAX_UNPACKED_BYTES = 2_000_000_000
# Real sheets shrink to a tenth or a thirtieth; small ones may repeat themselves more.
MAX_RATIO = 150
SMALL_BYTES = 50_000_000
MAX_ENTRIES = 5_000
# The rectangle around all cells of a sheet, whether they are filled or not.
MAX_CELLS = 30_000_000

SMALLER = "Delete empty rows and columns beyond the data, or save the sheet as CSV UTF-8."
# What reading a damaged archive raises.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(slots=True)
class SheetProcess:
    """A workbook that a child process has opened.

    Attributes:
        place: the file, or a name for messages.
        names: the names of its sheets of cells.
        visible: the names of those that are not hidden.
    """

    place: Path | str
    _child: subprocess.Popen[bytes]
    _timer: threading.Timer
    _errors: IO[bytes]
    names: tuple[str, ...] = ()
    visible: tuple[str, ...] = ()

    def open(self, data: bytes) -> None:
        """Hand the workbook to the process."""
        [sheets] = self._asked(b"%d\n%b" % (len(data), data))
        self.names = tuple(name for name, _ in sheets)
        self.visible = tuple(name for name, is_visible in sheets if is_visible)

    def cells(self, name: str, most: int | None = None) -> SheetCells:
        """Return the cells of a sheet, or of its first rows (``most``).

        Raises TableError for what cannot be read.
        """
        question = json.dumps([name, most]).encode() + b"\n"
        (top, left, width, merged), *parts = self._asked(question)
        refuse_wide(self.place, width)
        ranges = [((a, b), (c, d)) for (a, b), (c, d) in merged]
        return SheetCells(name, top, left, [row for rows in parts for row in rows], ranges)

    def _asked(self, question: bytes) -> list[Any]:
        """Return the parts of the reply to a question."""
        # A process that has ended reads nothing: what it said is read below.
        with suppress(OSError):
            _of(self._child.stdin).write(question)
            _of(self._child.stdin).flush()
        parts: list[Any] = []
        size = 0
        for line in _of(self._child.stdout):
            size += len(line)
            if size > _MAX_RETURNED:
                break
            part = _decode(line.decode("ascii"))
            if part is None:
                return parts
            parts.append(part)
        raise self._failure(is_large=size > _MAX_RETURNED)

    def _failure(self, *, is_large: bool) -> TableError:
        if is_large:
            self._child.kill()
        ended = self._child.wait()
        self._errors.seek(0)
        # What the reader says may quote the file.
        said = self._errors.read()
        if not self._timer.is_alive() or ended == _WORKED_TOO_LONG:
            return TableError(self.place, "reading it takes too long", SMALLER)
        if b"assword" in said or b"ncrypted" in said:
            problem = "the workbook is protected with a password"
            return TableError(self.place, problem, "Save it without one.")
        if b"OverflowError" in said:
            problem = "a cell that is formatted as a time holds a number that is none"
            return TableError(self.place, problem, "Format the column as a number or as text.")
        if ended == _KILLED or b"MemoryError" in said or b"memory allocation" in said:
            problem = "it takes more memory than a workbook of people"
            return TableError(self.place, problem, SMALLER)
        return not_a_workbook(self.place)


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101  the process was started with it
    return pipe


@contextmanager
def open_workbook(source: TableSource) -> Iterator[SheetProcess]:
    """Open a workbook in a process that ends with the block.

    Raises TableError for what is no workbook, is protected, or is larger than the limits.
    """
    if source.kind != "xls":
        _refuse_packed(source)
    if len(source.data) > _MAX_BYTES:
        raise TableError(source.place, "the workbook is larger than any sheet of people", SMALLER)
    folders = (str(Path(__file__).parent), str(Path(python_calamine.__file__).parents[1]))
    limits = (str(MEMORY_BYTES), str(_SECONDS))
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603  our own file and interpreter
            [sys.executable, "-I", "-S", "-c", _PROGRAM, *folders, *limits],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
        ) as child,
    ):  # fmt: skip
        timer = threading.Timer(_UNTIL_END, child.kill)
        timer.daemon = True
        timer.start()
        try:
            opened = SheetProcess(source.place, child, timer, errors)
            opened.open(source.data)
            yield opened
        finally:
            timer.cancel()
            child.kill()
            with suppress(OSError):
                _of(child.stdin).close()


_READ: Mapping[str, Callable[[Any], object]] = {
    "seconds": lambda seconds: dt.timedelta(seconds=seconds),
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
}


def _moment(found: Mapping[str, Any]) -> object:
    [(kind, value)] = found.items()
    return _READ[kind](value)


_decode = json.JSONDecoder(object_hook=_moment).decode


def not_a_workbook(path: Path | str) -> TableError:
    """Return the error for a file that is named like a workbook and is none."""
    return TableError(
        path, "this is not a workbook, or it is damaged",
        "Open it in a spreadsheet and save it as .xlsx, or as CSV UTF-8.",
    )  # fmt: skip


def most_unpacked(packed: int) -> int:
    """Return how many bytes an archive of so many may unpack to."""
    return min(MAX_UNPACKED_BYTES, max(SMALL_BYTES, MAX_RATIO * packed))


def _refuse_packed(source: TableSource) -> None:
    """Raise TableError for a packed workbook that unpacks to more than one of people."""
    try:
        with zipfile.ZipFile(source.stream()) as archive:
            entries = archive.infolist()
    except UNREADABLE as failure:
        raise not_a_workbook(source.place) from failure
    packed = max(1, sum(entry.compress_size for entry in entries))
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > most_unpacked(packed):
        problem = "it unpacks to more than a workbook of people needs"
        raise TableError(source.place, problem, SMALLER)
