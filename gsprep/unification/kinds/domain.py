"""E-mail hosts: whose they are, and what their labels say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.hosts import where
from gsprep.unification.linked import Links, Pairs, bears
from gsprep.values.arrow import as_mask

if TYPE_CHECKING:
    from gsprep.unification.hosts import Hosts
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import PersonKeys
    from gsprep.unification.kinds.degrees import Bools, Counts, Floats


# Shorter labels (hp, go, it) are as often a word or an abbreviation as a name.
_SHORTEST_LABEL = 3
# A shorter first word begins too many other words.
_SHORTEST_BEGINNING = 4
# A value that known people of several companies have is shared, whoever lists it.
_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class DomainPairs:
    """Pairs of an e-mail host and a company.

    listed:   the company lists this host, or the longest listed host above it.
    sharers:  how many companies list it; several where known people at it sit in several.
    related:  the company lists another host of the same registered domain.
    labelled: the domain's label is the company's name, or the label of a domain it lists.
    begins:   the domain's label is how the company's name begins.
    begun:    the domain's label begins with the first words of the company's name.
    initials: the domain's label is the company's initials.
    common:   how common the domain's label is as a word of companies' names, from 0 to 1.
    lists:    the company lists any domain.
    own:      the domain belongs to an employer: no free, disposable or excluded mail.
    yours:    the domain is the user's own.
    provider: the company lists it, and its customers have mail there as well as its staff.
    """

    listed: Bools
    sharers: Counts
    related: Bools
    labelled: Bools
    begins: Bools
    begun: Bools
    initials: Bools
    common: Floats
    lists: Bools
    own: Bools
    yours: Bools
    provider: Bools


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
    return pairs.labelled & _apart(pairs)


def domain_begins_name(pairs: DomainPairs) -> Bools:
    """Their e-mail's domain is how this company's name begins."""
    return pairs.begins & ~pairs.labelled & _apart(pairs)


def domain_begun_by_name(pairs: DomainPairs) -> Bools:
    """Their e-mail's domain begins as this company's name does."""
    return pairs.begun & ~pairs.begins & ~pairs.labelled & _apart(pairs)


def domain_initials(pairs: DomainPairs) -> Bools:
    """Their e-mail's domain is this company's initials."""
    return pairs.initials & ~pairs.begins & ~pairs.labelled & _apart(pairs)


def common_domain(pairs: DomainPairs) -> Floats:
    """Their e-mail's domain is a word in the names of many companies."""
    return np.where(pairs.own & (pairs.listed | _told(pairs)), pairs.common, 0)


def other_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at an employer's domain, and this company lists another."""
    return pairs.own & pairs.lists & _unlisted(pairs) & ~pairs.related & ~_told(pairs)


def your_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at your own domain: your staff belong to no customer."""
    return pairs.yours


def provider_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a domain of this company where its customers have mail, too."""
    return pairs.provider


def _told(pairs: DomainPairs) -> Bools:
    return pairs.labelled | pairs.begins | pairs.begun | pairs.initials


def _apart(pairs: DomainPairs) -> Bools:
    """Return where nothing but its label can tell whose the domain is."""
    return ~pairs.related & pairs.own & _unlisted(pairs)


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
    begins: np.ndarray
    begun: np.ndarray
    initials: np.ndarray
    common: np.ndarray
    own: np.ndarray
    yours: np.ndarray
    divided: np.ndarray
    provided: np.ndarray

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> DomainField:
        """Look each distinct host up once."""
        hosts, own = keys.hosts, _employing(keys.hosts, index)
        labels = where(hosts.labels, own & ~_short(hosts.labels))
        return cls(
            keys.host.codes,
            index,
            np.where(own, hosts.longest(index.hosts), -1),
            index.domains.positions(where(hosts.registered, own)),
            index.labels.positions(labels),
            index.beginnings.positions(labels),
            _longest_beginnings(labels, index.beginnings),
            index.acronyms.positions(labels),
            index.words.commonness(labels),
            own,
            hosts.at(frozenset(index.rulebook.domains.own)),
            _divided(hosts, index),
            index.domains.positions(where(hosts.registered, hosts.provide)),
        )

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose who lists the host, its registered domain, or bears its label."""
        largest = self.index.rulebook.largest_block
        return (
            self.index.hosts.spread(self.listed, largest=largest),
            self.index.domains.spread(self.related, largest=largest),
            self.index.labels.spread(self.labelled, largest=largest),
            self.index.beginnings.spread(self.begins, largest=largest),
            self.index.beginnings.spread(self.begun, largest=largest),
            self.index.acronyms.spread(self.initials, largest=largest),
        )

    def facts(self, pairs: Pairs) -> DomainPairs:
        """Return what is known of each host and company."""
        at = pairs.left
        sharers = self.index.hosts.count(self.listed[at])
        return DomainPairs(
            listed=bears(self.index.hosts, self.listed[at], pairs.company),
            sharers=np.where(self.divided[at] & (sharers == 1), _SEVERAL, sharers),
            related=bears(self.index.domains, self.related[at], pairs.company),
            labelled=bears(self.index.labels, self.labelled[at], pairs.company),
            begins=bears(self.index.beginnings, self.begins[at], pairs.company),
            begun=bears(self.index.beginnings, self.begun[at], pairs.company),
            initials=bears(self.index.acronyms, self.initials[at], pairs.company),
            common=self.common[at],
            lists=self.index.lists_domain[pairs.company],
            own=self.own[at],
            yours=self.yours[at],
            provider=bears(self.index.domains, self.provided[at], pairs.company),
        )


def _employing(hosts: Hosts, index: CompanyIndex) -> np.ndarray:
    """Return which hosts say who employs people.

    An unlisted one whose known people are scattered over many companies does not: it is free mail
    that no list has, or a typing slip of one.
    """
    known = index.known.hosts
    scattered = known.scattered(known.links.positions(hosts.texts))
    own: np.ndarray = hosts.employ & ((hosts.longest(index.hosts) >= 0) | ~scattered)
    return own


def _divided(hosts: Hosts, index: CompanyIndex) -> np.ndarray:
    """Return at which hosts people of several companies are, by known people or answers."""
    known = index.known.hosts
    by_people = known.divided(known.links.positions(hosts.texts))
    divided: np.ndarray = by_people | hosts.at(index.answers.shared_hosts)
    return divided


def _short(labels: pa.Array) -> np.ndarray:
    return as_mask(pc.less(pc.utf8_length(labels), _SHORTEST_LABEL))


def _longest_beginnings(labels: pa.Array, beginnings: Links) -> np.ndarray:
    """Return the longest beginning of a name that each label begins with, -1 for none."""
    encoded = pc.dictionary_encode(labels)
    found = [_longest_beginning(label, beginnings) for label in encoded.dictionary.to_pylist()]
    at: np.ndarray = np.array([*found, -1])[pc.fill_null(encoded.indices, len(found)).to_numpy()]
    return at


def _longest_beginning(label: str, beginnings: Links) -> int:
    for end in range(len(label), _SHORTEST_BEGINNING - 1, -1):
        position = beginnings.position(label[:end])
        if position >= 0:
            return position
    return -1
