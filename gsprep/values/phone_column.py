"""A column of telephone numbers read at once, with the results of the functions of ``phone``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import joined, lengths_of, matches, with_chosen
from gsprep.values.dialling import (
    Numbers,
    Plan,
    from_abroad,
    from_home,
    plan_in,
    plan_of,
    where_possible,
    where_whole,
)
from gsprep.values.phone_notation import Dialled, are_hopeless, from_e164, from_notation
from gsprep.values.settled import Settled

if TYPE_CHECKING:
    from collections.abc import Callable

    # Which of the numbers of one plan are kept.
    Keep = Callable[[Numbers, Plan], Numbers]

_E164 = "^[+][0-9]{3,20}$"
_FEWEST_DIGITS = 3
_CODE_DIGITS = 3
_REGIONS = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))
_FIRST_REGION = 1000
# No operator gives out a number that ends so.
_REPEATED = f"(?:{'|'.join(f'{digit}{{7}}' for digit in range(10))})$"


def normal_phones(values: pa.Array, regions: pa.Array) -> Settled:
    """Return each number as ``normal_phone`` gives it for its region, where that is sure.

    ``regions`` holds for each value where it is dialled from (ISO alpha-2), null when unknown.
    """
    return _read(values, regions, where_possible)


def whole_phones(values: pa.Array, regions: pa.Array) -> Settled:
    """Return each number as ``whole_phone`` gives it for its region, where that is sure."""
    return _read(values, regions, where_whole)


def phone_keys(values: pa.Array, regions: pa.Array) -> Settled:
    """Return each number as ``phone_key`` gives it for its region, where that is sure."""
    whole, sure = whole_phones(values, regions)
    keys = pc.replace_substring_regex(whole, " ext[.] .*", "")
    nobody = matches(keys, _REPEATED)
    return Settled(with_chosen(keys, nobody, pa.scalar(None, keys.type)), sure)


def _read(values: pa.Array, regions: pa.Array, keep: Keep) -> Settled:
    settled = _by_notation(values, _region_places(regions), keep)
    # A region in small letters is none to the library, but for what follows a wrong country code.
    settled.sure[matches(regions, "[^A-Z]")] = False
    return settled


def _by_notation(values: pa.Array, at_home: np.ndarray, keep: Keep) -> Settled:
    whole = matches(values, _E164)
    if whole.all():
        return _settled(values, from_e164(values), at_home, keep)
    if not whole.any():
        return _settled(values, from_notation(values), at_home, keep)
    # What is in E.164 already is most of a cleaned column, and takes half the time.
    parts = [
        _settled(chosen, dial(chosen), at_home[mask], keep)
        for mask, dial in ((whole, from_e164), (~whole, from_notation))
        for chosen in [values.filter(pa.array(mask))]
    ]
    order = np.argsort(np.concatenate([np.flatnonzero(whole), np.flatnonzero(~whole)]))
    results = pa.concat_arrays([part.results for part in parts]).take(pa.array(order))
    return Settled(results, np.concatenate([part.sure for part in parts])[order])


def _settled(values: pa.Array, dialled: Dialled, at_home: np.ndarray, keep: Keep) -> Settled:
    digits, abroad, extension, plain = dialled
    enough = plain & (lengths_of(digits) >= _FEWEST_DIGITS)
    plan = np.where(abroad, _country_codes(digits), at_home)
    numbers = _numbers(digits, np.where(enough, plan, 0), keep)
    nowhere = enough & (plan == 0)
    nowhere &= ~_redialled(digits, at_home, nowhere)
    sure = (enough & (plan > 0) & ~numbers.doubtful) | nowhere
    left = ~sure
    if left.any():
        sure[left] = are_hopeless(values.filter(pa.array(left)), at_home[left])
    return Settled(_with_extension(numbers.digits, extension), sure)


def _redialled(digits: pa.Array, at_home: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return where a wrong country code may be read once more, as dialled from the region."""
    found = np.zeros(len(digits), dtype=bool)
    for place in np.unique(at_home[where & (at_home > 0)]):
        here = where & (at_home == place)
        abroad = plan_in(_REGIONS[place - _FIRST_REGION]).abroad
        found[here] = not abroad or matches(digits.filter(pa.array(here)), f"^(?:{abroad})")
    return found


def _region_places(regions: pa.Array) -> np.ndarray:
    """Return a number above 999 for each region that is known, 0 for others."""
    encoded = pc.dictionary_encode(regions)
    places = {region: _FIRST_REGION + at for at, region in enumerate(_REGIONS)}
    known = np.array([*(places.get(name, 0) for name in encoded.dictionary.to_pylist()), 0])
    found: np.ndarray = known[pc.fill_null(encoded.indices, len(known) - 1).to_numpy()]
    return found


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
    long = lengths_of(first) == _CODE_DIGITS
    figures = pc.cast(pc.if_else(pa.array(long), first, "0"), pa.int64()).to_numpy()
    codes: np.ndarray = _code_table()[figures]
    return codes


def _numbers(digits: pa.Array, plan: np.ndarray, keep: Keep) -> Numbers:
    """Read each number by its plan (a country code, or the place of a region); 0 reads as none."""
    order = np.argsort(plan, kind="stable")
    sorted_plan = plan[order]
    kinds, starts = np.unique(sorted_plan, return_index=True)
    sorted_digits = digits.take(pa.array(order))
    ends = [*starts[1:], len(order)][: len(starts)]
    parts = [
        _of_one_plan(sorted_digits.slice(start, end - start), int(kind), keep)
        for kind, start, end in zip(kinds, starts, ends, strict=True)
    ]
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    in_order = pa.concat_arrays([part.digits for part in parts]) if parts else digits
    doubtful = np.concatenate([part.doubtful for part in parts] or [np.zeros(0, dtype=bool)])
    return Numbers(in_order.take(pa.array(back)), doubtful[back])


def _of_one_plan(digits: pa.Array, kind: int, keep: Keep) -> Numbers:
    if kind == 0:
        return Numbers(pa.nulls(len(digits), pa.large_string()), np.zeros(len(digits), dtype=bool))
    if kind < _FIRST_REGION:
        rest = pc.utf8_slice_codeunits(digits, len(str(kind)))
        full, code = from_abroad(rest, plan_of(kind)), kind
    else:
        plan = plan_in(_REGIONS[kind - _FIRST_REGION])
        full, code = from_home(digits, plan), plan.country_code
    kept = keep(full, plan_of(code))
    return Numbers(joined(f"+{code}", kept.digits), kept.doubtful)
