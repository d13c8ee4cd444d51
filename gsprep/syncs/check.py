"""Check of a definition against its source and object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gsprep.errors import InputError, Problem, RejectedError
from gsprep.schemas.objects import fields_of, schema_from_describe, schema_of
from gsprep.syncs.associations import OWN_ID, association_schema
from gsprep.syncs.destinations import TIMELINE_OBJECT, timeline_problems, timeline_schema
from gsprep.syncs.people_matching import fields_of_people, rulebook_of
from gsprep.syncs.sources import Places, columns_of
from gsprep.unification.registry import comparisons
from gsprep.unification.rules import conditions_of
from gsprep.uploader.client import Client
from gsprep.validation.cells import cell_findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandera.pandas as pa

    from gsprep.schemas.fields import ObjectFields
    from gsprep.syncs.definition import FieldRule, Sync
    from gsprep.syncs.writers import WritableSystem
    from gsprep.unification.rulebook import Rulebook

# Data types that an update finds records by.
_KEY_TYPES = frozenset({"STRING", "GSID", "NUMBER", "EMAIL"})
_OF_PEOPLE = "people"
# Lengths that an administrator chooses: the usual one, and the longest.
_LENGTHS = {"STRING": 255, "EMAIL": 255, "URL": 500, "RICHTEXTAREA": 32_000}
_ID = "Gsid"
# Page "Company API Documentation", "Read API": fields of another object, by the field with its id.
_TRAVERSED = "__gr."


class MissingField(NamedTuple):
    """A field that an administrator has to create; ``field`` is "" for the object itself.

    ``lookup`` is the object that a lookup leads to, "" for other types.
    """

    object: str
    field: str
    type: str
    length: int | None
    lookup: str = ""


@dataclass(frozen=True, slots=True)
class SyncCheck:
    """What is wrong with a definition.

    Attributes:
        problems: a sentence for each mistake, with its place in the definition.
        missing: what the tenant lacks.
        notes: sentences on what companies cannot be found by.
    """

    problems: tuple[Problem, ...]
    missing: tuple[MissingField, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the sync can run."""
        return not self.problems and not self.missing


@dataclass(slots=True)
class _Tenant:
    """The objects of a tenant or another system, each described once."""

    client: Client | WritableSystem
    named: Sequence[str]
    schemas: dict[str, pa.DataFrameSchema | None] = field(default_factory=dict)

    def schema(self, name: str) -> pa.DataFrameSchema | None:
        """Return the schema of an object; None if the tenant has no such object."""
        if not isinstance(self.client, Client):
            fields = self.client.fields(name, self.named)
            return None if fields is None else schema_of(fields)
        if name not in self.schemas:
            try:
                self.schemas[name] = schema_from_describe(self.client.objects.describe(name))
            except RejectedError:
                self.schemas[name] = None
        return self.schemas[name]


