"""CSV and TSV files to tables of text."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from gsprep.display import plural
from gsprep.errors import TableError
from gsprep.tables.delimited_records import (
    ESCAPED_QUOTE,
    Record,
    are_well_formed,
    full_width,
    records,
    refuse_bad_quotes,
    refuse_swallowed,
    stray_quote_pattern,
    uneven_records,
    with_marked_quotes,
)
from gsprep.tables.encoding import decode
from gsprep.tables.formula_escape import (
    formulas_in,
    may_be_marked,
    unprotect,
    unprotect_texts,
    without_formula_of_text,
)
from gsprep.tables.headers import LOOKED_AT, count_fields, find_headers, under_groups
from gsprep.tables.raw_table import (
    RawTable,
    ReadOptions,
    numbered_columns,
    refuse_sparse,
    refuse_wide,
)
from gsprep.values.arrow import TEXT, as_arrow, count_bytes, from_bytes, has_byte
from gsprep.values.distinct import on_distinct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


# Arrow reads so many bytes at once, in each of its threads; the csv module so many records.
_BLOCK, _ROWS_AT_ONCE = 1 << 24, 65_536
_LONE_CR = re.compile(r"\r(?!\n)")
# All headers are in single quotes.
_SINGLE_QUOTES = re.compile(r"\s*'[^'\r\n]*'([,;\t|])'[^'\r\n]*'(?:\1'[^'\r\n]*')*[ \t]*[\r\n]")
_OTHER_QUOTES = str.maketrans("'\"", "\"'")
# No program writes a backslash before a quote but to escape it, if no quote begins the cell.
_ESCAPED_IN_BARE = re.compile(r'(?:\A|[,;\t|\r\n])[^",;\t|\r\n]*\\"')


def read_delimited(path: Path | str, data: bytes, options: ReadOptions) -> RawTable:
    """Return the records of a delimited file.

    NA, None, null and nan are text, as are leading zeros; short records are filled up with
    missing cells and noted. Raises TableError with the line for what cannot be read.
    """
    decoded = decode(path, data, options.encoding)
    is_single = _SINGLE_QUOTES.match(decoded.text) is not None
    text = decoded.text.translate(_OTHER_QUOTES) if is_single else decoded.text
    try:
        table = _read(path, text, options)
    except TableError:
        escaped = _with_backslashes(path, text, options)
        if escaped is None:
            raise
        table = escaped
    else:
        if '\\"' in text and _ESCAPED_IN_BARE.search(text):
            table = _with_backslashes(path, text, options, len(table.cells)) or table
    if is_single:
        table = _translated(table, _OTHER_QUOTES, "cells are in single quotes")
    return replace(table, notes=(*decoded.notes, *table.notes))


def _translated(table: RawTable, signs: Mapping[int, int | str], note: str) -> RawTable:
    """Return a table read from a text in which other signs were written for quotes."""
    cells = table.cells.apply(on_distinct, args=(lambda text: text.translate(signs),))
    headers = tuple(header.translate(signs) for header in table.headers)
    return replace(table, headers=headers, cells=cells, notes=(*table.notes, note))


def _with_backslashes(
    path: Path | str, text: str, options: ReadOptions, count: int | None = None
) -> RawTable | None:
    r"""Return the records with ``\"`` read as a quote, or None if they do not fit then.

    They fit if they are as many as without (``count``) or, if this is not known, all are whole.
    """
    if '\\"' not in text or ESCAPED_QUOTE in text:
        return None
    marked = with_marked_quotes(text)
    try:
        table = _read(path, marked, options)
    except TableError:
        return None
    dialect = detect_dialect(marked).beginning_at(marked, table.line)
    whole = range(len(table.headers), sys.maxsize)
    short = count is None and uneven_records(marked, dialect, whole)[0]
    if short or count not in {None, len(table.cells)}:
        return None
    note = r"\" is read as a quote within a cell"
    return _translated(table, {ord(ESCAPED_QUOTE): '"'}, note)


def _read(path: Path | str, text: str, options: ReadOptions) -> RawTable:
    dialect = _dialect(text, options.header)
    first = _first_lines(path, text, dialect, options.header)
    at, above = find_headers(path, first, options.of, options.header)
    lines = text.count("\n") + text.count("\r")
    # Records that are shorter than the headers are filled up.
    refuse_sparse(path, lines, len(first[at][1]), len(text))
    table = table_of_text(path, text, dialect.beginning_at(text, first[at][0]), above)
    if not at:
        return table
    headers, grouped = under_groups(table.headers, first[at - 1][1], options.of)
    return replace(table, headers=headers, notes=(*table.notes, *grouped))


def table_of_text(
    path: Path | str, text: str, dialect: Dialect, above: Sequence[str] = ()
) -> RawTable:
    """Return the records of a text whose headers are where the dialect begins.

    ``above`` are notes on the lines above them. Raises TableError as ``read_delimited``.
    """
    data = text[dialect.start :].encode()
    cells = _cells(path, text, data, dialect)
    header = [column[0].as_py() for column in cells]
    texts = [without_formula_of_text(column[1:]) for column in cells]
    body = [column for column, _ in texts]
    notes = [*_said(dialect), *above, *_uneven(text, data, dialect, cells)]
    if count := sum(found for _, found in texts):
        were = plural(count, "cell was", "cells were")
        notes.append(f'{count} {were} written as ="…", for spreadsheets: read as the text in it')
    odd = [may_be_marked(column) for column in body]
    plain = [unprotect(column, where) for column, where in zip(body, odd, strict=True)]
    if freed := sum(count for _, count in plain):
        were = plural(freed, "cell was", "cells were")
        them = plural(freed, "it", "them")
        notes.append(
            f"{freed} {were} written with an apostrophe before {them}, for spreadsheets: it was "
            "removed"
        )
    frame = numbered_columns(column for column, _ in plain)
    headers = tuple(unprotect_texts(header))
    # A cell that had the apostrophe was taken care of when the file was written.
    lines = line_numbers(text, data, dialect, cells)
    return RawTable(
        path,
        headers,
        frame,
        dialect.line,
        tuple(notes),
        formulas_in(body, odd),
        None if lines is None else lines[1:],
        is_laid_out=True,
    )


class Beginning(NamedTuple):
    """The first lines of a text file: its dialect from the headers on, and them as written.

    ``names`` are headers as they would be written in one line, if they are in two.
    """

    dialect: Dialect
    headers: str
    notes: tuple[str, ...]
    names: str


def beginning_of(path: Path | str, text: str, options: ReadOptions) -> Beginning:
    """Return how a text file begins, from its first lines; TableError as ``read_delimited``."""
    dialect = _dialect(text, options.header)
    first = _first_lines(path, text, dialect, options.header)
    at, above = find_headers(path, first, options.of, options.header)
    dialect = dialect.beginning_at(text, first[at][0])
    own = tuple(first[at][1])
    names, grouped = under_groups(own, first[at - 1][1], options.of) if at else (own, ())
    raw = next(records(text, dialect)).raw
    quoted = (f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names)
    written = raw if names == own else f"{dialect.delimiter.join(quoted)}\n"
    return Beginning(dialect, raw, (*_said(dialect), *above, *grouped), written)


def _dialect(text: str, header: int | None) -> Dialect:
    """Return how the records are written, from the line of headers on if it is known."""
    whole = detect_dialect(text)
    if header is None or header <= whole.line:
        return whole
    below = whole if whole.start else detect_dialect(text[start_of_line(text, header) :])
    return below.beginning_at(text, header)


def _first_lines(
    path: Path | str, text: str, dialect: Dialect, header: int | None
) -> list[tuple[int, Sequence[str]]]:
    """Return the records among which the headers are: the first ones, or from their line on."""
    first = [(r.line, r.fields) for r in islice(records(text, dialect), LOOKED_AT)]
    if header is not None and not first:
        raise TableError(path, f"line {header} has no text", "Change --header (header=).")
    if not first or text.isspace():
        raise TableError(path, "the file is empty", "Export it again, with a line of headers.")
    for line, fields in first:
        refuse_wide(path, len(fields), line=line)
    return first


def _cells(path: Path | str, text: str, data: bytes, dialect: Dialect) -> list[pa.Array]:
    """Return the columns, with the headers as first cells; ``data`` are the records in UTF-8."""
    plain = None if _LONE_CR.search(text) else _plainly(text, data, dialect)
    if plain is None:
        return _slowly(path, text, dialect)
    if not _may_be_odd(data, dialect, plain):
        refuse_swallowed(path, _over_lines(text, data, dialect, plain), text, dialect)
    elif b'"' in data:
        refuse_bad_quotes(path, text, dialect)
    return plain


def _may_be_odd(data: bytes, dialect: Dialect, cells: Sequence[pa.Array]) -> bool:
    """Return whether quotes may be no pairs, or a record is shorter than the headers."""
    is_odd = data.count(b'"') % 2 == 1 or b'\\"' in data
    return is_odd or _lacks_delimiters(data, dialect, cells)


def _over_lines(
    text: str, data: bytes, dialect: Dialect, cells: Sequence[pa.Array]
) -> list[Record]:
    """Return the records with a line break in a cell."""
    heights, lines = _heights(data, cells)
    over = np.flatnonzero(heights > 1)
    if not len(over):
        return []
    if heights.sum() != lines:  # blank lines are between the records
        return [record for record in records(text, dialect) if len(record.lines) > 1]
    body = np.frombuffer(data, dtype=np.uint8)
    ends = np.append(np.flatnonzero(body == ord("\n")) + 1, len(body))
    first = np.append(0, np.cumsum(heights))
    starts = np.append(0, ends)[first]
    return [
        Record(
            int(first[at]) + dialect.line,
            [column[int(at)].as_py() for column in cells],
            body[starts[at] : starts[at + 1]].tobytes().decode(),
        )
        for at in over
    ]


def _plainly(text: str, data: bytes, dialect: Dialect) -> list[pa.Array] | None:
    """Read with Arrow, much faster; None for what it may read in another way than the csv module.

    That are stray quotes, records of other lengths than the first one, and lines of blanks.
    """
    first = next(records(text, dialect), None)
    several = first is not None and len(first.fields) > 1
    if first is None or not several or dialect.blanks_before_quotes:
        return None
    if _has_stray(data, dialect) and not are_well_formed(text, dialect):
        return None
    names = [str(at) for at in range(len(first.fields))]
    try:
        table = csv.read_csv(
            pa.py_buffer(data),
            csv.ReadOptions(column_names=names, block_size=_BLOCK),
            csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=b'"' in data),
            csv.ConvertOptions(column_types=dict.fromkeys(names, TEXT), strings_can_be_null=False),
        )
    except (pa.ArrowException, ValueError):
        return None
    # One by one: all columns once more would take as much memory as the text.
    columns = table.columns[::-1]
    del table
    return [as_arrow(columns.pop()) for _ in names]


def _has_stray(data: bytes, dialect: Dialect) -> bool:
    """Return whether a quote may be no beginning and no end of a cell."""
    if b'"' not in data:
        return False
    whole = from_bytes(np.array([0, len(data)]), np.frombuffer(data, dtype=np.uint8))
    stray = stray_quote_pattern(dialect.delimiter)
    return bool(pc.any(pc.match_substring_regex(whole, stray)).as_py())


def _slowly(path: Path | str, text: str, dialect: Dialect) -> list[pa.Array]:
    """Read with the csv module, naming the line of what cannot be read."""
    width, rows = full_width(path, text, dialect)
    refuse_wide(path, width)
    refuse_sparse(path, rows, width, len(text))
    filled = ([*r.fields, *[""] * (width - len(r.fields))] for r in records(text, dialect))
    # All records at once, as objects of Python, would take much memory.
    blocks = iter(lambda: list(islice(filled, _ROWS_AT_ONCE)), [])
    columns = [[pa.array(cells, TEXT) for cells in zip(*block, strict=True)] for block in blocks]
    return [pa.concat_arrays(parts) for parts in zip(*columns, strict=True)]


def _said(dialect: Dialect) -> list[str]:
    if dialect.delimiter == ",":
        return []
    name = NAMES.get(dialect.delimiter, "the character that its sep= line names")
    return [f"cells are separated by {name}"]


def _uneven(text: str, data: bytes, dialect: Dialect, cells: Sequence[pa.Array]) -> list[str]:
    """Return notes on records that have fewer cells than the headers, or further blank ones."""
    if not _lacks_delimiters(data, dialect, cells):
        return []
    # Delimiters may be at the ends of some records only.
    named = [at for at, column in enumerate(cells, 1) if str(column[0]).strip()]
    width = max(named, default=len(cells))
    headers = max(width, len(next(records(text, dialect)).fields))
    told = []
    for widths, what in (
        (range(width, sys.maxsize), "fewer cells than the headers{}: their last cells are empty"),
        (range(headers + 1), "more cells than the headers{}: put quotes around a cell with {}"),
    ):
        count, line = uneven_records(text, dialect, widths)
        have, first = plural(count, "record has", "records have"), f", the first on line {line}"
        sign = NAMES.get(dialect.delimiter, "the delimiter")
        told += [f"{count} {have} {what.format(first, sign)}"] if count else []
    return told


def _lacks_delimiters(data: bytes, dialect: Dialect, cells: Sequence[pa.Array]) -> bool:
    """Return whether a record is shorter than the headers, or blank lines are between records."""
    # A delimiter within a cell was quoted; all others divide cells. Counting is cheap.
    sign = dialect.delimiter.encode()
    within = sum(count_bytes(column, sign) for column in cells)
    dividing = data.count(sign) - within
    return bool(dividing < (len(cells) - 1) * len(cells[0]))


NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

_SAMPLE = 64_000
_RECORDS = 200
# Excel writes such a first line where the delimiter is not the one of the country.
_SEP = re.compile(r"sep=(\t|[^\s\w\"'])[ ,;\t]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
# Quoted text counts for one letter; an unclosed quote reaches to the end of the sample.
_QUOTED = re.compile(r'(?:\A|(?<=[,;\t|\r\n]))( *)"[^"]*(?:""[^"]*)*(?:"|\Z)')
_LINES = re.compile(r"\r\n|\r|\n")
_DIVIDING = re.compile(r'[,;\t|\r\n"]')


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the records of a text file are written.

    Attributes:
        delimiter: the character between two cells.
        start: where the records begin, after a ``sep=`` line and lines above the headers.
        blanks_before_quotes: whether quotes follow blanks, as in ``Ruiz, "Ana"``.
        line: the number of the line on which the records begin.
        sample: the first records of the file, if the text is a part of it.
    """

    delimiter: str
    start: int = 0
    blanks_before_quotes: bool = False
    line: int = 1
    sample: str = ""

    def beginning_at(self, text: str, line: int) -> Dialect:
        """Return the dialect of the records from a line on."""
        return replace(self, start=start_of_line(text, line), line=line)


