"""E-mail addresses: checks, repair and comparison."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.lazy import lazy_module
from gsprep.shipped import shipped_words
from gsprep.values.arrow import (
    TEXT,
    ColumnResult,
    as_arrow,
    as_column,
    as_mask,
    bytes_of,
    is_tidy,
    joined,
    lengths_of,
    matches,
    with_bytes,
    with_chosen,
)
from gsprep.values.caseless import caseless
from gsprep.values.text import tidy

if TYPE_CHECKING:
    import email_validator
    import pandas as pd
else:
    # Half of the time of starting a check of addresses that are plain.
    email_validator = lazy_module("email_validator")

_LABEL = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_ATOM = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]+"
# The grammar of email-validator for ASCII text without two hyphens in a row; the limits are below.
# Other text is left to the library, which is ten times slower.
_PLAIN = re.compile(
    rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+(?:[A-Za-z0-9]+-)*[A-Za-z0-9]*[A-Za-z])"
)
_LONGEST_ADDRESS, _LONGEST_DOMAIN = 254, 253
_LONG_LABEL = re.compile(r"[^.]{64}")
# Top-level domains without mail delivery, which the library refuses.
_SPECIAL_USE = (".arpa", ".invalid", ".local", ".localhost", ".onion", ".test")
_ROLES = shipped_words("caseless_mailbox")
_CASELESS = frozenset(_ROLES)
_BRACKETED = re.compile(r"([^<>]*)<\s*([^<>\s]+)\s*>")
# Signs around an address that was copied from a text or a list.
_QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_BEFORE = f" ;,'\"([{{{_QUOTES}"
_BEHIND = f" ;,.'\")]}}{_QUOTES}"
# <a href="mailto:…">, =HYPERLINK("mailto:…") and […](mailto:…): a link that was exported as text.
_LINK_TO = re.compile(r"""(?i)(?:<a\s|=hyperlink\(|\]\().*?mailto:([^\s"'<>()?]+)""")
_IN_A_LINK = re.compile(r"""[^\s@"'<>()\[\]:,;]+@[^\s@"'<>()\[\]:,;?]+""")
_ADDRESS_LIKE = re.compile(r"[^\s@,;()\"']+@[^\s@,;()\"']+")


def normal_email(text: str) -> str | None:
    """Return the address in the normal form of email-validator, or None if it is not valid.

    Deliverability is not checked. The domain is lower case and in Unicode; the part before
    the @ keeps its case.

    >>> normal_email("Ana.Ruiz@ACME.com")
    'Ana.Ruiz@acme.com'
    >>> normal_email("ana@acme") is None
    True
    """
    if not text.isascii() or "--" in text:
        return _ask_the_library(text)
    plain = _PLAIN.fullmatch(text)
    if plain is None or not _within_limits(text, plain[2]):
        return None
    mailbox = plain[1].lower() if plain[1].lower() in _CASELESS else plain[1]
    return f"{mailbox}@{plain[2].lower()}"


def _within_limits(address: str, domain: str) -> bool:
    return (
        len(address) <= _LONGEST_ADDRESS
        and len(domain) <= _LONGEST_DOMAIN
        and _LONG_LABEL.search(domain) is None
        and not domain.lower().endswith(_SPECIAL_USE)
    )


def _ask_the_library(text: str) -> str | None:
    try:
        return email_validator.validate_email(text, check_deliverability=False).normalized
    except email_validator.EmailNotValidError:
        return None


def is_email(text: str) -> bool:
    """Return whether email-validator accepts the text unchanged."""
    return normal_email(text) is not None


def repair_email(text: str) -> str | None:
    """Return the address that the text holds in normal form, else the tidied text.

    ``mailto:``, a display name, a link, quotes, brackets and list separators around the address
    are removed. Text that is still not an address is kept for a person to judge; nothing is
    guessed. None if the text is blank.

    >>> repair_email(" mailto:Ana@ACME.com ")
    'Ana@acme.com'
    >>> repair_email("Ana Ruiz <ana@acme.com>"), repair_email("'ana@acme.com';")
    ('ana@acme.com', 'ana@acme.com')
    >>> repair_email('<a href="mailto:ana@acme.com">Ana</a>'), repair_email("broken@")
    ('ana@acme.com', 'broken@')
    """
    seen = tidy(text)
    if seen is None:
        return None
    bracketed = _BRACKETED.fullmatch(seen)
    bare = bracketed[2] if bracketed and _are_one(bracketed[1], bracketed[2]) else seen
    if bare[:7].lower() == "mailto:":
        bare = unquote(bare[7:].partition("?")[0]).strip()
    elif bare[:5].lower() == "smtp:":  # the addresses of a mailbox in Active Directory
        bare = bare[5:].strip()
    bare = _linked(seen) or bare
    return normal_email(bare) or normal_email(bare.lstrip(_BEFORE).rstrip(_BEHIND)) or seen


def _linked(text: str) -> str | None:
    """Return the address to which a link in the text leads, if the text has no other address."""
    link = _LINK_TO.search(text)
    others = _IN_A_LINK.findall(text) if link else []
    is_one = link and all(other.lower() == link[1].lower() for other in others)
    return unquote(link[1]) if link and is_one else None


def _are_one(display: str, address: str) -> bool:
    """Return whether a display name contains no other address than the one in brackets."""
    name = display.strip(" \"'")
    others = _ADDRESS_LIKE.findall(name) if "@" in name else []
    # An address as display name is a name: mail goes to the address in brackets.
    return all(o == name or o.lower() in address.lower() or not is_email(o) for o in others)


def email_key(text: str) -> str | None:
    """Return the ``caseless`` address that a text holds, or None if it is not an address.

    >>> email_key("Ana@Acme.com") == email_key("ana@ACME.COM ")
    True
    """
    address = normal_email(text) or normal_email(repair_email(text) or "")
    return None if address is None else caseless(address)


# The same grammar for RE2, without lengths and special-use names; a label of more than 63
# characters needs a text of more than 64.
_ADDRESS = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?:[A-Za-z0-9]+-)*[A-Za-z0-9]*[A-Za-z]$"
_ENDS_IN_SPECIAL_USE = r"(?i)\.(?:arpa|invalid|local|localhost|onion|test)$"
_LONGEST_IN_COLUMN = 64
_OWN_FORM = f"^(?i:{'|'.join(_ROLES)})@|@.*[A-Z]"
_CASELESS_VALUES = pa.array(_ROLES, pa.large_string())
_LAST_ASCII = 0x7F
# What Python's strip takes off, in ASCII.
_ASCII_BLANKS = " \t\n\r\v\f\x1c\x1d\x1e\x1f"
_WRAPPED = r"""(?i)[<>]|mailto:|^smtp:|^[;,'"(\[{]|[;,.'")\]}]$"""
# Hidden marks, outer blanks, a display name and mailto, as what is kept of each.
_UNWRAPPED = (
    (r"[\x{ad}\x{200b}\x{feff}]", ""),
    (r"^[ \t\x{a0}]+|[ \t\x{a0}]+$", ""),
    ("^[^<>@]*< *([^<> ]+) *>$", r"\1"),
    ("^(?i:mailto:)([^?]*)$", r"\1"),
)


def normal_emails(values: pa.Array) -> ColumnResult:
    """Return each address as ``normal_email`` gives it; null if it is not valid.

    Only text that is not ASCII, is long or has two hyphens in a row is not sure.
    """
    sure = as_mask(pc.string_is_ascii(values)) & (lengths_of(values) <= _LONGEST_IN_COLUMN)
    good = sure & matches(values, _ADDRESS) & ~matches(values, _ENDS_IN_SPECIAL_USE)
    bad = sure & ~good
    if bad.any():
        sure[bad] = ~matches(values.filter(pa.array(bad)), "--")
    kept = pc.if_else(pa.array(good), values, pa.scalar(None, values.type))
    return ColumnResult(_written(kept), sure)


def _written(addresses: pa.Array) -> pa.Array:
    """Return addresses with the domain, and a mailbox of RFC 2142, in lower case."""
    # Most are in lower case as a whole, which is seen sooner.
    other = as_mask(pc.not_equal(pc.ascii_lower(addresses), addresses))
    other[other] = matches(addresses.filter(pa.array(other)), _OWN_FORM)
    if not other.any():
        return addresses
    parts = pc.split_pattern(addresses.filter(pa.array(other)), "@", max_splits=1)
    mailbox, domain = pc.list_element(parts, 0), pc.list_element(parts, 1)
    lower = pc.ascii_lower(mailbox)
    role = np.asarray(pc.is_in(lower, value_set=_CASELESS_VALUES), dtype=bool)
    written = joined(with_chosen(mailbox, role, lower), "@", pc.ascii_lower(domain))
    return pc.replace_with_mask(addresses, pa.array(other), written)


def caseless_emails(column: pd.Series[str]) -> pd.Series[str]:
    """Return each address as ``caseless`` gives it; missing stays missing."""
    values = as_arrow(column)
    keys = pc.ascii_lower(values)
    # Most columns have no blanks around an address, and are ASCII.
    if with_bytes(values, b"", _ASCII_BLANKS.encode()).any():
        keys = pc.ascii_trim(keys, _ASCII_BLANKS)
    if bytes_of(values)[1].max(initial=0) > _LAST_ASCII:
        foreign = pc.invert(pc.string_is_ascii(values))
        others = [caseless(text) for text in values.filter(foreign).to_pylist() if text is not None]
        where = pc.fill_null(foreign, fill_value=False)
        keys = pc.replace_with_mask(keys, where, pa.array(others, TEXT))
    return as_column(keys, column)


def addresses_in(values: pa.Array) -> ColumnResult:
    """Return the address that each text holds in normal form, without what is around it.

    Null for no address; other wrapped or untidy text is not sure.
    """
    results, sure = normal_emails(values)
    open_ = as_mask(pc.is_null(results))
    left = bare = values.filter(pa.array(open_))
    for pattern, kept in _UNWRAPPED:
        bare = pc.replace_substring_regex(bare, pattern, kept)
    found = normal_emails(pc.ascii_trim(bare, " "))
    # A link may have the number of a sign in its place.
    there = found.sure & as_mask(pc.is_valid(found.results)) & ~matches(left, "%")
    sure[open_] = there | (sure[open_] & is_tidy(left) & ~matches(left, _WRAPPED))
    return ColumnResult(pc.replace_with_mask(results, pa.array(open_), found.results), sure)


def keyed_emails(values: pa.Array) -> ColumnResult:
    """Return each address as ``email_key`` gives it, where that is certain."""
    addresses, sure = addresses_in(values)
    return ColumnResult(pc.ascii_lower(addresses), sure & as_mask(pc.is_valid(addresses)))


def repaired_emails(values: pa.Array) -> ColumnResult:
    """Return each address as ``repair_email`` gives it, where that is certain."""
    addresses, sure = addresses_in(values)
    return ColumnResult(pc.coalesce(addresses, values), sure)


_APART = re.compile(
    r"[?&]\w+=|[;,|/&\n\r\t]|\s+(?:and|or|und|oder|et|ou|y|o|e)\s+|\s+", re.IGNORECASE
)
# Cells that may hold two addresses, for a look at a whole column (RE2).
APART = r"(?s)@.*[;,|/&\s\x{80}-\x{10ffff}].*@"
# Names may be between the addresses and signs around them; longer text is something else.
_LONGEST_CELL = 4000
_AROUND = f"<>()[]{{}}\"'.: {_QUOTES}"


def emails_in(text: str) -> tuple[str, ...]:
    """Return the addresses in a cell, each once, in their normal form and order.

    An address with a display name is one address. Only a person can choose between several.

    >>> emails_in("ana@acme.com; Bo Berg <bo@acme.com>")
    ('ana@acme.com', 'bo@acme.com')
    >>> emails_in("ana@acme.com, ANA@acme.com")
    ('ana@acme.com',)
    """
    if "@" not in text:
        return ()
    whole = repair_email(text)
    if whole is not None and (one := normal_email(whole)) is not None:
        return (one,)
    by_key: dict[str | None, str] = {}
    for address in map(_address, _APART.split(text[:_LONGEST_CELL])):
        if address is not None:
            by_key.setdefault(email_key(address), address)
    return tuple(by_key.values())


def holds_several_emails(text: str) -> bool:
    """Return whether a cell holds more than one address.

    >>> holds_several_emails("a@acme.com / b@acme.com"), holds_several_emails("a@acme.com")
    (True, False)
    """
    return text.count("@") > 1 and len(emails_in(text)) > 1


def _address(part: str) -> str | None:
    bare = part.strip(_AROUND)
    return normal_email(repair_email(bare) or "") if "@" in bare else None
