"""Types of values in a definition: names, times, shares."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from gsprep.schemas.data_types import DATA_TYPES
from gsprep.schemas.frames import cell_text
from gsprep.syncs.durations import Span, checked_share, seconds_of, span_of

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
