"""Ways of sending a batch: calls, single persons, jobs.

A call may be turned down for its size, or as a whole for one of its records. Halves find out: those
that are taken are stored, and a person who is refused alone is refused. Where a result leaves open
what became of records, they go again in smaller calls: of a job in calls, of a call one by one.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from gsprep.calls.endpoints import asks
from gsprep.calls.limits import RECORDS_PER_CALL
from gsprep.calls.responses import ABOUT_RECORDS, TOO_LARGE
from gsprep.errors import RejectedError, ReplyError, UploadError
from gsprep.uploader.fingerprints import is_settled
from gsprep.uploader.interrupts import reason_of
from gsprep.uploader.jobs import LeftOutError, TornFileError, until_over
from gsprep.uploader.outcomes import NO_RESULT, WITH_PERSON, RecordOutcome, outcome_of
from gsprep.uploader.records import companies_of
from gsprep.uploader.replies import total_of
from gsprep.uploader.row_outcomes import BatchResult, read_reply, read_results
from gsprep.uploader.sending import Sink, key_in, result_of, same_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Mapping, Sequence

    from gsprep.ledger.quota import InTransaction
    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.client import Client
    from gsprep.uploader.jobs import Job, JobStatus
    from gsprep.uploader.journal import Journal
    from gsprep.uploader.outcomes import Outcome
    from gsprep.uploader.records import Batch, Record

    WithCall = Callable[[Batch], InTransaction | None]
    SendOne = Callable[[Batch, Record], BatchResult]

_SIZE_WORDS = re.compile(
    r"\b(?:at most|maximum|max|exceed\w*|limit\w*|too (?:many|large|big|long)|more than|size)\b",
    re.IGNORECASE,
)
# Refused alike for every record: no half of a call fares better.
_OF_EVERY_RECORD = frozenset({"GU_2403", "GU_2409"})


class Halving:
    """Splits calls that were turned down whole, and those that would be."""

    def __init__(self) -> None:
        """Begin with nothing known of the tenant."""
        self._refused: int | None = None
        self._taken = 0
        self.apart: list[int] = []

    @property
    def counts_rows(self) -> bool:
        """Whether calls were refused only where people and associations are more than 50."""
        refused, most = self._refused, RECORDS_PER_CALL
        return refused is not None and refused > most >= self._taken > 0

    def expects_refusal(self, batch: Batch) -> bool:
        """Return whether to halve a batch before it is sent."""
        return len(batch) > 1 and self.counts_rows and batch.rows > RECORDS_PER_CALL

    def splits(self, batch: Batch, result: BatchResult | BaseException | None) -> bool:
        """Return whether to halve a batch after a result, and learn from the result."""
        if isinstance(result, BatchResult):
            if result.outcomes is not None:
                self._taken = max(self._taken, batch.rows)
            return False
        if not may_be_of_size(result):
            return False
        if not self.expects_refusal(batch):
            self._refused = min(self._refused or batch.rows, batch.rows)
        return len(batch) > 1

    def splits_job(self, batch: Batch, result: BatchResult | BaseException | None) -> bool:
        """Return whether to halve a job: only for its size, since jobs an hour are limited."""
        is_of_size = isinstance(result, RejectedError) and (
            result.status == TOO_LARGE or bool(_SIZE_WORDS.search(result.said))
        )
        return is_of_size and self.splits(batch, result)

    def notes(self) -> tuple[str, ...]:
        """Return what a user does better the next time, in sentences."""
        told = []
        if self.counts_rows:
            told.append(
                f"the tenant takes {RECORDS_PER_CALL} people and associations together a call: "
                "larger calls went in parts. `--batch-counts rows` cuts them so from the start"
            )
        if self.apart:
            told.append(
                f"the tenant's replies left open what became of {len(set(self.apart)):,} people: "
                "they went once more, one a call. `--mode single` does so from the start"
            )
        return tuple(told)


def may_be_of_size(result: BaseException | None) -> bool:
    """Return whether a call was refused for its size, or perhaps for one of its records."""
    if not isinstance(result, RejectedError):
        return False
    if result.status == TOO_LARGE:
        return True
    if result.status not in ABOUT_RECORDS or result.code in _OF_EVERY_RECORD:
        return False
    if key_in(result.code, result.field, result.said):
        return False
    # An attempt before it that had no reply was as large: it was not taken either. It may have
    # stored all records of a call that is refused for one of them: then none is sent again.
    may_be_of_one = not result.may_be_stored and asks(result.code) in (None, "rows", "none")
    return may_be_of_one or bool(_SIZE_WORDS.search(result.said))


# A file of results that cannot be had, or not whole, is asked for again after so many seconds.
_READ_AGAIN = (5.0, 15.0, 30.0)
_NO_SUCH_JOB = frozenset({404, 410})
# After so many calls in a row that settle nothing, no more of them are made.
_ENOUGH = 3


def _settled(
    batch: Batch, result: BatchResult, ask: Callable[[Batch], BatchResult], most: int
) -> BatchResult:
    """Send the records whose outcome a result leaves open once more, at most so many a call.

    Records are identified by their keys, so nothing is stored twice.
    """
    outcomes = list(result.of_each(batch))
    left = [at for at, one in enumerate(outcomes) if not is_settled(one)]
    todo = deque(left[start : start + most] for start in range(0, len(left), most))
    in_vain = 0
    while todo and in_vain < _ENOUGH:
        places = todo.popleft()
        part = replace(batch, chosen=[batch.chosen[at] for at in places])
        try:
            told = ask(part).of_each(part)
        except BaseException as failure:  # noqa: BLE001  what is known of others has to be kept
            if len(part) > 1 and may_be_of_size(failure):
                middle = len(part) // 2
                todo.extendleft((places[middle:], places[:middle]))
                continue
            error = reason_of(failure)
            if error is not failure:
                result = result.then_stop(error, waits=result.waits)
            if not (error.may_be_of_one or isinstance(error, RejectedError)):
                break
            told = result_of(error).of_each(part)
        in_vain = 0 if any(map(_is_told, told)) else in_vain + 1
        for at, one in zip(places, told, strict=True):
            # What is not sent now was sent before.
            outcomes[at] = outcomes[at] if one.person.outcome == "unsent" else one
    if not any(_is_told(outcomes[at]) for at in left):
        return result
    return replace(result, outcomes=outcomes, instead=None)


def _is_told(one: RecordOutcome) -> bool:
    """Return whether an outcome is known of a person, if not of every association."""
    return one.person.outcome in ("stored", "refused")


def _alone(send: SendOne, halving: Halving, part: Batch) -> BatchResult:
    """Send a person alone whom a call before may have stored.

    Such a call stores all or nothing: the person goes again without the associations that it is
    refused for, since a call of several people stores the person without them.
    """
    halving.apart.extend(part.chosen)
    (record,) = part
    left = _companies_above(record)
    found, told = _sent_alone(send, part, record, left)
    ends = dict(enumerate(zip(told.gsids, told.outcomes, strict=True)))
    while left and told.person.outcome == "refused" and not _is_of_person(record, told.person):
        alike = ((WITH_PERSON,), told.person.faults)
        blamed = {at for at in left if ends[at][1].faults not in alike}
        for at, company in left.items():
            if company in blamed:
                ends[at] = ends[company]
            elif not blamed:
                # The call before may have stored it.
                ends[at] = ("", told.person._replace(outcome="unknown"))
        left = {at: of for at, of in left.items() if blamed and not blamed & {at, of}}
        found, told = _sent_alone(send, part, record, left)
        ends |= zip((0, *left), zip(told.gsids, told.outcomes, strict=True), strict=True)
    gsids, outcomes = zip(*(ends[at] for at in range(part.rows)), strict=True)
    return replace(found, outcomes=[RecordOutcome(gsids, outcomes)], instead=None)


def _sent_alone(
    send: SendOne, part: Batch, record: Record, left: Collection[int]
) -> tuple[BatchResult, RecordOutcome]:
    """Send a person with the associations that are left."""
    try:
        found = send(part, _with_associations(record, left))
    except RejectedError as refusal:
        found = result_of(refusal)
    alike = RecordOutcome.alike(found.instead or NO_RESULT, 1 + len(left))
    return found, (found.outcomes or [alike])[0]


def _companies_above(record: Record) -> dict[int, int]:
    """Return the company of each association of a record, a company's own; counted from 1."""
    found: dict[int, int] = {}
    for company in companies_of(record):
        at = len(found) + 1
        found |= dict.fromkeys(range(at, at + 1 + len(company.get("relationships", ()))), at)
    return found


