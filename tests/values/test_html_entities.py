"""HTML in cells: complete entities become characters, tags go, all else stays."""

from __future__ import annotations

from html import escape

from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.text import without_entities, without_markup


@each_row(
    ("text", "plain"),
    [
        ("Smith &amp; Co", "Smith & Co"),
        ("AT&amp;amp;T", "AT&T"),
        ("O&#39;Neil", "O'Neil"),
        ("O&#x27;Neil", "O'Neil"),
        ("Caf&eacute; &uuml;ber", "Café über"),
        ("a&nbsp;b", "a\u00a0b"),
        ("&lt;b&gt;", "<b>"),
        ("&am\u200bp;", "&"),
        ("R&D; Sales", "R&D; Sales"),
        ("AT&T", "AT&T"),
        ("&amp", "&amp"),
        ("&#0;", "&#0;"),
        ("&#xD800;", "&#xD800;"),
        ("&nosuch;", "&nosuch;"),
    ],
)
def test_only_complete_entities_are_read(text: str, plain: str) -> None:
    assert without_entities(text) == plain


@given(st.text(st.characters(exclude_categories=["C"]), max_size=20))
def test_escaped_text_comes_back(text: str) -> None:
    if without_entities(text) == text:
        assert without_entities(escape(text)) == text


@given(st.text("&#;xamplt39 \u200b", max_size=15))
def test_reading_twice_is_reading_once(text: str) -> None:
    once = without_entities(text)
    assert without_entities(once) == once


@each_row(
    ("text", "plain"),
    [
        ("<b>Ana</b> Ruiz", "Ana Ruiz"),
        ('<a href="https://acme.com">Acme</a>', "Acme"),
        ("Acme<br/>Berlin", "Acme Berlin"),
        ("<STRONG class=x>Acme</STRONG> &amp; Co", "Acme & Co"),
        ("&lt;i&gt;Acme&lt;/i&gt;", "Acme"),
        ("<<b>b>Acme", "Acme"),
        ("Acme <Berlin>", "Acme <Berlin>"),
        ("ana <ana@acme.com>", "ana <ana@acme.com>"),
        ("1 < 2 > 0", "1 < 2 > 0"),
    ],
)
def test_tags_of_html_go(text: str, plain: str) -> None:
    assert without_markup(text) == plain


@given(st.text("<>/bi r&lt;gamp", max_size=15))
def test_markup_is_removed_at_once(text: str) -> None:
    once = without_markup(text)
    assert without_markup(once) == once
