"""Known people with the same address, domain, phone number or mailbox pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.features.domain import DOMAIN
from gsprep.unification.features.phone import PHONE
from gsprep.unification.index import Feature, Values
from gsprep.unification.keys import person_hosts, person_phones, where
from gsprep.unification.known import MOSTLY, STALE
from gsprep.unification.pairs import Encoded, Lookup, Pairs, encode
from gsprep.values.arrow import as_texts
from gsprep.values.distinct import on_distinct, where_distinct
from gsprep.values.domain import names_employer
from gsprep.values.email import email_key
from gsprep.values.host import email_host
from gsprep.values.mailbox import PATTERNS, mailbox_patterns

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import People, PersonHosts
    from gsprep.unification.known import Shares
    from gsprep.unification.pairs import Bools, Counts, Floats

# One person counts a third, two people a half, of what many people count: it can be chance.
_DOUBT = 2


@dataclass(frozen=True, slots=True)
class LinkedPairs:
    """Facts of a known person's address and a company."""

    linked: Bools  # the person is linked to the company
    companies: Counts  # the number of companies the person is linked to


def known_person(pairs: LinkedPairs) -> Bools:
    """Their e-mail address is already linked to this company."""
    alone: Bools = pairs.companies == 1
    return pairs.linked & alone


def known_in_several(pairs: LinkedPairs) -> Bools:
    """Their e-mail address is already linked to this company and to others."""
    several: Bools = pairs.companies > 1
    return pairs.linked & several


@dataclass(frozen=True, slots=True)
class SharedPairs:
    """Facts of a value that known people share and a company."""

    here: Counts  # the number of those people in this company
    total: Counts  # the number of those people
    # several companies list the value, or have those people and none nine in ten of them
    divided: Bools


def known_at_domain(pairs: SharedPairs) -> Floats:
    """Known people with their e-mail domain are in this company. Few people count less."""
    return np.where(_mostly_here(pairs), _share(pairs.here, pairs.total), 0)


def known_at_shared_domain(pairs: SharedPairs) -> Floats:
    """Some known people with their e-mail domain are in this company, others elsewhere."""
    return np.where(pairs.divided, _share(pairs.here, pairs.total), 0)


def known_elsewhere(pairs: SharedPairs) -> Floats:
    """Known people with their e-mail domain are in another company. Few people count less."""
    elsewhere = _share(pairs.total - pairs.here, pairs.total)
    return np.where(_mostly_here(pairs) | pairs.divided, 0, elsewhere)


def known_phone(pairs: SharedPairs) -> Floats:
    """Known people with their phone number are in this company. Few people count less."""
    return np.where(_mostly_here(pairs), _share(pairs.here, pairs.total), 0)


def known_shared_phone(pairs: SharedPairs) -> Floats:
    """Some known people with their phone number are in this company, others elsewhere."""
    return np.where(pairs.divided, _share(pairs.here, pairs.total), 0)


def _mostly_here(pairs: SharedPairs) -> Bools:
    here: Bools = 2 * pairs.here > pairs.total
    return here & ~pairs.divided


def _share(people: Counts, total: Counts) -> Floats:
    """Return the share of people, nearer to 0 for few people."""
    return people / (total + _DOUBT)


def _addresses(people: People) -> Encoded:
    """Return the e-mail addresses of known people among those of the people."""
    if people.known is None or not len(people.known.addresses.company):
        return Encoded(np.full(len(people), -1), ())
    addresses = on_distinct(people.email, email_key)
    return encode(addresses.where(addresses.isin(list(people.known.addresses.places))))


def _linked(key: Encoded, index: CompanyIndex) -> Values:
    linked = index.known.addresses.look_up(key.texts)
    return Values(
        key.codes,
        index.proposed_by(linked),
        lambda pairs: LinkedPairs(linked.has(pairs), linked.count(pairs)),
    )


def _at_hosts(key: PersonHosts, index: CompanyIndex) -> Values:
    """Look up each distinct host, and the hosts above it up to the registered domain."""
    shares, hosts = index.known.hosts, index.part(DOMAIN).hosts
    at = key.hosts.longest(shares.index)
    listed = Lookup(hosts, np.where(at >= 0, key.hosts.longest(hosts), -1))
    return _shared(key.codes, (shares, at), listed, index)


