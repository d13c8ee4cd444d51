"""Text as people paste it: blanks, invisible characters, and what counts as missing."""

from __future__ import annotations

import re
import unicodedata

# Any run of white space; Python's \s knows the non-breaking and the ideographic blank, but not
# the fillers of Hangul and Braille, which show as blanks as well.
_BLANKS = re.compile("[\\s\u2800\u3164\uffa0]+")
# Joiners spell words in Persian, Urdu and the Indic scripts, and draw one picture of several:
# between two letters or two symbols they stay.
_JOINERS = "\u200c\u200d"
# Scripts that join letters begin with Hebrew and Arabic; before it, a joiner only hides.
_FIRST_JOINING = "\u0590"
# Format characters (zero-width and bidirectional marks, soft hyphens, BOM) and controls.
_INVISIBLE = frozenset({"Cf", "Cc"})


def plural(count: int, one: str, many: str) -> str:
    """Return the word, or words, for a count.

    >>> [f"{count} {plural(count, 'row', 'rows')}" for count in (1, 2)]
    ['1 row', '2 rows']
    """
    return one if count == 1 else many


def tidy(text: str) -> str | None:
    """Return text as a person sees it, or None when there is nothing to see.

    Runs of blanks become one blank, invisible characters and controls go, letters are
    composed (NFC). What a person reads stays.

    >>> tidy("  Ana\u00a0\u200bRuiz ")
    'Ana Ruiz'
    >>> tidy(" \ufeff ") is None
    True
    """
    if text.isascii() and text.isprintable():
        plain = _BLANKS.sub(" ", text).strip() if "  " in text else text.strip()
        return plain or None
    seen = _seen(text)
    # Composing may move a mark away from beside a joiner, which then only hides.
    while any(map(seen.__contains__, _JOINERS)) and (again := _seen(seen)) != seen:
        seen = again
    return seen or None


def _seen(text: str) -> str:
    visible = _without_invisible(_BLANKS.sub(" ", text))
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", visible).strip())


def tidy_lines(text: str) -> str | None:
    r"""Return text of several lines, each tidied; blank lines at either end go.

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


def searchable(text: str) -> str:
    """Return text for comparing: compatibility forms, accents and case folded away.

    >>> searchable("ＣＡＦÉ Straße")
    'cafe strasse'
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold()
    kept = "".join(c for c in folded if not ("\u0300" <= c <= "\u036f"))
    return unicodedata.normalize("NFC", kept)


def storable(text: str) -> str:
    r"""Return text as a table can hold it: half a character and NUL become question marks.

    JSON can write both, no file of text can hold them.

    >>> storable("a\ud83d b\0")
    'a? b?'
    """
    return text.encode(errors="replace").decode().replace("\0", "?")
