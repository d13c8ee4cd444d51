"""Mailboxes that belong to a task and no person: ``info@``, ``support@``, ``noreply@``."""

from __future__ import annotations

from functools import cache, lru_cache

from gsprep.shipped import shipped_lines
from gsprep.values.email import email_key

_JOINTS = str.maketrans("", "", ".-_")


def is_role_mailbox(address: str) -> bool:
    """Return whether an e-mail address belongs to a task; False for what is no address.

    >>> [is_role_mailbox(a) for a in ("Info@acme.com", "no-reply@acme.com", "ana@acme.com")]
    [True, True, False]
    """
    key = email_key(address)
    return key is not None and _is_role(key.rpartition("@")[0])


@lru_cache(maxsize=1 << 16)
def _is_role(mailbox: str) -> bool:
    bare = mailbox.partition("+")[0].translate(_JOINTS).rstrip("0123456789")
    return bare in _roles()


@cache
def _roles() -> frozenset[str]:
    return frozenset(shipped_lines("rules", "lists", "role_mailboxes.txt"))
