"""Durations, spans of the calendar and shares as text: 15m, 24 months, 5%."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta
from typing import NamedTuple

from gsprep.values.percentage import percentage

_DURATION = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds_of(value: object) -> float:
    """Return a length of time such as 90s, 15m, 1h or 2d in seconds; ValueError for another text.

    >>> seconds_of("15m")
    900.0
    """
    found = _DURATION.fullmatch(str(value).strip())
    if found is None:
        raise ValueError("a length of time is a number and s, m, h or d, as in 15m")
    return float(int(found[1]) * _SECONDS[found[2]])


class Span(NamedTuple):
    """A length of time by the calendar: days, or months."""

    number: int
    unit: str


_SPAN = re.compile(r"(\d{1,4})\s*(day|month|year)s?")


def span_of(value: object) -> Span:
    """Return a span such as 90 days, 24 months or 2 years; ValueError for another text.

    >>> span_of("2 years")
    Span(number=24, unit='month')
    """
    found = _SPAN.fullmatch(str(value).strip())
    if found is None:
        raise ValueError("a span is a number and days, months or years, as in 24 months")
    count, unit = int(found[1]), found[2]
    return Span(count * 12, "month") if unit == "year" else Span(count, unit)


def before(moment: datetime, span: Span) -> datetime:
    """Return the time that is a span before another; the first one that there is.

    >>> before(datetime(2026, 3, 31, 8), Span(1, "month"))
    datetime.datetime(2026, 2, 28, 8, 0)
    """
    if span.unit == "day":
        least = datetime.min.replace(tzinfo=moment.tzinfo)
        is_there = (moment - least).days >= span.number
        return moment - timedelta(days=span.number) if is_there else least
    month = moment.year * 12 + moment.month - 1 - span.number
    year, month = max(month, 12) // 12, max(month, 12) % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return moment.replace(year=year, month=month, day=min(moment.day, last))


def checked_share(value: object) -> float:
    """Return a share written in percent, such as 5% or 0.5%; ValueError for another text.

    >>> checked_share("5%")
    0.05
    """
    share = percentage(str(value))
    if share is None:
        raise ValueError("a share is written in percent, as in 5%")
    return share
