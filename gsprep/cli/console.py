"""Notes and progress on standard error, results on standard output.

On a terminal results are tables; in a pipe they are plain aligned text, which scripts may parse.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import typer

from gsprep.display import look, plural, reveal
from gsprep.lazy import lazy_module
from gsprep.progress_bars import Progress, progress
from gsprep.report import summary
from gsprep.settings import asks_to_reveal

if TYPE_CHECKING:
    from rich import console as rich_console
    from rich import table as rich_table
    from rich import text as rich_text
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from gsprep.calls.limits import Wait
    from gsprep.report.finding_counts import FindingCount
    from gsprep.report.summary import Whole
else:
    # Only a terminal gets tables.
    rich_console, rich_table = lazy_module("rich.console"), lazy_module("rich.table")
    rich_text = lazy_module("rich.text")

_BAR = 24
# Colours by meaning; the sixteen basic colours follow the scheme of the terminal.
_COLOURS = {"good": "green", "maybe": "yellow", "bad": "red", "none": "bright_black"}


class Shown(Protocol):
    """A result that can be printed as text or as a table."""

    def plain(self) -> Sequence[str]:
        """Return lines of text."""

    def table(self, console: Console) -> Table:
        """Return a table for a terminal."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Totals and their parts."""

    wholes: tuple[Whole, ...]

    def plain(self) -> Sequence[str]:
        """Return a line for each total with all parts, zeros included."""
        return summary.sum_lines(self.wholes)

    def table(self, console: Console) -> Table:
        """Return a row for each total with a bar and its parts, without zeros."""
        most = max((whole.count for whole in self.wholes), default=0)
        table = _grid("left", "right", "left", "left")
        for whole in self.wholes:
            parts = rich_text.Text(" · ").join(
                rich_text.Text(f"{part.count:,} {summary.shown(part.name)}", _colour(part.name))
                for part in whole.parts
                if part.count
            )
            table.add_row(
                summary.shown(whole.name), f"{whole.count:,}", _bar(whole, most, console), parts
            )
        return table


@dataclass(frozen=True, slots=True)
class Counts:
    """Named numbers that are not parts of a total."""

    counts: Mapping[str, int]

    def plain(self) -> Sequence[str]:
        """Return a line for each, number first."""
        return [f"{number:>8}  {name}" for name, number in self.counts.items()]

    def table(self, _console: Console) -> Table:
        """Return a row for each, coloured by meaning."""
        table = _grid("right", "left")
        for name, number in self.counts.items():
            table.add_row(rich_text.Text(f"{number:,}", _colour(name)), name)
        return table


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """Findings by reason, each with its count."""

    counts: Sequence[FindingCount]

    def plain(self) -> Sequence[str]:
        """Return a line for each, and below it what to do."""
        lines: list[str] = []
        for one in self.counts:
            found = (
                f"{one.rows:>8}  {one.severity:<8} {one.code:<20} {one.column:<20} {one.message}"
            )
            lines += [found, *([f"{'':<19}{one.hint}"] if one.hint else [])]
        return lines

    def table(self, _console: Console) -> Table:
        """Return a row for each, errors and warnings in their colours."""
        table = _grid("right", "left", "left", "left")
        for one in self.counts:
            severity = rich_text.Text(one.severity, _colour(one.severity))
            told = rich_text.Text.assemble(one.message, " ", (one.hint, "bright_black"))
            table.add_row(f"{one.rows:,}", severity, told, rich_text.Text(one.code, "bright_black"))
        return table


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a run: the document ``gsprep.run/1``."""

    document: Mapping[str, Any]

    def plain(self) -> Sequence[str]:
        """Return what was read, where it went, the totals and the number of calls."""
        return summary.lines_of(self.document)

    def table(self, console: Console) -> Table:
        """Return the same as rows."""
        origin = _grid("left", "left")
        for name, words in summary.origin_of(self.document).items():
            origin.add_row(name, rich_text.Text(words))
        sums = Sums(summary.sums_of(self.document)).table(console)
        if words := summary.existing_of(self.document):
            sums.add_row("existing", f"{self.document['existing']['linked']:,}", "", words)
        sums.add_row("calls", f"{self.document['calls']:,}", "", summary.calls_of(self.document))
        whole = _grid("left")
        whole.add_row(origin)
        whole.add_row(sums)
        return whole


def print_lines(lines: Sequence[str | Shown], console: Console | None = None) -> None:
    """Print results for people on standard output."""
    screen = console or (rich_console.Console(highlight=False) if sys.stdout.isatty() else None)
    for line in lines:
        if isinstance(line, str):
            typer.echo(line, file=None if screen is None else screen.file)
        elif screen is None:
            for text in line.plain():
                typer.echo(text)
        else:
            screen.print(line.table(screen))


def _grid(*sides: Any) -> Table:
    grid = rich_table.Table.grid(padding=(0, 2))
    for side in sides:
        grid.add_column(justify=side, overflow="fold")
    return grid


def _colour(name: str) -> str:
    return _COLOURS.get(look(name), "")


def _bar(whole: Whole, most: int, console: Console) -> Text:
    """Return the parts as a bar; empty without colours, because then the parts look the same."""
    if console.no_color or console.options.ascii_only:
        return rich_text.Text()
    edges, drawn = 0.0, rich_text.Text()
    for part, width in zip(
        whole.parts, summary.lengths([p.count for p in whole.parts], most), strict=True
    ):
        begin, edges = edges, edges + width
        drawn.append("━" * (_cells(edges) - _cells(begin)), _colour(part.name))
    return drawn


def _cells(thousandths: float) -> int:
    return round(thousandths * _BAR / 1000)


def on_screen(*, wanted: bool, as_json: bool) -> AbstractContextManager[object]:
    """Show values while a command prints: as --reveal or GSPREP_REVEAL say.

    A document is for programs and is always masked; the variable only counts on a terminal.
    """
    asked = wanted or (asks_to_reveal() and sys.stdout.isatty())
    return reveal(asked and not as_json)


def note(sentence: str) -> None:
    """Print a sentence on standard error."""
    typer.echo(sentence, err=True)


def note_all(sentences: Iterable[str]) -> None:
    """Print sentences on standard error."""
    for sentence in sentences:
        note(sentence)


def print_document(document: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(document, indent=2))


def tell(document: Mapping[str, Any], lines: Sequence[str | Shown], *, as_json: bool) -> None:
    """Print the result of a command: one JSON document, or lines for people."""
    if as_json:
        print_document(document)
    else:
        print_lines(lines)


def moment(seconds: float | None) -> str:
    """Return a time as in the files; "" for none."""
    return "" if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def stages() -> AbstractContextManager[Progress]:
    """Show the stages of a job on standard error: bars on a terminal, else lines."""
    return progress(stream=sys.stderr)


def waiting(wait: Wait) -> None:
    """Print what a run waits for and until when, if the wait is a second or longer."""
    if wait.seconds < 1:
        return
    until = time.strftime("%H:%M:%S", time.localtime(wait.until))
    left = (
        ""
        if wait.left is None
        else f"; {wait.left:,} {plural(wait.left, 'person is', 'people are')} left"
    )
    note(f"waiting for {wait.reason} until {until} ({wait.seconds:.0f} s){left}")
