"""Conditions of alerts, when they begin and end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsprep.syncs.durations import checked_share, seconds_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPARED = re.compile(r"(failed|missing|stale)\s*>\s*(.+)")
_ALONE = frozenset({"failed", "unfinished"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What conditions are about.

    Attributes:
        state: success, partial or failed.
        unfinished: whether something is left to send.
        counts: the numbers of the last run.
        stale: seconds since the last run that did not fail; None if there is none.
    """

    state: str
    unfinished: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    stale: float | None = None


def checked_condition(text: str) -> str:
    """Return a condition; ValueError for one that is not known."""
    if text.strip() in _ALONE:
        return text
    found = _COMPARED.fullmatch(text.strip())
    if found is None:
        raise ValueError("a condition is failed, failed > 1%, missing > 2%, stale > 3h, unfinished")
    (seconds_of if found[1] == "stale" else checked_share)(found[2])
    return text


def holds(condition: str, facts: Facts) -> bool:
    """Return whether a condition holds."""
    plain = condition.strip()
    if plain in _ALONE:
        return facts.unfinished if plain == "unfinished" else facts.state == "failed"
    found = _COMPARED.fullmatch(plain)
    if found is None:
        return False
    if found[1] == "stale":
        return facts.stale is not None and facts.stale > seconds_of(found[2])
    return _share(found[1], facts.counts) > checked_share(found[2])


def _share(what: str, counts: Mapping[str, int]) -> float:
    """Return failed rows of those that passed the filter, or missing rows of those known."""
    seen = counts.get("read", 0) - counts.get("filtered", 0)
    if what == "failed":
        names = ("rejected", "refused", "unknown", "unsent")
        return sum(counts.get(name, 0) for name in names) / max(seen, 1)
    return counts.get("missing", 0) / max(seen + counts.get("missing", 0), 1)


def changed(
    conditions: list[str], before: Mapping[str, bool], facts: Facts
) -> tuple[dict[str, bool], list[str]]:
    """Return which conditions hold now, and those that began or ended to hold."""
    now = {condition: holds(condition, facts) for condition in conditions}
    return now, [one for one, is_so in now.items() if is_so != before.get(one, False)]
