"""Values of a reply's JSON, checked against the documented formats."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gsprep.errors import InputError, ReplyError
from gsprep.values.text import storable, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

# Ids of jobs and requests are UUIDs in every sample; text that cannot be part of a path is no id.
_DIGITS = re.compile(r"[0-9]{1,15}")
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_LONGEST_MESSAGE = 2_000
# The id of a result file is part of an address: a UUID, or up to 64 letters and digits.
_FILE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


# The members of the documented replies, and the ids in the records that they echo.
_SPELLED = (
    "chunkDetails", "chunkURL", "code", "companies", "Company_ID", "count", "data",
    "deleteRequestId", "details", "Email", "error", "errorCode", "errorDesc", "errorMessage",
    "errors", "failureCount", "field", "fieldName", "Gsid", "invalidValue", "jobId",
    "message", "messageId", "operationStatus", "partialRecords", "partialSuccessCount",
    "Person_ID", "personGsid", "record", "records", "Relationship_ID", "relationships",
    "requestId", "response", "result", "rowNumber", "status", "statusId", "statusType",
    "statusUrl", "successCount", "timeTaken", "totalCount", "totalRecords", "values",
)  # fmt: skip


_NO_JOINTS = str.maketrans("", "", "_- ")
_NAMES = {name.translate(_NO_JOINTS).casefold(): name for name in _SPELLED}


@lru_cache(maxsize=4_096)
def _documented(name: str) -> str:
    return _NAMES.get(name.translate(_NO_JOINTS).casefold(), name)


def respelled(value: Any) -> Any:
    """Return a reply with the names of its members as the pages spell them.

    >>> respelled({"DATA": [{"row_number": 1, "Shoe__gc": "9"}]})
    {'data': [{'rowNumber': 1, 'Shoe__gc': '9'}]}
    """
    if isinstance(value, list):
        return [respelled(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name if (known := _documented(name)) in value else known: respelled(one)
        for name, one in value.items()
    }


def as_object(value: object) -> Mapping[str, Any]:
    """Return an object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ReplyError("the reply does not have the documented format")
    return value


def in_utf8(content: bytearray) -> bytearray:
    """Return JSON of any character set in UTF-8; the same object if it is, or is none of them."""
    encoding = json.detect_encoding(content)
    if encoding.startswith("utf-8"):
        return content
    try:
        text = content.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        return content
    return bytearray(text.encode("utf-8", "surrogatepass"))


def parsed(content: bytes | bytearray) -> Any:
    """Return the value of JSON.

    Accepted are any character set, a mark before it, control characters in texts, text after an
    object or a list, JSON in a JSON text, and a reply that is alone in a list. Raises ValueError
    or RecursionError for others.
    """
    content = in_utf8(bytearray(content))
    try:
        text = content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        # Names of people come out wrong; what decides about them, ids and addresses, does not.
        text = content.decode("latin-1")
    text = text.removeprefix("\ufeff").strip()
    value, end = _DECODER.raw_decode(text)
    if not isinstance(value, dict | list) and end < len(text):
        raise ValueError
    return _unwrapped(_unquoted(value))


def _unquoted(value: Any) -> Any:
    """Return the JSON in a JSON text, any other value unchanged; ValueError if it is no JSON."""
    return parsed(value.encode()) if isinstance(value, str) and value[:1] in {"{", "["} else value


def _unwrapped(body: Any) -> Any:
    """Return a reply that is the only one of a list, or whose data are JSON in a text."""
    if isinstance(body, list) and len(body) == 1 and isinstance(body[0], dict):
        names = {_documented(name) for name in body[0]}
        body = body[0] if {"result", "data"} <= names else body
    if isinstance(body, dict):
        quoted = [name for name in body if _documented(name) in {"data", "response"}]
        with suppress(ValueError):
            body |= {name: _unquoted(body[name]) for name in quoted}
    return body


def _whole_number(digits: str) -> int | str:
    return int(digits) if len(digits) < _MOST_DIGITS else digits


# Python reads no number of more than some thousand digits.
_MOST_DIGITS = 1_000
_DECODER = json.JSONDecoder(strict=False, parse_int=_whole_number)


