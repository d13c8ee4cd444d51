"""The line of a text file on which each record begins."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from gsprep.tables.delimited_records import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from gsprep.tables.delimited import Dialect

_LINE_END = r"\r\n|\r|\n"
_ENDS = re.compile(_LINE_END)


def line_numbers(text: str, dialect: Dialect, cells: Sequence[pa.Array]) -> np.ndarray | None:
    """Return the line on which each record begins, the headers first; None if it is not known.

    ``cells`` are the columns, with the headers as their first cell.
    """
    heights = np.ones(len(cells[0]), dtype=np.int64)
    # Only a cell in quotes has several lines.
    for column in cells if '"' in text else ():
        if pc.any(pc.match_substring_regex(column, r"[\r\n]")).as_py():
            heights += _line_ends(column)
    if heights.sum() == _lines(text, dialect):
        return dialect.line + np.concatenate([[0], heights[:-1].cumsum()])
    # Blank lines are between the records.
    lines = np.fromiter((record.line for record in records(text, dialect)), dtype=np.int64)
    return lines if len(lines) == len(cells[0]) else None


def _line_ends(column: pa.Array) -> np.ndarray:
    counts: np.ndarray = pc.fill_null(pc.count_substring_regex(column, _LINE_END), 0).to_numpy()
    return counts


def _lines(text: str, dialect: Dialect) -> int:
    """Return the number of lines from the headers to the last with text."""
    end = len(text.rstrip("\r\n"))
    ends = (text.count(mark, dialect.start, end) for mark in ("\n", "\r"))
    return 1 + sum(ends) - text.count("\r\n", dialect.start, end)


def start_of_line(text: str, line: int) -> int:
    r"""Return the place where a line (1 is the first) begins; CR, LF and CRLF end lines.

    >>> start_of_line("a\r\nb\rc", 3)
    5
    """
    if line == 1:
        return 0
    ends = islice(_ENDS.finditer(text), line - 2, None)
    return next((found.end() for found in ends), len(text))
