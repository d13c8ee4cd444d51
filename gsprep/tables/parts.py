"""Files and folders of files, read part by part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.errors import TableError
from gsprep.schemas.frames import LINE, ROW_ID
from gsprep.tables.delimited_parts import TextPart, text_parts
from gsprep.tables.no_records import records_of
from gsprep.tables.parquet import ENDINGS, ParquetPart, files_in, parquet_parts
from gsprep.tables.raw_table import ReadOptions
from gsprep.tables.read import Naming, filled_columns, naming_of, with_headers

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from gsprep.mapping.columns import ColumnMapping
    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.raw_table import RawTable
    from gsprep.tables.read import TableWithNotes

# Records of a part: enough that work on columns pays, few enough for the memory of a laptop.
_ROWS = 131_072


Part = ParquetPart | TextPart
_TEXT = (".csv", ".tsv")


class Look(NamedTuple):
    """What one look at a part shows, which the numbers of its records depend on.

    Attributes:
        rows: the number of records that are not left out.
        row_ids: a hash of the ``row_id`` of each record; None if the source has no such column.
        unnamed: the first record without a ``row_id``, counted from 0; None if each has one.
        notes: sentences on what was assumed.
    """

    rows: int
    row_ids: np.ndarray | None
    unnamed: int | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a source, and what all of them have in common.

    Attributes:
        parts: the parts in their order.
        naming: the names of the columns, by the records of the first part.
        kept: the places of the columns that are not left out.
        of: the object that the records are, if it is known.
        assumed: what was assumed about the files, in sentences.
        digest: a hash that changes with the files and with the names of the columns.
        none: a part without records.
        rows: the number of records that are not left out; before ``counted`` it is estimated.
        before: the number of records in the parts before each one; empty before ``counted``.
    """

    parts: tuple[Part, ...]
    naming: Naming
    kept: tuple[int, ...]
    of: ObjectFields | None
    assumed: tuple[str, ...]
    digest: str
    none: TableWithNotes
    rows: int
    before: tuple[int, ...] = ()

    def read(self, part: Part) -> pd.DataFrame:
        """Return the records of a part as a frame of text with ``row_id``, as in the whole."""
        frame = self._placed(self.naming.applied(self._records(part)).frame, part)
        before = self.before[part.number]
        if self.are_numbered and before:
            numbers = pd.Series(np.arange(1, len(frame) + 1) + before).astype("str")
            frame = frame.assign(**{ROW_ID: numbers})
        return frame

    def read_none(self) -> pd.DataFrame:
        """Return the frame of a part without records: the columns of all of them."""
        return self.none.frame

    def other_headers(self) -> Mapping[str, str]:
        """Return the header in the file by column of a part, where it has another name."""
        return self.none.other_headers()

    def look(self, part: Part) -> tuple[Look, pd.DataFrame]:
        """Return what a part shows, and its records, numbered from 1.

        The frame has no records if ``counted`` refuses them.
        """
        raw = self._records(part)
        rows = len(raw.cells)
        if self.are_numbered:
            frame = self._placed(self.naming.applied(raw).frame, part)
            return Look(rows, None, None, raw.notes), frame
        row_ids = self._row_ids(raw)
        hashes = pd.util.hash_array(row_ids.to_numpy(dtype=object), categorize=False)
        missing = np.flatnonzero(row_ids.isna().to_numpy())
        unnamed = int(missing[0]) if len(missing) else None
        is_good = unnamed is None and row_ids.is_unique
        good = raw if is_good else raw.keep(np.zeros(rows, dtype=bool), ())
        frame = self._placed(self.naming.applied(good).frame, part)
        return Look(rows, hashes, unnamed, raw.notes), frame

    def counted(self, looks: Sequence[Look]) -> Parts:
        """Return the parts with the numbers of their records, from the looks at all of them.

        Raises TableError for a ``row_id`` that is missing or repeated.
        """
        before = (0, *accumulate(look.rows for look in looks))
        known = replace(self, before=before[:-1], rows=before[-1])
        path = self.parts[0].path
        for look, first in zip(looks, before[:-1], strict=True):
            if look.unnamed is not None:
                record = first + look.unnamed + 1
                raise TableError(path, f"it has no row_id in record {record}", "Fill it.")
        if (again := known._repeated([look.row_ids for look in looks])) is not None:  # noqa: SLF001
            raise TableError(
                path, f"it repeats a row_id in record {again + 1}", "Make every one unique."
            )
        return known

    def notes(self, looks: Sequence[Look]) -> tuple[str, ...]:
        """Return what was assumed, in sentences."""
        own = (note for look in looks for note in look.notes)
        return tuple(dict.fromkeys([*self.assumed, *own, *self.naming.columns.notes]))

    @property
    def are_numbered(self) -> bool:
        """Whether the records have no ``row_id`` of their own."""
        return ROW_ID not in self.naming.columns.names

    def _records(self, part: Part) -> RawTable:
        table = with_headers(part.table(), self.kept)
        return records_of(table, self.of, is_end=part.is_end, is_alone=part.is_alone)

    @staticmethod
    def _placed(frame: pd.DataFrame, part: Part) -> pd.DataFrame:
        """Return the records with the file before each line, where there are several files."""
        place = part.form.place if isinstance(part, TextPart) else ""
        return frame.assign(**{LINE: place + frame[LINE]}) if place and LINE in frame else frame

    def _row_ids(self, raw: RawTable) -> pd.Series[str]:
        return raw.cells[self.naming.columns.names.index(ROW_ID)]

    def _repeated(self, row_ids: Sequence[np.ndarray | None]) -> int | None:
        """Return the first record that repeats a ``row_id``, counted from 0."""
        given = [hashes for hashes in row_ids if hashes is not None]
        alike = pd.Series(np.concatenate(given) if given else []).duplicated(keep=False)
        places = np.flatnonzero(alike.to_numpy())
        # Different texts may have one hash.
        texts: list[str] = []
        for part, before in zip(self.parts, self.before, strict=True):
            mine = places[(places >= before) & (places < before + self.rows_of(part))]
            if len(mine):
                texts += self._row_ids(self._records(part)).iloc[mine - before].tolist()
        again = pd.Series(texts, dtype="str").duplicated().to_numpy()
        return int(places[again.argmax()]) if again.any() else None

    def rows_of(self, part: Part) -> int:
        """Return the number of records of a part that are not left out."""
        ends = (*self.before[1:], self.rows)
        return ends[part.number] - self.before[part.number]


