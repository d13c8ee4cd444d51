"""Cells that a write would change, by field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from gsprep.display import mask
from gsprep.values.number import is_number

if TYPE_CHECKING:
    from collections.abc import Callable

_FLAGS = frozenset({"true", "false"})
_THOUSAND = 1_000


class CellChange(NamedTuple):
    """A cell that would change; both values are masked."""

    gsid: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CellChanges:
    """Cells that would change.

    Attributes:
        most: how many samples are kept.
        changed, filled, cleared: cells by field: those that get another value, that had none
            before, and that have none after.
        samples: the first changes.
    """

    most: int
    changed: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)
    samples: list[CellChange] = field(default_factory=list)

    def note(self, gsid: str, name: str, before: str | None, after: str | None) -> bool:
        """Count a cell, None being an empty one, and return whether it would change."""
        if same_cell(before, after):
            return False
        kind = self.filled if before is None else self.cleared if after is None else self.changed
        kind.update([name])
        if len(self.samples) < self.most:
            self.samples.append(CellChange(gsid, name, _masked(before), _masked(after)))
        return True

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


def cell_lines(cells: CellChanges, name_of: Callable[[str], str]) -> list[str]:
    """Return a line for each field, and one for each sample, with the name of its Gsid."""
    counts = [
        f"{sum(counts.values()):>8,}  cells of {name}: {counts['changed']:,} changed, "
        f"{counts['filled']:,} filled, {counts['cleared']:,} cleared"
        for name, counts in cells.counts().items()
    ]
    samples = [
        f"{'':>10}{one.field} of {name_of(one.gsid)}: {one.before} → {one.after}"
        for one in cells.samples
    ]
    return [*counts, *samples]


def same_cell(before: str | None, after: str | None) -> bool:
    """Return whether two texts are one value: of a number, a flag, a time or a list, too.

    >>> same_cell("1.0", "1"), same_cell("True", "true"), same_cell("b;a", "a;b")
    (True, True, True)
    """
    if before is None or after is None or before == after:
        return before == after
    if is_number(before) and is_number(after):
        return float(before) == float(after)
    if after.casefold() in _FLAGS:
        return before.casefold() == after.casefold()
    if ";" in after:
        return sorted(before.split(";")) == sorted(after.split(";"))
    moment = _moment(after)
    return moment is not None and moment == _moment(before)


def _moment(text: str) -> float | None:
    """Return a date and time, or milliseconds since 1970, in seconds since 1970."""
    if text.isdecimal():
        return int(text) / _THOUSAND
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _masked(value: str | None) -> str:
    return "(empty)" if value is None else mask(value)
