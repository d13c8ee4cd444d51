"""The variables of the environment: whether each is set, never to what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.cli.health.points import Point
from gsprep.settings import surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = ("GAINSIGHT_URL", "GAINSIGHT_ACCESS_KEY", "GSPREP_HOME")


def variable_points() -> tuple[Point, ...]:
    """Look at each variable that gsprep reads."""
    found = surroundings()
    return tuple(_variable(name, found) for name in _NAMES)


def _variable(name: str, found: Mapping[str, str | None]) -> Point:
    if name not in found:
        return Point(name, "left", "not set")
    wrong = found[name]
    return Point(name, "good", "set") if wrong is None else Point(name, "wrong", "set", wrong)
