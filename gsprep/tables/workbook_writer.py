"""Workbooks of frames: plain, with marked errors, to fill in."""

from __future__ import annotations

import re
from contextlib import contextmanager
from html import escape
from itertools import chain
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_rowcol_to_cell_fast
from xlsxwriter.worksheet import Worksheet

from gsprep.atomic_files import replacing
from gsprep.errors import InputError, TableError
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.tables.raw_table import MAX_COLUMNS
from gsprep.values.arrow import among, as_arrow, as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from xlsxwriter.format import Format

# The limits of a sheet: support.microsoft.com, "Excel specifications and limits".
MAX_ROWS = 1_048_576
MAX_CHARACTERS = 32_767

# XML cannot hold these; the format writes them as _xHHHH_, and so also text of that form.
# Source: ECMA-376, part 1, 22.9.2.19 (ST_Xstring).
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\r]|_(?=x[0-9A-Fa-f]{4}_)")
# Readers do not take the escape of these two back.
_NO_CHARACTER = r"[\x{FFFE}\x{FFFF}]"
_USE_CSV = "Write it as .csv or .parquet."
# Cells without any of these are written as they are.
_SPECIAL = re.compile(f"[&<>]|{_UNWRITABLE.pattern}")


def _escaped(text: str) -> str:
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


class _Sheet(Worksheet):  # type: ignore[misc]  # the library ships no types
    def write_texts(
        self,
        row: int,
        cells: Sequence[str | None],
        look: Format | None,
        looks: Mapping[int, Format],
    ) -> None:
        """Write the texts of a row; ``looks`` are those of columns that look otherwise.

        A missing cell is left out, or blank in one of ``looks``. Cell by cell the library takes
        five times as long, and it loses a part of _x0041_x0042_.
        """
        written, usual = [], _style(look)
        self._check_dimensions(row, 0)
        self._check_dimensions(row, len(cells) - 1)
        for column, text in enumerate(cells):
            style = _style(looks[column]) if column in looks else usual
            cell = f'<c r="{xl_rowcol_to_cell_fast(row, column)}"{style}'
            if text is not None:
                keep = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
                content = escape(_escaped(text), quote=False) if _SPECIAL.search(text) else text
                written.append(f'{cell} t="inlineStr"><is><t{keep}>{content}</t></is></c>')
            elif column in looks:
                written.append(f"{cell}/>")
        self.fh.write(f'<row r="{row + 1}">{"".join(written)}</row>')


def _style(look: Format | None) -> str:
    return "" if look is None else f' s="{look._get_xf_index()}"'  # noqa: SLF001


@contextmanager
def _workbook(path: Path, name: str) -> Iterator[tuple[Workbook, Worksheet]]:
    """Give a workbook with one sheet to be filled row by row, and save it."""
    # The library leaves its drafts, and one of them open, where it fails.
    with TemporaryDirectory(prefix="gsprep-") as folder:
        book = Workbook(path, {"constant_memory": True, "tmpdir": folder, "use_zip64": True})
        sheet = book.add_worksheet(name, _Sheet)
        try:
            with book:
                yield book, sheet
        except FileCreateError as failure:
            sheet.row_data_fh.close()
            raise OSError(str(failure)) from failure


