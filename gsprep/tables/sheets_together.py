"""Sheets of one workbook, one below the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.errors import TableError
from gsprep.schemas.frames import LINE, ROW_ID
from gsprep.tables.headers import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.tables.raw_table import RawTable


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
    cells = [_in_order(table, headers) for table in named]
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


def _in_order(table: RawTable, headers: Sequence[str]) -> pd.DataFrame:
    places = [table.headers.index(header) for header in headers]
    return table.cells[places].set_axis(range(len(headers)), axis=1)
