"""What is already known: people linked to companies, and where those who share a value sit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.knowing.shares import STALE
from gsprep.unification.linked import Pairs, bears

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import PersonKeys
    from gsprep.unification.kinds.degrees import Bools, Counts, Floats
    from gsprep.unification.knowing.shares import Shares
    from gsprep.unification.linked import Links

# What one person shows is a third, what two show is a half, of what many show.
_DOUBT = 2


@dataclass(frozen=True, slots=True)
class LinkedPairs:
    """Pairs of a known person's address and a company: whether they are linked, and to how many."""

    linked: Bools
    companies: Counts


def known_person(pairs: LinkedPairs) -> Bools:
    """Their e-mail address is that of somebody already linked to this company."""
    alone: Bools = pairs.companies == 1
    return pairs.linked & alone


def known_in_several(pairs: LinkedPairs) -> Bools:
    """Their e-mail address is that of somebody already linked to this company and to others."""
    several: Bools = pairs.companies > 1
    return pairs.linked & several


@dataclass(frozen=True, slots=True)
class KnownPairs:
    """Pairs of a value that known people share and a company.

    here:    how many of those people are in this company.
    total:   how many there are.
    divided: several companies list the value, or have those people and none nine in ten of them.
    """

    here: Counts
    total: Counts
    divided: Bools


def known_at_domain(pairs: KnownPairs) -> Floats:
    """The people known at their e-mail's domain are in this company; less for few people."""
    return np.where(_mostly_here(pairs), _shrunk(pairs.here, pairs.total), 0)


def known_at_shared_domain(pairs: KnownPairs) -> Floats:
    """Some of the people known at their e-mail's domain are in this company, others elsewhere."""
    return np.where(pairs.divided, _shrunk(pairs.here, pairs.total), 0)


def known_elsewhere(pairs: KnownPairs) -> Floats:
    """The people known at their e-mail's domain are in another company; less for few people."""
    elsewhere = _shrunk(pairs.total - pairs.here, pairs.total)
    return np.where(_mostly_here(pairs) | pairs.divided, 0, elsewhere)


def known_phone(pairs: KnownPairs) -> Floats:
    """The people known with their telephone number are in this company; less for few people."""
    return np.where(_mostly_here(pairs), _shrunk(pairs.here, pairs.total), 0)


def known_shared_phone(pairs: KnownPairs) -> Floats:
    """Some people known with their telephone number are in this company, others elsewhere."""
    return np.where(pairs.divided, _shrunk(pairs.here, pairs.total), 0)


def _mostly_here(pairs: KnownPairs) -> Bools:
    here: Bools = 2 * pairs.here > pairs.total
    return here & ~pairs.divided


def _shrunk(people: Counts, total: Counts) -> Floats:
    shrunk: Floats = people / (total + _DOUBT)
    return shrunk


@dataclass(frozen=True, slots=True)
class LinkedField:
    """Addresses of people who are linked already."""

    codes: np.ndarray
    index: CompanyIndex
    linked: np.ndarray

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> LinkedField:
        """Look each distinct address up once."""
        at = index.known.addresses.positions(keys.address.values)
        return cls(keys.address.codes, index, at)

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose whom they are linked to."""
        largest = self.index.rulebook.largest_block
        return (self.index.known.addresses.spread(self.linked, largest=largest),)

    def facts(self, pairs: Pairs) -> LinkedPairs:
        """Return who is linked, and to how many companies."""
        addresses, at = self.index.known.addresses, self.linked[pairs.left]
        return LinkedPairs(bears(addresses, at, pairs.company), addresses.count(at))


@dataclass(frozen=True, slots=True)
class SharedField:
    """Hosts or numbers that known people share."""

    codes: np.ndarray
    index: CompanyIndex
    shares: Shares
    shared: np.ndarray
    several: np.ndarray

    @classmethod
    def of_hosts(cls, keys: PersonKeys, index: CompanyIndex) -> SharedField:
        """Look each distinct host up once, and the hosts above it up to the registered domain."""
        known = index.known.hosts
        at = keys.hosts.longest(known.links)
        listed = np.where(at >= 0, keys.hosts.longest(index.hosts), -1)
        several = index.hosts.count(listed) > 1
        return cls(keys.host.codes, index, known, at, several).without(index.hosts, listed)

    @classmethod
    def of_phones(cls, keys: PersonKeys, index: CompanyIndex) -> SharedField:
        """Look each distinct number up once."""
        known, numbers = index.known.phones, keys.phone.values
        at, listed = known.links.positions(numbers), index.phones.positions(numbers)
        several = index.phones.count(listed) > 1
        return cls(keys.phone.codes, index, known, at, several).without(index.phones, listed)

    def without(self, links: Links, listed: np.ndarray) -> SharedField:
        """Return the field without values of which the known people say nothing new.

        That is where they sit in the one company that lists the value, but for a stale link: the
        list says so already. Nor do people say anything who are scattered over many companies at
        a value that nobody lists. ``listed`` are the positions of the values among those listed.
        """
        alone = np.flatnonzero(links.count(listed) == 1)
        facts = self.facts(Pairs(alone, links.company[links.starts[listed[alone]]]))
        told = alone[_mostly_here(facts) | (facts.total - facts.here <= STALE)]
        scattered = self.shares.scattered(self.shared) & (listed < 0)
        speaks = np.append((self.shared >= 0) & ~scattered, False)
        speaks[told] = False
        return replace(self, codes=np.where(speaks[self.codes], self.codes, -1))

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose the companies of the people who share it."""
        return (self.shares.links.spread(self.shared, largest=self.index.rulebook.largest_block),)

    def facts(self, pairs: Pairs) -> KnownPairs:
        """Return how many people share the value, and how many of them are in the company."""
        at = self.shared[pairs.left]
        return KnownPairs(
            here=self.shares.of(at, pairs.company),
            total=self.shares.whole(at),
            divided=self.shares.divided(at) | self.several[pairs.left],
        )
