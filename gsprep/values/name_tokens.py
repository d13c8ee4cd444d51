"""Words of a name: folded, without punctuation, acronyms joined."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_lines, shipped_pairs, shipped_words
from gsprep.values.arrow import bytes_of, counted_before, from_bytes, matches
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BLANK = ord(" ")


@dataclass(frozen=True, slots=True)
class WordLists:
    """Texts as lists of words.

    starts: the words of text ``n`` are ``codes[starts[n]:starts[n + 1]]``, in their order.
    codes:  places in ``words``.
    words:  the distinct words.
    """

    starts: np.ndarray
    codes: np.ndarray
    words: pa.Array

    def of_text(self) -> np.ndarray:
        """Return for each word the place of its text."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def of(self, text: int) -> list[str]:
        """Return the words of one text."""
        codes = self.codes[self.starts[text] : self.starts[text + 1]]
        return self.words.take(pa.array(codes)).to_pylist()

    def mapped(self, of_all: Callable[[pa.Array], pa.Array]) -> WordLists:
        """Return the lists with other words; ``of_all`` returns one for each distinct word."""
        encoded = pc.dictionary_encode(of_all(self.words))
        codes = encoded.indices.to_numpy().astype(np.int64)[self.codes]
        return WordLists(self.starts, codes, encoded.dictionary)

    def chosen(self, kept: np.ndarray) -> WordLists:
        """Return the lists with the words of the mask only."""
        starts = counted_before(kept)[self.starts]
        return WordLists(starts, self.codes[kept], self.words)

    def distinct(self) -> WordLists:
        """Return the lists with the first occurrence of each word."""
        of_text = self.of_text()
        _, first = np.unique(of_text * len(self.words) + self.codes, return_index=True)
        kept = np.zeros(len(self.codes), dtype=bool)
        kept[first] = True
        return self.chosen(kept)

    def shortened(self, most: int) -> WordLists:
        """Return the first ``most`` words of each list; ``words`` holds only these."""
        few = self.chosen(np.arange(len(self.codes)) - self.starts[self.of_text()] < most)
        used = np.unique(few.codes)
        return WordLists(few.starts, np.searchsorted(used, few.codes), self.words.take(used))

    def some(self, first: int, end: int) -> pa.Array:
        """Return the words from one place to another of each list, joined; "" for fewer words."""
        place = np.arange(len(self.codes)) - self.starts[self.of_text()]
        whole = (np.diff(self.starts) >= end)[self.of_text()]
        return self.chosen(whole & (place >= first) & (place < end)).joined("")

    def joined(self, by: str) -> pa.Array:
        """Return each list as one text, "" for no words."""
        words = self.words.take(pa.array(self.codes))
        lists = pa.LargeListArray.from_arrays(pa.array(self.starts), words)
        return pc.binary_join(lists, pa.scalar(by, pa.large_string()))


def split_at_blanks(texts: pa.Array) -> WordLists:
    """Return the words between the blanks of each text; no word is empty."""
    starts, data = bytes_of(texts)
    return listed(starts, data, data != _BLANK)


def listed(starts: np.ndarray, data: np.ndarray, in_word: np.ndarray) -> WordLists:
    """Return the runs of bytes ``in_word`` of the texts at these starts."""
    begins = in_word.copy()
    begins[1:] &= ~in_word[:-1]
    # A new text begins a new word.
    edges = starts[:-1][starts[:-1] < len(data)]
    begins[edges] = in_word[edges]
    at = np.flatnonzero(begins)
    letters = counted_before(in_word)
    words = from_bytes(letters[np.append(at, len(data))], data[in_word])
    encoded = pc.dictionary_encode(words)
    codes = encoded.indices.to_numpy().astype(np.int64)
    return WordLists(np.searchsorted(at, starts), codes, encoded.dictionary)


