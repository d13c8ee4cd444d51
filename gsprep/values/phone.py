"""Telephone numbers in E.164."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from traceback import clear_frames
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.lazy import lazy_module
from gsprep.values.arrow import ColumnResult, as_mask, joined, lengths_of, matches, with_chosen
from gsprep.values.number import FLOAT_TAIL, without_float_tail
from gsprep.values.phone_plan import (
    LONGEST_LOCAL,
    Dialled,
    Numbers,
    Plan,
    are_hopeless,
    are_labelled,
    from_abroad,
    from_e164,
    from_home,
    from_notation,
    plan_in,
    plan_of,
    where_possible,
    where_whole,
    without_local,
)
from gsprep.values.text import narrow, tidy

if TYPE_CHECKING:
    import phonenumbers

    # Which of the numbers of one plan are kept.
    Keep = Callable[[Numbers, Plan], Numbers]
else:
    phonenumbers = lazy_module("phonenumbers")

# "00" is the exit code of most countries, but in a country with another one the parser reads
# 0061… as a local number: it becomes "+" first. The zeros may be full-width, Arabic or Persian.
_ZERO = "[0\uff10\u0660\u06f0]"
_LEADING_EXIT_CODE = re.compile(rf"^[\s(]*{_ZERO}{{2}}(?=[\s().-]*(?!{_ZERO})\d)")
# The library reads letters as a keypad does, which is right for 1-800-FLOWERS only. Notes in
# brackets and words behind a whole number are no part of it; other labels of an extension.
_LINK = re.compile(r"(?i)(?:<a\s[^<>]*href\s*=\s*[\"']?|\]\(|^\s*)(?:tel|callto):\s*([^\"'<>)]+)")
_NOTE = re.compile(r"\((?=[^()]*[^\W\d_])[^()\d+]*\)")
_BEHIND = re.compile(r"(?<=[\d)])[\s,:\u2013-]*\s[^\W\d_][^\d+;]*$")
_BETWEEN = re.compile(
    r"\d\W*\s(?!(?:e?xt|int|anexo|доб)\w*\b)[^\W\d_]{2,}[.:]*\s+[(+]?\d", re.IGNORECASE
)
_WHOLE_DIGITS = 8
_EXTENSION = re.compile(
    r"(?<=\d)[\s,/-]*(?:\b(?:poste|interno?|ramal|wewn?|linka|klapka|l(?=\.)|toestel|tst|dahili"
    r"|ankn(?:ytning)?|loc(?:al)?|mell(?:\u00e9k)?)(?![^\W\d_])"
    "|[\u5185\u5167][\u7dda\u7ebf]|\u5206\u673a|\u5206\u6a5f|\u8f6c|\u8f49|\u0e15\u0e48\u0e2d)"
    r"[.:]?\s*(?=\d+$)",
    re.IGNORECASE,
)
# In German an extension is dialled in place of the switchboard's 0.
_DIRECT = re.compile(
    r"(?<=\d)(?:\s*[-\u2013/]\s*0)?[\s,/-]*\b(?:DW|Durchwahl|Kl|Klappe|App|Apparat|Nst|Nebenstelle)\b[.:]?"
    r"[\s-]*(?=\d{1,5}$)",
    re.IGNORECASE,
)
# One number with several ends: 1234-0/-567, 1234-567/568.
_SEVERAL_ENDS = re.compile(
    r"(?P<stem>.*\d\s*[-\u2013]\s*)(?P<one>\d{1,4})\s*"
    r"(?:(?:[,/;&+]|u\.|und|oder|bis|or|and)\s*[-\u2013]\s*(?P<two>\d{1,5})|/\s*(?P<other>\d{1,4}))",
    re.IGNORECASE,
)
# Cells that these may change; the second and third in RE2.
_OTHERWISE = re.compile(r"\]\(|\d.*[^\W\d_]|\d\s*[-\u2013]\s*\d{1,4}\s*[,/;&+]", re.DOTALL)
_WORDS_BEHIND = r"[0-9].*[\s(,:;/]\p{L}|[0-9]\s*-\p{L}+[.:]?[\s-]*[0-9]+$"
_MAY_HAVE_ENDS = r"[0-9]\s*[-\x{2013}]\s*[0-9]{1,4}\s*[,/;&+]\s*[-\x{2013}]?\s*[0-9]{1,5}\s*$"
# The library refuses a longer text; the patterns here take time with the square of the length.
_LONGEST = 250
# A cell is read by clean, check and unify, in bounded memory.
_REMEMBERED = 1 << 17
# Digits behind a whole number that are those of a second one: 9876543210/11, 02-123-4567-9.
_TAIL = re.compile(r"(?P<stem>.*\d)\s*(?P<sign>[-\u2013/])\s*[-\u2013]?\s*\d{1,4}\s*")
_MAY_HAVE_TAIL = r"[0-9]\s*(?:/\s*[-\x{2013}]?\s*[0-9]{1,4}|[-\x{2013}]\s*[1-9])\s*$"
_WORDS_BEFORE = re.compile(r"^[^\d+]*")
_MAY_BE_DIALLED = r"^[\s(]*(?:[+]|0(?:0|1|4[45]))"
_SHORT_WITH_AREA = r"^\s*\((?:[^0-9]*[0-9]){5,8}\s*(?:[^0-9\s].*)?$"
# What was dialled in Mexico before 2020: a trunk prefix, and 1 before a mobile number.
_OLD = {"MX": re.compile(r"^(?:01|04[45])(?=\d{10}$)"), "": re.compile(r"^(?:00)?521(?=\d{10}$)")}


class Phone(NamedTuple):
    """A number in E.164 (``+14155550102``) and its extension, empty if it has none."""

    e164: str
    extension: str


@lru_cache(maxsize=_REMEMBERED)
def parse_phone(text: str, region: str | None = None) -> Phone | None:
    """Return the number in a text, or None if it cannot be a number.

    ``region`` (ISO alpha-2) is the country of a number without a country code; without it such a
    number is None. Verdict and form are those of phonenumbers, which only checks that the length
    is possible in the country, even if only within one town.

    >>> parse_phone("(415) 555-0102 ext. 4", "US")
    Phone(e164='+14155550102', extension='4')
    >>> parse_phone("0061 2 9374 4000", "US").e164
    '+61293744000'
    >>> parse_phone("415 555 0102") is None
    True
    """
    seen = read_as(text)
    if seen is None:
        return None
    number = _parsed(_LEADING_EXIT_CODE.sub("+", without_float_tail(seen), count=1), region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return Phone(_e164(number), number.extension or "")


def read_as(text: str) -> str | None:
    """Return a cell without words that are no part of its number; None if it has several numbers.

    >>> read_as("+49 89 1234-0 (Zentrale)"), read_as("+49 89 1234-0 DW 567")
    ('+49 89 1234-0 ', '+49 89 1234567')
    >>> read_as("+49 89 1234-0/-567"), read_as("1-800-FLOWERS")
    (None, '1-800-FLOWERS')
    """
    if len(text) > _LONGEST or not _OTHERWISE.search(text):
        return text
    text = _without_link(text)
    seen = _EXTENSION.sub(" ext. ", _DIRECT.sub("", _NOTE.sub("", text)))
    behind = _BEHIND.search(seen)
    if behind is not None and _digits(seen[: behind.start()]) >= _WHOLE_DIGITS:
        seen = seen[: behind.start()]
    between = _BETWEEN.search(seen)
    if between is not None and _digits(seen[: between.start() + 1]) >= _WHOLE_DIGITS:
        return None
    return None if with_several_ends(seen.strip()) else seen


def _without_link(text: str) -> str:
    """Return the number of a link such as ``<a href="tel:+14155550102">``, or the text itself."""
    found = _LINK.search(text)
    return text if found is None else found[1]


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def with_several_ends(text: str) -> tuple[str, str] | None:
    """Return both numbers of a cell with one number that has several ends; None for others.

    >>> with_several_ends("+49 89 1234-0/-567"), with_several_ends("030/1234567")
    (('+49 89 1234-0', '+49 89 1234-567'), None)
    """
    found = None if len(text) > _LONGEST else _SEVERAL_ENDS.fullmatch(text)
    if found is None or (found["other"] and len(found["other"]) != len(found["one"])):
        return None
    return found["stem"] + found["one"], found["stem"] + (found["two"] or found["other"])


def _parsed(text: str, region: str | None = None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as failure:
        # The library's frame keeps the exception, which keeps the frame, which keeps its callers:
        # all columns that they have would stay until cycles are looked for.
        clear_frames(failure.__traceback__)
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
    """Return the number as ``normal_phone`` does if it can replace the text, or None.

    None for a number without its area code, for one that would be another number when read again
    in E.164 (the library removes one trunk prefix at each reading), and for a range. Digits that no
    operator assigns are read with the region's own exit code, or without a trunk prefix, if that
    gives an assigned number; without a trunk prefix they may lack their area code.

    >>> normal_phone("555-0102", "US"), whole_phone("555-0102", "US")
    ('+15550102', None)
    >>> normal_phone("091 98765 43210", "IN"), whole_phone("091 98765 43210", "IN")
    ('+91919876543210', '+919876543210')
    >>> whole_phone("0011 1 415 555 0102", "AU"), whole_phone("98765 43210/11", "IN")
    ('+14155550102', None)
    >>> whole_phone("6234 5678", "CN"), whole_phone("010 6234 5678", "CN")
    (None, '+861062345678')
    """
    phone = _whole(text, region)
    return None if phone is None else _written(phone)


@lru_cache(maxsize=_REMEMBERED)
def _whole(text: str, region: str | None) -> Phone | None:
    phone = parse_phone(text, region)
    number = None if phone is None else _parsed(phone.e164)
    is_good = _is_assigned(number)
    if not is_good and (dialled := _as_dialled(text, region, phone)) is not None:
        return dialled
    tail = _TAIL.fullmatch(text)
    if tail is not None and (tail["sign"] == "/" or not is_good):
        stem = parse_phone(tail["stem"], region)
        if _digits(tail["stem"]) >= _WHOLE_DIGITS and stem and _is_assigned(_parsed(stem.e164)):
            return None
    if number is not None and _may_be_local(text, region, number, is_good=is_good):
        return None
    return phone if phone is not None and _is_whole(number, phone.e164) else None


def _may_be_local(
    text: str, region: str | None, number: phonenumbers.PhoneNumber, *, is_good: bool
) -> bool:
    """Return whether digits without a country code and a trunk prefix may lack their area code."""
    if region not in phonenumbers.SUPPORTED_REGIONS or text.lstrip("( ").startswith("+"):
        return False
    digits = phonenumbers.convert_alpha_characters_in_number(_WORDS_BEFORE.sub("", text))
    significant = phonenumbers.national_significant_number(number)
    is_bare = phonenumbers.normalize_digits_only(digits).startswith(significant)
    plan = plan_in(region)
    is_short = len(significant) <= plan.longest_local and not text.lstrip().startswith("(")
    return is_bare and plan.has_lengths and (is_short or not is_good)


def _as_dialled(text: str, region: str | None, known: Phone | None) -> Phone | None:
    """Return the assigned number in digits that are read in a way the library does not know."""
    seen = text.strip()
    if any(map(str.isalpha, seen)) or not (known or re.match(_MAY_BE_DIALLED, seen)):
        return None
    digits = "".join(filter(str.isdigit, seen))
    is_abroad = seen.lstrip("( ").startswith("+")
    forms = [_OLD[""].sub("+52", digits)] if is_abroad or digits.startswith("00") else []
    if region in phonenumbers.SUPPORTED_REGIONS and not is_abroad:
        abroad = re.match(plan_in(region).abroad or "(?!)", digits)
        forms += [f"+{digits[abroad.end() :]}"] if abroad else []
        forms += [_OLD[region].sub("", digits)] if region in _OLD else []
        forms += [digits[1:]] if known is not None and re.match("0[1-9]", digits) else []
    found = (parse_phone(form, region) for form in forms if form != digits)
    return next((one for one in found if one and _is_assigned(_parsed(one.e164))), None)


def _is_assigned(number: phonenumbers.PhoneNumber | None) -> bool:
    return number is not None and phonenumbers.is_valid_number(number)


def _is_whole(number: phonenumbers.PhoneNumber | None, e164: str) -> bool:
    """Return whether a number that was read in E.164 is whole, and stays as it was written."""
    return (
        number is not None
        and phonenumbers.is_possible_number_with_reason(number)
        == phonenumbers.ValidationResult.IS_POSSIBLE
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

    The key is the same before and after cleaning. Numbers that are not whole (``whole_phone``)
    have no key, nor have those that no operator assigns (one digit repeated).

    >>> phone_key("(415) 555-0102 ext. 4", "US")
    '+14155550102'
    """
    phone = _whole(tidy(narrow(text)) or "", region)
    is_one = phone is not None and len(set(phone.e164[-7:])) > 1
    return phone.e164 if phone is not None and is_one else None


