"""What every command shares: notes and progress on standard error, results on standard output."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from gsprep.errors import InputError
from gsprep.tables.read import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from gsprep.schemas.fields import ObjectFields


def note(sentence: str) -> None:
    """Say something on standard error."""
    typer.echo(sentence, err=True)


def read_file(path: Path, of: ObjectFields | None = None) -> pd.DataFrame:
    """Read a file as a frame and say on standard error what was assumed."""
    reading = read(path, of=of)
    for sentence in reading.notes:
        note(f"{path.name}: {sentence}")
    return reading.frame


def print_document(document: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(document, indent=2))


def print_lines(lines: tuple[str, ...]) -> None:
    """Print results for people on standard output."""
    for line in lines:
        typer.echo(line)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Show the stages of a job as bars on standard error; nothing when it is no terminal."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not sys.stderr.isatty(),
        transient=True,
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, whole: int) -> None:
            if stage not in tasks:
                _finish(bars, tasks)
                tasks[stage] = bars.add_task(stage, total=whole or None)
            bars.update(tasks[stage], completed=done, total=whole or None)

        yield show


def _finish(bars: Progress, tasks: Mapping[str, TaskID]) -> None:
    for task in tasks.values():
        bars.update(task, total=1, completed=1)


def waiting(seconds: float, reason: str) -> None:
    """Say what a run waits for, when the wait is long enough to be noticed."""
    if seconds >= 1:
        note(f"waiting {seconds:.0f} s for {reason}")


def share(text: str | None) -> float | None:
    """Return a percentage (``2%`` or ``2``) as a share of one; InputError when it is none."""
    if text is None:
        return None
    try:
        percent = float(text.strip().removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:  # noqa: PLR2004  per cent
        raise InputError("--max-rejected is a percentage from 0% to 100%")
    return percent / 100


def listed(text: str | None) -> tuple[str, ...]:
    """Return the parts of a list written with commas, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, (text or "").split(",")))))
