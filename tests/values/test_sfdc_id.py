from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.ids import has_good_checksum, is_sfdc_id, normal_sfdc_id, with_case_restored

GOOD = "0015000000Gv7qJAAR"


@pytest.mark.parametrize(
    ("text", "form", "sum_"),
    [
        pytest.param(GOOD, True, True, id="18"),
        pytest.param(GOOD[:15], True, True, id="15 have no checksum"),
        pytest.param("0015000000GV7QJAAR", True, False, id="case lost"),
        pytest.param("0015000000Gv7qJAAA", True, False, id="wrong checksum"),
        pytest.param(GOOD[:17], False, True, id="17"),
        pytest.param("0015000000Gv7q-", False, True, id="hyphen"),
        pytest.param("００15000000Gv7qJ", False, True, id="full width"),
        pytest.param(GOOD + "\n", False, True, id="newline"),
        pytest.param("", False, True, id="empty"),
    ],
)
def test_id(text: str, form: object, sum_: object) -> None:
    assert is_sfdc_id(text) is form
    assert has_good_checksum(text) is sum_


def test_blanks_go() -> None:
    assert normal_sfdc_id(f" {GOOD}\u00a0") == GOOD
    assert normal_sfdc_id("x") is None


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        pytest.param(GOOD.upper(), GOOD, id="capitals"),
        pytest.param(GOOD.lower(), GOOD, id="small letters"),
        pytest.param("0015000000Gv7qJAAA", None, id="mixed case: something else is wrong"),
        pytest.param("0015000000GV7QJ999", None, id="no marks"),
        pytest.param("001500000000000A5A", None, id="a digit marked as a capital"),
        pytest.param(GOOD[:15].upper(), None, id="15 cannot tell"),
    ],
)
def test_case_is_restored_where_the_checksum_tells_it(text: str, whole: str | None) -> None:
    assert with_case_restored(text) == whole


@given(st.from_regex(r"\A[0-9A-Za-z]{18}\Z"))
def test_a_restored_id_has_a_good_checksum(text: str) -> None:
    whole = with_case_restored(text.upper())
    assert whole is None or (has_good_checksum(whole) and whole.upper() == text.upper())