def parts_of(
    source: str | os.PathLike[str],
    of: ObjectFields | None = None,
    mapping: ColumnMapping | None = None,
    *,
    rows: int = _ROWS,
    written: ReadOptions | None = None,
) -> Parts:
    """Return the parts of a CSV or Parquet file, or of all such files of a folder by their names.

    A folder with ``.parquet`` files is read by these alone. Only the first part is read, for the
    names of the columns, unless a column without a header is empty there. ``rows`` is the size of a
    part, which text files have roughly; ``written`` says how these are written. Raises TableError
    for files that cannot be read part by part, or have other columns than the first.
    """
    files = _files(Path(source).expanduser())
    digest = blake2b(digest_size=16)
    parts: list[Part] = []
    assumed: tuple[str, ...] = ()
    if files[0].suffix.lower() in ENDINGS:
        parts += parquet_parts(files, digest, rows)
    else:
        found = text_parts(files, digest, rows, written or ReadOptions(of))
        parts, assumed = [*found.parts], found.notes
    first = parts[0].table()
    kept = _kept(first, parts[1:])
    records = records_of(with_headers(first, kept), of, is_end=False)
    naming = naming_of(records, of, mapping)
    none = naming.applied(records.keep(np.zeros(len(records.cells), dtype=bool), ()))
    digest.update(repr((naming.columns.names, mapping)).encode())
    whole = sum(part.rows for part in parts)
    return Parts(tuple(parts), naming, kept, of, assumed, digest.hexdigest(), none, whole)


def _kept(first: RawTable, others: Sequence[Part]) -> tuple[int, ...]:
    """Return the places of the columns that have a header or, in any part, a value."""
    kept = set(filled_columns(first))
    for part in others:
        # A column without a header may be empty in the first parts only.
        if len(kept) == len(first.headers):
            break
        kept.update(filled_columns(part.table()))
    return tuple(sorted(kept))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = files_in(path) or sorted(o for o in path.iterdir() if o.suffix.lower() in _TEXT)
    if not files:
        raise TableError(
            path, "the folder has no .parquet file and no .csv file",
            "Name another folder, or a file.",
        )  # fmt: skip
    return files
