"""Scripts of names, and what names of different scripts can be compared by."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.pairs import Bools, Pairs, spans
from gsprep.values.arrow import as_mask, matches

if TYPE_CHECKING:
    from gsprep.unification.search.words import NameWords
    from gsprep.values.name_tokens import WordLists

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
    """Return ``scripts_of_word`` of words, as two arrays."""
    plain = as_mask(pc.string_is_ascii(words))
    used = matches(words, "[a-zA-Z]") * _LATIN
    long = matches(words, f"(?:[a-zA-Z].*){{{_LONG}}}") * _LATIN
    others = [scripts_of_word(word) for word in words.filter(pa.array(~plain)).to_pylist()]
    used[~plain], long[~plain] = np.array(others, dtype=np.int64).reshape(-1, 2).T
    return used, long


class Scripts(NamedTuple):
    """Scripts of names, as bits, one line for each name."""

    used: np.ndarray  # the scripts of its letters
    long: np.ndarray  # those of which a word has so many letters that it can be compared

    @classmethod
    def of(cls, names: NameWords | WordLists, words: tuple[np.ndarray, np.ndarray]) -> Scripts:
        """Return the scripts of names; ``words`` are those of their distinct words."""
        there = np.flatnonzero(np.diff(names.starts))
        used, long = (np.zeros(len(names.starts) - 1, dtype=np.int64) for _ in words)
        for of_name, of_word in zip((used, long), words, strict=True):
            of_name[there] = np.bitwise_or.reduceat(of_word[names.codes], names.starts[there])
        return cls(used, long)


class Common(NamedTuple):
    """What the scripts of two names leave to compare, by pair.

    Names of the same scripts are compared whole, and so are names without letters.
    """

    apart: Bools  # nothing: they say nothing about each other
    partly: np.ndarray  # the positions of pairs that are compared by some of their words
    scripts: np.ndarray  # the scripts of those words, for each of these pairs

    @classmethod
    def of(cls, pairs: Pairs, mine: Scripts, theirs: Scripts) -> Common:
        """Compare the scripts of the two names of each pair."""
        own, other = mine.used[pairs.left], theirs.used[pairs.company]
        differ = (own != other) & (own > 0) & (other > 0)
        both = mine.long[pairs.left] & theirs.long[pairs.company]
        partly = np.flatnonzero(differ & (both > 0))
        return cls(differ & (both == 0), partly, both[partly])


def words_in(names: NameWords, which: np.ndarray, scripts: np.ndarray) -> NameWords:
    """Return the words of some names that have letters of these scripts, or no letters."""
    counts = np.diff(names.starts)[which]
    codes = names.codes[spans(names.starts[which], counts)]
    of_word, of_name = names.letters.scripts[codes], np.repeat(scripts, counts)
    kept = (of_word == 0) | ((of_word & of_name) > 0)
    starts = np.append(0, np.cumsum(kept))[np.append(0, np.cumsum(counts))]
    return replace(names, starts=starts, codes=codes[kept])
