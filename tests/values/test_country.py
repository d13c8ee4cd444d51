from __future__ import annotations

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.shipped import shipped_lines
from gsprep.values.country import compared, country_code, is_country_name


@each_row(
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
        pytest.param("DEU", "DE", id="three letters"),
        pytest.param("xkx", "XK", id="three letters of Kosovo"),
        pytest.param("GER", "DE", id="letters of sports"),
        pytest.param("Россия", "RU", id="in Russian"),
        pytest.param("Almanya", "DE", id="in Turkish"),
        pytest.param("Saksa", "DE", id="in Finnish"),
        pytest.param("Ελλάδα", "GR", id="in Greek"),
        pytest.param("Korea, Republic of", "KR", id="the name of the standard"),
        pytest.param("Korea, Democratic People's Republic of", "KP", id="and of the other Korea"),
        pytest.param("Kingdom of Spain", "ES", id="official name"),
        pytest.param("Republic of China", "TW", id="official name of another country"),
        pytest.param("Germany (DE)", "DE", id="name and code"),
        pytest.param("DE - Germany", "DE", id="code and name"),
        pytest.param("USA / United States", "US", id="two names"),
        pytest.param("Suisse|Schweiz|Svizzera", "CH", id="three languages"),
        pytest.param("Georgia (US)", None, id="two countries"),
        pytest.param("Germany (Munich)", None, id="a country and a city"),
        pytest.param("Guinea-Bissau", "GW", id="a hyphen is part of a name"),
        pytest.param("D", "DE", id="sign of a vehicle"),
        pytest.param("CDN", "CA", id="sign of three letters"),
        pytest.param("M", None, id="a letter that is no European vehicle's"),
        pytest.param("B.R.D.", "DE", id="everyday letters"),
        pytest.param("Dtl.", "DE", id="cut short"),
        pytest.param("Czech Rep.", "CZ", id="word cut short"),
        pytest.param("S. Korea", "KR", id="initial of a direction"),
        pytest.param("Fed. Rep. of Germany", "DE", id="two words cut short"),
        pytest.param("Schottland", "GB", id="part of a kingdom, in German"),
        pytest.param("Korea, South", "KR", id="last word first"),
        pytest.param("China (Mainland)", "CN", id="last word first in brackets"),
        pytest.param("Congo (Kinshasa)", "CD", id="told apart in brackets"),
        pytest.param("Netherlands, The", "NL", id="article last"),
        pytest.param("Royaume Uni", "GB", id="no hyphen"),
        pytest.param("SaudiArabia", "SA", id="no blank"),
        pytest.param("Dubai, UAE", "AE", id="emirate and country"),
        pytest.param("\U0001f1e9\U0001f1ea", "DE", id="flag"),
        pytest.param("\U0001f1fa\U0001f1f8 United States", "US", id="flag and name"),
        pytest.param("\U0001f1e9\U0001f1ea France", None, id="flag of another country"),
        pytest.param("n/a", None, id="not available"),
        pytest.param("N.A.", None, id="not available, with dots"),
        pytest.param("NA", "NA", id="Namibia"),
        pytest.param(" / ", None, id="signs only"),
        pytest.param("\uff24\uff25", "DE", id="full width"),
        pytest.param("\u00c1o", None, id="a word with an accent is no code"),
        pytest.param("\u7c73\u56fd", "US", id="Japanese, short"),
        pytest.param("\u0421\u0428\u0410", "US", id="Russian, short"),
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
    assert all(compared(name) == name for name, _ in lines)
    seen = [(country_code(name.upper()), country_code(code.lower())) for name, code in lines]
    assert seen == [(code, code) for _, code in lines]


def test_both_codes_of_a_country_give_it() -> None:
    lines = [line.split("\t") for line in shipped_lines("rules", "lists", "country_codes.txt")]
    seen = [(country_code(two), country_code(three.lower())) for two, three in lines]
    assert len(seen) == 251
    assert seen == [(two, two) for two, _ in lines]


def test_a_code_of_three_letters_is_no_name() -> None:
    assert [is_country_name(text) for text in ("Germany", "USA", "DEU", "DE")] == [
        True, True, False, False,
    ]  # fmt: skip


@given(st.text())
def test_any_text_has_a_code_or_none(text: str) -> None:
    code = country_code(text)
    assert code is None or country_code(code) == code
