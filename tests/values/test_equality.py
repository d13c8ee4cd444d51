"""Addresses and numbers get the verdict and form of the libraries, alone and in columns."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import phonenumbers
import pyarrow as pa
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.values import distinct
from gsprep.values.arrow import as_arrow, is_tidy, only
from gsprep.values.at_once import AT_ONCE, PAIRS_AT_ONCE
from gsprep.values.distinct import on_distinct, on_distinct_pairs, where_distinct
from gsprep.values.email import email_key, is_email, mend_email, normal_email
from gsprep.values.mail_slip import COMMON, ENDINGS, slip_suggestion
from gsprep.values.phone import is_phone, normal_phone, phone_key
from gsprep.values.phone_column import read_phones
from gsprep.values.text import tidy, tidy_lines
from gsprep.values.text_column import SEEN

if TYPE_CHECKING:
    from collections.abc import Callable

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMS = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
    phonenumbers.PhoneNumberFormat.RFC3966,
)


def email_of_library(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def phone_of_library(text: str, region: str | None) -> str | None:
    """Read a number by the library alone, again until the reading stays."""
    seen = tidy(text) or ""
    if len(seen) > 60:
        return None
    number = possible(re.sub(r"^[\s(]*00(?=[\s().-]*[1-9])", "+", seen), region)
    found = None if number is None else e164_of(number)
    while found is not None:
        again = possible(found, None)
        if again is not None and e164_of(again) == found:
            break
        found = None if again is None else e164_of(again)
    extension = number.extension if number is not None else None
    return f"{found} ext. {extension}" if found and extension else found


def possible(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    return number if reason == phonenumbers.ValidationResult.IS_POSSIBLE else None


def e164_of(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def column(values: list[str | None]) -> pd.Series:
    """Return a column whose index says nothing: one label for all."""
    return pd.Series(values, dtype="str", index=["x"] * len(values), name="Column")


# Addresses

MAILBOXES = [
    "ana", "Ana.Ruiz", "INFO", "Postmaster", '"ana"', '"a b"', '"a@b"', '"a\\"b"', 'a"b', "a..b",
    ".a", "a.", "a'b", "a!#$%&'*+-/=?^_`{|}~z", "a,b", "a;b", "a(b)", "a<b", "a\\b", "a b", "a:b",
    "josé", "jose\u0301", "用户", "ａ", "a\u200b", "straße", "a" * 64, "a" * 65, "a" * 200, "",
    "-a-", "_", "a--b", "mailto:a", "Ana <a", "<a",
]  # fmt: skip
DOMAINS = [
    "acme.com", "ACME.Com", "a.b", "a.1", "a.c1", "1.2", "a-b.com", "a--b.com", "ab--c.com",
    "-a.com", "a-.com", "a.com-", "a.-com", "a..com", ".a.com", "a.com.", "acme", "", "a_b.com",
    "münchen.de", "MÜNCHEN.DE", "xn--mnchen-3ya.de", "XN--MNCHEN-3YA.DE", "xn--a.com", "faß.de",
    "axn--b.com", "例子.广告", "acme。com", "ａcme.com", "a.test", "a.TEST", "test.com", "a.local",
    "a.localhost", "a.onion", "a.arpa", "a.invalid", "a.example", "latest", "a.latest",
    "contest.de",
    "[127.0.0.1]", "127.0.0.1", "a.com>", "a@b.com", "a b.com", "a.com\n", f"{'b' * 63}.com",
    f"{'b' * 64}.com", ".".join(["b" * 60] * 3) + ".com", ".".join(["b" * 61] * 4) + ".com",
    ".".join(["b" * 62] * 4) + ".com", "gmial.com", "gmail.con", "ya.hoo.com",
]  # fmt: skip
ADDRESSES = [f"{mailbox}@{domain}" for mailbox in MAILBOXES for domain in DOMAINS]
LIMITS = [
    f"{'a' * mailbox}@{'b' * label}.{'c' * end}"
    for mailbox in (1, 63, 64, 65, 190, 191, 192, 193, 194)
    for label in (1, 57, 58, 59, 62, 63, 64)
    for end in (2, 62, 63, 64)
]
parts = st.sampled_from([
    ".", "-", "--", "@", "a", "B", "1", "_", "+", "'", '"', " ", "xn--", "com", "test", "arpa", "[",
    "INFO", "é", "ß", "中", "\u200d", "\u00ad", "。", "a" * 63, "b" * 64, "<", ">", "mailto:", "\\",
    "(", ",", ";", "?", "\n", "\t", "\x7f", "acme.com", "@acme.com", "Ana <", "/", "|", "~", "!",
])  # fmt: skip
words = st.lists(parts, max_size=7).map("".join)
addresses = words | st.builds("{}@{}.{}".format, words, words, words)


@pytest.mark.parametrize(
    "text", [*ADDRESSES, *LIMITS, "", "@", "ana"], ids=lambda text: f"{text[:12]!r}-{len(text)}"
)
def test_hard_addresses(text: str) -> None:
    assert normal_email(text) == email_of_library(text)


def test_hard_addresses_in_a_column() -> None:
    texts = [*ADDRESSES, *LIMITS]
    expected = [email_of_library(text) for text in texts]
    pd.testing.assert_series_equal(on_distinct(column(texts), normal_email), column(expected))
    found = where_distinct(column(texts), is_email)
    assert found.tolist() == [address is not None for address in expected]


@settings(max_examples=300, deadline=None)
@given(st.lists(addresses | st.none() | st.text(max_size=12), max_size=12))
def test_any_addresses_in_a_column(texts: list[str | None]) -> None:
    expected = [None if text is None else email_of_library(text) for text in texts]
    pd.testing.assert_series_equal(on_distinct(column(texts), normal_email), column(expected))


# Numbers


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
            f"{texts[2]}/{texts[2]}", f"{trunk}{national}9", f"{texts[2]} or later",
        ]  # fmt: skip
        found += [(text, where) for text in texts for where in (region, "US", None)]
    return found


HARD = [
    "1-800-FLOWERS", "1-800-FLOWERS x12", "+1 800 CALL NOW", "0800 FLOWERS", "415-555-CALL", "n/a",
    "12", "1", "0", "", "+", "+0", "++1 415 555 0102", "(+1) 415 555 0102", "+ 1 415 555 0102",
    "415 555 0102 / x12", "415 555 0102 x12/x13", "415 555 0102,,5", "415 555 0102;ext=5", "#31#",
    "415 555 0102 int 5", "415 555 0102 anexo 5", "415-555-0102 503#", "tel:+1-415-555-0102;ext=3",
    "tel:555-0102;phone-context=+1415", "+1 415 555 0102;isub=3", "＋１４１５５５５０１０２", "00",
    "\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0660\u0662", "+999 123456",
    "000 1234567", "0049 30 1234567", "00 (49) 30 1234567", "00/49/301234567",
    "call 0049 30 1234567", "5" * 61,
    "ana@acme.com", "4155550102@acme.com", "415_555_0102", "415*555*0102", "[415] 555 0102",
    "1" * 17,
    "415~555~0102", "415 555 0102 home", "415 555 0102 (home)", "x12", "ext 5550102", "0092e 03589",
    "(a) x12", "12345678901234567890", "4" * 60, "011 15-1234-5678", "0 11 15 1234 5678", "3" * 7,
]  # fmt: skip


def test_numbers_of_every_region_in_a_column() -> None:
    pairs = examples() + [
        (text, where) for text in HARD for where in ("US", "DE", "AR", "XX", None)
    ]
    texts, regions = (list(side) for side in zip(*pairs, strict=True))
    expected = [phone_of_library(text, region) for text, region in pairs]
    found = on_distinct_pairs(column(texts), column(regions), normal_phone)
    wrong = [
        (p, f) for p, f, e in zip(pairs, found, expected, strict=True) if (f == e) is (e is None)
    ]
    assert wrong == []
    assert [normal_phone(*pair) for pair in pairs[:2000]] == expected[:2000]
    sure = read_phones(as_arrow(column(texts)), as_arrow(column(regions))).sure
    assert sure.mean() > 0.8, "a pass that leaves most to the library saves nothing"


dialled = st.text("0123456789+()-. x/eE#,", max_size=18) | st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "+", "00", "(+", "0", "1", "011", "Tel. ", "+ "]),
    st.sampled_from([1, 7, 33, 39, 44, 49, 52, 54, 55, 61, 81, 86, 225, 353, 590, 599, 800, 999]),
    st.text("0123456789", min_size=4, max_size=12) | st.text("0123456789 -().", max_size=14),
    st.sampled_from(
        ["", "", " x12", " ext. 4", "#5", " int 3", "abc", " ab", ";ext=2", "/x3", "-"]
    ),
)
places = st.none() | st.sampled_from(
    ["US", "DE", "IT", "AR", "BR", "MX", "JP", "GB", "CA", "BB", "JE", "AU", "KR", "BY", "XX", "us"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(dialled | st.text(max_size=12) | st.none(), places), max_size=12))
def test_any_numbers_in_a_column(pairs: list[tuple[str | None, str | None]]) -> None:
    expected = [None if text is None else phone_of_library(text, where) for text, where in pairs]
    texts, regions = column([text for text, _ in pairs]), column([where for _, where in pairs])
    pd.testing.assert_series_equal(
        on_distinct_pairs(texts, regions, normal_phone), column(expected)
    )


# Every function that has a twin


CELLS = [
    None, "Ana", " Ana", "Ana  Ruiz", "Müller", "Mu\u0308ller", "王伟", "a\u200bb", "\u00a0", "-",
    "",
    "李 四", "می\u200cخواهم", "Ana\tRuiz", "Ana\nRuiz", "ana@acme.com", "Ana@ACME.com",
    "INFO@acme.com",
    "Ana <ana@acme.com>", "mailto:ana@acme.com", "a@gmial.com", "a@gmai.com", "A@GMAIL.CON",
    "a@b--c.de",
    "a@hotmail.co.uk", "a@hotmali.co.uk", "a@ymail.com", "+14155550102", "+1 415 555 0102", "415",
    "+14155550102 ext. 4", "+49 (0)30 1234567", "a@cloud.com", "a@iclud.com", "a@acme.comm",
    "é@é.de",
]  # fmt: skip
SLIPS = [
    f"ana@{name[:at]}{more}{name[at + gone :]}"
    for name in COMMON
    for at in range(len(name) + 1)
    for more, gone in (("", 1), ("q", 0), ("q", 1), (name[at + 1 : at + 2] + name[at : at + 1], 2))
] + [f"ana@acme.{ending}" for ending in ENDINGS]  # fmt: skip
TWINS = [pytest.param(function, id=function.__name__) for function in AT_ONCE]


@pytest.mark.parametrize("function", TWINS)
def test_a_twin_gives_what_the_function_gives(function: Callable[[str], object]) -> None:
    texts = [*CELLS, *SLIPS, *MAILBOXES]
    answers = [None if text is None else function(text) for text in texts]
    if function in {is_email, is_phone}:
        assert where_distinct(column(texts), function).tolist() == [bool(a) for a in answers]
    else:
        pd.testing.assert_series_equal(on_distinct(column(texts), function), column(answers))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | st.text(max_size=8) | addresses | dialled, max_size=8))
def test_twins_of_any_text(texts: list[str | None]) -> None:
    for function in (tidy, tidy_lines, mend_email, email_key, slip_suggestion):
        answers = [None if text is None else function(text) for text in texts]
        pd.testing.assert_series_equal(on_distinct(column(texts), function), column(answers))
    answers = [text is not None and is_phone(text) for text in texts]
    assert where_distinct(column(texts), is_phone).tolist() == answers


def test_slices_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = column([*CELLS, *SLIPS, *ADDRESSES])
    whole = on_distinct(texts, mend_email)
    monkeypatch.setattr(distinct, "_SLICE", 37)
    pd.testing.assert_series_equal(on_distinct(texts, mend_email), whole)
    assert set(PAIRS_AT_ONCE) == {normal_phone, phone_key}


@pytest.mark.parametrize("kinds", [1, 7, 1999, 2000])
def test_cells_spread_to_the_column_again(kinds: int) -> None:
    """And what is done to the cells is done to every row."""
    texts = column([None if at % 11 == 3 else f"v{at % kinds}" for at in range(2000)])
    cells = distinct.as_cells(texts)
    pd.testing.assert_series_equal(cells.spread(), texts)
    upper = dataclasses.replace(cells, entries=cells.entries.str.upper())
    pd.testing.assert_series_equal(upper.spread(), texts.str.upper())
    assert len(cells.entries) == (2000 if kinds > 1000 else kinds)


def test_every_character_taken_for_tidy_is() -> None:
    """Alone, and between letters of its own and of another script."""
    seen = re.compile(f"[{re.sub(r'x{([0-9a-f]+)}', lambda m: f'u{int(m[1], 16):04x}', SEEN)}]")
    letters = [chr(code) for code in range(0x10000) if seen.fullmatch(chr(code))]
    assert len(letters) > 30_000
    wrong = [c for c in letters if tidy(f"{c}{c}a{c}") != f"{c}{c}a{c}" or tidy(c) != c]
    assert wrong == []


@given(st.lists(st.none() | st.text("a1 \t\u00e9+", max_size=5), max_size=8), st.integers(0, 3))
def test_bytes_of_a_slice_are_its_own(texts: list[str | None], start: int) -> None:
    values = pa.array(["1 ", *texts], pa.large_string()).slice(1)[start:]
    rest = texts[start:]
    assert only(values, b"01").to_pylist() == [re.sub("[^01]", "", text or "") for text in rest]
    sure = is_tidy(values)
    assert len(sure) == len(rest)
    taken = [text for text, good in zip(rest, sure, strict=True) if good and text is not None]
    assert all(tidy(text) == text for text in taken)
    assert np.all(sure[[text is None for text in rest]])
