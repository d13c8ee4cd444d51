"""Countries: they tell candidates apart and propose none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.kinds.degrees import Bools
    from gsprep.unification.linked import Pairs


@dataclass(frozen=True, slots=True)
class CountryPairs:
    """Pairs of a person's country and a company: whether both are known, and equal."""

    known: Bools
    equal: Bools


def same_country(pairs: CountryPairs) -> Bools:
    """They are in the company's country."""
    return pairs.known & pairs.equal


def other_country(pairs: CountryPairs) -> Bools:
    """They are in another country than the company."""
    return pairs.known & ~pairs.equal


@dataclass(frozen=True, slots=True)
class CountryField:
    """Countries: they tell candidates apart and propose none."""

    codes: np.ndarray
    values: np.ndarray
    index: CompanyIndex

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose nobody: a country has too many companies."""
        return ()

    def facts(self, pairs: Pairs) -> CountryPairs:
        """Return whether both countries are known, and whether they are the same."""
        mine, theirs = self.values[pairs.left], self.index.countries[pairs.company]
        return CountryPairs(known=theirs != "", equal=mine == theirs)
