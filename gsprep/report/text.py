"""A run's numbers as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gsprep.report.summary import OUTCOMES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH = 24


def lines_of(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the summary as lines, each sum beside what it is made of."""
    persons = summary["persons"]
    return (
        _sum("read", summary["read"], ("valid", "rejected"), summary),
        _sum("valid", summary["valid"], VERDICTS, summary),
        _sum("valid", summary["valid"], OUTCOMES, persons),
        *(
            _sum(name, _whole(summary[name]), (*OUTCOMES, "rejected"), summary[name])
            for name in ("company_persons", "relationship_persons")
            if _whole(summary[name])
        ),
        f"{'calls':<{_WIDTH}}{summary['calls']:>8}   {summary['mode']}, {summary['seconds']:.1f} s",
    )


def _whole(counts: Mapping[str, int]) -> int:
    return sum(counts.values()) - counts["sent"]


def _sum(name: str, whole: int, parts: Sequence[str], counts: Mapping[str, int]) -> str:
    told = " + ".join(f"{counts[part]} {part}" for part in parts)
    return f"{name:<{_WIDTH}}{whole:>8} = {told}"
