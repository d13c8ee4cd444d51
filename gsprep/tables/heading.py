"""The line of headers, and the lines above it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsprep.display import few, plural
from gsprep.errors import InputError, TableError
from gsprep.schemas.frames import ROW_ID
from gsprep.tables.headers import DATA, count_fields, header_text, refuse_wrong_heading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.headers import Line

# So many lines with text are looked at: titles, filters and dates may be above the headers.
LOOKED_AT = 30
# Below so many lines, words that are also headers are taken for values.
_NEAR = 6
# One known word in a line can be a value ("Phone" as the preferred channel); two are headers.
_ENOUGH = 2
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_HOW = "--header {0} (header={0} in Python)"


def find_headers(
    path: Path | str, lines: Sequence[Line], of: ObjectFields | None, chosen: int | None = None
) -> tuple[int, tuple[str, ...]]:
    """Return the place of the headers among the first lines, and a note on lines above them.

    ``lines`` are those with text, each with its number and its cells; ``chosen`` is the number of
    the line of headers, if it is known. Raises TableError if the headers are not certain.
    """
    if chosen is not None:
        at = _chosen(path, lines, chosen)
        refuse_wrong_heading(path, lines[at : at + 2], of)
        return at, ()
    at = _headers_below(path, lines, of)
    refuse_wrong_heading(path, lines[at : at + _NEAR], of)
    return at, _note(lines, at)


def check_header_option(header: int | None) -> None:
    """Raise InputError if the number of the line of headers is none."""
    if header is not None and header < 1:
        raise InputError("--header is the number of the line of headers, counted from 1")


def _chosen(path: Path | str, lines: Sequence[Line], chosen: int) -> int:
    for at, (line, _) in enumerate(lines):
        if line == chosen:
            return at
    below = [line for line, _ in lines if line > chosen]
    problem = f"line {chosen} has no text" if below else f"it ends before line {chosen}"
    cure = f"The next line with text is {below[0]}." if below else "Change --header (header=)."
    raise TableError(path, problem, cure)


def _headers_below(path: Path | str, lines: Sequence[Line], of: ObjectFields | None) -> int:
    """Return the place of the headers; 0 unless a line below is certain to hold them."""
    first = lines[0][1]
    # A row_id is ours: such a line is no title, whatever else it holds.
    if ROW_ID in map(header_text, first):
        return 0
    needed = max(_ENOUGH, count_fields(first, of) + 1)
    for at in range(1, len(lines)):
        line, cells = lines[at]
        if count_fields(cells, of) < needed:
            continue
        if all(_is_title(above, len(_filled(cells))) for _, above in lines[:at]):
            return at
        if at < _NEAR:
            raise _not_first(path, lines[0][0], line)
    _refuse_title(path, lines, of)
    return 0


def _not_first(path: Path | str, first: int, line: int) -> TableError:
    return TableError(
        path,
        f"the headers are on this line, not on line {first}",
        f"Delete the lines above them, or write {_HOW.format(line)}.",
        line=line,
    )


def _filled(cells: Sequence[str]) -> list[str]:
    return [text for cell in cells if (text := header_text(cell))]


def _is_title(cells: Sequence[str], width: int) -> bool:
    """Return whether a line above ``width`` headers is a title, a filter or a date: no record."""
    filled = _filled(cells)
    if len(filled) <= 1:
        return not any(DATA.fullmatch(cell) or _is_address(cell) for cell in filled)
    if filled[0].endswith(":"):
        return True
    return len(filled) < width and not any(DATA.search(_DATE.sub("", cell)) for cell in filled)


def _is_address(cell: str) -> bool:
    return "@" in cell and len(cell.split()) == 1


def _refuse_title(path: Path | str, lines: Sequence[Line], of: ObjectFields | None) -> None:
    """Raise TableError if the first line is a title and a line below looks like headers."""
    first, cells = lines[0]
    is_title = len(_filled(cells)) == 1 and header_text(cells[0]) and not count_fields(cells, of)
    if not is_title:
        return
    below = [(line, _filled(cells)) for line, cells in lines[1:]]
    at = next((at for at, (_, filled) in enumerate(below) if len(filled) >= _ENOUGH), None)
    if at is None or at + 1 == len(below):
        return
    line, headers = below[at]
    are_names = all(any(map(str.isalpha, h)) and not DATA.search(h) for h in headers)
    is_table = all(len(filled) >= _ENOUGH for _, filled in below[at + 1 : at + _NEAR])
    if are_names and is_table and len(set(headers)) == len(headers):
        raise TableError(
            path,
            f"line {first} has one cell only, and the headers seem to be on this line",
            f"Write {_HOW.format(line)}, or delete the lines above the headers.",
            line=line,
        )


def _note(lines: Sequence[Line], at: int) -> tuple[str, ...]:
    if not at:
        return ()
    above = [line for line, _ in lines[:at]]
    what = few(plural(at, "line", "lines"), above)
    left_out = plural(at, "is", "are")
    return (f"the headers are on line {lines[at][0]}: {what} above them {left_out} left out",)
