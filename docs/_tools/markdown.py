"""Tables in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docstrings import as_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table, each cell as it is."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *map(list, rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def cell(text: str) -> str:
    """Return the text of a docstring as one cell."""
    return as_markdown(" ".join(text.split())).replace("|", r"\|").replace("\n", " ")
