"""Results on standard output: a calm table on a terminal, plain aligned text anywhere else.

What goes into a pipe has no colour, no box and no other words than before: it may be parsed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gsprep.report.charts import lengths, look, shown
from gsprep.report.summary import calls_of, lines_of, sum_lines, sums_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.report.summary import Whole

_BAR = 24
# By what a part means; the sixteen colours follow the terminal's own scheme.
_COLOURS = {"good": "green", "maybe": "yellow", "bad": "red", "none": "bright_black"}


class Shown(Protocol):
    """What can be shown in both ways."""

    def plain(self) -> Sequence[str]:
        """Return it as lines of text."""

    def table(self, console: Console) -> Table:
        """Return it as a table for a terminal."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Wholes and what each is made of."""

    wholes: tuple[Whole, ...]

    def plain(self) -> Sequence[str]:
        """Return a line for each whole: all parts, those of none too."""
        return sum_lines(self.wholes)

    def table(self, console: Console) -> Table:
        """Return a row for each whole with a bar to one scale, and the parts that are there."""
        most = max((whole.count for whole in self.wholes), default=0)
        table = _grid("left", "right", "left", "left")
        for whole in self.wholes:
            parts = Text(" · ").join(
                Text(f"{part.count:,} {shown(part.name)}", _colour(part.name))
                for part in whole.parts
                if part.count
            )
            table.add_row(shown(whole.name), f"{whole.count:,}", _bar(whole, most, console), parts)
        return table


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of several things that do not add up to anything."""

    counts: Mapping[str, int]

    def plain(self) -> Sequence[str]:
        """Return a line for each, the number in front."""
        return [f"{number:>8}  {name}" for name, number in self.counts.items()]

    def table(self, _console: Console) -> Table:
        """Return a row for each, in the colour of what it means."""
        table = _grid("right", "left")
        for name, number in self.counts.items():
            table.add_row(Text(f"{number:,}", _colour(name)), name)
        return table


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """How many rows have each finding, by severity, code and column."""

    rows: Mapping[tuple[str, str, str], int]

    def plain(self) -> Sequence[str]:
        """Return a line for each."""
        return [
            f"{rows:>8}  {severity:<8} {code:<20} {column}"
            for (severity, code, column), rows in self.rows.items()
        ]

    def table(self, _console: Console) -> Table:
        """Return a row for each, errors and warnings in their colours."""
        table = _grid("right", "left", "left", "left")
        for (severity, code, column), rows in self.rows.items():
            table.add_row(f"{rows:,}", Text(severity, _colour(severity)), code, Text(column))
        return table


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a run: the document ``gsprep.run/1``."""

    document: Mapping[str, Any]

    def plain(self) -> Sequence[str]:
        """Return its sums, and the calls it took."""
        return lines_of(self.document)

    def table(self, console: Console) -> Table:
        """Return the same as rows."""
        table = Sums(sums_of(self.document)).table(console)
        table.add_row("calls", f"{self.document['calls']:,}", "", calls_of(self.document))
        return table


def print_lines(lines: Sequence[str | Shown], console: Console | None = None) -> None:
    """Print results for people on standard output."""
    screen = console or (Console(highlight=False) if sys.stdout.isatty() else None)
    for line in lines:
        if isinstance(line, str):
            typer.echo(line, file=None if screen is None else screen.file)
        elif screen is None:
            for text in line.plain():
                typer.echo(text)
        else:
            screen.print(line.table(screen))


def _grid(*sides: Any) -> Table:
    grid = Table.grid(padding=(0, 2))
    for side in sides:
        grid.add_column(justify=side, overflow="fold")
    return grid


def _colour(name: str) -> str:
    return _COLOURS.get(look(name), "")


def _bar(whole: Whole, most: int, console: Console) -> Text:
    """Return the parts as a line; without colours they could not be told apart, so it is none."""
    if console.no_color or console.options.ascii_only:
        return Text()
    edges, drawn = 0.0, Text()
    for part, width in zip(whole.parts, lengths([p.count for p in whole.parts], most), strict=True):
        begin, edges = edges, edges + width
        drawn.append("━" * (_cells(edges) - _cells(begin)), _colour(part.name))
    return drawn


def _cells(thousandths: float) -> int:
    return round(thousandths * _BAR / 1000)
