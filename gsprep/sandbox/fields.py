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

CUSTOM: Final = "__gc"
TRAVERSED: Final = "__gr"

_TEXT, _CUSTOM_TEXT, _RICH_TEXT = 255, 500, 32_768


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its API name, its data type, its longest text; system fields are not written."""

    name: str
    type: str = "STRING"
    length: int = _TEXT
    writable: bool = True


def _named(*fields: Field) -> Mapping[str, Field]:
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
    Field("Role"),
    Field("Manager", "GSID"),
    Field("CurrencyIsoCode"),
    Field("LastNpsScore", "NUMBER", writable=False),
)

FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "person": _named(
        *_SYSTEM,
        Field("Name"),
        Field("Prefix"),
        Field("FirstName"),
        Field("MiddleName"),
        Field("LastName"),
        Field("Email", "EMAIL"),
        Field("Location"),
        Field("Timezone"),
        Field("LinkedinUrl", "URL", _CUSTOM_TEXT),
        Field("EmailOptOut", "BOOLEAN"),
        Field("Comments", "RICHTEXTAREA", _RICH_TEXT),
        Field("CurrencyIsoCode"),
        Field("ExternalRecordID__gc"),
        Field("DynamicResolutionKey", writable=False),
        Field("GsIngestionSource", writable=False),
        Field("MasterRecordID", "GSID", writable=False),
        Field("MasterAvatarTypeCode", "NUMBER", writable=False),
    ),
    "company_person": _named(*_ASSOCIATION, Field("EmailCompany", "EMAIL")),
    "relationship_person": _named(
        *_ASSOCIATION,
        Field("Relationship_ID", "GSID"),
        Field("Relationship_Type_ID", "GSID"),
        Field("Company_Person_ID", "GSID"),
    ),
    # What a tenant keeps of these two is learned from what is loaded.
    "company": _named(*_SYSTEM, Field("Name")),
    "relationship": _named(*_SYSTEM, Field("Name"), Field("Company_ID", "GSID")),
}


def field(kind: str, name: str, custom_types: Mapping[str, str]) -> Field | None:
    """Return a field of an object, or None when the object has none of this name.

    Every name that ends with ``__gc`` is a tenant's own: text, unless ``custom_types`` knows it.

    >>> field("person", "email", {})
    Field(name='Email', type='EMAIL', length=255, writable=True)
    >>> field("person", "CompanyName", {}) is None
    True
    """
    known = FIELDS[kind].get(name.casefold())
    if known is None and name.casefold().endswith(CUSTOM):
        return Field(name, custom_types.get(name, "STRING"), _CUSTOM_TEXT)
    return known
