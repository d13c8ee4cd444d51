"""Columns of text as Arrow arrays and as pandas' ``str``, and what a blank cell is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A wide table of so few records is put together in one step.
_FEW_ROWS = 100


def arrow(column: pd.Series[str]) -> pa.Array:
    """Return a column of text as one Arrow array; missing cells are null."""
    cells = pa.array(column, pa.large_string(), from_pandas=True)
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def text(cells: pa.Array) -> pd.Series[str]:
    """Return an Arrow array as a column of text; cells of nothing but blanks are missing."""
    return pd.Series(_texts(cells))


def _texts(cells: pa.Array) -> Any:
    blank = pc.equal(pc.utf8_trim_whitespace(cells), "")
    kept = pc.if_else(blank, pa.scalar(None, pa.large_string()), cells)
    return pd.array(kept, dtype="str")


def joined(parts: Sequence[pa.Array | str], between: str = "") -> pa.Array:
    """Return texts put together cell by cell; null where one part is."""
    texts = [pa.scalar(p, pa.large_string()) if isinstance(p, str) else p for p in parts]
    return pc.binary_join_element_wise(*texts, pa.scalar(between, pa.large_string()))


def numbered(columns: Iterable[pa.Array]) -> pd.DataFrame:
    """Return a frame of text with the columns 0, 1, … from Arrow arrays of one length."""
    given = list(columns)
    rows = len(given[0]) if given else 0
    if not 0 < rows <= _FEW_ROWS < len(given):
        return pd.DataFrame({at: text(cells) for at, cells in enumerate(given)})
    # What is done for a column costs more than what is done for a few cells.
    together = _texts(pa.concat_arrays(given))
    return pd.DataFrame({at: together[at * rows : (at + 1) * rows] for at in range(len(given))})


def from_rows(rows: Sequence[Sequence[str | None]], width: int) -> pd.DataFrame:
    """Return a frame of text with ``width`` columns from rows of that length."""
    columns: Iterable[Sequence[str | None]] = zip(*rows, strict=True) if rows else [()] * width
    return numbered(pa.array(column, pa.large_string()) for column in columns)
