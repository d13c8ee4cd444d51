"""E-mail addresses get the verdict and the form of email-validator."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from each_row import each_row
from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gsprep.values.email import (
    caseless,
    caseless_emails,
    email_key,
    emails_in,
    holds_several_emails,
    is_email,
    normal_email,
    normal_emails,
    repair_email,
)

CORPUS = """
ana@acme.com Ana.Ruiz@ACME.com INFO@acme.com Postmaster@acme.com WebMaster@ACME.com
NOC@x.org ana@acme ana@ @acme.com ana ana@@acme.com ana@acme..com .ana@acme.com
ana.@acme.com a..b@acme.com -a@b.com a-@b.com _@b.com a@-b.com a@b-.com a@b.-com a@b.com-
a@b.c a@b.1 a@1.2 a@b.c1d a@b.1c a@b.ab--c a@ab--c.com a@b.xn--p1ai A@B.XN--P1AI a@b.xn--a
a@xn--mnchen-3ya.de a@münchen.de a@MÜNCHEN.DE josé@acme.com a@b.test a@b.ONION a@b.arpa
a@b.local a@b.localhost a@b.invalid a@b.example a@example a@test.acme.com a+b@acme.com
a'b@acme.com a@[127.0.0.1] a@127.0.0.1 a@acme.com. a@.acme.com "a"@acme.com "a@b"@acme.com
a,b@acme.com a;b@acme.com a<b@acme.com a@b@c.com ａ@acme.com a@ａcme.com a@acme。com a@faß.de
a@acme_x.com a@_acme.com straße@acme.com a@acme.comm 用户@例子.广告 a\u200b@acme.com
a@\u200bacme.com a@acme.com a@b.c\u0301m mailto:a@acme.com <a@acme.com>
a@acme.com,b@acme.com ΑΒ@acme.gr
"""
TEXTS = [*CORPUS.split(), "a@acme.com\n", "\na@acme.com", "a@acme.com "]
BOUNDS = [
    f"{'a' * mailbox}@{'b' * label}.{'c' * end}"
    for mailbox in (1, 63, 64, 65)
    for label in (1, 62, 63, 64)
    for end in (2, 63, 64)
]
LONG = [f"{'a' * size}@{'.'.join(['b' * 60] * 3)}.com" for size in (64, 65, 66, 67, 68)]
LONG += [f"a@{'.'.join(['b' * 59] * 4)}.{'c' * n}" for n in (8, 9, 10, 11, 12, 13, 14, 15)]


def of_library(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def test_hard_addresses_are_judged_as_by_the_library() -> None:
    texts = [*TEXTS, *BOUNDS, *LONG, "", " ", "@", "ana @acme.com", "a b@c.de"]
    wrong = [text for text in texts if normal_email(text) != of_library(text)]
    wrong += [text for text in texts if is_email(text) != (of_library(text) is not None)]
    assert wrong == []


parts = st.sampled_from([
    ".", "-", "--", "@", "a", "B", "1", "_", "+", "'", '"', " ", "xn--", "xn--p1ai", "com", "test",
    "arpa", "INFO", "postmaster", "é", "ß", "中", "\u200d", "\u00ad", "。", "a" * 63, "b" * 64, "[",
])  # fmt: skip
words = st.lists(parts, max_size=6).map("".join)
labels = st.text("abYZ019-", min_size=1, max_size=5)
addresses = st.builds(
    lambda mailbox, domain: f"{mailbox}@{'.'.join(domain)}",
    st.text("abYZ09.-_+", min_size=1, max_size=8),
    st.lists(labels, min_size=1, max_size=4),
)


@settings(max_examples=settings().max_examples * 20)
@given(words | addresses | st.builds("{}@{}.{}".format, words, words, words))
@example("a@b.-com")
def test_every_text_is_judged_as_by_the_library(text: str) -> None:
    """The quick proof of goodness never says more or less than the library."""
    assert normal_email(text) == of_library(text)


@each_row(
    ("text", "mended"),
    [
        pytest.param(" mailto:Ana@ACME.com ", "Ana@acme.com", id="mailto"),
        pytest.param("MAILTO:ana@acme.com?subject=Hi", "ana@acme.com", id="mailto with a subject"),
        pytest.param("Ana Ruiz <ana@acme.com>", "ana@acme.com", id="display name"),
        pytest.param('"Ruiz, Ana" <Ana@ACME.com>', "Ana@acme.com", id="quoted display name"),
        pytest.param("<mailto:ana@acme.com>", "ana@acme.com", id="both"),
        pytest.param("mailto:%20ana%40acme.com", "ana@acme.com", id="as a link writes it"),
        pytest.param("ana@acme.com;", "ana@acme.com", id="the end of a list"),
        pytest.param("ana@acme.com.", "ana@acme.com", id="the end of a sentence"),
        pytest.param("'ana@acme.com'", "ana@acme.com", id="quotes"),
        pytest.param("\u201eana@acme.com\u201c", "ana@acme.com", id="printed quotes"),
        pytest.param("[ana@acme.com]", "ana@acme.com", id="brackets"),
        pytest.param("'ana@acme.com", "'ana@acme.com", id="a quote that may be meant"),
        pytest.param(".ana@acme.com", ".ana@acme.com", id="a dot before"),
        pytest.param("\u200bana@acme.com\u00a0", "ana@acme.com", id="invisible"),
        pytest.param("ana@gmial.com", "ana@gmial.com", id="a slip is not mended"),
        pytest.param("ana@acme", "ana@acme", id="no address"),
        pytest.param("a@acme.com; b@acme.com", "a@acme.com; b@acme.com", id="two addresses"),
        pytest.param("ana (at) acme.com", "ana (at) acme.com", id="at in words"),
        pytest.param("Ana <>", "Ana <>", id="empty brackets"),
        pytest.param("a@acme.com <b@acme.com>", "b@acme.com", id="an address as display name"),
        pytest.param(" \ufeff ", None, id="nothing to see"),
        pytest.param("", None, id="empty"),
    ],
)
def test_mended(text: str, mended: str | None) -> None:
    assert repair_email(text) == mended


@settings(max_examples=settings().max_examples * 10)
@given(words | addresses | st.text(max_size=20))
def test_mending_twice_is_mending_once(text: str) -> None:
    """And an address in normal form stays as it is."""
    mended = repair_email(text)
    assert mended is None or repair_email(mended) == mended
    normal = normal_email(text)
    assert normal is None or repair_email(normal) == normal


@each_row(
    ("left", "right", "same"),
    [
        pytest.param("Ana@Acme.com", "ana@ACME.COM", True, id="case"),
        pytest.param("a@münchen.de", "A@xn--mnchen-3ya.de", True, id="punycode"),
        pytest.param("Ana <ana@acme.com>", " mailto:ana@acme.com", True, id="pasted"),
        pytest.param("straße@acme.com", "strasse@acme.com", False, id="sharp s is another person"),
        pytest.param("a.b@gmail.com", "ab@gmail.com", False, id="dots are not guessed away"),
    ],
)
def test_key(left: str, right: str, same: object) -> None:
    assert (email_key(left) == email_key(right)) is same


def test_no_address_has_no_key() -> None:
    assert [email_key(text) for text in ("", "ana", "ana@acme", "@")] == [None] * 4


@given(st.lists(st.none() | st.text(max_size=6) | st.text("aÅİΣß@. \t\x1c\u00a0", max_size=5)))
def test_a_column_is_compared_as_its_addresses_are(texts: list[str | None]) -> None:
    column = pd.Series(texts, dtype="str", index=["x"] * len(texts), name="Email")
    alone = [None if text is None else caseless(text) for text in texts]
    expected = pd.Series(alone, dtype="str", index=column.index, name="Email")
    pd.testing.assert_series_equal(caseless_emails(column), expected)


A, B = "ana@acme.com", "bo@acme.com"


@each_row(
    "text",
    [
        f"{A};{B}", f"{A}, {B}", f"{A} / {B}", f"{A} {B}", f"{A}\n{B}", f"{A} and {B}", f"{A}|{B}",
        f"Ana <{A}>, Bo <{B}>", f"{A}; Bo Berg <{B}>", f"mailto:{A};mailto:{B}", f"({A}) & ({B})",
        f"{A}; {B}; ANA@ACME.com", f"{A} oder {B}", f"{A};{B};",
    ],
)  # fmt: skip
def test_two(text: str) -> None:
    """And cleaning leaves such a cell to a person."""
    assert emails_in(text) == (A, B)
    assert holds_several_emails(text)
    assert "@" in (repair_email(text) or "").replace(A, "", 1)


@each_row(
    ("text", "found"),
    [
        pytest.param(A, (A,), id="one"),
        pytest.param(f'"Ruiz, Ana" <{A}>', (A,), id="a name with a comma"),
        pytest.param(f"{A} <{A}>", (A,), id="an address for a name"),
        pytest.param('"a,b"@acme.com', (), id="a quoted part, which is refused"),
        pytest.param(f"{A};", (A,), id="a separator at the end"),
        pytest.param(f"{A}, {A.upper()}", (A,), id="twice the same"),
        pytest.param(f"{A}; n/a", (A,), id="one and nothing"),
        pytest.param("ana@@acme.com", (), id="broken"),
        pytest.param("none", (), id="no address"),
        pytest.param("", (), id="empty"),
    ],
)
def test_one_or_none(text: str, found: tuple[str, ...]) -> None:
    assert emails_in(text) == found
    assert not holds_several_emails(text)


@given(st.lists(st.sampled_from("abcdefg"), unique=True, max_size=5), st.sampled_from(";,| /"))
def test_each_is_found_in_its_order(names: list[str], sign: str) -> None:
    addresses = tuple(f"{name}@acme.com" for name in names)
    assert emails_in(sign.join(addresses)) == addresses


@each_row("name", [*CASE_INSENSITIVE_MAILBOX_NAMES, "Ana"])
def test_mailboxes_that_the_library_writes_in_lower_case(name: str) -> None:
    address = f"{name.title()}@acme.com"
    expected = validate_email(address, check_deliverability=False).normalized
    assert normal_email(address) == expected
    column = normal_emails(pa.array([address], pa.large_string()))
    assert column.results.to_pylist() == [expected]
