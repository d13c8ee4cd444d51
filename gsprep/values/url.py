"""Web addresses."""

from __future__ import annotations

import re

from gsprep.values.domain import host_of
from gsprep.values.text import tidy

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Return whether the text is a web address with a scheme and a host.

    >>> is_url("https://www.acme.com/team"), is_url("acme.com")
    (True, False)
    """
    return _WEB.fullmatch(text) is not None and host_of(text) is not None


def mend_url(text: str) -> str | None:
    """Return the web address, with https:// when it had no scheme, or None.

    >>> mend_url("www.acme.com/team")
    'https://www.acme.com/team'
    """
    seen = tidy(text) or ""
    if is_url(seen):
        return seen
    return f"https://{seen}" if "@" not in seen and is_url(f"https://{seen}") else None