def detect_dialect(text: str) -> Dialect:
    r"""Return how a text file is written; one column without any delimiter is read with commas.

    >>> detect_dialect('Name;Revenue\nAcme;1,5\n"a, b";2,5\n').delimiter
    ';'
    >>> detect_dialect("sep=|\na|b\n").delimiter
    '|'
    """
    said = _SEP.match(text)
    start = said.end() if said else 0
    sample = text[start : start + _SAMPLE]
    blanks = any(found[1] and found.start() for found in _QUOTED.finditer(sample))
    if said:
        return Dialect(said[1], start, blanks, 2)
    lines = _plain_lines(sample, whole=len(text) <= _SAMPLE)
    return Dialect(max(NAMES, key=lambda delimiter: _fit(lines, delimiter)), 0, blanks)


def _plain_lines(sample: str, *, whole: bool) -> list[str]:
    lines = _LINES.split(_QUOTED.sub(_without_delimiters, sample))
    kept = [line for line in (lines if whole or len(lines) == 1 else lines[:-1]) if line.strip()]
    return kept[:_RECORDS]


def _without_delimiters(quoted: re.Match[str]) -> str:
    within = quoted[0][len(quoted[1]) + 1 :].removesuffix('"')
    # Headers in quotes are compared with those that are known.
    return f"{quoted[1]}{'q' if _DIVIDING.search(within) else within}"


