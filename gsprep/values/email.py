"""E-mail addresses: whether the service would take one, and the forms used to send and compare."""

from __future__ import annotations

import re
from urllib.parse import unquote

from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from gsprep.values.text import tidy

_LABEL = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_ATOM = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]+"
# What email-validator accepts of ASCII text without two hyphens in a row, but for the limits
# below: what does not match is refused. Other text is left to the library, some ten times slower.
_PLAIN = re.compile(
    rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+(?:[A-Za-z0-9]+-)*[A-Za-z0-9]*[A-Za-z])"
)
_LONGEST_ADDRESS, _LONGEST_DOMAIN = 254, 253
_LONG_LABEL = re.compile(r"[^.]{64}")
# Top-level domains that no mail is delivered to, which the library refuses.
_SPECIAL_USE = (".arpa", ".invalid", ".local", ".localhost", ".onion", ".test")
_ROLES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)

_BRACKETED = re.compile(r"([^<>]*)<\s*([^<>\s]+)\s*>")
# What stands around an address that was copied out of a text or a list.
_BEFORE = " ;,'\"([{"
_BEHIND = " ;,.'\")]}"
_ADDRESS_LIKE = re.compile(r"[^\s@,;()\"']+@[^\s@,;()\"']+")


def normal_email(text: str) -> str | None:
    """Return the address in the normal form of email-validator, or None when it refuses it.

    Deliverability is not asked for. The domain is lower case and in Unicode; the part before
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
    mailbox = plain[1].lower() if plain[1].lower() in _ROLES else plain[1]
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
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def is_email(text: str) -> bool:
    """Return whether email-validator accepts the text as it stands."""
    return normal_email(text) is not None


def mend_email(text: str) -> str | None:
    """Return the address that the text holds in normal form, else the tidied text.

    ``mailto:``, a display name, quotes, brackets and the end of a list around the address go. What
    is not an address after that is left for a person to judge: nothing is guessed. None when there
    is nothing to see.

    >>> mend_email(" mailto:Ana@ACME.com ")
    'Ana@acme.com'
    >>> mend_email("Ana Ruiz <ana@acme.com>"), mend_email("'ana@acme.com';")
    ('ana@acme.com', 'ana@acme.com')
    >>> mend_email("broken@")
    'broken@'
    """
    seen = tidy(text)
    if seen is None:
        return None
    bracketed = _BRACKETED.fullmatch(seen)
    bare = bracketed[2] if bracketed and _are_one(bracketed[1], bracketed[2]) else seen
    if bare[:7].lower() == "mailto:":
        bare = unquote(bare[7:].partition("?")[0]).strip()
    return normal_email(bare) or normal_email(bare.lstrip(_BEFORE).rstrip(_BEHIND)) or seen


def _are_one(display: str, address: str) -> bool:
    """Tell whether a display name lists no other address beside the one in brackets."""
    name = display.strip(" \"'")
    others = _ADDRESS_LIKE.findall(name) if "@" in name else []
    # An address for a name is a name: what stands in the brackets is where mail goes.
    return all(o == name or o.lower() in address.lower() or not is_email(o) for o in others)


def email_key(text: str) -> str | None:
    """Return the address for comparing, without case, or None when it is not an address.

    >>> email_key("Ana@Acme.com") == email_key("ana@ACME.COM ")
    True
    """
    address = normal_email(text) or normal_email(mend_email(text) or "")
    # Lower case, not case folding: folding would make one person of straße@ and strasse@.
    return None if address is None else address.lower()
