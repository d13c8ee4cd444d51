"""Child process that reads the sheets of a workbook."""

# Imported alone, without the package: it must start fast. The reader
# makes room for what a file claims, and a file that claims too much ends this process only.

from __future__ import annotations

import datetime as dt
import io
import json
import os
import sys
import threading
import time
from contextlib import suppress
from itertools import islice
from typing import IO, Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]

MAX_CELLS = 30_000_000
_ROWS_AT_ONCE = 1_000


def main() -> None:
    """Open the workbook on standard input, and write each sheet that is asked for, as JSON.

    A line asks for a sheet: its name, and the most rows or null for all.

    The last arguments are the most bytes of memory, and seconds.
    """
    _limit(*map(int, sys.argv[-2:]))
    given = sys.stdin.buffer
    book = CalamineWorkbook.from_filelike(io.BytesIO(given.read(int(given.readline()))))
    pages = [page for page in book.sheets_metadata if page.typ == SheetTypeEnum.WorkSheet]
    _send([[[page.name, page.visible == SheetVisibleEnum.Visible] for page in pages]])
    for line in given:
        name, most = json.loads(line)
        _send(_parts(book.get_sheet_by_name(name), most))


def _limit(memory: int, seconds: int) -> None:
    # Only systems that follow POSIX have such limits, and not all hold a process to its memory.
    if resource is None:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_beyond, args=(memory,), daemon=True).start()


def _end_beyond(memory: int) -> None:
    # Some systems count what the process held that started this one.
    most = _held() + memory
    while _held() < most:
        time.sleep(0.1)
    os.write(2, b"MemoryError")
    os._exit(1)


def _held() -> int:
    """Return the most bytes of memory that were held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


def _parts(sheet: Any, most: int | None) -> Any:
    """Yield the place of the first cell, the width and the merged ranges, and then the rows."""
    if sheet.height * sheet.width > MAX_CELLS:
        raise MemoryError
    top, left = sheet.start or (0, 0)
    yield [top, left, sheet.width, sheet.merged_cell_ranges or []]
    rows = islice(sheet.iter_rows(), top, None if most is None else top + most)
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield some


def _send(parts: Any) -> None:
    out: IO[bytes] = sys.stdout.buffer
    for part in parts:
        out.write(_encode(part).encode("ascii") + b"\n")
    out.write(b"null\n")
    out.flush()


def _plain(value: Any) -> dict[str, Any]:
    """Return a moment or a duration as JSON has it: by its kind."""
    if isinstance(value, dt.timedelta):
        return {"seconds": value.total_seconds()}
    return {type(value).__name__: value.isoformat()}


_encode = json.JSONEncoder(default=_plain).encode
