"""Code blocks of a page, with their language and marks.

The words after the language say how to check a block: ``tenant`` needs a real tenant (or a server
that keeps running), so only its options are checked; ``served`` runs it against a simulator of the
tenant acme, ``key=old`` with another key; ``serves`` starts it, and ends it when it can be called;
``both`` shows standard error too; ``quiet`` prints nothing; ``ends=2`` is the expected exit code;
``file=answers.csv`` is a file that later commands read; ``spark`` runs with a session of Spark, in
tests/spark.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page.

    Attributes:
        line: its first line, counted from 1.
        language: the first word after the fence; "" if there is none.
        marks: the other words; those with ``=`` have a value, the others "".
    """

    line: int
    language: str
    marks: dict[str, str]
    text: str

    @property
    def commands(self) -> list[list[str]]:
        """The lines of a console as words; a line that ends in a backslash continues."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(line, comments=True))]

    @property
    def ends(self) -> set[int]:
        """The exit codes that a command of this block may have: rows may have been rejected."""
        return {int(self.marks["ends"])} if "ends" in self.marks else {0, 1}


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page from top to bottom, without directives (```{name})."""
    opened: tuple[int, list[str]] | None = None
    inside: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if opened is None and line.startswith(_FENCE):
            opened, inside = (number, line.removeprefix(_FENCE).split() or [""]), []
        elif opened is not None and line.rstrip() == _FENCE:
            begins, (language, *said) = opened
            if not language.startswith("{"):
                parts = (word.partition("=") for word in said)
                marks = {name: value for name, _, value in parts}
                yield Block(begins, language, marks, "".join(f"{one}\n" for one in inside))
            opened = None
        else:
            inside.append(line)
