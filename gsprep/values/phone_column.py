"""A column of telephone numbers read at once, with the results of ``normal_phone``."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_mask, joined, matches, only, with_chosen
from gsprep.values.dialling import Numbers, from_abroad, from_home, plan_in, plan_of
from gsprep.values.settled import Settled

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
# A number in E.164.
_WHOLE = "^[+][0-9]{3,20}$"
_EXIT_CODE = r"^[ (]*00[ ().\-]*[1-9]"
_PRINTABLE = "^[ -~]*$"
# Signs that no number has between its first and its last digit.
_NO_NUMBER = r"""^[ -:<-\[\]-~]*[0-9+][ -:<-\[\]-~]*[!"$%&'<=>?@^_`{|}][ -:<-\[\]-~]*[0-9A-Za-z]"""
_SECOND_NUMBER = r"[\\/] *x|;"
_LONGEST, _FEWEST_DIGITS = 60, 3
_CODE_DIGITS = 3
_REGIONS = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))
_FIRST_REGION = 1000


class _Dialled(NamedTuple):
    """What a cell says: its digits, whether a country code leads them, an extension or null.

    ``plain`` says where that is sure; elsewhere the rest means nothing.
    """

    digits: pa.Array
    abroad: np.ndarray
    extension: pa.Array
    plain: np.ndarray


def read_phones(values: pa.Array, regions: pa.Array) -> Settled:
    """Return each number as ``normal_phone`` gives it for its region, where that is sure.

    ``regions`` holds for each value where it is dialled from (ISO alpha-2), null when unknown.
    """
    at_home = _region_places(regions)
    whole = matches(values, _WHOLE)
    if whole.all():
        return _read(values, _whole(values), at_home)
    if not whole.any():
        return _read(values, _dialled(values), at_home)
    # What is in E.164 already is most of a cleaned column, and takes half the time.
    parts = [
        _read(values.filter(pa.array(mask)), dial(values.filter(pa.array(mask))), at_home[mask])
        for mask, dial in ((whole, _whole), (~whole, _dialled))
    ]
    order = np.argsort(np.concatenate([np.flatnonzero(whole), np.flatnonzero(~whole)]))
    results = pa.concat_arrays([part.results for part in parts]).take(pa.array(order))
    return Settled(results, np.concatenate([part.sure for part in parts])[order])


def _read(values: pa.Array, dialled: _Dialled, at_home: np.ndarray) -> Settled:
    digits, abroad, extension, plain = dialled
    enough = plain & (_length(digits) >= _FEWEST_DIGITS)
    plan = np.where(abroad, _country_codes(digits), at_home)
    numbers = _numbers(digits, np.where(enough, plan, 0))
    nowhere = enough & (plan == 0)
    nowhere &= ~_redialled(digits, at_home, nowhere)
    sure = (enough & (plan > 0) & ~numbers.doubtful) | nowhere
    left = ~sure
    if left.any():
        sure[left] = _hopeless(values.filter(pa.array(left)), at_home[left])
    return Settled(_with_extension(numbers.digits, extension), sure)


def _whole(values: pa.Array) -> _Dialled:
    every = np.ones(len(values), dtype=bool)
    none = pa.nulls(len(values), pa.large_string())
    return _Dialled(pc.utf8_slice_codeunits(values, 1), every, none, every)


def _dialled(values: pa.Array) -> _Dialled:
    plain = matches(values, _PLAIN)
    lettered, spelled = _spelled(values, ~plain)
    plain = (lettered | plain) & (_length(values) <= _LONGEST)
    bare, extension = _without_extension(spelled, plain & ~lettered)
    abroad = as_mask(pc.match_substring(bare, "+"))
    dialled_out = plain & ~abroad & matches(values, _EXIT_CODE)
    # "00" and two digits before a letter are no longer the three that a number begins with.
    plain &= ~(dialled_out & lettered)
    digits = only(bare, b"0123456789")
    if dialled_out.any():
        digits = with_chosen(digits, dialled_out, pc.utf8_slice_codeunits(digits, 2))
    return _Dialled(digits, abroad | dialled_out, extension, plain)


