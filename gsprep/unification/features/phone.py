"""Telephone number: listed by the company, or its switchboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.index import Feature, Values
from gsprep.unification.keys import person_phones, where
from gsprep.unification.pairs import InvertedIndex, Lookup, invert_column
from gsprep.values.arrow import as_mask, as_texts, joined, matches

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies
    from gsprep.unification.pairs import Bools, Counts, Encoded, Pairs

# A number that known people of several companies have is shared, however many list it.
_SEVERAL = 2
# A switchboard has a hundred numbers; of a shorter number the last two digits are too much.
_LAST_DIGITS = 2
_SHORTEST = len("+") + 9
# In Germany and Austria an extension of one to four digits takes the place of the 0 with which a
# switchboard ends. Such numbers, and those that may be extensions; not of mobile phones.
_ENDS_IN_ZERO = r"^\+(?:49(?:[2-9]|1[0-489])|43(?:[1-57]|6[0-4]))[0-9]{4,}0$"
_OPEN_PLAN = r"^\+4[39][0-9]{8,}$"
_EXTENSIONS = (2, 3, 4)  # one digit makes a number of the same hundred
# A key of switchboards that no number is.
_STEM = "stem"


@dataclass(frozen=True, slots=True)
class PhonePairs:
    """Facts of a telephone number and a company."""

    listed: Bools  # the company lists the number
    sharers: Counts  # how many companies do; several if known people with it are in several
    near: Bools  # the company lists another number of the same hundred, or its switchboard


def same_phone(pairs: PhonePairs) -> Bools:
    """Only this company lists their phone number."""
    alone: Bools = pairs.sharers == 1
    return pairs.listed & alone


def shared_phone(pairs: PhonePairs) -> Bools:
    """Shared phone number: this company and others list it."""
    shared: Bools = pairs.sharers > 1
    return pairs.listed & shared


def same_switchboard(pairs: PhonePairs) -> Bools:
    """Their phone number is one of the same hundred as this company's, or an extension of it."""
    return pairs.near & ~pairs.listed


def switchboards(numbers: pa.Array) -> pa.Array:
    """Return numbers in E.164 without their last two digits, null for short ones."""
    short = as_mask(pc.less(pc.utf8_length(numbers), _SHORTEST))
    blocks = pc.utf8_slice_codeunits(numbers, 0, -_LAST_DIGITS)
    return where(blocks, ~short)


def _stems(numbers: pa.Array) -> pa.Array:
    """Return the numbers of switchboards without their last 0, null for others."""
    stems = joined(_STEM, pc.utf8_slice_codeunits(numbers, 0, -1))
    return where(stems, matches(numbers, _ENDS_IN_ZERO))


def _stems_of_extensions(numbers: pa.Array) -> list[pa.Array]:
    """Return the switchboards of which numbers may be extensions, null for others."""
    extension = matches(numbers, _OPEN_PLAN)
    if not extension.any():
        return []
    stems = [pc.utf8_slice_codeunits(numbers, 0, -digits) for digits in _EXTENSIONS]
    return [where(joined(_STEM, stem), extension) for stem in stems]


class PhoneIndex(NamedTuple):
    """The numbers that companies list, whole, without their last two digits, and as stems."""

    numbers: InvertedIndex
    switchboards: InvertedIndex


def _look_up(key: Encoded, index: CompanyIndex) -> Values:
    known, part = index.known.phones, index.part(PHONE)
    listed = part.numbers.look_up(key.texts)
    texts = as_texts(key.texts)
    keys = [switchboards(texts), *_stems_of_extensions(texts)]
    places = part.switchboards.positions(pa.concat_arrays(keys))
    near = [Lookup(part.switchboards, at) for at in np.split(places, len(keys))]
    divided = known.divided(known.index.positions(key.texts))

    def facts(pairs: Pairs) -> PhonePairs:
        sharers = listed.count(pairs)
        sharers[divided[pairs.left] & (sharers == 1)] = _SEVERAL
        is_near = np.logical_or.reduce([one.has(pairs) for one in near])
        return PhonePairs(listed.has(pairs), sharers, is_near)

    return Values(key.codes, index.proposed_by(listed, *near), facts)


def _index(companies: Companies) -> PhoneIndex:
    numbers, company, _ = companies.phone_cells
    return PhoneIndex(
        invert_column(numbers, company),
        invert_column(
            pa.concat_arrays([switchboards(numbers), _stems(numbers)]), np.tile(company, 2)
        ),
    )


PHONE = Feature(
    "phone", (same_phone, shared_phone, same_switchboard), person_phones, _look_up, _index
)
