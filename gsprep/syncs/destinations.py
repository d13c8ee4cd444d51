"""Destinations of syncs: checks, lookups and writers by object."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.calls.endpoints import OBJECT_NAMES
from gsprep.errors import InputError, RejectedError, ReplyError
from gsprep.schemas.describe import schema_from_describe
from gsprep.schemas.objects import fields_of, schema_of
from gsprep.syncs.associations import OWN_ID, association_destination
from gsprep.syncs.enriching import enriching
from gsprep.syncs.exclusive import Exclusive
from gsprep.syncs.filling import FillingWriter
from gsprep.syncs.people import people_destination
from gsprep.syncs.timeline import TIMELINE_OBJECT, timeline_destination
from gsprep.syncs.writing import Destination
from gsprep.uploader.client import Client
from gsprep.uploader.object_keys import ObjectTarget
from gsprep.uploader.object_rows import ObjectWriter
from gsprep.values.ids import is_gsid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandera.pandas as pa

    from gsprep.syncs.definition import Lookup, Sync
    from gsprep.syncs.writing import WritableSystem
    from gsprep.uploader.object_keys import RecordCalls
    from gsprep.uploader.objects import Objects

    Maker = Callable[[Sync, Client, "Means"], Destination]


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """What a destination may use.

    Attributes:
        folder: the folder that files of the definition are relative to.
        stopped: whether the run is to end; asked before each call.
    """

    folder: Path = Path()
    stopped: Callable[[], bool] = _never


def destination_of(
    sync: Sync, system: Client | WritableSystem, means: Means | None = None
) -> Destination:
    """Return the destination of a sync in a tenant or another system.

    Raises InputError if its object has none, UploadError if the system does not answer or lacks the
    object.
    """
    means = means or Means()
    if not isinstance(system, Client):
        return _of_system(sync, system, means)
    maker = DESTINATIONS.get(sync.destination.object, object_destination)
    return maker(sync, system, means)


def _of_system(sync: Sync, system: WritableSystem, means: Means) -> Destination:
    """Return the destination of a list of another system."""
    name = sync.destination.object
    fields = system.fields(name, list(sync.fields))
    if fields is None:
        raise InputError(f"destination.object: {name} is no list that is written")
    if sync.unify is not None:
        raise InputError("unify: companies are found for objects of a tenant. Leave it out")
    person = next((field.name for field in fields.fields if field.type == "EMAIL"), None)
    to = replace(_records(sync, system, schema_of(fields), means), person=person)
    shared = system.exclusive.get(name)
    if shared is None or shared not in sync.fields:
        return to
    clears = sync.fields[shared].on_null == "clear"
    return replace(to, finish=Exclusive(system, to.writer.target, shared, clears).finish)


def object_destination(sync: Sync, client: Client, means: Means) -> Destination:
    """Return the destination of Company, Relationship and custom objects."""
    schema = schema_from_describe(client.objects.describe(sync.destination.object))
    to = _records(sync, client.objects, schema, means)
    to = replace(to, deleted=partial(deleted_records, client.objects))
    if sync.unify is None:
        return to
    found = enriching(sync.unify, sync, client, means.folder)
    email = next((n for n, rule in sync.fields.items() if rule.column == found.email), None)
    return replace(to, finish=found.enriched, evidence=found.evidence.digest(), person=email)


def _records(
    sync: Sync, calls: RecordCalls, schema: pa.DataFrameSchema, means: Means
) -> Destination:
    """Return the destination of records that these calls read and write."""
    options, of = sync.destination, fields_of(schema)
    target = ObjectTarget(
        name=options.object,
        keys=options.key,
        caseless=frozenset(name for name in options.key if of[name].type == "EMAIL"),
        mode=options.mode,
    )
    writer = ObjectWriter(calls, target, means.stopped)
    fills = frozenset(name for name, rule in sync.fields.items() if rule.write == "fill_only")
    return Destination(
        writer=FillingWriter(writer, fills) if fills else writer,
        schema=schema,
        resolve=Lookups(calls).resolve,
    )


def deleted_records(objects: Objects) -> frozenset[str]:
    """Return the Gsids in the tenant's log of deletions; none where it has no such log."""
    try:
        log = objects.deletions()
    except (RejectedError, ReplyError, InputError):
        return frozenset()
    # Whatever its columns are called: those of users among them are no records of a sync.
    cells = (cell for name in log.columns for cell in log[name].dropna())
    return frozenset(filter(is_gsid, cells))


def _people(sync: Sync, client: Client, means: Means) -> Destination:
    resolve = Lookups(client.objects).resolve
    return people_destination(sync, client, resolve, folder=means.folder, stopped=means.stopped)


def _associations(sync: Sync, client: Client, means: Means) -> Destination:
    resolve = Lookups(client.objects).resolve
    return association_destination(sync, client, resolve, means.stopped)


def _timeline(sync: Sync, client: Client, means: Means) -> Destination:
    resolve = Lookups(client.objects).resolve
    return timeline_destination(sync, client, resolve, means.stopped)


def _by_another_name(sync: Sync, _client: Client, _means: Means) -> Destination:
    given = sync.destination.object
    name = next(own for own, called in OBJECT_NAMES.items() if called == given)
    raise InputError(f"destination.object: write {name} for {given}")


# The objects that are not written as others are.
DESTINATIONS: Mapping[str, Maker] = {
    "Person": _people,
    **dict.fromkeys(OWN_ID, _associations),
    TIMELINE_OBJECT: _timeline,
    **dict.fromkeys(OBJECT_NAMES.values(), _by_another_name),
}


@dataclass(frozen=True, slots=True)
class Lookups:
    """Ids of other records: found once in a run, and asked for again as long as there are none."""

    objects: RecordCalls
    _known: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)

    def resolve(self, how: Lookup, values: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the Gsids of the records whose field has each value, by one query.

        E-mail addresses are compared without case. Raises UploadError.
        """
        known = self._known.setdefault((how.object, how.by), {})
        new = [value for value in values if value not in known]
        if new:
            known.update(self._found(how, new))
        return known

    def _found(self, how: Lookup, values: Sequence[str]) -> dict[str, list[str]]:
        is_caseless = how.by.casefold().endswith("email")
        plain = {value: _plain(value, is_caseless=is_caseless) for value in values}
        asked = list(dict.fromkeys([*(value.strip() for value in values), *plain.values()]))
        frame = self.objects.query(how.object, select=[how.by], among=(how.by, asked))
        ids: dict[str, list[str]] = {}
        there = frame[frame[how.by].notna()]
        for value, gsid in zip(there[how.by], there["Gsid"], strict=True):
            ids.setdefault(_plain(value, is_caseless=is_caseless), []).append(gsid)
        return {value: ids[key] for value, key in plain.items() if key in ids}


def _plain(value: str, *, is_caseless: bool) -> str:
    return value.strip().casefold() if is_caseless else value.strip()