# What a reply has its records in, and then what wraps those; the documented names first.
_WRAPPERS = (
    "records", "results", "rows", "items", "data", "response", "result", "payload", "body",
)  # fmt: skip


def opened(body: Any) -> tuple[Any, dict[str, Any]]:
    """Return what a reply wraps, such as its records, and the members around that.

    >>> opened({"result": True, "data": {"count": 1, "records": [{"Gsid": "1P"}]}})
    ([{'Gsid': '1P'}], {'result': True, 'count': 1})
    """
    around: dict[str, Any] = {}
    while isinstance(body, dict):
        inner = [name for name in _WRAPPERS if isinstance(body.get(name), dict | list)]
        if not inner:
            break
        around |= {name: value for name, value in body.items() if name != inner[0]}
        body = body[inner[0]]
    return body, around


def data_of(body: object) -> Any:
    """Return what a reply wraps; null if it has only a ``result``, or null in place of data.

    Raises ReplyError for an object without both: it is of a program in front of the service, and
    does not say that there is nothing.
    """
    found, _ = opened(body)
    if not isinstance(body, dict) or found is not body:
        return found
    has_more = "data" not in body and any(isinstance(v, dict | list) and v for v in body.values())
    if has_more or not {"data", "result"} & body.keys():
        raise ReplyError(
            "the service's reply has neither result nor data: check the address of the tenant, or "
            "try again later"
        )
    return body.get("data")


def records_in(found: object) -> list[Any]:
    """Return the records that a reply wraps: a list, an object that has them by name, or one."""
    if not isinstance(found, dict):
        return found if isinstance(found, list) else []
    several = "record" not in found and all(isinstance(one, dict) for one in found.values())
    return list(found.values()) if several else [found] * ("record" in found)


def as_list(value: object) -> list[Any]:
    """Return a list; null is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ReplyError("the reply does not have the documented format")
    return value


def as_records(value: object) -> list[Any]:
    """Return the records of a list, of an object that has them by number or name, or one alone."""
    if not isinstance(value, dict):
        return as_list(value)
    several = value and all(isinstance(one, dict) for one in value.values())
    return list(value.values()) if several and "record" not in value else [value]


def as_text(value: object) -> str:
    """Return a text that can be written to a file; "" for anything else."""
    return storable(value) if isinstance(value, str) else ""


def as_message(value: object) -> str:
    r"""Return a message in one line without control characters; a very long one is cut.

    It is written to files and screens, and a cell of a workbook has at most 32,767 characters.

    >>> as_message("not\tvalid \x1b[2J"), len(as_message("x" * 100_000))
    ('not valid [2J', 2001)
    """
    text = as_text(value)
    return (tidy(text[:_LONGEST_MESSAGE]) or "") + "…" * (len(text) > _LONGEST_MESSAGE)


def texts_in(values: Mapping[str, object]) -> dict[str, str]:
    """Return the members of an object that are text."""
    return {str(name): value for name, value in values.items() if isinstance(value, str)}


def as_count(value: object) -> int | None:
    """Return a whole number; text and 3.0 are accepted, anything else is None.

    >>> as_count(3), as_count("3"), as_count(3.0), as_count(True), as_count("3 rows")
    (3, 3, 3, None, None)
    """
    if type(value) is int:
        return value
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else None
    if not isinstance(value, float):
        return None
    return int(value) if value.is_integer() else None


def is_id(value: object) -> bool:
    """Return whether a value can be the id of a job."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def id_text(value: object) -> str:
    """Return an id as text, which may be a number; "" for anything else.

    >>> id_text("1P02"), id_text(17), id_text(None)
    ('1P02', '17', '')
    """
    return str(value) if type(value) is int else as_text(value)


def replied_id(value: object) -> str:
    """Return the job id that the service replied; ReplyError if it is not valid."""
    if not is_id(text := id_text(value)):
        raise ReplyError("the service replied no valid id for its job")
    return text


def is_file_id(value: str) -> bool:
    """Return whether a value can be the id in the address of a result file."""
    return _FILE_ID.fullmatch(value) is not None


def given_id(value: str) -> str:
    """Return the job id that the caller gave; InputError if it is not valid."""
    if not is_id(value):
        raise InputError("the id of a job has only letters, digits, hyphens and underscores")
    return value
