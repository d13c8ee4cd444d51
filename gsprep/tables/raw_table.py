"""The cells of a table before its headers are interpreted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.display import few, plural
from gsprep.errors import TableError
from gsprep.values.arrow import TEXT, as_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np

# The most columns of a sheet: support.microsoft.com, "Excel specifications and limits".
MAX_COLUMNS = 16_384


def refuse_wide(path: Path | str, columns: int, *, line: int | None = None) -> None:
    """Raise TableError for more columns than any sheet has, before work is done for each."""
    if columns > MAX_COLUMNS:
        raise TableError(
            path,
            f"it has {columns:,} columns, and a table at most {MAX_COLUMNS:,}",
            "Delete delimiters and columns beyond the data, or export it again.",
            line=line,
        )


# A table with so many cells takes a few gigabytes, filled or not.
_MANY_CELLS = 200_000_000
# The bytes that a cell takes in a file that writes each of them, at least: a delimiter and more.
_CELLS_A_BYTE = 4


def refuse_sparse(path: Path | str, rows: int, columns: int, size: int) -> None:
    """Raise TableError for far more cells than a file of so many bytes (``size``) has values."""
    if rows * columns > max(_MANY_CELLS, _CELLS_A_BYTE * size):
        raise TableError(
            path,
            f"its {rows:,} records have {columns:,} columns, nearly all of them without a value",
            "Leave out the columns that are not needed, or divide the file.",
        )


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as read, before its headers are interpreted.

    Attributes:
        path: the file, or the address of a database, for messages.
        headers: the cells of the line of headers, "" where there is none.
        cells: one column of text for each header, named 0, 1, …; blanks are missing.
        line: the line of the file (the row of the sheet) of the headers.
        notes: sentences on what was assumed while reading.
        formulas: by column, the records (0 is the first) whose cell looks like a formula.
        sheet: the names of the sheets of a workbook that were read, "" for others.
        lines: the line of the file (the row of the sheet) on which each record begins; None
            where the source has no lines.
        is_laid_out: whether totals and remarks may be below the records, as in a sheet.
    """

    path: Path | str
    headers: tuple[str, ...]
    cells: pd.DataFrame
    line: int = 1
    notes: tuple[str, ...] = field(default=())
    formulas: Mapping[int, np.ndarray] = field(default_factory=dict)
    lines: np.ndarray | None = None
    is_laid_out: bool = False
    sheet: str = ""

    def keep(self, kept: np.ndarray, notes: Iterable[str]) -> RawTable:
        """Return the table with the marked records only, and with further notes."""
        place = kept.cumsum() - 1
        formulas = {at: place[found[kept[found]]] for at, found in self.formulas.items()}
        return replace(
            self,
            cells=self.cells[kept].reset_index(drop=True),
            notes=(*self.notes, *notes),
            formulas={at: found for at, found in formulas.items() if len(found)},
            lines=None if self.lines is None else self.lines[kept],
        )

    def place_of(self, records: np.ndarray) -> str:
        """Return where records are (0 is the first), for a note: their lines, if there are any."""
        if self.lines is None:
            return few(plural(len(records), "record", "records"), (records + 1).tolist())
        places = self.lines[records].tolist()
        return few(plural(len(records), "line", "lines"), places)


# A wide table of so few records is put together in one step.
_FEW_ROWS = 100


def numbered_columns(columns: Iterable[pa.Array]) -> pd.DataFrame:
    """Return a frame of text with the columns 0, 1, … from Arrow arrays of one length."""
    given = list(columns)
    rows = len(given[0]) if given else 0
    if not 0 < rows <= _FEW_ROWS < len(given):
        return pd.DataFrame(
            {at: as_column(_without_blanks(cells)) for at, cells in enumerate(given)}
        )
    # A column costs more than a few cells.
    together = as_column(_without_blanks(pa.concat_arrays(given))).array
    return pd.DataFrame({at: together[at * rows : (at + 1) * rows] for at in range(len(given))})


def _without_blanks(cells: pa.Array) -> pa.Array:
    blank = pc.equal(pc.utf8_trim_whitespace(cells), "")
    return pc.if_else(blank, pa.scalar(None, TEXT), cells)


def from_rows(rows: Sequence[Sequence[str | None]], width: int) -> pd.DataFrame:
    """Return a frame of text with ``width`` columns from rows of that length."""
    columns: Iterable[Sequence[str | None]] = zip(*rows, strict=True) if rows else [()] * width
    return numbered_columns(pa.array(column, TEXT) for column in columns)
