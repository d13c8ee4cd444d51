"""Telephone number: listed by the company, or its switchboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from gsprep.unification.index import Feature, Values
from gsprep.unification.inverted_index import InvertedIndex, invert_column
from gsprep.unification.keys import person_phones, where
from gsprep.values.arrow import as_mask, as_texts

if TYPE_CHECKING:
    import pyarrow as pa

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies
    from gsprep.unification.pairs import Bools, Counts, Encoded, Pairs

# A number that known people of several companies have is shared, however many list it.
_SEVERAL = 2
# A switchboard has a hundred numbers; of a shorter number the last two digits are too much.
_LAST_DIGITS = 2
_SHORTEST = len("+") + 9


@dataclass(frozen=True, slots=True)
class PhonePairs:
    """Facts of a telephone number and a company."""

    listed: Bools  # the company lists the number
    sharers: Counts  # how many companies do; several if known people with it are in several
    near: Bools  # the company lists another number of the same hundred


def same_phone(pairs: PhonePairs) -> Bools:
    """Only this company lists their phone number."""
    alone: Bools = pairs.sharers == 1
    return pairs.listed & alone


def shared_phone(pairs: PhonePairs) -> Bools:
    """Shared phone number: this company and others list it."""
    shared: Bools = pairs.sharers > 1
    return pairs.listed & shared


def same_switchboard(pairs: PhonePairs) -> Bools:
    """Their phone number differs from one of this company's in the last two digits only."""
    return pairs.near & ~pairs.listed


def switchboards(numbers: pa.Array) -> pa.Array:
    """Return numbers in E.164 without their last two digits, null for short ones."""
    short = as_mask(pc.less(pc.utf8_length(numbers), _SHORTEST))
    blocks = pc.utf8_slice_codeunits(numbers, 0, -_LAST_DIGITS)
    return where(blocks, ~short)


class PhoneIndex(NamedTuple):
    """The numbers that companies list, whole and without their last two digits."""

    numbers: InvertedIndex
    switchboards: InvertedIndex


def _look_up(key: Encoded, index: CompanyIndex) -> Values:
    known, part = index.known.phones, index.part(PHONE)
    listed = part.numbers.look_up(key.texts)
    near = part.switchboards.look_up(switchboards(as_texts(key.texts)))
    divided = known.divided(known.index.positions(key.texts))

    def facts(pairs: Pairs) -> PhonePairs:
        sharers = listed.count(pairs)
        several = divided[pairs.left] & (sharers == 1)
        sharers = np.where(several, _SEVERAL, sharers)
        return PhonePairs(listed.has(pairs), sharers, near.has(pairs))

    return Values(key.codes, index.proposed_by(listed, near), facts)


def _index(companies: Companies) -> PhoneIndex:
    numbers, company = companies.phones
    return PhoneIndex(
        invert_column(numbers, company), invert_column(switchboards(numbers), company)
    )


PHONE = Feature(
    "phone", (same_phone, shared_phone, same_switchboard), person_phones, _look_up, _index
)