def _hopeless(values: pa.Array, at_home: np.ndarray) -> np.ndarray:
    """Return where there is surely no number: no digit, no country, or signs of something else."""
    nowhere = (at_home == 0) & ~as_mask(pc.match_substring(values, "+"))
    nowhere &= ~matches(values, _EXIT_CODE)
    other = matches(values, _NO_NUMBER) & ~matches(values, _SECOND_NUMBER)
    return matches(values, _PRINTABLE) & (nowhere | other | ~matches(values, "[0-9]"))


def _redialled(digits: pa.Array, at_home: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return where a wrong country code may be read once more, as dialled from the region."""
    found = np.zeros(len(digits), dtype=bool)
    for place in np.unique(at_home[where & (at_home > 0)]):
        here = where & (at_home == place)
        abroad = plan_in(_REGIONS[place - _FIRST_REGION]).abroad
        found[here] = not abroad or matches(digits.filter(pa.array(here)), f"^(?:{abroad})")
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


def _length(values: pa.Array) -> np.ndarray:
    lengths: np.ndarray = pc.fill_null(pc.binary_length(values), 0).to_numpy()
    return lengths


def _region_places(regions: pa.Array) -> np.ndarray:
    """Return a number above 999 for each region that is known, 0 for others."""
    encoded = pc.dictionary_encode(regions)
    places = {region: _FIRST_REGION + at for at, region in enumerate(_REGIONS)}
    known = np.array([*(places.get(name, 0) for name in encoded.dictionary.to_pylist()), 0])
    return known[pc.fill_null(encoded.indices, len(known) - 1).to_numpy()]


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


def _with_extension(numbers: pa.Array, extension: pa.Array) -> pa.Array:
    if extension.null_count == len(extension):
        return numbers
    longer = joined(numbers, " ext. ", extension)
    return pc.if_else(pc.is_valid(extension), longer, numbers)


@cache
def _code_table() -> np.ndarray:
    """Return the country code for each of the numbers 000 to 999 that a number may begin with."""
    table = np.zeros(10**_CODE_DIGITS, dtype=np.int64)
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        span = 10 ** (_CODE_DIGITS - len(str(code)))
        table[code * span : (code + 1) * span] = code
    return table


def _country_codes(digits: pa.Array) -> np.ndarray:
    """Return the country code each number begins with, 0 when it begins with none."""
    first = pc.utf8_slice_codeunits(digits, 0, _CODE_DIGITS)
    long = _length(first) == _CODE_DIGITS
    figures = pc.cast(pc.if_else(pa.array(long), first, "0"), pa.int64()).to_numpy()
    return _code_table()[figures]


def _numbers(digits: pa.Array, plan: np.ndarray) -> Numbers:
    """Read each number by its plan (a country code, or the place of a region); 0 reads as none."""
    order = np.argsort(plan, kind="stable")
    sorted_plan = plan[order]
    kinds, starts = np.unique(sorted_plan, return_index=True)
    sorted_digits = digits.take(pa.array(order))
    ends = [*starts[1:], len(order)][: len(starts)]
    parts = [
        _of_one_plan(sorted_digits.slice(start, end - start), int(kind))
        for kind, start, end in zip(kinds, starts, ends, strict=True)
    ]
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    in_order = pa.concat_arrays([part.digits for part in parts]) if parts else digits
    doubtful = np.concatenate([part.doubtful for part in parts] or [np.zeros(0, dtype=bool)])
    return Numbers(in_order.take(pa.array(back)), doubtful[back])


def _of_one_plan(digits: pa.Array, kind: int) -> Numbers:
    if kind == 0:
        return Numbers(pa.nulls(len(digits), pa.large_string()), np.zeros(len(digits), dtype=bool))
    if kind < _FIRST_REGION:
        rest = pc.utf8_slice_codeunits(digits, len(str(kind)))
        found, code = from_abroad(rest, plan_of(kind)), kind
    else:
        plan = plan_in(_REGIONS[kind - _FIRST_REGION])
        found, code = from_home(digits, plan), plan.country_code
    return Numbers(joined(f"+{code}", found.digits), found.doubtful)
