"""The cells of one sheet, and the text that they show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.schemas.frames import cell_text
from gsprep.tables.headers import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    Place = tuple[int, int]

# Excel keeps 15 digits of a number and fills up with zeros.
_DIGITS = 15

Row = list[str | None]


@dataclass(frozen=True, slots=True)
class SheetCells:
    """The values of a sheet.

    Attributes:
        name: the name of the sheet.
        top: the row of the first values, counted from 0.
        left: the column of the first values, counted from 0.
        values: the rows of values.
        merged: the first and the last cell of each merged range, by row and column.
    """

    name: str
    top: int
    left: int
    values: Sequence[Sequence[object]]
    merged: Sequence[tuple[Place, Place]] = ()

    def texts(self) -> list[Row]:
        """Return the rows as text."""
        return [[_shown(value) for value in row] for row in self.values]


def is_filled(cell: str | None) -> bool:
    """Return whether a cell has text."""
    return cell is not None and bool(cell.strip())


def column_name(rows: Sequence[Row], head: int, at: int) -> str:
    """Return the name of a column for messages, by its header in the row ``head``."""
    return quoted(rows[head][at] or f"column {at + 1}")


def fill_down(sheet: SheetCells, rows: list[Row], head: int) -> list[str]:
    """Fill cells that are merged over several rows with their value; return a note on them.

    ``head`` is the place of the row of headers.
    """
    columns: dict[str, int] = {}
    for (first, column), (last, _) in sheet.merged:
        begin, at = first - sheet.top, column - sheet.left
        # A merged cell of the headers, or of a title, is no value of a record.
        is_data = head < begin < len(rows) and 0 <= at < len(rows[head])
        if not is_data or not is_filled(rows[begin][at]):
            continue
        for row in rows[begin + 1 : last - sheet.top + 1]:
            # Ranges of a damaged file may overlap: each cell is filled once.
            if is_filled(row[at]):
                break
            row[at] = rows[begin][at]
            name = column_name(rows, head, at)
            columns[name] = columns.get(name, 0) + 1
    told = ", ".join(f"{name} ({count} row(s))" for name, count in columns.items())
    return [f"merged cells are filled down: {told}"] if told else []


def long_numbers(sheet: SheetCells, rows: Sequence[Row], head: int) -> list[str]:
    """Return notes on columns with numbers of more digits than a sheet keeps."""
    long = {
        at
        for row in sheet.values[head + 1 :]
        for at, value in enumerate(row)
        if type(value) in (int, float) and abs(value) >= 10**_DIGITS  # type: ignore[arg-type] # the line says it is a number
    }
    names = [column_name(rows, head, at) for at in sorted(long)]
    return [
        f"Excel keeps 15 digits: the numbers in {name} are longer, so their last digits may be "
        "lost; export that column as text"
        for name in names
    ]


def _shown(value: object) -> str | None:
    if type(value) is str:
        return value or None
    if isinstance(value, float):
        # A sheet shows 0.3 for 0.1 + 0.2.
        return cell_text(float(f"{value:.{_DIGITS}g}"))
    if isinstance(value, dt.datetime):
        return cell_text(_to_the_second(value))
    if isinstance(value, dt.timedelta):
        return _duration(value)
    return cell_text(value)


def _to_the_second(moment: dt.datetime) -> dt.datetime:
    # Excel stores fractions of days, so a full second comes back some microseconds off.
    rounded = (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    return rounded if abs(rounded - moment) < dt.timedelta(milliseconds=1) else moment


def _duration(length: dt.timedelta) -> str:
    seconds = round(abs(length).total_seconds())
    sign = "-" if length < dt.timedelta(0) else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
