"""Destinations of syncs: checks, lookups and writers by object; Timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gsprep.calls.endpoints import ACTIVITIES, OBJECT_NAMES
from gsprep.errors import InputError, Problem, RejectedError, ReplyError
from gsprep.schemas.fields import TIMELINE
from gsprep.schemas.frames import text_records
from gsprep.schemas.objects import fields_of, schema_from_describe, schema_of
from gsprep.syncs.associations import OWN_ID, association_destination
from gsprep.syncs.definition import Missing, Sync
from gsprep.syncs.people import people_destination
from gsprep.syncs.people_matching import enriching, read_evidence
from gsprep.syncs.writers import Destination, Lookups, Means, WritableSystem
from gsprep.systems.timeline import EXTERNAL_ID, Timeline
from gsprep.uploader.client import Client
from gsprep.uploader.object_keys import Key, ObjectTarget, RecordCalls
from gsprep.uploader.object_rows import ObjectWriter
from gsprep.values.ids import is_gsid

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

    from gsprep.syncs.records import Records
    from gsprep.uploader.objects import Objects

    Maker = Callable[[Sync, Client, Means], Destination]

# The object's name in a definition.
TIMELINE_OBJECT = TIMELINE.name


def timeline_schema(client: Client) -> pa.DataFrameSchema:
    """Return the fields of an activity: those of the page, and the tenant's own ones.

    Raises UploadError if the tenant does not answer.
    """
    try:
        described = fields_of(schema_from_describe(client.objects.describe(ACTIVITIES))).fields
    except RejectedError:
        described = ()
    # The description is of the object that queries read: it has other names for what is sent.
    own = tuple(one for one in described if "__" in one.name and one.writable)
    return schema_of(replace(TIMELINE, fields=(*TIMELINE.fields, *own)))


def timeline_problems(sync: Sync) -> Iterator[Problem]:
    """Yield what an activity cannot be written by.

    Its ExternalId is the key of the row, so that a row has one activity, whatever goes wrong.
    """
    if sync.destination.key != (EXTERNAL_ID,):
        yield Problem("destination.key", f"it is [{EXTERNAL_ID}] for {TIMELINE_OBJECT}")
        return
    rule, key = sync.fields[EXTERNAL_ID], sync.source.key
    if rule.column != key or rule.lookup or rule.replacements or rule.split:
        message = f"write {key}, the key of the source: then each row has one activity"
        yield Problem(f"fields.{EXTERNAL_ID}", message)
    if sync.on_missing != Missing():
        message = f"activities of {TIMELINE_OBJECT} stay when their row is gone, so leave it out"
        yield Problem("on_missing", message)
    for name, one in sync.fields.items():
        if one.write == "fill_only":
            yield Problem(f"fields.{name}.write", f"{TIMELINE_OBJECT} has always only")


def timeline_destination(sync: Sync, client: Client, means: Means) -> Destination:
    """Return the destination of activities; UploadError if the tenant does not answer."""
    target = ObjectTarget(name=ACTIVITIES, keys=(EXTERNAL_ID,), mode=sync.destination.mode)
    calls = Timeline(client.caller, client.objects.query)
    writer = ObjectWriter(calls, target, means.stopped, at_once=1, by_key=True)
    resolve = Lookups(client.objects).resolve
    return Destination(writer=writer, schema=timeline_schema(client), resolve=resolve)


_SIGN = ";"


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Leaves an entry of a field to one record: the one that has it, or else the first to name it.

    Attributes:
        calls: read the records that have entries by now.
        field: the field, whose entries are joined by ``;`` and compared without case.
        clears: whether the field is emptied when no entry is left.
    """

    calls: RecordCalls
    target: ObjectTarget
    field: str
    clears: bool

    def finish(self, mapped: Records, _read: pd.DataFrame) -> Records:
        """Return records without the entries of others, with a note on each; raises UploadError."""
        entries = {row_id: _entries(one.get(self.field)) for row_id, one in mapped.records.items()}
        owners = self._owners([entry for several in entries.values() for entry in several])
        notes: dict[str, str] = {}
        records: dict[str, Mapping[str, Any]] = {}
        for row_id, record in mapped.records.items():
            key = self.target.key_of(record)
            kept = [e for e in entries[row_id] if owners.setdefault(e.casefold(), key) == key]
            records[row_id] = record
            if left := len(entries[row_id]) - len(kept):
                records[row_id] = self._without(record, kept)
                notes[row_id] = f"{self.field}: {_counted(left)} another record is left out."
        return replace(mapped, records=records, notes={**mapped.notes, **notes})

    def _owners(self, entries: Sequence[str]) -> dict[str, Key | None]:
        """Return the key of the record that has each entry by now."""
        if not entries:
            return {}
        frame = self.calls.query(
            self.target.name,
            select=[*self.target.keys, self.field],
            among=(self.field, list(dict.fromkeys(entries))),
        )
        return {
            entry.casefold(): self.target.key_of(record)
            for record in text_records(frame)
            for entry in _entries(record.get(self.field))
        }

    def _without(self, record: Mapping[str, Any], kept: Sequence[str]) -> dict[str, Any]:
        rest = {name: value for name, value in record.items() if name != self.field}
        if kept:
            return {**rest, self.field: _SIGN.join(kept)}
        return {**rest, self.field: None} if self.clears else rest


def _counted(number: int) -> str:
    return "an entry that belongs to" if number == 1 else f"each of {number} entries that belong to"


def _entries(value: object) -> list[str]:
    """Return the entries of a cell, each once.

    >>> _entries("acme.com; ACME.com;b.com"), _entries(None)
    (['acme.com', 'b.com'], [])
    """
    texts = (entry.strip() for entry in value.split(_SIGN)) if isinstance(value, str) else ()
    return list({text.casefold(): text for text in reversed([*filter(None, texts)])}.values())[::-1]


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
    evidence = read_evidence(sync.unify, client, means.folder, means.indexes)
    found = enriching(sync, client, evidence)
    email = next((n for n, rule in sync.fields.items() if rule.column == found.email), None)
    return replace(to, finish=found.enriched, evidence=evidence.digest(), person=email)


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
    fills = frozenset(name for name, rule in sync.fields.items() if rule.write == "fill_only")
    writer = ObjectWriter(calls, target, means.stopped, fills=fills)
    return Destination(writer=writer, schema=schema, resolve=Lookups(calls).resolve)


def deleted_records(objects: Objects) -> frozenset[str]:
    """Return the Gsids in the tenant's log of deletions; none where it has no such log."""
    try:
        log = objects.deletions()
    except (RejectedError, ReplyError, InputError):
        return frozenset()
    # Whatever its columns are called: those of users among them are no records of a sync.
    cells = (cell for name in log.columns for cell in log[name].dropna())
    return frozenset(filter(is_gsid, cells))


def _by_another_name(sync: Sync, _client: Client, _means: Means) -> Destination:
    given = sync.destination.object
    name = next(own for own, called in OBJECT_NAMES.items() if called == given)
    raise InputError(f"destination.object: write {name} for {given}")


# The objects that are not written as others are.
DESTINATIONS: Mapping[str, Maker] = {
    "Person": people_destination,
    **dict.fromkeys(OWN_ID, association_destination),
    TIMELINE_OBJECT: timeline_destination,
    **dict.fromkeys(OBJECT_NAMES.values(), _by_another_name),
}
