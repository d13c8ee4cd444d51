"""Telephone numbers get the verdict and the form of phonenumbers."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
import phonenumbers
import pytest
from each_row import each_row
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gsprep.values.arrow import as_arrow
from gsprep.values.distinct import on_distinct_pairs, where_distinct
from gsprep.values.number import without_float_tail
from gsprep.values.phone import (
    is_phone,
    normal_phone,
    normal_phones,
    phone_key,
    read_as,
    whole_phone,
    whole_phones,
)
from gsprep.values.text import narrow, tidy

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.values.arrow import ColumnResult

NATIONAL = [
    ("US", "(415) 555-0102", "+14155550102"),
    ("US", "1-415-555-0102", "+14155550102"),
    ("US", "415.555.0102", "+14155550102"),
    ("CA", "416 555 0102", "+14165550102"),
    ("GB", "020 7946 0958", "+442079460958"),
    ("GB", "(0)20 7946 0958", "+442079460958"),
    ("DE", "030 / 12 34 56 7", "+49301234567"),
    ("DE", "0171-1234567", "+491711234567"),
    ("FR", "01 23 45 67 89", "+33123456789"),
    ("IT", "06 1234 5678", "+390612345678"),
    ("ES", "912 345 678", "+34912345678"),
    ("NL", "020-1234567", "+31201234567"),
    ("BE", "02 555 12 12", "+3225551212"),
    ("CH", "044 668 18 00", "+41446681800"),
    ("AT", "01 71100", "+43171100"),
    ("SE", "08-123 456 78", "+46812345678"),
    ("NO", "22 12 34 56", "+4722123456"),
    ("DK", "32 12 34 56", "+4532123456"),
    ("FI", "09 1234567", "+35891234567"),
    ("PL", "22 123 45 67", "+48221234567"),
    ("PT", "21 234 5678", "+351212345678"),
    ("IE", "01 234 5678", "+35312345678"),
    ("AU", "(02) 9374 4000", "+61293744000"),
    ("NZ", "09 123 4567", "+6491234567"),
    ("JP", "03-1234-5678", "+81312345678"),
    ("KR", "02-123-4567", "+8221234567"),
    ("CN", "010 1234 5678", "+861012345678"),
    ("IN", "098765 43210", "+919876543210"),
    ("SG", "6123 4567", "+6561234567"),
    ("BR", "(11) 91234-5678", "+5511912345678"),
    ("MX", "55 1234 5678", "+525512345678"),
    ("AR", "011 15-1234-5678", "+5491112345678"),
    ("ZA", "011 123 4567", "+27111234567"),
    ("IL", "03-123-4567", "+97231234567"),
    ("AE", "04 123 4567", "+97141234567"),
    ("RU", "8 (495) 123-45-67", "+74951234567"),
    ("BY", "8 (017) 123-45-67", "+375171234567"),
    ("KZ", "8 (727) 123 45 67", "+77271234567"),
    ("UA", "044 123 45 67", "+380441234567"),
    ("GR", "210 123 4567", "+302101234567"),
    ("TR", "0212 123 45 67", "+902121234567"),
    ("HR", "01 234 5678", "+38512345678"),
    ("CZ", "224 123 456", "+420224123456"),
    ("SK", "02 1234 5678", "+421212345678"),
    ("HU", "06 1 123 4567", "+3611234567"),
    ("RO", "021 123 4567", "+40211234567"),
    ("BG", "02 123 4567", "+35921234567"),
    ("IS", "411 2345", "+3544112345"),
    ("LU", "27 12 34 56", "+35227123456"),
    ("EE", "612 3456", "+3726123456"),
    ("TH", "02 123 4567", "+6621234567"),
    ("VN", "024 1234 5678", "+842412345678"),
    ("ID", "021 1234 5678", "+622112345678"),
    ("MY", "03-1234 5678", "+60312345678"),
    ("PH", "02 8123 4567", "+63281234567"),
    ("HK", "2123 4567", "+85221234567"),
    ("TW", "02 2123 4567", "+886221234567"),
    ("PK", "021-12345678", "+922112345678"),
    ("CL", "2 2123 4567", "+56221234567"),
    ("PE", "01 123 4567", "+5111234567"),
    ("VE", "0212-1234567", "+582121234567"),
    ("SA", "011 234 5678", "+966112345678"),
    ("EG", "02 12345678", "+20212345678"),
    ("MA", "0522-123456", "+212522123456"),
    ("NG", "0801 234 5678", "+2348012345678"),
    ("KE", "020 123 4567", "+254201234567"),
]


def test_national_forms() -> None:
    read = [(region, text, normal_phone(text, region)) for region, text, _ in NATIONAL]
    assert read == NATIONAL


@each_row(
    ("text", "region", "number"),
    [
        pytest.param("+1 415 555 0102", None, "+14155550102", id="international"),
        pytest.param("00 44 20 7946 0958", "US", "+442079460958", id="00 from elsewhere"),
        pytest.param("(0044) 20 7946 0958", None, "+442079460958", id="00 in brackets"),
        pytest.param("011 44 20 7946 0958", "US", "+442079460958", id="the US exit code"),
        pytest.param("+44 (0)20 7946 0958", None, "+442079460958", id="trunk zero"),
        pytest.param("+49 (0)(0)30 1234567", None, "+490301234567", id="two trunk zeros"),
        pytest.param("tel:+14155550102;ext=5", None, "+14155550102 ext. 5", id="tel address"),
        pytest.param("415 555 0102 x12", "US", "+14155550102 ext. 12", id="x"),
        pytest.param("415 555 0102 ext. 12", "US", "+14155550102 ext. 12", id="ext"),
        pytest.param("415 555 0102 #12", "US", "+14155550102 ext. 12", id="hash"),
        pytest.param("+14155550102x007", None, "+14155550102 ext. 007", id="zeros of extension"),
        pytest.param("1-800-FLOWERS", "US", "+18003569377", id="vanity"),
        pytest.param("+1 800 555 HELP", "US", "+18005554357", id="vanity between blanks"),
        pytest.param("+49 89 1234-0 (Zentrale)", None, "+498912340", id="note in brackets"),
        pytest.param("+49 89 1234-567 direkt", None, "+49891234567", id="word behind"),
        pytest.param("+44 20 7946 0958 HOME", None, "+442079460958", id="word in capitals"),
        pytest.param("+49 89 1234-0 DW 567", None, "+49891234567", id="extension for the zero"),
        pytest.param("089 1234 App. 12", "DE", "+4989123412", id="German extension"),
        pytest.param("+33 1 23 45 67 89 poste 12", None, "+33123456789 ext. 12", id="French one"),
        pytest.param("+49 89 1234-0/-567", None, None, id="two ends"),
        pytest.param("+49 89 1234-567/568", None, None, id="two ends without a hyphen"),
        pytest.param("089 1234567 oder 7654321", "DE", None, id="two numbers and a word"),
        pytest.param("030/1234567-8", "DE", "+493012345678", id="a slash behind the area"),
        pytest.param("＋１４１５５５５０１０２", None, "+14155550102", id="full-width digits"),
        pytest.param("+\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0660\u0662", None,
                     "+14155550102", id="Arabic digits"),
        pytest.param("\u0660\u0660\u0664\u0664 20 7946 0958", None, "+442079460958",
                     id="00 in Arabic digits"),
        pytest.param("tel:+1-415-555-0102;isub=3", None, "+14155550102", id="a subaddress"),
        pytest.param("tel:415-555-0102;phone-context=+1", None, "+14155550102", id="a context"),
        pytest.param("415\t555 0102", "US", None, id="a tab inside"),
        pytest.param("\u202a+1 415 555 0102\u202c", None, "+14155550102", id="pasted marks"),
        pytest.param("415 555 0102", None, None, id="no country"),
        pytest.param("415 555 0102", "XX", None, id="no such country"),
        pytest.param("555-0102", "US", "+15550102", id="within a town only"),
        pytest.param("110", "DE", "+49110", id="an emergency number"),
        pytest.param("12345678901234567890", "US", None, id="too long"),
        pytest.param("+14155550102 / +14155550103", None, None, id="two numbers"),
        pytest.param("n/a", "US", None, id="n/a"),
        pytest.param("-", "US", None, id="a dash"),
        pytest.param("0", "US", None, id="zero"),
        pytest.param("ana@acme.com", "US", None, id="an e-mail address"),
        pytest.param("+1 415 555 0102" + " " * 200, None, "+14155550102", id="many blanks"),
        pytest.param("+1 415 555 0102" + " " * 300, None, None, id="more than 250 characters"),
        pytest.param("+1" * 40, None, None, id="long text"),
        pytest.param("", "US", None, id="empty"),
    ],
)  # fmt: skip
def test_other_forms(text: str, region: str | None, number: str | None) -> None:
    assert normal_phone(text, region) == number


@each_row(
    ("text", "region", "number"),
    [
        pytest.param("(415) 555-0102 x4", "US", "+14155550102 ext. 4", id="whole"),
        pytest.param("555-0102", "US", None, id="lacks its area"),
        pytest.param("+1 555 0102", None, None, id="lacks its area behind a country code"),
        pytest.param("+49 (0)(0)30 1234567", None, None, id="would lose another zero"),
        pytest.param("+49 (0)30 1234567", None, "+49301234567", id="a trunk zero"),
        pytest.param("n/a", "US", None, id="no number"),
        pytest.param("091 98765 43210", "IN", "+919876543210", id="trunk zero and country code"),
        pytest.param("(0-22) 123 45 67", "PL", "+48221234567", id="a trunk zero of the past"),
        pytest.param("0011 44 20 7946 0958", "AU", "+442079460958", id="the exit code 0011"),
        pytest.param("00700 1 415 555 0102", "KR", "+14155550102", id="an operator's exit code"),
        pytest.param(
            "+52 1 55 1234 5678", None, "+525512345678", id="a mobile of Mexico before 2020"
        ),
        pytest.param(
            "044 55 1234 5678", "MX", "+525512345678", id="a prefix of Mexico before 2020"
        ),
        pytest.param("98765 43210/11", "IN", None, id="a second number's last digits"),
        pytest.param("6234 5678", "CN", None, id="a number of a town"),
        pytest.param("6234 5678", "DE", None, id="a number of a town that is one of another town"),
        pytest.param("(89) 123456", "DE", "+4989123456", id="an area code between brackets"),
        pytest.param("30 1234567", "DE", "+49301234567", id="longer than those of a town"),
        pytest.param("3123 4567", "BR", None, id="a number of a town, without an operator"),
        pytest.param(
            "138 0013 8000", "CN", "+8613800138000", id="a mobile number without a trunk prefix"
        ),
        pytest.param("415 123 4567", "US", "+14151234567", id="of a plan with one length"),
        pytest.param("030-12 34 56 / -57", "DE", None, id="two ends behind a slash"),
        pytest.param("02-123-4567-9", "TH", None, id="a range"),
        pytest.param("030 123456-0", "DE", "+49301234560", id="the extension of a switchboard"),
        pytest.param("0212 123 45 67 dahili 12", "TR", "+902121234567 ext. 12", id="Turkish"),
        pytest.param("224 123 456 l. 12", "CZ", "+420224123456 ext. 12", id="Czech"),
        pytest.param("03-1234-5678 内線12", "JP", "+81312345678 ext. 12", id="Japanese"),
    ],
)
def test_what_can_stand_in_place_of_the_text(
    text: str, region: str | None, number: str | None
) -> None:
    assert whole_phone(text, region) == number


@each_row(
    "text",
    ["000-000-0000", "999 999 9999", "+1 415 555 5555", "555-0102", "+49 00301234567", "n/a", ""],
)
def test_what_identifies_nobody_is_no_key(text: str) -> None:
    assert phone_key(text, "US") is None


@each_row(
    ("text", "key"),
    [
        pytest.param("+1 415\u202d555\t0102", "+14155550102", id="marks inside"),
        pytest.param("1-800-FLOWER\uff17", "+18003569377", id="a wide digit behind letters"),
    ],
)
def test_the_key_of_a_cell_that_was_not_cleaned(text: str, key: str) -> None:
    assert phone_key(text, "US") == key


def test_the_extension_is_no_part_of_the_key() -> None:
    assert phone_key("+1 415 555 0102 x3") == phone_key("(415) 555-0102", "US") == "+14155550102"


digits = st.text("0123456789", min_size=4, max_size=13)
codes = st.sampled_from([1, 7, 33, 39, 44, 49, 52, 54, 55, 61, 81, 86, 91, 225, 353, 380, 599, 800])
numbers = st.builds("+{}{}".format, codes, digits)


@settings(max_examples=settings().max_examples * 12)
@given(
    st.text(max_size=20) | numbers | st.text("0123456789+()-. x＋０;#/AB", max_size=18),
    st.sampled_from([None, "US", "DE", "IT", "XX"]),
)
def test_a_whole_number_reads_as_itself_everywhere(text: str, region: str | None) -> None:
    number = whole_phone(text, region)
    if number is not None:
        assert number == normal_phone(text, region)
        assert whole_phone(number) == whole_phone(number, "JP") == number


# Every tenth region, and those whose numbers are written in ways of their own;
# `make test-thorough` tries all regions.
OWN_WAYS = {"AR", "AU", "BR", "CA", "DE", "GB", "IT", "JP", "KR", "MX", "RU", "SM", "US"}
REGIONS = sorted(
    {*sorted(phonenumbers.SUPPORTED_REGIONS)[:: max(1, 90 // settings().max_examples)], *OWN_WAYS}
)
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
    """Read a number by the library, without words and a float's tail, a leading 00 as a plus."""
    if (seen := read_as(text)) is None:
        return None
    try:
        number = phonenumbers.parse(EXIT.sub("+", without_float_tail(seen)), region)
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


