"""Encodings: what exports write in a dozen countries."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

from pathlib import Path

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import InputError, TableError
from gsprep.tables.encoding import decode, line_at

PATH = Path("people.csv")


@each_row(
    ("encoding", "text"),
    [
        ("cp1252", "Email,Name\na@b.fr,René Müller’s\nb@c.de,Jörg Größe – Mª José\nc@d.fr,«Légère» ®\n"),
        ("cp1252", "Email,Name\na@b.is,Þórður Ægir Jón Sævar\n"),
        ("cp1252", "Prix\n5 €\n"),
        ("cp1250", "Email,Name\na@b.pl,Łukasz Żółć\nb@c.pl,Paweł Dąbrowski\nx@y.cz,Jiří Dvořák\n"),
        ("cp1251", "Email,Имя,Компания\na@b.ru,Иван Петров,ООО Ромашка\nc@d.ru,Анна Кузнецова,Газпром\n"),
        ("koi8_r", "Email,Имя\na@b.ru,Иван Петров\nc@d.ru,Анна Кузнецова\n"),
        ("cp1253", "Email,Όνομα\na@b.gr,Γιώργος Παπαδόπουλος\nb@c.gr,Μαρία Νικολάου\n"),
        ("cp1254", "Email,Ad\na@b.tr,Ayşe Yılmaz\nb@c.tr,Uğur Işık\n"),
        ("cp1255", "Email,שם\na@b.il,דוד כהן\nb@c.il,שרה לוי\n"),
        ("cp1256", "Email,الاسم\na@b.sa,محمد علي\nb@c.sa,فاطمة حسن\n"),
        ("cp874", "Email,ชื่อ\na@b.th,สมชาย ใจดี\n"),
        ("cp932", "名前,メール,備考\n伊藤,a@b.jp,①髙橋\n"),
        ("cp932", "Email,氏名,会社\na@b.jp,山田太郎,株式会社東芝\nb@c.jp,鈴木 花子,トヨタ自動車\n"),
        ("euc_jp", "Email,氏名\na@b.jp,山田太郎\nb@c.jp,鈴木 花子 トヨタ\n"),
        ("gb18030", "Email,姓名\na@b.cn,王小明\nb@c.cn,李华 上海公司\n"),
        ("big5", "Email,姓名\na@b.tw,陳大文\nb@c.tw,林小華 台北公司\n"),
        ("cp949", "Email,이름\na@b.kr,김철수\nb@c.kr,이영희 삼성전자\n"),
        ("mac_roman", "Email,Name\na@b.fr,René Müller\nb@c.de,Jörg Größe\nc@d.fr,François Légère\n"),
        ("mac_roman", "Email,Name\na@b.de,Jörg Müller\nb@c.de,Bärbel Groß\nc@d.de,Uwe Lang\n"),
        ("mac_roman", "Email;Name\ra@b.es;Ána Ruiz\rb@c.de;Bö Lee\r"),
        ("mac_roman", "Email,Name\na@b.es,José Muñoz\nb@c.es,María Peña\nc@d.es,Íñigo López\n"),
        ("gb18030", "Email,姓名\na@b.cn,王伟\nb@c.cn,李娜\nc@d.cn,张敏\n"),
        ("big5", "Email,姓名\na@b.tw,王偉\nb@c.tw,李娜\nc@d.tw,張敏\n"),
        ("cp850", "Email,Name\na@b.fr,René Müller\nb@c.de,Jörg Grün\nc@d.fr,François Légère\n"),
    ],
)  # fmt: skip
def test_encodings_without_a_mark(encoding: str, text: str) -> None:
    decoded = decode(PATH, text.encode(encoding))
    assert decoded.text == text
    assert len(decoded.notes) == 1


@each_row("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_needs_no_note(encoding: str) -> None:
    assert decode(PATH, "Größe,名\n".encode(encoding)) == decode(PATH, "Größe,名\n".encode())
    assert decode(PATH, "Größe,名\n".encode(encoding)).notes == ()


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize(
    "text", ["Email,Name\na@b.pl,Łukasz\n", "氏名,会社\n山田太郎,株式会社東芝\n"]
)
def test_wide_encodings_with_and_without_a_mark(encoding: str, text: str) -> None:
    decoded = decode(PATH, text.encode(encoding))
    assert decoded.text == text
    assert "UTF-" in decoded.notes[0]


@each_row(
    ("data", "line", "says"),
    [
        pytest.param("a\nGröße 名\n名 ".encode() + b"\xe9\n", 3, "not", id="mixed encodings"),
        pytest.param(b"\xef\xbb\xbfa\nb\xff\xff\n", 2, "UTF-8", id="marked, but not so"),
        pytest.param(b"\xff\xfea\0b", 1, "UTF-16", id="cut in half"),
        pytest.param(b"a\r\nb\rc\0d", 3, "NUL", id="NUL"),
    ],
)
def test_what_is_refused(data: bytes, line: int, says: str) -> None:
    with pytest.raises(TableError, match=says) as refused:
        decode(PATH, data)
    assert refused.value.line == line


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_a_table_error(data: bytes) -> None:
    try:
        decoded = decode(PATH, data)
    except TableError:
        return
    assert "\0" not in decoded.text


@given(st.text(alphabet="ab\r\n", max_size=40), st.integers(0, 40))
def test_lines_count_as_python_counts_them(text: str, place: int) -> None:
    before = text[:place]
    assert line_at(text, place) == len((before + "x").splitlines())


def test_a_named_encoding_is_used_without_a_note() -> None:
    data = "Name\nKovačič\n".encode("cp1250")
    decoded = decode(PATH, data, "windows-1250")
    assert (decoded.text, decoded.notes) == ("Name\nKovačič\n", ())


@each_row("name", ["cp999", "", "base64", "a\0b"])
def test_a_name_that_is_no_encoding(name: str) -> None:
    with pytest.raises(InputError, match="is not an encoding"):
        decode(PATH, b"a", name)


def test_a_file_that_is_not_in_the_named_encoding() -> None:
    with pytest.raises(TableError, match="not UTF-8") as refused:
        decode(PATH, "a\né\n".encode("cp1252"), "utf-8")
    assert refused.value.line == 2


@each_row(
    ("words", "line", "as_well"),
    [
        pytest.param("René\nCapèk", 3, "CP1250", id="Besnè is French and Czech but for its end"),
        pytest.param("Müller\nJõgi", 3, "CP1250", id="Estonian or Hungarian"),
        pytest.param("Núñez", 2, "CP1257", id="Spanish or Baltic"),
    ],
)
def test_an_open_question_names_the_lines(words: str, line: int, as_well: str) -> None:
    note = decode(PATH, f"Name\n{words}\n".encode("cp1252")).notes[1]
    assert f"line {line} would be read differently as {as_well}" in note
    assert "--encoding" in note


def test_a_line_of_utf_8_among_others_is_named() -> None:
    decoded = decode(PATH, "Name\nMüller\n".encode() + "Núñez\nIbáñez\n".encode("cp1252"))
    assert "Núñez" in decoded.text
    assert any("UTF-8 on line 2" in note for note in decoded.notes)
