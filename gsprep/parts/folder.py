"""The folder of results in parts, which a later run goes on with."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from gsprep import __version__
from gsprep.atomic_files import replacing
from gsprep.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from gsprep.tables.parts import Part

# The file that says what the parts are parts of.
MANIFEST = "parts.json"


@dataclass(frozen=True, slots=True)
class PartFolder:
    """Tables in parts: each is a folder with a Parquet file for each part.

    Attributes:
        out: the folder of the tables.
        tables: their names. The file of the first one is written last: it makes a part done.
    """

    out: Path
    tables: tuple[str, ...]

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
        for name, frame in reversed(list(zip(self.tables, frames, strict=True))):
            self.write_one(name, number, frame)

    def write_one(self, table: str, number: int, frame: pd.DataFrame) -> None:
        """Write a part of one table."""
        with replacing(self.path(table, number)) as draft:
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), draft)

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


def digest_of(*what: object) -> str:
    """Return a hash that changes with the version of gsprep and with what is given, as written."""
    return blake2b(repr((__version__, *what)).encode(), digest_size=16).hexdigest()
