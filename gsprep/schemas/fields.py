"""Fields of the Gainsight objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        if not self.described and _is_own(name):
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


def _is_own(name: str) -> bool:
    return name.endswith("__gc") and name != "__gc"


# Names, types and lengths: a described tenant and the People API pages; standard text is 255
# characters long, rich text 32,768. Read-only there: Gsid, LastNpsScore and the audit fields.
# The begin of ids (1P02 for a company): the keyPrefix of described objects.
_USER, _COMPANY_ID, _PERSON_ID, _RELATIONSHIP_ID = "1P01", "1P02", "1P04", "1P05"
_AUDIT = (
    Field("CreatedDate", "DATETIME", writable=False),
    Field("ModifiedDate", "DATETIME", writable=False),
    Field("CreatedBy", "GSID", writable=False, prefix=_USER),
    Field("ModifiedBy", "GSID", writable=False, prefix=_USER),
)

PERSON = ObjectFields(
    "Person",
    (
        Field("Gsid", "GSID", writable=False, prefix=_PERSON_ID),
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
        Field("ExternalRecordID__gc", "STRING", 255),
        Field("DynamicResolutionKey", "STRING", 255, writable=False),
        Field("GsIngestionSource", "STRING", 255, writable=False),
        Field("MasterRecordID", "GSID", writable=False, prefix=_PERSON_ID),
        Field("MasterAvatarTypeCode", "NUMBER", writable=False),
        # These are used for matching and are not sent.
        Field("OtherEmails", "STRING", writable=False),
        Field("CompanyName", "STRING", writable=False),
        Field("SfdcAccountId", "STRING", writable=False),
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
    Field("Person_ID", "GSID", writable=False, prefix=_PERSON_ID),
    Field("Company_ID", "GSID", prefix=_COMPANY_ID),
    Field("CompanyName", "STRING", 255, writable=False),
    Field("IsPrimaryCompany", "BOOLEAN"),
    Field("Active", "BOOLEAN"),
    Field("Title", "STRING", 255),
    Field("Role", "PICKLIST", 255),
    Field("Manager", "GSID"),
    Field("CurrencyIsoCode", "STRING", 255),
    Field("LastNpsScore", "NUMBER", writable=False),
    *_AUDIT,
)

COMPANY_PERSON = ObjectFields(
    "CompanyPerson",
    (
        *_OF_AN_ASSOCIATION,
        Field("Gsid", "GSID", writable=False, prefix="1C01"),
        Field("EmailCompany", "EMAIL", 255),
    ),
    needed=(("Email", "Person_ID"), ("Company_ID", "CompanyName")),
)

RELATIONSHIP_PERSON = ObjectFields(
    "RelationshipPerson",
    (
        *_OF_AN_ASSOCIATION,
        Field("Gsid", "GSID", writable=False, prefix="1C03"),
        Field("Relationship_ID", "GSID", prefix=_RELATIONSHIP_ID),
        Field("RelationshipName", "STRING", 255, writable=False),
        Field("Relationship_Type_ID", "GSID", prefix="1P06"),
        Field("Company_Person_ID", "GSID", writable=False, prefix="1C01"),
    ),
    needed=(("Email", "Person_ID"), ("Relationship_ID", "RelationshipName")),
)

COMPANY = ObjectFields(
    "Company",
    (
        Field("Gsid", "GSID", prefix=_COMPANY_ID),
        Field("Name", "STRING", 255, required=True),
        # A tenant adds its own fields for these three; they are used for matching.
        Field("Domain", "STRING"),
        Field("Phone", "STRING"),
        Field("Country", "COUNTRY"),
        Field("ParentCompany", "GSID", prefix=_COMPANY_ID),
        Field("Industry", "PICKLIST", 255),
        Field("IndustryNew", "PICKLIST", 255),
        Field("Arr", "CURRENCY"),
        Field("Mrr", "CURRENCY"),
        Field("Employees", "NUMBER"),
        Field("Users", "NUMBER"),
        Field("LifecycleInWeeks", "NUMBER"),
        Field("CustomerlifetimeInMonths", "NUMBER"),
        Field("OriginalContractDate", "DATE"),
        Field("RenewalDate", "DATE"),
        Field("Stage", "PICKLIST", 255),
        Field("Status", "PICKLIST", 255),
        Field("CompanyType", "PICKLIST", 255),
        Field("Tags", "MULTISELECTDROPDOWNLIST", 500),
        Field("Csm", "LOOKUP", prefix=_USER),
        Field("BillingAddress", "STRING", 255),
        Field("Summary", "RICHTEXTAREA", 32_768),
        Field("TickerSymbol", "STRING", 255),
        Field("ManagedAs", "STRING", 255),
        Field("SfdcAccountId", "SFDCID"),
        Field("CurrencyIsoCode", "STRING", 255),
        Field("CurrentScore", "NUMBER", writable=False),
        Field("Csat", "NUMBER", writable=False),
        Field("Nps", "NUMBER", writable=False),
        Field("Trend", "NUMBER", writable=False),
        Field("ScorecardId", "GSID", writable=False),
        *_AUDIT,
    ),
    needed=(("Gsid",), ("Name",)),
    key=("Gsid",),
    api="objects",
)

RELATIONSHIP = ObjectFields(
    "Relationship",
    (
        Field("Gsid", "GSID", writable=False, prefix=_RELATIONSHIP_ID),
        Field("Name", "STRING", 255, required=True),
        Field("Company_ID", "GSID", prefix=_COMPANY_ID),
        Field("CompanyName", "STRING", 255, writable=False),
        Field("Relationship_Type_ID", "GSID", prefix="1P06"),
        Field("CurrencyIsoCode", "STRING", 255),
        *_AUDIT,
    ),
    needed=(("Name",), ("Company_ID", "CompanyName")),
    key=("Gsid",),
    api="objects",
)

# Page "Timeline APIs", "Activity Fields Reference", which names no lengths. By Author, an e-mail
# address, and companyName the service finds the ids of the user and of the company.
TIMELINE = ObjectFields(
    "Timeline",
    (
        Field("ExternalId", "STRING", 255, required=True),
        Field("ContextName", "PICKLIST", required=True, options=(
            "Company", "Relationship", "CTA", "SuccessPlan", "Scorecard", "ScorecardMeasure",
            "Milestone",
        )),
        Field("ContextId", "STRING"),
        Field("TypeName", "STRING", required=True),
        Field("Subject", "STRING", required=True),
        Field("Notes", "RICHTEXTAREA", required=True),
        Field("ActivityDate", "DATETIME", required=True),
        Field("Author", "EMAIL", 255, required=True),
        Field("GsCompanyId", "GSID", prefix=_COMPANY_ID),
        Field("companyName", "STRING", 255),
        Field("GsRelationshipId", "GSID", prefix=_RELATIONSHIP_ID),
        Field("Gsid", "GSID", writable=False),
        *_AUDIT,
    ),
    needed=(("ExternalId",),),
    key=("ExternalId",),
    api="objects",
    described=True,
)  # fmt: skip

OBJECTS = (PERSON, COMPANY_PERSON, RELATIONSHIP_PERSON, COMPANY, RELATIONSHIP)
