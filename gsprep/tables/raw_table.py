"""The cells of a table before its headers are interpreted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.display import few, plural
from gsprep.errors import TableError
from gsprep.schemas.frames import LINE, ROW_ID
from gsprep.values.arrow import TEXT, are_blank, as_column, counted_before
from gsprep.values.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from gsprep.schemas.fields import ObjectFields

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


def refuse_other_columns(
    path: Path, mine: Sequence[str], first: Path, names: Sequence[str]
) -> None:
    """Raise TableError for a file with other columns than the first one of the same table."""
    if sorted(mine) != sorted(names):
        raise TableError(path, f"it has other columns than {first.name}", "Write all files alike.")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is read.

    Attributes:
        of: the object in it, which decides what a header means.
        encoding: the encoding of text, if it is known.
        header: the line of the headers (the row of the sheet), if it is known.
        sheet: the name or the position of the sheet of a workbook.
        query: the statement that selects the rows of a database.
    """

    of: ObjectFields | None = None
    encoding: str | None = None
    header: int | None = None
    sheet: str | int | None = None
    query: str | None = None

    def refuse(self, *options: str, of: Path | str) -> None:
        """Raise TableError if one of the options is given, which the source does not have."""
        for name in options:
            if getattr(self, name) is not None:
                raise TableError(of, _ONLY[name], f"Omit --{name} ({name}= in Python).")


_ONLY = {
    "sheet": "only workbooks have sheets",
    "query": "only a database can be queried",
    "encoding": "only CSV and TSV files are read in an encoding",
    "header": "only CSV and TSV files and sheets have a line of headers",
}


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
        place = counted_before(kept)
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


def size_of_parts(whole: int, most: int) -> int:
    """Return the size of the parts of a whole: equal ones, of at most about ``most``.

    Several are an even number, so that two processors end at the same time. It depends on nothing
    else: a run goes on after its parts on another number of processors.

    >>> size_of_parts(100, 131), size_of_parts(400, 131), size_of_parts(1_000, 131)
    (131, 100, 125)
    """
    count = -(-whole // most)
    return most if count <= 1 else -(-whole // (count + count % 2))


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
    return pc.if_else(pa.array(are_blank(cells)), pa.scalar(None, TEXT), cells)


def from_rows(rows: Sequence[Sequence[str | None]], width: int) -> pd.DataFrame:
    """Return a frame of text with ``width`` columns from rows of that length."""
    columns: Iterable[Sequence[str | None]] = zip(*rows, strict=True) if rows else [()] * width
    return numbered_columns(pa.array(column, TEXT) for column in columns)


def concat_sheets(sheets: Sequence[tuple[str, RawTable]]) -> RawTable:
    """Return the records of all sheets, one sheet below the other.

    The columns are in the order of the first sheet. Without a ``row_id`` of their own, records
    are called by their sheet and their number in it: ``Contacts:1``. Raises TableError, which
    names them, when the headers of two sheets differ.
    """
    (first, top), *others = sheets
    for name, table in others:
        _refuse_other_headers(first, top, name, table)
    named = [_with_row_ids(name, table) for name, table in sheets]
    headers = named[0].headers
    cells = [in_order_of(table, headers) for table in named]
    names = ", ".join(quoted(name) for name, _ in sheets)
    notes = [
        f"read from the sheets {names}, one below the other",
        *(f"the sheet {quoted(name)}: {note}" for name, table in sheets for note in table.notes),
    ]
    return replace(
        named[0],
        cells=pd.concat(cells, ignore_index=True),
        notes=tuple(notes),
        lines=None,
        is_laid_out=False,
        sheet=", ".join(name for name, _ in sheets),
    )


def _refuse_other_headers(first: str, top: RawTable, name: str, table: RawTable) -> None:
    lacks = [header for header in top.headers if header not in table.headers]
    more = [header for header in table.headers if header not in top.headers]
    told = [
        f"{what} {', '.join(map(quoted, headers))}"
        for what, headers in (("it lacks", lacks), ("it also has", more))
        if headers
    ]
    if told:
        raise TableError(
            table.path,
            f"the sheet {quoted(name)} has different headers from {quoted(first)}: "
            f"{'; '.join(told)}",
            "Make them the same, or choose one sheet.",
        )


def _with_row_ids(name: str, table: RawTable) -> RawTable:
    if ROW_ID in table.headers:
        return table
    numbers = range(1, len(table.cells) + 1)
    named = {ROW_ID: [f"{name}:{number}" for number in numbers]}
    if LINE not in table.headers and table.lines is not None:
        named[LINE] = [f"{name}:{line}" for line in table.lines.tolist()]
    texts = (pd.Series(column, dtype="str") for column in named.values())
    ours = pd.DataFrame(dict(enumerate(texts)))
    theirs = table.cells.set_axis(range(len(named), len(named) + len(table.headers)), axis=1)
    cells = pd.concat([ours, theirs], axis=1)
    return replace(table, headers=(*named, *table.headers), cells=cells)


def in_order_of(table: RawTable, headers: Sequence[str]) -> pd.DataFrame:
    """Return the cells with the columns in the order of these headers."""
    places = [table.headers.index(header) for header in headers]
    return table.cells[places].set_axis(range(len(headers)), axis=1)
