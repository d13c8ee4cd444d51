"""Counts that add up: a whole and the parts it is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole, in the words of the files; ``file`` is where its rows stand."""

    name: str
    count: int
    file: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """Rows, or cells, and what they are divided into: every one is in exactly one part."""

    name: str
    parts: tuple[Part, ...]

    @property
    def count(self) -> int:
        """How many there are in all."""
        return sum(part.count for part in self.parts)

    def of(self, name: str) -> int:
        """Return the count of one part, 0 where there is none of that name."""
        return sum(part.count for part in self.parts if part.name == name)
