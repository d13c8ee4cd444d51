"""Associations of people as the destination of a sync."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.calls.endpoints import NO_SUCH_FIELD, OBJECT_NAMES
from gsprep.errors import InputError, RejectedError, UploadError
from gsprep.schemas.frames import ROW_ID, cell_text, text_records
from gsprep.schemas.objects import Schemas, schemas_from_describe
from gsprep.syncs.people import outcome_of, text_table
from gsprep.syncs.records import LOOKUP_CODE
from gsprep.syncs.writers import Destination, Lookups, Means
from gsprep.uploader.object_keys import (
    NO_ROW,
    Action,
    Found,
    ObjectTarget,
    Row,
    RowOutcome,
    TenantPeople,
    indistinct,
    without_filled,
)
from gsprep.uploader.upload import UploadOptions, send_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandera.pandas as pa

    from gsprep.syncs.definition import Sync
    from gsprep.uploader.client import Client

    Outcomes = Iterator[tuple[int, RowOutcome]]

# What an association joins its person to, and the frame of an upload that holds it.
OWN_ID = {"CompanyPerson": "Company_ID", "RelationshipPerson": "Relationship_ID"}
_FRAMES = ("company_persons", "relationship_persons")
_MOVED = (
    "The earlier association of this row remains: Gainsight has no call to remove one. Set its "
    "field Active to false."
)


class _Place(NamedTuple):
    """Where an association is: its person, what that is joined to, and the record, if known."""

    person: str
    own: str
    there: Found | None


def association_schema(name: str, client: Client) -> pa.DataFrameSchema:
    """Return the fields of an association that the tenant describes, or else the usual ones."""
    schemas = association_schemas(name, client)
    return schemas.company_persons if name == "CompanyPerson" else schemas.relationship_persons


def association_schemas(name: str, client: Client) -> Schemas:
    """Return the schemas of people, with the tenant's own fields of an association."""
    try:
        return schemas_from_describe([client.objects.describe(name)])
    except RejectedError:
        return Schemas()


def association_destination(sync: Sync, client: Client, means: Means) -> Destination:
    """Return the destination of associations; InputError if the definition does not name them."""
    options, name = sync.destination, sync.destination.object
    own = OWN_ID[name]
    if own not in options.key or len(options.key) < 2:  # noqa: PLR2004  a person and one more
        raise InputError(
            f"destination.key of {name} names the person and {own}, as in [Email, {own}]"
        )
    if sync.on_missing.action == "delete":
        raise InputError(
            "on_missing: delete: Gainsight has no call that deletes an association. Write "
            '{set: {Active: "false"}} instead'
        )
    person = tuple(key for key in options.key if key != own)
    rules = sync.fields.items()
    writer = AssociationWriter(
        client=client,
        schemas=association_schemas(name, client),
        target=ObjectTarget(
            name=name, keys=(*person, own), caseless=frozenset(person), mode=options.mode
        ),
        fills=frozenset(n for n, rule in rules if rule.write == "fill_only"),
        stopped=means.stopped,
    )
    schema = association_schema(name, client)
    resolve = Lookups(client.objects).resolve
    return Destination(writer=writer, schema=schema, resolve=resolve, person="Email")


