"""Values for a screen or a page, masked and escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping, Sequence, Sized
from functools import cache
from html import escape
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Self

from gsprep.shipped import shipped_lines

if TYPE_CHECKING:
    import pandas as pd

# Columns whose values gsprep wrote, and those about a company.
_OURS = frozenset({
    "row_id", "line", "rule", "column", "code", "codes", "message", "messages", "hint", "hints",
    "severity", "verdict", "probability", "margin", "reason", "mistake", "outcome", "batch",
    "Company_ID", "company_name", "runner_up_id", "runner_up_name", "true_Company_ID",
    "candidate_1_id", "candidate_1", "candidate_2_id", "candidate_2", "person_id", "size",
    "left_id", "right_id", "alternative",
})  # fmt: skip
_OF_THE_SERVICE = frozenset({"error_code", "error_field", "request_id"})
# Users' columns about an employer or a position, not about who a person is.
_ABOUT_NO_PERSON = frozenset({"CompanyName", "RelationshipName", "Title", "Role"})
# Columns of a log of cells: the column that a line names decides.
_OF_A_CELL = frozenset({"value", "before", "after", "suggestion"})
# Forms that tell nothing in any column: true, a Gsid, a small number.
_FORM = re.compile(r"(?i:true|false)|[0-9A-Z]{36}|-?\d{1,4}(\.\d{1,4})?")
# An e-mail address, or so many digits as a phone number has.
_CONTACT = re.compile(r"\S@\S|(?:\d[\s().\-/+]*){7}|://|www\.", re.IGNORECASE)
_LONGEST_OUTLINE = 60
_FEW = 3
# Persian and Indic scripts spell words with them, and emoji are combined by them.
_JOINERS = frozenset("\u200c\u200d")
# Format characters, controls, surrogates and unassigned characters.
_HIDING = frozenset({"Cf", "Cc", "Cs", "Cn", "Co"})
# Half-transparent grey shows on a light notebook and on a dark one.
_LINE = (
    "border-bottom:1px solid rgba(128,128,128,.35);padding:2px 8px;vertical-align:top;"
    "max-width:24em;overflow-wrap:anywhere;white-space:normal"
)
# Colours by meaning that can be told apart on a light page and on a dark one.
INKS = {
    "good": "#3d8f7c", "soft": "#7fb3a6", "maybe": "#c98a1b", "bad": "#c2554b", "none": "#8d979e",
    "plain": "#5b7ea9", "blank": "rgba(128,128,128,.25)",
}  # fmt: skip
_COLOURED = frozenset({"verdict", "outcome", "severity"})
_STYLE = f"{_LINE};text-align:left"
_NUMBER = f"{_LINE};text-align:right"


class _Screen:
    """What is shown on the user's own screen."""

    revealed = False


class Revealed:
    """Values are shown until ``with`` ends, or in the whole session."""

    def __init__(self, before: bool) -> None:  # noqa: FBT001  the state to go back to
        """Keep the state to go back to."""
        self._before = before

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _Screen.revealed = self._before

    def __repr__(self) -> str:
        values = "shown" if _Screen.revealed else "masked"
        return f"values are {values}; gsprep.reveal(False) masks them"


def reveal(shown: bool = True) -> Revealed:  # noqa: FBT001, FBT002  read as it is called: reveal(False)
    """Show values on this screen, in ``with gsprep.reveal():`` or for the session.

    Reports, summaries, logs and the ledger are masked all the same.

    Args:
        shown: False masks values again.

    Returns:
        A context manager; values are masked again when its block ends.

    Examples:
        >>> with gsprep.reveal() as shown:
        ...     shown
        values are shown; gsprep.reveal(False) masks them
    """
    before, _Screen.revealed = _Screen.revealed, shown
    return Revealed(before)


def is_revealed() -> bool:
    """Return whether values are shown on this screen."""
    return _Screen.revealed


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
    return "0" if character.isnumeric() else _printed(character)


def printable(value: str) -> str:
    r"""Return a value with invisible characters as codes; only the first 60 characters.

    >>> printable(" Acme\u200b ")
    ' Acme\\u200b '
    """
    drawn = "".join(map(_printed, value[:_LONGEST_OUTLINE]))
    return f"{drawn}…" if len(value) > _LONGEST_OUTLINE else drawn


