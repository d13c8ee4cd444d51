"""Gainsight's record ids, and the UUIDs in their place."""

from __future__ import annotations

import re

from gsprep.values.text import tidy

# 36 characters, A to Z and 0 to 9; the first 18 name the object and the tenant (object describes).
_GSID = re.compile(r"[0-9A-Z]{36}")
# The documents' own samples name companies and relationships by UUIDs.
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
PREFIX_LENGTH = 18


def is_gsid(text: str) -> bool:
    """Return whether the text is a GSID as it stands.

    >>> is_gsid("1P02" + "A" * 32), is_gsid("1p02")
    (True, False)
    """
    return _GSID.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Return whether the text is the id of a record as it stands: a GSID or a UUID.

    >>> is_id("7581e498-c37e-4057-8fc9-c8d4d543de1a"), is_id("7581e498")
    (True, False)
    """
    return is_gsid(text) or _UUID.fullmatch(text) is not None


def normal_id(text: str) -> str | None:
    """Return the id, a GSID in upper case and a UUID as it is, or None when the text is none.

    >>> normal_id(" 7581E498-c37e-4057-8fc9-c8d4d543de1a ")
    '7581E498-c37e-4057-8fc9-c8d4d543de1a'
    """
    seen = tidy(text) or ""
    return seen if _UUID.fullmatch(seen) else normal_gsid(text)


def normal_gsid(text: str) -> str | None:
    """Return the GSID in upper case, or None when the text is none.

    >>> normal_gsid(" 1p02" + "a" * 32) == "1P02" + "A" * 32
    True
    """
    seen = tidy(text) or ""
    # Beyond ASCII, other letters have A to Z as their capitals: a dotless i is no I.
    return seen.upper() if seen.isascii() and is_gsid(seen.upper()) else None
