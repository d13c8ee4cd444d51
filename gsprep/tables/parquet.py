"""Parquet files (and Arrow and ORC files) to tables of text and back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gsprep.errors import TableError
from gsprep.lazy import lazy_module
from gsprep.schemas.frames import text_column
from gsprep.tables.json_lines import list_text, with_values
from gsprep.tables.raw_table import (
    RawTable,
    numbered_columns,
    refuse_other_columns,
    refuse_sparse,
    refuse_wide,
    size_of_parts,
)
from gsprep.values.arrow import TEXT, as_arrow
from gsprep.values.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from hashlib import blake2b
    from pathlib import Path

    from pyarrow import orc
else:
    # Some builds of Arrow have no ORC.
    orc = lazy_module("pyarrow.orc")

ENDINGS = (".parquet", ".pq")
# The first bytes of an ORC file, of an Arrow file, and of a stream of Arrow.
_ORC, _ARROW, _STREAM = b"ORC", b"ARROW1", b"\xff\xff\xff\xff"
# So many records of a large row group are read at once.
_BATCH = 32_768
# pandas stores an index of labels as such a column; here the index means nothing.
_INDEX = re.compile(r"__index_level_\d+__")


def is_index(name: str) -> bool:
    """Return whether a column is an index that pandas stored, which is no data."""
    return _INDEX.fullmatch(name) is not None


# As for workbooks: two gigabytes at once, or so many times the size of the file.
_UNPACKED_BYTES = 2_000_000_000
_RATIO = 150


def read_parquet(path: Path | str, data: bytes) -> RawTable:
    """Return the records of a Parquet file, nested values as ``read_json_lines`` has them.

    So are an Arrow file, a stream of Arrow and an ORC file.

    Raises TableError for binary columns, for values that are no text a person could type, and for a
    file that unpacks to far more than its size.
    """
    return as_raw_table(path, _table(path, data))


def _table(path: Path | str, data: bytes) -> pa.Table:
    try:
        table = _read(path, data)
    except pa.ArrowMemoryError:
        raise _too_large(path) from None
    except (pa.ArrowException, OSError, OverflowError) as failure:
        raise TableError(
            path, "this is not a Parquet file (or Arrow, or ORC), or it is damaged",
            "Write it again, or as CSV UTF-8.",
        ) from failure  # fmt: skip
    _refuse_large_texts(path, table, len(data))
    return table


def files_in(folder: Path) -> list[Path]:
    """Return the Parquet files of a folder by their names; [] for what is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in ENDINGS)


def read_folder(folder: Path, files: Sequence[Path]) -> RawTable:
    """Return the records of the files of a folder as one table, in the columns of the first file.

    Raises TableError as ``read_parquet``, and for a file with other columns.
    """
    tables = [_table(file, file.read_bytes()) for file in files]
    names = tables[0].column_names
    for file, table in zip(files, tables, strict=True):
        refuse_other_columns(file, table.column_names, files[0], names)
    # The types may differ where a column has no value: each file is made text on its own.
    raw = [
        as_raw_table(file, table.select(names)) for file, table in zip(files, tables, strict=True)
    ]
    return replace(
        raw[0], path=folder, cells=pd.concat([one.cells for one in raw], ignore_index=True)
    )


def as_raw_table(path: Path | str, table: pa.Table) -> RawTable:
    """Return the records of an Arrow table; TableError as ``read_parquet``."""
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()  # organization.name
    names = table.column_names
    columns = (_text(path, name, table.column(at)) for at, name in enumerate(names))
    return RawTable(path, tuple(names), numbered_columns(columns))


def _read(path: Path | str, data: bytes) -> pa.Table:
    if data.startswith((_ORC, _ARROW, _STREAM)):
        table = _read_other(data)
        refuse_sparse(path, len(table), table.num_columns, len(data))
        refuse_columns(path, table.schema)
    else:
        table = _read_checked(path, data)
    places = [at for at, name in enumerate(table.column_names) if not is_index(name)]
    return table.select(places)


def _read_other(data: bytes) -> pa.Table:
    source = pa.BufferReader(data)
    if data.startswith(_ORC):
        return orc.ORCFile(source).read()
    is_file = data.startswith(_ARROW)
    return (pa.ipc.open_file if is_file else pa.ipc.open_stream)(source).read_all()


