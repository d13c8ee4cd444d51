from __future__ import annotations

import string
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.width import narrow


def test_every_printable_character_has_its_wide_twin() -> None:
    ascii_ = string.digits + string.ascii_letters + string.punctuation
    wide = "".join(chr(ord(character) + 0xFEE0) for character in ascii_)
    assert narrow(wide) == ascii_ == unicodedata.normalize("NFKC", wide)


@given(st.text())
def test_other_characters_stay(text: str) -> None:
    assert narrow(narrow(text)) == narrow(text)
    assert len(narrow(text)) == len(text)
    assert narrow("ﾊ①ﬁ²") == "ﾊ①ﬁ²"
