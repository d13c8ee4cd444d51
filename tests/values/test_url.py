from __future__ import annotations

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.host import is_url, repair_url


@each_row(
    ("text", "good"),
    [
        pytest.param("https://www.acme.com/team?x=1#y", True, id="all parts"),
        pytest.param("HTTP://ACME.com", True, id="capitals"),
        pytest.param("https://medium.com/@ana", True, id="an @ in the path"),
        pytest.param("https://münchen.de", True, id="Unicode"),
        pytest.param("acme.com", False, id="no scheme"),
        pytest.param("ftp://acme.com", False, id="another scheme"),
        pytest.param("javascript:alert(1)", False, id="script"),
        pytest.param("https://", False, id="no host"),
        pytest.param("https://acme", False, id="no dot"),
        pytest.param("https://acme.com/a b", False, id="a blank"),
        pytest.param(" https://acme.com", False, id="a blank in front"),
        pytest.param("https://acme.com\n", False, id="newline"),
    ],
)
def test_as_it_stands(text: str, good: object) -> None:
    assert is_url(text) is good


@each_row(
    ("text", "mended"),
    [
        pytest.param("www.acme.com/team", "https://www.acme.com/team", id="no scheme"),
        pytest.param(" linkedin.com/in/ana\u200b", "https://linkedin.com/in/ana", id="pasted"),
        pytest.param("//acme.com/x", "https://acme.com/x", id="no name of the scheme"),
        pytest.param("http://acme.com", "http://acme.com", id="http is what it is"),
        pytest.param("acme.com:8080", "https://acme.com:8080", id="port"),
        pytest.param("ana@acme.com", None, id="an e-mail address"),
        pytest.param("n.a.", None, id="n.a. is no address"),
        pytest.param("not.provided", None, id="a suffix nobody has"),
        pytest.param("ftp://acme.com", None, id="another scheme"),
        pytest.param("http:acme.com", None, id="half a scheme"),
        pytest.param("javascript:alert(1)", None, id="script"),
        pytest.param("acme.com and more", None, id="a sentence"),
        pytest.param("in/ana", None, id="a path"),
        pytest.param("co.uk", None, id="a suffix alone"),
        pytest.param("", None, id="empty"),
    ],
)
def test_mended(text: str, mended: str | None) -> None:
    assert repair_url(text) == mended


@given(st.text() | st.text("htps:/w.acom@ ?#\u200b", max_size=16))
def test_a_mended_address_is_one(text: str) -> None:
    mended = repair_url(text)
    assert mended is None or (is_url(mended) and repair_url(mended) == mended)
    assert mended is not None or not is_url(text)
