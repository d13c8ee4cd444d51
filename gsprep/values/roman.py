"""Roman numerals in names."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import matches

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
