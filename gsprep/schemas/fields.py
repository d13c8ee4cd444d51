"""Fields of the Gainsight objects, and codes of findings with their sentences.

Codes that begin with GSOBJ_ and their meaning: the error tables of the Person API, and for other
objects those of the Company, Relationship and Custom Object APIs. Codes that begin with GSPREP_
are gsprep's own, for what the service does not check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gsprep.shipped import shipped_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Access = Literal["", "read-only", "insert-only", "update-only"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object.

    Attributes:
        name: Gainsight's API name, or ours for a column that is used for matching only.
        type: its data type by name (data_types.py).
        length: the longest text the service stores, in characters; None if unknown.
        writable: whether the field is sent; system fields and columns for matching are not.
        prefix: the first four characters of ids in this field; "" if unknown.
        required: whether a new record needs a value.
        decimals: the decimals the service keeps; None if unknown.
        options: the labels of a drop-down list; None if unknown.
        access: a restriction of writing in the description; "" without one.
    """

    name: str
    type: str
    length: int | None = None
    writable: bool = True
    prefix: str = ""
    required: bool = False
    decimals: int | None = None
    options: tuple[str, ...] | None = None
    access: Access = ""


@dataclass(frozen=True, slots=True)
class ObjectFields:
    """The fields of an object, and groups of fields; each row needs one of each group.

    Attributes:
        key: the columns that identify records if the caller names none.
        api: whose error codes apply: those of the People API, or of the API of all other objects.
        described: whether there are no other fields; else each ``…__gc`` is a tenant's own field.
    """

    name: str
    fields: tuple[Field, ...]
    needed: tuple[tuple[str, ...], ...]
    key: tuple[str, ...] = ("Email",)
    api: Literal["people", "objects"] = "people"
    described: bool = False

    def __getitem__(self, name: str) -> Field:
        """Return the field; a tenant's own field (``…__gc``) is text of up to 500 characters."""
        return next((f for f in self.fields if f.name == name), Field(name, "STRING", 500))

    def knows(self, name: str) -> bool:
        """Return whether the object has the field; every ``…__gc`` name is a tenant's own field."""
        if not self.described and name.endswith("__gc") and name != "__gc":
            return True
        return any(field.name == name for field in self.fields)

    def among(self, names: Iterable[str]) -> list[str]:
        """Return the names that are fields, in the object's order, a tenant's own fields last."""
        order = {field.name: at for at, field in enumerate(self.fields)}
        known = (name for name in names if self.knows(name))
        return sorted(known, key=lambda name: (order.get(name, len(order)), name))

    def sends(self, name: str) -> bool:
        """Return whether a column of this name is sent to the service."""
        return self.knows(name) and self[name].writable


def _fields(of: str) -> tuple[Field, ...]:
    lines = (line.split() for line in shipped_lines("rules", "lists", "object_fields.txt"))
    return tuple(_field(*words) for owner, *words in lines if owner == of)


def _field(name: str, kind: str, length: str, prefix: str, note: str, *options: str) -> Field:
    return Field(
        name,
        kind,
        None if length == "-" else int(length),
        writable=note != "unsent",
        prefix=prefix.strip("-"),
        required=note == "required",
        options=options or None,
    )


_AUDIT = _fields("Audit")
_OF_AN_ASSOCIATION = (*_fields("Association"), *_AUDIT)
PERSON = ObjectFields("Person", (*_fields("Person"), *_AUDIT), needed=(("Email", "Gsid"),))
COMPANY_PERSON = ObjectFields(
    "CompanyPerson",
    (*_OF_AN_ASSOCIATION, *_fields("CompanyPerson")),
    needed=(("Email", "Person_ID"), ("Company_ID", "CompanyName")),
)
RELATIONSHIP_PERSON = ObjectFields(
    "RelationshipPerson",
    (*_OF_AN_ASSOCIATION, *_fields("RelationshipPerson")),
    needed=(("Email", "Person_ID"), ("Relationship_ID", "RelationshipName")),
)
COMPANY = ObjectFields(
    "Company",
    (*_fields("Company"), *_AUDIT),
    needed=(("Gsid",), ("Name",)),
    key=("Gsid",),
    api="objects",
)
RELATIONSHIP = ObjectFields(
    "Relationship",
    (*_fields("Relationship"), *_AUDIT),
    needed=(("Name",), ("Company_ID", "CompanyName")),
    key=("Gsid",),
    api="objects",
)
TIMELINE = ObjectFields(
    "Timeline",
    (*_fields("Timeline"), *_AUDIT),
    needed=(("ExternalId",),),
    key=("ExternalId",),
    api="objects",
    described=True,
)

OBJECTS = (PERSON, COMPANY_PERSON, RELATIONSHIP_PERSON, COMPANY, RELATIONSHIP)


Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Sentence and hint of a code; ``{column}`` and ``{length}`` are filled in."""

    message: str
    hint: str


EXPLANATIONS: Mapping[str, Explanation] = {
    code: Explanation(message, hint)
    for code, message, hint in (
        line.split("\t") for line in shipped_lines("rules", "lists", "codes.txt")
    )
}

# Codes of the other object APIs for codes of the Person API.
_OF_OTHER_OBJECTS: Mapping[str, str] = {
    "GSOBJ_VDTBSTR1001": "GSOBJ_1001",
    "GSOBJ_VDTDATIME1001": "GSOBJ_1005",
    "GSOBJ_VDTBOOL1001": "GSOBJ_1008",
    "GSOBJ_VDTPERCENT1001": "GSOBJ_1008",
    "GSPREP_REQUIRED": "GSOBJ_1007",
}
_ANOTHER_VALUE, _NO_DATE = "GSOBJ_1002", "GSOBJ_1006"


def service_code(code: str, of: ObjectFields, field: Field) -> str:
    """Return the code that the service of the object uses for a failure.

    The catalogue has the codes of the Person API; the APIs of the other objects have fewer.
    """
    if of.api == "people" or not (code in _OF_OTHER_OBJECTS or "_VDT" in code):
        return code
    if code == "GSOBJ_VDTDATIME1001" and field.type == "DATE":
        return _NO_DATE
    return _OF_OTHER_OBJECTS.get(code, _ANOTHER_VALUE)
