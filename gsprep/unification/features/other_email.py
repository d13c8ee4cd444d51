"""Other e-mail addresses of a person: the best domain."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.features.domain import (
    DOMAIN,
    domain_begins_name,
    domain_begun_by_name,
    domain_initials,
    domain_like_name,
    domain_rare_word,
    related_domain,
    same_domain,
    shared_domain,
)
from gsprep.unification.index import Feature, Values
from gsprep.unification.keys import Hosts, PersonHosts
from gsprep.unification.pairs import Encoded, Pairs, encode, spans, to_people
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import meant_by
from gsprep.values.host import email_host

if TYPE_CHECKING:
    from gsprep.unification.features.domain import DomainPairs
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import People
    from gsprep.unification.pairs import Counts, Floats

_APART = re.compile(r"[;,|\s]+")
_BETWEEN = ";"
# Comparisons of the address in Email that matter when another address fits the same company.
_OF_EMAIL = (
    same_domain, shared_domain, related_domain, domain_like_name, domain_begins_name,
    domain_begun_by_name, domain_initials, domain_rare_word,
)  # fmt: skip
_NOTHING, _NAMED, _SHARED, _LISTED = range(4)


@dataclass(frozen=True, slots=True)
class OtherEmailPairs:
    """Facts of a person's further e-mail addresses and a company."""

    best: Counts  # what the best of them says: nothing, its name, shared, listed
    # the share of it that the address in Email does not say already, from 0 to 1: the better of
    # the two counts, not both
    more: Floats


def other_email_domain(pairs: OtherEmailPairs) -> Floats:
    """Another of their addresses, or a site they state, is at a domain only this company lists."""
    return np.where(pairs.best == _LISTED, pairs.more, 0)


def other_email_shared_domain(pairs: OtherEmailPairs) -> Floats:
    """Another of their addresses, or a site they state, is at a domain this company shares."""
    return np.where(pairs.best == _SHARED, pairs.more, 0)


def other_email_like_name(pairs: OtherEmailPairs) -> Floats:
    """Another of their addresses, or a site they state, is at a domain named like this company."""
    return np.where(pairs.best == _NAMED, pairs.more, 0)


_BY_BEST = {
    _LISTED: other_email_domain.__name__,
    _SHARED: other_email_shared_domain.__name__,
    _NAMED: other_email_like_name.__name__,
}


def _key(people: People) -> Encoded:
    """Return the hosts of all addresses of those who have several, that of Email first.

    One that is stated in place of an employer is a further one.
    """
    columns, aliases = people.rulebook.columns, people.rulebook.domains.aliases
    cells, stated = people.column(columns.other_emails), people.stated_hosts
    at = np.flatnonzero(cells.notna().to_numpy() | (stated != None))  # noqa: E711  by element
    codes = np.full(len(people), -1)
    if not len(at):
        return Encoded(codes, ())
    first = on_distinct(people.email.iloc[at], email_host).fillna("")
    both = zip(cells.iloc[at].fillna(""), stated[at], strict=True)
    others = ([*_hosts(cell), *filter(None, [host])] for cell, host in both)
    lines = [
        _line([meant_by(host, aliases) for host in (one, *several)])
        for one, several in zip(first, others, strict=True)
    ]
    found = encode(pd.Series(lines, dtype="str"))
    codes[at] = found.codes
    return Encoded(codes, found.texts)


def _hosts(cell: str) -> list[str]:
    return sorted({host for host in map(email_host, _APART.split(cell)) if host})


def _line(hosts: list[str]) -> str | None:
    """Return the hosts in one text; None if there is no further one."""
    distinct = list(dict.fromkeys(hosts))
    return _BETWEEN.join(distinct) if len(distinct) > 1 else None


class _Addresses(NamedTuple):
    """Combinations of hosts: ``hosts[starts[c]:starts[c + 1]]``, that of Email first."""

    starts: np.ndarray
    hosts: np.ndarray
    texts: list[str]

    @classmethod
    def of(cls, lines: tuple[str, ...]) -> _Addresses:
        lists = [line.split(_BETWEEN) for line in lines]
        codes, texts = pd.factorize(np.array([h for hosts in lists for h in hosts], dtype=object))
        starts = np.cumsum([0, *map(len, lists)])
        return cls(starts, codes.astype(np.int64), texts.tolist())

    def others(self, pairs: Pairs) -> tuple[np.ndarray, Pairs]:
        """Return the further hosts of each pair, with the pair of each."""
        starts, counts = self.starts[pairs.left] + 1, np.diff(self.starts)[pairs.left] - 1
        pair = np.repeat(np.arange(len(counts)), counts)
        return pair, Pairs(self.hosts[spans(starts, counts)], pairs.company[pair])

    def of_email(self, pairs: Pairs) -> Pairs:
        return Pairs(self.hosts[self.starts[pairs.left]], pairs.company)

    def combinations(self, proposed: Pairs) -> Pairs:
        """Return pairs of a host and a company as pairs of the combinations with that host."""
        whole = to_people(self.hosts, proposed)
        combination = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return Pairs(combination[whole.left], whole.company)


def _look_up(key: Encoded, index: CompanyIndex) -> Values:
    addresses = _Addresses.of(key.texts)
    hosts = Hosts.of(addresses.texts, index.rulebook.domains)
    looked_up = DOMAIN.look_up(PersonHosts(np.arange(len(addresses.texts)), hosts), index)
    model = index.rulebook.model

    def facts(pairs: Pairs) -> OtherEmailPairs:
        pair, others = addresses.others(pairs)
        best = np.full(len(pairs.left), _NOTHING)
        np.maximum.at(best, pair, _said(looked_up.facts(others)))
        found = looked_up.facts(addresses.of_email(pairs))
        said = sum(model.get(one.__name__, 0.0) * one(found) for one in _OF_EMAIL)
        weight = np.array([model.get(_BY_BEST.get(one, ""), 0.0) for one in range(_LISTED + 1)])
        more = 1 - np.asarray(said) / np.maximum(weight, 1e-9)[best]
        return OtherEmailPairs(best, np.where(weight[best] > 0, np.clip(more, 0, 1), 1.0))

    proposed = tuple(addresses.combinations(one) for one in looked_up.proposed)
    return Values(key.codes, proposed, facts)


def _said(facts: DomainPairs) -> Counts:
    """Return what each host says of a company; a word in many names says nothing."""
    named = domain_like_name(facts) & (facts.common == 0)
    shared = shared_domain(facts) | related_domain(facts)
    return np.select(
        [same_domain(facts), shared, named], [_LISTED, _SHARED, _NAMED], default=_NOTHING
    )


OTHER_EMAIL = Feature(
    "other e-mail",
    (other_email_domain, other_email_shared_domain, other_email_like_name),
    _key,
    _look_up,
    lambda _: None,
    costly=True,
)
