"""A column of telephone numbers as they are written: digits, what leads them, an extension."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_mask, lengths_of, matches, only, with_chosen

_JOINTS = r" ().\-/"
_LEAD = "[ -*,-/:<-~]*"
_LABEL = r"[ ,]*(?i:extension|extn|ext|x|#)[:.]?[ ]*"
# What the library surely reads as one number: words that are dropped, digits with the usual signs
# between them, an extension. ";" begins the parameters of a tel: address and means more.
_PLAIN = rf"^{_LEAD}\+?[{_JOINTS}]*[0-9][0-9{_JOINTS}]*(?:[0-9)]{_LABEL}[0-9]{{1,9}})?$"
_EXTENDED = rf"([0-9)]){_LABEL}([0-9]{{1,9}})$"
# Letters behind three digits: on a keypad when there are three of them, else they are dropped.
_LETTERED = rf"^{_LEAD}\+?(?:[{_JOINTS}]*[0-9]){{3}}[0-9{_JOINTS}]*[A-Za-z][0-9A-Za-z{_JOINTS}]*$"
_LABELLED = "[0-9+].*(?i:x|int)"
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_LETTERS_OF_A_WORD = 3
_EXIT_CODE = r"^[ (]*00[ ().\-]*[1-9]"
_PRINTABLE = "^[ -~]*$"
# Signs that no number has between its first and its last digit.
_NO_NUMBER = r"""^[ -:<-\[\]-~]*[0-9+][ -:<-\[\]-~]*[!"$%&'<=>?@^_`{|}][ -:<-\[\]-~]*[0-9A-Za-z]"""
_SECOND_NUMBER = r"[\\/] *x|;"
_LONGEST = 60


class Dialled(NamedTuple):
    """What a cell says: its digits, whether a country code leads them, an extension or null.

    ``plain`` says where that is sure; elsewhere the rest means nothing.
    """

    digits: pa.Array
    abroad: np.ndarray
    extension: pa.Array
    plain: np.ndarray


def from_e164(values: pa.Array) -> Dialled:
    """Take numbers apart that are a plus and digits."""
    every = np.ones(len(values), dtype=bool)
    none = pa.nulls(len(values), pa.large_string())
    return Dialled(pc.utf8_slice_codeunits(values, 1), every, none, every)


def from_notation(values: pa.Array) -> Dialled:
    """Take numbers apart as people write them: ``(415) 555-0102 ext. 4``, ``0049 30 …``."""
    plain = matches(values, _PLAIN)
    lettered, spelled = _spelled(values, ~plain)
    plain = (lettered | plain) & (lengths_of(values) <= _LONGEST)
    bare, extension = _without_extension(spelled, plain & ~lettered)
    abroad = as_mask(pc.match_substring(bare, "+"))
    dialled_out = plain & ~abroad & matches(values, _EXIT_CODE)
    # "00" and two digits before a letter are no longer the three that a number begins with.
    plain &= ~(dialled_out & lettered)
    digits = only(bare, b"0123456789")
    if dialled_out.any():
        digits = with_chosen(digits, dialled_out, pc.utf8_slice_codeunits(digits, 2))
    return Dialled(digits, abroad | dialled_out, extension, plain)


def are_hopeless(values: pa.Array, at_home: np.ndarray) -> np.ndarray:
    """Return where there is surely no number: no digit, no country, or signs of something else.

    ``at_home`` is 0 where the region is not known.
    """
    nowhere = (at_home == 0) & ~as_mask(pc.match_substring(values, "+"))
    nowhere &= ~matches(values, _EXIT_CODE)
    other = matches(values, _NO_NUMBER) & ~matches(values, _SECOND_NUMBER)
    found: np.ndarray = nowhere | other | ~matches(values, "[0-9]")
    found &= matches(values, _PRINTABLE)
    return found


def _spelled(values: pa.Array, where: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """Return where letters stand behind digits, and the values with those as digits."""
    lettered = where.copy()
    lettered[where] = matches(values.filter(pa.array(where)), _LETTERED)
    lettered[lettered] = ~matches(values.filter(pa.array(lettered)), _LABELLED)
    if not lettered.any():
        return lettered, values
    chosen = pa.array(lettered)
    bare = pc.replace_substring_regex(values.filter(chosen), "^[^0-9+]*", "")
    words = pa.array([_on_keypad(text) for text in bare.to_pylist()], type=values.type)
    return lettered, pc.replace_with_mask(values, chosen, words)


def _on_keypad(text: str) -> str:
    if sum(map(str.isalpha, text)) < _LETTERS_OF_A_WORD:
        return text
    return text.upper().translate(_KEYPAD)


def _without_extension(values: pa.Array, plain: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Return the values without their extension, and the extensions, null where there is none."""
    extended = plain & matches(values, _EXTENDED)
    none = pa.nulls(len(values), pa.large_string())
    if not extended.any():
        return values, none
    long = values.filter(pa.array(extended))
    found = pc.extract_regex(long, r"(?P<extension>[0-9]+)$")
    bare = pc.replace_substring_regex(long, _EXTENDED, r"\1")
    where = pa.array(extended)
    return (
        pc.replace_with_mask(values, where, bare),
        pc.replace_with_mask(none, where, pc.struct_field(found, "extension")),
    )
