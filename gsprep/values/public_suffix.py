"""The public suffix of a host: what stands behind the part that somebody registers."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from tldextract import TLDExtract

# The public suffix list as tldextract ships it: nothing is fetched, nothing is cached on disk.
# Private suffixes count, so that a shop at myshopify.com is not Shopify.
_SUFFIXES = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
# What is written otherwise is left to the library, ten times slower: IDNs, upper case, addresses.
_PLAIN = re.compile(r"[a-z0-9_.-]*[a-z]")


class HostParts(NamedTuple):
    """The label that somebody chose, and the public suffix behind it; "" where there is none."""

    label: str
    suffix: str


class _Node(dict[str, "_Node"]):
    """What may stand before a suffix; ``ends`` says whether the labels so far are one."""

    ends = False


def host_parts(host: str) -> HostParts:
    """Take a host apart as tldextract does.

    >>> host_parts("mail.acme.co.uk")
    HostParts(label='acme', suffix='co.uk')
    """
    if "xn--" in host or not _PLAIN.fullmatch(host):
        found = _SUFFIXES(host)
        return HostParts(found.domain, found.suffix)
    labels = host.split(".")
    at = _suffix_begins(labels)
    return HostParts(labels[at - 1] if at else "", ".".join(labels[at:]))


def _suffix_begins(labels: list[str]) -> int:
    """Return the place of the first label of the suffix, their number when there is none."""
    node, begins = _tree(), len(labels)
    for at in range(len(labels) - 1, -1, -1):
        below = node.get(labels[at])
        if below is None:
            if "*" not in node:
                return begins
            # Any label here is a suffix, but for those that are listed with an exclamation mark.
            return at + 1 if f"!{labels[at]}" in node else at
        node = below
        if node.ends:
            begins = at
    return begins


def suffix_rules() -> list[str]:
    """Return the rules of the list: suffixes, ``*.`` for any label and ``!`` for none."""
    return _SUFFIXES.tlds


@cache
def _tree() -> _Node:
    tree = _Node()
    for suffix in suffix_rules():
        node = tree
        for label in reversed(suffix.split(".")):
            node = node.setdefault(label, _Node())
        node.ends = True
    return tree
