"""HTML entities: complete ones become characters, all else stays."""

from __future__ import annotations

from html import escape

from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.text import without_entities


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
