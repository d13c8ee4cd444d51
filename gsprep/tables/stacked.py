"""Sheets of one workbook that have the same headers, as one table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.errors import TableError
from gsprep.schemas.frames import ROW_ID
from gsprep.tables.headers import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.tables.grid import Grid

# What asks for all sheets, unless one is called so.
EVERY = "all"


def stacked(sheets: Sequence[tuple[str, Grid]]) -> Grid:
    """Return the records of all sheets, one sheet below the other.

    The columns stand in the order of the first sheet. Without a ``row_id`` of their own, records
    are called by their sheet and their number in it: ``Contacts:1``. Raises TableError, which
    names them, when the headers of two sheets differ.
    """
    (first, top), *others = sheets
    for name, grid in others:
        _refuse_other_headers(first, top, name, grid)
    named = [_with_row_ids(name, grid) for name, grid in sheets]
    headers = named[0].headers
    cells = [_in_order(grid, headers) for grid in named]
    names = ", ".join(quoted(name) for name, _ in sheets)
    notes = [
        f"read from the sheets {names}, one below the other",
        *(f"the sheet {quoted(name)}: {note}" for name, grid in sheets for note in grid.notes),
    ]
    return replace(named[0], cells=pd.concat(cells, ignore_index=True), notes=tuple(notes))


def _refuse_other_headers(first: str, top: Grid, name: str, grid: Grid) -> None:
    lacks = [header for header in top.headers if header not in grid.headers]
    more = [header for header in grid.headers if header not in top.headers]
    told = [
        f"{what} {', '.join(map(quoted, headers))}"
        for what, headers in (("it lacks", lacks), ("it has besides", more))
        if headers
    ]
    if told:
        raise TableError(
            grid.path,
            f"the sheet {quoted(name)} has other headers than {quoted(first)}: {'; '.join(told)}",
            "Make them the same, or choose one sheet.",
        )


def _with_row_ids(name: str, grid: Grid) -> Grid:
    if ROW_ID in grid.headers:
        return grid
    row_ids = [f"{name}:{number}" for number in range(1, len(grid.cells) + 1)]
    column = pd.DataFrame({0: pd.Series(row_ids, dtype="str")})
    cells = pd.concat(
        [column, grid.cells.set_axis(range(1, len(grid.headers) + 1), axis=1)], axis=1
    )
    return replace(grid, headers=(ROW_ID, *grid.headers), cells=cells)


def _in_order(grid: Grid, headers: Sequence[str]) -> pd.DataFrame:
    places = [grid.headers.index(header) for header in headers]
    return grid.cells[places].set_axis(range(len(headers)), axis=1)
