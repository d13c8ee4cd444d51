"""Durations and shares as text: 15m, 5%."""

from __future__ import annotations

import re

from gsprep.values.share import percentage

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


def checked_share(value: object) -> float:
    """Return a share written in percent, such as 5% or 0.5%; ValueError for another text.

    >>> checked_share("5%")
    0.05
    """
    share = percentage(str(value))
    if share is None:
        raise ValueError("a share is written in percent, as in 5%")
    return share