def _with_phones(key: Encoded, index: CompanyIndex) -> Values:
    """Look up each distinct number."""
    shares, numbers = index.known.phones, index.part(PHONE).numbers
    at = shares.index.positions(key.texts)
    listed = numbers.look_up(where(as_texts(key.texts), at >= 0))
    return _shared(key.codes, (shares, at), listed, index)


def _shared(
    codes: np.ndarray, known: tuple[Shares, np.ndarray], listed: Lookup, index: CompanyIndex
) -> Values:
    """Return values that known people share; ``listed`` are the companies that list them.

    Left out are values whose known people add nothing: those in the one company that lists the
    value, apart from a stale link, and those scattered over many companies at a value that no
    company lists.
    """
    shares, at = known
    several = listed.index.count(listed.at) > 1

    def facts(pairs: Pairs) -> SharedPairs:
        shared = at[pairs.left]
        return SharedPairs(
            here=shares.of(shared, pairs.company),
            total=shares.whole(shared),
            divided=shares.divided(shared) | several[pairs.left],
        )

    alone = np.flatnonzero(listed.index.count(listed.at) == 1)
    first = listed.index.starts[listed.at[alone]]
    there = facts(Pairs(alone, listed.index.company[first]))
    scattered = shares.scattered(at) & (listed.at < 0)
    adds = np.append((at >= 0) & ~scattered, False)
    adds[alone[_mostly_here(there) | (there.total - there.here <= STALE)]] = False
    proposed = index.proposed_by(Lookup(shares.index, at))
    return Values(np.where(adds[codes], codes, -1), proposed, facts)


@dataclass(frozen=True, slots=True)
class PatternPairs:
    """Facts of a mailbox pattern and a company."""

    alike: Counts  # the number of the company's known people whose mailbox has this pattern
    total: Counts  # the number of those whose mailbox has any pattern


def email_pattern(pairs: PatternPairs) -> Floats:
    """Their e-mail address follows the pattern of the company's people. Few people count less."""
    return np.where(pairs.alike >= MOSTLY * pairs.total, pairs.alike / (pairs.total + _DOUBT), 0)


def other_pattern(pairs: PatternPairs) -> Floats:
    """Their e-mail address follows a different pattern than those of the company's known people."""
    hardly = pairs.alike < (1 - MOSTLY) * pairs.total
    return np.where(hardly, pairs.total / (pairs.total + _DOUBT), 0)


def _patterns(people: People) -> Encoded:
    codes = np.full(len(people), -1)
    if people.known is None or people.known.patterns is None:
        return Encoded(codes, PATTERNS)
    columns, ignored = people.rulebook.columns, people.rulebook.domains.ignored
    addresses = on_distinct(people.email, email_key)
    hosts = on_distinct(addresses, email_host)
    at = np.flatnonzero(where_distinct(hosts, lambda host: names_employer(host, ignored)))
    first, last = (people.column(name).iloc[at] for name in (columns.first_name, columns.last_name))
    codes[at] = mailbox_patterns(addresses.iloc[at], first, last)
    return Encoded(codes, PATTERNS)


def _with_patterns(key: Encoded, index: CompanyIndex) -> Values:
    """Patterns propose none: too many companies have the same one."""
    counts = index.known.patterns
    if counts is None:  # then no one has a code, and there are no pairs
        counts = np.zeros((1, len(PATTERNS)), dtype=np.int64)
    total = counts.sum(axis=1)
    return Values(
        key.codes,
        (),
        lambda pairs: PatternPairs(counts[pairs.company, pairs.left], total[pairs.company]),
    )


# Known people are indexed on their own, so these have no part of the company index.
LINKED = Feature("linked", (known_person, known_in_several), _addresses, _linked, lambda _: None)
KNOWN_DOMAIN = Feature(
    "known domain",
    (known_at_domain, known_at_shared_domain, known_elsewhere),
    person_hosts,
    _at_hosts,
    lambda _: None,
)
KNOWN_PHONE = Feature(
    "known phone", (known_phone, known_shared_phone), person_phones, _with_phones, lambda _: None
)
PATTERN = Feature(
    "pattern", (email_pattern, other_pattern), _patterns, _with_patterns, lambda _: None
)
