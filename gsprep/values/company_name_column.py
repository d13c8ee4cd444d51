"""A column of company names taken apart at once, with the results of ``company_name``."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import bytes_of, kept_bytes, matches
from gsprep.values.company_name import split_company_name
from gsprep.values.legal_form import FILLERS
from gsprep.values.legal_form_column import may_begin, may_end, take_ends
from gsprep.values.share_notation import MAY_STAND
from gsprep.values.word_column import WordLists, split_at_blanks

# Names that a processor's cache can hold.
_SLICE = 1 << 16
_SHOWN = "^[ -~]*$"
_BLANK, _CUT, _QUOTE = b" ,'"
# The sign for "and" where it does not stand between two words.
_LOOSE_AND = "(?:^|[,&]) *&|& *(?:$|,)"
_NOTHING = pa.scalar(None, pa.large_string())


class NameColumns(NamedTuple):
    """The core and the legal form of each name, null where it has no letter or digit."""

    core: pa.Array
    legal_form: pa.Array


class _Written(NamedTuple):
    """Names as words with blanks and commas between them, and where that may not be right."""

    names: pa.Array
    doubtful: np.ndarray


def split_names(names: pa.Array) -> NameColumns:
    """Take names apart as ``split_company_name`` does; null stays null.

    Most names are read at once; what is not plain, or may be read in two ways, one by one.
    """
    if len(names) > _SLICE:
        slices = [names.slice(at, _SLICE) for at in range(0, len(names), _SLICE)]
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
            columns = zip(*threads.map(split_names, slices), strict=True)
            return NameColumns(*map(pa.concat_arrays, columns))
    plain = np.flatnonzero(matches(names, _SHOWN) & ~matches(names, MAY_STAND))
    parts, sure = _split(_written(pc.ascii_lower(names.take(pa.array(plain)))))
    left = np.ones(len(names), dtype=bool)
    left[plain[sure]] = False
    others = [split_company_name(name or "") or (None, None) for name in _texts(names, left)]
    place = np.zeros(len(names), dtype=np.int64)
    place[plain] = np.arange(len(plain))
    place[left] = np.arange(len(plain), len(plain) + len(others))
    slow = (pa.array([part[at] for part in others], pa.large_string()) for at in range(2))
    both = (pa.concat_arrays(columns) for columns in zip(parts, slow, strict=True))
    return NameColumns(*(column.take(pa.array(place)) for column in both))


def _texts(names: pa.Array, where: np.ndarray) -> list[str | None]:
    texts: list[str | None] = names.filter(pa.array(where)).to_pylist()
    return texts


def _written(lower: pa.Array) -> _Written:
    """Write names in one way: initials and elisions joined, "and" for its sign, no punctuation."""
    starts, data = bytes_of(lower)
    before, behind = _neighbours(_IN_WORD[data], starts)
    elided = (data == _QUOTE) & before & behind
    single = _LETTER[data] & ~before & ~behind
    before, behind = _neighbours(single, starts)
    dotted, slashed = ((data == ord(sign)) & before & behind for sign in "./")
    names = kept_bytes(starts, _WRITTEN[data], ~(elided | dotted | slashed))
    several = [_with(mask, starts) for mask in (elided, dotted, slashed)]
    doubtful = (np.sum(several, axis=0) > 1) | matches(names, _LOOSE_AND)
    return _Written(pc.replace_substring(names, "&", " and "), doubtful)


def _neighbours(mask: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether the byte before, and the one behind, in the same text is in the mask."""
    before, behind = np.zeros_like(mask), np.zeros_like(mask)
    before[1:], behind[:-1] = mask[:-1], mask[1:]
    filled = starts[1:] > starts[:-1]
    before[starts[:-1][filled]] = False
    behind[starts[1:][filled] - 1] = False
    return before, behind


