"""Why a delimited file cannot be read as it is, and on which line; slow, after a failure only."""

from __future__ import annotations

import csv
import io
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gsprep.tables.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line it begins on, its fields, and its text as it stands."""

    line: int
    fields: Sequence[str]
    raw: str


def records(text: str, dialect: Dialect) -> Iterator[Record]:
    """Yield the records with their lines; lines of blanks are none."""
    lines = _Lines(text[dialect.start :])
    with _long_fields():
        reader = csv.reader(
            lines, delimiter=dialect.delimiter, skipinitialspace=dialect.blanks_before_quotes
        )
        last = 0
        blank = " \t\r\n".replace(dialect.delimiter, "")
        for fields in reader:
            begins, last = dialect.line + last, reader.line_num
            raw = lines.take()
            if raw.strip(blank):
                yield Record(begins, fields, raw)


class _Lines:
    """The lines of a text, remembering those that were read since they were last taken."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._read: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self._read.append(next(self._lines))
        return self._read[-1]

    def take(self) -> str:
        taken, self._read = "".join(self._read), []
        return taken


def full_width(path: Path, text: str, dialect: Dialect) -> tuple[int, int]:
    """Return the fields of the longest record, when all it has too many is blank, and the records.

    Raises TableError, with the line, for a quote that is not closed and for a record with more
    fields than the headers.
    """
    width = longest = count = 0
    for count, record in enumerate(records(text, dialect), 1):  # noqa: B007  the last is the number
        width = width or len(record.fields)
        longest = max(longest, len(record.fields))
        _refuse_open_quote(path, record, dialect)
        if any(field.strip() for field in record.fields[width:]):
            raise TableError(
                path,
                f"this record has {len(record.fields)} fields and the headers have {width}",
                "Put quotes around a cell that holds the delimiter, add the missing header, "
                "or delete lines that stand above the headers.",
                line=record.line,
            )
    return longest, count


def refuse_open_quotes(path: Path, text: str, dialect: Dialect) -> None:
    """Raise TableError for a quote whose end is that of another cell, some lines below."""
    for record in records(text, dialect):
        if _over_lines(record):
            _refuse_open_quote(path, record, dialect)


def _refuse_open_quote(path: Path, record: Record, dialect: Dialect) -> None:
    if '"' not in record.raw or _closes(record, dialect):
        return
    raise TableError(
        path,
        "a quote opens in this record and is not closed at the end of its cell",
        'Close it, or write "" for a quote within a cell.',
        line=record.line,
    )


def _over_lines(record: Record) -> bool:
    inside = record.raw.rstrip("\r\n")
    return "\n" in inside or "\r" in inside


def _closes(record: Record, dialect: Dialect) -> bool:
    # On one line a stray quote harms nothing but itself; over several it swallows records.
    try:
        list(
            csv.reader(
                io.StringIO(record.raw, newline=""),
                delimiter=dialect.delimiter,
                skipinitialspace=dialect.blanks_before_quotes,
                strict=True,
            )
        )
    except csv.Error as failure:
        return not _over_lines(record) and "unexpected end" not in str(failure)
    return True


def short_records(text: str, dialect: Dialect, width: int) -> tuple[int, int]:
    """Return how many records have fewer fields than the headers, and the line of the first."""
    short = [r.line for r in records(text, dialect) if len(r.fields) < width]
    return len(short), min(short, default=0)


@contextmanager
def _long_fields() -> Iterator[None]:
    # The csv module stops at 131,072 characters a field, less than a long comment.
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)
