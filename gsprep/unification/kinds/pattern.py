"""Mailboxes: whether they are built from the name as those of a company's known people are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.knowing.shares import MOSTLY

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.kinds.degrees import Bools, Counts, Floats
    from gsprep.unification.linked import Pairs

# What few people do may be chance.
_DOUBT = 2


@dataclass(frozen=True, slots=True)
class PatternPairs:
    """Pairs of the way a mailbox is built and a company.

    alike:  how many known people of the company have a mailbox built in the same way.
    total:  how many have one that can be told.
    """

    alike: Counts
    total: Counts


def email_pattern(pairs: PatternPairs) -> Floats:
    """Their e-mail address is built as those of the company's known people; less for few people."""
    return np.where(pairs.alike >= MOSTLY * pairs.total, pairs.alike / (pairs.total + _DOUBT), 0)


def other_pattern(pairs: PatternPairs) -> Floats:
    """Their e-mail address is built in another way than those of the company's known people."""
    return np.where(_nobody(pairs), pairs.total / (pairs.total + _DOUBT), 0)


def _nobody(pairs: PatternPairs) -> Bools:
    nobody: Bools = pairs.alike < (1 - MOSTLY) * pairs.total
    return nobody


@dataclass(frozen=True, slots=True)
class PatternField:
    """How mailboxes at employers' domains are built; they propose nobody."""

    codes: np.ndarray
    index: CompanyIndex

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose nobody: too many companies build addresses alike."""
        return ()

    def facts(self, pairs: Pairs) -> PatternPairs:
        """Return how many of each company's known people have such a mailbox."""
        counts = self.index.known.patterns
        if counts is None:
            nothing = np.zeros(len(pairs.left), dtype=np.int64)
            return PatternPairs(nothing, nothing)
        return PatternPairs(
            alike=counts[pairs.company, pairs.left],
            total=counts.sum(axis=1)[pairs.company],
        )