# Seven to fifteen digits.
_NATIONAL = re.compile(r"[\d\s()./-]{7,20}", re.ASCII)
# Numbers that nothing but a phone looks like: brackets around the area, 415-555-0102, a trunk zero.
_CERTAIN = re.compile(
    r"[\d\s./-]*\(\d{2,5}\)[\d\s./-]+|\d{3}([-. ])\d{3}\1\d{4}|0\d{1,5}[\s/-][\d\s/-]+", re.ASCII
)
_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}", re.ASCII)


def may_be_phone(text: str) -> bool:
    """Return whether a cell may be a telephone number, with or without its country code.

    >>> may_be_phone("415 555 0102"), may_be_phone("2026-11-20")
    (True, False)
    """
    seen = tidy(_without_link(text)) or ""
    return parse_phone(seen) is not None or _is_national(seen)


def is_certain_phone(text: str) -> bool:
    """Return whether a cell looks like a telephone number and like nothing else.

    >>> is_certain_phone("(415) 555-0102"), is_certain_phone("4155550102")
    (True, False)
    """
    seen = tidy(_without_link(text)) or ""
    if "+" in seen[:2]:
        return parse_phone(seen) is not None
    return _is_national(seen) and _CERTAIN.fullmatch(seen) is not None


def _is_national(text: str) -> bool:
    shaped = _NATIONAL.fullmatch(text) is not None and _DATE.fullmatch(text) is None
    return shaped and _digits(text) in range(7, 16)