# A cell of text that stays text: not computed, nor when a person edits it.
_TEXT = {"quote_prefix": True}


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame of text as a workbook of one sheet."""
    with _workbook(path, "Sheet1") as (book, sheet):
        text = book.add_format(_TEXT)
        for at, row in enumerate(chain([tuple(map(str, frame.columns))], _rows(frame))):
            risky = {n: text for n, cell in enumerate(row) if cell and cell[0] in "=#@"}
            sheet.write_texts(at, row, None, risky)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[str | None, ...]]:
    return zip(*(as_list(as_arrow(frame[name])) for name in frame.columns), strict=True)


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
    return len(_escaped(cell or "").encode("utf-16-le")) // 2


# A comment is a drawing to a spreadsheet: with more of them it opens for minutes.
MOST_ROWS = 10_000
_FILLS = {"error": "#FFC7CE", "warning": "#FFEB9C"}
_TOLD = ("row_id", "column", "severity", "code", "message", "hint", "suggestion")
_WIDTH, _HEIGHT_OF_A_LINE, _LETTERS_IN_A_LINE = 320, 20, 45
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


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
    names = list(map(str, rows.columns))
    marks = _marks(findings[among(findings[ROW_ID], rows[ROW_ID])], names)
    with replacing(path) as draft, _workbook(draft, "Errors") as (book, sheet):
        text = book.add_format(_TEXT)
        fills = {name: book.add_format(_TEXT | {"bg_color": _FILLS[name]}) for name in _FILLS}
        sheet.freeze_panes(1, 0)
        sheet.write_texts(0, names, book.add_format(_TEXT | {"bold": True}), {})
        for at, cells in enumerate(_rows(rows), 1):
            marked = marks.get(cells[names.index(ROW_ID)], {})
            worst = {column: min(told)[0] for column, told in marked.items()}  # error, warning
            sheet.write_texts(at, cells, text, {place: fills[of] for place, of in worst.items()})
            for column, told in marked.items():
                sheet.write_comment(at, column, *_comment("\n".join(said for _, said in told)))
    return len(rows)


def _marks(
    findings: pd.DataFrame, columns: Sequence[str]
) -> Mapping[str | None, Mapping[int, Sequence[tuple[str, str]]]]:
    """Return severity and sentences of the findings of each cell, by row_id and column."""
    marks: dict[str | None, dict[int, list[tuple[str, str]]]] = {}
    places = {name: at for at, name in enumerate(columns)}
    lines = zip(*(as_list(as_arrow(findings[name])) for name in _TOLD), strict=True)
    for row_id, column, severity, code, *sentences, suggestion in lines:
        said = [*filter(None, sentences), *([f"Suggested: {suggestion}"] if suggestion else [])]
        place = places.get(str(column), places[ROW_ID])
        found = marks.setdefault(row_id, {}).setdefault(place, [])
        found.append((str(severity), f"{code}: {' '.join(said)}"))
    return marks


def _comment(text: str) -> tuple[str, Mapping[str, object]]:
    lines = 1 + sum(1 + len(line) // _LETTERS_IN_A_LINE for line in text.split("\n"))
    size = {"height": lines * _HEIGHT_OF_A_LINE, "width": _WIDTH}
    return _CONTROLS.sub("?", text), {"author": "gsprep", **size}


_NARROWEST, _WIDEST = 9, 60
# The widths are those of the first rows: who reads on sees the same kind of text.
_MEASURED = 200
# Text, also if someone types a number: the first candidate is "1" and not 1.0.
_ANSWER = {"num_format": "@", "valign": "top"}
_TO_FILL, _HEAD = {"bg_color": "#FFF7D6"}, {"bold": True, "bg_color": "#E4ECF7"}


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
    to_fill = [at for at, name in enumerate(names) if name in choices]
    with replacing(path) as draft, _workbook(draft, "Review") as (book, sheet):
        usual, open_ = (book.add_format(_TEXT | _ANSWER | more) for more in ({}, _TO_FILL))
        looks = {at: open_ if at in to_fill else usual for at in range(len(names))}
        for at, name in enumerate(names):
            sheet.set_column(at, at, _width(name, rows[name]))
        sheet.freeze_panes(1, max(to_fill, default=-1) + 1)
        sheet.write_texts(0, names, book.add_format(_TEXT | _HEAD), {})
        for at, cells in enumerate(_rows(rows), 1):
            sheet.write_texts(at, cells, None, looks)
        for column in to_fill:
            offered = _offered(choices[names[column]])
            sheet.data_validation(1, column, max(len(rows), 1), column, offered)


def _width(name: str, column: pd.Series[str]) -> float:
    longest = column.head(_MEASURED).str.len().max()
    return min(max(_NARROWEST, len(name), longest if longest == longest else 0) + 2, _WIDEST)  # noqa: PLR0124  NaN


def _offered(words: Sequence[str]) -> Mapping[str, object]:
    """Return the list for the cells of a column; what is not on it is asked about, not refused."""
    return {
        "validate": "list",
        "source": list(words),
        "error_type": "warning",
        "error_title": "Not on the list",
        "error_message": f"Usually {', '.join(words)}. Keep it?",
    }
