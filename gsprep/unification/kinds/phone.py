"""Telephone numbers: whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.linked import Pairs, bears
from gsprep.values.arrow import as_mask, as_texts, with_chosen

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import PersonKeys
    from gsprep.unification.kinds.degrees import Bools, Counts

# A number that known people of several companies have is shared, whoever lists it.
_SEVERAL = 2
# A switchboard has a hundred numbers; of a shorter number the last two digits are too much.
_LAST_DIGITS = 2
_SHORTEST = len("+") + 9


@dataclass(frozen=True, slots=True)
class PhonePairs:
    """Pairs of a number and a company.

    listed:  the company lists the number.
    sharers: how many companies do; several where known people with it sit in several.
    near:    the company lists another number of the same hundred.
    """

    listed: Bools
    sharers: Counts
    near: Bools


def same_phone(pairs: PhonePairs) -> Bools:
    """Their telephone number is one that only this company lists."""
    alone: Bools = pairs.sharers == 1
    return pairs.listed & alone


def shared_phone(pairs: PhonePairs) -> Bools:
    """Their telephone number is one that this company lists, as others do."""
    shared: Bools = pairs.sharers > 1
    return pairs.listed & shared


def same_switchboard(pairs: PhonePairs) -> Bools:
    """Their telephone number differs in the last two digits from one that this company lists."""
    return pairs.near & ~pairs.listed


def switchboards(numbers: pa.Array) -> pa.Array:
    """Return numbers in E.164 without their last two digits, null for short ones."""
    short = as_mask(pc.less(pc.utf8_length(numbers), _SHORTEST))
    blocks = pc.utf8_slice_codeunits(numbers, 0, -_LAST_DIGITS)
    return with_chosen(blocks, short, pa.scalar(None, blocks.type))


@dataclass(frozen=True, slots=True)
class PhoneField:
    """Telephone numbers."""

    codes: np.ndarray
    index: CompanyIndex
    listed: np.ndarray
    near: np.ndarray
    divided: np.ndarray

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> PhoneField:
        """Look each distinct number up once."""
        known, numbers = index.known.phones, keys.phone.values
        return cls(
            keys.phone.codes,
            index,
            index.phones.positions(numbers),
            index.switchboards.positions(switchboards(as_texts(numbers))),
            known.divided(known.links.positions(numbers)),
        )

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose who lists the number, or one of the same switchboard."""
        largest = self.index.rulebook.largest_block
        return (
            self.index.phones.spread(self.listed, largest=largest),
            self.index.switchboards.spread(self.near, largest=largest),
        )

    def facts(self, pairs: Pairs) -> PhonePairs:
        """Return who lists the number, and how many do."""
        at = self.listed[pairs.left]
        sharers = self.index.phones.count(at)
        divided = self.divided[pairs.left] & (sharers == 1)
        return PhonePairs(
            listed=bears(self.index.phones, at, pairs.company),
            sharers=np.where(divided, _SEVERAL, sharers),
            near=bears(self.index.switchboards, self.near[pairs.left], pairs.company),
        )
