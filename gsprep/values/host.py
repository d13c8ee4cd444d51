"""Hosts of addresses and URLs, and their public suffix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import idna
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_words
from gsprep.values.arrow import (
    FEW,
    ColumnResult,
    as_mask,
    behind_last,
    joined,
    lengths_of,
    matches,
    with_chosen,
)
from gsprep.values.email import addresses_in, email_key
from gsprep.values.text import tidy

if TYPE_CHECKING:
    import numpy as np


_WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Return whether the text is a web address with a scheme and a host.

    >>> is_url("https://www.acme.com/team"), is_url("acme.com")
    (True, False)
    """
    return _WEB.fullmatch(text) is not None and host_of(text) is not None


def repair_url(text: str) -> str | None:
    """Return the web address, with https:// if it has no scheme and a possible host, or None.

    >>> repair_url("www.acme.com/team")
    'https://www.acme.com/team'
    """
    seen = (tidy(text) or "").removeprefix("<").removesuffix(">")
    if is_url(seen):
        return seen
    host = None if "@" in seen or "://" in seen else host_of(seen)
    if host is None or registrable_domain(host) is None:
        return None
    whole = f"https://{seen.removeprefix('//')}"
    return whole if is_url(whole) else None


# The public suffix list of tldextract, as shipped: nothing is fetched or cached on disk.
_SNAPSHOT = ".tld_set_snapshot"
_RULE = re.compile(r"^(?!//)\S+", re.MULTILINE)
_OF_CUSTOMERS = shipped_words("domain_of_customers")


class HostParts(NamedTuple):
    """The registered label and the public suffix after it; "" if absent."""

    label: str
    suffix: str


class _Node(dict[str, "_Node"]):
    """Labels that may precede a suffix; ``ends`` says whether the labels so far are a suffix."""

    ends = False


def host_parts(host: str) -> HostParts:
    """Split a host as tldextract does; a host as ``host_of`` returns it.

    >>> host_parts("mail.acme.co.uk")
    HostParts(label='acme', suffix='co.uk')
    """
    labels = host.split(".")
    at = _suffix_begins(list(map(_listed_as, labels)))
    return HostParts(labels[at - 1] if at else "", ".".join(labels[at:]))


def _listed_as(label: str) -> str:
    """Return a label as the list has it: in Unicode."""
    try:
        return label[4:].encode().decode("punycode") if label.startswith("xn--") else label
    except UnicodeError:
        return label


def _suffix_begins(labels: list[str]) -> int:
    """Return the place of the suffix's first label; the number of labels without a suffix."""
    node, begins = _tree(labels[-1]), len(labels)
    for at in range(len(labels) - 1, -1, -1):
        below = node.get(labels[at])
        if below is None:
            if "*" not in node:
                return begins
            # Any label here is a suffix, except those listed with an exclamation mark.
            return at + 1 if f"!{labels[at]}" in node else at
        node = below
        if node.ends:
            begins = at
    return begins


@cache
def suffix_rules() -> list[str]:
    """Return the rules of the list: suffixes, ``*.`` for any label and ``!`` for exceptions.

    The file of tldextract is read without the library, which imports an HTTP client.
    """
    place = find_spec("tldextract")
    if place is None or place.origin is None:
        raise ModuleNotFoundError("tldextract")
    text = Path(place.origin).with_name(_SNAPSHOT).read_text(encoding="utf-8")
    return [*_RULE.findall(text), *_OF_CUSTOMERS]


@lru_cache(maxsize=4_096)
def _tree(last: str) -> _Node:
    """Return the labels of the rules that end in a label: a list of people needs few of them."""
    tree = _Node()
    for suffix in _rules_by_last_label().get(last, ()):
        node = tree
        for label in reversed(suffix.split(".")):
            node = node.setdefault(label, _Node())
        node.ends = True
    return tree


@cache
def _rules_by_last_label() -> Mapping[str, list[str]]:
    rules: dict[str, list[str]] = {}
    for suffix in suffix_rules():
        rules.setdefault(suffix.rpartition(".")[2], []).append(suffix)
    return rules


# People share few domains: each is looked up once, in bounded memory.
_REMEMBERED = 1 << 17
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
# No top-level domain has one letter: "n.a." and "e.g." are not hosts.
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z]")
_LONGEST_HOST = 253


