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


def percentage(text: str) -> float | None:
    """Return a percentage as a share (0 to 1), None if the text is none or has no sign.

    >>> percentage("2 %"), percentage("2"), percentage("102%")
    (0.02, None, None)
    """
    number = text.strip()
    return _hundredth(number.removesuffix("%")) if number.endswith("%") else None


def _hundredth(number: str) -> float | None:
    try:
        percent = float(number)
    except ValueError:
        return None
    return percent / 100 if 0 <= percent <= 100 else None  # noqa: PLR2004  per cent


def _percentage(text: str, name: str) -> float:
    share = percentage(text) if text.endswith("%") else _hundredth(text)
    if share is None:
        raise InputError(f"{name} is not a percentage: write a number from 0% to 100%, such as 2%")
    if not text.endswith("%") and 0 < share <= 1 / 100:
        percent = float(text)
        raise InputError(
            f"{name} {text} has no percent sign and could mean {percent:g}% or {100 * percent:g}%. "
            "Write it with the sign"
        )
    return share
