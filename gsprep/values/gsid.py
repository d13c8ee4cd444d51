"""Gainsight's record ids."""

from __future__ import annotations

import re

from gsprep.values.text import tidy

# 36 characters, A to Z and 0 to 9; the first 18 name the object and the tenant (object describes).
_GSID = re.compile(r"[0-9A-Z]{36}")
PREFIX_LENGTH = 18


def is_gsid(text: str) -> bool:
    """Return whether the text is a GSID as it stands.

    >>> is_gsid("1P02" + "A" * 32), is_gsid("1p02")
    (True, False)
    """
    return _GSID.fullmatch(text) is not None


def normal_gsid(text: str) -> str | None:
    """Return the GSID in upper case, or None when the text is none.

    >>> normal_gsid(" 1p02" + "a" * 32) == "1P02" + "A" * 32
    True
    """
    seen = tidy(text) or ""
    # Beyond ASCII, other letters have A to Z as their capitals: a dotless i is no I.
    return seen.upper() if seen.isascii() and is_gsid(seen.upper()) else None