def _fit(lines: Sequence[str], delimiter: str) -> tuple[float, bool, int]:
    counts = [line.count(delimiter) for line in lines]
    at = _header(lines, delimiter) if counts else None
    if at is None:
        return (0.0, False, 0)
    expected = counts[at]
    # Excel is kept from reading numbers by a tab next to the delimiter proper.
    pads = [part[:1] for part in lines[at].split(delimiter)[1:] if part.strip()]
    if len(set(pads)) == 1 and pads[0] in NAMES:
        return (0.0, False, 0)
    # People type no tabs into cells, so tabs win if two delimiters fit.
    share = sum(count == expected for count in counts[at:]) / len(counts[at:])
    return (share, delimiter == "\t", expected)


def _header(lines: Sequence[str], delimiter: str) -> int | None:
    """The first line, unless one below holds more known headers; None without any delimiter."""
    known = [count_fields(line.split(delimiter), None) for line in lines[:LOOKED_AT]]
    best = max(range(len(known)), key=known.__getitem__)
    if known[best] > max(1, known[0]):
        return best
    return 0 if delimiter in lines[0] else None


_LINE_END = r"\r\n|\r|\n"
_ENDS = re.compile(_LINE_END)


def line_numbers(
    text: str, data: bytes, dialect: Dialect, cells: Sequence[pa.Array]
) -> np.ndarray | None:
    """Return the line on which each record begins, the headers first; None if it is not known.

    ``cells`` are the columns, with the headers as their first cell.
    """
    heights, lines = _heights(data, cells)
    if heights.sum() == lines:
        return dialect.line + np.concatenate([[0], heights[:-1].cumsum()])
    # Blank lines are between the records.
    begins = np.fromiter((record.line for record in records(text, dialect)), dtype=np.int64)
    return begins if len(begins) == len(cells[0]) else None


def _heights(data: bytes, cells: Sequence[pa.Array]) -> tuple[np.ndarray, int]:
    """Return the number of lines of each record by its cells, and that of lines with text."""
    end = len(data)
    while end and data[end - 1] in b"\r\n":
        end -= 1
    ends = sum(data.count(mark, 0, end) for mark in (b"\n", b"\r"))
    heights, lines = np.ones(len(cells[0]), np.int64), 1 + ends - data.count(b"\r\n", 0, end)
    for column in cells if lines > len(heights) else ():
        if has_byte(column, b"\n") or has_byte(column, b"\r"):
            heights += pc.fill_null(pc.count_substring_regex(column, _LINE_END), 0).to_numpy()
    return heights, lines


def start_of_line(text: str, line: int) -> int:
    r"""Return the place where a line (1 is the first) begins; CR, LF and CRLF end lines.

    >>> start_of_line("a\r\nb\rc", 3)
    5
    """
    if line == 1:
        return 0
    ends = islice(_ENDS.finditer(text), line - 2, None)
    return next((found.end() for found in ends), len(text))
