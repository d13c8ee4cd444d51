"""Values for a screen or a page, masked and escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sized
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

# Columns whose values gsprep wrote; everything else is masked.
_OURS = frozenset({
    "row_id", "rule", "column", "code", "message", "hint", "severity", "verdict", "probability",
    "margin", "outcome", "batch",
})  # fmt: skip
_OF_THE_SERVICE = frozenset({"error_code", "error_field", "request_id"})
# Users' columns that identify no person, if they hold their own values: in a file whose
# columns are shifted, a name may be under Country.
_IN_FORM = frozenset({
    "IsPrimaryCompany", "Active", "EmailOptOut", "Country", "Company_ID", "Gsid", "Person_ID",
    "runner_up_id", "line",
})  # fmt: skip
_FORM = re.compile(r"(?i:true|false)|[A-Z]{2}|[0-9A-Z]{36}|[0-9]{1,5}")
_LONGEST_OUTLINE = 60
_FEW = 3
# Persian and Indic scripts spell words with them, and emoji are combined by them.
_JOINERS = frozenset("\u200c\u200d")
# Format characters, controls, surrogates and unassigned characters.
_HIDING = frozenset({"Cf", "Cc", "Cs", "Cn", "Co"})
# Half-transparent grey shows on a light notebook and on a dark one.
_LINE = "border-bottom:1px solid rgba(128,128,128,.35);padding:2px 8px;vertical-align:top"
_STYLE = f"{_LINE};text-align:left"
_NUMBER = f"{_LINE};text-align:right"


def plural(count: int, one: str, many: str) -> str:
    """Return the word, or words, for a count.

    >>> [f"{count} {plural(count, 'row', 'rows')}" for count in (1, 2)]
    ['1 row', '2 rows']
    """
    return one if count == 1 else many


def mask(value: str) -> str:
    """Return a masked value: enough to recognise it, not enough to learn it.

    >>> mask("jane@acme.com"), mask("Jane Doe")
    ('j***@a***.com', 'J***')
    """
    mailbox, at, domain = value.rpartition("@")
    if at and mailbox and "." in domain:
        return f"{mailbox[0]}***@{domain[0]}***.{domain.rpartition('.')[2]}"
    return f"{value[:1]}***" if value else ""


def heading(name: object) -> str:
    """Return the header of a column for messages: short, and masked if it has an @.

    In a file without headers the first row is taken for the header.

    >>> heading("Phone"), heading("ana@acme.com"), heading("x" * 70)[-3:]
    ('Phone', 'a***@a***.com', 'xx…')
    """
    text = " ".join(str(name).split())
    text = mask(text) if "@" in text else text
    return f"{text[:_LONGEST_OUTLINE]}…" if len(text) > _LONGEST_OUTLINE else text


def few(kind: str, places: Sequence[object], whole: int | None = None) -> str:
    """Return a few places for a message, and the number of others.

    >>> few("row_id", ["1", "4", "9", "12", "13"])
    'row_id 1, 4, 9 and 2 more'
    """
    left = (len(places) if whole is None else whole) - _FEW
    more = f" and {left:,} more" if left > 0 else ""
    return f"{kind} {', '.join(map(str, places[:_FEW]))}{more}"


def outline(value: str) -> str:
    r"""Return the form of a value without its content: x for a letter, 0 for a digit.

    Invisible characters are shown as codes. Only the first 60 characters are shown.

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
    r"""Return a value for a page: long ones are cut, hidden characters are shown as codes.

    Several blanks become one; a mark for the direction of text cannot affect the page.

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


def result_html(
    result: object, counts: Mapping[str, object], frame: pd.DataFrame, *, of: int = 0
) -> str:
    """Return a result as HTML: its counts, the first rows of ``frame`` masked, and what to look at.

    Counts have bars for their shares of ``of``; empty parts of the result are left out.
    """
    name = type(result).__name__
    rows = "" if frame.empty else frame_html(frame)
    return counts_html(name, counts, of=of) + rows + look_html(result)


def look_html(result: object) -> str:
    """Return the attributes in ``look_at`` of a result that are not empty."""
    items = "".join(
        f"<li><code>.{escape(part)}</code>: {escape(what)}</li>"
        for part, what in getattr(result, "look_at", {}).items()
        if _is_there(getattr(result, part))
    )
    return f"<p>Look at next:</p><ul>{items}</ul>" if items else ""


def _is_there(value: object) -> bool:
    return value is not None and (not isinstance(value, Sized) or len(value) > 0)


def counts_html(name: str, counts: Mapping[str, object], *, of: float = 0) -> str:
    """Return a result's counts as an escaped HTML table, with bars for their shares of ``of``."""
    lines = "".join(
        f"<tr><th scope='row' style='{_STYLE}'>{escape(str(key))}</th>"
        f"<td style='{_NUMBER}'>{escape(_written(value))}</td>{_bar_cell(value, of)}</tr>"
        for key, value in counts.items()
    )
    return f"<p><strong>{escape(name)}</strong></p><table style='margin:0 0 1em'>{lines}</table>"


def bar_html(done: float, whole: float) -> str:
    """Return a bar of a share as HTML without text, visible on light and dark pages."""
    share = min(done / whole, 1.0) if whole and done > 0 else 0.0
    return (
        "<div style='width:12em;height:.6em;border-radius:.3em;background:rgba(128,128,128,.25)'>"
        f"<div style='width:{100 * share:.1f}%;height:100%;border-radius:.3em;"
        "background:#3d8f7c'></div></div>"
    )


def _written(value: object) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _bar_cell(value: object, of: float) -> str:
    if not of or not isinstance(value, (int, float)):
        return ""
    return f"<td style='{_STYLE}'>{bar_html(value, of)}</td>"


def frame_html(frame: pd.DataFrame, *, rows: int = 5, reveal: bool = False) -> str:
    """Return the first rows of a frame as an escaped HTML table, masked unless ``reveal``."""
    shown = frame.head(rows).astype("object")
    shown = shown.where(shown.notna(), None)
    head = "".join(
        f"<th scope='col' style='{_STYLE}'>{escape(str(name))}</th>" for name in shown.columns
    )
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
