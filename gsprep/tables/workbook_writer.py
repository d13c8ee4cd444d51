"""Workbooks of frames: plain, with marked errors, to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.errors import InputError, TableError
from gsprep.replacing import replacing
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.tables.raw_table import MAX_COLUMNS
from gsprep.tables.spreadsheet_ml import Cell, Layout, Style, stored, write_workbook
from gsprep.values.arrow import as_arrow

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd


# The limits of a sheet: support.microsoft.com, "Excel specifications and limits".
MAX_ROWS = 1_048_576
MAX_CHARACTERS = 32_767

# Readers do not take the escape of these two back.
_NO_CHARACTER = r"[\x{FFFE}\x{FFFF}]"
_USE_CSV = "Write it as .csv or .parquet."
# What a spreadsheet takes for a formula or an error when a person edits the cell.
_COMPUTED = ("=", "#", "@")
# Bytes of a cell besides its text, and of a character that is escaped.
_AROUND_A_CELL, _ESCAPED = 80, 6


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame of text as a workbook of one sheet."""
    letters = sum(as_arrow(frame[name]).nbytes for name in frame.columns)
    size = letters * _ESCAPED + frame.size * _AROUND_A_CELL
    rows = ([cell and _cell(cell) for cell in row] for row in _rows(frame))
    write_workbook(path, rows, Layout(size=size))


def _rows(frame: pd.DataFrame) -> Iterator[tuple[str | None, ...]]:
    """Yield the headers, and each row."""
    columns = [as_arrow(frame[name]).to_pylist() for name in frame.columns]
    yield tuple(map(str, frame.columns))
    yield from zip(*columns, strict=True)


def _cell(text: str) -> Cell | str:
    return Cell(text) if text.startswith(_COMPUTED) else text


