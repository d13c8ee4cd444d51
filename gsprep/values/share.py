"""Shares of rows, written as a percentage."""

from __future__ import annotations

from gsprep.errors import InputError


def share_of(given: str | float, name: str) -> float:
    """Return a share (0 to 1) from a percentage such as ``2%``, or from a number that is a share.

    In text a number without a sign is a percentage, unless it could also be meant as a share:
    ``0.2`` may mean 0.2 % or 20 %, so InputError asks for the sign. ``name`` is the option.

    >>> share_of("2%", "--tolerate"), share_of(0.02, "tolerate")
    (0.02, 0.02)
    """
    if isinstance(given, str):
        return _percentage(given.strip(), name)
    if not 0 <= given <= 1:
        raise InputError(
            f"{name} is not a share: give a number from 0 to 1, or a percentage as text, such as "
            "'2%'"
        )
    return float(given)


def _percentage(text: str, name: str) -> float:
    number = text.removesuffix("%")
    try:
        percent = float(number)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:  # noqa: PLR2004  per cent
        raise InputError(f"{name} is not a percentage: write a number from 0% to 100%, such as 2%")
    if number == text and 0 < percent <= 1:
        raise InputError(
            f"{name} {text} has no percent sign and could mean {percent:g}% or {100 * percent:g}%. "
            "Write it with the sign"
        )
    return percent / 100
