"""Settings, objects, fields and ids of a tenant.

Fields: samples of the page "People API Documentation" and described tenants. Lengths: a described
tenant (255 for standard text fields, 500 for custom ones, 32,768 for rich text). Names are
compared without case: the page writes ``Role`` and ``role``.

A GSID has 36 characters of A-Z and 0-9 (page "Data Import Lookup"). The first 18 are the same for
all records of an object in a tenant: a type code of four characters, and fourteen of the tenant
(``keyPrefix`` of a describe reply). All pages were read 2026-11.
"""

from __future__ import annotations

import hashlib
import re
import string
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
# The two digits of each number that has no more, the last digit first.
_PAIRS: Final = tuple(last + first for first, last in product(_DIGITS, repeat=2))
_ROOM: Final = {count: len(_DIGITS) ** count for count in (_TENANT, _RECORD)}
_ALPHABET = frozenset(_DIGITS)
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# These bits turn one id of a job into the other; the version digits of a UUID stay.
_OTHER: Final = 0x5A5A5A5A_5A5A_0A5A_0A5A_5A5A5A5A5A5A

NUMBERS: Final = frozenset({"CURRENCY", "NUMBER", "PERCENTAGE"})
DATES: Final = frozenset({"DATE", "DATETIME"})
CUSTOM: Final = "__gc"
TRAVERSED: Final = "__gr"
# The object that queries read activities from; page "Timeline APIs".
ACTIVITIES: Final = "activity_timeline"
_TEXT, CUSTOM_TEXT, _RICH_TEXT = 255, 500, 32_768
# From the samples of inserted rows, page "People APIs - Bulk".
_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "person": {"EmailOptOut": "false"},
    "company_person": {"Active": "true"},
    "relationship_person": {"Active": "true"},
}


def is_gsid(text: str) -> bool:
    """Return whether a text has the form of a GSID, with any type code.

    In the samples ids of companies have type codes of other objects.

    >>> is_gsid("1P022A6Z2DWEK48YJM70JL88EWWA8Y0MET52"), is_gsid("1P02")
    (True, False)
    """
    return len(text) == LENGTH and _ALPHABET.issuperset(text)


