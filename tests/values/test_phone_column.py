"""Numbers get the verdict and form of phonenumbers, alone and in columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.values.arrow import as_arrow
from gsprep.values.distinct import on_distinct_pairs, where_distinct
from gsprep.values.phone import (
    is_phone,
    normal_phone,
    normal_phones,
    phone_key,
    whole_phone,
    whole_phones,
)
from gsprep.values.text import narrow, tidy

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.values.arrow import ColumnResult

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMS = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
    phonenumbers.PhoneNumberFormat.RFC3966,
)
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
ARABIC = {ord("0") + digit: 0x660 + digit for digit in range(10)}
KINDS = sorted(kind for kind in phonenumbers.PhoneNumberType.values() if kind >= 0)
# A leading 00 is a plus, in any of the usual digits.
EXIT = re.compile(
    r"^[\s(]*[0\uff10\u0660\u06f0]{2}(?=[\s().-]*[1-9\uff11-\uff19\u0661-\u0669\u06f1-\u06f9])"
)


def phone_of_library(text: str, region: str | None) -> str | None:
    """Read a number by the library alone, once a leading 00 is a plus."""
    try:
        number = phonenumbers.parse(EXIT.sub("+", text), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164} ext. {number.extension}" if number.extension else e164


def column(values: list[str | None]) -> pd.Series:
    """Return a column whose index says nothing: one label for all."""
    return pd.Series(values, dtype="str", index=["x"] * len(values), name="Column")


def columns(pairs: list[tuple[str | None, str | None]]) -> tuple[pd.Series, pd.Series]:
    """Return texts and the regions they are dialled from as two columns."""
    return column([text for text, _ in pairs]), column([region for _, region in pairs])


def examples() -> list[tuple[str, str | None]]:
    """Numbers of every region as the library writes them, and with the slips people make."""
    found: list[tuple[str, str | None]] = []
    for region in REGIONS:
        number = phonenumbers.example_number(region)
        national = phonenumbers.national_significant_number(number)
        code, texts = number.country_code, [phonenumbers.format_number(number, f) for f in FORMS]
        trunk = phonenumbers.PhoneMetadata.metadata_for_region(region).national_prefix or ""
        texts += [
            f"00{code} {national}", f"011{code}{national}", f"{code}{national}", national[:-1],
            f"{trunk}{national}", f"+{code} ({trunk}){national}", f"+{code}{national}9" * 2,
            f"+{code} {trunk}{trunk}{national}", f"({trunk}{national[:2]}) {national[2:]}-",
            f"{texts[1]} ext. 12", f"{texts[2]} x7", f"{texts[2]}#123", f"Tel. {texts[1]}",
            f"{texts[2]}/{texts[2]}", f"{trunk}{national}9", f"{texts[2]} or later", national[-7:],
            f"{texts[3]};ext=7", f"tel:{national};phone-context=+{code}",
            f" \u200e{texts[1]}\u200f", texts[2].translate(FULL_WIDTH),
            f"00{code}{national}".translate(ARABIC),
        ]  # fmt: skip
        texts += [
            phonenumbers.format_number(other, form)
            for kind in KINDS
            for other in [phonenumbers.example_number_for_type(region, kind)]
            if other is not None
            for form in FORMS[1:3]
        ]
        found += [(text, where) for text in texts for where in (region, "US", None)]
    return found


HARD = [
    "1-800-FLOWERS", "1-800-FLOWERS x12", "+1 800 CALL NOW", "0800 FLOWERS", "415-555-CALL", "n/a",
    "1-800-GOT-JUNK", "1300 FLOWERS", "13 CATS", "CALLNOW", "1 (800) FLOWERS ext. 3", "+FLOWERS",
    "12", "1", "0", "", "+", "+0", "++1 415 555 0102", "(+1) 415 555 0102", "+ 1 415 555 0102",
    "415 555 0102 / x12", "415 555 0102 x12/x13", "415 555 0102,,5", "415 555 0102;ext=5", "#31#",
    "415 555 0102 int 5", "415 555 0102 anexo 5", "415-555-0102 503#", "tel:+1-415-555-0102;ext=3",
    "415 555 0102 extension 12", "415 555 0102 ext 12345678901234567890", "415 555 0102 #12345678",
    "415 555 0102 доб. 3", "415 555 0102 ext. \u0663", "415 555 0102 ｅｘｔ 7", "415 555 0102 x",
    "tel:555-0102;phone-context=+1415", "+1 415 555 0102;isub=3", "＋１４１５５５５０１０２", "00",
    "tel:863-1234;phone-context=+1-914-555", "tel:4155550102;phone-context=example.com",
    "tel:4155550102;phone-context=", "4155550102;phone-context=+1;phone-context=+49", "TEL:415",
    "\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0660\u0662", "+999 123456",
    "+011 22 115 3301264", "1-800-FLOWER\uff17",
    "\u06f0\u06f2\u06f1 \u06f1\u06f2\u06f3\u06f4 \u06f5\u06f6\u06f7\u06f8", "＋49 (0)30 1234567",
    "\u0660\u0660\u0664\u0669 \u0663\u0660 1234567", "００49 30 1234567", "\uff10049 30 1234567",
    "000 1234567", "0049 30 1234567", "00 (49) 30 1234567", "00/49/301234567", "(00)49 301234567",
    " ( 00 49 30 1234567", "\t0049 30 1234567", "\u00a00049 30 1234567", "\u200b0049 30 1234567",
    "00-49-30-1234567", "00.49.30.1234567", "00\u00a049 30 1234567", "00\u200949 30 1234567",
    "call 0049 30 1234567", "+49 (0)(0)30 1234567", "+49 0 0 30 1234567", "555-0102", "110",
    "415\u200b555\u00ad0102", "415\u202d5550102", "415\t555 0102", "415\u2060555\u30000102",
    "415\n555 0102", "415 555 0102\n", "415\u2011555\u20120102", "415\u2212555\uff0d0102",
    "5" * 61, "+1 415 555 0102" + " " * 200, " " * 230 + "+1 415 555 0102", "+1 " * 70 + "5",
    "+1 415 555 0102" + " " * 300, "(" * 100 + "415) 555 0102", "0" * 250,
    "0049 30" + "-" * 244 + "9", "9" * 251, "+1415555" + "0" * 10_000,
    "ext " * 60 + "5550102", "415 555 0102 " + "home " * 40,
    "ana@acme.com", "4155550102@acme.com", "415_555_0102", "415*555*0102", "[415] 555 0102",
    "1" * 17, "2019-05-17", "17.05.2019", "12:30", "$4155550102", "415 555 0102 & 415 555 0103",
    "415~555~0102", "415 555 0102 home", "415 555 0102 (home)", "x12", "ext 5550102", "0092e 03589",
    "(a) x12", "12345678901234567890", "4" * 60, "011 15-1234-5678", "0 11 15 1234 5678", "3" * 7,
]  # fmt: skip
PAIRS = examples() + [(t, where) for t in HARD for where in ("US", "DE", "AR", "XX", "us", None)]
FUNCTIONS = [pytest.param(f, id=f.__name__) for f in (normal_phone, whole_phone, phone_key)]


def test_the_form_of_the_library_for_numbers_of_every_region() -> None:
    expected = [phone_of_library(text, region) for text, region in PAIRS]
    alone = [normal_phone(text, region) for text, region in PAIRS]
    assert [
        wrong for wrong in zip(PAIRS, alone, expected, strict=True) if wrong[1] != wrong[2]
    ] == []
    found = on_distinct_pairs(*columns(PAIRS), normal_phone)
    pd.testing.assert_series_equal(found, column(expected))


def test_the_verdict_of_the_library_for_numbers_of_every_region() -> None:
    texts = [text for text, _ in PAIRS]
    expected = [phone_of_library(text, None) is not None for text in texts]
    assert where_distinct(column(texts), is_phone).tolist() == expected


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_column_of_numbers_of_every_region(function: Callable[..., str | None]) -> None:
    alone = [function(text, region) for text, region in PAIRS]
    pd.testing.assert_series_equal(on_distinct_pairs(*columns(PAIRS), function), column(alone))


@pytest.mark.parametrize("read", [normal_phones, whole_phones])
def test_most_is_read_by_the_column(read: Callable[..., ColumnResult]) -> None:
    """A pass that leaves most to the library saves nothing."""
    plain = [
        (text, where) for text, where in PAIRS if text.isascii() and "phone-context" not in text
    ]
    assert read(*map(as_arrow, columns(plain))).sure.mean() > 0.8


marks = st.sampled_from(
    [*" -./()+x#,;~\t\n\u00a0\u200b\u202a\uff0b\u2010\uff15\u0663", "ext", "00"]
)
dialled = st.text("0123456789+()-. x/eE#,", max_size=18) | st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "+", "00", "(+", "0", "1", "011", "Tel. ", "+ ", "tel:", "\uff10\u0660"]),
    st.sampled_from([1, 7, 33, 39, 44, 49, 52, 54, 55, 61, 81, 86, 225, 353, 590, 599, 800, 999]),
    st.text("0123456789", min_size=4, max_size=12) | st.text("0123456789 -().", max_size=14),
    marks | st.just(""),
    st.sampled_from(
        ["", "", " x12", " ext. 4", "#5", " int 3", "abc", " ab", ";ext=2", "/x3", "-", "5550102"]
    ),
)
places = st.none() | st.sampled_from(
    ["US", "DE", "IT", "AR", "BR", "MX", "JP", "GB", "CA", "BB", "JE", "AU", "KR", "BY", "XX", "us"]
)
written = dialled | st.text(max_size=12) | st.none()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(written, places), max_size=12))
def test_any_numbers_in_a_column(pairs: list[tuple[str | None, str | None]]) -> None:
    for function, alone in (
        (normal_phone, phone_of_library), (whole_phone, whole_phone), (phone_key, phone_key)
    ):  # fmt: skip
        expected = [None if text is None else alone(text, where) for text, where in pairs]
        found = on_distinct_pairs(*columns(pairs), function)
        pd.testing.assert_series_equal(found, column(expected))


@settings(max_examples=300, deadline=None)
@given(dialled | st.text(max_size=12), places)
def test_a_key_is_the_same_for_a_cell_that_was_cleaned(text: str, region: str | None) -> None:
    seen = tidy(narrow(text)) or ""
    assert phone_key(text, region) == phone_key(whole_phone(seen, region) or seen, region)
