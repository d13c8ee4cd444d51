"""Columns of hosts: read from addresses, and taken apart, with the results of ``domain``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_mask, behind_last, joined, lengths_of, matches, with_chosen
from gsprep.values.domain import EDUCATION, LISTS, listed_domains
from gsprep.values.email_column import mended_emails, normal_emails
from gsprep.values.public_suffix import HostParts, host_parts, suffix_rules
from gsprep.values.settled import Settled

if TYPE_CHECKING:
    from collections.abc import Iterable

_LABEL = "[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = rf"^(?:{_LABEL}\.)+[a-z0-9][a-z0-9-]*[a-z]$"
_SCHEME = "(?:[a-z][a-z0-9+.-]*:)?//"
_NAMED = rf"^(?:{_SCHEME})?@?(?P<host>[a-z0-9_-][a-z0-9._-]*[a-z0-9_-])(?:[/?#][!-~]*)?$"
_HIDDEN = r"[\x{ad}\x{200b}\x{feff}]"
_AROUND = r"^[ \t\x{a0}]+|[ \t\x{a0}]+$"
_NAMED_ADDRESS = "^[^<>@]*< *([^<> ]+) *>$"
_MAILTO = "^(?i:mailto:)([^?]*)$"
# A label has 63 letters at most.
_LONGEST = 63
_PLAIN = "^[a-z0-9_-][a-z0-9._-]*[a-z]$"
_ENCODED = r"(?:^|\.)xn--"


class HostColumns(NamedTuple):
    """What somebody registered of each host and the label of that, null where there is none."""

    registered: pa.Array
    label: pa.Array


def email_hosts(values: pa.Array) -> Settled:
    """Return the host of each address as ``email_host`` gives it, where that is sure."""
    addresses, sure = normal_emails(values)
    open_ = as_mask(pc.is_null(addresses))
    if open_.any():
        left = values.filter(pa.array(open_))
        unwrapped, sure_of_them = normal_emails(_unwrapped(left))
        nobody = as_mask(pc.is_null(unwrapped))
        sure_of_them &= ~nobody | mended_emails(left).sure
        addresses = pc.replace_with_mask(addresses, pa.array(open_), unwrapped)
        sure = sure.copy()
        sure[open_] = sure_of_them
    hosts = pc.ascii_lower(behind_last(pc.fill_null(addresses, ""), b"@"))
    return Settled(_within_the_web(hosts), sure)


def _unwrapped(values: pa.Array) -> pa.Array:
    """Return addresses without blanks around them, hidden marks, a name before them, or mailto."""
    bare = values
    for pattern, kept in ((_HIDDEN, ""), (_AROUND, ""), (_NAMED_ADDRESS, r"\1"), (_MAILTO, r"\1")):
        bare = pc.replace_substring_regex(bare, pattern, kept)
    return pc.ascii_trim(bare, " ")


def named_hosts(values: pa.Array) -> Settled:
    """Return the host that each text names as ``host_of`` gives it, where that is sure."""
    lower = pc.ascii_lower(pc.ascii_trim(values, " "))
    hosts = pc.struct_field(pc.extract_regex(lower, _NAMED), "host")
    sure = as_mask(pc.is_valid(hosts)) & (lengths_of(values) <= _LONGEST)
    return Settled(_within_the_web(hosts), sure)


def _within_the_web(hosts: pa.Array) -> pa.Array:
    """Return each host without its www, null where it is none."""
    bare = pc.replace_substring_regex(hosts, r"^www\.", "")
    return with_chosen(bare, ~matches(bare, _HOST), pa.scalar(None, bare.type))


def taken_apart(hosts: pa.Array) -> HostColumns:
    """Return the registered domain of each host and its label.

    What stands behind the first label of a host settles its suffix, unless the host is a suffix
    itself; few things stand there.
    """
    behind = pc.dictionary_encode(pc.replace_substring_regex(hosts, r"^[^.]*\.", ""))
    above = _parts_of(behind.dictionary)
    ends = pc.equal(above.suffix, behind.dictionary).take(behind.indices)
    first = pc.replace_substring_regex(hosts, r"\..*$", "")
    parts = HostColumns(
        pc.if_else(ends, hosts, _registered(above).take(behind.indices)),
        pc.if_else(ends, first, above.label.take(behind.indices)),
    )
    itself = as_mask(pc.is_in(hosts, value_set=_listed()))
    itself |= as_mask(pc.is_in(behind.dictionary, value_set=_any_below()).take(behind.indices))
    itself |= ~matches(hosts, _PLAIN) | matches(hosts, _ENCODED)
    alone = _parts_of(hosts.filter(pa.array(itself)))
    registered = pc.replace_with_mask(parts.registered, pa.array(itself), _registered(alone))
    label = pc.replace_with_mask(parts.label, pa.array(itself), alone.label)
    return HostColumns(registered, with_chosen(label, matches(label, "^$"), _NOTHING))


def host_classes(hosts: pa.Array, registered: pa.Array, internal: frozenset[str]) -> np.ndarray:
    """Return the class of each host as ``domain_class`` gives it, for its registered domain."""
    lists = [internal, *map(listed_domains, LISTS.values())]
    listed = [_among(hosts, domains) | _among(registered, domains) for domains in lists]
    education = matches(registered, EDUCATION.pattern)
    return np.select([*listed, education], ["internal", *LISTS, "education"], default="company")


def _among(hosts: pa.Array, domains: frozenset[str]) -> np.ndarray:
    return as_mask(pc.is_in(hosts, value_set=pa.array(domains, pa.large_string())))


_NOTHING = pa.scalar(None, pa.large_string())


class _Parts(NamedTuple):
    """Label and suffix of hosts, "" where there is none."""

    label: pa.Array
    suffix: pa.Array


def _parts_of(hosts: pa.Array) -> _Parts:
    parts = [host_parts(host) if host else HostParts("", "") for host in hosts.to_pylist()]
    return _Parts(*(pa.array(texts, pa.large_string()) for texts in _turned(parts)))


def _turned(parts: list[HostParts]) -> Iterable[list[str]]:
    yield [part.label for part in parts]
    yield [part.suffix for part in parts]


def _registered(parts: _Parts) -> pa.Array:
    whole = pc.and_(pc.not_equal(parts.label, ""), pc.not_equal(parts.suffix, ""))
    return pc.if_else(whole, joined(parts.label, ".", parts.suffix), _NOTHING)


@cache
def _listed() -> pa.Array:
    """Return the suffixes that are listed."""
    return pa.array(suffix_rules(), pa.large_string())


@cache
def _any_below() -> pa.Array:
    """Return the names below which any label is a suffix."""
    wild = [rule.removeprefix("*.") for rule in suffix_rules() if rule.startswith("*.")]
    return pa.array(wild, pa.large_string())
