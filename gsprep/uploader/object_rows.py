"""Write rows of an object, one outcome for each row.

The service has no upsert for objects, and refuses a call of 50 for one bad record. So keys are
read first, a row is inserted or updated, and a refused call is halved until the bad row is found.
A record that was deleted in the tenant is written as a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gsprep.calls.limits import RECORDS_PER_CALL
from gsprep.errors import (
    AccessKeyError,
    QuotaError,
    RejectedError,
    ReplyError,
    UnavailableError,
    UploadError,
)
from gsprep.schemas.frames import cell_text, text_records
from gsprep.uploader.object_keys import (
    KEY_TWICE,
    NO_ROW,
    Row,
    RowOutcome,
    circles,
    indistinct,
    last_of,
    meets_every_call,
    one_for_each,
    outcome_of,
    records_with_keys,
    rejected,
    stuck,
    without_filled,
    without_reply,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from gsprep.uploader.object_keys import Action, Found, Key, ObjectTarget, RecordCalls

    Outcomes = Iterator[tuple[int, RowOutcome]]

# Outcomes of an update whose record may have been deleted in the tenant.
_NOT_WRITTEN = frozenset({"refused", "unknown"})
# After so many calls in a row without a reply the service is away, or is another one.
_ENOUGH = 3
_STILL = "is still that of another record"
_AGAIN = "The record was deleted in the tenant, so it is created again."


@dataclass(frozen=True, slots=True)
class _Write:
    """Writes rows by their numbers.

    Attributes:
        call: makes a call, and returns the Gsids.
        action: what it does.
        left: returns the rows of a call that failed so which may be written again.
    """

    call: Callable[[Sequence[int]], list[str]]
    action: Action
    left: Callable[[Sequence[int], UploadError], Sequence[int]]


@dataclass(slots=True)
class ObjectWriter:
    """Writes rows of one object.

    Attributes:
        stopped: whether to end; asked before each call.
        at_once: the most records of a call.
        by_key: whether records are read by their keys, as their ids cannot be asked for.
        fills: fields that are written only where the record has no value.
        identify: fields that change nothing if they are equal, as the keys do.
        own: the Gsids of rows that were stored before, as far as they were met.
        silent: how many calls in a row had no reply.
    """

    objects: RecordCalls
    target: ObjectTarget
    stopped: Callable[[], bool] = lambda: False
    at_once: int = RECORDS_PER_CALL
    by_key: bool = False
    fills: frozenset[str] = frozenset()
    identify: frozenset[str] = frozenset()
    own: set[str] = field(default_factory=set)
    silent: int = 0

    def existing(
        self, records: Sequence[Mapping[str, Any]], select: Sequence[str] = ()
    ) -> dict[Key, list[Found]]:
        """Return the tenant's records with the key of one of these, each with Gsid and ``select``.

        Raises UploadError.
        """
        return records_with_keys(self.objects, self.target, records, select)

    def current(self, rows: Mapping[str, Row], names: Sequence[str]) -> dict[str, Found]:
        """Return the fields of records as they are, by the Gsid of their rows; UploadError.

        None are returned of records that are read by their keys: they have other names there.
        """
        if not rows or self.by_key:
            return {}
        frame = self.objects.query(self.target.name, select=names, among=("Gsid", list(rows)))
        return {str(record["Gsid"]): record for record in text_records(frame)}

    def present(self, rows: Sequence[Row], names: Sequence[str]) -> list[Found | None]:
        """Return the record of each row with its keys and ``names``; None for none or several."""
        known = {row.gsid: row for row in rows if row.gsid is not None}
        by_gsid = self._by_gsid(known, [*self.target.keys, *names])
        new = [row.record for row in rows if row.gsid is None]
        by_key = self.existing(new, names) if new else {}
        named = ((row.gsid, self.target.key_of(row.record)) for row in rows)
        return one_for_each(named, by_gsid, by_key)

    def _by_gsid(self, rows: Mapping[str, Row], select: Sequence[str]) -> dict[str, Found]:
        """Return the records of rows with a Gsid; of people without their associations."""
        return self.current(rows, select)

    def write(self, rows: Sequence[Row]) -> Outcomes:
        """Write rows and yield the position and the outcome of each, as soon as it is known.

        Raises LedgerError, and UploadError for what would meet the next call, too (key, quota,
        address, three calls without a reply); rows without an outcome by then were not sent.
        """
        yield from self._unless_filled(rows, self._write)

    def foretell(self, rows: Sequence[Row]) -> Outcomes:
        """Yield what ``write`` would do with each row; the tenant is only read."""
        yield from self._unless_filled(rows, self._foretell)

    def _unless_filled(
        self, rows: Sequence[Row], write: Callable[[Sequence[Row]], Outcomes]
    ) -> Outcomes:
        """Write rows without filled fields; one with nothing else to change is not sent."""
        if not self.fills:
            yield from write(rows)
            return
        present = self.present(rows, sorted(self.fills))
        pairs = enumerate(zip(rows, present, strict=True))
        same = frozenset({*self.target.keys, *self.identify})
        left = {
            number: row
            for number, (given, there) in pairs
            if (row := without_filled(given, there, self.fills, same)) is not None
        }
        for number, found in enumerate(present):
            if number not in left:
                gsid = (found or {}).get("Gsid")
                yield number, RowOutcome(outcome="stored", action="unchanged", gsid=gsid)
        numbers = list(left)
        yield from ((numbers[at], outcome) for at, outcome in write(list(left.values())))

    def _write(self, rows: Sequence[Row]) -> Outcomes:
        told = self._settled(rows)
        yield from told.items()
        known, new = self._parted(rows, told)
        lost: dict[int, RowOutcome] = {}
        try:
            # A record that changes its key goes first: another row may get the key it had.
            for number, outcome in self._updated_in_turn(rows, known):
                if outcome.outcome in _NOT_WRITTEN:
                    lost[number] = outcome
                else:
                    yield number, outcome
        except UploadError:
            yield from lost.items()
            raise
        there = self._there(rows, {number: known[number] for number in lost})
        yield from ((number, outcome) for number, outcome in lost.items() if number in there)
        gone = [number for number in lost if number not in there]
        yield from self._written_new(rows, [*new, *gone], frozenset(gone))

    def _updated_in_turn(self, rows: Sequence[Row], known: Mapping[int, str]) -> Outcomes:
        """Update records; one gets a key of another record only after that gave it up.

        Records that exchange their keys are updated in one call, or not at all.
        """
        waiting = self._waiting(rows, known)
        yield from self._all_updated(rows, {n: g for n, g in known.items() if n not in waiting})
        while waiting:
            still = self._waiting(rows, {number: known[number] for number in waiting})
            free = [number for number in waiting if number not in still]
            if not free:
                # A row that waits for a record which stays gets no key; the others exchange theirs.
                ends = stuck(still, known)
                yield from ((number, rejected(KEY_TWICE, self.target, _STILL)) for number in ends)
                free = list(still)
                still = {n: holder for n, holder in still.items() if n not in ends}
                for circle in circles(still, known):
                    gsids = {number: known[number] for number in circle}
                    yield from self._all_updated(rows, gsids, together=True)
            else:
                yield from self._all_updated(rows, {number: known[number] for number in free})
            waiting = {number: holder for number, holder in still.items() if number not in free}

    def _all_updated(
        self, rows: Sequence[Row], gsids: Mapping[int, str], *, together: bool = False
    ) -> Outcomes:
        batches = list(self._batches(list(gsids)))
        for batch in batches:
            one = {number: gsids[number] for number in batch}
            yield from self._updated(rows, one, together=together and len(batches) == 1)

    def _waiting(self, rows: Sequence[Row], gsids: Mapping[int, str]) -> dict[int, str]:
        """Return the rows whose key another record has, with the Gsid of that one.

        None wait if that cannot be read. Records that are read by their keys have no other ids.
        """
        moving = [number for number in gsids if rows[number].moves]
        if self.by_key or not moving:
            return {}
        try:
            there = self.existing([rows[number].record for number in moving])
        except (AccessKeyError, QuotaError):
            raise
        except UploadError:
            return {}
        keys = {number: self.target.key_of(rows[number].record) or () for number in moving}
        found = {n: [str(one["Gsid"]) for one in there.get(key, ())] for n, key in keys.items()}
        waiting = {n: of[0] for n, of in found.items() if of and gsids[n] not in of}
        # Where the record of a row was deleted, someone may have made it again.
        others = {n: gsids[n] for n, holder in waiting.items() if holder not in self.own}
        gone = others.keys() - self._there(rows, others) if others else set()
        return {number: holder for number, holder in waiting.items() if number not in gone}

    def _written_new(
        self, rows: Sequence[Row], numbers: Sequence[int], gone: AbstractSet[int]
    ) -> Outcomes:
        """Write rows without a record that is known; those of ``gone`` had one before."""
        inserts, updates, ends = self._split(rows, numbers)
        yield from ends.items()
        yield from self._all_updated(rows, updates)
        for batch in self._batches(inserts):
            for number, outcome in self._inserted(rows, batch):
                again = number in gone and outcome.action == "created"
                yield number, replace(outcome, message=_AGAIN) if again else outcome

    def _batches(self, numbers: Sequence[int]) -> Iterator[Sequence[int]]:
        starts = range(0, len(numbers), self.at_once)
        return (numbers[start : start + self.at_once] for start in starts)

    def _there(self, rows: Sequence[Row], gsids: Mapping[int, str]) -> set[int]:
        """Return which rows still have their record in the tenant: all of them if it is silent."""
        try:
            if self.by_key:
                keys = {number: self.target.key_of(rows[number].record) for number in gsids}
                found = self.existing([rows[number].record for number in gsids])
                return {number for number, key in keys.items() if key in found}
            wanted = {gsid: rows[number] for number, gsid in gsids.items()}
            there = self.current(wanted, self.target.keys)
        except UploadError:
            return set(gsids)
        return {number for number, gsid in gsids.items() if gsid in there}

    def _foretell(self, rows: Sequence[Row]) -> Outcomes:
        told = self._settled(rows)
        yield from told.items()
        known, new = self._parted(rows, told)
        there = self._there(rows, known)
        new += [number for number in known if number not in there]
        known = {number: gsid for number, gsid in known.items() if number in there}
        # Keys that rows of this call give up are free by then.
        inserts, updates, ends = self._split(rows, new, moving=True)
        ends |= dict.fromkeys(
            stuck(self._waiting(rows, known), known), rejected(KEY_TWICE, self.target, _STILL)
        )
        yield from ends.items()
        for number, gsid in {**known, **updates}.items():
            if number not in ends:
                yield number, RowOutcome(outcome="unsent", action="updated", gsid=gsid)
        for number in inserts:
            yield number, RowOutcome(outcome="unsent", action="created")

    def delete(self, gsids: Sequence[str]) -> Outcomes:
        """Delete records and yield the position and the outcome of each."""
        for number, gsid in enumerate(gsids):
            if self.stopped():
                return
            try:
                there = self.objects.delete(self.target.name, gsid)
            except UploadError as failure:
                if meets_every_call(failure):
                    raise
                yield number, replace(outcome_of(failure), gsid=gsid)
                self._heard(failure)
            else:
                self._heard()
                action: Action = "" if there else "absent"
                yield number, RowOutcome(outcome="stored", action=action, gsid=gsid)

    def _settled(self, rows: Sequence[Row]) -> dict[int, RowOutcome]:
        """Return the rows that need no look at the tenant.

        They cannot be told apart, or the mode only creates and their record is there.
        """
        there = {
            number: RowOutcome(outcome="stored", action="unchanged", gsid=row.gsid)
            for number, row in enumerate(rows)
            if self.target.mode == "create" and row.gsid is not None
        }
        return there | indistinct(rows, self.target)

    def _parted(
        self, rows: Sequence[Row], told: Mapping[int, RowOutcome]
    ) -> tuple[dict[int, str], list[int]]:
        """Return the Gsids of the rows that have one, and the positions of the others."""
        numbers = [number for number in range(len(rows)) if number not in told]
        known = {n: gsid for n in numbers if (gsid := rows[n].gsid) is not None}
        self.own.update(known.values())
        return known, [number for number in numbers if number not in known]

    def _split(
        self, rows: Sequence[Row], numbers: Sequence[int], *, moving: bool = False
    ) -> tuple[list[int], dict[int, str], dict[int, RowOutcome]]:
        """Return the rows to insert, those to update with their Gsids, and the others' outcomes.

        A record that belongs to another row is not this row's; when records are ``moving`` its key
        will be free.
        """
        there = self.existing([rows[number].record for number in numbers])
        inserts: list[int] = []
        updates: dict[int, str] = {}
        ends: dict[int, RowOutcome] = {}
        for number in numbers:
            found = there.get(self.target.key_of(rows[number].record) or (), [])
            if moving:
                found = [record for record in found if record["Gsid"] not in self.own]
            end = self._end(found)
            if end is not None:
                ends[number] = end
            elif found:
                updates[number] = str(found[0]["Gsid"])
            elif self.target.key_of(rows[number].record) is None:
                ends[number] = self._absent()
            else:
                inserts.append(number)
        return inserts, updates, ends

    def _end(self, found: Sequence[Mapping[str, str | None]]) -> RowOutcome | None:
        """Return the outcome of a row that needs no call, None for one that does."""
        if len(found) > 1:
            return rejected(KEY_TWICE, self.target, "is in several records of the tenant")
        if found and found[0]["Gsid"] in self.own:
            return rejected(KEY_TWICE, self.target, _STILL)
        if found and self.target.mode == "create":
            return RowOutcome(outcome="stored", action="unchanged", gsid=found[0]["Gsid"])
        return self._absent() if not found and self.target.mode == "update" else None

    def _absent(self) -> RowOutcome:
        return RowOutcome(
            outcome="unsent",
            action="absent",
            code=NO_ROW,
            message=f"The tenant has no such record of {self.target.name}, and none is inserted.",
        )

    def _updated(
        self, rows: Sequence[Row], batch: Mapping[int, str], *, together: bool
    ) -> Outcomes:
        """Update records; a refused call is not divided if they have to go ``together``."""
        there: set[int] = set()

        def call(numbers: Sequence[int]) -> list[str]:
            records = [{**rows[number].record, "Gsid": batch[number]} for number in numbers]
            self.objects.update(self.target.name, records)
            return [batch[number] for number in numbers]

        def left(numbers: Sequence[int], _: UploadError) -> list[int]:
            # What is gone is asked for once.
            if not there and not together:
                there.update(self._there(rows, {number: batch[number] for number in numbers}))
            return [number for number in numbers if number in there]

        ends, ended = last_of(self._halved(list(batch), _Write(call, "updated", left)))
        yield from {
            **ends,
            **self._as_sent(rows, {n: batch[n] for n in without_reply(ends)}),
        }.items()
        if ended is not None:
            raise ended

    def _inserted(self, rows: Sequence[Row], batch: Sequence[int]) -> Outcomes:
        found: dict[int, RowOutcome] = {}

        def call(numbers: Sequence[int]) -> list[str]:
            # Nulls clear a field, and a new record has nothing to clear.
            records = [
                {name: value for name, value in rows[n].record.items() if value is not None}
                for n in numbers
            ]
            gsids = self.objects.insert(self.target.name, records)
            if not self.by_key and not self.own.isdisjoint(gsids):
                raise ReplyError("the service replied with the Gsid of an earlier record")
            self.own.update(gsids)
            return gsids

        none_there: list[bool] = []

        def left(numbers: Sequence[int], failure: UploadError) -> Sequence[int]:
            # A service that stores none of a refused call does so each time: it is asked once.
            if none_there and not failure.may_be_of_one:
                return numbers
            again = self._not_there(rows, numbers, found)
            none_there.extend([True] * (len(again) == len(numbers)))
            if not again and not found and not failure.may_be_of_one:
                # The tenant does not say: the documented service stores none of a refused call.
                return numbers
            return again

        ends, ended = last_of(self._halved(batch, _Write(call, "created", left)))
        self._not_there(rows, [n for n in without_reply(ends) if n not in found], found)
        yield from {**ends, **found}.items()
        if found and len(ends) == len(batch):
            # The service is there, and only its replies to inserts are lost.
            self._heard()
        elif ended is not None:
            raise ended

    def _as_sent(self, rows: Sequence[Row], gsids: Mapping[int, str]) -> dict[int, RowOutcome]:
        """Return the updates without a reply whose records have by now all that was sent."""
        names = list(dict.fromkeys(name for number in gsids for name in rows[number].record))
        try:
            there = self.current({gsid: rows[number] for number, gsid in gsids.items()}, names)
        except UploadError:
            return {}
        return {
            number: RowOutcome(outcome="stored", action="updated", gsid=gsid)
            for number, gsid in gsids.items()
            if (one := there.get(gsid)) is not None
            and all(cell_text(v) == one.get(name) for name, v in rows[number].record.items())
        }

    def _not_there(
        self, rows: Sequence[Row], numbers: Sequence[int], found: dict[int, RowOutcome]
    ) -> list[int]:
        """Return the inserts without a reply whose records are not there; those that are: found."""
        try:
            there = self.existing([rows[number].record for number in numbers])
        except UploadError:
            # Still unknown: the next run reads the keys before it inserts anything.
            return []
        same = {n: there.get(self.target.key_of(rows[n].record) or (), []) for n in numbers}
        for number, records in same.items():
            if len(records) == 1:
                gsid = records[0]["Gsid"]
                found[number] = RowOutcome(outcome="stored", action="created", gsid=gsid)
        return [number for number, records in same.items() if not records]

    def _halved(self, numbers: Sequence[int], write: _Write) -> Outcomes:
        """Make a call; halve one that was refused, or failed perhaps for one of its rows."""
        if self.stopped() or not numbers:
            return
        try:
            gsids = write.call(numbers)
        except UploadError as failure:
            yield from self._failed(failure, numbers, write)
            return
        self._heard()
        for number, gsid in zip(numbers, gsids, strict=True):
            yield number, RowOutcome(outcome="stored", action=write.action, gsid=gsid)

    def _failed(self, failure: UploadError, numbers: Sequence[int], write: _Write) -> Outcomes:
        """Yield the outcomes of a failed call; raise what would meet the next one, too."""
        if meets_every_call(failure):
            raise failure
        outcome, parts = outcome_of(failure), _parts_of(numbers, write, failure)
        again = {number for part in parts for number in part}
        # What may be stored keeps this outcome if its part is never sent.
        is_open = outcome.outcome == "unknown"
        yield from ((number, outcome) for number in numbers if is_open or number not in again)
        for part in parts:
            yield from self._halved(part, write)
        if not parts:
            self._heard(failure)

    def _heard(self, failure: UploadError | None = None) -> None:
        """Count the calls in a row that had no reply, and raise the last failure when enough."""
        self.silent = self.silent + 1 if isinstance(failure, UnavailableError) else 0
        if failure is not None and self.silent >= _ENOUGH:
            raise failure


def _parts_of(numbers: Sequence[int], write: _Write, failure: UploadError) -> list[Sequence[int]]:
    """Return the rows of a failed call that are tried again, in calls; none of a single row."""
    if len(numbers) == 1 or not (isinstance(failure, RejectedError) or failure.may_be_of_one):
        return []
    again = write.left(numbers, failure)
    if len(again) < len(numbers):
        return [again]
    middle = len(numbers) // 2
    return [numbers[:middle], numbers[middle:]]
