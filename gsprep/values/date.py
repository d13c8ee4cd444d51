"""Dates and moments, written the ISO way."""

from __future__ import annotations

import datetime as dt
import re

from gsprep.values.text import tidy

_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_ISO_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_NAMED_MONTH = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%b %d %Y")
_MONTHS_IN_A_YEAR = 12


def iso_date(text: str) -> str | None:
    """Return the date as ``2026-11-20``, or None when the text does not name exactly one.

    03/04/2026 is a day in March to some and in April to others, so it is None; with dots the
    day stands first everywhere.

    >>> [iso_date(t) for t in ("2026-11-20", "20.11.2026", "11/20/2026", "Nov 20, 2026")]
    ['2026-11-20', '2026-11-20', '2026-11-20', '2026-11-20']
    >>> iso_date("03/04/2026") is None
    True
    """
    seen = tidy(text) or ""
    if found := _ISO_DATE.fullmatch(seen):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_LAST.fullmatch(seen):
        return _day_last(int(found[1]), int(found[3]), int(found[4]), dots=found[2] == ".")
    return next((day for form in _NAMED_MONTH if (day := _parsed(seen, form))), None)


def _day_last(first: int, second: int, year: int, *, dots: bool) -> str | None:
    if dots or first > _MONTHS_IN_A_YEAR or first == second:
        return _date(year, second, first)
    return _date(year, first, second) if second > _MONTHS_IN_A_YEAR else None


def _date(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def _parsed(text: str, form: str) -> str | None:
    try:
        return dt.datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007  a date has no zone
    except ValueError:
        return None


def is_moment(text: str) -> bool:
    """Return whether the text is a date, or a date and time, in ISO form as it stands.

    >>> is_moment("2026-11-20T08:30:00.000Z"), is_moment("20.11.2026")
    (True, False)
    """
    return _ISO_MOMENT.fullmatch(text) is not None and iso_moment(text) is not None


def iso_moment(text: str) -> str | None:
    """Return a date and time in ISO form (``2026-11-20T08:30:00``), or None.

    A zone stays as it is given; a bare date stays a date.

    >>> iso_moment("2026-11-20 08:30")
    '2026-11-20T08:30:00'
    """
    seen = tidy(text) or ""
    if day := iso_date(seen):
        return day
    try:
        return dt.datetime.fromisoformat(seen).isoformat()
    except ValueError:
        return None
