"""An upload beside the ledger: what need not be sent, and what is told of the rest as it goes."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from gsprep.ledger.uploads import RecordLine
from gsprep.uploader.batches import as_json
from gsprep.uploader.encoding import Encoded
from gsprep.uploader.left import Left, all_left, left_of, stored_elsewhere
from gsprep.uploader.marks import Marks, is_settled, written
from gsprep.uploader.told import alike, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from gsprep.ledger.ledger import Ledger
    from gsprep.ledger.quota import InTransaction
    from gsprep.ledger.uploads import BatchState, Latest, UploadLog, UploadLogs
    from gsprep.uploader.answers import Answer
    from gsprep.uploader.batches import Batch
    from gsprep.uploader.jobs import Job
    from gsprep.uploader.links import Decided
    from gsprep.uploader.told import OutcomeWord

_STATES: dict[OutcomeWord, BatchState] = {
    "refused": "failed", "unknown": "unknown", "unsent": "planned", "stored": "done",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Keep:
    """Where it is kept what was sent, and what of that is sent again.

    Attributes:
        ledger: None keeps nothing: everything is sent.
        run: the name of the run in it.
        force: whether what was sent to its end is sent again.
        changed_only: whether persons are left out who were stored as they are now.
        most_refused: the share of refused people (0 to 1) above which no more is sent.
    """

    ledger: Ledger | None = None
    run: str | None = None
    force: bool = False
    changed_only: bool = False
    most_refused: float | None = None


class Journal:
    """What is left to send, and a ledger that is told of it; without one nothing is kept."""

    def __init__(
        self, left: Left, load: UploadLog | None = None, marks: Marks | None = None
    ) -> None:
        """Begin with what is ``left`` of a load, whose records have these ``marks``."""
        self.left = left
        self._load = load
        self._marks = marks or Marks([], [])
        self._open = len(left.uncut.load) - sum(len(batch) for batch, _ in left.known)
        # What the ledger has not taken yet: tried again at the end.
        self._jobs: dict[int, Job] = {}
        self._answers: deque[tuple[Batch, Answer]] = deque()
        self._failed = False

    def plan(self, batches: Iterable[Batch]) -> None:
        """Keep batches before any of them goes."""
        if self._load is not None:
            self._load.plan((batch.number, self._places(batch)) for batch in batches)

    def beside(self, batch: Batch) -> InTransaction | None:
        """Return what is written with the call of a batch, None without a ledger."""
        load = self._load
        return None if load is None else lambda connection: load.sending(connection, batch.number)

    def accept(self, batch: Batch, job: Job) -> None:
        """Keep the job that a batch became."""
        if self._load is not None:
            self._jobs[batch.number] = job
            self._keep_job(batch.number, job)

    def note(self, batch: Batch, answer: Answer) -> None:
        """Keep what became of a batch; a job that is not over stays to be asked for.

        After a failure nothing more is tried before the end: each try may take half a minute.
        """
        if self._load is None or answer.waits:
            return
        self._answers.append((batch, answer))
        if not self._failed:
            self._failed = True
            self._keep_answers()
            self._failed = False

    def _keep_job(self, number: int, job: Job) -> None:
        if self._load is not None:
            self._load.accept(number, job.id, job.request_id)
            self._jobs.pop(number, None)

    def _keep_answers(self) -> None:
        while self._load is not None and self._answers:
            batch, answer = self._answers[0]
            lines = list(self._lines(batch, answer))
            state: BatchState = (
                "done" if answer.instead is None else _STATES[answer.instead.outcome]
            )
            self._load.answer(batch.number, state, answer.request_id, lines)
            self._answers.popleft()
            self._open -= len(lines)

    def _lines(self, batch: Batch, answer: Answer) -> Iterator[RecordLine]:
        """Yield the records of which nothing is unknown."""
        values = _values(batch, answer)
        texts = written(batch.records, values)
        for place, value, (gsid, text) in zip(self._places(batch), values, texts, strict=True):
            if is_settled(value):
                marks = self._marks
                yield RecordLine(place, marks.names[place], marks.contents[place], gsid, text)

    def _places(self, batch: Batch) -> Sequence[int]:
        places: list[int] = self.left.order[batch.start : batch.stop].tolist()
        return places

    def end(self, now: float) -> None:
        """Keep what could not be kept before, and that the load was sent to its end, if it was.

        It was when all its records have an outcome. Raises LedgerError.
        """
        if self._load is None:
            return
        for number, job in list(self._jobs.items()):
            self._keep_job(number, job)
        self._keep_answers()
        if not self._open:
            self._load.end(now)


def _values(batch: Batch, answer: Answer) -> list[list[Any]]:
    if answer.told is not None:
        return list(answer.told.packed())
    if answer.instead is None:
        return []
    one, starts = answer.instead, batch.records.part_starts()
    return [packed(alike(one, stop - start)) for start, stop in pairwise(starts)]


@dataclass(frozen=True, slots=True)
class _Looked:
    """The records of an upload as the ledger would name them."""

    encoded: Encoded
    marks: Marks
    loads: UploadLogs

    @classmethod
    def of(cls, decided: Decided, key: Sequence[str], ledger: Ledger, tenant: str) -> _Looked:
        encoded = Encoded.of(decided.records)
        lookups = b"" if decided.lookups is None else as_json(decided.lookups.body())
        marks = Marks.of(encoded, key, lookups, ledger.names)
        return cls(encoded, marks, ledger.loads(tenant))

    def left(self, load: UploadLog | None, *, changed_only: bool) -> tuple[Left, dict[int, Latest]]:
        """Return what is left of a load, and what the ledger says of persons by their place."""
        compares = load is None or load.again or changed_only
        latest = self.loads.latest(self.marks.names) if compares else {}
        places = enumerate(self.marks.names)
        seen = {place: latest[name] for place, name in places if name in latest}
        if load is None and not changed_only:
            return all_left(self.encoded), seen
        elsewhere = stored_elsewhere(self.marks, seen) if compares else {}
        return left_of(self.encoded, load, elsewhere, self.loads.path), seen


def consulted(
    decided: Decided, key: Sequence[str], keep: Keep, tenant: str | None
) -> tuple[Left, Mapping[int, Latest]]:
    """Return what an upload would have to send, and what the ledger says of its persons.

    Nothing is written; persons stand by their place in the load.
    """
    if keep.ledger is None or tenant is None or not len(decided.records):
        return all_left(Encoded.of(decided.records)), {}
    looked = _Looked.of(decided, key, keep.ledger, tenant)
    load = looked.loads.find(looked.marks.footprint(keep.ledger.names), keep.run)
    if load is not None and load.again and keep.force:
        load = None
    return looked.left(load, changed_only=keep.changed_only)


@contextmanager
def journaled(
    decided: Decided, key: Sequence[str], keep: Keep, tenant: str, now: Callable[[], float]
) -> Iterator[Journal]:
    """Give the journal of an upload to a tenant, which no other process writes meanwhile.

    Raises LedgerError when one does.
    """
    if keep.ledger is None or not len(decided.records):
        yield Journal(all_left(Encoded.of(decided.records)))
        return
    looked = _Looked.of(decided, key, keep.ledger, tenant)
    footprint = looked.marks.footprint(keep.ledger.names)
    load = looked.loads.open(footprint, keep.run, now(), force=keep.force)
    try:
        left, _ = looked.left(load, changed_only=keep.changed_only)
        yield Journal(left, load, looked.marks)
    finally:
        load.close()
