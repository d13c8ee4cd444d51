"""Full-width forms, as East Asian keyboards type Latin letters, digits and signs."""

# ruff: noqa: RUF002  signs that look alike are what this is about
from __future__ import annotations

import re

# U+FF01 to U+FF5E are the printable characters of ASCII, once more, as wide as an ideograph.
FULL_WIDTH = "[\uff01-\uff5e]"
# Ideographs, kana, Hangul and their punctuation, but not what shows as a blank.
_EAST_ASIAN = re.compile(
    "[\u1100-\u11ff\u3001-\u3163\u3165-\u318f\u31f0-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\uff61-\uff9f\uffa1-\uffdc\U00020000-\U0003ffff]"
)
_NARROW = {wide: wide - 0xFF01 + 0x21 for wide in range(0xFF01, 0xFF5F)}


def narrow(text: str) -> str:
    """Return the text with full-width letters, digits and signs as ASCII.

    For addresses, numbers and codes, where the width says nothing.

    >>> narrow("ａｎａ＠acme.com")
    'ana@acme.com'
    """
    return text if text.isascii() else text.translate(_NARROW)


def narrow_words(text: str) -> str:
    """Return words with full-width characters as ASCII; beside East Asian letters they stay.

    There they are the usual way to write, and part of a company's name.

    >>> narrow_words("Ａｎａ　Ｒｕｉｚ"), narrow_words("ＡＢＣ株式会社")
    ('Ana　Ruiz', 'ＡＢＣ株式会社')
    """
    return text if text.isascii() or _EAST_ASIAN.search(text) else narrow(text)