def host_of(text: str) -> str | None:
    """Return the host of a pasted address, URL or domain, in lower case and ASCII, or None.

    ``www.`` is removed.

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


# The sign-in name of a guest in the directory of another company.
GUEST = "(?i)#ext#@"
SIGN_IN_NAME = re.compile(r"(?i)(.+)_([^_@]+)#ext#@[^@]+")


def email_host(address: str) -> str | None:
    """Return the host of an e-mail address, raw or repaired, in lower case and ASCII, or None.

    >>> email_host("Ana@Mail.ACME.com"), email_host("ana_acme.com#EXT#@tenant.onmicrosoft.com")
    ('mail.acme.com', 'acme.com')
    """
    key = email_key(address)
    if key is None:
        return None
    guest = SIGN_IN_NAME.fullmatch(key)
    return _host_of_domain(guest[2] if guest else key.rpartition("@")[2])


@lru_cache(maxsize=_REMEMBERED)
def _host_of_domain(domain: str) -> str | None:
    return host_of(domain)


@lru_cache(maxsize=_REMEMBERED)
def registrable_domain(host: str) -> str | None:
    """Return the registered domain of a host, or None if the host is a suffix.

    >>> [registrable_domain(h) for h in ("mail.acme.co.uk", "acme.github.io", "co.uk")]
    ['acme.co.uk', 'acme.github.io', None]
    """
    label, suffix = host_parts(host)
    return f"{label}.{suffix}" if label and suffix else None


def owned_domain(host: str) -> str:
    """Return the part of a host that one owner has: the registered domain, or else the host.

    Under an ending that is no public suffix it is the last two labels, and the last three of
    ``acme.co.example``.

    >>> [owned_domain(h) for h in ("mail.acme.co.uk", "mail.acme.corp", "co.uk", "localhost")]
    ['acme.co.uk', 'acme.corp', 'co.uk', 'localhost']
    """
    label, suffix = host_parts(host)
    if suffix:
        return f"{label}.{suffix}" if label else host
    return re.sub(_BEFORE_OTHER_ENDING, "", host)


# What is before the owned domain under an ending that is no public suffix: labels such as ``co``
# are part of the ending, as in most countries.
_SECOND_LEVEL = "(?:ac|co|com|edu|gov|net|org)"
_BEFORE_OTHER_ENDING = (
    rf"^.*\.(?=[^.]+\.{_SECOND_LEVEL}\.[^.]+$)|^.*\.(?=(?!{_SECOND_LEVEL}\.)[^.]+\.[^.]+$)"
)


_USED_EVERYWHERE = frozenset(shipped_words("ending_used_everywhere"))
_OTHER_CODES = {"uk": "GB"}
_LETTERS_OF_COUNTRY = 2


def country_of_ending(ending: str) -> str | None:
    """Return the country of a top-level domain, None for one that is used everywhere.

    >>> [country_of_ending(one) for one in ("dk", "uk", "com", "io", "eu")]
    ['DK', 'GB', None, None, None]
    """
    if len(ending) != _LETTERS_OF_COUNTRY or ending in _USED_EVERYWHERE:
        return None
    return _OTHER_CODES.get(ending, ending.upper())


def host_and_above(host: str) -> tuple[str, ...]:
    """Return a host and its parents, the nearest first, up to ``owned_domain``.

    >>> host_and_above("mail.eu.acme.co.uk"), host_and_above("co.uk")
    (('mail.eu.acme.co.uk', 'eu.acme.co.uk', 'acme.co.uk'), ('co.uk',))
    """
    domain = owned_domain(host)
    hosts = [host]
    while hosts[-1] != domain:
        hosts.append(hosts[-1].partition(".")[2])
    return tuple(hosts)


_COLUMN_LABEL = "[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_COLUMN_HOST = rf"^(?:{_COLUMN_LABEL}\.)+[a-z0-9][a-z0-9-]*[a-z]$"
_COLUMN_SCHEME = "(?:[a-z][a-z0-9+.-]*:)?//"
_NAMED = rf"^(?:{_COLUMN_SCHEME})?@?(?P<host>[a-z0-9_-][a-z0-9._-]*[a-z0-9_-])(?:[/?#][!-~]*)?$"
# A label has 63 letters at most.
_LONGEST_IN_COLUMN = 63
_PLAIN_IN_COLUMN = "^[a-z0-9_-][a-z0-9._-]*[a-z]$"
_ENCODED = r"(?:^|\.)xn--"


class HostColumns(NamedTuple):
    """The registered domain of each host and its label; null if absent."""

    registered: pa.Array
    label: pa.Array


def email_hosts(values: pa.Array) -> ColumnResult:
    """Return the host of each address as ``email_host`` gives it, where that is certain."""
    addresses, sure = addresses_in(values)
    sure &= ~matches(values, GUEST)
    hosts = pc.ascii_lower(behind_last(pc.fill_null(addresses, ""), b"@"))
    return ColumnResult(_within_the_web(hosts), sure)


def named_hosts(values: pa.Array) -> ColumnResult:
    """Return the host of each text as ``host_of`` gives it, where that is certain."""
    lower = pc.ascii_lower(pc.ascii_trim(values, " "))
    hosts = pc.struct_field(pc.extract_regex(lower, _NAMED), "host")
    sure = as_mask(pc.is_valid(hosts)) & (lengths_of(values) <= _LONGEST_IN_COLUMN)
    return ColumnResult(_within_the_web(hosts), sure)


def _within_the_web(hosts: pa.Array) -> pa.Array:
    """Return each host without its www; null if it is not a host."""
    bare = pc.replace_substring_regex(hosts, r"^www\.", "")
    return with_chosen(bare, ~matches(bare, _COLUMN_HOST), pa.scalar(None, bare.type))


def taken_apart(hosts: pa.Array) -> HostColumns:
    """Return the registered domain of each host and its label.

    The labels after the first one determine the suffix, unless the host is a suffix itself; few
    of them are distinct.
    """
    if len(hosts) <= FEW:
        each = _parts_of(hosts)
        named = pc.if_else(pc.equal(each.label, ""), _NOTHING, each.label)
        return HostColumns(_registered(each), named)
    behind = pc.dictionary_encode(pc.replace_substring_regex(hosts, r"^[^.]*\.", ""))
    above = _parts_of(behind.dictionary)
    ends = pc.equal(above.suffix, behind.dictionary).take(behind.indices)
    first = pc.replace_substring_regex(hosts, r"\..*$", "")
    parts = HostColumns(
        pc.if_else(ends, hosts, _registered(above).take(behind.indices)),
        pc.if_else(ends, first, above.label.take(behind.indices)),
    )
    itself = as_mask(pc.is_in(hosts, value_set=_listed_suffixes()))
    itself |= as_mask(
        pc.is_in(behind.dictionary, value_set=_wildcard_suffixes()).take(behind.indices)
    )
    itself |= ~matches(hosts, _PLAIN_IN_COLUMN) | matches(hosts, _ENCODED)
    alone = _parts_of(hosts.filter(pa.array(itself)))
    registered = pc.replace_with_mask(parts.registered, pa.array(itself), _registered(alone))
    label = pc.replace_with_mask(parts.label, pa.array(itself), alone.label)
    return HostColumns(registered, with_chosen(label, matches(label, "^$"), _NOTHING))


# Public bodies of a state: lincoln.or.us, springfield.k12.ma.us, health.vic.gov.au.
_OF_STATE = (
    r"[.](?:[a-z]{2}[.]us|(?:act|nsw|nt|qld|sa|tas|vic|wa)[.](?:edu|gov)[.]au|[a-z]{2}[.]gov[.]br)$"
)


def owned_domains(hosts: pa.Array) -> HostColumns:
    """Return the ``owned_domain`` of each host, and its label if it ends in a public suffix."""
    registered, label = taken_apart(hosts)
    # A suffix has no label: a host with one and without a registered domain has another ending.
    other = as_mask(pc.is_null(registered)) & as_mask(pc.is_valid(label)) & matches(hosts, "[.]")
    odd = hosts.filter(pa.array(other))
    short = pc.replace_substring_regex(odd, r"^.*\.([^.]+\.[^.]+)$", r"\1")
    long = pc.replace_substring_regex(odd, r"^.*\.([^.]+\.[^.]+\.[^.]+)$", r"\1")
    last = with_chosen(short, matches(odd, rf"[.]{_SECOND_LEVEL}[.][^.]+$"), long)
    owned = pc.replace_with_mask(pc.coalesce(registered, hosts), pa.array(other), last)
    # No one registers a name there, or others do in each state: its label says less than others.
    return HostColumns(owned, with_chosen(label, other | matches(hosts, _OF_STATE), _NOTHING))


_NOTHING = pa.scalar(None, pa.large_string())


class _PartsColumns(NamedTuple):
    """Label and suffix of hosts; "" if absent."""

    label: pa.Array
    suffix: pa.Array


def _parts_of(hosts: pa.Array) -> _PartsColumns:
    parts = [host_parts(host) if host else HostParts("", "") for host in hosts.to_pylist()]
    return _PartsColumns(*(pa.array([p[at] for p in parts], pa.large_string()) for at in range(2)))


def _registered(parts: _PartsColumns) -> pa.Array:
    whole = pc.and_(pc.not_equal(parts.label, ""), pc.not_equal(parts.suffix, ""))
    return pc.if_else(whole, joined(parts.label, ".", parts.suffix), _NOTHING)


@cache
def _listed_suffixes() -> pa.Array:
    """Return the listed suffixes."""
    return pa.array(suffix_rules(), pa.large_string())


@cache
def _wildcard_suffixes() -> pa.Array:
    """Return the names under which any label is a suffix."""
    wild = [rule.removeprefix("*.") for rule in suffix_rules() if rule.startswith("*.")]
    return pa.array(wild, pa.large_string())


_ENDING = r"@.*[.](?P<ending>[A-Za-z]{2,})\s*$"
# The list is read for other endings only. Under .example are the addresses of documents.
_USUAL_ENDINGS = "com net org edu gov io co eu de uk fr it es nl be ch at se pl ca au jp br example"


def where_ending_is_unknown(addresses: pa.Array) -> np.ndarray:
    """Return where the last label of an address's domain is no ending that people can register."""
    endings = pc.struct_field(pc.extract_regex(addresses, _ENDING), "ending")
    endings = pc.utf8_lower(endings)
    found = as_mask(pc.is_valid(endings))
    for known in (_USUAL_ENDINGS.split, _rules_by_last_label):
        if found.any():
            found &= ~as_mask(pc.is_in(endings, value_set=pa.array([*known()], endings.type)))
    return found
