"""How values reach a screen or a page: masked and escaped, in one place."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

# Columns whose values gsprep wrote; everything else is masked.
_OURS = frozenset({
    "row_id", "rule", "column", "code", "message", "hint", "severity", "verdict", "probability",
    "margin", "outcome", "batch",
})  # fmt: skip
_OF_THE_SERVICE = frozenset({"error_code", "error_field", "request_id"})
# Users' columns that name no person, as long as they hold what belongs there: in a file whose
# columns are shifted a name stands under Country.
_IN_FORM = frozenset({
    "IsPrimaryCompany", "Active", "EmailOptOut", "Country", "Company_ID", "Gsid", "Person_ID",
    "runner_up_id",
})  # fmt: skip
_FORM = re.compile(r"(?i:true|false)|[A-Z]{2}|[0-9A-Z]{36}")
_LONGEST_OUTLINE = 60
# They spell words in Persian and in the Indic scripts, and draw one picture of several.
_JOINERS = frozenset("\u200c\u200d")
# Format characters, controls, halves of characters and those that nobody has assigned.
_HIDING = frozenset({"Cf", "Cc", "Cs", "Cn", "Co"})
_STYLE = "border:1px solid #ccc;padding:2px 8px;text-align:left"


def mask(value: str) -> str:
    """Return a value as it may be shown: enough to recognise it, too little to learn it.

    >>> mask("jane@acme.com"), mask("Jane Doe")
    ('j***@a***.com', 'J***')
    """
    mailbox, at, domain = value.rpartition("@")
    if at and mailbox and "." in domain:
        return f"{mailbox[0]}***@{domain[0]}***.{domain.rpartition('.')[2]}"
    return f"{value[:1]}***" if value else ""


def outline(value: str) -> str:
    r"""Return the form of a value without what it says: x for a letter, 0 for a digit.

    What cannot be seen is written as its code. The first 60 characters are drawn.

    >>> outline(" Jane@ACME.com"), outline("+1 (415) 555-0102\u200b")
    (' Xxxx@XXXX.xxx', '+0 (000) 000-0000\\u200b')
    """
    drawn = "".join(map(_outlined, value[:_LONGEST_OUTLINE]))
    return f"{drawn}…" if len(value) > _LONGEST_OUTLINE else drawn


def _outlined(character: str) -> str:
    if character.isalpha():
        return "X" if character.isupper() else "x"
    if character.isnumeric():
        return "0"
    return character if character.isprintable() else f"\\u{ord(character):04x}"


def legible(value: str, longest: int = 200) -> str:
    r"""Return a value as a page shows it: cut where it is long, with hidden characters as codes.

    Blanks become one; a mark that turns the direction of text cannot turn the page around it.

    >>> legible("Acme\u202e  GmbH"), legible("a" * 900, longest=3)
    ('Acme[U+202E] GmbH', 'aaa…')
    """
    # A hidden character makes eight of one, so the cut comes first.
    drawn = " ".join("".join(map(_drawn, value[:longest])).split())
    return f"{drawn}…" if len(value) > longest else drawn


def _drawn(character: str) -> str:
    if character in _JOINERS or character.isspace():
        return character
    hides = unicodedata.category(character) in _HIDING
    return f"[U+{ord(character):04X}]" if hides else character


def plain(name: str, counts: Mapping[str, object]) -> str:
    """Return a result as one line of text: its name and its counts.

    >>> plain("Cleaned", {"rows": 3, "changes": 2})
    'Cleaned(rows=3, changes=2)'
    """
    return f"{name}({', '.join(f'{key}={value}' for key, value in counts.items())})"


def counts_html(name: str, counts: Mapping[str, object]) -> str:
    """Return a result's counts as an escaped HTML table."""
    cells = "".join(
        f"<tr><th style='{_STYLE}'>{escape(str(key))}</th>"
        f"<td style='{_STYLE}'>{escape(str(value))}</td></tr>"
        for key, value in counts.items()
    )
    return f"<p><strong>{escape(name)}</strong></p><table>{cells}</table>"


def frame_html(frame: pd.DataFrame, *, rows: int = 5, reveal: bool = False) -> str:
    """Return the first rows of a frame as an escaped HTML table, masked unless ``reveal``."""
    shown = frame.head(rows).astype("object")
    shown = shown.where(shown.notna(), None)
    head = "".join(f"<th style='{_STYLE}'>{escape(str(name))}</th>" for name in shown.columns)
    body = "".join(
        "<tr>" + "".join(_cell(str(n), v, reveal=reveal) for n, v in line.items()) + "</tr>"
        for line in shown.to_dict("records")
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(column: str, value: object, *, reveal: bool) -> str:
    if value is None:
        text = ""
    elif reveal or _is_open(column, str(value)):
        text = str(value)
    else:
        text = mask(str(value))
    return f"<td style='{_STYLE}'>{escape(text)}</td>"


def _is_open(column: str, value: str) -> bool:
    if column in _IN_FORM:
        return _FORM.fullmatch(value) is not None
    return column in _OURS or (column in _OF_THE_SERVICE and "@" not in value)
