"""Scripts of words: Latin, Han, Hangul."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import Places, as_mask, as_texts, matches
from gsprep.values.company_name import same_words

_LATIN = 1
# By the first word of a letter's name in Unicode; those that one language mixes are one script.
_SCRIPTS = (
    ("LATIN",), ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "BOPOMOFO"),
    ("HANGUL",), ("CYRILLIC",), ("GREEK",), ("ARABIC",), ("HEBREW",), ("THAI",), ("ARMENIAN",),
    ("GEORGIAN",), ("DEVANAGARI",), ("BENGALI",), ("GURMUKHI",), ("GUJARATI",), ("TAMIL",),
    ("TELUGU",), ("KANNADA",), ("MALAYALAM",), ("SINHALA",), ("LAO",), ("KHMER",), ("MYANMAR",),
    ("TIBETAN",), ("MONGOLIAN",), ("ETHIOPIC",),
)  # fmt: skip
_BITS = {name: 1 << at for at, names in enumerate(_SCRIPTS) for name in names}
_OTHER = 1 << len(_SCRIPTS)
# So many letters are a word, where a letter is a sound and where it is a syllable or more.
_LONG, _LONG_SYLLABLES = 4, 2
_SYLLABLES = _BITS["CJK"] | _BITS["HANGUL"]


@cache
def _script(letter: str) -> int:
    """Return the bit of a letter's script, 0 for digits, marks and signs."""
    name = unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""
    return _BITS.get(name, _OTHER) if name else 0


def scripts_of_word(word: str) -> tuple[int, int]:
    """Return the scripts of a word, and those of which it has the letters of a word, as bits.

    >>> [scripts_of_word(word) for word in ("sds", "acme", "삼성sds", "2020")]
    [(1, 0), (1, 1), (5, 4), (0, 0)]
    """
    bits = [_script(letter) for letter in word]
    found = long = 0
    for bit in filter(None, set(bits)):
        found |= bit
        least = _LONG_SYLLABLES if bit & _SYLLABLES else _LONG
        long |= bit if bits.count(bit) >= least else 0
    return found, long


def scripts_of_words(words: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return ``scripts_of_word`` of words, as two arrays; 0 for words known in several scripts."""
    plain = as_mask(pc.string_is_ascii(words))
    used = matches(words, "[a-zA-Z]") * _LATIN
    long = matches(words, f"(?:[a-zA-Z].*){{{_LONG}}}") * _LATIN
    others = [scripts_of_word(word) for word in words.filter(pa.array(~plain)).to_pylist()]
    used[~plain], long[~plain] = np.array(others, dtype=np.int64).reshape(-1, 2).T
    own = ~_of_several_scripts().has(words)
    return used * own, long * own


@cache
def _of_several_scripts() -> Places:
    """Return words of names that are known in other scripts, too: bank, Tokyo, Samsung."""
    known = same_words().items()
    return Places(as_texts({written for other, written in known if not other.isascii()}))
