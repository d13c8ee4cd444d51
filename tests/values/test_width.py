from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.text import narrow, narrow_words


def test_every_printable_character_has_its_wide_twin() -> None:
    ascii_ = string.digits + string.ascii_letters + string.punctuation
    wide = "".join(chr(ord(character) + 0xFEE0) for character in ascii_)
    assert narrow(wide) == ascii_ == unicodedata.normalize("NFKC", wide)


@given(st.text())
def test_other_characters_stay(text: str) -> None:
    assert narrow(narrow(text)) == narrow(text)
    assert len(narrow(text)) == len(text)
    assert narrow("ﾊ①ﬁ²") == "ﾊ①ﬁ²"


@pytest.mark.parametrize(
    ("text", "narrowed"),
    [
        pytest.param("Ａｎａ　Ｒｕｉｚ", "Ana　Ruiz", id="Latin"),
        pytest.param("Ｂｊørn２", "Bjørn2", id="beside accents"),
        pytest.param("ＡＢＣ株式会社", "ＡＢＣ株式会社", id="beside ideographs"),
        pytest.param("ＮＴＴデータ", "ＮＴＴデータ", id="beside kana"),
        pytest.param("ＬＧ전자", "ＬＧ전자", id="beside Hangul"),
    ],
)
def test_words_keep_their_width_beside_east_asian_letters(text: str, narrowed: str) -> None:
    assert narrow_words(text) == narrowed
