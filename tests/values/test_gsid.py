from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.ids import is_gsid, normal_gsid

GOOD = "1P02" + "A9" * 16


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        pytest.param(GOOD, GOOD, id="as it stands"),
        pytest.param(f" {GOOD.lower()}\u200b", GOOD, id="pasted in small letters"),
        pytest.param("0" * 36, "0" * 36, id="digits only"),
        pytest.param(GOOD[:-1], None, id="35 characters"),
        pytest.param(GOOD + "A", None, id="37 characters"),
        pytest.param(GOOD[:18], None, id="the short form"),
        pytest.param(GOOD[:-1] + "-", None, id="a hyphen"),
        pytest.param(GOOD[:-1] + "ı", None, id="a dotless i is no I"),
        pytest.param(GOOD[:-1] + "ﬀ", None, id="a ligature is not two letters"),
        pytest.param(GOOD[:-2] + "ß", None, id="a sharp s is not two letters"),
        pytest.param(GOOD[:-1] + "Ａ", None, id="full width"),
        pytest.param(GOOD[:-1] + "٣", None, id="an Arabic digit"),
        pytest.param(GOOD[:18] + " " + GOOD[18:], None, id="a blank inside"),
        pytest.param("", None, id="empty"),
    ],
)
def test_normal(text: str, normal: str | None) -> None:
    assert normal_gsid(text) == normal
    assert is_gsid(text) == (text == normal)


@given(st.text(max_size=40) | st.text("1P02aıſ", min_size=36, max_size=36))
def test_a_normal_id_is_one(text: str) -> None:
    normal = normal_gsid(text)
    assert normal is None or (is_gsid(normal) and normal_gsid(normal) == normal)


def test_a_newline_behind_is_no_part() -> None:
    assert not is_gsid(GOOD + "\n")
