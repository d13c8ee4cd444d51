"""Numbers as people write them: mended where one reading is left."""

from __future__ import annotations

from decimal import Decimal

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.number import (
    amount_forms,
    decimal_signs,
    has_decimals,
    has_good_commas,
    is_currency,
    is_in_range,
    is_number,
    number_column_repair,
    plain_currency,
    plain_number,
    plain_percentage,
    without_float_tail,
)


@each_row(
    ("text", "number"),
    [
        pytest.param("1.234,50", "1234.50", id="dots, then a comma"),
        pytest.param("1,234.50", "1234.50", id="commas, then a dot"),
        pytest.param("1.234.567", "1234567", id="dots only between thousands"),
        pytest.param("1,234,567", "1234567", id="commas only between thousands"),
        pytest.param("1 234,5", "1234.5", id="blank"),
        pytest.param("1\u202f234", "1234", id="narrow blank"),
        pytest.param("1'234.50", "1234.50", id="apostrophe"),
        pytest.param("0,75", "0.75", id="less than one"),
        pytest.param("0,123", "0.123", id="no thousand begins with zero"),
        pytest.param("12,5", "12.5", id="one decimal"),
        pytest.param("\u22125", "-5", id="minus sign"),
        pytest.param(" 5 ", "5", id="blanks around"),
        pytest.param("1.234", "1.234", id="a dot is a decimal dot"),
        pytest.param("١٬٢٣٤٫٥", "1234.5", id="Arabic digits"),
        pytest.param("1,234", None, id="two readings"),
        pytest.param("-12,345", None, id="two readings below zero"),
        pytest.param("1,23,4", None, id="no grouping"),
        pytest.param("1.234,50.1", None, id="mixed signs"),
        pytest.param("1 23", None, id="no thousand"),
        pytest.param("5 EUR", None, id="a currency"),
        pytest.param("", None, id="empty"),
    ],
)
def test_number(text: str, number: str | None) -> None:
    assert plain_number(text) == number


@each_row(
    ("text", "amount", "commas", "mended"),
    [
        ("1234.5", True, True, "1234.5"),
        ("1,234.50", True, True, "1,234.50"),
        ("1,234", True, True, "1,234"),
        ("1,23,4", True, False, None),
        ("12,5", True, False, "12.5"),
        ("1.234,50", True, False, "1234.50"),
        ("1.234.567,50", False, True, "1234567.50"),
        ("$5", False, True, None),
        ("five", False, True, None),
        ("1,nan", False, True, None),
    ],
)
def test_currency(text: str, amount: object, commas: object, mended: str | None) -> None:
    assert (is_currency(text), has_good_commas(text)) == (amount, commas)
    assert plain_currency(text) == mended


@each_row(
    ("text", "mended"),
    [
        ("12.5", "12.5"),
        ("12,5 %", "12.5"),
        ("50%", "50"),
        ("50 percent", "50"),
        ("%", None),
        ("half", None),
    ],
)
def test_percentage(text: str, mended: str | None) -> None:
    assert plain_percentage(text) == mended


@each_row(
    ("text", "good"),
    [("999999999999999999", False), ("1e17", True), ("-1e18", False), ("ten", True)],
)
def test_range(text: str, good: object) -> None:
    assert is_in_range(text) is good


@each_row(
    ("text", "most", "more"),
    [
        ("1.5", 0, True),
        ("1.0", 0, False),
        ("1.50", 1, False),
        ("1.25", 1, True),
        ("1e-9", 0, False),
    ],
)
def test_decimals(text: str, most: int, more: object) -> None:
    assert has_decimals(text, most) is more


@given(st.integers(-(10**12), 10**12), st.integers(0, 99))
def test_every_way_of_grouping_says_the_same(whole: int, cents: int) -> None:
    written = f"{whole:,}.{cents:02}"
    expected = f"{whole}.{cents:02}"
    european = written.translate(str.maketrans(",.", ".,"))
    assert plain_number(written) == plain_number(written.replace(",", " ")) == expected
    assert plain_number(european) == expected


