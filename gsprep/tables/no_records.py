"""What is no record of a table: repeated headers, rules and second tables."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from gsprep.display import plural
from gsprep.errors import TableError
from gsprep.mapping.aliases import header_key, meaning, understood
from gsprep.schemas.frames import ROW_ID
from gsprep.shipped import shipped_words
from gsprep.tables.headers import HOW, IMPORT_ID
from gsprep.tables.totals import without_footer, without_group_lines
from gsprep.values.arrow import as_arrow, as_mask, has_byte, matches
from gsprep.values.distinct import where_distinct
from gsprep.values.text import quoted

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.raw_table import RawTable

# What is removed around a header is removed around a cell that may repeat it.
_AROUND_HEADERS = " \t\r\n\u00a0\u200b\ufeff"
# A line between the headers and the records, or below a group of them.
_RULE = r"^\s*[-=_*+|:]{3,}\s*$"
# Headers of a column that counts the rows, also those that are still to be filled in.
_ROW_NUMBERS = frozenset(shipped_words("row_number"))
# One known word in a record can be a value.
_FEWEST_HEADERS = 2


def records_of(
    table: RawTable, of: ObjectFields | None, *, is_end: bool = True, is_alone: bool = True
) -> RawTable:
    """Leave out what is no record of a table, with notes.

    ``is_end``: whether its last records are the last ones of the source, below which totals and
    remarks may be. ``is_alone``: whether they are all records, so that a total can be proven.
    """
    _refuse_nul(table)
    records = _without_other_headers(_without_empty_records(table), of)
    records = without_group_lines(records, of, is_alone=is_alone)
    return without_footer(records, of, is_alone=is_alone) if is_end else records


def _without_empty_records(table: RawTable) -> RawTable:
    """Leave out records without any value and those that repeat the headers, with notes."""
    if len(table.headers) < 2:  # noqa: PLR2004  in one column, an empty cell or a header may be meant
        return table
    headers, blank = _repeated_headers(table), _without_values(table.cells)
    numbered = _only_numbered(table) & ~blank
    ruled = ruled_off(table.cells) & ~blank
    kept = ~(headers | blank | ruled | numbered)
    if kept.all():
        return table
    repeats = "repeats the headers and is", "repeat the headers and are"
    notes = [
        *_noted(table, ruled, "holds only a rule and is", "hold only rules and are"),
        *_counted(blank, "without any value"),
        *_counted(numbered, "with a number only"),
        *(f"{note}: two tables may have been joined" for note in _noted(table, headers, *repeats)),
    ]
    return table.keep(kept, notes)


def _noted(table: RawTable, which: np.ndarray, one: str, several: str) -> list[str]:
    places = np.flatnonzero(which)
    what = plural(len(places), one, several)
    return [f"{table.place_of(places)} {what} left out"] if len(places) else []


def _counted(which: np.ndarray, how: str) -> list[str]:
    count = int(which.sum())
    records = plural(count, f"record {how} is", f"records {how} are")
    return [f"{count} {records} left out"] if count else []


def _only_numbered(table: RawTable) -> np.ndarray:
    """Return which records have only the number of their row, as in a form to be filled in."""
    named = (at for at, h in enumerate(table.headers) if h == "#" or header_key(h) in _ROW_NUMBERS)
    at = next(named, None)
    if at is None:
        return np.zeros(len(table.cells), dtype=bool)
    alone = _without_values(table.cells.drop(columns=at))
    is_number = matches(as_arrow(table.cells[at]), r"^\s*[0-9]+\.?\s*$")
    return alone & is_number


def ruled_off(cells: pd.DataFrame) -> np.ndarray:
    """Return which records hold lines such as ``-----`` only, as below headers that are printed."""
    ruled = np.ones(len(cells), dtype=bool)
    for name in cells.columns:
        if not ruled.any():
            break
        column = as_arrow(cells[name])
        ruled &= matches(column, _RULE) | as_mask(pc.is_null(column))
    return ruled


def _without_other_headers(table: RawTable, of: ObjectFields | None) -> RawTable:
    """Leave out records that say the headers in other words; refuse those of a second table."""
    table = _without_descriptions(table, of)
    again: list[int] = []
    for at in _words_for_addresses(table, of):
        pairs = zip(table.headers, table.cells.iloc[at], strict=True)
        filled = [(header, cell) for header, cell in pairs if isinstance(cell, str)]
        said = [
            (understood(header, of), understood(cell, of))
            for header, cell in filled
            if cell in table.headers or meaning(cell, of)
        ]
        # A few known words in a record can be values.
        if len(said) < max(_FEWEST_HEADERS, len(filled) / 2):
            continue
        if all(header == name for header, name in said):
            again.append(at)
        elif len({name for _, name in said}) > _FEWEST_HEADERS or len(said) == len(filled):
            raise _second_table(table, at)
    if not again:
        return table
    kept = np.ones(len(table.cells), dtype=bool)
    kept[again] = False
    what = plural(len(again), "repeats the headers", "repeat the headers")
    are = plural(len(again), "is", "are")
    place = table.place_of(np.array(again))
    return table.keep(kept, [f"{place} {what} in other words and {are} left out"])


def _without_descriptions(table: RawTable, of: ObjectFields | None) -> RawTable:
    """Leave out lines that describe the columns; headers that mean nothing get their texts."""
    if table.cells.empty:
        return table
    ids = np.flatnonzero(matches(as_arrow(table.cells.iloc[:2, 0]), f"^{re.escape(IMPORT_ID)}"))
    if not len(ids):
        return table
    names = list(table.headers)
    if ids[0]:
        texts = [text if isinstance(text, str) else "" for text in table.cells.iloc[0]]
        pairs = zip(table.headers, texts, strict=True)
        names = [text if text and not meaning(name, of) else name for name, text in pairs]
    is_unique = len(set(names)) == len(names)
    kept = np.arange(len(table.cells)) > ids[0]
    place = table.place_of(np.arange(ids[0] + 1))
    notes = [f"{place}: descriptions of the columns are left out"]
    headers = tuple(names) if is_unique else table.headers
    return replace(table, headers=headers).keep(kept, notes)


def _words_for_addresses(table: RawTable, of: ObjectFields | None) -> list[int]:
    """Return the records with a field or another header where an e-mail address belongs."""
    mails = [at for at, header in enumerate(table.headers) if understood(header, of) == "Email"]
    if not mails or ROW_ID in table.headers:
        return []
    column, headers = table.cells[mails[0]], set(table.headers)
    near = matches(as_arrow(column), r"^[^@\d]{2,40}$")
    near[near] = where_distinct(
        column[near], lambda text: text in headers or meaning(text, of) is not None
    )
    return [int(at) for at in np.flatnonzero(near)]


def _second_table(table: RawTable, at: int) -> TableError:
    line = None if table.lines is None else int(table.lines[at])
    return TableError(
        table.path,
        "a second table with other headers begins here",
        "Save each table as a file of its own"
        + (f", or read this one with {HOW.format(line)}." if line else "."),
        line=line,
    )


def _refuse_nul(table: RawTable) -> None:
    for at, header in enumerate(table.headers):
        if "\0" in header or has_byte(as_arrow(table.cells[at]), b"\0"):
            raise TableError(
                table.path,
                f"the column {quoted(header)} holds a NUL character, which text never does",
                "Export the file again; it may be damaged.",
            )


def _repeated_headers(table: RawTable) -> np.ndarray:
    """Return which records repeat the headers; a second file begins with its own mark."""
    again = np.arange(len(table.cells))
    for at, header in enumerate(table.headers):
        cells = as_arrow(table.cells[at].iloc[again])
        plain = pc.utf8_lower(pc.utf8_trim(cells, characters=_AROUND_HEADERS))
        same = as_mask(pc.equal(plain, header.lower()))
        # A column that has no header is named by its place.
        again = again[same | (as_mask(pc.is_null(cells)) & (header == f"column_{at + 1}"))]
        # After one column or two no record is left: a wide table is not compared to its end.
        if not len(again):
            break
    found = np.zeros(len(table.cells), dtype=bool)
    found[again] = True
    return found


def _without_values(cells: pd.DataFrame) -> np.ndarray:
    """Return which records hold no value."""
    empty = np.ones(len(cells), dtype=bool)
    for name in cells.columns:
        if not empty.any():
            break
        empty &= cells[name].isna().to_numpy()
    return empty
