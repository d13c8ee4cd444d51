"""Ledger of an upload: records to send, and their outcomes."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.ledger.uploads import RecordLine
from gsprep.uploader.fingerprints import Fingerprints, encoded_outcome, is_settled
from gsprep.uploader.planning import Pending, all_pending, pending_of, stored_elsewhere
from gsprep.uploader.records import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gsprep.ledger.ledger import Ledger
    from gsprep.ledger.quota import InTransaction
    from gsprep.ledger.uploads import BatchState, Latest, UploadLog, UploadLogs
    from gsprep.uploader.build import Prepared
    from gsprep.uploader.jobs import Job
    from gsprep.uploader.outcomes import OutcomeWord
    from gsprep.uploader.records import Batch, Records
    from gsprep.uploader.row_outcomes import BatchResult

_STATES: dict[OutcomeWord, BatchState] = {
    "refused": "failed", "unknown": "unknown", "unsent": "planned", "stored": "done",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerOptions:
    """Where it is kept what was sent, and what of that is sent again.

    Attributes:
        ledger: None keeps nothing: everything is sent.
        run: the name of the run in it.
        force: whether what was sent to its end is sent again, and what is in lost jobs.
        changed_only: whether persons are left out who were stored as they are now.
        most_refused: the share of refused people (0 to 1) above which no more is sent.
    """

    ledger: Ledger | None = None
    run: str | None = None
    force: bool = False
    changed_only: bool = False
    most_refused: float | None = None


class Journal:
    """Records still to send, and the ledger that keeps outcomes; without one nothing is kept.

    Attributes:
        sent_again: how many records were in jobs that the service lost, and are given up.
    """

    def __init__(
        self, left: Pending, load: UploadLog | None = None, marks: Fingerprints | None = None
    ) -> None:
        """Begin with what is ``left`` of a load, whose records have these ``marks``."""
        self.left = left
        self._load = load
        self._marks = marks or Fingerprints([], [])
        self._open = len(left.uncut) + sum(len(batch) for batch, _ in left.jobs)
        # What the ledger has not taken yet: tried again at the end.
        self._jobs: dict[int, Job] = {}
        self._results: deque[tuple[Batch, BatchResult]] = deque()
        self._failed = False
        # What the service did not have any more when it was asked last.
        self._lost = load is not None and bool(load.lost())
        self.sent_again = 0
        if load is not None and load.gives_up and self._lost:
            self.sent_again = len(load.lost())
            load.give_up()

    def plan(self, batches: Iterable[Batch]) -> None:
        """Keep batches before any of them goes."""
        if self._load is not None:
            self._load.plan((batch.number, batch.chosen) for batch in batches)

    def in_transaction(self, batch: Batch) -> InTransaction | None:
        """Return what is written with the call of a batch, None without a ledger."""
        load = self._load
        return None if load is None else lambda connection: load.sending(connection, batch.number)

    def accept(self, batch: Batch, job: Job) -> None:
        """Keep the job that a batch became."""
        if self._load is not None:
            self._jobs[batch.number] = job
            self._keep_job(batch.number, job)

    def note(self, batch: Batch, result: BatchResult) -> None:
        """Keep the result of a batch; a job that is not over stays to be asked for.

        After a failure nothing more is tried before the end: each try may take half a minute.
        """
        if self._load is None:
            return
        if result.waits:
            if result.is_lost or self._lost:
                self._load.lose(batch.number, is_lost=result.is_lost)
            return
        self._results.append((batch, result))
        if not self._failed:
            self._failed = True
            self._keep_results()
            self._failed = False

    def _keep_job(self, number: int, job: Job) -> None:
        if self._load is not None:
            self._load.accept(number, job.id, job.request_id)
            self._jobs.pop(number, None)

    def _keep_results(self) -> None:
        while self._load is not None and self._results:
            batch, result = self._results[0]
            lines = list(self._lines(batch, result))
            state: BatchState = (
                "done" if result.instead is None else _STATES[result.instead.outcome]
            )
            self._load.answer(batch.number, state, result.request_id, lines)
            self._results.popleft()
            self._open -= len(lines)

    def _lines(self, batch: Batch, result: BatchResult) -> Iterator[RecordLine]:
        """Yield the records whose outcome is known."""
        for place, one in zip(batch.chosen, result.of_each(batch), strict=True):
            if is_settled(one):
                gsid, text = encoded_outcome(one, batch.records, place)
                marks = self._marks
                yield RecordLine(place, marks.names[place], marks.contents[place], gsid, text)

    def end(self, now: float) -> None:
        """Keep what could not be kept before, and that the load was sent to its end, if it was.

        It was when all its records have an outcome. Raises LedgerError.
        """
        if self._load is None:
            return
        for number, job in list(self._jobs.items()):
            self._keep_job(number, job)
        self._keep_results()
        if not self._open:
            self._load.end(now)


@dataclass(frozen=True, slots=True)
class _Looked:
    """The records of an upload as the ledger would name them."""

    records: Records
    marks: Fingerprints
    loads: UploadLogs

    @classmethod
    def of(cls, decided: Prepared, key: Sequence[str], ledger: Ledger, tenant: str) -> _Looked:
        lookups = b"" if decided.lookups is None else as_json(decided.lookups.body())
        marks = Fingerprints.of(decided.records, key, lookups, ledger.names)
        return cls(decided.records, marks, ledger.uploads(tenant))

    def left(
        self, load: UploadLog | None, *, changed_only: bool
    ) -> tuple[Pending, dict[int, Latest]]:
        """Return what is left of a load, and what the ledger says of persons by their place."""
        compares = load is None or load.again or changed_only
        latest = self.loads.latest(self.marks.names) if compares else {}
        places = enumerate(self.marks.names)
        seen = {place: latest[name] for place, name in places if name in latest}
        if load is None and not changed_only:
            return all_pending(self.records), seen
        elsewhere = stored_elsewhere(self.marks, seen) if compares else {}
        return pending_of(self.records, load, elsewhere, self.loads.path), seen


def consulted(
    decided: Prepared, key: Sequence[str], keep: LedgerOptions, tenant: str | None
) -> tuple[Pending, Mapping[int, Latest]]:
    """Return what an upload would have to send, and what the ledger says of its persons.

    Nothing is written; persons are keyed by their place in the load.
    """
    if keep.ledger is None or tenant is None or not len(decided.records):
        return all_pending(decided.records), {}
    looked = _Looked.of(decided, key, keep.ledger, tenant)
    footprint = looked.marks.footprint(keep.ledger.names)
    load = looked.loads.find(footprint, keep.run, force=keep.force)
    if load is not None and load.again and keep.force:
        load = None
    return looked.left(load, changed_only=keep.changed_only)


@contextmanager
def journaled(
    decided: Prepared,
    key: Sequence[str],
    keep: LedgerOptions,
    tenant: str,
    now: Callable[[], float],
) -> Iterator[Journal]:
    """Open the journal of an upload to a tenant, locked for other processes.

    Raises LedgerError when one does.
    """
    if keep.ledger is None or not len(decided.records):
        yield Journal(all_pending(decided.records))
        return
    looked = _Looked.of(decided, key, keep.ledger, tenant)
    footprint = looked.marks.footprint(keep.ledger.names)
    load = looked.loads.open(footprint, keep.run, now(), force=keep.force)
    try:
        left, _ = looked.left(load, changed_only=keep.changed_only)
        yield Journal(left, load, looked.marks)
    finally:
        load.close()
