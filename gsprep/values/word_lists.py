"""Columns of texts as lists of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import bytes_of, from_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

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

    def mapped(self, of_one: Callable[[str], str]) -> WordLists:
        """Return the lists with ``of_one`` of every word, called once for each distinct word."""
        others = pa.array(map(of_one, self.words.to_pylist()), pa.large_string())
        encoded = pc.dictionary_encode(others)
        codes = encoded.indices.to_numpy().astype(np.int64)[self.codes]
        return WordLists(self.starts, codes, encoded.dictionary)

    def chosen(self, kept: np.ndarray) -> WordLists:
        """Return the lists with the words of the mask only."""
        starts = np.append(0, np.cumsum(kept))[self.starts]
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
    letters = np.append(0, np.cumsum(in_word))
    words = from_bytes(letters[np.append(at, len(data))].astype(np.int64), data[in_word])
    encoded = pc.dictionary_encode(words)
    codes = encoded.indices.to_numpy().astype(np.int64)
    return WordLists(np.searchsorted(at, starts), codes, encoded.dictionary)
