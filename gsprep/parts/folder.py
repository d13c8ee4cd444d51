"""The folder of results in parts, which a later run goes on with."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gsprep import __version__
from gsprep.atomic_files import replacing
from gsprep.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from gsprep.tables.parts import Part, Parts

# The file that says what the parts are parts of.
MANIFEST = "parts.json"
# Tables of which the lines of all parts are brought into one order: so many are read at once.
_MERGED, _GROUP, _LINES = frozenset({"review_parts"}), 2048, 100_000


@dataclass(frozen=True, slots=True)
class PartFolder:
    """Tables in parts: each is a folder with a Parquet file for each part.

    Attributes:
        out: the folder of the tables.
        tables: their names. The file of the first one is written last: it makes a part done.
    """

    out: Path
    tables: tuple[str, ...]

    def refuse_source(self, parts: Parts) -> None:
        """Raise InputError if a table would replace a file that is read."""
        folders = {(self.out / name).resolve() for name in self.tables}
        for path in {part.path for part in parts.parts}:
            if folders & set(path.resolve().parents):
                raise InputError(
                    f"the results would replace the input {path}. Choose another folder with --out"
                )

    def begin(self, head: Mapping[str, str]) -> None:
        """Make the folders; parts that were made of anything else than ``head`` says are removed.

        Raises InputError if the folder cannot be written.
        """
        manifest = self.out / MANIFEST
        try:
            same = json.loads(manifest.read_text(encoding="utf-8")) == head
        except (OSError, ValueError):
            same = False
        try:
            for name in self.tables:
                (self.out / name).mkdir(parents=True, exist_ok=True)
                for path in () if same else (self.out / name).glob("part-*.parquet"):
                    path.unlink()
        except OSError as failure:
            raise InputError(
                f"the folder {self.out} cannot be written to ({failure.strerror}). Choose another "
                "with --out"
            ) from failure
        with replacing(manifest) as draft:
            draft.write_text(json.dumps(head) + "\n", encoding="utf-8")

    def path(self, table: str, number: int) -> Path:
        """Return the file of a part of a table."""
        return self.out / table / f"part-{number:05}.parquet"

    def todo(self, parts: Iterable[Part]) -> list[Part]:
        """Return the parts that are not done."""
        return [part for part in parts if not self.path(self.tables[0], part.number).is_file()]

    def write(self, number: int, frames: Sequence[pd.DataFrame]) -> None:
        """Write a part of each table, in the order of ``tables``; numbers stay numbers."""
        for name, frame in reversed(list(zip(self.tables, frames, strict=False))):
            self.write_one(name, number, [frame])

    def write_one(self, table: str, number: int, frames: Iterable[pd.DataFrame]) -> None:
        """Write a part of one table, of frames that are made one after the other; at least one."""
        tables = (pa.Table.from_pandas(frame, preserve_index=False) for frame in frames)
        first = next(tables)
        with (
            replacing(self.path(table, number)) as draft,
            pq.ParquetWriter(draft, first.schema) as file,
        ):
            for rows in chain([first], tables):
                file.write_table(rows, _GROUP if table in _MERGED else None)

    def write_divided(
        self, table: str, number: int, frame: pd.DataFrame, owners: np.ndarray, count: int
    ) -> None:
        """Write lines divided among so many ``owners``: each can be read by its number."""
        order = np.argsort(owners, kind="stable")
        rows = pa.Table.from_pandas(frame.iloc[order], preserve_index=False)
        ends = np.cumsum([0, *np.bincount(owners, minlength=count)])
        with (
            replacing(self.path(table, number)) as draft,
            pq.ParquetWriter(draft, rows.schema) as f,
        ):
            for begin, end in pairwise(ends.tolist()):
                f.write_table(rows.slice(begin, end - begin))

    def read_divided(self, table: str, numbers: Iterable[int], owner: int) -> pd.DataFrame:
        """Return the lines of an owner, from several files of at least one line in all."""
        found = []
        for number in numbers:
            with pq.ParquetFile(self.path(table, number)) as file:
                found.append(file.read_row_group(owner))
        frame: pd.DataFrame = pa.concat_tables(found).to_pandas()
        return frame

    def take(self, table: str, number: int, other: PartFolder) -> None:
        """Take a part of a table from another folder, without a copy where links are possible."""
        mine, theirs = self.path(table, number), other.path(table, number)
        mine.unlink(missing_ok=True)
        try:
            os.link(theirs, mine)
        except OSError:
            with replacing(mine) as draft:
                shutil.copyfile(theirs, draft)

    def read(self, table: str, number: int, columns: list[str] | None = None) -> pd.DataFrame:
        """Return a part of a table, or some of its columns."""
        frame: pd.DataFrame = pq.read_table(self.path(table, number), columns=columns).to_pandas()
        return frame

    def read_all(
        self, table: str, numbers: Iterable[int], columns: list[str] | None = None
    ) -> Iterator[pd.DataFrame]:
        """Yield the parts of a table."""
        return (self.read(table, number, columns) for number in numbers)


def merged(folder: PartFolder, table: str, numbers: Sequence[int]) -> Iterator[pd.DataFrame]:
    """Yield the lines of all parts, the most probable first, a few at a time.

    In each part they are in that order already; of equally probable lines the first part's are
    first. At least one frame is yielded.
    """
    probable = [part["probability"] for part in folder.read_all(table, numbers, ["probability"])]
    begins = np.cumsum([0, *map(len, probable)])
    order = np.argsort(-np.concatenate(probable), kind="stable")
    sources = [_Lines(folder.path(table, number)) for number in numbers]
    for start in range(0, max(len(order), 1), _LINES):
        chosen = order[start : start + _LINES]
        # Each part gives its next lines.
        ascending = np.sort(chosen)
        counts = np.diff(np.searchsorted(ascending, begins))
        taken = [one.next(count) for one, count in zip(sources, counts, strict=True) if count]
        lines = pa.concat_tables(taken) if taken else sources[0].next(0)
        yield lines.take(pa.array(np.searchsorted(ascending, chosen))).to_pandas()


class _Lines:
    """The lines of a file in their order; a few of them are held."""

    def __init__(self, path: Path) -> None:
        self._path, self._group = path, 0
        self._held = pq.read_schema(path).empty_table()

    def next(self, count: int) -> pa.Table:
        """Return so many of the lines that follow."""
        while len(self._held) < count:
            with pq.ParquetFile(self._path) as file:
                more = file.read_row_group(self._group, use_threads=False)
            self._group += 1
            self._held = pa.concat_tables([self._held, more])
        taken = self._held.slice(0, count)
        self._held = self._held.slice(count)
        return taken


def digest_of(*what: object) -> str:
    """Return a hash that changes with the version of gsprep and with what is given, as written."""
    return blake2b(repr((__version__, *what)).encode(), digest_size=16).hexdigest()
