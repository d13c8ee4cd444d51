"""Writer that fills empty fields only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gsprep.schemas.frames import cell_text
from gsprep.uploader.object_rows import Row, RowOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.uploader.object_keys import ObjectTarget
    from gsprep.uploader.object_rows import ObjectWriter

    Present = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class FillingWriter:
    """Writes rows of an object; ``fields`` are written only where the record has no value.

    The present values are read before each batch. A row of which nothing but its unchanged key is
    left is not sent.
    """

    inner: ObjectWriter
    fields: frozenset[str]

    @property
    def target(self) -> ObjectTarget:
        """The object, and how rows are told apart."""
        return self.inner.target

    def write(self, rows: Sequence[Row]) -> Iterator[tuple[int, RowOutcome]]:
        """Yield the position and the outcome of each row as soon as it is known."""
        yield from self._passed(rows, dry_run=False)

    def foretell(self, rows: Sequence[Row]) -> Iterator[tuple[int, RowOutcome]]:
        """Yield what ``write`` would do with each row; nothing is sent."""
        yield from self._passed(rows, dry_run=True)

    def delete(self, gsids: Sequence[str]) -> Iterator[tuple[int, RowOutcome]]:
        """Delete records and yield the position and the outcome of each."""
        yield from self.inner.delete(gsids)

    def current(
        self, rows: Mapping[str, Row], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str | None]]:
        """Return the fields of records as they are, by the Gsid of their rows."""
        return self.inner.current(rows, names)

    def _passed(self, rows: Sequence[Row], *, dry_run: bool) -> Iterator[tuple[int, RowOutcome]]:
        present = self._present(rows)
        left = [self._left(row, found) for row, found in zip(rows, present, strict=True)]
        kept = [number for number, row in enumerate(left) if row is not None]
        for number, row in enumerate(left):
            if row is None:
                gsid = (present[number] or {}).get("Gsid")
                yield number, RowOutcome(outcome="stored", action="unchanged", gsid=gsid)
        some = [row for row in left if row is not None]
        write = self.inner.foretell if dry_run else self.inner.write
        yield from ((kept[number], outcome) for number, outcome in write(some))

    def _left(self, row: Row, present: Present | None) -> Row | None:
        """Return the row without filled fields; None if nothing is left to send."""
        if present is None:
            return row
        record = {
            name: value
            for name, value in row.record.items()
            if name not in self.fields or present.get(name) is None
        }
        if any(not self._is_same_key(name, record[name], present) for name in record):
            return replace(row, record=record)
        return None

    def _is_same_key(self, name: str, value: Any, present: Present) -> bool:
        return name in self.target.keys and cell_text(value) == present.get(name)

    def _present(self, rows: Sequence[Row]) -> list[Present | None]:
        """Return the record of each row as it is; None if there is none, or several."""
        select = sorted(self.fields)
        known = {row.gsid: row for row in rows if row.gsid is not None}
        by_gsid = self.inner.current(known, [*self.target.keys, *select])
        new = [row.record for row in rows if row.gsid is None]
        by_key = self.inner.existing(new, select) if new else {}
        found: list[Present | None] = []
        for row in rows:
            key = self.target.key_of(row.record)
            same = by_key.get(key, []) if key is not None and row.gsid is None else []
            one = same[0] if len(same) == 1 else None
            found.append(by_gsid.get(row.gsid) if row.gsid is not None else one)
        return found
