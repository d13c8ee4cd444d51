"""Records of a delimited file, and quotes that break them."""

from __future__ import annotations

import csv
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from gsprep.errors import TableError
from gsprep.mapping.aliases import meaning
from gsprep.tables.headers import count_fields, header_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gsprep.tables.delimited import Dialect

_LINE_END = re.compile(r"[\r\n]")
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_each_line = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+").finditer
# Records on one line by which the columns are known, and how many show what a column holds.
_SAMPLE, _ENOUGH = 200, 3
# So many cells with text make a record.
_FILLED = 2
_is_email = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+").fullmatch
# Cells that differ from prose at a glance: ids, numbers, dates, domains.
_TESTS = (
    _is_email,
    re.compile(r"[+-]?\d[\d.,:/-]*").fullmatch,
    re.compile(r"(?=\S*\d)[A-Za-z0-9-]{12,}").fullmatch,
    re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:/\S*)?").fullmatch,
)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line it begins on, its fields, and its raw text."""

    line: int
    fields: Sequence[str]
    raw: str

    @property
    def lines(self) -> list[str]:
        """The lines of the file that the record takes."""
        return _LINE_ENDS.split(self.raw.rstrip("\r\n"))


def records(text: str, dialect: Dialect) -> Iterator[Record]:
    """Yield the records with their lines; lines of blanks are none."""
    lines = _Lines(text, dialect.start)
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

    def __init__(self, text: str, start: int) -> None:
        self._lines = _each_line(text, start)
        self._read: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self._read.append(next(self._lines)[0])
        return self._read[-1]

    def take(self) -> str:
        taken, self._read = "".join(self._read), []
        return taken


@contextmanager
def _long_fields() -> Iterator[None]:
    # The csv module stops at 131,072 characters a field, less than a long comment.
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def full_width(path: Path | str, text: str, dialect: Dialect) -> tuple[int, int]:
    """Return the fields of the longest record, if all it has too many is blank, and the records.

    Raises TableError, with the line, for a quote that is not closed and for a record with more
    fields than the headers.
    """
    refuse_bad_quotes(path, text, dialect)
    width = longest = count = 0
    for count, record in enumerate(records(text, dialect), 1):  # noqa: B007  the last is the number
        width = width or len(record.fields)
        longest = max(longest, len(record.fields))
        if any(field.strip() for field in record.fields[width:]):
            raise TableError(
                path,
                f"this record has {len(record.fields)} fields and the headers have {width}",
                "Put quotes around a cell that holds the delimiter, add the missing header, "
                "or delete lines above the headers.",
                line=record.line,
            )
    return longest, count


def uneven_records(text: str, dialect: Dialect, widths: range) -> tuple[int, int]:
    """Return how many records have a number of fields outside a range, and the first's line."""
    uneven = [r.line for r in records(text, dialect) if len(r.fields) not in widths]
    return len(uneven), min(uneven, default=0)


def stray_quote_pattern(delimiter: str) -> str:
    """Return a pattern (RE2) for quotes that cannot begin or end a cell.

    A hit may be harmless, as the one of ``5" pipe``; ``refuse_bad_quotes`` decides.
    """
    other = rf'[^"\r\n{re.escape(delimiter)}]'
    edge = rf"(?:\A|[\r\n{re.escape(delimiter)}])"
    return rf'{other}"(?:"")*{other}|{edge}(?:"")+{other}'


def refuse_bad_quotes(path: Path | str, text: str, dialect: Dialect) -> None:
    """Raise TableError, with the line, for quotes after which cells or records would be lost.

    Those are a quote that is not closed at the end of its cell, text after a closing quote, and
    a quoted cell with line breaks that holds further records.
    """
    quoted = [record for record in records(text, dialect) if '"' in record.raw]
    for record in quoted:
        if _well_formed(dialect).fullmatch(record.raw) is None:
            raise TableError(path, *_problem(record), line=record.line)
    over_lines = [record for record in quoted if _LINE_END.search(record.raw.rstrip("\r\n"))]
    refuse_swallowed(path, over_lines, text, dialect)


def are_well_formed(text: str, dialect: Dialect) -> bool:
    """Return whether all quotes are those of whole cells or within bare ones; LF ends lines.

    Only records with quotes are looked at: a line without any is a record of its own.
    """
    at = text.find('"', dialect.start)
    while at >= 0:
        begins = max(text.rfind("\n", 0, at) + 1, dialect.start)
        record = _well_formed(dialect).match(text, begins)
        if record is None or not (record[0].endswith("\n") or record.end() == len(text)):
            return False
        at = text.find('"', record.end())
    return True


@cache
def _well_formed(dialect: Dialect) -> re.Pattern[str]:
    delimiter = re.escape(dialect.delimiter)
    # Without possessive quantifiers: before Python 3.11.5 those of groups match wrongly.
    before = " *" if dialect.blanks_before_quotes else ""
    quoted = rf'{before}"[^"]*(?:""[^"]*)*"(?:(?!{delimiter})[ \t])*'
    bare = rf'(?!{before}")[^{delimiter}\r\n]*'
    field = f"(?:{quoted}|{bare})"
    return re.compile(rf"{field}(?:{delimiter}{field})*[\r\n]*")


def _problem(record: Record) -> tuple[str, str]:
    # If their number is odd, one of them is never closed.
    if len(record.lines) > 1 or record.raw.count('"') % 2:
        return (
            "a quote opens in this record and is not closed at the end of its cell",
            'Close it, or write "" for a quote within a cell.',
        )
    return (
        "a cell of this record has text after its closing quote",
        'Write "" for a quote within a cell, and put the whole cell in quotes.',
    )


