"""Words as languages write them, to recognise encodings."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise

from gsprep.shipped import shipped_lines


@dataclass(frozen=True)
class Language:
    """The letters of a language beyond ASCII, and pairs that its words do not have.

    Attributes:
        letters: the letters, in lower case.
        never: a pattern of letter pairs (with the beginning or the end of a word) that is found
            in no word; those matter that another encoding would make of a foreign letter.
    """

    letters: str
    never: str = "(?!)"

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.letters)

    @cached_property
    def _never(self) -> re.Pattern[str]:
        return re.compile(self.never)

    def fits(self, word: str) -> bool:
        """Return whether a word in lower case can be one of the language."""
        foreign = {c for c in word if not c.isascii() and c.isalpha()}
        return foreign <= self._known and self._never.search(word) is None


@cache
def languages_of(encoding: str) -> tuple[Language, ...]:
    """Return the languages that are written in an encoding."""
    lines = (line.split("\t") for line in shipped_lines("rules", "lists", "languages.txt"))
    return tuple(Language(*rest) for group, _, *rest in lines if group == LANGUAGES[encoding])


# The usual one of encodings that read a file alike comes first.
LANGUAGES = {
    "cp1252": "western", "cp1250": "central", "cp1257": "baltic", "iso8859_2": "central",
    "iso8859_13": "baltic", "iso8859_16": "central", "mac_roman": "western", "cp850": "western",
    "cp1254": "turkish", "cp852": "central",
}  # fmt: skip
OF_OTHER_SYSTEMS = frozenset({"mac_roman", "cp850", "cp852"})


# Words run between ASCII punctuation and blanks; digits and quotes do not join them.
WORD = re.compile(r"[^\x00-@\[-`{-\x7f\s]+")
# Marks that are next to letters in good text.
_USUAL = frozenset(
    "\u2018\u2019\u201c\u201d\u201e\u201a\u00ab\u00bb\u2013\u2014\u2026\u00b7"
    "\u00a1\u00bf\u00aa\u00ba\u00ae\u2122\u00a9"
)
# Inside a word only these do: an apostrophe, dashes and the Catalan middle dot.
_INSIDE = frozenset("\u2019\u2018\u2013\u2014\u00b7")
# Mu\u2013oz is Mu\u00f1oz of a Mac; a dash joins names, which have capitals.
_DASH_FOR_A_LETTER = re.compile("[a-z][\u2013\u2014](?=[a-z])")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI")
# A file has few different characters.
_CHARACTERS = 4_096
_FEW_ASCII = 0.6
SHORTEST = 3


def garbled_share(text: str) -> float:
    """Return the share of the words with non-ASCII letters that no language would write so.

    >>> garbled_share("René Müller"), garbled_share("René Müller".encode().decode("latin-1"))
    (0.0, 1.0)
    >>> garbled_share("Иван Петров".encode("cp1251").decode("cp1252"))
    1.0
    """
    words = {word for word in WORD.findall(text) if not word.isascii()}
    return sum(map(is_spoiled, words)) / len(words) if words else 0.0


def lower_only(text: str) -> bool:
    """Return whether words of a script that has capitals, other than Latin, never use one.

    Hebrew read as Cyrillic looks so; a list of names in Cyrillic does not.
    """
    letters = [c for c in text if not c.isascii() and c.isalpha() and _script(c) != "LATIN"]
    return any(c.islower() for c in letters) and not any(c.isupper() for c in letters)


def turkish_as_western(text: str) -> bool:
    """Return whether the letters show Turkish text read as Western European.

    The two encodings differ in six letters only: there \u011f, \u0131, \u015f read as the
    Icelandic \u00f0, \u00fd, \u00fe, which come with accented vowels in Icelandic.
    """
    low = text.lower()
    turkish = [low.count(letter) for letter in "\u00f0\u00fd\u00fe"]
    icelandic = sum(map(low.count, "\u00e6\u00e1\u00e9\u00ed\u00f3\u00fa"))
    return sum(map(bool, turkish)) > 1 and sum(turkish) > 2 * icelandic


def is_spoiled(word: str) -> bool:
    """Return whether no language would write a word so."""
    tests = (_odd_marks, _mixed_scripts, _wedged, _odd_case, _few_ascii, _ODD_THAI.search)
    return any(odd(word) for odd in tests)


def _odd_marks(word: str) -> bool:
    marks = {c for c in word if is_mark(c)}
    inside = {c for c in word[1:-1] if is_mark(c)}
    letters = any(c.isalpha() for c in word)
    if unicodedata.category(word[0]) == "Mn":
        return True
    # Full-width marks and brackets belong to the East Asian scripts and may be anywhere.
    wide = {c for c in marks if unicodedata.east_asian_width(c) in "WFH"}
    return letters and bool(
        (marks - _USUAL - wide) or (inside - _INSIDE - wide) or _DASH_FOR_A_LETTER.search(word)
    )


@lru_cache(maxsize=_CHARACTERS)
def is_mark(character: str) -> bool:
    """Return whether a character is no letter and no digit of a word."""
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


@lru_cache(maxsize=_CHARACTERS)
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "CONTROL")
    if name.startswith("HALFWIDTH"):
        # A lone byte in a double-byte encoding reads as one; names are not written so.
        return "HALFWIDTH"
    return next((script for script in _SCRIPTS if name.startswith(script)), "EAST ASIAN")


def _odd_case(word: str) -> bool:
    """Return whether a capital is behind a small letter, or alone behind the first capital."""
    small = word[2:3].islower() and word[:1].isupper()
    if small and word[1].isupper() and not word[1].isascii():
        return True
    return any(a.islower() and b.isupper() and not b.isascii() for a, b in pairwise(word))


# Signs of old Thai texts, and a digit next to a letter.
_ODD_THAI = re.compile("[\u0e45\u0e4e\u0e4f\u0e5a\u0e5b]|[\u0e01-\u0e4d][\u0e50-\u0e59]")


def _few_ascii(word: str) -> bool:
    letters = [c for c in word if c.isalpha()]
    foreign = [c for c in letters if not c.isascii()]
    latin = all(_script(c) == "LATIN" for c in foreign)
    return latin and len(letters) >= SHORTEST and len(foreign) > _FEW_ASCII * len(letters)
