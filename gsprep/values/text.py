"""Text as people paste it: blanks, invisible characters, full-width forms, damaged letters."""

# ruff: noqa: RUF002  signs that look alike are what this is about
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from html import unescape
from html.entities import html5
from typing import TYPE_CHECKING

import pyarrow as pa

from gsprep.lazy import lazy_module
from gsprep.values.arrow import ColumnResult, is_tidy, matches

if TYPE_CHECKING:
    import numpy as np
    from rapidfuzz import fuzz, process
else:
    fuzz, process = lazy_module("rapidfuzz.fuzz"), lazy_module("rapidfuzz.process")

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
    if text.isprintable():
        return text
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


# ruff: noqa: RUF001, RUF002, RUF003  signs that look alike are what this is about


# Where Windows-1252 leaves a byte open, programs put the control character of the same number;
# Latin-1 does so for all of 0x80 to 0x9F.
_BYTES = {
    **{character: character for character in range(0xA0, 0x100)},
    **{control: control for control in range(0x80, 0xA0)},
    **{
        ord(bytes([byte]).decode("cp1252")): byte
        for byte in range(0x80, 0xA0)
        if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    },
}
_SIGN_OF = {byte: chr(sign) for sign, byte in _BYTES.items() if sign > 0xFF}  # noqa: PLR2004  Latin-1
# The line end U+0085 is a blank, and five controls have no sign.
_CONTROLS = re.compile(f"[{''.join(chr(byte) for byte in sorted(_SIGN_OF) if byte != 0x85)}]")  # noqa: PLR2004
_READ = "".join(re.escape(chr(c)) for c, byte in _BYTES.items() if 0x80 <= byte < 0xC0)  # noqa: PLR2004  UTF-8
# The start of a sequence and, anywhere after it, a following byte: worth a closer look (RE2).
SUSPECT = f"[\u00c2-\u00f4](?s:.*)[{_READ}]|{_CONTROLS.pattern}"
_SEQUENCE = re.compile(
    f"[\u00c2-\u00df][{_READ}]|[\u00e0-\u00ef][{_READ}]{{2}}|[\u00f0-\u00f4][{_READ}]{{3}}"
)
_LOST = "\ufffd"
# Where ``is_garbled`` is worth asking, for a look at a whole column (RE2).
GARBLED_SUSPECT = f"{_LOST}|{SUSPECT}"
GARBLED_NAME_SUSPECT = rf"{GARBLED_SUSPECT}|\pL\?\pL"
# Signs that may follow a word: quotation marks, dashes, an ellipsis, a trade mark, a note,
# the euro and the blank that does not break. After a capital they prove nothing: IRMÃ”.
_BEHIND_A_WORD = frozenset("\u00a0«»°ª²³¹º·®©™’”“‘‚„‹›–—…•,€")
# Those that may join two words: IRMÃ’S, and a dash without blanks.
_BETWEEN_WORDS = frozenset("\u00a0’–—·»›«‹”")
# The scripts that a sequence may give, by the first word of a letter's Unicode name.
_SCRIPTS = frozenset({
    "LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "DEVANAGARI", "THAI", "HANGUL", "HIRAGANA",
    "KATAKANA", "CJK", "VIETNAMESE", "ARMENIAN", "GEORGIAN",
})  # fmt: skip
# Letters of phonetic notation, which a capital and a sign give: É’ would be ɒ.
_PHONETIC = ("\u0180", "\u0217"), ("\u021c", "\u02af")
_SIGNS = frozenset("‘’“”„‚–—…•€™®©°·«»¿¡ªº²³¹¼½¾§£¥\u00a0\u00ad¢¬±´¶¨¯µ¤¦¸")


def unscrambled(text: str) -> str | None:
    """Return the text before it was misread, or None if that is not certain.

    Text that was misread twice is repaired twice.

    >>> unscrambled("MÃ¼ller"), unscrambled("Itâ€™s Ã‰ric")
    ('Müller', 'It’s Éric')
    >>> unscrambled("IRMÃ") is None, unscrambled("CAFÉ™") is None, unscrambled("Müller") is None
    (True, True, True)
    """
    once = _once(text)
    if once is None and _CONTROLS.search(text):
        # The sign of a Windows program that was read as Latin-1: an apostrophe, a dash, a euro.
        once = _CONTROLS.sub(lambda found: _SIGN_OF[ord(found[0])], text)
    if once is None:
        return None
    return unscrambled(once) or (once if all(map(_is_written, once)) else None)


