"""UTF-8 that was read as something else is read again, and nothing else is touched."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.arrow import matches
from gsprep.values.text import (
    GARBLED_NAME_SUSPECT,
    GARBLED_SUSPECT,
    is_garbled,
    unscrambled,
)


def misread(text: str, encoding: str = "cp1252") -> str:
    """Return text as a program shows it that takes UTF-8 for the encoding; holes are controls."""
    shown = (bytes([byte]).decode(encoding, errors="ignore") or chr(byte) for byte in text.encode())
    return "".join(shown)


NAMES = [
    "Müller", "José", "JOSÉ", "GÖTZ", "Éric", "Ömer Özgür", "Österreich", "Šarić", "Łukasz",
    "Đorđe", "Ștefan", "İbrahim", "Nguyễn Văn Ánh", "Петр Иванов", "Γιώργος", "מאיר", "محمد علي",
    "山田太郎", "김철수", "It’s", "“Quoted” – text…", "Größe", "SEÑORA MUÑOZ", "Æsir Øre", "Þór",
    "café™", "ß", "Françoise", "ŁÓDŹ", "Dvořák", "ŽIŽEK", "É", "ÍÑIGO", "O’Brien", "30 °C", "€ 5",
]  # fmt: skip


@each_row("encoding", ["cp1252", "latin-1"])
def test_what_was_misread_is_read_again(encoding: str) -> None:
    """Once and twice; and the right text is left alone."""
    once = [misread(name, encoding) for name in NAMES]
    assert list(map(unscrambled, once)) == NAMES
    assert [unscrambled(misread(text, encoding)) for text in once] == NAMES
    assert [name for name in NAMES if unscrambled(name) is not None] == []


def test_what_somebody_may_have_written_stays() -> None:
    """Doubt is enough: also when one part only can be read again."""
    texts = [
        "IRMÃ", "IRMÃ’S", "MAÇÃ…", "MAÇÃ»", "«MAÇÃ»", "CAFÉ™", "JOSÉ’S", "JOSÉ’s", "NESTLÉ®", "PÅ…",
        "HYVÄ…", "PÄIVÄÄ…", "Ø±0.1 mm", "Ø 5", "CAFFÈ™", "voilà\u00a0«oui»", "à\u00a0«", "É…",
        "ESPAÑ–", "IRMÃ\u00a0MARIA", "SÃO PAULO", "Å–Lofoten", "PÅ’S", "¿Qué?", "Dª Mª", "Nº 5",
        "quizá»…", "IRMÃ® Ltd", "Î»", "plain", "", "NICOLÃ’", "Müller Ã¼", "日本 Ã¼",
    ]  # fmt: skip
    assert [text for text in texts if unscrambled(text) is not None] == []


def test_signs_of_windows_that_were_read_as_latin_1() -> None:
    assert unscrambled("O\x92Neil \x96 \x80") == "O\u2019Neil \u2013 \u20ac"
    assert unscrambled("a\x85b") is None


@given(st.text(max_size=12))
def test_reading_again_ends(text: str) -> None:
    """The result holds nothing to be read again, and what it was made of leads back to it."""
    again = unscrambled(text)
    if again is not None:
        assert unscrambled(again) is None
        assert len(again) < len(text) or re.search("[\x80-\x9f]", text)


@given(st.text(st.characters(max_codepoint=0x17F, exclude_categories=["Cs"]), max_size=12))
def test_a_misread_text_becomes_itself_or_stays(text: str) -> None:
    """Never a third thing."""
    assert unscrambled(misread(text)) in {None, text, unscrambled(text)}


@each_row(
    ("text", "garbled"),
    [
        pytest.param("M\ufffdller", True, id="lost"),
        pytest.param("MÃ¼ller", True, id="misread"),
        pytest.param("Müller", False, id="right"),
        pytest.param("Müller Ã¼", True, id="misread in part"),
        pytest.param("日本 Ã¼", True, id="beside what no byte can look like"),
        pytest.param("IRMÃ®", False, id="may be meant"),
        pytest.param("M?ller", False, id="a question within a text"),
    ],
)
def test_garbled(text: str, garbled: bool) -> None:  # noqa: FBT001  a column of the table
    assert is_garbled(text) is garbled


@each_row(
    ("text", "garbled"),
    [
        ("M?ller", True),
        ("Bj?rn Ås", True),
        ("Ana?", False),
        ("A ? B", False),
        ("4?5", False),
        ("A?¼", False),
    ],
)
def test_a_name_with_a_question_mark_inside_lost_a_letter(text: str, garbled: object) -> None:
    assert is_garbled(text, names=True) is garbled


@given(st.text() | st.sampled_from(NAMES).map(misread) | st.text("Aé?\ufffdÃ¼ "))
def test_a_look_at_the_column_misses_nothing(text: str) -> None:
    column = pa.array([text], pa.large_string())
    assert matches(column, GARBLED_SUSPECT)[0] or not is_garbled(text)
    assert matches(column, GARBLED_NAME_SUSPECT)[0] or not is_garbled(text, names=True)
