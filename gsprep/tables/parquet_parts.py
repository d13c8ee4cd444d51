"""Parquet files and folders of them, read part by part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gsprep.errors import TableError
from gsprep.schemas.frames import ROW_ID
from gsprep.tables.parquet import as_raw_table, is_index, refuse_columns
from gsprep.tables.read import Naming, naming_of, without_empty_records
from gsprep.values.arrow import as_arrow

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from gsprep.mapping.mapping import ColumnMapping
    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.raw_table import RawTable

# Records of a part: enough that work on columns pays, few enough for the memory of a laptop.
_ROWS = 131_072


@dataclass(frozen=True, slots=True)
class Part:
    """Some records of a file that follow one another.

    Attributes:
        number: the number of the part, from 0.
        path: the file.
        row_groups: the row groups of the file that hold the records.
        start: the first of the records among those of the row groups.
        rows: the number of records, those without any value included.
        before: the number of records in the parts before that are not left out.
        names: the columns in the order of the first file, empty for that one.
    """

    number: int
    path: Path
    row_groups: tuple[int, ...]
    start: int
    rows: int
    before: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a source, and what all of them have in common.

    Attributes:
        parts: the parts in their order.
        naming: the names of the columns, by the records of the first part.
        rows: the number of records that are not left out.
        digest: a hash that changes with the files.
    """

    parts: tuple[Part, ...]
    naming: Naming
    rows: int
    digest: str

    def read(self, part: Part) -> pd.DataFrame:
        """Return the records of a part as a frame of text with ``row_id``, as in the whole."""
        frame = self.naming.applied(_raw(part)).frame
        if self.are_numbered:
            numbers = pd.Series(np.arange(1, len(frame) + 1) + part.before).astype("str")
            frame = frame.assign(**{ROW_ID: numbers})
        return frame

    @property
    def are_numbered(self) -> bool:
        """Whether the records have no ``row_id`` of their own."""
        return ROW_ID not in self.naming.columns.names


def parts_of(
    source: str | os.PathLike[str],
    of: ObjectFields | None = None,
    mapping: ColumnMapping | None = None,
    *,
    rows: int = _ROWS,
) -> Parts:
    """Return the parts of a Parquet file, or of all ``.parquet`` files of a folder by their names.

    Every record is looked at once, so that records are numbered as in the whole. Raises TableError
    for files that are no Parquet files or have other columns than the first, and for a ``row_id``
    that is missing or repeated.
    """
    files = _files(Path(source).expanduser())
    digest = blake2b(digest_size=16)
    parts: list[Part] = []
    for path in files:
        told = _metadata(path, digest)
        parts += _of_file(path, told, len(parts), rows)
    names = _names_of(files)
    naming = naming_of(_raw(parts[0]), of, mapping)
    counted, before = [], 0
    row_ids = _RowIds(files[0])
    for part in parts:
        counted.append(replace(part, before=before, names=names if part.path != files[0] else ()))
        raw = _raw(counted[-1])
        if ROW_ID in naming.columns.names:
            row_ids.add(raw.cells[naming.columns.names.index(ROW_ID)], before)
        before += len(raw.cells)
    row_ids.refuse_repeated()
    return Parts(tuple(counted), naming, before, digest.hexdigest())


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.parquet"))
    if not files:
        raise TableError(path, "the folder has no .parquet file", "Name another folder, or a file.")
    return files


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


def _of_file(path: Path, told: pq.FileMetaData, number: int, most: int) -> Iterator[Part]:
    """Yield the parts of a file: of a large row group, or of several small ones."""
    groups: list[int] = []
    held = 0
    for group in range(told.num_row_groups):
        rows = told.row_group(group).num_rows
        if held and held + rows > most:
            yield Part(number, path, tuple(groups), 0, held)
            number, groups, held = number + 1, [], 0
        if rows <= most:
            groups, held = [*groups, group], held + rows
            continue
        for start in range(0, rows, most):
            yield Part(number, path, (group,), start, min(most, rows - start))
            number += 1
    if held or not told.num_row_groups or not told.num_rows:
        yield Part(number, path, tuple(groups), 0, held)


def _names_of(files: list[Path]) -> tuple[str, ...]:
    """Return the columns of the first file; TableError if another one has others."""
    first, *others = ([n for n in pq.read_schema(path).names if not is_index(n)] for path in files)
    for path, names in zip(files[1:], others, strict=True):
        if sorted(names) != sorted(first):
            raise TableError(
                path, f"it has other columns than {files[0].name}", "Write all files alike."
            )
    return tuple(first)


def _raw(part: Part) -> RawTable:
    """Return the records of a part that are not left out, in the columns of the first file."""
    with pq.ParquetFile(part.path) as file:
        records = file.read_row_groups(list(part.row_groups)).slice(part.start, part.rows)
    own = [at for at, name in enumerate(records.column_names) if not is_index(name)]
    table = records.select(own)
    if part.names and table.column_names != list(part.names):
        table = table.select(list(part.names))
    return without_empty_records(as_raw_table(part.path, table))


class _RowIds:
    """The row_ids of all records, as hashes."""

    def __init__(self, path: Path) -> None:
        """Start without any."""
        self._path = path
        self._hashes: list[np.ndarray] = []
        self._texts: list[pa.Array] = []

    def add(self, column: pd.Series[str], before: int) -> None:
        """Add the row_ids of a part; TableError for a missing one."""
        missing = column.isna().to_numpy()
        if missing.any():
            record = before + int(missing.argmax()) + 1
            raise TableError(self._path, f"it has no row_id in record {record}", "Fill it.")
        self._hashes.append(pd.util.hash_array(column.to_numpy(dtype=object), categorize=False))
        self._texts.append(as_arrow(column))

    def refuse_repeated(self) -> None:
        """Raise TableError if two records have one row_id."""
        if not self._hashes:
            return
        hashes = np.concatenate(self._hashes)
        alike = pd.Series(hashes).duplicated(keep=False).to_numpy()
        if not alike.any():
            return
        places = np.flatnonzero(alike)
        texts = pc.take(pa.chunked_array(self._texts), pa.array(places)).to_pylist()
        repeated = pd.Series(texts).duplicated().to_numpy()
        if repeated.any():
            record = int(places[repeated.argmax()]) + 1
            raise TableError(
                self._path, f"it repeats a row_id in record {record}", "Make every one unique."
            )
