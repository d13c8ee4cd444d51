"""Import lookups: ids that the service finds by other fields.

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
        raise ValueError("empty; write the name of a field")
    return text


Name = Annotated[str, AfterValidator(_filled)]


class _Frozen(BaseModel):
    """A model with the service's names (``onNoMatch``) or those of Python."""

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

    fields:             the field of the row (``CompanyName``) and the equal field of the searched
                        object (``Name``); several must all agree.
    object_name:        the searched object; optional for ids of person, company, relationship.
    lookup_field:       the field that is taken from the record found.
    multi_match_option: for several records, the first one or an error.
    on_no_match:        for no record, null, the field's default, or an error.

    Raises:
        ValidationError: of pydantic, for a blank name and for another option.

    Examples:
        >>> gsprep.Lookup(fields={"CompanyName": "Name"}).lookup_field
        'Gsid'
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

    Raises:
        ValidationError: of pydantic, for what is no lookup.

    Examples:
        >>> by_name = gsprep.Lookup(fields={"CompanyName": "Name"})
        >>> names = gsprep.Lookups(companies={"Company_ID": by_name})
        >>> names.body()["companies"]["Company_ID"]["onNoMatch"]
        'ERROR'
    """

    companies: dict[Name, Lookup] = {}
    relationships: dict[Name, Lookup] = {}

    @model_validator(mode="after")
    def _knows_where_to_look(self) -> Lookups:
        for target, lookup in (*self.companies.items(), *self.relationships.items()):
            if lookup.object_name is None and target not in _OBJECTS:
                raise ValueError(f"{target} needs objectName: the object to search")
        return self

    def body(self) -> dict[str, Any]:
        """Return the lookups as the service takes them, with every option."""
        lists = {"companies": self.companies, "relationships": self.relationships}
        return {
            name: {target: _body(target, lookup) for target, lookup in lookups.items()}
            for name, lookups in lists.items()
            if lookups
        }


def _body(target: str, lookup: Lookup) -> dict[str, Any]:
    said = lookup.model_dump(by_alias=True)
    return said | {"objectName": lookup.object_name or _OBJECTS[target]}


# A name of two records is not an id: the row is refused instead of sent to the first of them.
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
    """Return the lookups of an upload: those given, and lookups by name for other ids.

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