@cache
def numbers_in_regions() -> list[tuple[str, str | None]]:
    hard = [(text, where) for text in HARD for where in ("US", "DE", "AR", "XX", "us", None)]
    return examples() + hard


def test_the_form_of_the_library_for_numbers_of_every_region() -> None:
    expected = [phone_of_library(text, region) for text, region in numbers_in_regions()]
    alone = [normal_phone(text, region) for text, region in numbers_in_regions()]
    assert [
        wrong
        for wrong in zip(numbers_in_regions(), alone, expected, strict=True)
        if wrong[1] != wrong[2]
    ] == []
    found = on_distinct_pairs(*columns(numbers_in_regions()), normal_phone)
    pd.testing.assert_series_equal(found, column(expected))


def test_the_verdict_of_the_library_for_numbers_of_every_region() -> None:
    texts = list(dict.fromkeys(text for text, _ in numbers_in_regions()))
    expected = [phone_of_library(text, None) is not None for text in texts]
    assert where_distinct(column(texts), is_phone).tolist() == expected


@each_row("function", [whole_phone, phone_key])
def test_a_column_of_numbers_of_every_region(function: Callable[..., str | None]) -> None:
    alone = [function(text, region) for text, region in numbers_in_regions()]
    pd.testing.assert_series_equal(
        on_distinct_pairs(*columns(numbers_in_regions()), function), column(alone)
    )