def _with_associations(record: Record, chosen: Container[int]) -> Record:
    """Return a record with some of its associations, counted from 1."""
    numbers, kept = count(1), []
    for company in companies_of(record):
        is_chosen = next(numbers) in chosen
        below = [each for each in company.get("relationships", ()) if next(numbers) in chosen]
        kept += [_with(company, relationships=below)] * is_chosen
    return _with(record, companies=kept)


def _with(fields: Mapping[str, Any], **below: Sequence[Mapping[str, Any]]) -> Record:
    """Return fields with other associations below them than they have."""
    own = {name: one for name, one in fields.items() if name not in ("companies", "relationships")}
    return own | {name: several for name, several in below.items() if several}


def _is_of_person(record: Record, refused: Outcome) -> bool:
    """Return whether a record is refused for fields that none of its associations has."""
    companies = companies_of(record)
    below = [each for company in companies for each in company.get("relationships", ())]
    own = record.keys() - {name for one in (*companies, *below) for name in one}
    named = [fault.field.split(",") for fault in refused.faults]
    return not companies or (bool(named) and all(own.issuperset(names) for names in named))


def sync_sink(
    client: Client, lookups: Lookups | None, with_call: WithCall, halving: Halving
) -> Sink:
    """Return the sink of synchronous calls: the reply has the result.

    ``with_call`` returns what is written to the ledger with the call of a batch.
    """
    asked = None if lookups is None else lookups.body()
    send = _sender(client, lookups, with_call)

    def ask(batch: Batch) -> BatchResult:
        def read(body: object, request_id: str) -> BatchResult:
            return BatchResult(request_id, read_reply(body, batch))

        if halving.expects_refusal(batch):
            raise RejectedError("more than the tenant takes", status=TOO_LARGE)
        if batch.alone:
            return send(batch, batch[0])
        try:
            result = client.people.store(batch.body(asked), read, with_call(batch), once=batch.once)
        except ReplyError as error:
            result = same_outcome("unknown", error, error.request_id)
        return _settled(batch, result, partial(_alone, send, halving), 1)

    return Sink(ask, lambda: client.pace.width("sync"), client.pace, halving.splits, isolates=True)


