"""Text as people paste it: blanks, invisible characters, full-width forms."""

# ruff: noqa: RUF002  signs that look alike are what this is about
from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pyarrow as pa

from gsprep.values.arrow import ColumnResult, is_tidy, matches

if TYPE_CHECKING:
    import numpy as np

# Any run of white space; Python's \s knows the non-breaking and the ideographic blank, but not
# the fillers of Hangul and Braille, which show as blanks as well.
_BLANKS = re.compile("[\\s\u2800\u3164\uffa0]+")
# Joiners spell words in Persian, Urdu and the Indic scripts, and join pictures: between two
# letters or two symbols they stay.
_JOINERS = "\u200c\u200d"
# Scripts that join letters begin with Hebrew and Arabic; before them a joiner is invisible.
_FIRST_JOINING = "\u0590"
# Format characters (zero-width and bidirectional marks, soft hyphens, BOM) and controls.
_INVISIBLE = frozenset({"Cf", "Cc"})


def tidy(text: str) -> str | None:
    """Return text as a person sees it, or None if nothing is visible.

    Runs of blanks become one blank, invisible characters and controls are removed, letters are
    composed (NFC). Visible characters stay.

    >>> tidy("  Ana\u00a0\u200bRuiz ")
    'Ana Ruiz'
    >>> tidy(" \ufeff ") is None
    True
    """
    if text.isascii() and text.isprintable():
        plain = _BLANKS.sub(" ", text).strip() if "  " in text else text.strip()
        return plain or None
    seen = _seen(text)
    # Composing may separate a mark from a joiner, which is invisible then.
    while any(map(seen.__contains__, _JOINERS)) and (again := _seen(seen)) != seen:
        seen = again
    return seen or None


def _seen(text: str) -> str:
    visible = _without_invisible(_BLANKS.sub(" ", text))
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", visible).strip())


def tidy_lines(text: str) -> str | None:
    r"""Return text of several lines, each tidied, without blank lines at the ends.

    >>> tidy_lines("  first\u200b \n\n second ")
    'first\n\nsecond'
    """
    return "\n".join(tidy(line) or "" for line in text.splitlines()).strip("\n") or None


def _without_invisible(text: str) -> str:
    return "".join(
        character
        for position, character in enumerate(text)
        if unicodedata.category(character) not in _INVISIBLE
        or (character in _JOINERS and _between_visible(text, position))
    )


def _between_visible(text: str, position: int) -> bool:
    around = text[position - 1 : position] + text[position + 1 : position + 2]
    return len(around) == 2 and all(  # noqa: PLR2004  one neighbour on either side
        neighbour > _FIRST_JOINING and unicodedata.category(neighbour)[0] in "LMS"
        for neighbour in around
    )


_ACCENTS = re.compile("[\u0300-\u036f]+")


def searchable(text: str) -> str:
    """Return text for comparing: compatibility forms, accents and case folded away.

    >>> searchable("ＣＡＦÉ Straße")
    'cafe strasse'
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", folded))


def storable(text: str) -> str:
    r"""Return text that a file can hold: surrogates and NUL become question marks.

    JSON can contain both, a text file cannot.

    >>> storable("a\ud83d b\0")
    'a? b?'
    """
    # Most texts are plain, and are replied by the million.
    plain = text if text.isascii() else text.encode(errors="replace").decode()
    return plain.replace("\0", "?")


# U+FF01 to U+FF5E are the printable characters of ASCII in full width.
FULL_WIDTH = "[\uff01-\uff5e]"
# Ideographs, kana, Hangul and their punctuation, without those that show as a blank.
_EAST_ASIAN = re.compile(
    "[\u1100-\u11ff\u3001-\u3163\u3165-\u318f\u31f0-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\uff61-\uff9f\uffa1-\uffdc\U00020000-\U0003ffff]"
)
_NARROW = {wide: wide - 0xFF01 + 0x21 for wide in range(0xFF01, 0xFF5F)}


def narrow(text: str) -> str:
    """Return the text with full-width letters, digits and signs as ASCII.

    For addresses, numbers and codes, where the width has no meaning.

    >>> narrow("ａｎａ＠acme.com")
    'ana@acme.com'
    """
    return text if text.isascii() else text.translate(_NARROW)


def narrow_words(text: str) -> str:
    """Return words with full-width characters as ASCII; with East Asian letters they stay.

    There they are usual, and part of a company's name.

    >>> narrow_words("Ａｎａ　Ｒｕｉｚ"), narrow_words("ＡＢＣ株式会社")
    ('Ana　Ruiz', 'ＡＢＣ株式会社')
    """
    return text if text.isascii() or _EAST_ASIAN.search(text) else narrow(text)


# Visible letters and signs that composing does not change next to one another: Latin,
# Greek, Cyrillic, Hebrew, Arabic, kana, ideographs and Hangul without their loose marks.
SEEN = (
    r"!-~\x{a1}-\x{ac}\x{ae}-\x{2ff}\x{370}-\x{373}\x{375}-\x{377}\x{37a}-\x{37d}\x{37f}"
    r"\x{384}-\x{386}\x{388}-\x{38a}\x{38c}\x{38e}-\x{3a1}\x{3a3}-\x{3ff}\x{400}-\x{482}"
    r"\x{48a}-\x{52f}\x{5d0}-\x{5ea}\x{621}-\x{64a}\x{1e00}-\x{1eff}\x{2010}-\x{2027}"
    r"\x{3041}-\x{3096}\x{30a1}-\x{30fe}\x{4e00}-\x{9fff}\x{ac00}-\x{d7a3}"
)
_TIDY = f"^[{SEEN}]+(?: [{SEEN}]+)*$"


def tidied(values: pa.Array) -> ColumnResult:
    """Return each text as it is, sure where ``tidy`` and ``tidy_lines`` do not change it."""
    sure: np.ndarray = is_tidy(values)
    if not sure.all():
        sure[~sure] = matches(values.filter(pa.array(~sure)), _TIDY)
    return ColumnResult(None, sure)


def quoted(header: str) -> str:
    r"""Return a header for a message: on one line, without invisible characters.

    >>> quoted(" First\nname ")
    '"First name"'
    """
    return f'"{tidy(header) or ""}"'
