"""GSIDs, the ids of Gainsight's records, and ids of jobs.

36 characters of A-Z and 0-9 (page "Data Import Lookup", read 2026-11). The first 18 are the
same for all records of an object in a tenant: a type code of four and fourteen of the tenant
(``keyPrefix`` of a describe reply); the last 18 are the record's own.
"""

from __future__ import annotations

import hashlib
import re
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
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Turned over to make one id of a job out of another; the digits that mark a UUID's version stay.
_OTHER: Final = 0x5A5A5A5A_5A5A_0A5A_0A5A_5A5A5A5A5A5A


def is_gsid(text: str) -> bool:
    """Return whether a text has the form of a GSID; its type code is not looked at.

    The documents' own samples give company ids the codes of other objects.

    >>> is_gsid("1P022A6Z2DWEK48YJM70JL88EWWA8Y0MET52"), is_gsid("1P02")
    (True, False)
    """
    return len(text) == LENGTH and _ALPHABET.issuperset(text)


def is_id(text: str) -> bool:
    """Return whether a text can be the id of a record: a GSID, or a UUID.

    The sample of the asynchronous upsert of 50 has UUIDs as ids of companies.

    >>> is_id("7581e498-c37e-4057-8fc9-c8d4d543de1a"), is_id("7581e498c37e40578fc9c8d4d543de1a")
    (True, False)
    """
    return is_gsid(text) or _UUID.fullmatch(text) is not None


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


def other_job_id(name: str) -> str | None:
    """Return another id for a job, and from that one the first again; None if it is not a UUID.

    >>> other_job_id(other_job_id(job_id("demo", 1))) == job_id("demo", 1)
    True
    """
    if _UUID.fullmatch(name) is None:
        return None
    return str(uuid.UUID(int=uuid.UUID(name).int ^ _OTHER))


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
