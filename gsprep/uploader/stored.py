"""A person as the service holds them: fields by their names in lower case, associations below.

Shape: page "People API Documentation", "Get a Person Record".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gsprep.calls.json_types import as_list, as_object, as_text
from gsprep.errors import ReplyError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Reference:
    """A record of another object; ``name`` is "" where the service gives none."""

    id: str
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredAssociation:
    """A company_person or relationship_person; what the service does not say is "" or None.

    Attributes:
        company, relationship, person: what it joins.
        relationships: those below a company.
        said: the service's own words, whole.
    """

    gsid: str
    company: Reference | None
    relationship: Reference | None
    person: Reference | None
    relationships: tuple[StoredAssociation, ...]
    said: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person with all associations.

    Attributes:
        companies: the company_persons, each with its relationship_persons.
        relationships: relationship_persons outside a company.
        request_id: the service's name for the call, "" when it gave none.
        said: the service's own words, whole: every field by its name in lower case.
    """

    gsid: str
    email: str = field(repr=False)
    name: str = field(repr=False)
    companies: tuple[StoredAssociation, ...]
    relationships: tuple[StoredAssociation, ...]
    request_id: str = field(compare=False)
    said: Mapping[str, Any] = field(repr=False)


def read_person(body: object, request_id: str) -> StoredPerson | None:
    """Return the person of a reply, None when it holds none.

    Who has no Gsid is no person: a reply that says anything else in that place is an error.
    """
    data = body.get("data") if isinstance(body, dict) else body
    if isinstance(data, list) and len(data) <= 1:
        data = data[0] if data else None
    if data is None or data == "":
        return None
    if not isinstance(data, dict):
        raise ReplyError("the service's reply is not one person")
    if not any(data.values()):
        return None
    gsid = as_text(data.get("gsid") or data.get("Gsid"))
    if not gsid:
        raise ReplyError("the service's reply is not one person: it has no Gsid")
    return StoredPerson(
        gsid=gsid,
        email=as_text(data.get("email")),
        name=as_text(data.get("name")),
        companies=_associations(data.get("companies")),
        relationships=_associations(data.get("relationships")),
        request_id=request_id,
        said=data,
    )


def _associations(value: object) -> tuple[StoredAssociation, ...]:
    return tuple(map(_association, as_list(value)))


def _association(value: object) -> StoredAssociation:
    said = as_object(value)
    return StoredAssociation(
        gsid=as_text(said.get("gsid")),
        company=_reference(said.get("company_id")),
        relationship=_reference(said.get("relationship_id")),
        person=_reference(said.get("person_id")),
        relationships=_associations(said.get("relationships")),
        said=said,
    )


def _reference(value: object) -> Reference | None:
    if isinstance(value, str):
        return Reference(as_text(value), "") if value else None
    said = as_object(value)
    return Reference(as_text(said.get("Id")), as_text(said.get("name"))) if said else None
