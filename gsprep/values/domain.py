"""E-mail domains: which part a company registers, and what kind of domain it is."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

import idna

from gsprep.shipped import shipped_lines
from gsprep.values.email import email_key
from gsprep.values.public_suffix import host_parts
from gsprep.values.text import tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

DomainClass = Literal[
    "company", "free-mail", "disposable", "education", "internal", "provider", "bulk"
]
# Who has an address there works there, or studies there.
EMPLOYERS = frozenset({"company", "education"})

# People share few domains: each is looked up once, and the memory for that is bounded.
_REMEMBERED = 1 << 17

_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
# No top-level domain has one letter: "n.a." and "e.g." are no hosts.
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z]")
_LONGEST_HOST = 253
EDUCATION = re.compile(r"(?:^|\.)(?:edu|(?:edu|ac)\.[a-z]{2})$")


def host_of(text: str) -> str | None:
    """Return the host that a pasted address, URL or domain names, lower case and in ASCII.

    ``www.`` goes. None when the text names no host.

    >>> [host_of(t) for t in ("https://www.Acme.com/de?x=1", "@acme.com", "ana@acme.com", "none")]
    ['acme.com', 'acme.com', 'acme.com', None]
    """
    seen = tidy(text)
    if seen is None:
        return None
    bare = re.split(
        r"[/?#\s]", seen[scheme.end() if (scheme := _SCHEME.match(seen)) else 0 :], maxsplit=1
    )[0]
    host = bare.rpartition("@")[2].partition(":")[0].strip(".").lower().removeprefix("www.")
    ascii_host = _ascii(host)
    if ascii_host is None or len(ascii_host) > _LONGEST_HOST:
        return None
    return ascii_host if _HOST.fullmatch(ascii_host) else None


def _ascii(host: str) -> str | None:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None


def email_host(address: str) -> str | None:
    """Return the host of an e-mail address, raw or mended, lower case and in ASCII, or None.

    >>> email_host("Ana@Mail.ACME.com")
    'mail.acme.com'
    """
    key = email_key(address)
    return None if key is None else _host_of_domain(key.rpartition("@")[2])


@lru_cache(maxsize=_REMEMBERED)
def _host_of_domain(domain: str) -> str | None:
    return host_of(domain)


@lru_cache(maxsize=_REMEMBERED)
def registrable_domain(host: str) -> str | None:
    """Return the part of a host that somebody registers, or None when the host is a suffix.

    >>> [registrable_domain(h) for h in ("mail.acme.co.uk", "acme.github.io", "co.uk")]
    ['acme.co.uk', 'acme.github.io', None]
    """
    label, suffix = host_parts(host)
    return f"{label}.{suffix}" if label and suffix else None


def host_and_above(host: str) -> tuple[str, ...]:
    """Return a host and the hosts above it, the nearest first, up to what its owner registered.

    >>> host_and_above("mail.eu.acme.co.uk"), host_and_above("co.uk")
    (('mail.eu.acme.co.uk', 'eu.acme.co.uk', 'acme.co.uk'), ('co.uk',))
    """
    domain = registrable_domain(host) or host
    hosts = [host]
    while hosts[-1] != domain:
        hosts.append(hosts[-1].partition(".")[2])
    return tuple(hosts)


def meant_by(host: str, aliases: Mapping[str, str]) -> str:
    """Return the domain for which a host, or the nearest one above it, is an alias; else the host.

    >>> [meant_by(h, {"acme.de": "acme.com"}) for h in ("mail.acme.de", "acme.com", "notacme.de")]
    ['acme.com', 'acme.com', 'notacme.de']
    """
    above = host
    while above and above not in aliases:
        above = above.partition(".")[2]
    return aliases.get(above, host)


@lru_cache(maxsize=_REMEMBERED)
def domain_label(host: str) -> str | None:
    """Return the label before the public suffix: what a company chose as its name.

    >>> domain_label("mail.acme.co.uk")
    'acme'
    """
    return host_parts(host).label or None


@lru_cache(maxsize=_REMEMBERED)
def domain_class(host: str, internal: frozenset[str] = frozenset()) -> DomainClass:
    """Return what kind of domain a host is at; ``internal`` holds the user's own domains.

    A ``provider`` has customers and staff at one domain; ``bulk`` mail is sent for others.

    >>> domain_class("gmail.com"), domain_class("mail.acme.com"), domain_class("mit.edu")
    ('free-mail', 'company', 'education')
    """
    domain = registrable_domain(host) or host
    both = {host, domain}
    if both & internal:
        return "internal"
    for kind, name in LISTS.items():
        if both & listed_domains(name):
            return kind
    return "education" if EDUCATION.search(domain) else "company"


# Domains that are on several lists are of the first kind: thrown away says more than free.
LISTS: Mapping[DomainClass, str] = {
    "disposable": "disposable_mail.txt",
    "bulk": "bulk_senders.txt",
    "provider": "providers.txt",
    "free-mail": "free_mail.txt",
}


def names_employer(host: str, nobody: frozenset[str] = frozenset()) -> bool:
    """Return whether an address at a host says who employs somebody.

    ``nobody`` holds further domains that do not.

    >>> [names_employer(host) for host in ("acme.com", "mit.edu", "gmail.com", "sky.com")]
    [True, True, False, False]
    """
    return domain_class(host, nobody) in EMPLOYERS


def domain_owner(domain: str) -> str | None:
    """Return one name for all registered domains of an owner, or None when it is on no list.

    >>> domain_owner("zoom.com") == domain_owner("zoom.us")
    True
    >>> domain_owner("acme.com") is None
    True
    """
    return _owners().get(domain)


@cache
def _owners() -> Mapping[str, str]:
    lines = (line.split() for line in shipped_lines("rules", "lists", "owners.txt"))
    return {domain: line[0] for line in lines for domain in line}


@cache
def listed_domains(name: str) -> frozenset[str]:
    """Return the domains of a shipped list."""
    return frozenset(shipped_lines("rules", "lists", name))
