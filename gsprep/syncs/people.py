"""People with their associations as the destination of a sync."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.errors import InputError, UploadError
from gsprep.schemas.frames import ROW_ID, cell_text, text_records
from gsprep.syncs.people_matching import (
    Matching,
    PeopleFields,
    fields_of_people,
    parted,
    people_of_tenant,
    read_evidence,
)
from gsprep.syncs.writers import Destination, Lookups, Means
from gsprep.uploader.deleting import DeletionPlan, delete_persons
from gsprep.uploader.object_keys import (
    ASSOCIATION,
    COMPANY,
    ObjectTarget,
    Row,
    RowOutcome,
    TenantPeople,
)
from gsprep.uploader.object_rows import ObjectWriter
from gsprep.uploader.upload import UploadOptions, send_text

if TYPE_CHECKING:
    from gsprep.results import Uploaded
    from gsprep.syncs.definition import Sync
    from gsprep.uploader.client import Client
    from gsprep.uploader.object_keys import Found, Key

    Outcomes = Iterator[tuple[int, RowOutcome]]

_DELETED = {"deleted": "stored"}
_SEVERAL = (
    "The person has no association of their own, or several: this sync cannot tell which one to "
    "set."
)


@dataclass
class PeopleWriter(ObjectWriter):
    """Writes people by the calls of ``upload``, and reads which of them the tenant has.

    Attributes:
        there: reads people of the tenant; one by one only if it matters who is there.
        is_unmoved: whether a known person was not stored in this run: its key may not be free.
    """

    client: Client = field(kw_only=True)
    fields: PeopleFields = field(kw_only=True)
    there: TenantPeople = field(init=False)
    is_unmoved: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Read by the same client."""
        self.there = TenantPeople(self.client, self.target)

    def write(self, rows: Sequence[Row]) -> Outcomes:
        """Write rows and yield the position and the outcome of each, as soon as it is known.

        Raises UploadError for what ends an upload; rows without an outcome by then were not sent.
        """
        yield from self._worded(super().write(rows))

    def foretell(self, rows: Sequence[Row]) -> Outcomes:
        """Yield what ``write`` would do with each row; the tenant is only read."""
        yield from self._worded(super().foretell(rows))

    def delete(self, gsids: Sequence[str]) -> Outcomes:
        """Delete people with all their associations and yield the outcome of each."""
        frame = pd.DataFrame({"Gsid": pd.Series(list(gsids), dtype="str")})
        plan = DeletionPlan(frame, tuple(gsids), {}, 0, (0, 0))
        done = delete_persons(plan, self.client)
        words = zip(done.frame["outcome"], done.frame["error_message"], strict=True)
        for number, (word, message) in enumerate(words):
            yield (
                number,
                RowOutcome(
                    outcome=_DELETED.get(word, word),
                    gsid=gsids[number],
                    message=cell_text(message) or "",
                ),
            )
        if done.stopped is not None:
            raise done.stopped

    def existing(
        self, records: Sequence[Mapping[str, Any]], select: Sequence[str] = ()
    ) -> dict[Key, list[Found]]:
        """Return the tenant's people with the key of one of these, each with Gsid and ``select``.

        Where the tenant does not list people nothing is found, unless it matters who is there.
        """
        return self.there.by_key(records, select, exact=self._matters())

    def _matters(self) -> bool:
        """Return whether it decides on a row who is there."""
        return self.target.mode != "upsert" or bool(self.fills) or self.is_unmoved

    def _worded(self, outcomes: Outcomes) -> Outcomes:
        """Yield outcomes that do not claim to know whether a person was there."""
        for number, one in outcomes:
            is_guess = one.action == "created" and self.there.is_blind and not self._matters()
            yield number, replace(one, action="upserted") if is_guess else one

    def current(self, rows: Mapping[str, Row], names: Sequence[str]) -> dict[str, Found]:
        """Return the fields of people by Gsid, with those of the association of each row."""
        known = [replace(row, gsid=gsid) for gsid, row in rows.items()]
        found = self.present(known, names)
        return {gsid: one for gsid, one in zip(rows, found, strict=True) if one is not None}

    def _there(self, rows: Sequence[Row], gsids: Mapping[int, str]) -> set[int]:  # noqa: ARG002  of a person the Gsid is enough
        """Return which people are still in the tenant: all of them if it is silent."""
        try:
            there = self.there.by_gsid(list(gsids.values()), self.target.keys)
        except UploadError:
            return set(gsids)
        return {number for number, gsid in gsids.items() if gsid in there}

    def present(self, rows: Sequence[Row], names: Sequence[str]) -> list[Found | None]:
        """Return the person of each row with its association; None if there is none, or several."""
        plain = [name for name in names if not name.startswith(ASSOCIATION)]
        return self._with_links(rows, super().present(rows, plain), names)

    def _by_gsid(self, rows: Mapping[str, Row], select: Sequence[str]) -> dict[str, Found]:
        return self.there.by_gsid(list(rows), select)

    def _with_links(
        self, rows: Sequence[Row], found: Sequence[Found | None], names: Iterable[str]
    ) -> list[Found | None]:
        """Return what was found of people with the association that each row is about."""
        gsids = [str(one["Gsid"]) for one in found if one is not None]
        own = [n.removeprefix(ASSOCIATION) for n in names if n.startswith(ASSOCIATION)]
        links = self.there.links(gsids, own)
        whole: list[Found | None] = []
        for row, one in zip(rows, found, strict=True):
            company = cell_text(row.record.get(COMPANY))
            of_person = [] if one is None else links.get(str(one["Gsid"]), [])
            link = next((each for each in of_person if each[COMPANY] == company), {})
            whole.append(None if one is None else {**one, **link})
        return whole

    def _updated(
        self,
        rows: Sequence[Row],
        batch: Mapping[int, str],
        *,
        together: bool,  # noqa: ARG002  the service judges each person alone
    ) -> Outcomes:
        for number, outcome in self._sent(rows, batch):
            is_stored = outcome.outcome == "stored"
            self.is_unmoved |= not is_stored
            action = "updated" if is_stored else outcome.action
            yield number, replace(outcome, action=action, gsid=outcome.gsid or batch[number])

    def _inserted(self, rows: Sequence[Row], batch: Sequence[int]) -> Outcomes:
        silent: dict[int, RowOutcome] = {}
        ended: UploadError | None = None
        try:
            for number, outcome in self._sent(rows, dict.fromkeys(batch)):
                if outcome.outcome == "unknown" and outcome.gsid is None:
                    silent[number] = outcome
                else:
                    done = outcome.outcome == "stored"
                    yield number, replace(outcome, action="created") if done else outcome
        except UploadError as failure:
            # Those without a reply may be stored all the same.
            ended = failure
        for number, gsid in self._found_again(rows, list(silent)).items():
            yield number, replace(silent.pop(number), gsid=gsid)
        yield from silent.items()
        if ended is not None:
            raise ended

    def _found_again(self, rows: Sequence[Row], silent: Sequence[int]) -> dict[int, str]:
        """Return the Gsids of people without a reply who are there: a rename has to find them."""
        try:
            there = self.existing([rows[number].record for number in silent]) if silent else {}
        except UploadError:
            return {}
        found = {n: there.get(self.target.key_of(rows[n].record) or (), []) for n in silent}
        return {n: str(each[0]["Gsid"]) for n, each in found.items() if len(each) == 1}

    def _sent(self, rows: Sequence[Row], gsids: Mapping[int, str | None]) -> Outcomes:
        """Send people, each with its association; raise what ends an upload."""
        if self.stopped() or not gsids:
            return
        whole = {n: self._whole(rows[n].record, gsid) for n, gsid in gsids.items()}
        refused = [number for number, record in whole.items() if record is None]
        yield from ((n, RowOutcome(outcome="refused", message=_SEVERAL)) for n in refused)
        records = {number: record for number, record in whole.items() if record is not None}
        if records:
            yield from self._uploaded(records, gsids)

    def _uploaded(
        self, records: Mapping[int, Mapping[str, Any]], gsids: Mapping[int, str | None]
    ) -> Outcomes:
        how = UploadOptions(key=self.target.keys, schemas=self.fields.schemas, mode="sync")
        uploaded = send_text(self._frames(records, gsids), how, self.client)
        for number, outcome in _outcomes(uploaded, list(records)).items():
            if outcome.outcome != "unsent" or uploaded.stopped is None:
                yield number, outcome
        if uploaded.stopped is not None:
            raise uploaded.stopped

    def _whole(self, record: Mapping[str, Any], gsid: str | None) -> Mapping[str, Any] | None:
        """Return a record that names the company of its association; None if that is not sure."""
        spelled = self.fields.spelled_out(record)
        needs = COMPANY not in spelled and any(name.startswith(ASSOCIATION) for name in spelled)
        if not needs or gsid is None:
            return spelled
        links = self.there.links([gsid], ())[gsid]
        return {**spelled, COMPANY: links[0][COMPANY]} if len(links) == 1 else None

    def _frames(
        self, records: Mapping[int, Mapping[str, Any]], gsids: Mapping[int, str | None]
    ) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return people and associations as ``upload`` takes them; row_ids are positions."""
        people, linked = [], []
        for number, record in records.items():
            person, link = parted(record)
            # Nulls clear a field, and a new person has nothing to clear.
            own = person if gsids[number] is not None else _filled(person)
            people.append({ROW_ID: str(number), "Gsid": gsids[number], **own})
            if link.get("Company_ID"):
                key = {name: person.get(name) for name in self.target.keys}
                named: Found = {ROW_ID: str(number), "Person_ID": gsids[number], **key}
                sent = link if gsids[number] is not None else _filled(link)
                linked.append({**named, **sent})
        columns = [ROW_ID, "Person_ID", *self.target.keys, "Company_ID"]
        return (
            text_table(people, [ROW_ID, "Gsid", *self.target.keys]),
            text_table(linked, columns),
            text_table([], [*columns, "Relationship_ID"]),
        )


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def text_table(lines: Sequence[Mapping[str, str | None]], columns: Sequence[str]) -> pd.DataFrame:
    """Return lines as a frame of text that has at least these columns."""
    names = dict.fromkeys([*columns, *(name for line in lines for name in line)])
    cells = {name: [line.get(name) for line in lines] for name in names}
    return pd.DataFrame(cells, columns=list(names), dtype="str")


def _outcomes(uploaded: Uploaded, numbers: Sequence[int]) -> dict[int, RowOutcome]:
    """Return the outcome of each row: that of its person, or else what its association lacks."""
    done = dict(zip(numbers, map(outcome_of, text_records(uploaded.persons)), strict=True))
    for line in text_records(uploaded.company_persons):
        number, linked = int(str(line[ROW_ID])), outcome_of(line)
        if linked.outcome != "stored" and done[number].outcome == "stored":
            done[number] = replace(linked, gsid=done[number].gsid)
    return done


def outcome_of(line: Found) -> RowOutcome:
    """Return the outcome in a row of an upload."""
    return RowOutcome(
        outcome=str(line["outcome"]),
        gsid=line["Gsid"],
        code=line["error_code"] or "",
        field=line["error_field"] or "",
        message=line["error_message"] or "",
    )


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
        client.objects, target, means.stopped, client=client, fields=fields,
        fills=frozenset(fields.spelled_out(fills)), identify=frozenset({COMPANY}),
    )  # fmt: skip
    evidence = None
    if sync.unify is not None:
        evidence = read_evidence(sync.unify, client, means.folder, means.indexes)
    hold = frozenset(() if sync.unify is None else sync.unify.hold)
    return Destination(
        writer=writer,
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
    named = fields.spelled_out(sync.on_missing.values or {})  # noqa: PD011
    if own := [name for name in named if not name.startswith(ASSOCIATION) or name == COMPANY]:
        raise InputError(
            f"on_missing.set names {own[0]}: for people it sets fields of the association, such as "
            "CompanyPerson.Active"
        )
