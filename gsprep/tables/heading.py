"""Which line holds the headers: titles above them, a second line of them, or none at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsprep.errors import TableError
from gsprep.mapping.aliases import meaning, understood
from gsprep.schemas.frames import ROW_ID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gsprep.schemas.fields import ObjectFields

# Zero-width characters, marks of direction and soft hyphens stand beside pasted names.
_UNSEEN = r"[\s\x00-\x1f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
_AROUND = re.compile(rf"\A{_UNSEEN}+|{_UNSEEN}+\Z")
# An address, whole or not, and seven digits or more in a row but for blanks and punctuation.
_DATA = re.compile(r"\w@|@\w|(?:\d[\s().+/-]*){7,}")
# One known word in a line can be a value ("Phone" as the preferred channel); two are headers.
_ENOUGH = 2

Line = tuple[int, "Sequence[str]"]


def header_text(cell: str) -> str:
    r"""Return a header without blanks and invisible marks around it; "" when nothing is left.

    >>> header_text("\ufeff Shoe  size ")
    'Shoe  size'
    """
    return _AROUND.sub("", cell)


def refuse_wrong_heading(path: Path, lines: Sequence[Line], of: ObjectFields | None) -> None:
    """Raise TableError when the first of the lines does not hold the headers, or not alone.

    ``lines`` are the first few of the file, each with its number and its cells.
    """
    (first, headers), *below = lines
    if ROW_ID not in headers and any(_DATA.search(cell) for cell in headers):
        raise TableError(
            path,
            "an e-mail address or a telephone number stands where a header should be",
            "Add a first line with the names of the columns.",
            line=first,
        )
    if len(headers) == 1 and any(known(headers[0].split(d), of) >= _ENOUGH for d in ",;\t|"):
        raise TableError(
            path,
            "quotes stand around the whole line of headers, so they are one cell",
            "Take the quotes around whole lines away, or export the file again.",
            line=first,
        )
    # A row_id is ours: such a line is no title, whatever else it holds.
    for line, cells in [] if ROW_ID in headers else below:
        if known(cells, of) >= max(_ENOUGH, known(headers, of) + 1):
            raise TableError(
                path,
                f"the headers stand on this line, not on line {first}",
                "Delete the lines above them.",
                line=line,
            )
    if below and _says_the_same(headers, below[0][1], of):
        raise TableError(
            path,
            f"the headers stand on line {first} and again on this line",
            "Delete one of the two.",
            line=below[0][0],
        )


def known(cells: Sequence[str], of: ObjectFields | None) -> int:
    """Return how many different API names the cells mean."""
    found = (meaning(header_text(cell), of) for cell in cells)
    return len({means.name for means in found if means})


def _says_the_same(headers: Sequence[str], cells: Sequence[str], of: ObjectFields | None) -> bool:
    named = [(header_text(h), header_text(c)) for h, c in zip(headers, cells, strict=False)]
    said = [(h, c) for h, c in named if c]
    same = [h for h, c in said if understood(h, of).casefold() == understood(c, of).casefold()]
    telling = len(same) >= _ENOUGH or any(meaning(header, of) for header in same)
    return bool(same) and len(same) == len(said) and telling
