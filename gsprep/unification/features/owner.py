"""Owner of the e-mail domain and of a listed domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.features.domain import DOMAIN
from gsprep.unification.index import Feature, Values
from gsprep.unification.keys import person_hosts
from gsprep.unification.pairs import InvertedIndex, Lookup, invert_column
from gsprep.values.domain import domain_owners

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies, PersonHosts
    from gsprep.unification.pairs import Bools


@dataclass(frozen=True, slots=True)
class OwnerPairs:
    """Facts of a domain's owner and a company: whether it lists another domain of that owner."""

    owned: Bools


def same_owner(pairs: OwnerPairs) -> Bools:
    """Their e-mail domain has the same owner as a domain that this company lists."""
    return pairs.owned


class OwnerIndex(NamedTuple):
    """The owners of listed domains, and the owner of each domain in the rulebook."""

    owners: InvertedIndex
    named: Mapping[str, str]


def _owners(domains: pa.Array, named: Mapping[str, str]) -> pa.Array:
    """Return one name for the owner of each registered domain, by rulebook or shipped list."""
    owners = domain_owners(domains)
    if not named:
        return owners
    ours = [named.get(domain) for domain in domains.to_pylist()]
    return pc.coalesce(pa.array(ours, pa.large_string()), owners)


def _look_up(key: PersonHosts, index: CompanyIndex) -> Values:
    """Look up the owners of unlisted domains; a listed one is evidence of another kind."""
    part = index.part(OWNER)
    encoded = pc.dictionary_encode(key.hosts.registered)
    names = _owners(encoded.dictionary, part.named)
    listed = key.hosts.registered_in(index.part(DOMAIN).registered) >= 0
    at = np.where(listed, -1, part.owners.positions(names)[encoded.indices.to_numpy()])
    owned = Lookup(part.owners, at)
    codes = np.where(np.append(at, -1)[key.codes] >= 0, key.codes, -1)
    return Values(codes, index.proposed_by(owned), lambda pairs: OwnerPairs(owned.has(pairs)))


def _index(companies: Companies) -> OwnerIndex:
    owners = companies.rulebook.domains.owners
    named = {domain: owned[0] for owned in owners for domain in owned}
    owner = _owners(companies.hosts.registered, named)
    return OwnerIndex(invert_column(owner, companies.hosts.company), named)


OWNER = Feature("owner", (same_owner,), person_hosts, _look_up, _index)
