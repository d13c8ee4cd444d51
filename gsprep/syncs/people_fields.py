"""Fields of a person and its association in one record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gsprep.schemas.frames import cell_text
from gsprep.schemas.objects import Schemas, fields_of, schema_of
from gsprep.uploader.tenant_people import ASSOCIATION, COMPANY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandera.pandas as pa


Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class PeopleFields:
    """The fields of people and of their associations in a tenant."""

    schemas: Schemas

    def schema(self) -> pa.DataFrameSchema:
        """Return one schema of both objects.

        A field of the association is ``CompanyPerson.Title``, or ``Title`` if no field of a person
        has that name.
        """
        person, linked = fields_of(self.schemas.persons), fields_of(self.schemas.company_persons)
        own = {field.name: field for field in linked.fields if field.writable}
        fields = [
            replace(own[field.name], writable=False) if self._is_linked(field.name) else field
            for field in person.fields
        ]
        has = {field.name for field in fields}
        fields += [replace(one, writable=False) for one in own.values() if one.name not in has]
        fields += [replace(one, name=ASSOCIATION + one.name) for one in own.values()]
        return schema_of(replace(person, fields=tuple(fields)))

    def _is_linked(self, name: str) -> bool:
        """Return whether a plain name is a field of the association."""
        persons, linked = fields_of(self.schemas.persons), fields_of(self.schemas.company_persons)
        own = {field.name for field in linked.fields if field.writable}
        return name in own and not persons.sends(name)

    def spelled_out(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record whose fields of the association have the name of their object."""
        return {
            ASSOCIATION + name if self._is_linked(name) else name: value
            for name, value in record.items()
        }

    def sent(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record without fields that serve matching, or that no company is there for."""
        persons, has_company = fields_of(self.schemas.persons), record.get(COMPANY) is not None
        return {
            name: value
            for name, value in record.items()
            if (has_company if name.startswith(ASSOCIATION) else persons.sends(name))
        }


def parted(record: Mapping[str, Any]) -> tuple[Texts, Texts]:
    """Return the fields of a person and those of its association, as texts.

    Null is an empty text, which empties the field.

    >>> parted({"Email": "ana@acme.com", "CompanyPerson.Title": None})
    ({'Email': 'ana@acme.com'}, {'Title': ''})
    """
    texts = {name: cell_text(value) or "" for name, value in record.items()}
    person = {name: text for name, text in texts.items() if not name.startswith(ASSOCIATION)}
    linked = {
        name.removeprefix(ASSOCIATION): text
        for name, text in texts.items()
        if name.startswith(ASSOCIATION)
    }
    return person, linked
