"""The facts about pairs of one kind: what the comparisons look at, on distinct values.

Each field proposes candidates for its distinct values, and gives the facts of any distinct
pairs of a value and a company, also of those that another field proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cpdist

from gsprep.unification.alignment import align
from gsprep.unification.comparisons import (
    Bools,
    CountryPairs,
    DomainPairs,
    Kind,
    NamePairs,
    PhonePairs,
)
from gsprep.unification.index import CompanyIndex, digits
from gsprep.unification.keys import SEPARATOR, PersonKeys
from gsprep.unification.linked import NO_PAIRS, Links, Pairs
from gsprep.values.company_name import initials, plain_words
from gsprep.values.domain import domain_class, domain_label, registrable_domain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.words import Worded

# Shorter labels (hp, go, it) are as often a word or an abbreviation as a name.
_SHORTEST_LABEL = 3


class FieldOfPairs(Protocol):
    """One field of the people: its codes, its candidates and the facts of its pairs."""

    @property
    def codes(self) -> np.ndarray:
        """The position of each person's value, -1 where it is missing."""
        ...

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose pairs of a distinct value's position and a company."""
        ...

    def facts(self, pairs: Pairs) -> Any:
        """Return what the comparisons of this kind look at, for distinct pairs."""
        ...


def fields_of_pairs(keys: PersonKeys, index: CompanyIndex) -> Mapping[Kind, FieldOfPairs]:
    """Return the four fields, prepared for these people and companies."""
    return {
        "domain": DomainField.prepare(keys, index),
        "phone": PhoneField.prepare(keys, index),
        "name": NameField.prepare(keys, index),
        "country": CountryField(keys.country.codes, np.array(keys.country.values, object), index),
    }


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
            _ints(_longest_listed(host, index.hosts) for host in employers),
            _ints(index.domains.position(host and _registered(host)) for host in employers),
            _ints(index.labels.position(host and _label(host)) for host in employers),
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
            listed=_bears(self.index.hosts, self.listed[at], pairs.company),
            sharers=self.index.hosts.count(self.listed[at]),
            related=_bears(self.index.domains, self.related[at], pairs.company),
            labelled=_bears(self.index.labels, self.labelled[at], pairs.company),
            lists=self.index.lists_domain[pairs.company],
            own=self.own[at],
            yours=self.yours[at],
        )


@dataclass(frozen=True, slots=True)
class PhoneField:
    """Telephone numbers."""

    codes: np.ndarray
    index: CompanyIndex
    listed: np.ndarray

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> PhoneField:
        """Look each distinct number up once."""
        return cls(keys.phone.codes, index, _ints(map(index.phones.position, keys.phone.values)))

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose who lists the number."""
        return (self.index.phones.spread(self.listed, largest=self.index.rulebook.largest_block),)

    def facts(self, pairs: Pairs) -> PhonePairs:
        """Return who lists the number, and how many do."""
        at = self.listed[pairs.left]
        return PhonePairs(
            listed=_bears(self.index.phones, at, pairs.company), sharers=self.index.phones.count(at)
        )


@dataclass(frozen=True, slots=True)
class NameField:
    """Stated employers: words that name, legal form, initials."""

    codes: np.ndarray
    index: CompanyIndex
    cores: np.ndarray
    keys: np.ndarray
    listed: np.ndarray
    forms: np.ndarray
    short: np.ndarray
    digits: np.ndarray
    words: Worded

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> NameField:
        """Take each distinct name apart once."""
        parts = [value.split(SEPARATOR) for value in keys.name.values]
        cores = [core for core, _ in parts]
        keys_of = ["".join(plain_words(core)) for core in cores]
        return cls(
            keys.name.codes,
            index,
            np.array(cores, dtype=object),
            np.array(keys_of, dtype=object),
            _ints(map(index.name_keys.position, keys_of)),
            np.array([form for _, form in parts], dtype=object),
            np.array([initials(core) or "" for core in cores], dtype=object),
            digits(cores),
            index.words.read(cores),
        )

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose who has the name or the initials; else, who has a name that looks like it."""
        largest = self.index.rulebook.largest_block
        by_acronym = _ints(map(self.index.acronyms.position, self.keys))
        by_initials = _ints(map(self.index.name_keys.position, self.short))
        unknown = np.flatnonzero(self.listed < 0)
        alike = self.index.search.nearest(self.cores[unknown].tolist())
        return (
            self.index.name_keys.spread(self.listed, largest=largest),
            self.index.acronyms.spread(by_acronym, largest=largest),
            self.index.name_keys.spread(by_initials, largest=largest),
            Pairs(unknown[alike.left], alike.company) if len(unknown) else NO_PAIRS,
        )

    def facts(self, pairs: Pairs) -> NamePairs:
        """Return how the two names compare."""
        at, company = pairs
        mine, theirs = self.keys[at], self.index.keys[company]
        # A name that some company has exactly is told from others by that alone.
        open_ = self.listed[at] < 0
        likely = Pairs(at[open_], company[open_])
        aligned = align(likely, self.words, self.index.words.companies).among(open_)
        forms, their_forms = self.forms[at], self.index.forms[company]
        equal = mine == theirs
        return NamePairs(
            equal=equal,
            spelling=cpdist(
                mine.tolist(), theirs.tolist(), scorer=Indel.normalized_similarity, dtype=float
            ),
            initials=self._initials(pairs),
            numbers=self.digits[at] == self.index.digits[company],
            words=aligned,
            elsewhere=(self.listed[at] >= 0) & ~equal,
            forms=(forms != "") & (their_forms != "") & (forms != their_forms),
        )

    def _initials(self, pairs: Pairs) -> Bools:
        by_acronym = _ints(map(self.index.acronyms.position, self.keys))
        by_initials = _ints(map(self.index.name_keys.position, self.short))
        return _bears(self.index.acronyms, by_acronym[pairs.left], pairs.company) | _bears(
            self.index.name_keys, by_initials[pairs.left], pairs.company
        )


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


def _bears(links: Links, values: np.ndarray, companies: np.ndarray) -> Bools:
    """Return whether each company bears the value at each position; False for -1."""
    width = int(links.company.max(initial=0)) + 1
    borne = np.repeat(np.arange(len(links.values)), np.diff(links.starts)) * width + links.company
    wanted = np.where((values >= 0) & (companies < width), values * width + companies, -1)
    borne_by: Bools = np.isin(wanted, borne)
    return borne_by


def _ints(values: Any) -> np.ndarray:
    return np.fromiter(values, dtype=np.int64)