@given(st.text() | st.text("0123456789., '-+%e", max_size=14))
def test_what_is_mended_is_a_number_and_stays(text: str) -> None:
    mended = plain_number(text)
    assert mended is None or (is_number(mended) and plain_number(mended) == mended)
    amount = plain_currency(text)
    assert amount is None or (is_currency(amount) and has_good_commas(amount))


@each_row(
    ("text", "plain"),
    [
        ("4930901820.0", "4930901820"),
        (" 4930901820.00 ", "4930901820"),
        ("4930901820,0", "4930901820"),
        ("007.0", "007"),
        ("4.93090182E+9", "4.93090182E+9"),
        ("4.930901820E+9", "4930901820"),
        ("4,930901820e09", "4930901820"),
        ("4.9309E+11", "4.9309E+11"),
        ("5E+3", "5E+3"),
        ("1.000", "1.000"),
        ("1.5", "1.5"),
        ("1.", "1."),
        (".0", ".0"),
        ("-1.0", "-1.0"),
        ("2.0.0", "2.0.0"),
        ("v2.0", "v2.0"),
    ],
)
def test_a_float_loses_its_tail_and_no_digit(text: str, plain: str) -> None:
    assert without_float_tail(text) == plain


@given(st.integers(0, 10**18))
def test_a_whole_number_comes_back_from_any_form_of_a_float(number: int) -> None:
    digits = str(number)
    power = len(digits) - 1
    forms = [f"{digits}.0", f"{digits},00", f"{digits[0]}.{digits[1:] or 0}E+{power:02}"]
    assert {without_float_tail(form) for form in forms} == {digits}


@each_row(
    ("column", "plain"),
    [
        (["1.234,56", "1.234", "99.000"], ["1234.56", "1234", "99000"]),
        (["12,5", "1.234", "1,234"], ["12.5", "1234", "1.234"]),
        (["1.234.567", "1.234"], ["1234567", "1234"]),
        (["1 234,5", "-1.234"], ["1234.5", "-1234"]),
        (["12.5", "1.234", "1,234"], ["12.5", "1.234", "1234"]),
        (["1,234.50", "1,234"], ["1234.50", "1234"]),
        (["1.234", "99.000", "7"], ["1.234", "99.000", "7"]),
        (["1,5", "1.5", "1.234", "1,234"], [None, "1.5", "1.234", None]),
        (["0,750", "0.750"], ["0.750", "0.750"]),
        (["$1,234.50", "-$5", "($5.00)", "7", "$1.234"], ["1234.50", "-5", "-5.00", "7", "1.234"]),
        (["1 234,50 \u20ac", "1.234 \u20ac", "\u20ac5"], ["1234.50", "1234", "5"]),
        (["kr 1 234", "5,50 kr.", "12 kr"], ["1234", "5.50", "12"]),
        (["R$ 1.234", "R$ 7"], [None, "7"]),
        (["$5", "5 \u20ac", "7"], [None, None, "7"]),
        (["CHF 1'234.50 CHF", "$1.2M", "12 Mio. \u20ac", "\u20ac\u20ac5"], [None] * 4),
    ],
)
def test_the_column_decides_what_a_dot_means(column: list[str], plain: list[str | None]) -> None:
    repair = number_column_repair(amount_forms(column), plain_number)
    assert [repair(text) for text in column] == plain


@given(st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=9))
def test_a_column_of_german_amounts_keeps_its_values(amounts: list[Decimal]) -> None:
    texts = [f"{a:,.2f}".translate(str.maketrans(",.", ".,")) for a in amounts]
    whole = [f"{int(a):,}".replace(",", ".") for a in amounts]
    repair = number_column_repair(decimal_signs([*texts, *whole]), plain_currency)
    assert [Decimal(repair(text) or "NaN") for text in texts] == amounts
    assert [Decimal(repair(text) or "NaN") for text in whole] == [int(a) for a in amounts]
