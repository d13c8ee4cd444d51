"""Telephone numbers as sixty countries write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.values.phone import normal_phone, phone_key, whole_phone

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
        pytest.param("+49 (0)(0)30 1234567", None, "+490301234567", id="two trunk zeros"),
        pytest.param("tel:+14155550102;ext=5", None, "+14155550102 ext. 5", id="tel address"),
        pytest.param("415 555 0102 x12", "US", "+14155550102 ext. 12", id="x"),
        pytest.param("415 555 0102 ext. 12", "US", "+14155550102 ext. 12", id="ext"),
        pytest.param("415 555 0102 #12", "US", "+14155550102 ext. 12", id="hash"),
        pytest.param("+14155550102x007", None, "+14155550102 ext. 007", id="zeros of extension"),
        pytest.param("1-800-FLOWERS", "US", "+18003569377", id="vanity"),
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


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        pytest.param("(415) 555-0102 x4", "US", "+14155550102 ext. 4", id="whole"),
        pytest.param("555-0102", "US", None, id="lacks its area"),
        pytest.param("+1 555 0102", None, None, id="lacks its area behind a country code"),
        pytest.param("+49 (0)(0)30 1234567", None, None, id="would lose another zero"),
        pytest.param("+49 (0)30 1234567", None, "+49301234567", id="a trunk zero"),
        pytest.param("n/a", "US", None, id="no number"),
    ],
)
def test_what_can_stand_in_place_of_the_text(
    text: str, region: str | None, number: str | None
) -> None:
    assert whole_phone(text, region) == number


@pytest.mark.parametrize(
    "text",
    ["000-000-0000", "999 999 9999", "+1 415 555 5555", "555-0102", "+49 00301234567", "n/a", ""],
)
def test_what_identifies_nobody_is_no_key(text: str) -> None:
    assert phone_key(text, "US") is None


@pytest.mark.parametrize(
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


@settings(max_examples=400, deadline=None)
@given(
    st.text(max_size=20) | numbers | st.text("0123456789+()-. x＋０;#/AB", max_size=18),
    st.sampled_from([None, "US", "DE", "IT", "XX"]),
)
def test_a_whole_number_reads_as_itself_everywhere(text: str, region: str | None) -> None:
    number = whole_phone(text, region)
    if number is not None:
        assert number == normal_phone(text, region)
        assert whole_phone(number) == whole_phone(number, "JP") == number