def _read_checked(path: Path | str, data: bytes) -> pa.Table:
    with pq.ParquetFile(pa.BufferReader(data)) as file:
        fields = [field for field in file.schema_arrow if not is_index(field.name)]
        _check(path, len(data), file.metadata, fields)
    # Each different text once: a hostile file repeats a long one.
    texts = [field.name for field in fields if _is_text(field.type)]
    with pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts) as file:
        return file.read()


def _check(path: Path | str, size: int, told: Any, fields: Sequence[pa.Field]) -> None:
    """Check the file's metadata before its data is read."""
    refuse_sparse(path, told.num_rows, len(fields), size)
    if sum(told.row_group(at).total_byte_size for at in range(told.num_row_groups)) > _most(size):
        raise _too_large(path)
    refuse_columns(path, fields)


def refuse_columns(path: Path | str, fields: Sequence[pa.Field]) -> None:
    """Raise TableError for columns of bytes, which are no text, and for too many columns."""
    kinds = [(field, kind) for field in fields for kind in _kinds_in(field.type)]
    refuse_wide(path, len(kinds))
    for field, kind in kinds:
        if _is_binary(kind):
            raise TableError(
                path, f"the column {quoted(field.name)} holds {field.type}, not one value a cell",
                "Write it as text, or leave it out.",
            )  # fmt: skip


def _kinds_in(kind: pa.DataType) -> Iterator[pa.DataType]:
    """Yield the types of the values in a column, those within lists and records included."""
    inner = [kind.field(at).type for at in range(kind.num_fields)]
    of_words = [kind.value_type] if pa.types.is_dictionary(kind) else []
    for each in inner or of_words:
        yield from _kinds_in(each)
    if not inner and not of_words:
        yield kind


def _refuse_large_texts(path: Path | str, table: pa.Table, size: int) -> None:
    """Raise TableError when the texts, each written as often as it is there, are too large."""
    most = _most(size)
    if table.nbytes + sum(map(_repeated_bytes, table.columns)) > most:
        raise _too_large(path)


def _repeated_bytes(column: pa.ChunkedArray) -> int:
    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return 0
    lengths = (pc.binary_length(part.dictionary).take(part.indices) for part in column.chunks)
    return sum(pc.sum(pc.cast(each, pa.int64())).as_py() or 0 for each in lengths)


def _most(size: int) -> int:
    return max(_UNPACKED_BYTES, _RATIO * size)


def _too_large(path: Path | str) -> TableError:
    return TableError(
        path, "it unpacks to more than this machine should hold at once",
        "Leave out long texts that are not needed, or divide the file.",
    )  # fmt: skip


def _text(path: Path | str, name: str, column: pa.ChunkedArray) -> pa.Array:
    kind = column.type
    if pa.types.is_map(kind) or _is_list(kind):
        # As Python's floats, short ones would have extra digits.
        is_short = not pa.types.is_map(kind) and kind.value_type in {pa.float16(), pa.float32()}
        lists = column.cast(pa.list_(TEXT)) if is_short else column
        texts = (list_text(each) if each else None for each in lists.to_pylist())
        return with_values(pa.array(texts, TEXT))
    if pa.types.is_dictionary(kind):
        return _text(path, name, pc.cast(column, kind.value_type))
    # Arrow writes whole numbers of any length exactly, and true and false as we do.
    direct = pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)
    if direct or _is_text(kind):
        return as_arrow(pc.cast(column, TEXT))
    try:
        return as_arrow(text_column(column.to_pandas()))
    except (ValueError, OverflowError, LookupError, pa.ArrowException):
        # A day after the year 9999, billionths of a second, a time zone of another system.
        raise TableError(
            path, f"the column {quoted(name)} holds a value of {kind} that cannot be read",
            "Write the column as text.",
        ) from None  # fmt: skip


def _is_list(kind: pa.DataType) -> bool:
    fixed = pa.types.is_fixed_size_list(kind)
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or fixed)


def _is_text(kind: pa.DataType) -> bool:
    views = pa.types.is_string_view(kind)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or views)


