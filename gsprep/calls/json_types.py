"""Values of a reply's JSON, checked against the documented shapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gsprep.errors import InputError, ReplyError
from gsprep.values.text import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

# Ids of jobs and requests are UUIDs in every sample; what cannot be a part of a path is none.
_DIGITS = re.compile(r"[0-9]{1,15}")
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
# The id of a file of results stands in an address: a UUID, or as many letters and digits at most.
_FILE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def as_object(value: object) -> Mapping[str, Any]:
    """Return an object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ReplyError("the reply does not have the shape that the documents show")
    return value


def as_list(value: object) -> list[Any]:
    """Return a list; null is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ReplyError("the reply does not have the shape that the documents show")
    return value


def as_text(value: object) -> str:
    """Return a text that can be written to a file; "" for anything else."""
    return storable(value) if isinstance(value, str) else ""


def texts_in(values: Mapping[str, object]) -> dict[str, str]:
    """Return the members of an object that are text."""
    return {str(name): value for name, value in values.items() if isinstance(value, str)}


def as_count(value: object) -> int | None:
    """Return a whole number, also one written as text or as 3.0; None for anything else.

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
    """Tell whether a value can be the id of a job."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def replied_id(value: object) -> str:
    """Return the id of a job as the service gave it; ReplyError when it cannot be one."""
    if not isinstance(value, str) or not is_id(value):
        raise ReplyError("the service gave its job no id that can be asked for again")
    return value


def is_file_id(value: str) -> bool:
    """Tell whether the id in the address of a file of results can be asked for."""
    return _FILE_ID.fullmatch(value) is not None


def given_id(value: str) -> str:
    """Return the id of a job as a caller gave it; InputError when it cannot be one."""
    if not is_id(value):
        raise InputError("a job is asked for by its id: letters, digits and hyphens only")
    return value
