"""How much of a text looks as if it was read in a wrong encoding."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

# Words run between ASCII punctuation and blanks; digits and quotes do not join them.
_WORD = re.compile(r"[^\x00-@\[-`{-\x7f\s]+")
# Marks that stand beside letters in good text.
_USUAL = frozenset(
    "\u2018\u2019\u201c\u201d\u201e\u201a\u00ab\u00bb\u2013\u2014\u2026\u00b7"
    "\u00a1\u00bf\u00aa\u00ba\u00ae\u2122\u00a9"
)
# Inside a word only these do: an apostrophe, dashes and the Catalan middle dot.
_INSIDE = frozenset("\u2019\u2018\u2013\u2014\u00b7")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI")
_FEW_ASCII = 0.6
_SHORTEST = 3


def spoiled_share(text: str) -> float:
    """Return the share of the words with non-ASCII letters that no language would write so.

    >>> spoiled_share("René Müller"), spoiled_share("René Müller".encode().decode("latin-1"))
    (0.0, 1.0)
    >>> spoiled_share("Иван Петров".encode("cp1251").decode("cp1252"))
    1.0
    """
    words = {word for word in _WORD.findall(text) if not word.isascii()}
    return sum(map(_spoiled, words)) / len(words) if words else 0.0


def lower_only(text: str) -> bool:
    """Return whether words of a script that has capitals, other than Latin, never use one.

    Hebrew read as Cyrillic looks so; a list of names in Cyrillic does not.
    """
    letters = [c for c in text if not c.isascii() and c.isalpha() and _script(c) != "LATIN"]
    return any(c.islower() for c in letters) and not any(c.isupper() for c in letters)


def turkish_as_western(text: str) -> bool:
    """Return whether the letters say Turkish text was read as Western European.

    The two encodings differ in six letters only: there \u011f, \u0131, \u015f read as the
    Icelandic \u00f0, \u00fd, \u00fe, which come with accented vowels in Icelandic.
    """
    low = text.lower()
    turkish = [low.count(letter) for letter in "\u00f0\u00fd\u00fe"]
    icelandic = sum(map(low.count, "\u00e6\u00e1\u00e9\u00ed\u00f3\u00fa"))
    return sum(map(bool, turkish)) > 1 and sum(turkish) > 2 * icelandic


def _spoiled(word: str) -> bool:
    return any(odd(word) for odd in (_odd_marks, _mixed_scripts, _wedged, _odd_case, _few_ascii))


def _odd_marks(word: str) -> bool:
    marks = {c for c in word if _is_mark(c)}
    inside = {c for c in word[1:-1] if _is_mark(c)}
    letters = any(c.isalpha() for c in word)
    if unicodedata.category(word[0]) == "Mn":
        return True
    # Full-width marks and brackets belong to the East Asian scripts and stand anywhere.
    wide = {c for c in marks if unicodedata.east_asian_width(c) in "WFH"}
    return letters and bool((marks - _USUAL - wide) or (inside - _INSIDE - wide))


def _is_mark(character: str) -> bool:
    # Fractions and raised figures ("No") are no part of words.
    kind = unicodedata.category(character)
    return kind[0] not in "LMN" or kind == "No"


def _mixed_scripts(word: str) -> bool:
    return len({_script(c) for c in word if c.isalpha() and not c.isascii()}) > 1


def _wedged(word: str) -> bool:
    # J\u7f75g: a byte for an accented letter and the letter after it, read as one character.
    scripts = ["ASCII" if c.isascii() else _script(c) for c in word if c.isalpha()]
    if "HALFWIDTH" in scripts and "ASCII" in scripts:
        return True
    ends_in_ascii = scripts[:1] == scripts[-1:] == ["ASCII"]
    return ends_in_ascii and any(script not in {"ASCII", "LATIN"} for script in scripts)


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "CONTROL")
    if name.startswith("HALFWIDTH"):
        # A lone byte in a double-byte encoding reads as one; names are not written so.
        return "HALFWIDTH"
    return next((script for script in _SCRIPTS if name.startswith(script)), "EAST ASIAN")


def _odd_case(word: str) -> bool:
    return any(a.islower() and b.isupper() and not b.isascii() for a, b in pairwise(word))


def _few_ascii(word: str) -> bool:
    letters = [c for c in word if c.isalpha()]
    foreign = [c for c in letters if not c.isascii()]
    latin = all(_script(c) == "LATIN" for c in foreign)
    return latin and len(letters) >= _SHORTEST and len(foreign) > _FEW_ASCII * len(letters)
