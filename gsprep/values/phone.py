"""Telephone numbers: E.164 with the extension kept apart."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from gsprep.values.text import tidy
from gsprep.values.width import narrow

# Numbers are dialled "00" from most of the world, but a parser told to read from a country
# with another exit code takes 0061… for a local number: it becomes "+" first. The zeros may be
# full-width or of Arabic and Persian.
_ZERO = "[0\uff10\u0660\u06f0]"
_EXIT_CODE = re.compile(rf"^[\s(]*{_ZERO}{{2}}(?=[\s().-]*(?!{_ZERO})\d)")
# A cell is read by clean, by check and by unify; the memory for that is bounded.
_REMEMBERED = 1 << 17
_WHOLE = phonenumbers.ValidationResult.IS_POSSIBLE
_LAST_DIGITS = 7


class Phone(NamedTuple):
    """A number in E.164 (``+14155550102``) and its extension, empty when there is none."""

    e164: str
    extension: str


@lru_cache(maxsize=_REMEMBERED)
def parse_phone(text: str, region: str | None = None) -> Phone | None:
    """Return the number that a text holds, or None when it cannot be one.

    ``region`` (ISO alpha-2) is where a number without country code is dialled from; without it
    such a number is None. Verdict and form are those of phonenumbers, which asks no more than a
    length that is possible in the country, be it within one town only.

    >>> parse_phone("(415) 555-0102 ext. 4", "US")
    Phone(e164='+14155550102', extension='4')
    >>> parse_phone("0061 2 9374 4000", "US").e164
    '+61293744000'
    >>> parse_phone("415 555 0102") is None
    True
    """
    number = _parsed(_EXIT_CODE.sub("+", text, count=1), region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return Phone(_e164(number), number.extension or "")


def _parsed(text: str, region: str | None = None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_phone(text: str, region: str | None = None) -> str | None:
    """Return the number as ``+14155550102`` or ``+14155550102 ext. 4``, or None.

    >>> normal_phone("1-800-FLOWERS x12", "US")
    '+18003569377 ext. 12'
    """
    phone = parse_phone(text, region)
    return None if phone is None else _written(phone)


def _written(phone: Phone) -> str:
    return f"{phone.e164} ext. {phone.extension}" if phone.extension else phone.e164


def whole_phone(text: str, region: str | None = None) -> str | None:
    """Return the number as ``normal_phone`` does, where that can stand in place of the text.

    None for a number that lacks its area, and for one that E.164 would turn into another number
    (the library takes one trunk prefix away at each reading).

    >>> normal_phone("555-0102", "US"), whole_phone("555-0102", "US")
    ('+15550102', None)
    >>> normal_phone("+49 (0)(0)30 1234567"), whole_phone("+49 (0)(0)30 1234567")
    ('+490301234567', None)
    """
    phone = parse_phone(text, region)
    return _written(phone) if phone is not None and _is_whole(phone.e164) else None


def _is_whole(e164: str) -> bool:
    number = _parsed(e164)
    return (
        number is not None
        and phonenumbers.is_possible_number_with_reason(number) == _WHOLE
        and _e164(number) == e164
    )


def is_phone(text: str) -> bool:
    """Return whether the text is a number with its country code.

    >>> is_phone("+1 415 555 0102"), is_phone("415 555 0102")
    (True, False)
    """
    return parse_phone(text) is not None


def phone_key(text: str, region: str | None = None) -> str | None:
    """Return the number for comparing: E.164 without the extension, or None.

    The text may be as it was typed or as cleaning left it: the key is the same.
    Numbers that are not whole (``whole_phone``) are no key, and none that no operator could have
    given out (one digit repeated).

    >>> phone_key("(415) 555-0102 ext. 4", "US")
    '+14155550102'
    """
    phone = parse_phone(tidy(narrow(text)) or "", region)
    if phone is None or len(set(phone.e164[-_LAST_DIGITS:])) == 1 or not _is_whole(phone.e164):
        return None
    return phone.e164
