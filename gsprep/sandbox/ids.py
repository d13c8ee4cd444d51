"""GSIDs: the names Gainsight gives its records.

36 characters of A-Z and 0-9 (page "Data Import Lookup", read 2026-11). The first 18 are the
same for all records of an object in a tenant: a type code of four and fourteen of the tenant
(``keyPrefix`` of a describe reply); the last 18 are the record's own.
"""

from __future__ import annotations

import hashlib
import string
import uuid
from functools import lru_cache
from typing import Final

# Type codes: keyPrefix of described tenants, and the samples of the People API page.
TYPE_CODES: Final = {
    "person": "1P04",
    "company": "1P02",
    "relationship": "1P05",
    "company_person": "1C01",
    "relationship_person": "1C03",
    "picklist": "1I00",
}
_CUSTOM_OBJECT: Final = "1Z02"
LENGTH: Final = 36

_TENANT, _RECORD = 14, 18
_DIGITS = string.digits + string.ascii_uppercase
_ALPHABET = frozenset(_DIGITS)


def is_gsid(text: str) -> bool:
    """Return whether a text has the form of a GSID; its type code is not looked at.

    The documents' own samples give company ids the codes of other objects.

    >>> is_gsid("1P022A6Z2DWEK48YJM70JL88EWWA8Y0MET52"), is_gsid("1P02")
    (True, False)
    """
    return len(text) == LENGTH and _ALPHABET.issuperset(text)


def gsid(kind: str, seed: str, record: int | str) -> str:
    """Return the GSID of a record; the same arguments always give the same one.

    >>> gsid("person", "demo", 1)[:4], len(gsid("person", "demo", 1))
    ('1P04', 36)
    >>> gsid("person", "demo", 1)[:18] == gsid("person", "demo", 2)[:18]
    True
    """
    return prefix(kind, seed) + _digits(f"{seed}/{kind}/{record}", _RECORD)


def job_id(seed: str, number: int) -> str:
    """Return the id of a job, a UUID as in the samples; the same arguments give the same one.

    >>> job_id("demo", 1) == job_id("demo", 1) != job_id("demo", 2)
    True
    """
    digest = hashlib.sha256(f"{seed}/job/{number}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


@lru_cache
def prefix(kind: str, seed: str) -> str:
    """Return the 18 characters that all records of an object share in one tenant."""
    return TYPE_CODES.get(kind, _CUSTOM_OBJECT) + _digits(f"{seed}/{kind}", _TENANT)


def _digits(text: str, count: int) -> str:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest())
    digits = []
    for _ in range(count):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)