def _printed(character: str) -> str:
    return character if character.isprintable() else f"\\u{ord(character):04x}"


def legible(value: str, longest: int = 200) -> str:
    r"""Return a value for a page: the middle of long ones is cut, hidden characters are codes.

    Several blanks become one; a mark for the direction of text cannot affect the page.

    >>> legible("Acme\u202e  GmbH"), legible("a" * 900 + "b", longest=3)
    ('Acme[U+202E] GmbH', 'aa…b')
    """
    # A hidden character makes eight of one, so the cut comes first. Many names differ at the end.
    if len(value) > longest:
        value = f"{value[: longest - longest // 3]}…{value[len(value) - longest // 3 :]}"
    return " ".join("".join(map(_drawn, value)).split())


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
    first = f"First {min(len(frame), _ROWS)} of {len(frame):,} lines"
    rows = "" if frame.empty else frame_html(frame, title=first)
    return counts_html(name, counts, of=of) + rows + look_html(result)


def look_html(result: object) -> str:
    """Return the attributes in ``look_at`` of a result that are not empty."""
    items = "".join(
        f"<li><code>.{escape(part)}</code>: {escape(what)}</li>"
        for part, what in getattr(result, "look_at", {}).items()
        if (value := getattr(result, part)) is not None
        and (not isinstance(value, Sized) or len(value) > 0)
    )
    return f"<p>Look at next:</p><ul>{items}</ul>" if items else ""


def counts_html(name: str, counts: Mapping[str, object], *, of: float = 0) -> str:
    """Return a result's counts as an escaped HTML table, with bars for their shares of ``of``.

    Bars have the colour of what their name means: stored, review, rejected.
    """
    lines = "".join(
        f"<tr><th scope='row' style='{_STYLE}'>{escape(str(key))}</th>"
        f"<td style='{_NUMBER}'>{escape(text)}</td>{_bar_cell(str(key), value, of)}</tr>"
        for key, value in counts.items()
        for text in (f"{value:,}" if isinstance(value, (int, float)) else str(value),)
    )
    return f"<p><strong>{escape(name)}</strong></p><table style='margin:0 0 1em'>{lines}</table>"


def bar_html(done: float, whole: float, meaning: str = "good") -> str:
    """Return a bar of a share as HTML without text, visible on light and dark pages."""
    share = min(done / whole, 1.0) if whole and done > 0 else 0.0
    return _drawn_bar(0.0, 100 * share, meaning)


def _drawn_bar(start: float, width: float, meaning: str) -> str:
    """Return a bar from ``start`` on, in hundredths of its frame."""
    return (
        "<div style='width:12em;height:.6em;border-radius:.3em;background:rgba(128,128,128,.25)'>"
        f"<div style='margin-left:{start:.1f}%;width:{width:.1f}%;height:100%;"
        f"border-radius:.3em;background:{INKS[meaning]}'></div></div>"
    )


def steps_html(title: str, steps: Sequence[tuple[str, float]], *, running: bool = True) -> str:
    """Return numbers for and against as bars on one scale: green for, red against.

    With ``running`` each bar begins where the one before ended, as in a waterfall.
    """
    ends = [(0.0, value) for _, value in steps]
    if running:
        sums = [0.0, *accumulate(value for _, value in steps)]
        ends = list(pairwise(sums))
    low = min((min(pair) for pair in ends), default=0.0)
    scale = 100 / ((max((max(pair) for pair in ends), default=0.0) - low) or 1.0)
    lines = "".join(
        f"<tr><th scope='row' style='{_STYLE};font-weight:400'>{escape(name)}</th><td style="
        f"'{_STYLE}'>{_step((min(pair) - low) * scale, abs(pair[1] - pair[0]) * scale, value)}</td>"
        f"<td style='{_NUMBER}'>{value:+.2f}</td></tr>"
        for (name, value), pair in zip(steps, ends, strict=True)
    )
    return f"<table><caption style='{_CAPTION}'>{escape(title)}</caption>{lines}</table>"


