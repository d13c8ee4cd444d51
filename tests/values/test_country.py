from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.shipped import shipped_lines
from gsprep.values.country import country_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("de", "DE", id="code"),
        pytest.param("GERMANY", "DE", id="name"),
        pytest.param(" United\u00a0States ", "US", id="pasted"),
        pytest.param("U.S.A.", "US", id="dots"),
        pytest.param("U. S. A.", "US", id="dots and blanks"),
        pytest.param("u.s", "US", id="dots inside"),
        pytest.param("UK", "GB", id="UK is no code, and meant"),
        pytest.param("The Netherlands", "NL", id="article"),
        pytest.param("Cote d’Ivoire", "CI", id="curly apostrophe, no accent"),
        pytest.param("Côte d'Ivoire", "CI", id="straight apostrophe"),
        pytest.param("Bosnia & Herzegovina", "BA", id="and as a sign"),
        pytest.param("St. Lucia", "LC", id="saint, short"),
        pytest.param("Türkiye", "TR", id="new name"),
        pytest.param("ＵＳＡ", "US", id="full width"),
        pytest.param("XX", None, id="no such code"),
        pytest.param("Atlantis", None, id="no such country"),
        pytest.param("the", None, id="the article alone"),
        pytest.param("Georgian", None, id="nearly a name"),
        pytest.param("", None, id="empty"),
        pytest.param(".", None, id="a dot"),
    ],
)
def test_code(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_every_listed_name_gives_its_code() -> None:
    """Folding names together makes no two countries one, and every code names itself."""
    lines = [line.split("\t") for line in shipped_lines("rules", "lists", "countries.txt")]
    seen = [(country_code(name.upper()), country_code(code.lower())) for name, code in lines]
    assert seen == [(code, code) for _, code in lines]


@given(st.text())
def test_any_text_has_a_code_or_none(text: str) -> None:
    code = country_code(text)
    assert code is None or country_code(code) == code
