"""One thing that ``doctor`` looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gsprep.cli.ends import DONE, WRONG_INPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

# "left": not looked at, or not needed.
State = Literal["good", "warning", "wrong", "left"]


@dataclass(frozen=True, slots=True)
class Point:
    """What was found.

    Attributes:
        name: what was looked at.
        state: whether it is good; only ``wrong`` keeps gsprep from working.
        told: what was found, in words; never a key or anything of a person.
        cure: what to do; "" for nothing.
        code: the exit code when it is wrong.
    """

    name: str
    state: State
    told: str
    cure: str = ""
    code: int = WRONG_INPUT


def code_of_points(points: Sequence[Point]) -> int:
    """Return the exit code: that of the first thing that is wrong, in the order they are told."""
    return next((point.code for point in points if point.state == "wrong"), DONE)


def lines_of_points(points: Sequence[Point]) -> tuple[str, ...]:
    """Return a line for each point, and below it what to do."""
    width = max((len(point.name) for point in points), default=0)
    return tuple(
        line
        for point in points
        for line in (
            f"{_MARKS[point.state]:<8}{point.name:<{width}}  {point.told}",
            *([f"{'':<8}{'':<{width}}  -> {point.cure}"] if point.cure else []),
        )
    )


_MARKS = {"good": "good", "warning": "warning", "wrong": "WRONG", "left": "-"}
