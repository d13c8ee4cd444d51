"""Frames of text from Arrow arrays and rows; a blank cell is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import TEXT, as_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def numbered(columns: Iterable[pa.Array]) -> pd.DataFrame:
    """Return a frame of text with the columns 0, 1, … from Arrow arrays of one length."""
    return pd.DataFrame({at: _without_blanks(cells) for at, cells in enumerate(columns)})


def _without_blanks(cells: pa.Array) -> pd.Series[str]:
    blank = pc.equal(pc.utf8_trim_whitespace(cells), "")
    return as_column(pc.if_else(blank, pa.scalar(None, TEXT), cells))


def from_rows(rows: Sequence[Sequence[str | None]], width: int) -> pd.DataFrame:
    """Return a frame of text with ``width`` columns from rows of that length."""
    columns: Iterable[Sequence[str | None]] = zip(*rows, strict=True) if rows else [()] * width
    return numbered(pa.array(column, TEXT) for column in columns)
