"""E-mail hosts: whose they are, and what their labels say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.linked import Links, Pairs, bears, positions
from gsprep.values.domain import domain_class, domain_label, registrable_domain

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import PersonKeys
    from gsprep.unification.kinds.degrees import Bools, Counts


# Shorter labels (hp, go, it) are as often a word or an abbreviation as a name.
_SHORTEST_LABEL = 3


@dataclass(frozen=True, slots=True)
class DomainPairs:
    """Pairs of an e-mail host and a company.

    listed:   the company lists this host, or the longest listed host above it.
    sharers:  how many companies list it.
    related:  the company lists another host of the same registered domain.
    labelled: the domain's label is the company's name, or the label of a domain it lists.
    lists:    the company lists any domain.
    own:      the domain belongs to an employer: no free, disposable or excluded mail.
    yours:    the domain is the user's own.
    """

    listed: Bools
    sharers: Counts
    related: Bools
    labelled: Bools
    lists: Bools
    own: Bools
    yours: Bools


def same_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a domain that only this company lists."""
    alone: Bools = pairs.sharers == 1
    return pairs.listed & pairs.own & alone


def shared_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a domain that this company lists, as others do."""
    shared: Bools = pairs.sharers > 1
    return pairs.listed & pairs.own & shared


def related_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at an unlisted part of a domain that this company lists."""
    return pairs.related & pairs.own & _unlisted(pairs)


def domain_like_name(pairs: DomainPairs) -> Bools:
    """Their e-mail's domain bears this company's name."""
    return pairs.labelled & ~pairs.related & pairs.own & _unlisted(pairs)


def other_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at an employer's domain, and this company lists another."""
    told = pairs.related | pairs.labelled
    return pairs.own & pairs.lists & _unlisted(pairs) & ~told


def others_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a domain that another company lists."""
    listed: Bools = pairs.sharers > 0
    return pairs.own & listed & ~pairs.listed


def your_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at your own domain: your staff belong to no customer."""
    return pairs.yours


def _unlisted(pairs: DomainPairs) -> Bools:
    unlisted: Bools = pairs.sharers == 0
    return unlisted


@dataclass(frozen=True, slots=True)
class DomainField:
    """E-mail hosts: the listed host above each, its registered domain, its label, its class."""

    codes: np.ndarray
    index: CompanyIndex
    listed: np.ndarray
    related: np.ndarray
    labelled: np.ndarray
    own: np.ndarray
    yours: np.ndarray

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> DomainField:
        """Look each distinct host up once."""
        domains = index.rulebook.domains
        mine = frozenset(domains.own)
        nobody = mine.union(domains.excluded)
        hosts = keys.host.values
        registered = [_registered(host) for host in hosts]
        own = [domain_class(host, nobody) in {"company", "education"} for host in hosts]
        employers = [host if employs else None for host, employs in zip(hosts, own, strict=True)]
        return cls(
            keys.host.codes,
            index,
            positions(_longest_listed(host, index.hosts) for host in employers),
            positions(index.domains.position(host and _registered(host)) for host in employers),
            positions(index.labels.position(host and _label(host)) for host in employers),
            np.array(own, dtype=bool),
            np.array([bool({*pair} & mine) for pair in zip(hosts, registered, strict=True)], bool),
        )

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose who lists the host, its registered domain, or bears its label."""
        largest = self.index.rulebook.largest_block
        return (
            self.index.hosts.spread(self.listed, largest=largest),
            self.index.domains.spread(self.related, largest=largest),
            self.index.labels.spread(self.labelled, largest=largest),
        )

    def facts(self, pairs: Pairs) -> DomainPairs:
        """Return what is known of each host and company."""
        at = pairs.left
        return DomainPairs(
            listed=bears(self.index.hosts, self.listed[at], pairs.company),
            sharers=self.index.hosts.count(self.listed[at]),
            related=bears(self.index.domains, self.related[at], pairs.company),
            labelled=bears(self.index.labels, self.labelled[at], pairs.company),
            lists=self.index.lists_domain[pairs.company],
            own=self.own[at],
            yours=self.yours[at],
        )


def _longest_listed(host: str | None, hosts: Links) -> int:
    """Return the listed host that is this host or stands above it, the longest first."""
    if host is None:
        return -1
    domain = _registered(host)
    while True:
        position = hosts.position(host)
        if position >= 0 or host == domain or "." not in host:
            return position
        host = host.partition(".")[2]


def _registered(host: str) -> str:
    return registrable_domain(host) or host


def _label(host: str) -> str | None:
    label = (domain_label(host) or "").replace("-", "")
    return label if len(label) >= _SHORTEST_LABEL else None
