"""Full-width forms, as East Asian keyboards type Latin letters, digits and signs."""

# ruff: noqa: RUF002  signs that look alike are what this is about
from __future__ import annotations

# U+FF01 to U+FF5E are the printable characters of ASCII, once more, as wide as an ideograph.
FULL_WIDTH = "[\uff01-\uff5e]"
_NARROW = {wide: wide - 0xFF01 + 0x21 for wide in range(0xFF01, 0xFF5F)}


def narrow(text: str) -> str:
    """Return the text with full-width letters, digits and signs as ASCII.

    For addresses, numbers and codes, where the width says nothing; a name keeps it.

    >>> narrow("ａｎａ＠acme.com")
    'ana@acme.com'
    """
    return text if text.isascii() else text.translate(_NARROW)
