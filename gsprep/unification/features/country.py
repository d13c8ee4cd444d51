"""Country: of the person and of the company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.unification.index import Feature, Values
from gsprep.unification.pairs import MISSING, Bools, CodedColumn, Encoded, coded, encode
from gsprep.values.arrow import as_arrow

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
    listed = index.part(COUNTRY)
    mine = listed.look_up(key.texts)

    def facts(pairs: Pairs) -> CountryPairs:
        theirs = listed.codes[pairs.company]
        return CountryPairs(known=theirs != MISSING, equal=mine[pairs.left] == theirs)

    return Values(key.codes, (), facts)


def _index(companies: Companies) -> CodedColumn:
    """Return the country of each company."""
    return coded(as_arrow(companies.country))


COUNTRY = Feature(
    "country",
    (same_country, other_country),
    lambda people: encode(people.country),
    _look_up,
    _index,
)
