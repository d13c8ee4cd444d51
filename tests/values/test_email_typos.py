"""Typing errors are found; companies and other providers are not."""

from __future__ import annotations

import pytest
from each_row import each_row
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.values.domain import meant_email, typo_suggestion
from gsprep.values.email import is_email, normal_email


@each_row(
    ("address", "meant"),
    [
        pytest.param("ana@gmial.com", "ana@gmail.com", id="swapped"),
        pytest.param("ana@gmai.com", "ana@gmail.com", id="one less"),
        pytest.param("ana@gmaill.com", "ana@gmail.com", id="one more"),
        pytest.param("ana@gnail.com", "ana@gmail.com", id="another letter"),
        pytest.param("ana@gmail.co", "ana@gmail.com", id="half an ending"),
        pytest.param("Ana@GMIAL.com", "Ana@gmail.com", id="capitals"),
        pytest.param("ana@hotmial.com", "ana@hotmail.com", id="hotmail"),
        pytest.param("ana@yahoo.co.ik", "ana@yahoo.co.uk", id="of another country"),
        pytest.param("ana@acme.con", "ana@acme.com", id="ending of a company"),
        pytest.param("ana@mail.acme.ogr", "ana@mail.acme.org", id="ending, sub-domain"),
        pytest.param("ana@gmial.con", "ana@gmail.com", id="both"),
        pytest.param("ana_ruiz_acme.com#EXT#@t.onmicrosoft.com", "ana_ruiz@acme.com", id="a guest"),
        pytest.param("ana#EXT#@t.onmicrosoft.com", None, id="a guest without an address"),
        pytest.param("ana@gmail.com", None, id="right"),
        pytest.param("ana@mail.com", None, id="another provider"),
        pytest.param("ana@email.com", None, id="and another"),
        pytest.param("ana@ymail.com", None, id="and one more"),
        pytest.param("ana@yahoo.fr", None, id="a provider of another country"),
        pytest.param("ana@cloud.com", None, id="a company near a provider"),
        pytest.param("ana@acme.co", None, id="an ending that exists"),
        pytest.param("ana@acme.om", None, id="Oman exists"),
        pytest.param("ana@acme.cm", None, id="Cameroon exists"),
        pytest.param("ana@gmail", None, id="no address"),
        pytest.param("gmial.com", None, id="a domain alone"),
        pytest.param("", None, id="empty"),
    ],
)
def test_suggestion(address: str, meant: str | None) -> None:
    assert typo_suggestion(address) == meant


@settings(deadline=None)
@given(
    st.text(max_size=20)
    | st.builds("a@{}.{}".format, st.text("gmail.", max_size=7), st.text("comn", max_size=4))
)
def test_a_suggestion_is_another_good_address_that_needs_none(text: str) -> None:
    meant = typo_suggestion(text)
    if meant is not None:
        assert is_email(meant)
        assert meant != normal_email(text)
        assert typo_suggestion(meant) is None


@each_row(
    ("text", "meant"),
    [
        pytest.param("ana(at)acme.com", "ana@acme.com", id="hidden @"),
        pytest.param("ana [at] acme [dot] com", "ana@acme.com", id="hidden @ and dot"),
        pytest.param("ana at acme dot com", "ana@acme.com", id="in words"),
        pytest.param("ana_at_acme.com", "ana@acme.com", id="underscores"),
        pytest.param("ana@acme,com", "ana@acme.com", id="comma"),
        pytest.param("ana@@acme.com", "ana@acme.com", id="two signs"),
        pytest.param("ana..ruiz@acme..com", "ana.ruiz@acme.com", id="two dots"),
        pytest.param("ana @ acme .com", "ana@acme.com", id="blanks at signs"),
        pytest.param("ana@acme.c om", "ana@acme.com", id="blank inside"),
        pytest.param("ana@acme com", "ana@acme.com", id="blank for a dot"),
        pytest.param("ana@https://acme.com", "ana@acme.com", id="address of a page"),
        pytest.param("E-Mail: ana@acme.com", "ana@acme.com", id="label"),
        pytest.param("Ana Ruiz ana@acme.com", "ana@acme.com", id="name"),
        pytest.param("ana@acme.com (left)", "ana@acme.com", id="note"),
        pytest.param("ana@acme.com/", "ana@acme.com", id="slash"),
        pytest.param("jean luc@acme.com", None, id="perhaps jean.luc"),
        pytest.param("ana@acme.com, bo@acme.com", None, id="two addresses"),
        pytest.param("ana@acme", None, id="no ending"),
        pytest.param("ana at home", None, id="words"),
        pytest.param("acme.com", None, id="a domain"),
        pytest.param("#N/A", None, id="an error of a spreadsheet"),
        pytest.param("", None, id="empty"),
    ],
)
def test_the_address_that_is_probably_meant(text: str, meant: str | None) -> None:
    assert meant_email(text) == meant


@given(st.text(max_size=30) | st.text("ab@.,( )at", max_size=20))
def test_an_address_that_is_meant_is_one(text: str) -> None:
    meant = meant_email(text)
    assert meant is None or is_email(meant)
