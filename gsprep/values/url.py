"""Web addresses."""

from __future__ import annotations

import re

from gsprep.values.host import host_of, registrable_domain
from gsprep.values.text import tidy

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Return whether the text is a web address with a scheme and a host.

    >>> is_url("https://www.acme.com/team"), is_url("acme.com")
    (True, False)
    """
    return _WEB.fullmatch(text) is not None and host_of(text) is not None


def repair_url(text: str) -> str | None:
    """Return the web address, with https:// if it has no scheme and a possible host, or None.

    >>> repair_url("www.acme.com/team")
    'https://www.acme.com/team'
    """
    seen = tidy(text) or ""
    if is_url(seen):
        return seen
    host = None if "@" in seen or "://" in seen else host_of(seen)
    if host is None or registrable_domain(host) is None:
        return None
    whole = f"https://{seen.removeprefix('//')}"
    return whole if is_url(whole) else None
