"""Parquet files in parts: some of their row groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from gsprep.errors import TableError
from gsprep.tables.parquet import as_raw_table, is_index, refuse_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from hashlib import blake2b
    from pathlib import Path

    from gsprep.tables.raw_table import RawTable


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
            records = file.read_row_groups(list(self.row_groups), use_threads=False)
        records = records.slice(self.start, self.rows)
        own = [at for at, name in enumerate(records.column_names) if not is_index(name)]
        table = records.select(own)
        if self.names and table.column_names != list(self.names):
            table = table.select(list(self.names))
        return as_raw_table(self.path, table)


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
        if sorted(mine) != sorted(names):
            raise TableError(
                path, f"it has other columns than {files[0].name}", "Write all files alike."
            )
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
        for start in range(0, rows, most):
            yield ParquetPart(number, path, (group,), start, min(most, rows - start))
            number += 1
    if held or not told.num_row_groups or not told.num_rows:
        yield ParquetPart(number, path, tuple(groups), 0, held)
