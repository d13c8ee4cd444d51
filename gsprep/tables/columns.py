"""Frames of text from Arrow arrays and rows; a blank cell is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import TEXT, as_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A wide table of so few records is put together in one step.
_FEW_ROWS = 100


def numbered(columns: Iterable[pa.Array]) -> pd.DataFrame:
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
    return numbered(pa.array(column, TEXT) for column in columns)
