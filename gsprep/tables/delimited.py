"""CSV and TSV files to tables of text."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.display import plural
from gsprep.errors import TableError
from gsprep.tables.delimited_records import (
    full_width,
    records,
    refuse_bad_quotes,
    short_records,
    stray_quote_pattern,
    with_doubled_quotes,
)
from gsprep.tables.encoding import decode
from gsprep.tables.formula_escape import formulas_in, unprotect, unprotect_texts
from gsprep.tables.headers import count_fields, refuse_wrong_heading
from gsprep.tables.raw_table import RawTable, numbered_columns, refuse_sparse, refuse_wide
from gsprep.values.arrow import TEXT, as_arrow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gsprep.schemas.fields import ObjectFields

# The headers and as many lines below them as titles may take.
_FIRST = 6
# After a line that ends so and holds nothing, pandas loses the first delimiter of the next.
_LONE_CR = re.compile(r"\r(?!\n)")


def read_delimited(
    path: Path, data: bytes, of: ObjectFields | None, encoding: str | None = None
) -> RawTable:
    """Return the records of a delimited file.

    NA, None, null and nan are text, as are leading zeros; short records are filled up with
    missing cells and noted. Raises TableError with the line for what cannot be read.
    """
    decoded = decode(path, data, encoding)
    try:
        table = _read(path, decoded.text, of)
    except TableError:
        escaped = _with_backslashes(path, decoded.text, of)
        if escaped is None:
            raise
        table = escaped
    return replace(table, notes=(*decoded.notes, *table.notes))


def _with_backslashes(path: Path, text: str, of: ObjectFields | None) -> RawTable | None:
    r"""Return the records with ``\"`` read as a quote, or None if they do not all fit then."""
    if '\\"' not in text:
        return None
    doubled = with_doubled_quotes(text)
    try:
        table = _read(path, doubled, of)
    except TableError:
        return None
    if short_records(doubled, detect_dialect(doubled), len(table.headers))[0]:
        return None
    return replace(table, notes=(*table.notes, r"\" is read as a quote within a cell"))


def _read(path: Path, text: str, of: ObjectFields | None) -> RawTable:
    dialect = detect_dialect(text)
    first = _first_lines(path, text, dialect)
    _refuse_huge(path, text, first)
    refuse_wrong_heading(path, first, of)
    cells = _cells(path, text, dialect)
    header, body = [column[0].as_py() for column in cells], [column[1:] for column in cells]
    notes = [*_said(dialect), *_short(text, dialect, cells)]
    plain = [unprotect(column) for column in body]
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
    return RawTable(path, headers, frame, first[0][0], tuple(notes), formulas_in(body))


def _first_lines(path: Path, text: str, dialect: Dialect) -> list[tuple[int, Sequence[str]]]:
    first = [(r.line, r.fields) for r in islice(records(text, dialect), _FIRST)]
    if not first or not text.strip():
        raise TableError(path, "the file is empty", "Export it again, with a line of headers.")
    return first


def _refuse_huge(path: Path, text: str, first: Sequence[tuple[int, Sequence[str]]]) -> None:
    for line, fields in first:
        refuse_wide(path, len(fields), line=line)
    lines = text.count("\n") + text.count("\r")
    # Records that are shorter than the headers are filled up.
    refuse_sparse(path, lines, len(first[0][1]), len(text))


def _cells(path: Path, text: str, dialect: Dialect) -> list[pa.Array]:
    if "\r" in text and _LONE_CR.search(text):
        return _slowly(path, text, dialect)
    try:
        frame = _parsed(text, dialect)
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        return _slowly(path, text, dialect)
    cells = [as_arrow(frame[name]) for name in frame.columns]
    if _may_break(text, dialect, cells):
        refuse_bad_quotes(path, text, dialect)
    return cells


def _may_break(text: str, dialect: Dialect, cells: Sequence[pa.Array]) -> bool:
    """Return whether quotes may have broken records: a quick look, which may be mistaken."""
    if '"' not in text:
        return False
    if '\\"' in text or any(pc.any(pc.match_substring(c, "\n")).as_py() for c in cells):
        return True
    stray = stray_quote_pattern(dialect.delimiter)
    return bool(pc.any(pc.match_substring_regex(pa.array([text], TEXT), stray)).as_py())


