from __future__ import annotations

import re

import pytest
from each_row import each_row
from hypothesis import example, given
from hypothesis import strategies as st

from gsprep.values.person_name import (
    compared_name,
    first_last,
    joined_name,
    last_first,
    natural_name,
)
from gsprep.values.text import tidy


@each_row(
    ("text", "last", "first"),
    [
        pytest.param("Smith, John Jr.", "Smith Jr.", "John", id="generation behind the first name"),
        pytest.param("King, Martin Luther III", "King III", "Martin Luther", id="third"),
        pytest.param("Smith, John V", "Smith", "John V", id="a letter is an initial"),
        pytest.param("SMITH, JOHN (ext)", "SMITH", "JOHN", id="note"),
        pytest.param("Smith, John [Contractor]", "Smith", "John", id="note in square brackets"),
        pytest.param("de la Cruz, Ana", "de la Cruz", "Ana", id="particles"),
        pytest.param("Dr. Müller, Hans", "Müller", "Hans", id="title"),
        pytest.param("Müller, Prof. Dr. Hans", "Müller", "Hans", id="titles of the first name"),
        pytest.param("Müller, Hans Dr. med.", "Müller", "Hans", id="title behind"),
        pytest.param("Müller, Hans, Dr.", "Müller", "Hans", id="title behind a comma"),
        pytest.param("Berg, Jan van der", "van der Berg", "Jan", id="particles behind"),
        pytest.param("Smith, J. R.", "Smith", "J. R.", id="initials like a generation"),
        pytest.param("Smith, John Sr.", "Smith Sr.", "John", id="generation like a title"),
        pytest.param("Smith, John PhD", "Smith", "John", id="degree"),
        pytest.param("Ma, Jack", "Ma", "Jack", id="name like a degree"),
    ],
)
def test_last_name_first(text: str, last: str, first: str) -> None:
    assert last_first(text) == (last, first)


@each_row(
    ("text", "parts"),
    [
        pytest.param("John Smith Jr.", ("Smith Jr.", "John"), id="generation"),
        pytest.param("John Smith, Jr.", ("Smith Jr.", "John"), id="generation behind a comma"),
        pytest.param("Ana Ruiz, PhD, MBA", ("Ruiz", "Ana"), id="degrees"),
        pytest.param("Ana Ruiz (she/her)", ("Ruiz", "Ana"), id="note"),
        pytest.param("João da Silva", ("da Silva", "João"), id="particle"),
        pytest.param("Nguyen Van An", ("An", "Nguyen Van"), id="a word in capitals is a name"),
        pytest.param("von Trapp", None, id="a last name alone"),
        pytest.param("山田 太郎", ("山田", "太郎"), id="Japanese"),
        pytest.param("김 민수", ("김", "민수"), id="Korean"),
        pytest.param("สมชาย ใจดี", ("ใจดี", "สมชาย"), id="Thai has the first name first"),
        pytest.param("Jack Ma", ("Ma", "Jack"), id="a name like a degree"),
        pytest.param("Mamadou BA", ("BA", "Mamadou"), id="a name like a degree in capitals"),
        pytest.param("John Smith PhD", ("Smith", "John"), id="degree without a comma"),
        pytest.param("Univ.-Prof. Dr. h. c. Ute Abel", ("Abel", "Ute"), id="titles"),
        pytest.param("Frau Dr. Abel", ("Abel", ""), id="titles and a last name"),
        pytest.param("Herr Dr.", None, id="titles alone"),
        pytest.param("Ing Wong", ("Wong", "Ing"), id="a name like a title"),
        pytest.param("Jan Van Der Berg", ("Van Der Berg", "Jan"), id="particles in capitals"),
        pytest.param("Robert De Niro", ("De Niro", "Robert"), id="particle in capitals"),
    ],
)
def test_first_name_first(text: str, parts: tuple[str, str] | None) -> None:
    assert first_last(text) == parts


@each_row(
    ("parts", "whole"),
    [
        pytest.param(("Hans", "", "Dr. Müller"), "Dr. Hans Müller", id="title in the last name"),
        pytest.param(("Dr. Ana", "", "Dr. Ruiz"), "Dr. Ana Ruiz", id="title in both"),
        pytest.param(("Kim", "", "Prof. Dr. med. Abel"), "Prof. Dr. med. Kim Abel", id="titles"),
        pytest.param(("Hans Dr.", "", "Müller"), "Dr. Hans Müller", id="title behind"),
        pytest.param(("John", "", "Smith Sr."), "John Smith Sr.", id="generation like a title"),
        pytest.param(("", "", "Dr. Müller"), "Dr. Müller", id="no first name"),
        pytest.param(("Dr.", "", "Müller"), "Dr. Müller", id="title alone"),
        pytest.param(("Ana", "", "Drake"), "Ana Drake", id="a name that begins like a title"),
        pytest.param(("Ana", "", "Mag"), "Ana Mag", id="a name like a title"),
        pytest.param(("John, Jr.", "", "Smith"), "John Smith Jr.", id="generation"),
        pytest.param(("John Jr.", "", ""), "John Jr.", id="no last name"),
        pytest.param(("太郎", "", "山田"), "山田 太郎", id="last name first"),
        pytest.param(("Taro", "", "山田"), "Taro 山田", id="two scripts"),
    ],
)
def test_joined(parts: tuple[str, str, str], whole: str) -> None:
    assert joined_name(*parts) == whole


@each_row(
    ("text", "seen"),
    [
        pytest.param("Smith, John, Jr.", "John Smith Jr.", id="generation"),
        pytest.param("Dr. Ana Ruiz, PhD", "Dr. Ana Ruiz", id="degree"),
        pytest.param("Ana Ruiz MA", "Ana Ruiz", id="degree in capitals"),
        pytest.param("JACK MA", "JACK MA", id="name in capitals"),
        pytest.param("Yo-Yo Ma", "Yo-Yo Ma", id="name like a degree"),
        pytest.param("(Acme)", "(Acme)", id="brackets alone"),
        pytest.param("PhD", "PhD", id="degree alone"),
    ],
)
def test_compared(text: str, seen: str) -> None:
    assert compared_name(text) == seen


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


@example("Dr. Ruiz, Dr. Ana")
@example("Dr. van der Berg, Jan")
@given(st.text(alphabet="AaMm.,() jrJRdI-山김\u00a0", max_size=14))
def test_no_name_is_lost(text: str) -> None:
    """A name in its natural order has the same words; a title of both parts is there once."""
    natural = natural_name(text)
    assert natural is None or words_of(natural) == words_of(tidy(text) or "")
    assert compared_name(text) or not text
    both = first_last(text)
    assert both is None or both[0]
