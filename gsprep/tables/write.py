"""Tables to files, by the ending of the file name."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.cell import WriteOnlyCell

from gsprep.errors import InputError, TableError
from gsprep.schemas.frames import text_column
from gsprep.tables.formula_escape import protect
from gsprep.tables.headers import header_text, quoted
from gsprep.tables.json_lines import write_json_lines
from gsprep.tables.parquet import write_parquet
from gsprep.tables.raw_table import MAX_COLUMNS
from gsprep.values.arrow import as_arrow, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

# Any usual delimiter is quoted, not only the one in use: so the first records always show which
# one it is. A lone CR ends a line for many readers, and blanks around a cell get lost.
_QUOTED = r'[,;\t|"\r\n]|\A\s|\s\z'
_MARK = b"\xef\xbb\xbf"
_ROWS = 100_000


def write_csv(frame: pd.DataFrame, path: Path, delimiter: str) -> None:
    """Write a frame of text as UTF-8 with a byte order mark and LF at the end of lines."""
    header = pa.array([str(name) for name in frame.columns], pa.large_string())
    with path.open("wb") as file:
        file.write(_MARK + delimiter.join(_cells(header).to_pylist()).encode() + b"\n")
        for start in range(0, len(frame), _ROWS):
            part = frame.iloc[start : start + _ROWS]
            file.write(_lines([_cells(as_arrow(part[name])) for name in part.columns], delimiter))


def _cells(cells: pa.Array) -> pa.Array:
    safe = protect(cells)
    quoted = joined('"', pc.replace_substring(safe, '"', '""'), '"')
    return pc.if_else(pc.match_substring_regex(safe, _QUOTED), quoted, safe)


def _lines(columns: list[pa.Array], delimiter: str) -> bytes:
    # A line of nothing would be read as no record.
    alone = '""' if len(columns) == 1 else ""
    filled = [pc.fill_null(column, alone) for column in columns]
    lines = joined(*filled, between=delimiter)
    return ("\n".join(lines.to_pylist()) + "\n").encode()


# The limits of a sheet: support.microsoft.com, "Excel specifications and limits".
MAX_ROWS = 1_048_576
MAX_CHARACTERS = 32_767

# XML cannot hold these; the format writes them as _xHHHH_, and so also text of that form.
# Source: ECMA-376, part 1, 22.9.2.19 (ST_Xstring).
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\r]|_(?=x[0-9A-Fa-f]{4}_)")
# Readers do not take the escape of these two back.
_NO_CHARACTER = r"[\x{FFFE}\x{FFFF}]"
_USE_CSV = "Write it as .csv or .parquet."


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame of text as a workbook of one sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append([_cell(sheet, str(name)) for name in frame.columns])
    for row in _rows(frame):
        sheet.append([cell if cell is None else _cell(sheet, cell) for cell in row])
    book.save(path)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[str | None, ...]]:
    columns = [as_arrow(frame[name]).to_pylist() for name in frame.columns]
    return zip(*columns, strict=True)


def _cell(sheet: WriteOnlyWorksheet, text: str) -> str | WriteOnlyCell:
    escaped = _UNWRITABLE.sub(_escape, text)
    # A plain string is quicker; the library takes these beginnings for formulas and errors.
    if not escaped.startswith(("=", "#", "@")):
        return escaped
    return text_cell(sheet, text)


def text_cell(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    """Return a cell of text that stays text: not computed, nor when a person edits it."""
    cell = WriteOnlyCell(sheet, _UNWRITABLE.sub(_escape, text))
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def refuse_unwritable(frame: pd.DataFrame, path: Path) -> None:
    """Raise TableError for more rows, columns or text than a sheet holds."""
    if len(frame) >= MAX_ROWS or len(frame.columns) > MAX_COLUMNS:
        problem = f"a sheet holds {MAX_ROWS:,} rows with the headers and {MAX_COLUMNS:,} columns"
        raise TableError(path, problem, _USE_CSV)
    for name in frame.columns:
        cells = pa.concat_arrays([pa.array([str(name)], pa.large_string()), as_arrow(frame[name])])
        if pc.any(pc.match_substring_regex(cells, _NO_CHARACTER)).as_py():
            raise TableError(path, "a cell holds U+FFFE or U+FFFF, which no sheet can", _USE_CSV)
        # An escaped character takes seven, so shorter cells need no measuring.
        long = pc.filter(cells, pc.greater(pc.utf8_length(cells), MAX_CHARACTERS // 7))
        if any(_length(cell) > MAX_CHARACTERS for cell in long.to_pylist()):
            problem = f"a cell holds at most {MAX_CHARACTERS:,} characters, and one is longer"
            raise TableError(path, problem, _USE_CSV)


def _length(cell: str | None) -> int:
    # Excel counts in UTF-16 units.
    return len(_UNWRITABLE.sub(_escape, cell or "").encode("utf-16-le")) // 2


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": lambda frame, path: write_csv(frame, path, ","),
    ".tsv": lambda frame, path: write_csv(frame, path, "\t"),
    ".xlsx": write_xlsx,
    ".parquet": write_parquet,
    ".jsonl": write_json_lines,
    ".ndjson": write_json_lines,
}


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame as .csv, .tsv, .xlsx, .parquet or .jsonl; ``read_table`` gives it back.

    Every column is written as text, missing cells stay empty; the index is left out. The file is
    readable to its owner only (0600) and replaces an older one in one step. CSV is UTF-8 with a
    byte order mark; cells that a spreadsheet would compute get an apostrophe there, and stay
    text in a workbook.

    Args:
        frame: the rows to write.
        path: the file; its ending says the format.

    Returns:
        The path of the file.

    Raises:
        InputError: for another ending, a repeated or blank header and characters that are no text.
        TableError: if the file cannot be written.

    Examples:
        >>> import pathlib, tempfile
        >>> frame = pd.DataFrame({"Email": ["ana@acme.com"], "Phone": ["+14155550102"]})
        >>> path = gsprep.write_table(frame, pathlib.Path(tempfile.mkdtemp()) / "people.parquet")
        >>> gsprep.read_table(path)[["Email", "Phone"]].equals(frame)
        True
    """
    target = Path(path).expanduser()
    writer = writer_of(target)
    text = _as_text(frame, of=str(target))
    if writer is write_xlsx:
        refuse_unwritable(text, target)
    with replacing(target) as draft:
        writer(text, draft)
    return target


def writer_of(target: Path) -> Callable[[pd.DataFrame, Path], None]:
    """Return what writes files of a name's ending; InputError when nothing does."""
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise InputError(
            f"{target}: the ending is no known format. Use one of {', '.join(_WRITERS)}."
        )
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
def replacing(target: Path) -> Iterator[Path]:
    """Yield a draft (0600) next to the target; it replaces the target if nothing fails.

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
        return TableError(target, "its folder does not exist", "Create the folder first.")
    return TableError(
        target,
        "it cannot be written",
        "Close it in other programs, and check the right to write there and the free space.",
    )
