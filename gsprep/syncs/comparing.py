"""Cells that a dry run would change, compared with the records of the tenant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.display import mask
from gsprep.schemas.frames import cell_text
from gsprep.values.number import is_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.syncs.run import Writer
    from gsprep.uploader.object_rows import ObjectTarget, Row, RowOutcome


class CellChange(NamedTuple):
    """A cell that would change; both values are masked."""

    gsid: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ComparingWriter:
    """Foretells like the writer inside it, and compares what would be updated.

    Attributes:
        rows: how many samples are kept.
        changed, filled, cleared: cells by field: those that get another value, that had none
            before, and that have none after.
        samples: the first changes.
    """

    inner: Writer
    rows: int
    changed: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)
    samples: list[CellChange] = field(default_factory=list)

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
                self._count(gsid, name, record.get(name), value)

    def _count(self, gsid: str, name: str, before: str | None, value: Any) -> None:
        after = cell_text(value)
        if _is_same(before, after):
            return
        kind = self.filled if before is None else self.cleared if after is None else self.changed
        kind.update([name])
        if len(self.samples) < self.rows:
            self.samples.append(CellChange(gsid, name, _masked(before), _masked(after)))

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the cells that would change, by field."""
        names = sorted({*self.changed, *self.filled, *self.cleared})
        return {
            name: {
                "changed": self.changed[name],
                "filled": self.filled[name],
                "cleared": self.cleared[name],
            }
            for name in names
        }


def _is_same(before: str | None, after: str | None) -> bool:
    if before is None or after is None:
        return before == after
    if is_number(before) and is_number(after):
        return float(before) == float(after)
    return before.casefold() == after.casefold() if after in {"true", "false"} else before == after


def _masked(value: str | None) -> str:
    return "(empty)" if value is None else mask(value)