def _is_binary(kind: pa.DataType) -> bool:
    views = pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or views)


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame of text as a Parquet file; missing cells are null."""
    columns = [as_arrow(frame[name]) for name in frame.columns]
    pq.write_table(pa.table(columns, names=[str(name) for name in frame.columns]), path)


@dataclass(frozen=True, slots=True)
class ParquetPart:
    """Some records of a Parquet file that follow one another.

    Attributes:
        number: the number of the part, from 0.
        path: the file.
        row_groups: the row groups of the file that hold the records.
        start: the first of the records among those of the row groups.
        rows: the number of records, those without any value included.
        names: the columns in the order of the first file, empty for that one.
    """

    number: int
    path: Path
    row_groups: tuple[int, ...]
    start: int
    rows: int
    names: tuple[str, ...] = ()
    # Remarks and totals are below the records of sheets and texts only.
    is_end: ClassVar[bool] = False
    is_alone: ClassVar[bool] = False

    def table(self) -> RawTable:
        """Return the records, in the columns of the first file."""
        with pq.ParquetFile(self.path) as file:
            records = self._records(file)
        own = [at for at, name in enumerate(records.column_names) if not is_index(name)]
        table = records.select(own)
        if self.names and table.column_names != list(self.names):
            table = table.select(list(self.names))
        return as_raw_table(self.path, table)

    def _records(self, file: pq.ParquetFile) -> pa.Table:
        groups = list(self.row_groups)
        if not self.start and self.rows == sum(file.metadata.row_group(g).num_rows for g in groups):
            return file.read_row_groups(groups, use_threads=False)
        # A part of a large row group: the rest of it is not held.
        found: list[pa.RecordBatch] = []
        place, end = 0, self.start + self.rows
        for batch in file.iter_batches(_BATCH, row_groups=groups, use_threads=False):
            begin = max(self.start - place, 0)
            if begin < len(batch):
                found.append(batch.slice(begin, end - place - begin))
            place += len(batch)
            if place >= end:
                break
        return pa.Table.from_batches(found, file.schema_arrow)


def parquet_parts(files: Sequence[Path], digest: blake2b, rows: int) -> list[ParquetPart]:
    """Return the parts of files of so many rows each; ``digest`` is updated with each file.

    Raises TableError for what is no Parquet file, or has other columns than the first.
    """
    parts: list[ParquetPart] = []
    names: tuple[str, ...] = ()
    for path in files:
        told = _metadata(path, digest)
        mine = tuple(name for name in told.schema.to_arrow_schema().names if not is_index(name))
        names = names or mine
        refuse_other_columns(path, mine, files[0], names)
        order = () if path == files[0] else names
        own = _of_file(path, told, len(parts), rows)
        parts += [replace(part, names=order) for part in own]
    return parts


def _metadata(path: Path, digest: blake2b) -> pq.FileMetaData:
    try:
        with pq.ParquetFile(path) as file:
            refuse_columns(path, [one for one in file.schema_arrow if not is_index(one.name)])
            told = file.metadata
        # The footer has the place, the size and the range of every column of every row group.
        digest.update(f"{path.name} {path.stat().st_size} ".encode())
        digest.update(repr(told.to_dict()).encode())
    except (pa.ArrowException, OSError) as failure:
        raise TableError(
            path, "this is not a Parquet file, or it cannot be read",
            "Write it as Parquet, or leave out --format parquet.",
        ) from failure  # fmt: skip
    return told


def _of_file(path: Path, told: pq.FileMetaData, number: int, most: int) -> Iterator[ParquetPart]:
    """Yield the parts of a file: of a large row group, or of several small ones."""
    groups: list[int] = []
    held = 0
    for group in range(told.num_row_groups):
        rows = told.row_group(group).num_rows
        if held and held + rows > most:
            yield ParquetPart(number, path, tuple(groups), 0, held)
            number, groups, held = number + 1, [], 0
        if rows <= most:
            groups, held = [*groups, group], held + rows
            continue
        size = size_of_parts(rows, most)
        for start in range(0, rows, size):
            yield ParquetPart(number, path, (group,), start, min(size, rows - start))
            number += 1
    if held or not told.num_row_groups or not told.num_rows:
        yield ParquetPart(number, path, tuple(groups), 0, held)
