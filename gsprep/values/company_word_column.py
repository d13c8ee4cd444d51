"""The words of many company names at once, with the results of ``company_name``."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import only, with_chosen
from gsprep.values.company_name import SAME_WORD, SHORTEST_ACRONYM, SMALL_WORDS
from gsprep.values.word_column import WordLists, split_at_blanks

_DIGITS = b"0123456789"
_NOTHING = pa.scalar(None, pa.large_string())


def plain_names(cores: pa.Array) -> WordLists:
    """Return the words of each core as ``plain_words`` gives them."""
    return split_at_blanks(cores).mapped(lambda word: SAME_WORD.get(word, word))


def all_initials(cores: pa.Array) -> pa.Array:
    """Return the initials of each core as ``initials`` gives them, null for none."""
    lists = split_at_blanks(cores)
    small = pc.is_in(lists.words, value_set=pa.array(sorted(SMALL_WORDS), pa.large_string()))
    kept = lists.chosen(~small.to_numpy(zero_copy_only=False)[lists.codes])
    few = np.diff(kept.starts) < SHORTEST_ACRONYM
    return with_chosen(kept.mapped(lambda word: word[0]).joined(""), few, _NOTHING)


def first_words(cores: pa.Array, count: int) -> pa.Array:
    """Return the first so many words of each core without blanks, null for cores of fewer."""
    lists = split_at_blanks(cores)
    place = np.arange(len(lists.codes)) - lists.starts[lists.of_text()]
    few = np.diff(lists.starts) < count
    return with_chosen(lists.chosen(place < count).joined(""), few, _NOTHING)


def all_digits(names: pa.Array) -> pa.Array:
    """Return the digits in each name, of any script."""
    plain = pc.string_is_ascii(names)
    others = names.filter(pc.invert(plain)).to_pylist()
    written = ["".join(filter(str.isdigit, name)) for name in others]
    return pc.replace_with_mask(
        only(names, _DIGITS), pc.invert(plain), pa.array(written, pa.large_string())
    )
