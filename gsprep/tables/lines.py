"""CSV and TSV out: quoted so that the same cells come back in whatever way they are divided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.tables.apostrophes import protect
from gsprep.values.arrow import as_arrow, joined

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

# Any usual delimiter is quoted, not only the one in use: so the first records always tell which
# one it is. A lone CR ends a line for many readers, and blanks around a cell get lost.
_QUOTED = r'[,;\t|"\r\n]|\A\s|\s\z'
_MARK = b"\xef\xbb\xbf"
_ROWS = 100_000


def write_lines(frame: pd.DataFrame, path: Path, delimiter: str) -> None:
    """Write a frame of text as UTF-8 with a byte order mark and LF at the end of lines."""
    header = pa.array([str(name) for name in frame.columns], pa.large_string())
    with path.open("wb") as file:
        file.write(_MARK + delimiter.join(_cells(header).to_pylist()).encode() + b"\n")
        for start in range(0, len(frame), _ROWS):
            part = frame.iloc[start : start + _ROWS]
            file.write(_lines([_cells(as_arrow(part[name])) for name in part.columns], delimiter))


def _cells(cells: pa.Array) -> pa.Array:
    safe = protect(cells)
    quoted = joined('"', pc.replace_substring(safe, '"', '""'), '"')
    return pc.if_else(pc.match_substring_regex(safe, _QUOTED), quoted, safe)


def _lines(columns: list[pa.Array], delimiter: str) -> bytes:
    # A line of nothing would be read as no record.
    alone = '""' if len(columns) == 1 else ""
    filled = [pc.fill_null(column, alone) for column in columns]
    lines = joined(*filled, between=delimiter)
    return ("\n".join(lines.to_pylist()) + "\n").encode()
