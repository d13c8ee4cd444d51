"""Which delimiter a text file uses, told by its first records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.tables.heading import known

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

_SAMPLE = 64_000
_RECORDS = 200
# A title may take a few lines before the headers.
_TITLES = 6
# Excel writes such a first line where the delimiter is not the one of the country.
_SEP = re.compile(r"sep=(\t|[^\s\w\"'])[ ,;\t]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
# Quoted text counts for one letter; an unclosed quote reaches to the end of the sample.
_QUOTED = re.compile(r'(?:\A|(?<=[,;\t|\r\n]))( *)"(?:[^"]++|"")*+(?:"|\Z)')
_LINES = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the records of a text file are written.

    Attributes:
        delimiter: the character between two cells.
        start: where the records begin, after a ``sep=`` line.
        blanks_before_quotes: whether quotes stand after blanks, as in ``Ruiz, "Ana"``.
    """

    delimiter: str
    start: int = 0
    blanks_before_quotes: bool = False

    @property
    def line(self) -> int:
        """The number of the line on which the records begin."""
        return 2 if self.start else 1


def sniff(text: str) -> Dialect:
    r"""Return how a text file is written; one column without any delimiter is read with commas.

    >>> sniff('Name;Revenue\nAcme;1,5\n"a, b";2,5\n').delimiter
    ';'
    >>> sniff("sep=|\na|b\n").delimiter
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
    # Tabs stand in no text that people type, so they win where two delimiters fit.
    share = sum(count == expected for count in counts[at:]) / len(counts[at:])
    return (share, delimiter == "\t", expected)


def _header(lines: Sequence[str], delimiter: str) -> int | None:
    """The first line, unless it lacks the delimiter and one below holds known headers."""
    if delimiter in lines[0]:
        return 0
    heads = (
        at for at, line in enumerate(lines[:_TITLES]) if known(line.split(delimiter), None) > 1
    )
    return next(heads, None)