def single_sink(
    client: Client, lookups: Lookups | None, with_call: WithCall, halving: Halving
) -> Sink:
    """Return the sink of calls with one person each, for a tenant without the bulk ones.

    A person with a wrong association is refused whole; associations come back without a Gsid.
    """
    send, pace = _sender(client, lookups, with_call), client.pace

    def ask(batch: Batch) -> BatchResult:
        return send(batch, batch[0])

    return Sink(ask, lambda: pace.width("sync"), pace, halving.splits, isolates=True)


def _sender(client: Client, lookups: Lookups | None, with_call: WithCall) -> SendOne:
    """Return what sends the record of a batch of one, or some of it."""

    def send(batch: Batch, record: Record) -> BatchResult:
        try:
            reply = client.people.upsert(
                record, lookups=lookups, in_transaction=with_call(batch), once=batch.once
            )
        except ReplyError as error:
            return same_outcome("unknown", error, error.request_id)
        return BatchResult(reply.request_id, [outcome_of(record, reply)])

    return send


def job_sink(client: Client, lookups: Lookups | None, journal: Journal, halving: Halving) -> Sink:
    """Return the sink of asynchronous jobs: submitted once, then polled until they are over.

    One is handed in at a time, and the results of one are read at a time: they are large.
    """
    asked = None if lookups is None else lookups.body()
    results, hand_in = _Results.by(client, lookups, halving), threading.Lock()
    send = _sender(client, lookups, journal.in_transaction)

    def ask(batch: Batch) -> BatchResult:
        if batch.alone:
            return send(batch, batch[0])
        try:
            with hand_in:
                job = client.people.hand_in(batch.body(asked), journal.in_transaction(batch))
                kept = _kept(journal, batch, job)
        except ReplyError as error:
            return same_outcome("unknown", error, error.request_id)
        return results.of(batch, job) if kept is None else kept

    return Sink(ask, lambda: client.pace.limits.in_flight, client.pace, halving.splits_job)


def resume_job_sink(
    client: Client, lookups: Lookups | None, jobs: Mapping[int, Job], halving: Halving
) -> Sink:
    """Return the sink of batches that the service took before, each as the job of its number.

    What is left open by the results of a job that is done, which were read before, is settled.
    """
    results = replace(_Results.by(client, lookups, halving), settles=True)

    def ask(batch: Batch) -> BatchResult:
        result = results.of(batch, jobs[batch.number])
        # A job that the service lost must not keep the rest from being sent.
        return replace(result, stop=None) if isinstance(result.stop, RejectedError) else result

    return Sink(ask, lambda: client.pace.limits.in_flight, client.pace)


def _kept(journal: Journal, batch: Batch, job: Job) -> BatchResult | None:
    """Keep the job that a batch became; where that fails return the last result of the upload.

    The journal tries again at the end.
    """
    try:
        journal.accept(batch, job)
    except BaseException as failure:  # noqa: BLE001  the service has taken the job, whatever it is
        return _to_be_asked_for(job, reason_of(failure))
    return None


