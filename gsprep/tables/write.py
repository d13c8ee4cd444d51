"""Tables to files, by the ending of the file name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.atomic_files import replacing
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.schemas.frames import as_pandas, text_column
from gsprep.tables.formula_escape import protect
from gsprep.tables.headers import header_text
from gsprep.tables.json_lines import write_json_lines
from gsprep.values.arrow import (
    TEXT,
    as_arrow,
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


def write_csv(frame: pd.DataFrame, path: Path, delimiter: str) -> None:
    """Write a frame of text as UTF-8 with a byte order mark and LF at the end of lines."""
    _write_csv([frame], path, delimiter)


def _write_csv(frames: Iterable[pd.DataFrame], path: Path, delimiter: str) -> None:
    with path.open("wb") as file:
        for nth, frame in enumerate(frames):
            header = pa.array([str(name) for name in frame.columns], pa.large_string())
            if not nth:
                file.write(_MARK + delimiter.join(_cells(header).to_pylist()).encode() + b"\n")
            for start in range(0, len(frame), _ROWS):
                part = frame.iloc[start : start + _ROWS]
                cells = [_cells(as_arrow(part[name])) for name in part.columns]
                file.write(_lines(cells, delimiter))


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
        _write_csv((_as_text(frame, of=str(path)) for frame in frames), draft, ",")
    return path


def writer_of(target: Path) -> Callable[[pd.DataFrame, Path], None]:
    """Return what writes files of a name's ending; InputError when nothing does."""
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise InputError(
            f"{target}: the ending is not supported. Use one of {', '.join(_WRITERS)}."
        )
    return writer


def _as_text(frame: pd.DataFrame, *, of: str) -> pd.DataFrame:
    names = [str(name) for name in frame.columns]
    for at, name in enumerate(names, 1):
        if not header_text(name) or names.count(name) > 1:
            raise InputError(f"{of}: column {at} needs a unique header. Rename it.")
    columns = zip(names, (column for _, column in frame.items()), strict=True)
    text = {name: _text(column, of=of).array for name, column in columns}
    return pd.DataFrame(text, index=pd.RangeIndex(len(frame)))


def _text(column: pd.Series, *, of: str) -> pd.Series[str]:
    name = str(column.name)
    try:
        text = text_column(column)
        holds_nul = "\0" in name or has_byte(as_arrow(text), b"\0")
    except UnicodeEncodeError as failure:
        raise InputError(f"{of}: {_broken(name, 'half a character')}") from failure
    if holds_nul:
        raise InputError(f"{of}: {_broken(name, 'a NUL character')}")
    return text


def _broken(name: str, what: str) -> str:
    shown = quoted(name.encode(errors="replace").decode())
    return f"the column {shown} holds {what}, which a text file cannot. Clean the column first."
