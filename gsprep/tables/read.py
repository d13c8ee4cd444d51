"""Files and databases to frames, every cell as text."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from gsprep.display import few
from gsprep.errors import InputError, TableError
from gsprep.mapping.columns import mapped_names, shown
from gsprep.results import CHANGE_COLUMNS, FINDING_COLUMNS
from gsprep.schemas.frames import ROW_ID, with_row_ids
from gsprep.tables.apostrophes import formulas_in
from gsprep.tables.columns import arrow
from gsprep.tables.database import is_address, read_query, shown_address
from gsprep.tables.delimited import read_delimited
from gsprep.tables.headers import Renamed, quoted, refuse_repeated, rename
from gsprep.tables.heading import header_text
from gsprep.tables.json_lines import read_json_lines
from gsprep.tables.kinds import content, kind_of, refuse_foreign
from gsprep.tables.parquet import read_parquet
from gsprep.tables.stacked import EVERY, stacked
from gsprep.tables.workbook import read_every_sheet, read_workbook

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from gsprep.mapping.columns import ColumnMapping
    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.grid import Grid

    Source = str | os.PathLike[str]

_LOG = logging.getLogger("gsprep")
# Tables of ours that speak of rows: several lines for one row_id, or none for a whole column.
_ABOUT_ROWS = (
    frozenset(CHANGE_COLUMNS),
    frozenset(FINDING_COLUMNS),
    frozenset({ROW_ID, "Company_ID", "intercept"}),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as a frame, and what was assumed while reading it.

    Attributes:
        frame: one line per record; text columns and ``row_id``, missing cells are NaN.
        notes: sentences for people; they name headers and lines, never the value of a cell.
        columns: the column of the frame by each header as it stands in the file.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]
    columns: Mapping[str, str]


def read_table(
    source: Source,
    *,
    sheet: str | int | None = None,
    query: str | None = None,
    mapping: ColumnMapping | None = None,
) -> pd.DataFrame:
    """Return a table as a frame of text with ``row_id``; what was assumed is logged as warnings.

    ``source`` is a file (CSV, TSV, XLSX, Parquet, JSON lines) or, with a ``query``, the address
    of a database as SQLAlchemy writes it (the extra ``sql``). ``sheet`` is the name or the
    position (0 is the first) of a sheet of a workbook, or ``all`` for those that hold values, one
    below the other: their headers have to be the same. Headers that mean an API name bear it; with
    a ``mapping`` it alone says which. Cells of blanks are missing, NA and 00123 stay as they are.
    Raises TableError, with the line where there is one and what to do, and InputError when the
    table has other columns than the mapping.
    """
    reading = read(source, sheet=sheet, query=query, mapping=mapping)
    place = shown_address(str(source)) if is_address(source) else source
    for note in reading.notes:
        _LOG.warning("%s: %s", place, note)
    return reading.frame


def read(
    source: Source,
    *,
    sheet: str | int | None = None,
    query: str | None = None,
    of: ObjectFields | None = None,
    mapping: ColumnMapping | None = None,
) -> Reading:
    """Return a table as a frame of text with ``row_id``, and notes on what was assumed.

    ``of`` says which object it holds: in a file of companies "Company Name" is their Name.
    Records without any value are left out and noted. Raises as ``read_table``.
    """
    grid = _filled(_grid(source, (sheet, query), of))
    if mapping is None:
        return _reading(grid, rename(grid.path, grid.headers, of, line=grid.line))
    refuse_repeated(grid.path, grid.headers, line=grid.line)
    return _reading(grid, _mapped(grid, mapping, of))


def read_as_written(
    source: Source, *, sheet: str | int | None = None, query: str | None = None
) -> Reading:
    """Return a table whose headers stand as they were written, for a mapping to be made."""
    grid = _filled(_grid(source, (sheet, query), None))
    refuse_repeated(grid.path, grid.headers, line=grid.line)
    return _reading(grid, Renamed(grid.headers, ()))


def _reading(grid: Grid, renamed: Renamed) -> Reading:
    frame = _named_rows(grid.path, grid.cells.set_axis(list(renamed.names), axis=1))
    columns = dict(zip(grid.headers, renamed.names, strict=True))
    return Reading(frame, (*grid.notes, *_formulas(grid, frame), *renamed.notes), columns)


def _formulas(grid: Grid, frame: pd.DataFrame) -> tuple[str, ...]:
    """Say where text stands that a spreadsheet would compute: the column, and a few rows."""
    # A table of ours may have no row_id; then records are counted as everywhere else.
    records = pd.Series(range(1, len(frame) + 1), dtype="int64")
    row_ids = frame.get(ROW_ID, records)
    found = [
        f"{quoted(grid.headers[at])} ({few('row_id', row_ids.iloc[places].tolist())})"
        for at, places in grid.formulas.items()
    ]
    return (f"cells that look like formulas are read as text: {', '.join(found)}",) if found else ()


def _mapped(grid: Grid, mapping: ColumnMapping, of: ObjectFields | None) -> Renamed:
    if of is not None and mapping.object != of.name:
        raise InputError(
            f"the mapping is of {mapping.object}, and {grid.path} holds {of.name}: "
            "make one of it with `gsprep map --object`"
        )
    strange = [] if of is None else [f for f in mapping.fields.values() if not of.knows(f)]
    if of is not None and strange:
        raise InputError(
            f"the mapping names fields that {of.name} does not have: {', '.join(strange)}. "
            "Change them in the mapping, or leave them empty"
        )
    names = mapped_names(grid.headers, mapping, of=str(grid.path))
    left = ", ".join(map(shown, mapping.unmapped))
    return Renamed(names, (f"not mapped to any field: {left}",) if left else ())


def _grid(
    source: Source, part: tuple[str | int | None, str | None], of: ObjectFields | None
) -> Grid:
    sheet, query = part
    if is_address(source):
        return _told(_headed(_queried(str(source), sheet, query)))
    path = Path(source).expanduser()
    if query is not None:
        raise TableError(
            path, "only a database takes a query", "Leave --query (query= in Python) out."
        )
    kind = kind_of(path)
    data = content(path)
    refuse_foreign(path, data, kind)
    if kind == "xlsx":
        return _told(_workbook(path, sheet, of))
    if sheet is not None:
        raise TableError(
            path, "only workbooks have sheets", "Leave --sheet (sheet= in Python) out."
        )
    if kind == "delimited":
        return _headed(read_delimited(path, data, of))
    grid = read_parquet(path) if kind == "parquet" else read_json_lines(path, data)
    return _told(_headed(grid))


def _workbook(path: Path, sheet: str | int | None, of: ObjectFields | None) -> Grid:
    if sheet != EVERY:
        return _headed(read_workbook(path, sheet, of))
    sheets = [(name, _headed(grid)) for name, grid in read_every_sheet(path, of)]
    return sheets[0][1] if len(sheets) == 1 else stacked(sheets)


def _told(grid: Grid) -> Grid:
    """Look where a grid holds text that a spreadsheet would compute."""
    cells = [arrow(grid.cells[at]) for at in range(len(grid.headers))]
    return replace(grid, formulas=formulas_in(cells))


def _queried(address: str, sheet: str | int | None, query: str | None) -> Grid:
    if sheet is not None:
        raise TableError(shown_address(address), "only workbooks have sheets", "Leave it out.")
    if query is None:
        raise TableError(
            shown_address(address),
            "a database needs a query",
            "Say what to read with --query (query= in Python): SELECT …",
        )
    return read_query(address, query)


def _headed(grid: Grid) -> Grid:
    """Give every column with values a header and leave out those that have neither."""
    headers = [header_text(header) for header in grid.headers]
    empty = [not h and bool(grid.cells[at].isna().all()) for at, h in enumerate(headers)]
    kept = [at for at, is_empty in enumerate(empty) if not is_empty]
    notes = list(grid.notes)
    if len(kept) < len(headers):
        notes.append(f"{len(headers) - len(kept)} column(s) without header and values are left out")
    unnamed = [at for at in kept if not headers[at]]
    notes += [f'the column without a header is called "column_{at + 1}"' for at in unnamed]
    names = tuple(headers[at] or f"column_{at + 1}" for at in kept)
    cells = grid.cells[kept].set_axis(range(len(kept)), axis=1)
    formulas = {at: grid.formulas[was] for at, was in enumerate(kept) if was in grid.formulas}
    return replace(grid, headers=names, cells=cells, notes=tuple(notes), formulas=formulas)


def _filled(grid: Grid) -> Grid:
    """Leave out records without any value; a NUL character and repeated headers are refused."""
    _refuse_nul(grid)
    _refuse_repeated_headers(grid)
    blank = _without_values(grid.cells)
    # In a file of one column an empty cell is all that a record can say.
    if len(grid.headers) < 2 or not blank.any():  # noqa: PLR2004  one column, see above
        return grid
    note = f"{int(blank.sum())} record(s) without any value are left out"
    place = (~blank).cumsum() - 1
    return replace(
        grid,
        cells=grid.cells[~blank].reset_index(drop=True),
        notes=(*grid.notes, note),
        formulas={at: place[records] for at, records in grid.formulas.items()},
    )


def _refuse_nul(grid: Grid) -> None:
    for at, header in enumerate(grid.headers):
        holds = pc.any(pc.match_substring(arrow(grid.cells[at]), "\0")).as_py()
        if holds or "\0" in header:
            raise TableError(
                grid.path,
                f"the column {quoted(header)} holds a NUL character, which text never does",
                "Export the file again; it may be damaged.",
            )


def _refuse_repeated_headers(grid: Grid) -> None:
    if len(grid.headers) < 2:  # noqa: PLR2004  a record of one cell may well be its header
        return
    again = np.arange(len(grid.cells))
    for at, header in enumerate(grid.headers):
        again = again[(grid.cells[at].iloc[again] == header).to_numpy()]
        # After one column or two no record is left: a wide table is not compared to its end.
        if not len(again):
            return
    raise TableError(
        grid.path,
        f"record {int(again[0]) + 1} repeats the headers",
        "Two tables may have been joined: delete that line.",
    )


def _without_values(cells: pd.DataFrame) -> np.ndarray:
    """Return which records hold no value."""
    empty = np.ones(len(cells), dtype=bool)
    for name in cells.columns:
        if not empty.any():
            break
        empty &= cells[name].isna().to_numpy()
    return empty


def _named_rows(path: Path | str, frame: pd.DataFrame) -> pd.DataFrame:
    if any(columns <= set(frame.columns) for columns in _ABOUT_ROWS):
        return frame
    try:
        return with_row_ids(frame, of="the file")
    except InputError as failure:
        problem, _, cure = str(failure).removeprefix("the file ").partition(": ")
        raise TableError(path, f"it {problem}", f"{cure[:1].upper()}{cure[1:]}.") from failure
