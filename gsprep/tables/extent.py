"""How far the cells of a sheet reach: a reader holds the whole rectangle around them."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from dataclasses import dataclass

_REFERENCE = re.compile(rb"""[\s:]r\s*=\s*["']([A-Za-z]{1,4})([0-9]{1,9})["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]{0,200}?\sr\s*=\s*["']([0-9]{1,9})""")
_ROW_TAG = re.compile(rb"<(?:\w+:)?row[\s/>]")
# Attributes, and then the one that says where the cell or the row is.
_SAYS_WHERE = rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*?\s+r\s*="""
_BARE_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])(?!" + _SAYS_WHERE + rb")")
_BARE_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])(?!" + _SAYS_WHERE + rb")")


@dataclass(slots=True)
class Extent:
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
