"""Classes and owners of e-mail domains."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_lines
from gsprep.values.arrow import ColumnResult, as_mask, matches, with_chosen
from gsprep.values.host import owned_domain, owned_domains

if TYPE_CHECKING:
    from collections.abc import Mapping

DomainClass = Literal[
    "company", "free-mail", "disposable", "education", "internal", "provider", "bulk"
]
# People with an address there work or study there.
EMPLOYERS = frozenset({"company", "education"})
# People share few domains: each is looked up once, in bounded memory.
_REMEMBERED = 1 << 17
# A host of ASCII whose labels are not empty.
_PLAIN = r"^(?:[a-z0-9][a-z0-9-]*\.)*[a-z0-9-]*[a-z]$"
EDUCATION = re.compile(r"(?:^|\.)(?:edu|(?:edu|ac)\.[a-z]{2})$")


def meant_by(host: str, aliases: Mapping[str, str]) -> str:
    """Return the domain that a host, or its nearest parent, is an alias of; else the host.

    >>> [meant_by(h, {"acme.de": "acme.com"}) for h in ("mail.acme.de", "acme.com", "notacme.de")]
    ['acme.com', 'acme.com', 'notacme.de']
    """
    above = host
    while above and above not in aliases:
        above = above.partition(".")[2]
    return aliases.get(above, host)


@lru_cache(maxsize=_REMEMBERED)
def domain_class(host: str, internal: frozenset[str] = frozenset()) -> DomainClass:
    """Return the class of a host's domain; ``internal`` holds the user's own domains.

    A ``provider`` has customers and staff at one domain; ``bulk`` mail is sent for others.

    >>> domain_class("gmail.com"), domain_class("mail.acme.com"), domain_class("mit.edu")
    ('free-mail', 'company', 'education')
    """
    domain = owned_domain(host)
    both = {host, domain}
    if both & internal:
        return "internal"
    for kind, name in LISTS.items():
        if both & listed_domains(name):
            return kind
    return "education" if EDUCATION.search(domain) else "company"


# A domain on several lists is of the first class: disposable says more than free.
LISTS: Mapping[DomainClass, str] = {
    "disposable": "disposable_mail.txt",
    "bulk": "bulk_senders.txt",
    "provider": "providers.txt",
    "free-mail": "free_mail.txt",
}


def names_employer(host: str, shared: frozenset[str] = frozenset()) -> bool:
    """Return whether an address at a host identifies the employer.

    ``shared`` holds further domains that do not.

    >>> [names_employer(host) for host in ("acme.com", "mit.edu", "gmail.com", "sky.com")]
    [True, True, False, False]
    """
    return domain_class(host, shared) in EMPLOYERS


def employers_domain(host: str) -> str | None:
    """Return the registered domain of a host, None if anyone can have an address there.

    >>> employers_domain("mail.acme.com"), employers_domain("gmail.com")
    ('acme.com', None)
    """
    return owned_domain(host) if names_employer(host) else None


def employers_domains(hosts: pa.Array) -> ColumnResult:
    """Return the ``employers_domain`` of each host."""
    owned = owned_domains(hosts).registered
    classes = host_classes(hosts, owned, frozenset())
    known = with_chosen(owned, ~np.isin(classes, list(EMPLOYERS)), pa.scalar(None, owned.type))
    return ColumnResult(known, matches(hosts, _PLAIN))


def domain_owners(domains: pa.Array) -> pa.Array:
    """Return one name for all registered domains of an owner, null for an unknown owner."""
    known, owners = _owner_columns()
    return owners.take(pc.index_in(domains, value_set=known, skip_nulls=True))


@cache
def _owner_columns() -> tuple[pa.Array, pa.Array]:
    columns = (_owners().keys(), _owners().values())
    known, owners = (pa.array(list(texts), pa.large_string()) for texts in columns)
    return known, owners


@cache
def _owners() -> Mapping[str, str]:
    lines = (line.split() for line in shipped_lines("rules", "lists", "owners.txt"))
    return {domain: line[0] for line in lines for domain in line}


@cache
def listed_domains(name: str) -> frozenset[str]:
    """Return the domains of a shipped list."""
    return frozenset(shipped_lines("rules", "lists", name))


def host_classes(hosts: pa.Array, registered: pa.Array, internal: frozenset[str]) -> np.ndarray:
    """Return the class of each host as ``domain_class`` gives it, for its registered domain."""
    lists = [internal, *map(listed_domains, LISTS.values())]
    listed = [_among(hosts, domains) | _among(registered, domains) for domains in lists]
    education = matches(registered, EDUCATION.pattern)
    return np.select([*listed, education], ["internal", *LISTS, "education"], default="company")


def _among(hosts: pa.Array, domains: frozenset[str]) -> np.ndarray:
    if len(hosts) < len(domains):  # Arrow would hash every domain again
        return np.array([host in domains for host in hosts.to_pylist()], dtype=bool)
    return as_mask(pc.is_in(hosts, value_set=pa.array(domains, pa.large_string())))
