"""Tables to files, by the ending of the file name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.atomic_files import replacing
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.schemas.frames import as_pandas, float_texts, text_column
from gsprep.tables.formula_escape import protect
from gsprep.tables.headers import header_text
from gsprep.tables.json_lines import write_json_lines
from gsprep.values.arrow import (
    TEXT,
    as_arrow,
    as_column,
    bytes_of,
    has_byte,
    has_repeats,
    joined,
    with_bytes,
)
from gsprep.values.text import quoted

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from gsprep.schemas.frames import Frame
    from gsprep.tables import parquet, workbook_writer
else:
    parquet = lazy_module("gsprep.tables.parquet")
    workbook_writer = lazy_module("gsprep.tables.workbook_writer")

# Any usual delimiter is quoted, not only the one in use: so the first records always show which
# one it is. A lone CR ends a line for many readers, and blanks around a cell get lost.
_QUOTED = r'[,;\t|"\r\n]|\A\s|\s\z'
_MARK = b"\xef\xbb\xbf"
_ROWS = 100_000
# A table of so few cells takes less time than its columns one by one.
_SHORT = 10_000


def write_csv(frame: pd.DataFrame, path: Path, delimiter: str) -> None:
    """Write a frame of text as UTF-8 with a byte order mark and LF at the end of lines."""
    _write_csv([{str(name): as_arrow(column) for name, column in frame.items()}], path, delimiter)


def _write_csv(tables: Iterable[dict[str, pa.Array]], path: Path, delimiter: str) -> None:
    with path.open("wb") as file:
        for nth, columns in enumerate(tables):
            if not nth:
                header = _cells(pa.array(list(columns), TEXT)).to_pylist()
                file.write(_MARK + delimiter.join(header).encode() + b"\n")
            for start in range(0, len(next(iter(columns.values()), ())), _ROWS):
                part = [cells.slice(start, _ROWS) for cells in columns.values()]
                file.write(_lines(_together(_cells, part), delimiter))


def _together(of: Callable[[Any], pa.Array], columns: list[Any]) -> list[pa.Array]:
    """Return what a function of cells gives for each column; it takes short columns as one.

    The evidence for a few people has a hundred columns.
    """
    rows = len(columns[0]) if columns else 0
    step = max(1, _SHORT // max(rows, 1))
    found: list[pa.Array] = []
    for start in range(0, len(columns), step):
        some = columns[start : start + step]
        join = np.concatenate if isinstance(some[0], np.ndarray) else pa.concat_arrays
        cells = of(join(some) if len(some) > 1 else some[0])
        found += [cells.slice(nth * rows, rows) for nth in range(len(some))]
    return found


def _cells(cells: pa.Array) -> pa.Array:
    """Return the cells as they are written."""
    # Of a column of reasons or countries each text is looked at once.
    if has_repeats(cells):
        alike = cells.dictionary_encode()
        return _each_written(alike.dictionary).take(alike.indices)
    return _each_written(cells)


def _each_written(cells: pa.Array) -> pa.Array:
    """Return the cells as they are written; most hold nothing to protect or to quote."""
    some = with_bytes(cells, _ANYWHERE, _AT_ENDS)
    if not some.any():
        return cells
    safe = protect(cells.filter(pa.array(some)))
    quoted = joined('"', pc.replace_substring(safe, '"', '""'), '"')
    written = pc.if_else(pc.match_substring_regex(safe, _QUOTED), quoted, safe)
    return pc.replace_with_mask(cells, pa.array(some), written)


# A part of a cell begins after ; CR or LF, so only a cell with one of them has parts. The last
# byte is the first of the full-width signs in UTF-8.
_ANYWHERE = b',;\t|"\r\n'
_AT_ENDS = b" \t\n\v\f\r'=+-@\xef"


def _lines(columns: list[pa.Array], delimiter: str) -> bytes:
    # A line of nothing would be read as no record.
    alone = '""' if len(columns) == 1 else ""
    ended = [*columns[:-1], joined(pc.fill_null(columns[-1], alone), "\n")]
    empty = pc.JoinOptions(null_handling="replace", null_replacement="")
    lines = pc.binary_join_element_wise(*ended, pa.scalar(delimiter, TEXT), options=empty)
    return bytes_of(lines)[1].tobytes()


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": lambda frame, path: write_csv(frame, path, ","),
    ".tsv": lambda frame, path: write_csv(frame, path, "\t"),
    ".xlsx": lambda frame, path: workbook_writer.write_xlsx(frame, path),  # noqa: PLW0108  imports it late
    ".parquet": lambda frame, path: parquet.write_parquet(frame, path),  # noqa: PLW0108  as well
    ".jsonl": write_json_lines,
    ".ndjson": write_json_lines,
}


def write_table(frame: Frame, path: str | os.PathLike[str]) -> Path:
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
    text = _as_text(as_pandas(frame), of=str(target))
    if target.suffix.lower() == ".xlsx":
        workbook_writer.refuse_unwritable(text, target)
    with replacing(target) as draft:
        writer(text, draft)
    return target


def write_tables(frames: Iterable[pd.DataFrame], path: Path) -> Path:
    """Write frames of the same columns as one CSV file, as ``write_table`` does; at least one."""
    with replacing(path) as draft:
        _write_csv((_text_cells(frame, of=str(path)) for frame in frames), draft, ",")
    return path


def writer_of(target: Path) -> Callable[[pd.DataFrame, Path], None]:
    """Return what writes files of a name's ending; InputError when nothing does."""
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        endings = ", ".join(_WRITERS)
        raise InputError(
            f"{target}: the ending is not supported. Name a file that ends in {endings}."
        )
    return writer


def _as_text(frame: pd.DataFrame, *, of: str) -> pd.DataFrame:
    text = {name: as_column(cells).array for name, cells in _text_cells(frame, of=of).items()}
    return pd.DataFrame(text, index=pd.RangeIndex(len(frame)))


def _text_cells(frame: pd.DataFrame, *, of: str) -> dict[str, pa.Array]:
    """Return the cells of each column as text."""
    names = [str(name) for name in frame.columns]
    for at, name in enumerate(names, 1):
        if not header_text(name) or names.count(name) > 1:
            raise InputError(f"{of}: column {at} needs a unique header. Rename it.")
        if "\0" in name:
            raise InputError(f"{of}: {_broken(name, 'a NUL character')}")
    columns = dict(zip(names, (column for _, column in frame.items()), strict=True))
    found: dict[str, pa.Array] = {}
    for kind in (np.float32, np.float64):
        numbers = {name: one.to_numpy() for name, one in columns.items() if one.dtype == kind}
        found |= zip(numbers, _together(float_texts, list(numbers.values())), strict=True)
    return {
        name: found[name] if name in found else _text(column, of=of)
        for name, column in columns.items()
    }


def _text(column: pd.Series, *, of: str) -> pa.Array:
    name = str(column.name)
    try:
        text = as_arrow(text_column(column))
    except UnicodeEncodeError as failure:
        raise InputError(f"{of}: {_broken(name, 'half a character')}") from failure
    if has_byte(text, b"\0"):
        raise InputError(f"{of}: {_broken(name, 'a NUL character')}")
    return text


def _broken(name: str, what: str) -> str:
    shown = quoted(name.encode(errors="replace").decode())
    return f"the column {shown} holds {what}, which a text file cannot. Clean the column first."
