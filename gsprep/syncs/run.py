"""Run of a sync, with one outcome for each row."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from gsprep.errors import GsprepError, InputError
from gsprep.ledger.sync_state import StoredRow, SyncState
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.objects import fields_of
from gsprep.syncs.records import Parents, Records, Rejection, json_value, map_records
from gsprep.syncs.writers import (
    ChangedRow,
    Destination,
    Known,
    find_changes,
    foretold,
    split_by_key,
)
from gsprep.uploader.object_keys import Row, RowOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.syncs.definition import Sync
    from gsprep.syncs.sources import Reading
    from gsprep.uploader.compare import CellChanges

_AT_ONCE = 500
# Shares of so few rows say nothing.
_FEW_ROWS, _FEW_KNOWN = 100, 20
ROW_COLUMNS = (ROW_ID, "outcome", "action", "code", "field", "reason", "Gsid")


class GuardError(GsprepError):
    """A guard stopped the sync; the message names it and the way to allow it once."""


class StoppedError(GsprepError):
    """A signal ended the sync after a batch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunLimits:
    """What a run may do.

    Attributes:
        dry_run: whether nothing is written, neither to the tenant nor to the ledger.
        moves: whether the next run begins where this one ended.
        accept: guards that may be broken once: ``missing``, ``refused``, ``rejected``, ``empty``.
        deletes: whether records of missing rows are deleted, if the definition says so.
        stopped: whether the run is to end; asked before each call.
        cells: notes the cells that a dry run would change, None for no notes.
        now: the clock, in seconds since 1970.
    """

    dry_run: bool = False
    moves: bool = True
    accept: frozenset[str] = frozenset()
    deletes: bool = False
    stopped: Callable[[], bool] = lambda: False
    cells: CellChanges | None = None
    now: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did.

    Attributes:
        rows: one line for each row read, but for those that were filtered out and unchanged ones:
            row_id, outcome, action, code, field, reason, Gsid.
        missing: the Gsids of the records whose row is no longer in the source, with the outcome.
        counts: numbers by what happened, as in summary.json.
        stopped: the error that ended the run early, None if it is done.
        unmatched: why rows that were read have no company, by row_id.
    """

    rows: pd.DataFrame = field(repr=False)
    missing: pd.DataFrame = field(repr=False)
    counts: Mapping[str, int]
    stopped: GsprepError | None = None
    unmatched: Mapping[str, Rejection] = field(default_factory=dict, repr=False)


class _Run:
    """One run: what was read, what happened to each row so far."""

    def __init__(
        self, sync: Sync, to: Destination, state: SyncState, names: KeyedHashes, limits: RunLimits
    ) -> None:
        self.sync, self.to, self.state, self.limits = sync, to, state, limits
        self.names = names
        self.fields = {*sync.fields, *(one.name for one in fields_of(to.schema).fields)}
        self.counts: Counter[str] = Counter()
        self.lines: list[dict[str, str | None]] = []
        self.missing: list[dict[str, str | None]] = []
        # Rows to send without an outcome yet, in order; rows that are, or would be, written.
        self.left: dict[str, None] = {}
        self.notes: Mapping[str, str] = {}
        self.written: set[str] = set()
        # Why rows that are sent have no company.
        self.unmatched: Mapping[str, Rejection] = {}

    def execute(self, reading: Reading) -> None:
        """Send what changed; raises GuardError and the errors of a writer."""
        frame, bad = split_by_key(reading.frame)
        self.counts.update(read=len(reading.frame))
        for row_id, reason in bad:
            self._reject(row_id, [reason])
        parents = Parents(self.sync, frame, self.to.resolve)
        mapped = self._mapped(frame, parents)
        self.counts.update(filtered=len(mapped.filtered))
        for row_id, reasons in mapped.rejected.items():
            self._reject(row_id, reasons)
        self.counts.update(held=len(mapped.held))
        for row_id, why in mapped.held.items():
            self._tell(row_id, RowOutcome(outcome="unsent", code=why.code, message=why.message))
        ids = reading.frame[ROW_ID].dropna()
        keys = {row_id: self.names.of_row(row_id) for row_id in ids}
        gone = self._gone(keys, set(mapped.filtered)) if reading.is_complete else []
        left = frozenset(row.key for row in gone)
        lost = self._lost() if reading.is_complete else frozenset()
        known = Known(self.state, self.names, keys, left, lost, reading.is_complete)
        records = self._without_circles(mapped.records, parents)
        changes = self._changes(records, known, _cursors(reading))
        self._guard("rejected", self.counts["rejected"], self.counts["read"], _FEW_ROWS)
        self._send([row for row in changes if not parents.waits(row.row.record)])
        waiting = {row.row_id: row for row in changes if parents.waits(row.row.record)}
        self._send_children(waiting, parents, known)
        self._settle(gone)

    def _mapped(self, frame: pd.DataFrame, parents: Parents) -> Records:
        """Return the records of the rows, with what is found out about all of them together."""
        now = self.limits.now()
        mapped = map_records(frame, self.sync, self.to.schema, parents.resolve, now)
        mapped = self.to.finish(mapped, frame)
        self.notes, self.unmatched = mapped.notes, mapped.unmatched
        self.counts.update(unmatched=len(mapped.unmatched))
        return mapped

    def _without_circles(
        self, records: Mapping[str, Mapping[str, Any]], parents: Parents
    ) -> dict[str, Mapping[str, Any]]:
        circles = parents.circles()
        for row_id in records:
            if row_id in circles:
                self._reject(row_id, [circles[row_id]])
        return {row_id: one for row_id, one in records.items() if row_id not in circles}

    def _changes(
        self,
        records: Mapping[str, Mapping[str, Any]],
        known: Known,
        cursors: Mapping[str, float | None],
    ) -> Sequence[ChangedRow]:
        """Return the rows to send; count the others."""
        changes = find_changes(records, self.to.writer.target, known, cursors)
        for row_id, reason in changes.rejected.items():
            self._reject(row_id, [reason])
        self.counts.update(unchanged=changes.unchanged)
        self.left.update({row.row_id: None for row in changes.rows})
        return changes.rows

    def _send_children(
        self, waiting: dict[str, ChangedRow], parents: Parents, known: Known
    ) -> None:
        """Send rows whose parents were written by then, as long as there are any."""
        while waiting:
            written = self.written if self.limits.dry_run else None
            found = parents.found({id_: row.row.record for id_, row in waiting.items()}, written)
            if not found:
                break
            cursors = {row_id: waiting.pop(row_id).cursor for row_id in found}
            self._send(self._changes(found, known, cursors))
        for row_id, row in waiting.items():
            self._reject(row_id, [parents.rejection(row.row.record)])

    def _reject(self, row_id: str, reasons: Sequence[Rejection]) -> None:
        self.counts.update(rejected=1)
        first, more = reasons[0], "; ".join(dict.fromkeys(reason.message for reason in reasons))
        outcome = RowOutcome(outcome="rejected", code=first.code, field=first.field, message=more)
        self._tell(row_id, outcome)

    def _tell(self, row_id: str, outcome: RowOutcome) -> None:
        values = (
            row_id, outcome.outcome, outcome.action or None, outcome.code or None,
            outcome.field or None, outcome.message or None, outcome.gsid,
        )  # fmt: skip
        self.left.pop(row_id, None)
        if outcome.action in {"created", "updated"}:
            self.written.add(row_id)
        self.lines.append(dict(zip(ROW_COLUMNS, values, strict=True)))

    def leave(self) -> None:
        """Set the outcome of the rows that were not sent before the run ended."""
        for row_id in list(self.left):
            self.counts.update(unsent=1)
            self._tell(row_id, RowOutcome(outcome="unsent", message="The run ended earlier."))

    def _gone(self, keys: Mapping[str, bytes], filtered: set[str]) -> list[StoredRow]:
        """Return the stored rows that a complete read no longer has; raises GuardError."""
        seen = {key for row_id, key in keys.items() if row_id not in filtered}
        known = self.state.present()
        if known and not seen and self.sync.guards.empty == "stop":
            self._stop("empty", "the source is empty, but rows of it are stored")
        gone = [key for key in known if key not in seen]
        self._guard("missing", len(gone), len(known), _FEW_KNOWN)
        return list(self.state.of(gone).values())

    def _lost(self) -> frozenset[bytes]:
        """Return the keys of rows whose record was deleted in the tenant."""
        if not self.state.counts():
            return frozenset()
        return frozenset(self.state.with_gsids(sorted(self.to.deleted())))

    def _guard(self, name: str, count: int, of: int, few: int) -> None:
        share = getattr(self.sync.guards, name)
        if share is not None and of >= few and count > share * of:
            what = f"{count} of {of} rows are {name}, more than the {share:.2%} of guards.{name}"
            self._stop(name, what)

    def _stop(self, name: str, what: str) -> None:
        if name not in self.limits.accept:
            raise GuardError(f"{what}. Check the source, or allow it once with --accept {name}")

    def _send(self, changed: Sequence[ChangedRow]) -> None:
        for start in range(0, len(changed), _AT_ONCE):
            some = changed[start : start + _AT_ONCE]
            told: dict[int, RowOutcome] = {}
            try:
                for number, outcome in self._write([row.row for row in some]):
                    told[number] = outcome  # noqa: PERF403  those before an error count, too
            finally:
                self._keep(some, told)
            self._guard("refused", self.counts["refused"], self.counts["read"], _FEW_ROWS)
            if self.limits.stopped():
                raise StoppedError(
                    "the sync was interrupted. Run the same command again; nothing is stored twice"
                )

    def _write(self, rows: Sequence[Row]) -> Iterator[tuple[int, RowOutcome]]:
        if self.limits.dry_run:
            return foretold(self.to.writer, rows, self.limits.cells)
        return self.to.writer.write(rows)

    def _keep(self, rows: Sequence[ChangedRow], told: Mapping[int, RowOutcome]) -> None:
        """Count outcomes and save them in one transaction."""
        stored = []
        for number, given in told.items():
            row = rows[number]
            outcome = self._noted(row.row_id, self._named(given))
            self.counts.update({outcome.action or outcome.outcome: 1})
            self._tell(row.row_id, outcome)
            if outcome.outcome != "rejected":
                stored.append(_stored(row, outcome)._replace(person=self._person(row)))
        if stored and not self.limits.dry_run:
            self.state.keep(stored)

    def _named(self, outcome: RowOutcome) -> RowOutcome:
        """Return an outcome that names fields only: a reply may have a value in their place."""
        names = [name for name in outcome.field.split(",") if name in self.fields]
        return replace(outcome, field=",".join(names)) if outcome.field else outcome

    def _noted(self, row_id: str, outcome: RowOutcome) -> RowOutcome:
        """Return an outcome with the note on its row, or the reason why it has no company."""
        why, note = self.unmatched.get(row_id), self.notes.get(row_id, "")
        if why is not None and not outcome.code and outcome.outcome in {"stored", "unsent"}:
            message = " ".join(filter(None, [why.message, note]))
            return replace(outcome, code=why.code, field=why.field, message=message)
        return outcome if outcome.message else replace(outcome, message=note)

    def _person(self, row: ChangedRow) -> bytes | None:
        """Return the hash by which a person is removed from the state."""
        email = None if self.to.person is None else row.row.record.get(self.to.person)
        return self.names.of_person(email) if isinstance(email, str) else None

    def _settle(self, gone: Sequence[StoredRow]) -> None:
        """Keep or delete the records of rows that are missing in the source."""
        if self.limits.dry_run:
            taken = {line["Gsid"] for line in self.lines}
            left = [row for row in gone if row.gsid is not None and row.gsid not in taken]
            deletes = self.sync.on_missing.action == "delete"
            self.counts.update(missing=len(left), deleted=len(left) if deletes else 0)
            return
        # Of a row without a Gsid nothing is stored that could be kept.
        self.state.remove([row.key for row in gone if row.gsid is None])
        # A row of this run may have got the key, and so the record, of one that is gone.
        kept = self.state.of([row.key for row in gone])
        gone = [row for row in kept.values() if row.gsid is not None]
        self.counts.update(missing=len(gone))
        if self.sync.on_missing.action == "delete" and gone:
            self._delete(gone)
            return
        values = self.sync.on_missing.values  # noqa: PD011  no array
        if values and gone:
            self._set(gone, values)
            return
        self.state.keep(row._replace(outcome="missing", target=None) for row in gone)
        self.missing += [{"Gsid": row.gsid, "outcome": "kept"} for row in gone]

    def _set(self, gone: Sequence[StoredRow], values: Mapping[str, str]) -> None:
        """Write the values of ``on_missing`` to records; those refused are tried again."""
        of, zone = fields_of(self.to.schema), ZoneInfo("UTC")
        record = {name: json_value(text, of[name], zone) for name, text in values.items()}
        for start in range(0, len(gone), _AT_ONCE):
            some = gone[start : start + _AT_ONCE]
            rows = [Row(record=record, gsid=row.gsid) for row in some]
            for number, outcome in self.to.writer.write(rows):
                is_set, is_gone = outcome.outcome == "stored", outcome.action == "absent"
                word = "deleted before" if is_gone else outcome.outcome
                self.missing.append({"Gsid": some[number].gsid, "outcome": word})
                if is_gone:
                    self.state.remove([some[number].key])
                    continue
                self.counts.update({"set" if is_set else outcome.outcome: 1})
                if is_set:
                    self.state.keep([some[number]._replace(outcome="missing", target=None)])

    def _delete(self, gone: Sequence[StoredRow]) -> None:
        if not self.limits.deletes:
            raise InputError(
                f"{len(gone)} records would be deleted. Confirm it once for this definition with "
                "--confirm-delete"
            )
        for number, outcome in self.to.writer.delete([str(row.gsid) for row in gone]):
            is_gone = outcome.outcome == "stored"
            self.missing.append({"Gsid": gone[number].gsid, "outcome": outcome.outcome})
            self.counts.update({"deleted" if is_gone else outcome.outcome: 1})
            if is_gone:
                self.state.remove([gone[number].key])


def run_sync(  # noqa: PLR0913  what is read, where it goes, and what is known
    sync: Sync,
    reading: Reading,
    to: Destination,
    *,
    state: SyncState,
    names: KeyedHashes,
    limits: RunLimits | None = None,
) -> SyncResult:
    """Send the rows of a read whose record differs from the one last stored under their key.

    An error that ends the run early is in ``stopped``, not raised; what was sent by then is saved.
    """
    run = _Run(sync, to, state, names, limits or RunLimits())
    stopped: GsprepError | None = None
    try:
        run.execute(reading)
    except GsprepError as failure:
        stopped = failure
        run.leave()
    else:
        _move(sync, reading, state, run.limits)
    return SyncResult(
        _frame(run.lines, ROW_COLUMNS),
        _frame(run.missing, ("Gsid", "outcome")),
        dict(run.counts),
        stopped,
        run.unmatched,
    )


def _move(sync: Sync, reading: Reading, state: SyncState, limits: RunLimits) -> None:
    """Save where the next read begins: never after a row that is not stored."""
    if limits.dry_run or not limits.moves:
        return
    full = limits.now() if reading.is_complete else None
    if reading.cursors is None or sync.source.cursor is None:
        state.move(None, None, full)
        return
    saved = state.saved()
    known = [] if saved is None or saved.cursor is None else [saved.cursor]
    read = reading.cursors.dropna().tolist()
    latest = max(known + read, default=None)
    oldest = state.oldest_not_stored()
    held = [value for value in (latest, oldest) if value is not None]
    kind = reading.kind or (None if saved is None else saved.cursor_kind)
    state.move(min(held, default=None), kind, full)


def _stored(row: ChangedRow, outcome: RowOutcome) -> StoredRow:
    """Return what the state knows of a row after it was sent."""
    is_done = outcome.outcome == "stored" or outcome.action == "absent"
    before = row.before
    # What the service holds: the new record, or else the one from before.
    content = row.content if is_done else (b"" if before is None else before.content)
    if outcome.outcome == "unknown":
        content = b""
    gsid = outcome.gsid or (None if before is None else before.gsid)
    kind = "absent" if outcome.action == "absent" else outcome.outcome
    return StoredRow(
        row.key, content, row.target, None, gsid, kind, outcome.code, outcome.field, row.cursor
    )


def _cursors(reading: Reading) -> dict[str, float | None]:
    if reading.cursors is None:
        return {}
    pairs = zip(reading.frame[ROW_ID], reading.cursors, strict=True)
    return {key: value if value == value else None for key, value in pairs}  # noqa: PLR0124  NaN


def _frame(lines: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=list(columns), dtype="str")