_E164 = "^[+][0-9]{3,20}$"
_FEWEST_DIGITS = 3
_CODE_DIGITS = 3
_FIRST_REGION = 1000
# No operator assigns a number with this end.
_REPEATED = f"(?:{'|'.join(f'{digit}{{7}}' for digit in range(10))})$"


def normal_phones(values: pa.Array, regions: pa.Array) -> ColumnResult:
    """Return each number as ``normal_phone`` gives it for its region, where that is certain.

    ``regions`` holds the country of each value (ISO alpha-2), null if unknown.
    """
    return _read_column(values, regions, where_possible)


def whole_phones(values: pa.Array, regions: pa.Array) -> ColumnResult:
    """Return each number as ``whole_phone`` gives it for its region, where that is certain."""
    return _read_column(values, regions, where_whole)


def phone_keys(values: pa.Array, regions: pa.Array) -> ColumnResult:
    """Return each number as ``phone_key`` gives it for its region, where that is certain."""
    whole, sure = whole_phones(values, regions)
    keys = pc.replace_substring_regex(whole, " ext[.] .*", "")
    repeated = matches(keys, _REPEATED)
    return ColumnResult(with_chosen(keys, repeated, pa.scalar(None, keys.type)), sure)


def _read_column(values: pa.Array, regions: pa.Array, keep: Keep) -> ColumnResult:
    if not len(values):
        return ColumnResult(values, np.zeros(0, dtype=bool))
    whole = matches(values, _E164)
    result = _by_notation(values, whole, _region_places(regions), keep)
    # The library ignores a region in small letters, except after a wrong country code.
    result.sure[matches(regions, "[^A-Z]")] = False
    others = values.filter(pa.array(~whole))
    doubtful = matches(others, _WORDS_BEHIND) & ~are_labelled(others)
    doubtful |= matches(others, FLOAT_TAIL) | matches(others, _MAY_HAVE_ENDS)
    if keep is where_whole:
        unread = as_mask(pc.is_null(result.results))[~whole]
        unread &= as_mask(pc.is_valid(regions))[~whole]
        doubtful |= (unread & matches(others, _MAY_BE_DIALLED)) | matches(others, _MAY_HAVE_TAIL)
        open_plans = pa.array(LONGEST_LOCAL, regions.type)
        unread &= as_mask(pc.is_in(regions, open_plans, skip_nulls=True))[~whole]
        doubtful |= unread & matches(others, _SHORT_WITH_AREA)
    result.sure[~whole] &= ~doubtful
    return result