@each_row("read", [normal_phones, whole_phones])
def test_most_is_read_by_the_column(read: Callable[..., ColumnResult]) -> None:
    """A pass that leaves most to the library saves nothing."""
    plain = [
        (text, where)
        for text, where in numbers_in_regions()
        if text.isascii() and "phone-context" not in text
    ]
    assert read(*map(as_arrow, columns(plain))).sure.mean() > 0.7


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
        [
            "",
            "",
            " x12",
            " ext. 4",
            "#5",
            " int 3",
            "abc",
            " ab",
            ";ext=2",
            "/x3",
            "-",
            "5550102",
            " (ab)",
            " DW 5",
            "-0 App. 5",
            "-1/2",
            "-0, -5",
            " oder 5550102",
            " poste 5",
            " home",
        ]
    ),
)
places = st.none() | st.sampled_from(
    ["US", "DE", "IT", "AR", "BR", "MX", "JP", "GB", "CA", "BB", "JE", "AU", "KR", "BY", "XX", "us"]
)
written = dialled | st.text(max_size=12) | st.none()


@settings(max_examples=settings().max_examples * 4)
@given(st.lists(st.tuples(written, places), min_size=20, max_size=40))
@example([])
def test_any_numbers_in_a_column(pairs: list[tuple[str | None, str | None]]) -> None:
    for function, alone in (
        (normal_phone, phone_of_library), (whole_phone, whole_phone), (phone_key, phone_key)
    ):  # fmt: skip
        expected = [None if text is None else alone(text, where) for text, where in pairs]
        found = on_distinct_pairs(*columns(pairs), function)
        pd.testing.assert_series_equal(found, column(expected))


@settings(max_examples=settings().max_examples * 10)
@given(dialled | st.text(max_size=12), places)
def test_a_key_is_the_same_for_a_cell_that_was_cleaned(text: str, region: str | None) -> None:
    seen = tidy(narrow(text)) or ""
    assert phone_key(text, region) == phone_key(whole_phone(seen, region) or seen, region)