# Letters that Unicode does not decompose; people type the plain ones. In Arabic: alef with hamza or
# madda, taa marbuta as haa, and the yaa and kaf of Persian keyboards.
_PLAIN_LETTERS = {
    "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h",
    "\u0131": "i", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ə": "a",
    "\u0622": "\u0627", "\u0623": "\u0627", "\u0625": "\u0627", "\u0671": "\u0627",
    "\u0629": "\u0647", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643",
}  # fmt: skip
# Optional signs: stretching and speech marks, Arabic and Hebrew vowel signs, and the Hebrew
# quotation marks inside an acronym.
_LEFT_OUT = frozenset(
    "\u0640\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u05f3\u05f4\u0670"
    + "".join(map(chr, (*range(0x591, 0x5BE), *range(0x5BF, 0x5C8), *range(0x64B, 0x653))))
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
_LIKE_ASCII = dict.fromkeys("\u2018\u2019\u201b\u2032\u0060\u00b4", "'") | {
    "\u2024": ".", "\u3002": ".", "\u3001": ",", "\u060c": ",", "\u2044": "/", "\u2215": "/",
    "\u3010": "(", "\u3011": ")", "\u3014": "(", "\u3015": ")", "\u201c": '"', "\u201d": '"',
}  # fmt: skip
# The sign for "and" is kept until the words are split.
_PUNCTUATION: dict[int, str | None] = {
    code: " " if chr(code).isprintable() or chr(code).isspace() else None
    for code in range(128)
    if not chr(code).isalnum() and chr(code) != "&"
}
_INITIALS = re.compile(r"(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)|(?<!\w)[^\W\d_](?:/[^\W\d_])+(?!\w)")
# Words that say what an organisation is, in scripts that write no blank between words; with 法人
# behind they are a legal form.
_UNSPACED_WORDS = re.compile(f"(?:{'|'.join(shipped_words('unspaced_word'))})(?!法人)")
# A quick test before the search above.
_MAY_JOIN = re.compile(r"[./]\w")
_ELISION = re.compile(r"(?<=\w)'(?=\w)|(?<=[\u05d0-\u05ea])\"(?=[\u05d0-\u05ea])")
_IN_BRACKETS = shipped_pairs("legal_form_in_brackets")
_BRACKETED = re.compile(rf"\(([{''.join(_IN_BRACKETS)}])\)")
_TRADEMARKS = re.compile("[\u2120\u2122]")
_CUTS = re.compile(r"[,;()\[\]{}]")


class _Signs(dict[int, "str | int | None"]):
    """The replacement of each character beyond ASCII, computed once."""

    def __missing__(self, code: int) -> str | int | None:
        character = chr(code)
        kept: str | int | None = code
        if code < 128:  # noqa: PLR2004  ASCII is done by the next step
            kept = code
        elif character in _LEFT_OUT or unicodedata.category(character) == "Cf":
            kept = None
        elif not (character.isalnum() or unicodedata.category(character)[0] == "M"):
            kept = " "
        elif _FIRST_HAN <= character <= _LAST_HAN:
            kept = _han_variants().get(character, character)
        self[code] = kept
        return kept


_FIRST_HAN, _LAST_HAN = "\u4e00", "\u9fff"


@cache
def _han_variants() -> Mapping[str, str]:
    """Return traditional and Japanese characters, and the simplified one for each."""
    lines = (line.split("\t") for line in shipped_lines("rules", "lists", "han_variants.txt"))
    return {variant: plain for plain, variants in lines for variant in variants}


_SIGNS = _Signs({ord(sign): plain for sign, plain in (_PLAIN_LETTERS | _LIKE_ASCII).items()})


def name_tokens(text: str) -> list[str]:
    """Return the words of a name, folded by ``searchable`` and without punctuation.

    ``&`` and ``+`` between words are "and"; dotted, slashed and spaced initials are one word;
    an apostrophe inside a word is removed. There are no words only if the text has no letter or
    digit. Optional signs (Arabic and Hebrew vowels) are removed. Traditional and Japanese
    characters are written as the simplified ones, Arabic letters that people mix up as one.

    >>> name_tokens("The A.B.C. of St. Gallen & McDonald's A/S"), name_tokens("東京大學集團")
    (['the', 'abc', 'of', 'st', 'gallen', 'and', 'mcdonalds', 'as'], ['东京', '大学', '集团'])
    """
    return _tokens(_folded(text))


def name_parts(text: str) -> list[list[str]]:
    """Return the words of each part of a name; commas, semicolons and brackets cut it.

    Han and Hangul forms in brackets, (株) and ㈜, are spelled out. No part is empty.

    >>> name_parts("Acme Co., Ltd. (UK)")
    [['acme', 'co'], ['ltd'], ['uk']]
    """
    folded = _folded(text)
    if not _CUTS.search(folded):
        tokens = _tokens(folded)
        return [tokens] if tokens else []
    if not folded.isascii():
        folded = _BRACKETED.sub(_spelled, folded)
    parts = [_tokens(part) for part in _CUTS.split(folded)]
    return [part for part in parts if part]


def _folded(text: str) -> str:
    """Return a folded name with ASCII punctuation."""
    # Without the blank a trademark would be the letters TM.
    folded = searchable(_TRADEMARKS.sub(" ", text))
    if folded.isascii():
        return folded
    return _UNSPACED_WORDS.sub(r" \g<0> ", unicodedata.normalize("NFC", folded.translate(_SIGNS)))


def all_folded(names: pa.Array) -> pa.Array:
    """Return names without line breaks as ``_folded`` does, all at once."""
    lines = _folded("\n".join(names.to_pylist())).split("\n") if len(names) else []
    return pa.array(lines, pa.large_string())


def _tokens(folded: str) -> list[str]:
    if "'" in folded or '"' in folded:
        folded = _ELISION.sub("", folded)
    if _MAY_JOIN.search(folded):
        folded = _INITIALS.sub(_joined, folded)
    if "&" in folded or "+" in folded:
        return _with_runs_joined(_with_and(folded.replace("&", " & ").replace("+", " & ")))
    return _with_runs_joined(_words(folded))


def _words(folded: str) -> list[str]:
    words = folded.translate(_PUNCTUATION).split()
    if folded.isascii():
        return words
    return [word for word in words if word == "&" or any(map(str.isalnum, word))]


def _with_and(folded: str) -> list[str]:
    """Return the words, with "and" for a ``&`` between two words."""
    words = _words(folded)
    return [
        "and" if word == "&" else word
        for before, word, after in zip(["&", *words], words, [*words[1:], "&"], strict=False)
        if word != "&" or (before != "&" and after != "&")
    ]


def _spelled(sign: re.Match[str]) -> str:
    return f" {_IN_BRACKETS[sign.group(1)]} "


def _joined(initials: re.Match[str]) -> str:
    return initials.group().replace(".", "").replace("/", "")


def _with_runs_joined(tokens: list[str]) -> list[str]:
    """Join single letters: ``j p morgan`` is ``jp morgan``."""
    if list(map(len, tokens)).count(1) < 2:  # noqa: PLR2004  a run has two letters
        return tokens
    joined: list[str] = []
    in_run = False
    for token in tokens:
        is_letter = len(token) == 1 and token.isalpha()
        if is_letter and in_run:
            joined[-1] += token
        else:
            joined.append(token)
        in_run = is_letter
    return joined


_MAY_HAVE = r" [ivx]+(?: |$)"
# Up to 39: what is counted in names seldom goes further, and longer ones are words.
_NUMERAL = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_ONES = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
# A single letter at the end is a numeral behind so many words: Space X and Team V are names.
_WORDS_BEFORE = {"i": 1, "v": 2, "x": 2}


def roman_number(word: str) -> int | None:
    """Return the number of a Roman numeral in small letters up to 39, or None.

    >>> [roman_number(word) for word in ("iv", "xii", "iiii", "mix")]
    [4, 12, None, None]
    """
    found = _NUMERAL.fullmatch(word) if word else None
    return None if found is None else 10 * len(found.group(1)) + _ONES[found.group(2)]


def with_numbers(core: str) -> str:
    """Return a name without legal form, its Roman numerals as numbers.

    The first word is none, and a single letter only at the end of a longer name.

    >>> [with_numbers(name) for name in ("acme fund ii", "zenith fund v", "xi labs", "space x")]
    ['acme fund 2', 'zenith fund 5', 'xi labs', 'space x']
    """
    words = core.split(" ")
    return " ".join(_number_of(word, at, len(words)) for at, word in enumerate(words))


def _number_of(word: str, at: int, count: int) -> str:
    least = _WORDS_BEFORE.get(word, 1)
    number = roman_number(word) if at >= least else None
    inside = word in _WORDS_BEFORE and at < count - 1
    return word if number is None or inside else str(number)


def all_with_numbers(cores: pa.Array) -> pa.Array:
    """Return each name as ``with_numbers`` does."""
    found = matches(cores, _MAY_HAVE)
    if not found.any():
        return cores
    others = [with_numbers(core) for core in cores.filter(pa.array(found)).to_pylist()]
    return pc.replace_with_mask(cores, pa.array(found), pa.array(others, pa.large_string()))
