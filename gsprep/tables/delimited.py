"""CSV and TSV: every cell as text, however the file was encoded, delimited and quoted."""

from __future__ import annotations

import io
import re
from itertools import islice
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.errors import TableError
from gsprep.tables.apostrophes import formulas_in, unprotect, unprotect_texts
from gsprep.tables.columns import arrow, numbered
from gsprep.tables.diagnosis import full_width, records, refuse_open_quotes, short_records
from gsprep.tables.dialect import NAMES, sniff
from gsprep.tables.encoding import decode
from gsprep.tables.grid import Grid, refuse_sparse, refuse_wide
from gsprep.tables.heading import refuse_wrong_heading
from gsprep.values.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.dialect import Dialect

# The headers and as many lines below them as titles may take.
_FIRST = 6
# After a line that ends so and holds nothing, pandas loses the first delimiter of the next.
_LONE_CR = re.compile(r"\r(?!\n)")


def read_delimited(path: Path, data: bytes, of: ObjectFields | None) -> Grid:
    """Return the records of a delimited file.

    NA, None, null and nan are text, as are leading zeros; short records are filled up with
    missing cells and noted. Raises TableError with the line for what cannot be read.
    """
    decoded = decode(path, data)
    dialect = sniff(decoded.text)
    first = _first_lines(path, decoded.text, dialect)
    _refuse_huge(path, decoded.text, first)
    refuse_wrong_heading(path, first, of)
    cells = _cells(path, decoded.text, dialect)
    header, body = [column[0].as_py() for column in cells], [column[1:] for column in cells]
    notes = [*decoded.notes, *_said(dialect), *_short(decoded.text, dialect, cells)]
    plain = [unprotect(column) for column in body]
    if freed := sum(count for _, count in plain):
        were = plural(freed, "cell was", "cells were")
        them = plural(freed, "it", "them")
        notes.append(
            f"{freed} {were} written with an apostrophe before {them}, for spreadsheets: it is "
            "taken away again"
        )
    frame = numbered(column for column, _ in plain)
    headers = tuple(unprotect_texts(header))
    # A cell that had the apostrophe was taken care of when the file was written.
    return Grid(path, headers, frame, first[0][0], tuple(notes), formulas_in(body))


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
    cells = [arrow(frame[name]) for name in frame.columns]
    if any(pc.any(pc.match_substring(column, "\n")).as_py() for column in cells):
        refuse_open_quotes(path, text, dialect)
    return cells


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
    return [f"the cells are divided by {name}"]


def _short(text: str, dialect: Dialect, cells: Sequence[pa.Array]) -> list[str]:
    # A delimiter within a cell was quoted; all others divide cells. Counting is cheap.
    within = sum(pc.sum(pc.count_substring(c, dialect.delimiter)).as_py() or 0 for c in cells)
    dividing = text.count(dialect.delimiter, dialect.start) - within
    if dividing >= (len(cells) - 1) * len(cells[0]):
        return []
    count, line = short_records(text, dialect, len(cells))
    filled = f"{count} record(s) have fewer cells than the headers, the first on line {line}"
    return [f"{filled}: what they lack is missing"] if count else []
