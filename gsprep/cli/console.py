"""What every command shares: notes and progress on standard error, results on standard output."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gsprep.cli.shown import Shown, print_lines
from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.mapping.mapping import read_mapping
from gsprep.progress_bars import progress
from gsprep.tables.read import read
from gsprep.tables.sql import is_database_url, safe_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    import pandas as pd

    from gsprep.progress_bars import Progress
    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.read import TableWithNotes
    from gsprep.uploader.limits import Wait


def note(sentence: str) -> None:
    """Say something on standard error."""
    typer.echo(sentence, err=True)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a source is read, and how: a sheet, a query, the file of a mapping, the encoding."""

    sheet: str | None = None
    query: str | None = None
    mapping: Path | None = None
    encoding: str | None = None


def read_file(
    source: str | Path, of: ObjectFields | None = None, part: Part | None = None
) -> pd.DataFrame:
    """Read a source as a frame and say on standard error what was assumed."""
    return read_source(source, of, part).frame


def read_source(
    source: str | Path, of: ObjectFields | None = None, part: Part | None = None
) -> TableWithNotes:
    """Read a source as ``read_file`` does, with the headers it has itself."""
    asked = part or Part()
    mapping = None if asked.mapping is None else read_mapping(asked.mapping)
    how = {"sheet": asked.sheet, "query": asked.query, "encoding": asked.encoding}
    reading = read(source, of=of, mapping=mapping, **how)
    note_reading(source, reading.notes)
    return reading


def note_reading(source: str | Path, sentences: Sequence[str]) -> None:
    """Say on standard error what was assumed while a source was read, its name once."""
    place = place_of(source)
    if len(sentences) == 1:
        note(f"{place}: {sentences[0]}")
    elif sentences:
        note("\n  ".join([f"{place}:", *sentences]))


def note_if_empty(source: str | Path, frame: pd.DataFrame) -> None:
    """Say on standard error that a source has no records."""
    if not len(frame):
        note(f"{place_of(source)}: there are headers and no records")


def read_optional(path: Path | None, of: ObjectFields) -> pd.DataFrame | None:
    """Read a file that may be left out, as ``read_file`` does."""
    return None if path is None else read_file(path, of)


def place_of(source: str | Path) -> str:
    """Return the name of a source as a note shows it."""
    return safe_url(str(source)) if is_database_url(source) else Path(source).name


def print_document(document: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(document, indent=2))


def tell(document: Mapping[str, Any], lines: Sequence[str | Shown], *, as_json: bool) -> None:
    """Print what came of a command: one JSON document, or lines for people."""
    if as_json:
        print_document(document)
    else:
        print_lines(lines)


def stages() -> AbstractContextManager[Progress]:
    """Show the stages of a job on standard error: bars on a terminal, else a line at times."""
    return progress(stream=sys.stderr)


def waiting(wait: Wait) -> None:
    """Say what a run waits for and until when, when the wait is long enough to be noticed."""
    if wait.seconds < 1:
        return
    until = time.strftime("%H:%M:%S", time.localtime(wait.until))
    left = (
        ""
        if wait.left is None
        else f"; {wait.left:,} {plural(wait.left, 'person is', 'people are')} left"
    )
    note(f"waiting for {wait.reason} until {until} ({wait.seconds:.0f} s){left}")


def share(text: str | None, option: str = "--max-rejected") -> float | None:
    """Return a percentage (``2%`` or ``2``) as a share of one; InputError when it is none."""
    if text is None:
        return None
    try:
        percent = float(text.strip().removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:  # noqa: PLR2004  per cent
        raise InputError(f"{option} is no percentage: write it from 0% to 100%, as 2%")
    return percent / 100


def listed(text: str | None) -> tuple[str, ...]:
    """Return the parts of a list written with commas, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, (text or "").split(",")))))
