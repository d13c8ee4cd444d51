"""A run's numbers as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH = 24


def lines_of(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the summary as lines, each sum beside what it is made of."""
    persons = summary["persons"]
    return (
        _sum("read", summary["read"], ("valid", "rejected"), summary),
        _sum("valid", summary["valid"], ("match", "review", "no_match"), summary),
        _sum("valid", summary["valid"], ("stored", "refused", "unknown", "unsent"), persons),
        *(
            _sum(name, sum(summary[name].values()) - summary[name]["sent"], _OUTCOMES, summary[name])
            for name in ("company_persons", "relationship_persons")
            if sum(summary[name].values())
        ),
        f"{'calls':<{_WIDTH}}{summary['calls']:>8}   in {summary['seconds']:.1f} s, {summary['mode']}",
    )


_OUTCOMES = ("stored", "refused", "unknown", "unsent")


def _sum(name: str, whole: int, parts: Sequence[str], counts: Mapping[str, int]) -> str:
    told = " + ".join(f"{counts[part]} {part}" for part in parts)
    return f"{name:<{_WIDTH}}{whole:>8} = {told}"