def is_id(text: str) -> bool:
    """Return whether a text can be the id of a record: a GSID, or a UUID.

    In the sample of the asynchronous upsert ids of companies are UUIDs.

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
    """Return the other id of a job, in both directions; None if it is not a UUID.

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
    """Return the last digits of the hash of a text to base 36, the last one first.

    ``count`` is even.
    """
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()) % _ROOM[count]
    pairs = []
    for _ in range(0, count, 2):
        number, pair = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    return "".join(pairs)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object.

    Attributes:
        name: its API name.
        type: its data type, as a describe reply names it.
        length: the longest text, in characters.
        writable: whether requests write it; values of a read-only field are ignored.
        required: whether a describe reply marks it as required.
        decimals: decimal places in a describe reply; None leaves them out.
        options: labels of a drop-down list; None accepts any.
    """

    name: str
    type: str = "STRING"
    length: int = _TEXT
    writable: bool = True
    required: bool = False
    decimals: int | None = None
    options: tuple[str, ...] | None = None


def named(*fields: Field) -> Mapping[str, Field]:
    """Return fields by their lower-case names."""
    return {field.name.casefold(): field for field in fields}


_SYSTEM = (
    Field("Gsid", "GSID", writable=False),
    Field("CreatedDate", "DATETIME", writable=False),
    Field("ModifiedDate", "DATETIME", writable=False),
    Field("CreatedBy", "GSID", writable=False),
    Field("ModifiedBy", "GSID", writable=False),
)
_ASSOCIATION = (
    *_SYSTEM,
    Field("Company_ID", "GSID"),
    Field("Person_ID", "GSID"),
    Field("IsPrimaryCompany", "BOOLEAN"),
    Field("Active", "BOOLEAN"),
    Field("Title"),
    Field("Role", "PICKLIST"),
    Field("Manager", "GSID"),
    Field("CurrencyIsoCode"),
    Field("LastNpsScore", "NUMBER", writable=False),
)

# Every object has these fields, custom objects too.
SYSTEM: Final = named(*_SYSTEM)
FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "person": named(
        *_SYSTEM,
        Field("Name"),
        Field("Prefix"),
        Field("FirstName"),
        Field("MiddleName"),
        Field("LastName"),
        Field("Email", "EMAIL"),
        Field("Location"),
        Field("Timezone", "PICKLIST"),
        Field("LinkedinUrl", "URL", CUSTOM_TEXT),
        Field("EmailOptOut", "BOOLEAN"),
        Field("Comments", "RICHTEXTAREA", _RICH_TEXT),
        Field("CurrencyIsoCode"),
        Field("ExternalRecordID__gc"),
        Field("DynamicResolutionKey", writable=False),
        Field("GsIngestionSource", writable=False),
        Field("MasterRecordID", "GSID", writable=False),
        Field("MasterAvatarTypeCode", "NUMBER", writable=False),
    ),
    "company_person": named(*_ASSOCIATION, Field("EmailCompany", "EMAIL")),
    "relationship_person": named(
        *_ASSOCIATION,
        Field("Relationship_ID", "GSID"),
        Field("Relationship_Type_ID", "GSID"),
        Field("Company_Person_ID", "GSID"),
    ),
    # Further fields of companies and relationships come with the loaded records. These of a company
    # are in samples of the page "Company API Documentation" or known to clients of the service.
    "company": named(
        *_SYSTEM,
        Field("Name"),
        Field("Industry"),
        Field("Summary", "RICHTEXTAREA", _RICH_TEXT),
        Field("Employees", "NUMBER"),
        Field("RenewalDate", "DATE"),
        Field("OriginalContractDate", "DATE"),
        Field("ParentCompany", "GSID"),
        Field("Csm", "GSID"),
        Field("SfdcAccountId"),
    ),
    "relationship": named(*_SYSTEM, Field("Name"), Field("Company_ID", "GSID")),
    "gsuser": named(
        *_SYSTEM,
        Field("Name"),
        Field("FirstName"),
        Field("LastName"),
        Field("Email", "EMAIL"),
        Field("Username"),
        Field("IsActiveUser", "BOOLEAN"),
    ),
    # Fields of the page "Timeline APIs"; ids as lookups of its samples name them.
    ACTIVITIES: named(
        *_SYSTEM,
        Field("ExternalId"),
        Field("ActivityId", writable=False),
        Field("ContextName"),
        Field("ContextId"),
        Field("TypeName"),
        Field("Subject", length=CUSTOM_TEXT),
        Field("Notes", "RICHTEXTAREA", _RICH_TEXT),
        Field("ActivityDate", "DATETIME"),
        Field("Author", "EMAIL"),
        Field("AuthorId", "GSID"),
        Field("GsCompanyId", "GSID"),
        Field("GsRelationshipId", "GSID"),
    ),
    # The page names the object and how long it keeps a record, but not its fields.
    "record_delete_log": named(
        *_SYSTEM, Field("ObjectName"), Field("RecordId", "GSID"), Field("DeletedDate", "DATETIME")
    ),
}


def field_of(kind: str, name: str, own: Mapping[str, Field]) -> Field | None:
    """Return a field of an object, or None if the object has no such field.

    own: the tenant's own fields by their lower-case names; they replace standard fields. Every
    other name that ends with ``__gc`` is a custom text field.

    >>> known = field_of("person", "email", {})
    >>> (known.name, known.type, known.length) if known else None
    ('Email', 'EMAIL', 255)
    >>> field_of("person", "CompanyName", {}) is None
    True
    """
    plain = name.casefold()
    known = own.get(plain) or FIELDS[kind].get(plain)
    if known is None and plain.endswith(CUSTOM):
        return Field(name, length=CUSTOM_TEXT)
    return known


@dataclass(frozen=True, kw_only=True, slots=True)
class Tenant:
    """Choices of an administrator, and of what the pages leave open.

    Attributes:
        key: the Person resolution key; all parts are required and compared without case.
        known_companies_only: whether a Company_ID must be among the loaded companies; None
            means yes as soon as companies are loaded.
        custom_types: data types of custom fields (``Size__gc``: ``NUMBER``); others are text.
        fields: added or changed fields by object (``person``, ``company_person`` …). Another
            name is a custom object: it can be described, and has no records.
        defaults: own default values of inserted rows by object (``person``,
            ``company_person``, ``relationship_person``).
        no_match: default of ``onNoMatch`` in a lookup; the page says ERROR three times and
            NULLABLE once.
        lookup_case: whether lookups compare values with case; the page does not say.
        high_volume: names of the custom objects that the object calls do not write.
        query_case: whether object queries compare text with case; the page does not say.
    """

    key: tuple[str, ...] = ("Email",)
    known_companies_only: bool | None = None
    custom_types: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Sequence[Field]] = field(default_factory=dict)
    defaults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    no_match: Literal["ERROR", "NULLABLE", "DEFAULTVALUE"] = "ERROR"
    lookup_case: bool = False
    query_case: bool = True
    high_volume: frozenset[str] = frozenset()

    def own_fields(self, kind: str) -> Mapping[str, Field]:
        """Return the tenant's own fields of an object by their lower-case names."""
        typed = (Field(name, type_, CUSTOM_TEXT) for name, type_ in self.custom_types.items())
        return named(*typed, *self.fields.get(kind, ()))

    def defaults_of(self, kind: str) -> dict[str, str]:
        """Return the default values of an inserted row."""
        return {**_DEFAULTS.get(kind, {}), **self.defaults.get(kind, {})}
