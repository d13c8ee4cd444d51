"""Country: of the person and of the company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.index import Feature, Values
from gsprep.unification.pairs import Bools, Encoded, encode

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies
    from gsprep.unification.pairs import Pairs


@dataclass(frozen=True, slots=True)
class CountryPairs:
    """Facts of a person's country and a company."""

    known: Bools  # both countries are known
    equal: Bools  # they are equal


def same_country(pairs: CountryPairs) -> Bools:
    """They are in the company's country."""
    return pairs.known & pairs.equal


def other_country(pairs: CountryPairs) -> Bools:
    """They are in a different country than the company."""
    return pairs.known & ~pairs.equal


def _look_up(key: Encoded, index: CompanyIndex) -> Values:
    """Countries tell candidates apart and propose none: a country has too many companies."""
    mine, listed = np.array(key.texts, object), index.part(COUNTRY)

    def facts(pairs: Pairs) -> CountryPairs:
        theirs = listed[pairs.company]
        return CountryPairs(known=theirs != "", equal=mine[pairs.left] == theirs)

    return Values(key.codes, (), facts)


def _index(companies: Companies) -> np.ndarray:
    """Return the country of each company, "" if it is not known."""
    countries: np.ndarray = companies.country.fillna("").to_numpy(dtype=object)
    return countries


COUNTRY = Feature(
    "country",
    (same_country, other_country),
    lambda people: encode(people.country),
    _look_up,
    _index,
)