def _once(text: str) -> str | None:
    if text.isascii() or not any(_is_certain(text, found) for found in _SEQUENCE.finditer(text)):
        return None
    codes = [ord(character) for character in text]
    if any(code >= 0x80 and code not in _BYTES for code in codes):  # noqa: PLR2004  ASCII ends there
        return None
    try:
        decoded = bytes(_BYTES.get(code, code) for code in codes).decode("utf-8")
    except UnicodeDecodeError:
        return None
    # Text that is still scrambled may hold any character that a byte can become.
    return decoded if all(ord(c) in _BYTES or _is_written(c) for c in decoded) else None


def _is_certain(text: str, found: re.Match[str]) -> bool:
    """Return whether a sequence is implausible as text."""
    start, end = found.span()
    before, behind = text[start - 1 : start], text[end : end + 1]
    lead, following = text[start], set(found[0][1:])
    if lead == "Â" or found[0][:2] == "â€":
        return True
    # A capital in the middle of a word: JosÃ©, KÃ¶ln.
    if "À" <= lead <= "Þ" and before.islower():
        return True
    if not following <= _BEHIND_A_WORD:
        # Arabic and Hebrew begin with Ø and ×, which are signs themselves: Ø±0.1.
        return lead not in "Ø×" or len(_SEQUENCE.findall(text)) > 1
    # A dash without blanks joins numbers, seldom words: KÃ–LN is KÖLN.
    joins = following <= _BETWEEN_WORDS and (before.isalpha() or lead != "Ã")
    return behind.isalpha() and (not joins or found[0] == "Ã–")


def _is_written(character: str) -> bool:
    if character.isascii() or character in _SIGNS:
        return True
    if any(first <= character <= last for first, last in _PHONETIC):
        return False
    return unicodedata.name(character, "").partition(" ")[0] in _SCRIPTS | {"COMBINING"}


def is_garbled(text: str, *, names: bool = False) -> bool:
    r"""Return whether letters of the text were lost or misread.

    True for the replacement character and for implausible sequences, also those that
    ``unscrambled`` cannot repair. ``names`` says that the text is a name: a question mark between
    two letters was a letter there. Lost letters cannot be restored.

    >>> is_garbled("M\ufffdller"), is_garbled("MÃ¼ller"), is_garbled("Müller")
    (True, True, False)
    >>> is_garbled("M?ller", names=True), is_garbled("Really?Yes")
    (True, False)
    """
    if _LOST in text or (names and _has_question_in_word(text)):
        return True
    if text.isascii():
        return False
    return unscrambled(text) is not None or any(
        _is_certain(text, found) for found in _SEQUENCE.finditer(text)
    )


def _has_question_in_word(text: str) -> bool:
    # A program that has no sign for a letter writes a question mark in its place.
    marks = (at for at, character in enumerate(text) if character == "?")
    return any(text[at - 1 : at].isalpha() and text[at + 1 : at + 2].isalpha() for at in marks)


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


# A tag of HTML as editors and web forms leave it in a name; those that begin a line stand for one.
TAG_SUSPECT = "<[/A-Za-z]"
_TAG = re.compile(
    r"</?(?:(?P<line>br|p|div|li|td|tr|h[1-6])|a|b|i|u|em|strong|small|span|font|sup|sub)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def without_markup(text: str) -> str:
    """Return text without HTML: neither entities nor tags such as ``<b>``.

    >>> without_markup("<b>Ana</b> Ruiz"), without_markup("Ana<br>Ruiz"), without_markup("A <B> C")
    ('Ana Ruiz', 'Ana Ruiz', 'A  C')
    >>> without_markup("&lt;i&gt;Smith&lt;/i&gt; &amp; Co"), without_markup("1 < 2 > 0")
    ('Smith & Co', '1 < 2 > 0')
    """
    seen = ""
    while seen != text:
        seen = text
        text = _TAG.sub(lambda tag: " " if tag["line"] else "", without_entities(text))
    return text


def _character(entity: str) -> str:
    if not entity.startswith("&#") and entity[1:] not in html5:
        return entity
    meant = unescape(entity)
    is_written = all(
        c in "\t\n\r" or (c != "\ufffd" and unicodedata.category(c) not in _UNWRITTEN)
        for c in meant
    )
    return meant if is_written and not _FULL_WIDTH.search(meant) else entity


# Percent of the characters, in their order, that both names have.
_LIKE = 75.0


def nearest_name(text: str, names: Iterable[str]) -> str | None:
    """Return the name that is spelled most like the text, or None if none is similar.

    Only letters and digits count, without case and accents. Of names that are alike, the first
    in alphabetical order is returned.

    >>> nearest_name("e-mial", ["Email", "Phone"]), nearest_name("Shoe size", ["Email"])
    ('Email', None)
    """
    found = process.extractOne(
        text, sorted(names), scorer=fuzz.ratio, processor=_compared, score_cutoff=_LIKE
    )
    return None if found is None else found[0]


def _compared(name: str) -> str:
    return "".join(filter(str.isalnum, searchable(name)))
