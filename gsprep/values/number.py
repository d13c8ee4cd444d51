"""Numbers, amounts and percentages."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import partial

from gsprep.values.text import tidy

# The documents name a code for a number out of range and no range; beyond this, whole numbers
# of 64 bits end.
LARGEST = 10.0**18

_DIGITS = re.compile(r"[+-]?\d+(?:\.\d*)?|[+-]?\.\d+", re.ASCII)
_EUROPEAN = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d+,\d+", re.ASCII)
# In India groups are of two digits above the thousands.
_GROUPED = re.compile(r"[+-]?[1-9](?:\d{0,2}(?:,\d{3})+|\d?(?:,\d\d)+,\d{3})(?:\.\d*)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_APART = re.compile(r"[+-]?\d{1,3}(?:([ '\u2019])\d{3})(?:\1\d{3})*(?:[.,]\d+)?", re.ASCII)
_DOTTED = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}", re.ASCII)
# A comma before exactly three digits may separate thousands or decimals.
_DOUBTFUL = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_LONGEST_TAIL = 2
# Arabic, Persian and Indian digits too.
_SIGNS = {0x2212: "-", 0x2013: "-", 0x66B: ".", 0x66C: ","} | {
    zero + digit: str(digit) for zero in (0x660, 0x6F0, 0x966) for digit in range(10)
}
_PERCENT = re.compile(
    r"^[%\u066a] ?"
    r"| ?(?:[%\u066a\uff05]|(?i:per ?cent|prozent|procent|percento|pour cent|por ciento))$"
)
# Negative amounts of accountants, and of SAP.
_NEGATIVE = re.compile(r"\(([\d.,' \u2019]+)\)|([\d.,' \u2019]*\d ?)-", re.ASCII)
# A dash in place of decimals: 5.-
_NO_DECIMALS = re.compile(r"(?<=\d[.,])[-\u2013\u2014]+$")


# Amounts with their currency in front or behind; a sign or a bracket may be outside.
_CURRENCY = (
    r"(?:[A-Z]{0,2}[$\u20a0-\u20cf\u00a3\u00a5\u0e3f\u5143\u5186\uc6d0]|(?i:kr|z\u0142|k\u010d|lei|tl|s?fr|rs"
    r"|\u0440\u0443\u0431|\u0440|aed|ars|aud|bgn|brl|cad|chf|clp|cny|cop|czk|dkk|egp|eur|euros?|gbp|hkd|huf"
    r"|idr|ils|inr|jpy|krw|kwd|mxn|myr|ngn|nok|nzd|pen|php|pkr|pln|qar|ron|rub|sar|sek|sgd|thb|try|twd"
    r"|uah|usd|vnd|zar))\.?"
)
_AMOUNT = re.compile(
    rf"(?P<before>[(+-]?) ?(?:(?P<front>{_CURRENCY}) ?)?(?P<number>[(+-]?\d[\d.,' \u2019]*[)-]?)"
    rf"(?: ?(?P<behind>{_CURRENCY}))?(?P<after>\)?)"
)
# The same with a dot, where a comma is before decimals.
_DOT_DOUBTFUL = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
# Says of a column that it has numbers such as 1.234, which may be 1234.
OPEN = "?"
# Numbers that have one reading only, by their decimal sign.
_PROOFS = {
    ",": re.compile(
        r"[+-]?(?:\d{1,3}(?:[. ']\d{3})+,\d+|\d+,(?:\d\d?|\d{4,})|0,\d+|\d{4,},\d+"
        r"|\d{1,3}(?:\.\d{3}){2,})",
        re.ASCII,
    ),
    ".": re.compile(
        r"[+-]?(?:\d{1,3}(?:[, ']\d{3})+\.\d+|\d*\.(?:\d\d?|\d{4,})|0\.\d+|\d{4,}\.\d+"
        r"|\d{1,3}(?:,\d{3}){2,}|\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?)",
        re.ASCII,
    ),
}
# Whole numbers as programs write them that keep all numbers as floats (RE2 and Python).
FLOAT_TAIL = r"^\s*[0-9]+(?:[.,]00?|[.,][0-9]+[eE][+]?[0-9]{1,2})\s*$"
_FLOAT = re.compile(r"(\d+)[.,](\d+?)(?:[eE]\+?(\d{1,2}))?", re.ASCII)


def without_float_tail(text: str) -> str:
    """Return the digits of a whole number that was written as a float; other text unchanged.

    With an exponent, the number must show all its digits.

    >>> [without_float_tail(t) for t in ("4155550102.0", "1,00", "4.155550102E+09")]
    ['4155550102', '1', '4155550102']
    >>> [without_float_tail(t) for t in ("4.1555E+09", "1.5", "v2.0")]
    ['4.1555E+09', '1.5', 'v2.0']
    """
    found = _FLOAT.fullmatch(text.strip())
    if found is None:
        return text
    whole, decimals, exponent = found[1], found[2], int(found[3] or 0)
    shown, tail = decimals[:exponent], decimals[exponent:]
    if len(shown) < exponent or tail.strip("0") or (not exponent and len(tail) > _LONGEST_TAIL):
        return text
    return (whole + shown).lstrip("0") if exponent else whole


def is_number(text: str) -> bool:
    """Return whether the text is a finite number with a dot before decimals.

    >>> is_number("-1.5e3"), is_number("1,234"), is_number("nan")
    (True, False, False)
    """
    try:
        number = float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text and math.isfinite(number)


def is_in_range(text: str) -> bool:
    """Return whether a number is below 10 to the 18th; other text is not judged."""
    return not is_number(text) or abs(float(text)) < LARGEST


def plain_number(text: str) -> str | None:
    """Return the number with a dot before decimals and nothing between thousands, or None.

    ``1,234`` has two readings, so it is None; two different signs, or one sign with one possible
    reading, make the number certain.

    >>> [plain_number(t) for t in ("1.234,50", "1,234.50", "1 234,5", "0,75", "1,234")]
    ['1234.50', '1234.50', '1234.5', '0.75', None]
    >>> [plain_number(t) for t in ("12,34,567.89", "(1,234.50)", "1.234,50-", "1.250,-")]
    ['1234567.89', '-1234.50', '-1234.50', '1250.00']
    """
    seen = _signed(text)
    if is_number(seen):
        return seen
    if _DOUBTFUL.fullmatch(seen):
        return None
    return _without_groups(seen)


def _without_groups(seen: str) -> str | None:
    if apart := _APART.fullmatch(seen):
        return seen.replace(apart[1], "").replace(",", ".")
    if _EUROPEAN.fullmatch(seen):
        return seen.replace(".", "").replace(",", ".")
    if _GROUPED.fullmatch(seen):
        return seen.replace(",", "")
    return seen.replace(".", "") if _DOTTED.fullmatch(seen) else None


def decimal_signs(texts: Iterable[str]) -> frozenset[str]:
    """Return the decimal signs that numbers of one column prove, and ``OPEN`` if some are open.

    What two parts of a column prove together is the union.

    >>> sorted(decimal_signs(["1.234", "1.234,56"])), sorted(decimal_signs(["1,5", "1.5"]))
    ([',', '?'], [',', '.'])
    """
    seen = {_bare(text) for text in texts}
    proofs = {**_PROOFS, OPEN: _DOT_DOUBTFUL}
    return frozenset(sign for sign, proof in proofs.items() if any(map(proof.fullmatch, seen)))


def amount_forms(texts: Iterable[str]) -> frozenset[str]:
    """Return what ``decimal_signs`` of amounts returns, and the currencies that are written.

    >>> sorted(amount_forms(["1.234,50 \u20ac", "12", "EUR 5"]))
    [',', 'eur', '\u20ac']
    """
    found = [_without_currency(text) for text in texts]
    return decimal_signs(text for text, _ in found) | {mark for _, mark in found if mark}


# What a percentage below one and one above it prove: a column of the first only may hold shares.
SHARE, PERCENT = "share", "percent"


def percentage_forms(texts: Iterable[str]) -> frozenset[str]:
    """Return what ``decimal_signs`` of percentages returns, and ``SHARE`` and ``PERCENT``.

    >>> sorted(percentage_forms(["0.125", "1", "0"])), sorted(percentage_forms(["12.5 %", "0.5"]))
    (['.', 'share'], ['.', 'percent', 'share'])
    """
    listed = list(texts)
    sizes = [abs(float(number)) for text in listed if (number := plain_percentage(text))]
    share = {SHARE} if any(0 < size < 1 for size in sizes) else set()
    return decimal_signs(listed) | share | ({PERCENT} if any(size > 1 for size in sizes) else set())


def _without_currency(text: str) -> tuple[str, str]:
    """Return a number without its currency, and this; an empty one if there is none, or two."""
    found = _AMOUNT.fullmatch((tidy(text) or "").translate(_SIGNS))
    if found is None or bool(found["front"]) == bool(found["behind"]):
        return text, ""
    mark = found["front"] or found["behind"]
    return found["before"] + found["number"].strip() + found["after"], mark.rstrip(".").casefold()


def _signed(text: str) -> str:
    seen = _NO_DECIMALS.sub("00", tidy(text) or "").translate(_SIGNS)
    found = _NEGATIVE.fullmatch(seen)
    return f"-{(found[1] or found[2]).strip()}" if found else seen


def _bare(text: str) -> str:
    return _signed(_PERCENT.sub("", tidy(text) or "", count=1))


def decimal_sign(proofs: frozenset[str]) -> str | None:
    """Return the decimal sign of a column with these proofs: None if none is proven.

    ``OPEN`` says that the column proves both and has open numbers: then a comma before decimals
    stays, because without it the column would say that 1.234 is a small number.
    """
    signs = proofs & {*_PROOFS}
    if len(signs) == 1:
        return next(iter(signs))
    return OPEN if signs and OPEN in proofs else None


def number_column_repair(
    proofs: frozenset[str], repair: Callable[[str], str | None]
) -> Callable[[str], str | None]:
    """Return the repair of the numbers of a column with these proofs.

    A currency is left out if the column has only one.
    """
    marks = proofs - {*_PROOFS, OPEN, SHARE, PERCENT}
    own = next(iter(marks)) if len(marks) == 1 else None
    return partial(_repaired_in_column, repair=repair, sign=decimal_sign(proofs), own=own)


def _repaired_in_column(
    text: str, repair: Callable[[str], str | None], sign: str | None, own: str | None
) -> str | None:
    number, mark = _without_currency(text)
    if mark and (mark != own or (sign in {None, OPEN} and is_open_number(number))):
        return None
    seen = _bare(number)
    if sign == OPEN and _PROOFS[","].fullmatch(seen):
        return None
    if sign == "," and _DOT_DOUBTFUL.fullmatch(seen):
        return seen.replace(".", "")
    if sign == "," and _DOUBTFUL.fullmatch(seen):
        return seen.replace(",", ".")
    found = repair(number)
    if found is None and sign == "." and _DOUBTFUL.fullmatch(seen):
        return seen.replace(",", "")
    return found


def is_open_number(text: str) -> bool:
    """Return whether the dot of a number may be before decimals or between thousands.

    >>> is_open_number("1.234"), is_open_number("1234.5"), is_open_number("0.123")
    (True, False, False)
    """
    return _DOT_DOUBTFUL.fullmatch(_bare(text)) is not None


def has_decimals(text: str, most: int) -> bool:
    """Return whether a number has more than ``most`` decimals, trailing zeros aside.

    >>> has_decimals("1.50", 1), has_decimals("1.55", 1)
    (False, True)
    """
    decimals = text.strip().partition(".")[2]
    return "e" not in decimals.lower() and len(decimals.rstrip("0")) > most


def is_currency(text: str) -> bool:
    """Return whether the text is an amount: digits, with or without commas between thousands.

    The places of the commas are not checked; see ``has_good_commas``.

    >>> is_currency("1,234.50"), is_currency("EUR 5")
    (True, False)
    """
    bare = text.replace(",", "")
    return is_number(bare) and (bare == text or _DIGITS.fullmatch(bare) is not None)


def has_good_commas(text: str) -> bool:
    """Return whether all commas separate thousands.

    >>> has_good_commas("1,234.50"), has_good_commas("1,23,4"), has_good_commas("0,123")
    (True, False, False)
    """
    return (
        "," not in text or not is_currency(text) or _THOUSANDS.fullmatch(text.strip()) is not None
    )


def plain_currency(text: str) -> str | None:
    """Return the amount as a plain number, or None if that is not certain.

    >>> plain_currency("1.234,50"), plain_currency("1,234"), plain_currency("$5")
    ('1234.50', '1,234', None)
    """
    seen = _signed(text)
    if is_currency(seen) and has_good_commas(seen):
        return seen
    return plain_number(seen)


def plain_percentage(text: str) -> str | None:
    """Return the percentage as a number without its sign, or None.

    >>> plain_percentage("12,5 %"), plain_percentage("%50"), plain_percentage("half")
    ('12.5', '50', None)
    """
    return plain_number(_bare(text))
