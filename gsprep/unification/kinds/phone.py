"""Telephone numbers: whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.linked import Pairs, bears

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import PersonKeys
    from gsprep.unification.kinds.degrees import Bools, Counts

# A number that known people of several companies have is shared, whoever lists it.
_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class PhonePairs:
    """Pairs of a number and a company: whether it lists it, and how many companies have it.

    A number of known people in several companies is one of several, whoever lists it.
    """

    listed: Bools
    sharers: Counts


def same_phone(pairs: PhonePairs) -> Bools:
    """Their telephone number is one that only this company lists."""
    alone: Bools = pairs.sharers == 1
    return pairs.listed & alone


def shared_phone(pairs: PhonePairs) -> Bools:
    """Their telephone number is one that this company lists, as others do."""
    shared: Bools = pairs.sharers > 1
    return pairs.listed & shared


@dataclass(frozen=True, slots=True)
class PhoneField:
    """Telephone numbers."""

    codes: np.ndarray
    index: CompanyIndex
    listed: np.ndarray
    divided: np.ndarray

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> PhoneField:
        """Look each distinct number up once."""
        known, numbers = index.known.phones, keys.phone.values
        return cls(
            keys.phone.codes,
            index,
            index.phones.positions(numbers),
            known.divided(known.links.positions(numbers)),
        )

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose who lists the number."""
        return (self.index.phones.spread(self.listed, largest=self.index.rulebook.largest_block),)

    def facts(self, pairs: Pairs) -> PhonePairs:
        """Return who lists the number, and how many do."""
        at = self.listed[pairs.left]
        sharers = self.index.phones.count(at)
        divided = self.divided[pairs.left] & (sharers == 1)
        return PhonePairs(
            listed=bears(self.index.phones, at, pairs.company),
            sharers=np.where(divided, _SEVERAL, sharers),
        )
