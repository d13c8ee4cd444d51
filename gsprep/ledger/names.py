"""What stands in the ledger in place of a person: a hash that only this computer can make again."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BYTES = 16
_HALF = _BYTES // 2


class Names:
    """Hashes under one secret: equal content has an equal name, and no name tells its content.

    >>> names = Names(b"secret")
    >>> names.of(b"ana@acme.com") == names.of(b"ana@acme.com") != names.of(b"bo@acme.com")
    True
    """

    def __init__(self, secret: bytes) -> None:
        """Take the secret; without it the names in a ledger mean nothing any more."""
        self._empty = blake2b(digest_size=_BYTES, key=secret)

    def of(self, content: bytes) -> bytes:
        """Return the name of a content, 16 bytes."""
        fresh = self._empty.copy()
        fresh.update(content)
        return fresh.digest()

    def of_all(self, contents: Iterable[bytes | memoryview], before: bytes = b"") -> list[bytes]:
        """Return the name of each content; ``before`` stands before each of them."""
        begun = self._empty.copy()
        begun.update(before)
        names = []
        for content in contents:
            fresh = begun.copy()
            fresh.update(content)
            names.append(fresh.digest())
        return names

    def of_person(self, email: str, key: str = "") -> bytes:
        """Return the name of a person, an address having no case.

        ``key`` is what else the tenant tells persons apart by, "" when it is the address alone.
        """
        name = self.of(email.strip().lower().encode())
        return name[:_HALF] + self.of(key.encode())[:_HALF] if key else name

    def of_addresses(self, emails: Iterable[str]) -> list[bytes]:
        """Return the name of each person whom an address tells apart from all others."""
        return self.of_all(email.strip().lower().encode() for email in emails)

    def of_all_of(self, email: str) -> bytes:
        """Return how the names begin of all that have this address, whatever else tells them."""
        return self.of_person(email)[:_HALF]