def _by_notation(
    values: pa.Array, whole: np.ndarray, at_home: np.ndarray, keep: Keep
) -> ColumnResult:
    """Read the numbers, those of the mask as E.164."""
    if whole.all():
        return _resolved(values, from_e164(values), at_home, keep)
    if not whole.any():
        return _resolved(values, from_notation(values), at_home, keep)
    # Most of a cleaned column is in E.164, which takes half the time.
    parts = [
        _resolved(chosen, dial(chosen), at_home[mask], keep)
        for mask, dial in ((whole, from_e164), (~whole, from_notation))
        for chosen in [values.filter(pa.array(mask))]
    ]
    order = np.argsort(np.concatenate([np.flatnonzero(whole), np.flatnonzero(~whole)]))
    results = pa.concat_arrays([part.results for part in parts]).take(pa.array(order))
    return ColumnResult(results, np.concatenate([part.sure for part in parts])[order])


def _resolved(values: pa.Array, dialled: Dialled, at_home: np.ndarray, keep: Keep) -> ColumnResult:
    digits, abroad, extension, plain = dialled
    enough = plain & (lengths_of(digits) >= _FEWEST_DIGITS)
    plan = np.where(abroad, _country_codes(digits), at_home)
    numbers = _numbers(digits, np.where(enough, plan, 0), keep)
    nowhere = enough & (plan == 0)
    nowhere &= ~_redialled(digits, at_home, nowhere)
    sure = (enough & (plan > 0) & ~numbers.doubtful) | nowhere
    left = ~sure
    if left.any():
        sure[left] = are_hopeless(values.filter(pa.array(left)), at_home[left])
    return ColumnResult(_with_extension(numbers.digits, extension), sure)