def _step(start: float, width: float, value: float) -> str:
    return _drawn_bar(start, max(width, 0.5), "good" if value > 0 else "bad")


def _bar_cell(name: str, value: object, of: float) -> str:
    if not of or not isinstance(value, (int, float)):
        return ""
    meaning = look(name.rpartition(": ")[2].removesuffix("s"))
    return f"<td style='{_STYLE}'>{bar_html(value, of, meaning)}</td>"


_ROWS = 5
_SHORT = 36
_CAPTION = "caption-side:top;text-align:left;font-weight:600;padding:4px 8px"


def frame_html(
    frame: pd.DataFrame, *, rows: int = _ROWS, reveal: bool = False, title: str = ""
) -> str:
    """Return the first rows of a frame as an escaped HTML table, masked unless ``reveal``.

    Verdicts, outcomes and severities have a dot in the colour of their meaning.
    """
    shown = frame.head(rows).astype("object")
    shown = shown.where(shown.notna(), None)
    head = "".join(
        f"<th scope='col' style='{_fitting(str(n))}'>{escape(str(n))}</th>" for n in shown.columns
    )
    body = "".join(
        f"<tr>{''.join(map(_cell, shown.columns, _line(line, reveal=reveal)))}</tr>"
        for line in shown.to_dict("records")
    )
    caption = f"<caption style='{_CAPTION}'>{escape(title)}</caption>" if title else ""
    table = f"<table>{caption}<tr>{head}</tr>{body}</table>"
    return f"<div style='overflow-x:auto'>{table}</div>"


def _fitting(text: str) -> str:
    """Return the style of a cell, whose text is not cut into lines if it is short."""
    return _STYLE if len(text) > _SHORT else f"{_STYLE};white-space:nowrap"


def _line(line: Mapping[Hashable, object], *, reveal: bool) -> list[str]:
    named = str(line.get("column") or "")
    return [
        "" if value is None
        else str(value) if reveal
        else shown_value(named if name in _OF_A_CELL else str(name), str(value))
        for name, value in line.items()
    ]  # fmt: skip


def _cell(column: object, text: str) -> str:
    has_dot = text and column in _COLOURED
    dot = f"<span style='color:{INKS[look(text)]}'>●</span> " if has_dot else ""
    return f"<td style='{_fitting(text)}'>{dot}{escape(text)}</td>"


def shown_value(column: str, value: str) -> str:
    """Return a value for the screen, masked if it may tell who a person is.

    >>> shown_value("CompanyName", "Acme Inc"), shown_value("Name", "Ana Ruiz")
    ('Acme Inc', 'A***')
    >>> shown_value("Title", "ana@acme.com")
    'a***@a***.com'
    """
    return value if _Screen.revealed or tells_no_person(column, value) else mask(value)


def tells_no_person(column: str, value: str) -> bool:
    """Return whether a value of a column tells nothing about who a person is."""
    if column in _OURS or _FORM.fullmatch(value) is not None:
        return True
    if column in _OF_THE_SERVICE:
        return "@" not in value
    # In a file whose columns are shifted a name may be in the column of the country.
    shown = column in _ABOUT_NO_PERSON or (column == "Country" and _is_country(value))
    return shown and _CONTACT.search(value) is None


def _is_country(value: str) -> bool:
    return value.strip().casefold() in _countries()


@cache
def _countries() -> frozenset[str]:
    """Return the codes and names of countries, read here because their own file needs pyarrow."""
    lines = shipped_lines("rules", "lists", "countries.txt")
    return frozenset(part.casefold() for line in lines for part in line.split("\t"))


def look(name: str) -> str:
    """Return the class of a part, by its meaning.

    >>> look("stored"), look("rejected"), look("a rule of your own")
    ('good', 'bad', 'plain')
    """
    return _LOOKS.get(name, "plain")


_LOOKS = {
    "valid": "good", "match": "good", "stored": "good", "unchanged": "good",
    "cleaned": "soft",
    "review": "maybe", "unknown": "maybe", "warning": "maybe",
    "no_match": "none", "unsent": "none", "not checked": "none", "empty": "blank", "left": "blank",
    "rejected": "bad", "refused": "bad", "error": "bad",
}  # fmt: skip
