"""People with their associations as the destination of a sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.errors import InputError, RejectedError
from gsprep.schemas.describe import schemas_from_describe
from gsprep.schemas.objects import Schemas
from gsprep.syncs.people_fields import PeopleFields
from gsprep.syncs.people_matching import Matching, people_of_tenant, read_evidence
from gsprep.syncs.people_writer import PeopleWriter
from gsprep.syncs.writers import Destination, FillingWriter, Lookups, Means
from gsprep.uploader.object_keys import ObjectTarget
from gsprep.uploader.tenant_people import ASSOCIATION, COMPANY

if TYPE_CHECKING:
    from gsprep.syncs.definition import Sync
    from gsprep.uploader.client import Client

_OBJECTS = ("Person", "CompanyPerson")


def people_destination(sync: Sync, client: Client, means: Means) -> Destination:
    """Return the destination of people; files of the definition are relative to its folder.

    Fields are those that the tenant describes, and companies are read from it once. Raises
    InputError for a rulebook or answers that cannot be read, UploadError if the tenant does not
    answer.
    """
    fields = fields_of_people(client)
    _check_missing(sync, fields)
    options = sync.destination
    target = ObjectTarget(
        name="Person", keys=options.key, caseless=frozenset(options.key), mode=options.mode
    )
    fills = {name: None for name, rule in sync.fields.items() if rule.write == "fill_only"}
    writer = PeopleWriter(
        client.objects,
        target,
        means.stopped,
        client=client,
        fields=fields,
        exact=bool(fills),
    )
    filled = frozenset(fields.spelled_out(fills))
    evidence = None if sync.unify is None else read_evidence(sync.unify, client, means.folder)
    hold = frozenset(() if sync.unify is None else sync.unify.hold)
    return Destination(
        writer=FillingWriter(writer, filled, frozenset({COMPANY})) if filled else writer,
        schema=fields.schema(),
        resolve=Lookups(client.objects).resolve,
        finish=Matching(
            fields=fields, there=people_of_tenant(client), evidence=evidence, hold=hold
        ).matched,
        evidence=b"" if evidence is None else evidence.digest(),
        person="Email",
    )


def _check_missing(sync: Sync, fields: PeopleFields) -> None:
    """Refuse to set fields of a person whose row is gone: other systems may fill them, too."""
    named = fields.spelled_out(sync.on_missing.values or {})
    if own := [name for name in named if not name.startswith(ASSOCIATION) or name == COMPANY]:
        raise InputError(
            f"on_missing.set names {own[0]}: for people it sets fields of the association, such as "
            "CompanyPerson.Active"
        )


def fields_of_people(client: Client) -> PeopleFields:
    """Return the fields that the tenant describes, or else the usual ones."""
    found = []
    for name in _OBJECTS:
        try:
            found.append(client.objects.describe(name))
        except RejectedError:
            continue
    return PeopleFields(schemas_from_describe(found) if found else Schemas())
