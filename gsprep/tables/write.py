"""Frames to files, by the ending; a reader sees the old file or the new one, never a half."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from gsprep.errors import InputError, TableError
from gsprep.schemas.frames import text_column
from gsprep.tables.headers import quoted
from gsprep.tables.heading import header_text
from gsprep.tables.json_lines import write_json_lines
from gsprep.tables.lines import write_lines
from gsprep.tables.parquet import write_parquet
from gsprep.tables.sheets import refuse_unwritable, write_sheet
from gsprep.values.arrow import as_arrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": lambda frame, path: write_lines(frame, path, ","),
    ".tsv": lambda frame, path: write_lines(frame, path, "\t"),
    ".xlsx": write_sheet,
    ".parquet": write_parquet,
    ".jsonl": write_json_lines,
    ".ndjson": write_json_lines,
}


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame as .csv, .tsv, .xlsx, .parquet or .jsonl; ``read_table`` gives it back.

    Every column is written as text, missing cells stay empty; the index is left out. The file is
    readable to its owner only (0600) and replaces an older one in one step. CSV is UTF-8 with a
    byte order mark; cells that a spreadsheet would compute get an apostrophe there, and stay
    text in a workbook. Returns the path. Raises InputError for another ending, a repeated or
    blank header and characters that are no text, TableError when the file cannot be written.
    """
    target = Path(path).expanduser()
    writer = writer_of(target)
    text = _as_text(frame, of=str(target))
    if writer is write_sheet:
        refuse_unwritable(text, target)
    with writing(target) as draft:
        writer(text, draft)
    return target


def writer_of(target: Path) -> Callable[[pd.DataFrame, Path], None]:
    """Return what writes files of a name's ending; InputError when nothing does."""
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise InputError(f"{target}: the ending says no format. Use one of {', '.join(_WRITERS)}.")
    return writer


def _as_text(frame: pd.DataFrame, *, of: str) -> pd.DataFrame:
    names = [str(name) for name in frame.columns]
    for at, name in enumerate(names, 1):
        if not header_text(name) or names.count(name) > 1:
            raise InputError(f"{of}: column {at} needs a header of its own. Rename it.")
    columns = (frame.iloc[:, at] for at in range(len(names)))
    text = {n: _text(column, of=of) for n, column in zip(names, columns, strict=True)}
    return frame.iloc[:, :0].reset_index(drop=True).assign(**text)


def _text(column: pd.Series, *, of: str) -> pd.Series[str]:
    name = str(column.name)
    try:
        text = text_column(column)
        holds_nul = "\0" in name or pc.any(pc.match_substring(as_arrow(text), "\0")).as_py()
    except UnicodeEncodeError as failure:
        raise InputError(f"{of}: {_broken(name, 'half a character')}") from failure
    if holds_nul:
        raise InputError(f"{of}: {_broken(name, 'a NUL character')}")
    return text


def _broken(name: str, what: str) -> str:
    shown = quoted(name.encode(errors="replace").decode())
    return f"the column {shown} holds {what}, which no file of text can. Clean the column first."


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """Give a draft (0600) beside the target that takes its place when all went well.

    Raises TableError when the system does not let it be written; the old file then stays.
    """
    try:
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=".gsprep-", suffix=target.suffix.lower()
        )
        os.close(handle)
    except OSError as failure:
        raise _unwritable(target, failure) from failure
    draft = Path(name)
    try:
        yield draft
        draft.replace(target)
    except OSError as failure:
        raise _unwritable(target, failure) from failure
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _unwritable(target: Path, failure: OSError) -> TableError:
    if isinstance(failure, FileNotFoundError):
        return TableError(target, "its folder does not exist", "Make the folder first.")
    return TableError(
        target,
        "it cannot be written",
        "Close it in other programs, and check the right to write there and the free space.",
    )
