"""The fields of the Gainsight objects, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

FieldType = Literal[
    "BOOLEAN", "COUNTRY", "DATE", "DATETIME", "EMAIL", "GSID", "NUMBER", "PHONE", "PICKLIST",
    "RICHTEXTAREA", "STRING", "URL",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object.

    Attributes:
        name: Gainsight's API name, or ours for a column that only serves matching.
        type: Gainsight's data type; PHONE and COUNTRY are ours.
        length: the longest text the service stores, in characters; None when it does not say.
        writable: whether the field is sent; system fields and columns for matching are not.
    """

    name: str
    type: FieldType
    length: int | None = None
    writable: bool = True


@dataclass(frozen=True, slots=True)
class ObjectFields:
    """An object's fields by name, and the groups of which each row needs at least one."""

    name: str
    fields: tuple[Field, ...]
    needed: tuple[tuple[str, ...], ...]

    def __getitem__(self, name: str) -> Field:
        """Return the field; a tenant's own (``…__gc``) is text of up to 500 characters."""
        return next((f for f in self.fields if f.name == name), Field(name, "STRING", 500))

    def knows(self, name: str) -> bool:
        """Return whether the object has the field; every ``…__gc`` name is a tenant's own."""
        return _is_own(name) or any(field.name == name for field in self.fields)

    def among(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that are fields, in the object's order, a tenant's own last."""
        order = {field.name: at for at, field in enumerate(self.fields)}
        known = (name for name in names if self.knows(name))
        return sorted(known, key=lambda name: (order.get(name, len(order)), name))

    def sends(self, name: str) -> bool:
        """Return whether a column of this name goes to the service."""
        return self.knows(name) and self[name].writable


def _is_own(name: str) -> bool:
    return name.endswith("__gc") and name != "__gc"


# Names, types and lengths: a described tenant and the People API pages; standard text is 255
# characters long, rich text 32,768. Read-only there: Gsid, LastNpsScore and the audit fields.
_AUDIT = (
    Field("CreatedDate", "DATETIME", writable=False),
    Field("ModifiedDate", "DATETIME", writable=False),
    Field("CreatedBy", "GSID", writable=False),
    Field("ModifiedBy", "GSID", writable=False),
)

PERSON = ObjectFields(
    "Person",
    (
        Field("Gsid", "GSID", writable=False),
        Field("Email", "EMAIL", 255),
        Field("Name", "STRING", 255),
        Field("Prefix", "STRING", 255),
        Field("FirstName", "STRING", 255),
        Field("MiddleName", "STRING", 255),
        Field("LastName", "STRING", 255),
        Field("Location", "STRING", 255),
        Field("Timezone", "PICKLIST", 255),
        Field("LinkedinUrl", "URL", 500),
        Field("EmailOptOut", "BOOLEAN"),
        Field("Comments", "RICHTEXTAREA", 32_768),
        Field("CurrencyIsoCode", "STRING", 255),
        # These serve matching and are not sent.
        Field("CompanyName", "STRING", writable=False),
        Field("Phone", "PHONE", writable=False),
        Field("Country", "COUNTRY", writable=False),
        # These are sent with the person's association, not with the person.
        Field("Title", "STRING", 255, writable=False),
        Field("Role", "PICKLIST", 255, writable=False),
        Field("Manager", "GSID", writable=False),
        Field("Active", "BOOLEAN", writable=False),
        Field("IsPrimaryCompany", "BOOLEAN", writable=False),
        *_AUDIT,
    ),
    needed=(("Email", "Gsid"),),
)

_OF_AN_ASSOCIATION = (
    Field("Email", "EMAIL", 255, writable=False),
    Field("Person_ID", "GSID", writable=False),
    Field("Company_ID", "GSID"),
    Field("CompanyName", "STRING", 255, writable=False),
    Field("IsPrimaryCompany", "BOOLEAN"),
    Field("Active", "BOOLEAN"),
    Field("Title", "STRING", 255),
    Field("Role", "PICKLIST", 255),
    Field("Manager", "GSID"),
    Field("CurrencyIsoCode", "STRING", 255),
    Field("LastNpsScore", "NUMBER", writable=False),
    Field("Gsid", "GSID", writable=False),
    *_AUDIT,
)

COMPANY_PERSON = ObjectFields(
    "CompanyPerson",
    (*_OF_AN_ASSOCIATION, Field("EmailCompany", "EMAIL", 255)),
    needed=(("Email", "Person_ID"), ("Company_ID", "CompanyName")),
)

RELATIONSHIP_PERSON = ObjectFields(
    "RelationshipPerson",
    (
        *_OF_AN_ASSOCIATION,
        Field("Relationship_ID", "GSID"),
        Field("RelationshipName", "STRING", 255, writable=False),
        Field("Relationship_Type_ID", "GSID"),
    ),
    needed=(("Email", "Person_ID"), ("Relationship_ID", "RelationshipName")),
)

COMPANY = ObjectFields(
    "Company",
    (
        Field("Gsid", "GSID"),
        Field("Name", "STRING", 255),
        Field("Domain", "STRING"),
        Field("Phone", "STRING"),
        Field("Country", "COUNTRY"),
        Field("ParentCompany", "GSID"),
    ),
    needed=(("Gsid",), ("Name",)),
)

OBJECTS = (PERSON, COMPANY_PERSON, RELATIONSHIP_PERSON, COMPANY)
