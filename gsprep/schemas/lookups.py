"""Import lookups: ids of records that the service finds by other fields before it writes.

Grammar: page "People API Documentation", "Import Lookup". The page names two defaults for
``onNoMatch``, so both options are always sent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from gsprep.errors import InputError

_OBJECTS = {"Company_ID": "Company", "Person_ID": "Person", "Relationship_ID": "Relationship"}


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("empty; name a field")
    return text


Name = Annotated[str, AfterValidator(_filled)]


class _Frozen(BaseModel):
    """Names are written as the service writes them (``onNoMatch``) or as here."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
    )


class Lookup(_Frozen):
    """How the service finds the id of one field.

    fields:             which field of the row (``CompanyName``) equals which field of the object
                        looked in (``Name``); several must all agree.
    object_name:        where to look; only the ids of person, company and relationship know it.
    lookup_field:       what is taken from the record found.
    multi_match_option: with several records found, the first one or an error.
    on_no_match:        with none found, null, the field's default, or an error.
    """

    fields: Annotated[dict[Name, Name], Field(min_length=1)]
    object_name: Name | None = None
    lookup_field: Name = "Gsid"
    multi_match_option: Literal["FIRSTMATCH", "MARKASERROR"] = "FIRSTMATCH"
    on_no_match: Literal["NULLABLE", "DEFAULTVALUE", "ERROR"] = "ERROR"


class Lookups(_Frozen):
    """The lookups of a call, by the field they fill, of companies and of relationships.

    companies:     those of the associations with companies (``Company_ID``).
    relationships: those of the associations with relationships (``Relationship_ID``).

    >>> names = Lookups(companies={"Company_ID": Lookup(fields={"CompanyName": "Name"})})
    >>> names.body()["companies"]["Company_ID"]["onNoMatch"]
    'ERROR'
    """

    companies: dict[Name, Lookup] = {}
    relationships: dict[Name, Lookup] = {}

    @model_validator(mode="after")
    def _knows_where_to_look(self) -> Lookups:
        for target, lookup in (*self.companies.items(), *self.relationships.items()):
            if lookup.object_name is None and target not in _OBJECTS:
                raise ValueError(f"{target} needs objectName: the object in which it is looked up")
        return self

    def body(self) -> dict[str, Any]:
        """Return the lookups as the service takes them, every option said."""
        lists = {"companies": self.companies, "relationships": self.relationships}
        return {
            name: {target: _body(target, lookup) for target, lookup in lookups.items()}
            for name, lookups in lists.items()
            if lookups
        }


def _body(target: str, lookup: Lookup) -> dict[str, Any]:
    said = lookup.model_dump(by_alias=True)
    return said | {"objectName": lookup.object_name or _OBJECTS[target]}


# A name that two records bear is no id: the row comes back rather than go to the first of them.
BY_NAME = Lookups(
    companies={
        "Company_ID": Lookup(fields={"CompanyName": "Name"}, multi_match_option="MARKASERROR")
    },
    relationships={
        "Relationship_ID": Lookup(
            fields={"RelationshipName": "Name"}, multi_match_option="MARKASERROR"
        )
    },
)


def with_names(given: Lookups | None) -> Lookups:
    """Return the lookups of an upload: those given, and by name for ids they do not find.

    Raises InputError for a lookup of Person_ID: persons are sent along, and joined by their key.

    >>> with_names(None) == BY_NAME
    True
    """
    if given is None:
        return BY_NAME
    if "Person_ID" in {*given.companies, *given.relationships}:
        raise InputError(
            "lookups: associations are joined to the persons they are sent with, by the key or by "
            "Person_ID. Leave Person_ID out of the lookups"
        )
    return Lookups(
        companies={**BY_NAME.companies, **given.companies},
        relationships={**BY_NAME.relationships, **given.relationships},
    )