def _with(mask: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return which texts have a byte in the mask."""
    found = np.zeros(len(starts) - 1, dtype=bool)
    found[np.searchsorted(starts, np.flatnonzero(mask), side="right") - 1] = True
    return found


def _split(written: _Written) -> tuple[NameColumns, np.ndarray]:
    """Return cores and legal forms of names written in one way, and where they are sure."""
    lists, before_cut = _parted(written.names)
    words = _OfWords.of(lists)
    first, stops = lists.starts[:-1], lists.starts[1:]
    some = first < stops
    led = (stops - first > 1) & words.the[first]
    begins = first + led
    ends, forms = take_ends(lists, begins)
    of_text, at = lists.of_text(), np.arange(len(lists.codes))
    # A form that ends at a cut goes too.
    in_middle = before_cut & words.ends_form[:-1] & (at < ends[of_text] - 1)
    doubtful = written.doubtful | words.twins(of_text, len(first)) | _any(in_middle, of_text, first)
    doubtful |= words.the[stops - 1] & _any(before_cut, of_text, first)
    doubtful |= words.begins_form[begins] | (led & words.the[begins])
    doubtful |= (ends <= begins) | words.filler[begins]
    core = lists.chosen((at >= begins[of_text]) & (at < ends[of_text])).joined(" ")
    there = pa.array(some)
    parts = NameColumns(pc.if_else(there, core, _NOTHING), pc.if_else(there, forms, _NOTHING))
    return parts, ~doubtful | ~some


def _parted(names: pa.Array) -> tuple[WordLists, np.ndarray]:
    """Return the words of names, and which of them stand before a cut."""
    lists = split_at_blanks(pc.replace_substring(names, ",", " , "))
    is_cut = pc.equal(lists.words, ",").to_numpy(zero_copy_only=False)[lists.codes]
    before_cut = np.append(is_cut[1:], False)
    before_cut[lists.starts[1:][lists.starts[1:] > lists.starts[:-1]] - 1] = False
    return lists.chosen(~is_cut), before_cut[~is_cut]


def _any(mask: np.ndarray, of_text: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Return which texts have a word in the mask."""
    found = np.zeros(len(texts), dtype=bool)
    found[of_text[mask]] = True
    return found


class _OfWords(NamedTuple):
    """What is asked of every word, by its place among all; the last line stands for no word."""

    the: np.ndarray
    filler: np.ndarray
    begins_form: np.ndarray
    ends_form: np.ndarray
    letter: np.ndarray

    @classmethod
    def of(cls, lists: WordLists) -> _OfWords:
        """Ask each distinct word once."""
        fillers = pa.array(sorted(FILLERS), pa.large_string())
        asked = (
            pc.equal(lists.words, "the").to_numpy(zero_copy_only=False),
            pc.is_in(lists.words, value_set=fillers).to_numpy(zero_copy_only=False),
            may_begin(lists.words),
            may_end(lists.words),
            matches(lists.words, "^[a-z]$"),
        )
        return cls(*(np.append(answers[lists.codes], False) for answers in asked))

    def twins(self, of_text: np.ndarray, texts: int) -> np.ndarray:
        """Return which texts have two letters that stand alone, side by side."""
        alone = self.letter[:-1]
        found = np.zeros(texts, dtype=bool)
        found[of_text[:-1][alone[:-1] & alone[1:] & (of_text[:-1] == of_text[1:])]] = True
        return found


def _letters(kept: bytes) -> np.ndarray:
    return np.isin(np.arange(256), np.frombuffer(kept, dtype=np.uint8))


_LETTER = _letters(b"abcdefghijklmnopqrstuvwxyz")
_PLAIN = _LETTER | _letters(b"0123456789")
_IN_WORD = _PLAIN | _letters(b"_")
# What is written for each byte: cuts are commas, other punctuation blanks.
_WRITTEN = np.where(_PLAIN, np.arange(256), _BLANK).astype(np.uint8)
_WRITTEN[np.frombuffer(b",;()[]{}", dtype=np.uint8)] = _CUT
_WRITTEN[np.frombuffer(b"&+", dtype=np.uint8)] = ord("&")
