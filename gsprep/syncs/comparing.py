"""Cells that a dry run would change, by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.schemas.frames import cell_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.syncs.writing import Writer
    from gsprep.uploader.cell_changes import CellChanges
    from gsprep.uploader.object_keys import ObjectTarget
    from gsprep.uploader.object_rows import Row, RowOutcome


@dataclass(frozen=True, slots=True)
class ComparingWriter:
    """Foretells like the writer inside it, and compares what would be updated.

    Attributes:
        cells: the cells that would change.
    """

    inner: Writer
    cells: CellChanges

    @property
    def target(self) -> ObjectTarget:
        """The object, and how rows are told apart."""
        return self.inner.target

    def write(self, rows: Sequence[Row]) -> Iterator[tuple[int, RowOutcome]]:
        """Foretell: this writer never writes."""
        return self.foretell(rows)

    def delete(self, _gsids: Sequence[str]) -> Iterator[tuple[int, RowOutcome]]:
        """Delete nothing."""
        return iter(())

    def current(
        self, rows: Mapping[str, Row], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str | None]]:
        """Return the fields of records as they are, by the Gsid of their rows."""
        return self.inner.current(rows, names)

    def foretell(self, rows: Sequence[Row]) -> Iterator[tuple[int, RowOutcome]]:
        """Yield what the writer would do with each row, and compare the cells of updates."""
        updates: dict[str, Row] = {}
        for number, outcome in self.inner.foretell(rows):
            if outcome.action == "updated" and outcome.gsid is not None:
                updates[outcome.gsid] = rows[number]
            yield number, outcome
        if updates:
            self._compare(updates)

    def _compare(self, updates: Mapping[str, Row]) -> None:
        names = list(dict.fromkeys(name for row in updates.values() for name in row.record))
        for gsid, record in self.inner.current(updates, names).items():
            for name, value in updates[gsid].record.items():
                self.cells.note(gsid, name, record.get(name), cell_text(value))
