"""Owners of domains: who has several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from gsprep.unification.linked import Pairs, bears
from gsprep.values.domain import domain_owner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.hosts import Hosts
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import PersonKeys
    from gsprep.unification.kinds.degrees import Bools
    from gsprep.unification.rulebook import Domains


@dataclass(frozen=True, slots=True)
class OwnerPairs:
    """Pairs of a domain's owner and a company: whether it lists another domain of that owner."""

    owned: Bools


def same_owner(pairs: OwnerPairs) -> Bools:
    """Their e-mail's domain belongs to the owner of one that this company lists."""
    return pairs.owned


def owners_in(domains: Domains) -> Mapping[str, str]:
    """Return the owner of each domain that a rulebook lists by owner: the first of its list."""
    return {domain: owned[0] for owned in domains.owners for domain in owned}


def owner_of(domain: str, owners: Mapping[str, str]) -> str | None:
    """Return one name for the owner of a registered domain, by a rulebook or the shipped list."""
    return owners.get(domain) or domain_owner(domain)


@dataclass(frozen=True, slots=True)
class OwnerField:
    """Unlisted domains whose owner has others."""

    codes: np.ndarray
    index: CompanyIndex
    owned: np.ndarray

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> OwnerField:
        """Look each distinct host up once; a domain that is listed speaks for itself."""
        owned = _owned(keys.hosts, index)
        known = np.append(owned, -1)[keys.host.codes] >= 0
        return cls(np.where(known, keys.host.codes, -1), index, owned)

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose who lists another domain of the owner."""
        return (self.index.owners.spread(self.owned, largest=self.index.rulebook.largest_block),)

    def facts(self, pairs: Pairs) -> OwnerPairs:
        """Return who lists another domain of the owner."""
        return OwnerPairs(bears(self.index.owners, self.owned[pairs.left], pairs.company))


def _owned(hosts: Hosts, index: CompanyIndex) -> np.ndarray:
    """Return the owner of each host's domain, -1 where companies list it or nobody has several."""
    encoded = pc.dictionary_encode(hosts.registered)
    owners = [owner_of(domain, index.owner_names) for domain in encoded.dictionary.to_pylist()]
    owned = np.where(
        index.domains.positions(encoded.dictionary) >= 0, -1, index.owners.positions(owners)
    )
    at: np.ndarray = owned[encoded.indices.to_numpy()]
    return at