def check_sync(
    sync: Sync, client: Client | WritableSystem, places: Places, folder: Path | None = None
) -> SyncCheck:
    """Return every mistake of a definition, and what its tenant or system lacks.

    Files of ``unify`` are relative to ``folder``, else to that of the source. Raises UploadError
    if a tenant does not answer.
    """
    tenant = _Tenant(client, list(sync.fields))
    problems = [*_of_source(sync, places), *_of_lookups(sync, tenant)]
    unify = _Evidence(sync, tenant, places.folder if folder is None else folder)
    problems += unify.problems()
    if sync.destination.object == TIMELINE_OBJECT:
        problems += timeline_problems(sync)
    schema = _schema_of(sync, tenant)
    if schema is None and not isinstance(client, Client):
        message = f"the system has no list {sync.destination.object} that is written"
        return SyncCheck((*problems, Problem("destination.object", message)), ())
    if schema is None:
        absent = MissingField(sync.destination.object, "", "object", None)
        return SyncCheck(tuple(problems), (absent, *_lacking(sync, None)))
    of = fields_of(schema)
    problems += [*_of_fields(sync, of), *_of_missing_rows(sync, schema)]
    return SyncCheck(tuple(problems), tuple(_lacking(sync, of)), tuple(unify.lacking()))


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What companies of people are found by."""

    sync: Sync
    tenant: _Tenant
    folder: Path

    def problems(self) -> Iterator[Problem]:
        """Yield the files that cannot be read."""
        unify = self.sync.unify
        if unify is None:
            return
        try:
            rulebook_of(unify, self.folder)
        except InputError as failure:
            yield Problem("unify.rules", str(failure))
        if unify.answers is not None and not (self.folder / unify.answers).is_file():
            place = self.folder / unify.answers
            yield Problem("unify.answers", f"{place} cannot be read: check the name and the folder")

    def lacking(self) -> Iterator[str]:
        """Yield a sentence for each kind of evidence that a side lacks."""
        if self.sync.unify is None or any(self.problems()):
            return
        book = rulebook_of(self.sync.unify, self.folder)
        columns, asks = book.columns, _kinds(book)
        is_person = self.sync.destination.object == "Person"
        named = self.sync.fields if is_person else self.sync.unify.person
        where = "the fields" if is_person else "unify.person"
        schema = self.tenant.schema("Company")
        kinds = (
            ("domain", columns.email, columns.company_domain),
            ("phone", columns.phone, columns.company_phone),
            ("country", columns.country, columns.company_country),
        )
        for kind, person, company in (one for one in kinds if one[0] in asks):
            if schema is not None and not fields_of(schema).knows(company):
                yield (
                    f"unify: Company has no field {company} in this tenant, so no company is found "
                    f"by {kind}; name the right field with unify.columns.{kind}"
                )
            elif person not in named:
                yield f"unify: {person} is not among {where}, so no company is found by {kind}"
        if (name := columns.company_name) not in named and "name" in asks:
            yield f"unify: {name} is not among {where}, so no company is found by name"


def _kinds(book: Rulebook) -> set[str]:
    """Return the kinds of evidence that a rulebook asks for."""
    names = {*book.model, *(one.comparison for one in conditions_of(book.rules))}
    return {one.kind for name, one in comparisons().items() if name in names}


def _schema_of(sync: Sync, tenant: _Tenant) -> pa.DataFrameSchema | None:
    name, client = sync.destination.object, tenant.client
    if not isinstance(client, Client):
        return tenant.schema(name)
    if name == "Person":
        return fields_of_people(client).schema()
    if name == TIMELINE_OBJECT:
        return timeline_schema(client)
    return association_schema(name, client) if name in OWN_ID else tenant.schema(name)


def _of_source(sync: Sync, places: Places) -> Iterator[Problem]:
    try:
        there = columns_of(sync.source, places)
    except InputError as failure:
        yield Problem("source", str(failure))
        return
    for name in sync.columns:
        if name not in there and not (places.client is not None and _is_traversed(name, there)):
            yield Problem("source", f"it has no column {name}; it has {', '.join(there)}")


def _is_traversed(name: str, there: Sequence[str]) -> bool:
    """Return whether a column is a field of the record that an id points at.

    >>> _is_traversed("Person_ID__gr.Email", ["Person_ID"])
    True
    """
    pointer, sign, field = name.partition(_TRAVERSED)
    return bool(sign and field) and pointer in there


def _lacking(sync: Sync, of: ObjectFields | None) -> Iterator[MissingField]:
    for name, rule in sync.fields.items():
        if of is None or not of.knows(name):
            kind = rule.type or _type_of(rule)
            length = _LENGTHS.get(kind)
            yield MissingField(sync.destination.object, name, kind, length, _lookup_of(rule))


def _lookup_of(rule: FieldRule) -> str:
    """Return the object whose id the field holds."""
    if rule.lookup is not None:
        return rule.lookup.object
    return "" if rule.from_unify is None else rule.from_unify.removesuffix("_ID")


def _type_of(rule: FieldRule) -> str:
    """Return the data type that fits a rule; the values of the source are not looked at."""
    if rule.lookup is not None or rule.from_unify is not None:
        return "LOOKUP"
    if rule.split is not None:
        return "MULTISELECTDROPDOWNLIST"
    return "PICKLIST" if rule.replacements is not None else "STRING"


def _of_fields(sync: Sync, of: ObjectFields) -> Iterator[Problem]:
    # An association is found by its person, and the id that a lookup finds.
    for name in () if sync.destination.object in OWN_ID else sync.destination.key:
        kind = of[name].type
        if of.knows(name) and (kind not in _KEY_TYPES or sync.fields[name].lookup is not None):
            yield Problem("destination.key", f"{name} is of type {kind}, which cannot be a key")
    # Fields of people that are not sent serve to find their company.
    if of.api != _OF_PEOPLE:
        yield from _of_writing(sync, of)


def _of_writing(sync: Sync, of: ObjectFields) -> Iterator[Problem]:
    options = sync.destination
    ids = {_ID}.intersection(options.key)
    if ids and (options.key, options.mode) != ((_ID,), "update"):
        message = f"the service gives {_ID}: as the only key it needs mode: update"
        yield Problem("destination.key", message)
    for name in sync.fields:
        if of.knows(name) and not of[name].writable and name not in ids:
            yield Problem(f"fields.{name}", "the service does not allow to write it: remove it")
    for one in of.fields:
        is_needed = one.required and one.writable and sync.destination.mode != "update"
        if is_needed and one.name not in {*sync.fields, "Gsid"}:
            yield Problem("fields", f"{one.name} is missing, and each new record needs it")


def _of_lookups(sync: Sync, tenant: _Tenant) -> Iterator[Problem]:
    for name, rule in sync.fields.items():
        if rule.lookup is None:
            continue
        place, schema = f"fields.{name}.lookup", tenant.schema(rule.lookup.object)
        if schema is None:
            yield Problem(place, f"the tenant has no object {rule.lookup.object}")
        elif not fields_of(schema).knows(rule.lookup.by):
            yield Problem(place, f"{rule.lookup.object} has no field {rule.lookup.by}")


def _of_missing_rows(sync: Sync, schema: pa.DataFrameSchema) -> Iterator[Problem]:
    values: Mapping[str, str] = sync.on_missing.values or {}  # noqa: PD011  no array
    of = fields_of(schema)
    plain = {name: value for name, value in values.items() if of.knows(name)}
    if not plain:
        return
    frame = pd.DataFrame({"row_id": ["1"], **{n: [v] for n, v in plain.items()}}, dtype="str")
    for found in cell_findings(frame, schema):
        errors = found[found["severity"] == "error"]
        for name, message in zip(errors["column"], errors["message"], strict=True):
            yield Problem(f"on_missing.set.{name}", message)
