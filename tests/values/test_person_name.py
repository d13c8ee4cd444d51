"""Names of people: whole from parts, and apart again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.person_name import PersonName, full_name, split_person_name
from gsprep.values.text import tidy


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        pytest.param(("Ana", "María", "Ruiz"), "Ana María Ruiz", id="all three"),
        pytest.param((" Ana ", None, "Ruiz"), "Ana Ruiz", id="no middle name"),
        pytest.param((None, "", " "), None, id="nothing"),
        pytest.param(("", None, "王小明"), "王小明", id="last only"),
    ],
)
def test_full_name(parts: tuple[str | None, str | None, str | None], name: str | None) -> None:
    assert full_name(*parts) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("Ana Ruiz", PersonName("Ana", "Ruiz"), id="two words"),
        pytest.param("Ruiz, Ana", PersonName("Ana", "Ruiz"), id="turned"),
        pytest.param("RUIZ,ANA", PersonName("ANA", "RUIZ"), id="turned without a blank"),
        pytest.param("Ana", PersonName("Ana", ""), id="one word is a given name"),
        pytest.param("Dr.", PersonName("Dr.", ""), id="a title alone is no title"),
        pytest.param("Ruiz,", PersonName("Ruiz", ""), id="comma with nothing behind"),
        pytest.param(
            "Ludwig van der Rohe", PersonName("Ludwig", "van der Rohe"), id="two particles"
        ),
        pytest.param("Van Morrison", PersonName("Van", "Morrison"), id="particle in front"),
        pytest.param(
            "Osama bin Said", PersonName("Osama", "bin Said"), id="particle of Arabic names"
        ),
        pytest.param(
            "Herr Prof. Dr. Max Braun", PersonName("Max", "Braun", "Herr Prof. Dr."), id="titles"
        ),
        pytest.param("John Smith, Jr.", PersonName("John", "Smith", "", "Jr."), id="comma, suffix"),
        pytest.param(
            "Smith, John, PhD", PersonName("John", "Smith", "", "PhD"), id="turned, with degree"
        ),
        pytest.param(
            "Smith III, John",
            PersonName("John", "Smith", "", "III"),
            id="suffix at the family name",
        ),
        pytest.param("Jack Ma", PersonName("Jack", "Ma"), id="Ma is a name"),
        pytest.param("Jack Smith MA", PersonName("Jack", "Smith", "", "MA"), id="MA is a degree"),
        pytest.param("Anna-Lena  Öz", PersonName("Anna-Lena", "Öz"), id="hyphen, two blanks"),
        pytest.param("王小明", PersonName("王小明", ""), id="no blank, not divided"),
        pytest.param("Иван Петров", PersonName("Иван", "Петров"), id="Cyrillic"),
        pytest.param(" , ", None, id="punctuation"),
        pytest.param("42", None, id="digits"),
    ],
)
def test_split(text: str, name: PersonName | None) -> None:
    assert split_person_name(text) == name


@given(st.text() | st.text("AaJrMdPhDvan ,.é王"))
def test_split_never_raises_and_keeps_every_letter(text: str) -> None:
    """None exactly without a letter; no letter is lost or added."""
    seen = [c for c in tidy(text) or "" if c.isalpha()]
    name = split_person_name(text)
    assert sorted(c for part in name or () for c in part if c.isalpha()) == sorted(seen)
    assert (name is None) == (not seen)
