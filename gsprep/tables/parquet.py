"""Parquet to records and back: values that are no text read as a person would type them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gsprep.errors import TableError
from gsprep.schemas.frames import text_column
from gsprep.tables.columns import numbered
from gsprep.tables.grid import Grid
from gsprep.tables.headers import quoted
from gsprep.values.arrow import as_arrow

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

# pandas stores an index of labels as such a column; here the index means nothing.
_INDEX = re.compile(r"__index_level_\d+__")


def read_parquet(path: Path) -> Grid:
    """Return the records of a Parquet file; raise TableError for nested and binary columns."""
    try:
        # Opening the file itself keeps folder names such as year=2026 out of the columns.
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as failure:
        raise TableError(
            path, "this is no Parquet file, or a damaged one", "Write it again, or as CSV UTF-8."
        ) from failure
    names = [name for name in table.column_names if not _INDEX.fullmatch(name)]
    places = [at for at, name in enumerate(table.column_names) if not _INDEX.fullmatch(name)]
    columns = [_text(path, names[n], table.column(at)) for n, at in enumerate(places)]
    return Grid(path, tuple(names), numbered(columns))


def _text(path: Path, name: str, column: pa.ChunkedArray) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(path, name, pc.cast(column, kind.value_type))
    if pa.types.is_nested(kind) or _is_binary(kind):
        raise TableError(
            path, f"the column {quoted(name)} holds {kind}, not one value a cell",
            "Write it as text, or leave it out.",
        )  # fmt: skip
    # Arrow writes whole numbers of any length exactly, and true and false as we do.
    direct = pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)
    if direct or _is_text(kind):
        return _one(pc.cast(column, pa.large_string()))
    return as_arrow(text_column(column.to_pandas()))


def _is_text(kind: pa.DataType) -> bool:
    views = pa.types.is_string_view(kind)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or views)


def _is_binary(kind: pa.DataType) -> bool:
    views = pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or views)


def _one(column: pa.ChunkedArray) -> pa.Array:
    cells = column.combine_chunks()
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame of text as a Parquet file; missing cells are null."""
    columns = [as_arrow(frame[name]) for name in frame.columns]
    pq.write_table(pa.table(columns, names=[str(name) for name in frame.columns]), path)