def sample_of(text: str, dialect: Dialect) -> str:
    """Return the first records as they are written, by which swallowed ones are recognized."""
    return "".join(record.raw for record in islice(records(text, dialect), _SAMPLE))


def refuse_swallowed(
    path: Path | str, suspects: Sequence[Record], text: str, dialect: Dialect
) -> None:
    """Raise TableError for a record with line breaks in a cell that hold further records."""
    if not suspects:
        return
    columns = _Columns.of(text, dialect)
    for record in suspects:
        if columns.are_records(record.lines):
            last = record.line + len(record.lines) - 1
            raise TableError(
                path,
                f"a quote opens on this line and closes on line {last}, and the lines between look "
                "like records",
                'Remove the quotes, or write "" for a quote within a cell and put the whole cell '
                "in quotes.",
                line=record.line,
            )


@dataclass(frozen=True, slots=True)
class _Columns:
    """The look of a file's records.

    Attributes:
        dialect: how the records are written.
        headers: the cells of the line of headers.
        tests: by column, a test that its cells pass and prose does not.
        is_spaced: whether a blank follows each delimiter.
        is_quoted: whether each cell is in quotes.
    """

    dialect: Dialect
    headers: Sequence[str]
    tests: Mapping[int, Callable[[str], object]]
    is_spaced: bool
    is_quoted: bool

    @classmethod
    def of(cls, text: str, dialect: Dialect) -> _Columns:
        """Return the look of the records that take one line."""
        if dialect.sample:
            text, dialect = dialect.sample, replace(dialect, start=0)
        header, *others = islice(records(text, dialect), _SAMPLE)
        sample = [record for record in others if len(record.lines) == 1]
        found = {at: _test(header, sample, at) for at in range(len(header.fields))}
        tests = {at: test for at, test in found.items() if test is not None}
        raw = [record.raw for record in (header, *sample)]
        is_quoted = all(line.startswith('"') and line.rstrip().endswith('"') for line in raw)
        spaced = all(f"{dialect.delimiter} " in line for line in raw)
        return cls(dialect, header.fields, tests, spaced, is_quoted)

    def are_records(self, lines: Sequence[str]) -> bool:
        """Return whether the lines of a record with a quoted cell look like several records."""
        most = len(self.headers) - 1
        if all(line.count(self.dialect.delimiter) != most for line in lines):
            return False
        first, *middle, last = [line.split(self.dialect.delimiter) for line in lines]
        # Only what is inside the quotes is evidence: the rest is cells of the record itself.
        opens = max((at for at, cell in enumerate(first) if _is_odd(cell)), default=len(first))
        closes = next((at for at, cell in enumerate(last) if _is_odd(cell)), -1)
        inside: list[Sequence[str | None]] = [
            [*[None] * (opens + 1), *first[opens + 1 :]],
            *middle,
            [*last[: closes + 1], *[None] * (len(last) - closes - 1)],
        ]
        if any(self._is_proven(cells) for cells in inside):
            return True
        # Only the number of cells is known: all lines have to fit, and none may be prose.
        are_known = count_fields(self.headers, None) > 1 and not self.is_quoted
        return are_known and all(map(self._may_be_record, (first, *middle, last)))

    def _is_proven(self, cells: Sequence[str | None]) -> bool:
        if len(cells) != len(self.headers):
            return False
        filled = {at: text for at, cell in enumerate(cells) if (text := (cell or "").strip('" '))}
        known = [self.tests[at] for at in filled if at in self.tests]
        passes = [self.tests[at](filled[at]) for at in filled if at in self.tests]
        return bool(known) and all(passes) and (len(filled) >= _FILLED or _is_email in known)

    def _may_be_record(self, cells: Sequence[str]) -> bool:
        filled = {at: text for at, cell in enumerate(cells) if (text := cell.strip('" '))}
        if len(cells) != len(self.headers) or len(filled) < _FILLED:
            return False
        is_prose = not self.is_spaced and any(cell.startswith(" ") for cell in cells[1:])
        return not is_prose and all(
            self.tests[at](text) for at, text in filled.items() if at in self.tests
        )


def _is_odd(cell: str) -> bool:
    return cell.count('"') % 2 == 1


def _test(header: Record, sample: Sequence[Record], at: int) -> Callable[[str], object] | None:
    """Return the test of a column, by its header or by what its cells look like."""
    means = meaning(header_text(header.fields[at]))
    if means is not None and means.name == "Email":
        return _is_email
    cells = [r.fields[at].strip() for r in sample if len(r.fields) > at and r.fields[at].strip()]
    if len(cells) < _ENOUGH:
        return None
    return next((test for test in _TESTS if all(map(test, cells))), None)


# Stands for a quote within a cell; no text holds it.
ESCAPED_QUOTE = "\ufdd0"


def with_marked_quotes(text: str) -> str:
    r"""Return text with ``ESCAPED_QUOTE`` for each quote that is written as ``\"``.

    Where each other backslash is doubled too, one of the two is removed.

    >>> with_marked_quotes(r'say \"hi\" at C:\\x').replace(ESCAPED_QUOTE, "''")
    "say ''hi'' at C:\\x"
    """
    is_escape = re.search(r'(?<!\\)(?:\\\\)*\\(?!["\\])', text) is None
    marked = re.sub(r'\\(\\|")', lambda found: "\\\\" if found[1] == "\\" else ESCAPED_QUOTE, text)
    return marked.replace("\\\\", "\\") if is_escape else marked
