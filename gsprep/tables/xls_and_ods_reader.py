"""Child process that reads binary, OpenDocument and old Excel workbooks."""

# Run by path, not as a module: it must start fast and needs nothing of the package. The reader
# makes room for what a file claims, and a file that claims too much ends this process only.

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from contextlib import suppress
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]

MEMORY_BYTES = 3_000_000_000
SECONDS = 120
MAX_CELLS = 30_000_000
# What is returned is held by the other process as well.
MAX_BYTES = 500_000_000


def main() -> None:
    """Read a workbook from standard input and write its sheets as JSON."""
    _limit()
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    pages = [page for page in book.sheets_metadata if page.typ == SheetTypeEnum.WorkSheet]
    sheets = [
        {"name": page.name, "visible": page.visible == SheetVisibleEnum.Visible}
        | _cells(book.get_sheet_by_name(page.name))
        for page in pages
    ]
    written = json.dumps(sheets).encode("ascii")
    if len(written) > MAX_BYTES:
        raise MemoryError
    sys.stdout.buffer.write(written)


def _limit() -> None:
    # Only systems that follow POSIX have such limits; elsewhere the file was looked at before.
    if resource is None:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _cells(sheet: Any) -> dict[str, Any]:
    if sheet.height * sheet.width > MAX_CELLS:
        raise MemoryError
    rows = [[_plain(value) for value in row] for row in sheet.to_python()]
    return {"start": sheet.start, "rows": rows, "merged": sheet.merged_cell_ranges or []}


def _plain(value: object) -> object:
    """Return a cell as JSON has it; moments and durations as a list of kind and value."""
    if isinstance(value, dt.date | dt.time):  # a datetime is a date
        return [type(value).__name__, value.isoformat()]
    if isinstance(value, dt.timedelta):
        return ["seconds", value.total_seconds()]
    return value


if __name__ == "__main__":
    main()
