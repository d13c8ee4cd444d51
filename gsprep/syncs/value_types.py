"""Types of values in a definition: names, times, durations and shares."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from gsprep.schemas.data_types import DATA_TYPES
from gsprep.schemas.frames import cell_text
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


_DATA_TYPES = tuple(one.name for one in DATA_TYPES.values() if one.is_described)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}(?:\.[A-Za-z][A-Za-z0-9_]{0,99})?")

_COMPARED = re.compile(r"(failed|missing|stale)\s*>\s*(.+)")
_ALONE = frozenset({"failed", "unfinished"})


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name has lower-case letters, digits, - and _, as in warehouse-people")
    return text


def _cron(text: str) -> str:
    try:
        CronSim(text, datetime.now(UTC))
    except CronSimError:
        raise ValueError(
            "not cron times; write them as in 10 3 * * *, every day at 03:10"
        ) from None
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a time zone; write it as Europe/Berlin or UTC") from None
    return text


def _field_name(text: str) -> str:
    if not _API_NAME.fullmatch(text):
        raise ValueError("not an API name of a field, such as Email or Score__gc")
    return text


def condition_of(text: str) -> tuple[str, float | None]:
    """Return what the condition of an alert is about and its limit; ValueError for another text.

    >>> condition_of("failed > 1%"), condition_of("unfinished")
    (('failed', 0.01), ('unfinished', None))
    """
    if text.strip() in _ALONE:
        return text.strip(), None
    found = _COMPARED.fullmatch(text.strip())
    if found is None:
        raise ValueError("a condition is failed, failed > 1%, missing > 2%, stale > 3h, unfinished")
    return found[1], (seconds_of if found[1] == "stale" else checked_share)(found[2])


def _condition(text: str) -> str:
    condition_of(text)
    return text


def _data_type(text: str) -> str:
    if text not in _DATA_TYPES:
        raise ValueError(f"not a data type of fields: {', '.join(_DATA_TYPES)}")
    return text


def _texts(value: object) -> object:
    """Return a value or a list as texts, as a file would hold them."""
    if isinstance(value, list | tuple):
        return tuple(cell_text(one) or "" for one in value)
    return value if value is None else (cell_text(value) or "",)


Name = Annotated[str, AfterValidator(_name)]
Duration = Annotated[float, BeforeValidator(seconds_of)]
Age = Annotated[Span, BeforeValidator(span_of), WithJsonSchema({"type": "string"})]
Share = Annotated[float, BeforeValidator(checked_share)]
Zone = Annotated[str, AfterValidator(_zone)]
AlertCondition = Annotated[str, AfterValidator(_condition)]
Cron = Annotated[str, AfterValidator(_cron)]
DataTypeName = Annotated[str, AfterValidator(_data_type)]
FieldName = Annotated[str, AfterValidator(_field_name)]
Text = Annotated[str, BeforeValidator(lambda value: cell_text(value) or "")]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