@dataclass
class AssociationWriter:
    """Writes associations of people who are in the tenant; one outcome for each row.

    Attributes:
        target: the keys of the person, and last the id of what it is joined to.
        fills: fields that are written only where the association has no value.
        stopped: whether to end; asked before the calls.
        is_blind: whether the tenant does not list associations: then no one knows who is there.
    """

    client: Client
    schemas: Schemas
    target: ObjectTarget
    fills: frozenset[str]
    stopped: Callable[[], bool]
    is_blind: bool = field(default=False, init=False)
    people: TenantPeople = field(init=False)

    def __post_init__(self) -> None:
        """Read people by the keys of the person."""
        names = self.target.keys[:-1]
        person = ObjectTarget(name="Person", keys=names, caseless=frozenset(names))
        self.people = TenantPeople(self.client, person)

    @property
    def own(self) -> str:
        """The field with the id of what a person is joined to."""
        return self.target.keys[-1]

    def write(self, rows: Sequence[Row]) -> Outcomes:
        """Write rows and yield the position and the outcome of each; raises what ends an upload."""
        places, done = self._placed(rows)
        yield from done.items()
        if self.stopped() or not places:
            return
        for number, outcome in self._sent(rows, places):
            is_stored = outcome.outcome == "stored"
            action: Action = self._action(places[number]) if is_stored else ""
            moved = action == "created" and rows[number].gsid is not None
            message = _MOVED if moved else outcome.message
            yield number, replace(outcome, action=action, message=message)

    def foretell(self, rows: Sequence[Row]) -> Outcomes:
        """Yield what ``write`` would do with each row; the tenant is only read."""
        places, done = self._placed(rows)
        yield from done.items()
        for number, place in places.items():
            gsid = None if place.there is None else place.there["Gsid"]
            yield number, RowOutcome(outcome="unsent", action=self._action(place), gsid=gsid)

    def delete(self, gsids: Sequence[str]) -> Outcomes:
        """Refuse: the service has no call for it."""
        message = "Gainsight has no call that deletes an association."
        for number, gsid in enumerate(gsids):
            yield number, RowOutcome(outcome="unsent", gsid=gsid, message=message)

    def current(
        self, rows: Mapping[str, Row], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str | None]]:
        """Return the fields of associations as they are, by the Gsid of their rows."""
        own = [name for name in names if name not in self.target.keys[:-1]]
        found = self._by_gsid(list(rows), own)
        keys = self.target.keys[:-1]
        same = {gsid: {n: cell_text(rows[gsid].record.get(n)) for n in keys} for gsid in found}
        return {gsid: {**one, **same[gsid]} for gsid, one in found.items()}

    def _action(self, place: _Place) -> Action:
        if self.is_blind:
            return "upserted"
        return "created" if place.there is None else "updated"

    def _placed(self, rows: Sequence[Row]) -> tuple[dict[int, _Place], dict[int, RowOutcome]]:
        """Return the associations to write, and the outcomes of the other rows."""
        done = indistinct(rows, self.target)
        by_gsid = {
            n: row.gsid
            for n, row in enumerate(rows)
            if row.gsid and self.target.key_of(row.record) is None
        }
        places = self._of_keys({n: row for n, row in enumerate(rows) if n not in done | by_gsid})
        places |= self._of_gsids(by_gsid)
        done |= {
            n: self._no_person() if n not in by_gsid else self._absent()
            for n in range(len(rows))
            if n not in places and n not in done
        }
        ends = {n: end for n, place in places.items() if (end := self._end(rows[n], place))}
        return {n: place for n, place in places.items() if n not in ends}, done | ends

    def _end(self, row: Row, place: _Place) -> RowOutcome | None:
        """Return the outcome of a row that needs no call, None for one that does."""
        there, mode = place.there, self.target.mode
        if there is None:
            return self._absent() if mode == "update" and not self.is_blind else None
        if mode == "create" or (self.fills and self._unfilled(row, there) is None):
            return RowOutcome(outcome="stored", action="unchanged", gsid=there["Gsid"])
        return None

    def _unfilled(self, row: Row, there: Found | None) -> Row | None:
        """Return a row with the fields to write alone; None if it changes nothing."""
        own = self._own(row)
        return without_filled(replace(row, record=own), there, self.fills, own.keys())

    def _own(self, row: Row) -> dict[str, Any]:
        return {n: value for n, value in row.record.items() if n not in self.target.keys}

    def _of_keys(self, rows: Mapping[int, Row]) -> dict[int, _Place]:
        """Return the places of rows whose person is in the tenant."""
        if not rows:
            return {}
        records = [row.record for row in rows.values()]
        people = self.people.by_key(records)
        persons = {}
        for number, row in rows.items():
            found = people.get(self.people.target.key_of(row.record) or (), [])
            if len(found) == 1:
                persons[number] = str(found[0]["Gsid"])
        names = list(dict.fromkeys(n for row in rows.values() for n in self._own(row)))
        links = self._links(list(dict.fromkeys(persons.values())), names)
        return {
            number: _Place(gsid, own := str(rows[number].record[self.own]), links.get((gsid, own)))
            for number, gsid in persons.items()
        }

    def _links(self, persons: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], Found]:
        """Return associations by their person and what it is joined to; none if that is refused."""
        if self.is_blind or not persons:
            return {}
        select = ["Person_ID", self.own, *names]
        try:
            frame = self.client.objects.query(
                OBJECT_NAMES[self.target.name], select=select, among=("Person_ID", persons)
            )
        except RejectedError as refusal:
            if refusal.code == NO_SUCH_FIELD or self.target.mode != "upsert" or self.fills:
                raise
            self.is_blind = True
            return {}
        found = text_records(frame)
        return {(str(one["Person_ID"]), str(one[self.own])): one for one in found}

    def _of_gsids(self, gsids: Mapping[int, str]) -> dict[int, _Place]:
        found = self._by_gsid(list(gsids.values()), ["Person_ID", self.own])
        return {
            number: _Place(str(one["Person_ID"]), str(one[self.own]), one)
            for number, gsid in gsids.items()
            if (one := found.get(gsid)) is not None
        }

    def _by_gsid(self, gsids: Sequence[str], names: Sequence[str]) -> dict[str, Found]:
        if not gsids:
            return {}
        name = OBJECT_NAMES[self.target.name]
        frame = self.client.objects.query(name, select=names, among=("Gsid", gsids))
        return {str(one["Gsid"]): one for one in text_records(frame)}

    def _sent(self, rows: Sequence[Row], places: Mapping[int, _Place]) -> Outcomes:
        """Send associations below their people, of whom nothing else is sent."""
        keys = self.target.keys[:-1]
        people: list[Found] = []
        linked: list[Found] = []
        for number, place in places.items():
            record = rows[number].record
            person: Found = {n: cell_text(record.get(n)) for n in keys}
            person[ROW_ID] = str(number)
            people.append(person | {"Gsid": place.person})
            left = self._unfilled(rows[number], place.there)
            own = self._own(rows[number]) if left is None else left.record
            texts = {n: cell_text(value) or "" for n, value in own.items()}
            sent = texts if place.there is not None else {n: t for n, t in texts.items() if t}
            linked.append({**person, "Person_ID": place.person, self.own: place.own, **sent})
        shapes = [ROW_ID, "Person_ID", *keys, "Company_ID", "Relationship_ID"]
        at = list(OWN_ID).index(self.target.name)
        frames = [text_table(linked if n == at else [], shapes) for n in range(len(_FRAMES))]
        whole = (text_table(people, [ROW_ID, "Gsid", *keys]), frames[0], frames[1])
        how = UploadOptions(key=keys, schemas=self.schemas, mode="sync")
        uploaded = send_text(whole, how, self.client)
        for line in text_records(getattr(uploaded, _FRAMES[at])):
            outcome = outcome_of(line)
            if outcome.outcome != "unsent" or uploaded.stopped is None:
                yield int(str(line[ROW_ID])), outcome
        if isinstance(uploaded.stopped, UploadError):
            raise uploaded.stopped

    def _no_person(self) -> RowOutcome:
        names = self.target.keys[:-1]
        return RowOutcome(
            outcome="refused", code=LOOKUP_CODE, field=",".join(names),
            message=f"{' and '.join(names)}: the tenant has no such person. Send people first.",
        )  # fmt: skip

    def _absent(self) -> RowOutcome:
        return RowOutcome(
            outcome="unsent", action="absent", code=NO_ROW,
            message="The tenant has no such association, and none is inserted.",
        )  # fmt: skip
