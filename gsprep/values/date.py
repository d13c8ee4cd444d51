"""Dates and times in ISO form."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Literal, cast

from gsprep.shipped import shipped_lines
from gsprep.values.text import searchable, tidy

Order = Literal["day", "month"]

_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})Z?")
# Blanks are behind the dots in the Czech Republic, and a last dot in Croatia.
_DAY_LAST = re.compile(r"(\d{1,2}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{4})\.?")
_ISO_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_WITH_TIME = re.compile(
    r"(?P<day>.*?\S)[ T,]+(?:(?:at|um|klo|kl\.?|om|\u00e0|\u00e0s|alle) )?"
    r"(?P<hour>\d\d?)[:.h](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?(?: Uhr)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: ?(?P<zone>[+-]\d\d:?\d\d))?",
    re.ASCII,
)
# Universal time as databases, browsers and programs write it, and a year behind the time.
_UNIVERSAL = re.compile(
    r" ?([+-]\d\d:?\d\d)? ?(?:UTC|GMT)([+-]\d\d:?\d\d)?(?: \([^)]*\))?$", re.ASCII
)
_YEAR_LAST = re.compile(r"^(\D+ \d\d?) (\d\d:\d\d:\d\d)( UTC| GMT)? (\d{4})$", re.ASCII)
# Dates with the name of a month, of which a weekday may be in front: "Thu, 15th Jan. 2026",
# "15 de enero de 2026", "January 15, 2026".
_MONTH, _NUMBER = r"(?P<month>[^\s\d,./-]{3,})\.?", r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|\u00ba)?"
# In Russian, Bulgarian and Ukrainian a word for "year" follows it.
_YEAR = r"(?P<year>\d{4}|['\u2019]?\d\d)(?:\s*(?:г|года|р|року)\b\.?)?"  # noqa: RUF001  Cyrillic
_WEEKDAY = r"(?P<weekday>[^\W\d_][^\s\d,.]+)[.,]*\s+(?:den\s+|the\s+)?"
_NAMED_MONTH = tuple(
    re.compile(rf"(?:{_WEEKDAY})?{form}")
    for form in (
        rf"{_NUMBER}(?:\s+(?:de|of)\s+|[\s/.-]*){_MONTH}(?:\s+del?\s+|[\s,/.-]*){_YEAR}",
        rf"{_MONTH}[\s/-]*{_NUMBER}(?:\s+del?\s+|[\s,/-]+){_YEAR}",
        rf"(?P<year>\d{{4}})\.?[\s/-]*{_MONTH}[\s/-]*{_NUMBER}",
    )
)
_EAST_ASIAN = re.compile(
    "([0-9]{4})[\u5e74\ub144] ?([0-9]{1,2})[\u6708\uc6d4] ?([0-9]{1,2})[\u65e5\uc77c]"
    " ?(?:[(\uff08]?[\u65e5\u6708\u706b\u6c34\u6728\u91d1\u571f](?:\u66dc\u65e5)?[)\uff09]?"
    "|(?:\u661f\u671f|\u5468|\u9031)[\u4e00-\u516d\u65e5\u5929]|\\(?[\uac00-\ud7a3](?:\uc694\uc77c)?\\)?)?"
)
# Years of the reigning emperor, of which the first has a sign of its own.
_ERA = re.compile("(\u4ee4\u548c|\u5e73\u6210|\u662d\u548c)([0-9]{1,2}|\u5143)(\u5e74.*)")
_BEFORE_ERA = {"\u4ee4\u548c": 2018, "\u5e73\u6210": 1988, "\u662d\u548c": 1925}
# "2026. 1. 15." of Korea and Hungary.
_DOTTED = re.compile(r"(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.?")
# Years of Buddha, who died 543 years before.
_THAI = re.compile("[\u0e00-\u0e7f]")
_BUDDHIST, _OF_BUDDHA = 543, range(2400, 2700)
# Other years are those of other calendars, or of what programs write for no date.
_LIKELY_YEARS = range(1901, 2201)
_MONTHS_IN_A_YEAR = 12
# Years without a century that Excel and POSIX read alike.
_OF_THIS_CENTURY, _OF_THE_LAST = range(30), range(69, 100)
_WEEK = re.compile(r"\d{4}-?W", re.ASCII)
# Milliseconds since 1970 from 1973 to 2286, and as long before: shorter ones are mostly day
# numbers of a spreadsheet or seconds.
_MILLISECONDS = re.compile(r"-?[1-9]\d{11,12}", re.ASCII)
_SECONDS = re.compile(r"[1-9]\d{9}", re.ASCII)
# Day numbers of spreadsheets from 1927 to 2099, with the time as a fraction.
_SERIAL = re.compile(r"[1-7]\d{4}(?:\.\d+)?", re.ASCII)
_DAY_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet has no zone
_LAST_SERIAL = 73_050
_DAY = dt.timedelta(days=1)
_MIDNIGHT = re.compile(r"T00:00:00(?:\+00:00)?$")


def iso_date(text: str, order: Order | None = None) -> str | None:
    """Return the date as ``2026-11-20``, or None if the text is not exactly one date.

    03/04/2026 may be in March or in April, so it is None unless ``order`` says which part is
    first; with dots the day is first everywhere. A year of Buddha is read with a month in Thai.

    >>> [iso_date(t) for t in ("2026-11-20", "20.11.2026", "11/20/2026", "Nov 20, 2026")]
    ['2026-11-20', '2026-11-20', '2026-11-20', '2026-11-20']
    >>> iso_date("03/04/2026"), iso_date("03/04/2026", "day")
    (None, '2026-04-03')
    """
    seen = tidy(text) or ""
    if era := _ERA.fullmatch(seen):
        years = 1 if era[2] == "\u5143" else int(era[2])
        seen = f"{_BEFORE_ERA[era[1]] + years}{era[3]}"
    if found := _ISO_DATE.fullmatch(seen) or _DOTTED.fullmatch(seen):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_LAST.fullmatch(seen):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        sure = "day" if found[2] == "." or first == second else _order_of(first, second)
        return _ordered(first, second, year, sure or order)
    if found := _EAST_ASIAN.fullmatch(seen):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    return _with_named_month(seen)


def date_order(texts: Iterable[str]) -> Order | None:
    """Return which part is first in the dates of a column, or None if they disagree.

    >>> date_order(["03/04/2026", "20/04/2026"]), date_order(["20/04/2026", "04/20/2026"])
    ('day', None)
    """
    found = date_orders(texts)
    return next(iter(found)) if len(found) == 1 else None


def date_orders(texts: Iterable[str]) -> frozenset[Order]:
    """Return which parts are first in the dates of a column.

    Only unambiguous dates count: 20/04/2026, 04/20/2026; a time may follow. What two parts of a
    column show together is the union.

    >>> sorted(date_orders(["03/04/2026", "20/04/2026", "04/20/2026"]))
    ['day', 'month']
    """
    return frozenset(
        order
        for text in texts
        if (form := _DAY_LAST.match(text.strip())) and form[2] != "."
        if (order := _order_of(int(form[1]), int(form[3])))
    )


def _order_of(first: int, second: int) -> Order | None:
    if first > _MONTHS_IN_A_YEAR >= second:
        return "day"
    return "month" if second > _MONTHS_IN_A_YEAR >= first else None


def _ordered(first: int, second: int, year: int, order: Order | None) -> str | None:
    if order is None or year in _OF_BUDDHA:
        return None
    return _date(year, second, first) if order == "day" else _date(year, first, second)


def _date(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def _with_named_month(seen: str) -> str | None:
    found = next(filter(None, (form.fullmatch(seen) for form in _NAMED_MONTH)), None)
    if found is None:
        return None
    names, weekday, digits = _months(), found["weekday"], found["year"].strip("'\u2019")
    month, year = names.get(searchable(found["month"])), int(digits)
    if not month or (weekday and names.get(searchable(weekday)) != 0):
        return None
    is_thai = _THAI.match(found["month"]) is not None
    if year in _OF_BUDDHA or (is_thai and year not in _LIKELY_YEARS):
        return _date(year - _BUDDHIST, month, int(found["day"])) if is_thai else None
    if len(digits) == 2:  # noqa: PLR2004  without the century
        year += 2000 if year in _OF_THIS_CENTURY else 1900 if year in _OF_THE_LAST else -year
    return _date(year, month, int(found["day"]))


@cache
def _months() -> dict[str, int]:
    """Return the names of months that mean one month in all languages of the list."""
    lines = (line.split("\t") for line in shipped_lines("rules", "lists", "months.txt"))
    return {name: int(number) for name, number in lines}


def is_moment(text: str) -> bool:
    """Return whether the text is a date, or a date and time, in ISO form.

    >>> is_moment("2026-11-20T08:30:00.000Z"), is_moment("20.11.2026")
    (True, False)
    """
    return _ISO_MOMENT.fullmatch(text) is not None and iso_moment(text) is not None


def is_epoch(text: str) -> bool:
    """Return whether the text is milliseconds since 1970, as the service's own samples write it.

    Numbers of other lengths are not: 46346 is a spreadsheet's day, not a minute of 1970.

    >>> is_epoch("1795132800000"), is_epoch("46346")
    (True, False)
    """
    return _MILLISECONDS.fullmatch(text) is not None


def iso_moment(text: str, order: Order | None = None) -> str | None:
    """Return a date and time in ISO form (``2026-11-20T08:30:00``), or None.

    A zone stays as it is given; a bare date stays a date. ``order`` as in ``iso_date``.

    >>> iso_moment("2026-11-20 08:30"), iso_moment("20.11.2026 8:30 pm")
    ('2026-11-20T08:30:00', '2026-11-20T20:30:00')
    """
    seen = _universal(tidy(text) or "")
    if day := iso_date(seen, order):
        return day
    if seen.isdecimal() and seen.isascii() and len(seen) != len("20261120"):
        return None
    # A week is no day.
    if _WEEK.match(seen):
        return None
    try:
        return dt.datetime.fromisoformat(seen).isoformat()
    except ValueError:
        return _with_time(seen, order)


def _universal(seen: str) -> str:
    if "UTC" not in seen and "GMT" not in seen:
        return seen
    at_end = _YEAR_LAST.sub(r"\1 \4 \2\3", seen)
    return _UNIVERSAL.sub(lambda found: found[1] or found[2] or "+00:00", at_end)


def _with_time(seen: str, order: Order | None) -> str | None:
    found = _WITH_TIME.fullmatch(_YEAR_LAST.sub(r"\1 \4 \2", seen))
    day = iso_date(found["day"].rstrip(","), order) if found else None
    if found is None or day is None:
        return None
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half and hour not in range(1, 13):
        return None
    hour = hour % 12 + 12 * (half == "p") if half else hour
    time = f"{hour:02}:{found['minute']}:{found['second'] or '00'}{found['zone'] or ''}"
    try:
        return dt.datetime.fromisoformat(f"{day}T{time}").isoformat()
    except ValueError:
        return None


def moment_of_number(text: str) -> str | None:
    """Return the date that a bare number in a column of dates means, in ISO form, or None.

    Day numbers of a spreadsheet (from 1927 to 2099), and seconds since 1970.

    >>> moment_of_number("46346"), moment_of_number("46346.5"), moment_of_number("12")
    ('2026-11-20', '2026-11-20T12:00:00', None)
    """
    if _SECONDS.fullmatch(text):
        return dt.datetime.fromtimestamp(int(text), dt.UTC).isoformat()
    if _SERIAL.fullmatch(text) is None or float(text) > _LAST_SERIAL:
        return None
    moment = _DAY_ZERO + dt.timedelta(seconds=round(float(text) * _DAY.total_seconds()))
    return _MIDNIGHT.sub("", moment.isoformat())


def moment_of_seconds(seconds: float) -> str:
    """Return a time in seconds since 1970 in ISO form, in UTC.

    >>> moment_of_seconds(0.5)
    '1970-01-01T00:00:00.500Z'
    """
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds")
    return f"{moment.removesuffix('+00:00')}Z"


def is_service_date(text: str) -> bool:
    """Return whether the service takes the text as a date: ISO, or milliseconds since 1970.

    >>> is_service_date("2026-11-20"), is_service_date("20.11.2026")
    (True, False)
    """
    return is_epoch(text) or iso_date(text) == text


def has_likely_year(text: str) -> bool:
    """Return whether the year of a date is one of 1901 to 2200; other text is not judged.

    >>> [has_likely_year(t) for t in ("2026-11-20", "1900-01-01", "9999-12-31", "1448-05-10")]
    [True, False, False, False]
    """
    day = iso_date(text[:10])
    return day is None or int(day[:4]) in _LIKELY_YEARS


def repair_date(text: str, order: Order | None = None) -> str | None:
    """Return the date as the service takes it, or None if the text is not exactly one date.

    >>> repair_date("20.11.2026"), repair_date("2026-11-20 08:30")
    ('2026-11-20', None)
    """
    moment = _service_form(text, order)
    # A day with a time is not a date, but midnight is how a spreadsheet writes a day.
    bare = _MIDNIGHT.sub("", moment or "")
    return bare if is_service_date(bare) else None


def is_service_moment(text: str) -> bool:
    """Return whether the service takes the text as a date and time."""
    return is_epoch(text) or is_moment(text)


def repair_moment(text: str, order: Order | None = None) -> str | None:
    """Return the date and time as the service takes it, or None if it is not exactly one."""
    moment = _service_form(text, order)
    return moment if moment and is_service_moment(moment) else None


def _service_form(text: str, order: Order | None) -> str | None:
    seen = tidy(text) or ""
    return seen if is_epoch(seen) else iso_moment(seen, order)


def column_repair(
    orders: frozenset[str], repair: Callable[[str, Order | None], str | None]
) -> Callable[[str], str | None]:
    """Return ``repair_date`` or ``repair_moment`` for the values of a column with these orders.

    Day numbers of a spreadsheet are read too.
    """
    order = cast("Order", min(orders)) if len(orders) == 1 else None
    return partial(_repaired_in_column, repair=repair, order=order)


def _repaired_in_column(
    text: str, repair: Callable[[str, Order | None], str | None], order: Order | None
) -> str | None:
    found = repair(text, order)
    return found or repair(moment_of_number((tidy(text) or "").strip("'")) or "", None)
