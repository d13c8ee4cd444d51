"""What can be told of words by their letters alone, before two of them are compared in full."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_mask, bytes_of, matches

_KINDS_OF_LETTERS = 64


class Letters(NamedTuple):
    """Words by their letters, one line for each word.

    lengths: how many letters it has.        firsts: the number of its first letter.
    numbers: whether it has a digit.         kinds:  a bit for each kind of letter it has.
    """

    lengths: np.ndarray
    firsts: np.ndarray
    numbers: np.ndarray
    kinds: np.ndarray

    @classmethod
    def of(cls, words: pa.Array) -> Letters:
        """Look at words once; none of them is empty."""
        plain = as_mask(pc.string_is_ascii(words))
        others = words.filter(pa.array(~plain)).to_pylist()
        firsts = pc.dictionary_encode(pc.utf8_slice_codeunits(words, 0, 1))
        codes = np.array([ord(letter) for letter in firsts.dictionary.to_pylist()], dtype=np.int64)
        numbers = matches(words, "[0-9]")
        numbers[~plain] = [any(map(str.isdigit, word)) for word in others]
        kinds = _kinds(words)
        kinds[~plain] = np.array([_kinds_of(word) for word in others], dtype=np.uint64)
        lengths = pc.utf8_length(words).to_numpy().astype(np.int64)
        return cls(lengths, codes[firsts.indices.to_numpy()], numbers, kinds)

    def and_(self, others: Letters) -> Letters:
        """Return these words and the others behind them."""
        return Letters(*(np.concatenate(both) for both in zip(self, others, strict=True)))

    def unlike(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return in how many kinds of letters two words differ, by their places.

        Each is a letter to be added or taken away, at the least.
        """
        differing: np.ndarray = np.bitwise_count(self.kinds[one] ^ self.kinds[two])
        return differing

    def within(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return whether either word has every kind of letter that the other has."""
        mine, theirs = self.kinds[one], self.kinds[two]
        both = mine & theirs
        found: np.ndarray = (both == mine) | (both == theirs)
        return found


def _kinds(words: pa.Array) -> np.ndarray:
    starts, data = bytes_of(words)
    bits = np.left_shift(np.uint64(1), (data % _KINDS_OF_LETTERS).astype(np.uint64))
    return np.bitwise_or.reduceat(bits, starts[:-1]) if len(words) else bits


def _kinds_of(word: str) -> int:
    kinds = 0
    for letter in word:
        kinds |= 1 << ord(letter) % _KINDS_OF_LETTERS
    return kinds
