"""HTML entities in text, such as ``&amp;``."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from html.entities import html5

from gsprep.values.text import FULL_WIDTH, tidy

# Text that may hold an entity (RE2): an ampersand and, anywhere after it, a semicolon.
ENTITY_SUSPECT = "&(?s:.+);"
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_FULL_WIDTH = re.compile(FULL_WIDTH)
# Controls (except line breaks and tabs), surrogates and unassigned characters are not written.
_UNWRITTEN = frozenset({"Cc", "Cs", "Cn", "Co"})


def without_entities(text: str) -> str:
    """Return text with its complete HTML entities as characters, also if it was escaped twice.

    >>> without_entities("Smith &amp; Co"), without_entities("O&#39;Neil"), without_entities("A&B;")
    ('Smith & Co', "O'Neil", 'A&B;')
    """
    # Invisible characters may hide an entity.
    seen = text if _ENTITY.search(text) else (tidy(text) or text)
    again = _ENTITY.sub(lambda found: _character(found[0]), seen)
    if again == seen:
        return text
    return without_entities(again)


def _character(entity: str) -> str:
    if not entity.startswith("&#") and entity[1:] not in html5:
        return entity
    meant = unescape(entity)
    is_written = all(
        c in "\t\n\r" or (c != "\ufffd" and unicodedata.category(c) not in _UNWRITTEN)
        for c in meant
    )
    return meant if is_written and not _FULL_WIDTH.search(meant) else entity
