"""The fields of the objects the service holds.

Names and types: samples of the page "People API Documentation" and described tenants, read
2026-11. Lengths: a described tenant (255 for its own text fields, 500 for custom ones, 32,768
for rich text). Names are compared without case: the page writes ``Role`` and ``role``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBERS: Final = frozenset({"CURRENCY", "NUMBER", "PERCENTAGE"})
DATES: Final = frozenset({"DATE", "DATETIME"})
CUSTOM: Final = "__gc"
TRAVERSED: Final = "__gr"

_TEXT, CUSTOM_TEXT, _RICH_TEXT = 255, 500, 32_768


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object.

    Attributes:
        name: its API name.
        type: its data type, as a describe reply names it.
        length: the longest text, in characters.
        writable: whether requests write it; what they say of another field is passed over.
        required: whether a describe reply says that a record needs it.
        decimals: the decimals that a describe reply says are kept; None when it does not say.
        options: the labels of a drop-down list; None takes any.
    """

    name: str
    type: str = "STRING"
    length: int = _TEXT
    writable: bool = True
    required: bool = False
    decimals: int | None = None
    options: tuple[str, ...] | None = None


def named(*fields: Field) -> Mapping[str, Field]:
    """Return fields by their names without case."""
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

# Every object has these, a tenant's own as well.
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
    # What a tenant keeps of these two is learned from what is loaded.
    "company": named(*_SYSTEM, Field("Name")),
    "relationship": named(*_SYSTEM, Field("Name"), Field("Company_ID", "GSID")),
}


def field(kind: str, name: str, own: Mapping[str, Field]) -> Field | None:
    """Return a field of an object, or None when the object has none of this name.

    ``own`` are the tenant's, by name without case; they come before the usual ones. Every name
    that ends with ``__gc`` is a tenant's own: text, unless ``own`` has it.

    >>> known = field("person", "email", {})
    >>> (known.name, known.type, known.length) if known else None
    ('Email', 'EMAIL', 255)
    >>> field("person", "CompanyName", {}) is None
    True
    """
    plain = name.casefold()
    known = own.get(plain) or FIELDS[kind].get(plain)
    if known is None and plain.endswith(CUSTOM):
        return Field(name, length=CUSTOM_TEXT)
    return known
