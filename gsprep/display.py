"""How values reach a screen or a page: masked and escaped, in one place."""

from __future__ import annotations

import re
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


def heading(name: object) -> str:
    """Return the header of a column as it may be shown: short, and masked where it is an address.

    In a file without headers the first row stands there.

    >>> heading("Phone"), heading("ana@acme.com"), heading("x" * 70)[-3:]
    ('Phone', 'a***@a***.com', 'xx…')
    """
    text = " ".join(str(name).split())
    text = mask(text) if "@" in text else text
    return f"{text[:_LONGEST_OUTLINE]}…" if len(text) > _LONGEST_OUTLINE else text


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