@dataclass(frozen=True, slots=True)
class _Results:
    """Waits for a job that the service took, and reads its results.

    Nothing that goes wrong from then on means that it was not done: its rows are ``unknown`` as
    far as no result mentions them. As long as a result may still come the job waits to be asked
    for again, whatever its status call replies: a job that was taken is never handed in again.

    Attributes:
        calls: makes calls for the records that the whole results of a job leave open.
        settles: whether they are made also where results may still come.
    """

    client: Client
    calls: Sink
    settles: bool = False
    reading: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def by(cls, client: Client, lookups: Lookups | None, halving: Halving) -> _Results:
        """Return the reader of the jobs of a client, whose state its calls leave as it is."""
        return cls(client, sync_sink(client, lookups, lambda _: None, halving))

    def of(self, batch: Batch, job: Job) -> BatchResult:
        people, pace, what = self.client.people, self.client.pace, f"job {job.id}"
        try:
            status = until_over(lambda: _listed(people.job(job.id)), pace, what)
            if status.state == "failed" and not status.files:
                return self._failed(batch, job, status)
            found, ended = self._read(batch, status)
        except BaseException as failure:  # noqa: BLE001  the service has taken the job, whatever it is
            return _to_be_asked_for(job, reason_of(failure))
        # Files that stay torn or leave records out end nothing but the reading of their job.
        stop = None if isinstance(ended, TornFileError | LeftOutError) else ended
        result = BatchResult(job.request_id, found, stop=stop, waits=ended is not None)
        if ended is not None and not self.settles:
            return result
        done = _settled(batch, result, self.calls.ask, RECORDS_PER_CALL)
        if all(map(is_settled, done.of_each(batch))):
            return replace(done, stop=None if done.stop is stop else done.stop, waits=False)
        return done

    def _failed(self, batch: Batch, job: Job, status: JobStatus) -> BatchResult:
        failure = UploadError(
            f"the service ended job {job.id} as {status.word} and does not say which of "
            "its rows are stored. Look them up in Gainsight"
        )
        result = same_outcome("unknown", failure, job.request_id)
        return _settled(batch, result, self.calls.ask, RECORDS_PER_CALL)

    def _read(
        self, batch: Batch, status: JobStatus
    ) -> tuple[list[RecordOutcome], UploadError | None]:
        """Read the files of a job; what is torn, away or not all of it is asked for again."""
        found, ended = self._read_once(batch, status)
        for wait in _READ_AGAIN:
            if not isinstance(ended, TornFileError | LeftOutError | RejectedError):
                break
            self.client.pace.pause(wait, f"the results of job {status.id}")
            status = self._as_now(status)
            found, ended = self._read_once(batch, status)
        return found, ended

    def _as_now(self, status: JobStatus) -> JobStatus:
        """Return the job with the files it names by now, as it was if it names no others."""
        try:
            now = self.client.people.job(status.id)
        except (ReplyError, RejectedError):
            return status
        return now if now.state == "done" and now.chunks else status

    def _read_once(
        self, batch: Batch, status: JobStatus
    ) -> tuple[list[RecordOutcome], UploadError | None]:
        with self.reading:
            found, ended = read_results(
                batch, lambda sent: self.client.people.elements(status, sent)
            )
        if isinstance(ended, LeftOutError):
            # Had the job no more records than its files tell of, nothing is still to come.
            is_whole = status.state == "failed" or ended.read == total_of(status.counts)
        else:
            # Results that contradict themselves are whole: asked for again they say the same.
            is_whole = isinstance(ended, ReplyError) and not isinstance(ended, TornFileError)
        return found, None if is_whole else ended


def _listed(status: JobStatus) -> JobStatus:
    if status.state == "done" and not status.chunks:
        raise ReplyError("it is done, and no file of results is named")
    return status


def _still_open(error: UploadError) -> UploadError:
    if not isinstance(error, RejectedError):
        return error
    way_out = (
        "If it is lost, which Gainsight can tell, the same command with --force sends them again"
        if _is_lost(error)
        else "Only `gsprep purge --run` makes gsprep forget a job"
    )
    return UploadError(
        f"{error}. `gsprep resume` asks for the same job, and sends none of its rows again. "
        f"{way_out}"
    )


def _is_lost(error: UploadError) -> bool:
    """Return whether an error says that there is no such job."""
    return isinstance(error, RejectedError) and error.status in _NO_SUCH_JOB


def _to_be_asked_for(job: Job, error: UploadError) -> BatchResult:
    """Return that an error ends the upload, and that a job is still to be asked for later."""
    result = same_outcome("unknown", _still_open(error), job.request_id)
    return replace(result.then_stop(error, waits=True), is_lost=_is_lost(error))