def _redialled(digits: pa.Array, at_home: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return where a wrong country code may be read again as dialled from the region."""
    found = np.zeros(len(digits), dtype=bool)
    for place in np.unique(at_home[where & (at_home > 0)]):
        here = where & (at_home == place)
        abroad = plan_in(_regions()[place - _FIRST_REGION]).abroad
        found[here] = not abroad or matches(digits.filter(pa.array(here)), f"^(?:{abroad})")
    return found


@cache
def _regions() -> tuple[str, ...]:
    return tuple(sorted(phonenumbers.SUPPORTED_REGIONS))


def _region_places(regions: pa.Array) -> np.ndarray:
    """Return a number above 999 for each known region, 0 for others."""
    encoded = pc.dictionary_encode(regions)
    places = {region: _FIRST_REGION + at for at, region in enumerate(_regions())}
    known = np.array([*(places.get(name, 0) for name in encoded.dictionary.to_pylist()), 0])
    return known[pc.fill_null(encoded.indices, len(known) - 1).to_numpy()]


def _with_extension(numbers: pa.Array, extension: pa.Array) -> pa.Array:
    if extension.null_count == len(extension):
        return numbers
    longer = joined(numbers, " ext. ", extension)
    return pc.if_else(pc.is_valid(extension), longer, numbers)


@cache
def _code_table() -> np.ndarray:
    """Return the country code for each possible first three digits, 000 to 999."""
    table = np.zeros(10**_CODE_DIGITS, dtype=np.int64)
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        span = 10 ** (_CODE_DIGITS - len(str(code)))
        table[code * span : (code + 1) * span] = code
    return table


def _country_codes(digits: pa.Array) -> np.ndarray:
    """Return the country code at the begin of each number, or 0."""
    first = pc.utf8_slice_codeunits(digits, 0, _CODE_DIGITS)
    long = lengths_of(first) == _CODE_DIGITS
    figures = pc.cast(pc.if_else(pa.array(long), first, "0"), pa.int64()).to_numpy()
    return _code_table()[figures]


def _numbers(digits: pa.Array, plan: np.ndarray, keep: Keep) -> Numbers:
    """Read each number by its plan (a country code, or the place of a region); 0 is no plan."""
    order = np.argsort(plan, kind="stable")
    sorted_plan = plan[order]
    kinds, starts = np.unique(sorted_plan, return_index=True)
    sorted_digits = digits.take(pa.array(order))
    ends = [*starts[1:], len(order)][: len(starts)]
    parts = [
        _of_one_plan(sorted_digits.slice(start, end - start), int(kind), keep)
        for kind, start, end in zip(kinds, starts, ends, strict=True)
    ]
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    in_order = pa.concat_arrays([part.digits for part in parts]) if parts else digits
    doubtful = np.concatenate([part.doubtful for part in parts] or [np.zeros(0, dtype=bool)])
    return Numbers(in_order.take(pa.array(back)), doubtful[back])


def _of_one_plan(digits: pa.Array, kind: int, keep: Keep) -> Numbers:
    if kind == 0:
        return Numbers(pa.nulls(len(digits), pa.large_string()), np.zeros(len(digits), dtype=bool))
    if kind < _FIRST_REGION:
        rest = pc.utf8_slice_codeunits(digits, len(str(kind)))
        full, code = from_abroad(rest, plan_of(kind)), kind
    else:
        plan = plan_in(_regions()[kind - _FIRST_REGION])
        full, code = from_home(digits, plan), plan.country_code
    kept = keep(full, plan_of(code))
    if kind >= _FIRST_REGION and keep is where_whole:
        kept = without_local(kept, full, digits, plan)
    return Numbers(joined(f"+{code}", kept.digits), kept.doubtful)