def _parsed(text: str, dialect: Dialect) -> pd.DataFrame:
    # Bytes go through pandas three times as fast as a text stream. The headers are read as a
    # record, so that pandas neither renames nor takes a column for an index.
    return pd.read_csv(
        io.BytesIO(text[dialect.start :].encode()),
        sep=dialect.delimiter,
        header=None,
        index_col=False,
        dtype="str",
        keep_default_na=False,
        skipinitialspace=dialect.blanks_before_quotes,
        low_memory=False,
    )


def _slowly(path: Path, text: str, dialect: Dialect) -> list[pa.Array]:
    """Read with the csv module, naming the line of what cannot be read."""
    width, rows = full_width(path, text, dialect)
    refuse_wide(path, width)
    refuse_sparse(path, rows, width, len(text))
    filled = ([*r.fields, *[""] * (width - len(r.fields))] for r in records(text, dialect))
    return [pa.array(column, pa.large_string()) for column in zip(*filled, strict=True)]


def _said(dialect: Dialect) -> list[str]:
    if dialect.delimiter == ",":
        return []
    name = NAMES.get(dialect.delimiter, "the character that its sep= line names")
    return [f"cells are separated by {name}"]


def _short(text: str, dialect: Dialect, cells: Sequence[pa.Array]) -> list[str]:
    # A delimiter within a cell was quoted; all others divide cells. Counting is cheap.
    within = sum(pc.sum(pc.count_substring(c, dialect.delimiter)).as_py() or 0 for c in cells)
    dividing = text.count(dialect.delimiter, dialect.start) - within
    if dividing >= (len(cells) - 1) * len(cells[0]):
        return []
    count, line = short_records(text, dialect, len(cells))
    filled = f"{count} record(s) have fewer cells than the headers, the first on line {line}"
    return [f"{filled}: their last cells are empty"] if count else []


NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

_SAMPLE = 64_000
_RECORDS = 200
# A title may take a few lines before the headers.
_TITLES = 6
# Excel writes such a first line where the delimiter is not the one of the country.
_SEP = re.compile(r"sep=(\t|[^\s\w\"'])[ ,;\t]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
# Quoted text counts for one letter; an unclosed quote reaches to the end of the sample.
_QUOTED = re.compile(r'(?:\A|(?<=[,;\t|\r\n]))( *)"[^"]*(?:""[^"]*)*(?:"|\Z)')
_LINES = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the records of a text file are written.

    Attributes:
        delimiter: the character between two cells.
        start: where the records begin, after a ``sep=`` line.
        blanks_before_quotes: whether quotes follow blanks, as in ``Ruiz, "Ana"``.
    """

    delimiter: str
    start: int = 0
    blanks_before_quotes: bool = False

    @property
    def line(self) -> int:
        """The number of the line on which the records begin."""
        return 2 if self.start else 1


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
        return Dialect(said[1], start, blanks)
    lines = _plain_lines(sample, whole=len(text) <= _SAMPLE)
    return Dialect(max(NAMES, key=lambda delimiter: _fit(lines, delimiter)), 0, blanks)


def _plain_lines(sample: str, *, whole: bool) -> list[str]:
    lines = _LINES.split(_QUOTED.sub(r"\1q", sample))
    kept = [line for line in (lines if whole or len(lines) == 1 else lines[:-1]) if line.strip()]
    return kept[:_RECORDS]


def _fit(lines: Sequence[str], delimiter: str) -> tuple[float, bool, int]:
    counts = [line.count(delimiter) for line in lines]
    at = _header(lines, delimiter) if counts else None
    if at is None:
        return (0.0, False, 0)
    expected = counts[at]
    # People type no tabs into cells, so tabs win if two delimiters fit.
    share = sum(count == expected for count in counts[at:]) / len(counts[at:])
    return (share, delimiter == "\t", expected)


def _header(lines: Sequence[str], delimiter: str) -> int | None:
    """The first line, unless it lacks the delimiter and one below holds known headers."""
    if delimiter in lines[0]:
        return 0
    heads = (
        at
        for at, line in enumerate(lines[:_TITLES])
        if count_fields(line.split(delimiter), None) > 1
    )
    return next(heads, None)
