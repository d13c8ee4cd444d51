"""A column gets what each of its values gets alone."""

from __future__ import annotations

import dataclasses
import gc
import re
import weakref
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from each_row import each_row
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gsprep.values import distinct
from gsprep.values.arrow import is_tidy, only
from gsprep.values.distinct import (
    COLUMN_FORMS,
    PAIR_COLUMN_FORMS,
    distinct_values,
    on_distinct,
    on_distinct_pairs,
    where_distinct,
)
from gsprep.values.domain import COMMON, ENDINGS, typo_suggestion
from gsprep.values.email import email_key, is_email, normal_email, repair_email
from gsprep.values.phone import is_phone, normal_phone, phone_key, whole_phone
from gsprep.values.text import SEEN, tidy, tidy_lines

if TYPE_CHECKING:
    from collections.abc import Callable

cells = st.lists(st.sampled_from([None, "a", "b", "A", " ", "none", "\u200b"]), max_size=8)


def column(values: list[str | None]) -> pd.Series:
    """Return a column whose index says nothing: one label for all."""
    return pd.Series(values, dtype="str", index=["x"] * len(values), name="Column")


def emptied(text: str) -> str | None:
    return None if text == "none" else f"<{text}>"


@given(cells)
def test_each_row_gets_what_its_value_gives(values: list[str | None]) -> None:
    given_column = column(values)
    before = given_column.copy()
    found = on_distinct(given_column, emptied)
    expected = column([None if value is None else emptied(value) for value in values])
    pd.testing.assert_series_equal(found, expected)
    pd.testing.assert_series_equal(given_column, before)


@given(cells)
def test_missing_never_holds(values: list[str | None]) -> None:
    found = where_distinct(column(values), str.islower)
    assert found.dtype == bool
    assert found.tolist() == [value is not None and value.islower() for value in values]
    assert found.index.tolist() == ["x"] * len(values)


@given(cells)
def test_each_distinct_value_is_asked_once(values: list[str | None]) -> None:
    asked: list[str] = []
    on_distinct(column(values), asked.append)
    assert asked == list(dict.fromkeys(value for value in values if value is not None))
    codes, distinct = distinct_values(column(values))
    assert distinct == asked
    assert [None if code < 0 else distinct[code] for code in codes] == values


@given(st.lists(st.tuples(*[st.sampled_from([None, "a", "b", "c"])] * 2), max_size=10))
def test_pairs(pairs: list[tuple[str | None, str | None]]) -> None:
    """A missing value beside is passed on as None, a missing value itself is not."""
    asked: list[tuple[str, str | None]] = []

    def of_two(text: str, beside: str | None) -> str | None:
        asked.append((text, beside))
        return None if beside == "c" else f"{text}{beside}"

    left, right = column([a for a, _ in pairs]), column([b for _, b in pairs])
    found = on_distinct_pairs(left, right, of_two)
    expected = [None if a is None or b == "c" else f"{a}{b}" for a, b in pairs]
    pd.testing.assert_series_equal(found, column(expected))
    assert sorted(asked, key=str) == sorted({p for p in pairs if p[0] is not None}, key=str)


def email_of_library(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


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


def test_hard_addresses_alone_and_in_a_column() -> None:
    texts = [*ADDRESSES, *LIMITS, "", "@", "ana"]
    expected = [email_of_library(text) for text in texts]
    alone = [normal_email(text) for text in texts]
    wrong = [line for line in zip(texts, alone, expected, strict=True) if line[1] != line[2]]
    assert wrong == []
    pd.testing.assert_series_equal(on_distinct(column(texts), normal_email), column(expected))
    found = where_distinct(column(texts), is_email)
    assert found.tolist() == [address is not None for address in expected]


@settings(max_examples=settings().max_examples * 3)
@given(st.lists(addresses | st.none() | st.text(max_size=12), min_size=20, max_size=40))
@example([])
def test_any_addresses_in_a_column(texts: list[str | None]) -> None:
    expected = [None if text is None else email_of_library(text) for text in texts]
    pd.testing.assert_series_equal(on_distinct(column(texts), normal_email), column(expected))


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
    "mailto:a%2Bb@acme.com", '=HYPERLINK("mailto:ana@acme.com?subject=a', "[a](mailto:ana@acme.com",
    "x@y.com <ana@acme.com>", "\u00a0Bo <mailto:An\u00ada@ACME.com> ", "smtp:ana@acme.com",
    "Firma individual", "Acme - Boston", "Acme Zürich – ZÜ", "ACME INC ACM", "Acme AB (publ)",
]  # fmt: skip
SLIPS = [
    f"ana@{name[:at]}{more}{name[at + gone :]}"
    for name in COMMON
    for at in range(len(name) + 1)
    for more, gone in (("", 1), ("q", 0), ("q", 1), (name[at + 1 : at + 2] + name[at : at + 1], 2))
] + [f"ana@acme.{ending}" for ending in ENDINGS]  # fmt: skip
dialled = st.text("0123456789+()-. x#", max_size=16)
FORMS = [pytest.param(function, id=function.__name__) for function in COLUMN_FORMS]


@each_row("function", FORMS)
def test_a_column_form_gives_what_the_function_gives(function: Callable[[str], object]) -> None:
    texts = [*CELLS, *SLIPS, *MAILBOXES]
    answers = [None if text is None else function(text) for text in texts]
    if function in {is_email, is_phone}:
        assert where_distinct(column(texts), function).tolist() == [bool(a) for a in answers]
    else:
        pd.testing.assert_series_equal(on_distinct(column(texts), function), column(answers))


@settings(max_examples=settings().max_examples * 2)
@given(st.lists(st.none() | st.text(max_size=8) | addresses | dialled, min_size=20, max_size=40))
@example([])
def test_column_forms_of_any_text(texts: list[str | None]) -> None:
    for function in (tidy, tidy_lines, repair_email, email_key, typo_suggestion):
        answers = [None if text is None else function(text) for text in texts]
        pd.testing.assert_series_equal(on_distinct(column(texts), function), column(answers))
    answers = [text is not None and is_phone(text) for text in texts]
    assert where_distinct(column(texts), is_phone).tolist() == answers


def test_slices_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = column([*CELLS, *SLIPS, *ADDRESSES])
    whole = on_distinct(texts, repair_email)
    monkeypatch.setattr(distinct, "_SLICE", 37)
    pd.testing.assert_series_equal(on_distinct(texts, repair_email), whole)
    assert set(PAIR_COLUMN_FORMS) == {normal_phone, phone_key, whole_phone}


@each_row("kinds", [1, 7, 1999, 2000])
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


def test_a_number_that_cannot_be_read_keeps_no_column_alive() -> None:
    """What a caller holds is freed without a search for cycles."""

    def caller() -> weakref.ref[pd.Series]:
        column = pd.Series(["+999 555 0102 77"], dtype="str")
        assert on_distinct_pairs(column, pd.Series(["US"], dtype="str"), whole_phone).isna().all()
        return weakref.ref(column)

    gc.disable()
    try:
        assert caller()() is None
    finally:
        gc.enable()
