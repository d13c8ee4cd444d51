"""Telephone numbers as twenty countries write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.values.phone import normal_phone, parse_phone, phone_key

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
]


@pytest.mark.parametrize(("region", "text", "number"), NATIONAL)
def test_national_forms(region: str, text: str, number: str) -> None:
    assert normal_phone(text, region) == number


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        pytest.param("+1 415 555 0102", None, "+14155550102", id="international"),
        pytest.param("00 44 20 7946 0958", "US", "+442079460958", id="00 from elsewhere"),
        pytest.param("(0044) 20 7946 0958", None, "+442079460958", id="00 in brackets"),
        pytest.param("011 44 20 7946 0958", "US", "+442079460958", id="the US exit code"),
        pytest.param("+44 (0)20 7946 0958", None, "+442079460958", id="trunk zero"),
        pytest.param("+49 (0)(0)30 1234567", None, "+49301234567", id="two trunk zeros"),
        pytest.param("tel:+14155550102;ext=5", None, "+14155550102 ext. 5", id="tel address"),
        pytest.param("415 555 0102 x12", "US", "+14155550102 ext. 12", id="x"),
        pytest.param("415 555 0102 ext. 12", "US", "+14155550102 ext. 12", id="ext"),
        pytest.param("415 555 0102 #12", "US", "+14155550102 ext. 12", id="hash"),
        pytest.param("+14155550102x007", None, "+14155550102 ext. 007", id="zeros of extension"),
        pytest.param("1-800-FLOWERS", "US", "+18003569377", id="vanity"),
        pytest.param("＋１４１５５５５０１０２", None, "+14155550102", id="full-width digits"),
        pytest.param("+\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0660\u0662", None,
                     "+14155550102", id="Arabic digits"),
        pytest.param("\u202a+1 415 555 0102\u202c", None, "+14155550102", id="pasted marks"),
        pytest.param("415 555 0102", None, None, id="no country"),
        pytest.param("415 555 0102", "XX", None, id="no such country"),
        pytest.param("555-0102", "US", None, id="within a town only"),
        pytest.param("110", "DE", None, id="an emergency number"),
        pytest.param("12345678901234567890", "US", None, id="too long"),
        pytest.param("+14155550102 / +14155550103", None, None, id="two numbers"),
        pytest.param("n/a", "US", None, id="n/a"),
        pytest.param("-", "US", None, id="a dash"),
        pytest.param("0", "US", None, id="zero"),
        pytest.param("ana@acme.com", "US", None, id="an e-mail address"),
        pytest.param("+1" * 40, None, None, id="long text"),
        pytest.param("", "US", None, id="empty"),
    ],
)  # fmt: skip
def test_other_forms(text: str, region: str | None, number: str | None) -> None:
    assert normal_phone(text, region) == number


@pytest.mark.parametrize("text", ["000-000-0000", "999 999 9999", "+1 415 555 5555", "n/a", ""])
def test_placeholders_are_no_key(text: str) -> None:
    assert phone_key(text, "US") is None


def test_the_extension_is_no_part_of_the_key() -> None:
    assert phone_key("+1 415 555 0102 x3") == phone_key("(415) 555-0102", "US") == "+14155550102"


digits = st.text("0123456789", min_size=4, max_size=13)
codes = st.sampled_from([1, 7, 33, 39, 44, 49, 52, 54, 55, 61, 81, 86, 91, 225, 353, 380, 599, 800])
numbers = st.builds("+{}{}".format, codes, digits)


@settings(max_examples=400, deadline=None)
@given(
    st.text(max_size=20) | numbers | st.text("0123456789+()-. x＋０;#/AB", max_size=18),
    st.sampled_from([None, "US", "DE", "IT", "XX"]),
)
def test_a_normal_number_reads_as_itself_everywhere(text: str, region: str | None) -> None:
    number = normal_phone(text, region)
    if number is None:
        assert parse_phone(text, region) is None
    else:
        assert normal_phone(number) == normal_phone(number, "JP") == number