def refuse_unwritable(frame: pd.DataFrame, path: Path) -> None:
    """Raise TableError for more rows, columns or text than a sheet holds."""
    if len(frame) >= MAX_ROWS or len(frame.columns) > MAX_COLUMNS:
        problem = f"a sheet holds {MAX_ROWS:,} rows with the headers and {MAX_COLUMNS:,} columns"
        raise TableError(path, problem, _USE_CSV)
    for name in frame.columns:
        cells = pa.concat_arrays([pa.array([str(name)], pa.large_string()), as_arrow(frame[name])])
        if pc.any(pc.match_substring_regex(cells, _NO_CHARACTER)).as_py():
            raise TableError(path, "a cell holds U+FFFE or U+FFFF, which is not allowed", _USE_CSV)
        # An escaped character takes seven, so shorter cells need no measuring.
        long = pc.filter(cells, pc.greater(pc.utf8_length(cells), MAX_CHARACTERS // 7))
        if any(_length(cell) > MAX_CHARACTERS for cell in long.to_pylist()):
            problem = f"a cell holds at most {MAX_CHARACTERS:,} characters, and one is longer"
            raise TableError(path, problem, _USE_CSV)


def _length(cell: str | None) -> int:
    # Excel counts in UTF-16 units.
    return len(stored(cell or "").encode("utf-16-le")) // 2


# A comment is a drawing to a spreadsheet: with more of them it opens for minutes.
MOST_ROWS = 10_000
_COLOURS = {"error": "FFC7CE", "warning": "FFEB9C"}
_TOLD = ("row_id", "column", "severity", "code", "message", "hint", "suggestion")


class _Mark(NamedTuple):
    severity: str
    text: str


def write_error_workbook(frame: pd.DataFrame, findings: pd.DataFrame, path: Path) -> int:
    """Write the first 10,000 rows as a workbook in which the cells with findings are marked.

    ``findings`` are those of ``check``: the cell gets a colour (red for an error, yellow for a
    warning) and a comment with the code, the message, the hint and the suggestion; a finding on a
    column that is not there marks the ``row_id``. Every cell is text, so nothing is computed;
    ``read_table`` gives the rows back. Returns how many rows were written. Raises TableError for
    what no sheet can hold and when the file cannot be written.
    """
    rows = text_frame(frame.head(MOST_ROWS))
    refuse_unwritable(rows, path)
    marks = _marks(findings[findings[ROW_ID].isin(rows[ROW_ID])], list(rows.columns))
    with replacing(path) as draft:
        layout = Layout(name="Errors", frozen=(0, 1))
        write_workbook(draft, _marked_rows(rows, marks), layout)
    return len(rows)


def _marked_rows(
    rows: pd.DataFrame, marks: Mapping[tuple[str | None, str], Sequence[_Mark]]
) -> Iterator[list[Cell | None]]:
    names = [str(name) for name in rows.columns]
    cells = _rows(rows)
    yield [Cell(name, Style(bold=True)) for name in next(cells)]
    for texts in cells:
        row_id = texts[names.index(ROW_ID)]
        yield [
            _marked_cell(text, marks.get((row_id, name), ()))
            for name, text in zip(names, texts, strict=True)
        ]


def _marks(
    findings: pd.DataFrame, columns: Sequence[str]
) -> Mapping[tuple[str | None, str], list[_Mark]]:
    """Return the comments of each cell, by its row_id and column."""
    marks: dict[tuple[str | None, str], list[_Mark]] = {}
    lines = zip(*(as_arrow(findings[name]).to_pylist() for name in _TOLD), strict=True)
    for row_id, column, severity, code, *sentences, suggestion in lines:
        said = [*filter(None, sentences), *([f"Suggested: {suggestion}"] if suggestion else [])]
        place = column if column in columns else ROW_ID
        marks.setdefault((row_id, place), []).append(_Mark(severity, f"{code}: {' '.join(said)}"))
    return marks


def _marked_cell(text: str | None, marks: Sequence[_Mark]) -> Cell | None:
    if not marks:
        return None if text is None else Cell(text)
    severities = {mark.severity for mark in marks}
    colour = _COLOURS["error" if "error" in severities else "warning"]
    return Cell(text, Style(colour=colour), "\n".join(mark.text for mark in marks))


_NARROWEST, _WIDEST = 9, 60
# The widths are those of the first rows: who reads on sees the same kind of text.
_MEASURED = 200
_HEAD = Style(bold=True, colour="E4ECF7")
_SHOWN, _TO_FILL = Style(answers=True), Style(answers=True, colour="FFF7D6")


def write_answer_workbook(
    frame: pd.DataFrame, path: Path, choices: Mapping[str, Sequence[str]]
) -> None:
    """Write a frame as a workbook; cells of a column in ``choices`` offer those words.

    Other words may be written there too. Every cell is text; the header and the columns up to the
    last one with choices stay in sight. ``read_table`` gives the rows back. Raises InputError for
    another ending than .xlsx, TableError for what no sheet holds and when it cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path}: a workbook to fill in ends in .xlsx")
    rows = text_frame(frame)
    refuse_unwritable(rows, path)
    names = [str(name) for name in rows.columns]
    offered = {at: choices[name] for at, name in enumerate(names, 1) if name in choices}
    layout = Layout(
        name="Review",
        frozen=(max(offered, default=0), 1),
        widths=[_width(name, rows[name]) for name in names],
        offered=offered,
    )
    with replacing(path) as draft:
        write_workbook(draft, _rows_to_fill_in(rows, offered), layout)


def _width(name: str, column: pd.Series[str]) -> float:
    longest = column.head(_MEASURED).str.len().max()
    return min(max(_NARROWEST, len(name), longest if longest == longest else 0) + 2, _WIDEST)  # noqa: PLR0124  NaN


def _rows_to_fill_in(rows: pd.DataFrame, to_fill: Container[int]) -> Iterator[list[Cell]]:
    cells = _rows(rows)
    yield [Cell(name, _HEAD) for name in next(cells)]
    styles = [_TO_FILL if at in to_fill else _SHOWN for at in range(1, len(rows.columns) + 1)]
    for texts in cells:
        yield [Cell(text, style) for text, style in zip(texts, styles, strict=True)]
