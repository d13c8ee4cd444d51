"""Text as a person sees it."""

from __future__ import annotations

import string
import unicodedata

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.text import narrow, narrow_words, searchable, storable, tidy, tidy_lines


@each_row(
    ("text", "seen"),
    [
        pytest.param("  Ana   Ruiz ", "Ana Ruiz", id="blanks"),
        pytest.param("Ana\tRuiz\r\n", "Ana Ruiz", id="tab and newline"),
        pytest.param("Ana\u00a0\u3000Ruiz", "Ana Ruiz", id="other blanks"),
        pytest.param("\ufeffAna\u200b\u2060", "Ana", id="zero width"),
        pytest.param("\u202aAna\u202c", "Ana", id="directions"),
        pytest.param("Ana\u00adlena", "Analena", id="soft hyphen"),
        pytest.param("A\u200dna", "Ana", id="a joiner hides between Latin letters"),
        pytest.param("Ana\x00\x1b", "Ana", id="controls"),
        pytest.param("Jose\u0301", "José", id="composed"),
        pytest.param("ﬁ ① ｱ", "ﬁ ① ｱ", id="compatibility forms stay"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="Persian joiner stays"),
        pytest.param("क्\u200dष", "क्\u200dष", id="Indic joiner stays"),
        pytest.param("\u200cمی\u200c", "می", id="a joiner at the edge goes"),
        pytest.param("می\u200c\u200cخ", "میخ", id="two joiners go"),
        pytest.param("👩\u200d💻", "👩\u200d💻", id="one picture stays one"),
        pytest.param("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥", id="picture with a selector"),
        pytest.param("👩\u200d", "👩", id="half a picture"),
        pytest.param("\u2800\u3164", None, id="fillers that show nothing"),
        pytest.param("\u200b \u00a0\ufeff", None, id="nothing to see"),
        pytest.param("", None, id="empty"),
        pytest.param("N/A", "N/A", id="words for nothing are text"),
    ],
)
def test_tidy(text: str, seen: str | None) -> None:
    assert tidy(text) == seen


hard = st.text(" \t\u200b\u200c\u200da\u00e9e\u0301\u3099\u0915\u094d\u0c00👩💻\ufe0f", max_size=8)


@given(st.text() | hard)
def test_what_is_seen_is_seen_as_itself(text: str) -> None:
    """Composed, without blanks at the ends or two in a row, and tidied once for all."""
    seen = tidy(text)
    if seen is not None:
        assert tidy(seen) == seen == unicodedata.normalize("NFC", seen)
        assert seen.split(" ") == seen.split()


@given(st.text() | hard)
def test_no_letter_or_digit_is_lost(text: str) -> None:
    """Fillers are the exception: letters by category that show a blank."""
    before, after = (unicodedata.normalize("NFD", t or "") for t in (text, tidy(text)))
    kept = [c for c in before if c.isalnum() and c not in "\u3164\uffa0"]
    assert [c for c in after if c.isalnum()] == kept


@each_row(
    ("text", "seen"),
    [
        pytest.param("  first \n\n second\u200b\n", "first\n\nsecond", id="lines stay"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="line ends of other systems"),
        pytest.param("\n \u200b\n", None, id="blank lines only"),
        pytest.param("", None, id="empty"),
    ],
)
def test_lines(text: str, seen: str | None) -> None:
    assert tidy_lines(text) == seen


@given(st.text(" a\n\r\u2028\u200b\x0b\x85", max_size=8))
def test_lines_are_tidied_once_for_all(text: str) -> None:
    seen = tidy_lines(text)
    assert seen is None or tidy_lines(seen) == seen
    assert (seen is None) == (tidy(text) is None)


@each_row(
    ("left", "right"),
    [
        pytest.param("ＣＡＦÉ", "cafe", id="full width and accent"),
        pytest.param("Straße", "STRASSE", id="sharp s"),
        pytest.param("İstanbul", "istanbul", id="dotted I"),
        pytest.param("ΣΊΣΥΦΟΣ", "σισυφος", id="Greek"),
        pytest.param("ﬁn", "FIN", id="ligature"),
        pytest.param("한국", "한국", id="Hangul, taken apart"),
        pytest.param("が", "か\u3099", id="kana mark is no accent"),
    ],
)
def test_equal_when_searched(left: str, right: str) -> None:
    assert searchable(left) == searchable(right)


def test_voiced_kana_are_other_letters() -> None:
    assert searchable("が") != searchable("か")


@given(st.text() | st.text("ᾳΐßẞİıﬁ한\u0301℡", max_size=6))
def test_folded_once_for_all(text: str) -> None:
    assert searchable(searchable(text)) == searchable(text)


@given(st.text("ᾳΐßẞİıﬁ한が\u0301℡é", max_size=6))
def test_composed_or_not_is_the_same_text(text: str) -> None:
    assert searchable(text) == searchable(unicodedata.normalize("NFD", text))


@given(st.text(st.characters(codec=None)))
def test_storable_text_can_be_written(text: str) -> None:
    whole = storable(text)
    assert whole.encode().decode() == whole
    assert "\0" not in whole
    assert len(whole) == len(text)


def test_every_printable_character_has_its_wide_twin() -> None:
    ascii_ = string.digits + string.ascii_letters + string.punctuation
    wide = "".join(chr(ord(character) + 0xFEE0) for character in ascii_)
    assert narrow(wide) == ascii_ == unicodedata.normalize("NFKC", wide)


@given(st.text())
def test_other_characters_stay(text: str) -> None:
    assert narrow(narrow(text)) == narrow(text)
    assert len(narrow(text)) == len(text)
    assert narrow("ﾊ①ﬁ²") == "ﾊ①ﬁ²"


@each_row(
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
