"""Telephone numbers: E.164 with the extension kept apart."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

import phonenumbers

from gsprep.values.text import tidy

# Numbers are dialled "00" from most of the world, but a parser told to read from a country
# with another exit code takes 0061… for a local number: it becomes "+" first.
_EXIT_CODE = re.compile(r"^[\s(]*00(?=[\s().-]*[1-9])")
_LONGEST = 60
# A cell is read by clean, by check and by unify; the memory for that is bounded.
_REMEMBERED = 1 << 17
_WHOLE = phonenumbers.ValidationResult.IS_POSSIBLE


class Phone(NamedTuple):
    """A number in E.164 (``+14155550102``) and its extension, empty when there is none."""

    e164: str
    extension: str


@lru_cache(maxsize=_REMEMBERED)
def parse_phone(text: str, region: str | None = None) -> Phone | None:
    """Return the number that a text holds, or None when it cannot be one.

    ``region`` (ISO alpha-2) is where a number without country code is dialled from; without it
    such a number is None. A number needs a possible length for its country, no more.

    >>> parse_phone("(415) 555-0102 ext. 4", "US")
    Phone(e164='+14155550102', extension='4')
    >>> parse_phone("0061 2 9374 4000", "US").e164
    '+61293744000'
    >>> parse_phone("415 555 0102") is None
    True
    """
    seen = tidy(text)
    if seen is None or len(seen) > _LONGEST:
        return None
    number = _parsed(_EXIT_CODE.sub("+", seen, count=1), region)
    if number is None:
        return None
    e164, extension = _e164(number), number.extension or ""
    # Each reading takes one trunk prefix away, and "+49 (0) 030 …" has two.
    while _has_trunk_prefix(number):
        again = _parsed(e164)
        if again is None:
            return None
        if _e164(again) == e164:
            break
        number, e164 = again, _e164(again)
    return Phone(e164, extension)


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _has_trunk_prefix(number: phonenumbers.PhoneNumber) -> bool:
    prefix = _trunk_prefix(number.country_code)
    if prefix is None:
        return False
    return prefix.match(phonenumbers.national_significant_number(number)) is not None


@cache
def _trunk_prefix(country_code: int) -> re.Pattern[str] | None:
    """Return what a reading takes from the front of a country's numbers, None for nothing."""
    region = phonenumbers.region_code_for_country_code(country_code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
    prefix = metadata and metadata.national_prefix_for_parsing
    return re.compile(prefix) if prefix else None


def _parsed(text: str, region: str | None = None) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # A number that can be dialled only within its town is not whole: 555-0102 lacks its area.
    whole = phonenumbers.is_possible_number_with_reason(number) == _WHOLE
    return number if whole else None


def normal_phone(text: str, region: str | None = None) -> str | None:
    """Return the number as ``+14155550102`` or ``+14155550102 ext. 4``, or None.

    >>> normal_phone("1-800-FLOWERS x12", "US")
    '+18003569377 ext. 12'
    """
    phone = parse_phone(text, region)
    if phone is None:
        return None
    return f"{phone.e164} ext. {phone.extension}" if phone.extension else phone.e164


def is_phone(text: str) -> bool:
    """Return whether the text is a number with its country code.

    >>> is_phone("+1 415 555 0102"), is_phone("415 555 0102")
    (True, False)
    """
    return parse_phone(text) is not None


def phone_key(text: str, region: str | None = None) -> str | None:
    """Return the number for comparing: E.164 without the extension, or None.

    Numbers that no operator could have given out (one digit repeated) are no key.

    >>> phone_key("(415) 555-0102 ext. 4", "US")
    '+14155550102'
    """
    phone = parse_phone(text, region)
    if phone is None or len(set(phone.e164[-7:])) == 1:
        return None
    return phone.e164
