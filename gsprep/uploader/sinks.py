"""Ways of sending a batch: calls, single persons, jobs.

A call may be turned down for its size, or as a whole for one of its records. Halves find out: those
that are taken are stored, and a person who is refused alone is refused.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gsprep.calls.endpoints import asks
from gsprep.calls.limits import RECORDS_PER_CALL
from gsprep.calls.responses import ABOUT_RECORDS, TOO_LARGE
from gsprep.errors import RejectedError, ReplyError, UploadError
from gsprep.uploader.echo_match import NamelessError
from gsprep.uploader.interrupts import reason_of
from gsprep.uploader.jobs import LeftOutError, TornFileError, until_over
from gsprep.uploader.outcomes import NO_RESULT, outcome_of
from gsprep.uploader.replies import total_of
from gsprep.uploader.row_outcomes import BatchResult, read_reply, read_results
from gsprep.uploader.sending import Sink, key_in, same_outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.client import Client
    from gsprep.uploader.jobs import Job, JobStatus
    from gsprep.uploader.journal import Journal
    from gsprep.uploader.outcomes import RecordOutcome
    from gsprep.uploader.records import Batch

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
        self.one_by_one = False

    @property
    def counts_rows(self) -> bool:
        """Whether calls were refused only where people and associations are more than 50."""
        refused, most = self._refused, RECORDS_PER_CALL
        return refused is not None and refused > most >= self._taken > 0

    def learn(self, error: ReplyError) -> None:
        """Learn from a reply that cannot be read; what another thread learned stays."""
        if isinstance(error, NamelessError):
            self.one_by_one = True

    def expects_refusal(self, batch: Batch) -> bool:
        """Return whether to halve a batch before it is sent."""
        if len(batch) == 1:
            return False
        return self.one_by_one or (self.counts_rows and batch.rows > RECORDS_PER_CALL)

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
        if self.one_by_one:
            told.append(
                "the tenant's replies do not say which person each record is: from then on one "
                "person went a call. `--mode single` does so from the start"
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


def sync_sink(client: Client, lookups: Lookups | None, journal: Journal, halving: Halving) -> Sink:
    """Return the sink of synchronous calls: the reply has the result.

    Where replies do not tell whose each record is, the people after them go one a call.
    """
    asked = None if lookups is None else lookups.body()
    one = single_sink(client, lookups, journal, halving)

    def ask(batch: Batch) -> BatchResult:
        def read(body: object, request_id: str) -> BatchResult:
            return BatchResult(request_id, read_reply(body, batch))

        if halving.expects_refusal(batch):
            raise RejectedError("more than the tenant takes", status=TOO_LARGE)
        if halving.one_by_one or batch.alone:
            return one.ask(batch)
        try:
            body, with_call = batch.body(asked), journal.in_transaction(batch)
            return client.people.store(body, read, with_call, once=batch.once)
        except ReplyError as error:
            halving.learn(error)
            return same_outcome("unknown", error, error.request_id)

    return Sink(ask, lambda: client.pace.width("sync"), client.pace, halving.splits, isolates=True)


def single_sink(
    client: Client, lookups: Lookups | None, journal: Journal, halving: Halving
) -> Sink:
    """Return the sink of calls with one person each, for a tenant without the bulk ones.

    A person with a wrong association is refused whole; associations come back without a Gsid.
    """

    def ask(batch: Batch) -> BatchResult:
        (record,) = batch
        try:
            with_call = journal.in_transaction(batch)
            reply = client.people.upsert(
                record, lookups=lookups, in_transaction=with_call, once=batch.once
            )
        except ReplyError as error:
            return same_outcome("unknown", error, error.request_id)
        return BatchResult(reply.request_id, [outcome_of(record, reply)])

    return Sink(ask, lambda: client.pace.width("sync"), client.pace, halving.splits, isolates=True)


def job_sink(client: Client, lookups: Lookups | None, journal: Journal, halving: Halving) -> Sink:
    """Return the sink of asynchronous jobs: submitted once, then polled until they are over.

    One is handed in at a time, and the results of one are read at a time: they are large.
    """
    asked = None if lookups is None else lookups.body()
    results, hand_in = _Results(client), threading.Lock()
    one = single_sink(client, lookups, journal, halving)

    def ask(batch: Batch) -> BatchResult:
        if batch.alone:
            return one.ask(batch)
        try:
            with hand_in:
                job = client.people.hand_in(batch.body(asked), journal.in_transaction(batch))
                kept = _kept(journal, batch, job)
        except ReplyError as error:
            return same_outcome("unknown", error, error.request_id)
        return results.of(batch, job) if kept is None else kept

    return Sink(ask, lambda: client.pace.limits.in_flight, client.pace, halving.splits_job)


def resume_job_sink(client: Client, jobs: Mapping[int, Job]) -> Sink:
    """Return the sink of batches that the service took before, each as the job of its number."""
    results = _Results(client)

    def ask(batch: Batch) -> BatchResult:
        result = results.of(batch, jobs[batch.number])
        # A job that the service lost must not keep the rest from being sent.
        return replace(result, stop=None) if isinstance(result.stop, RejectedError) else result

    return Sink(
        ask,
        lambda: client.pace.limits.in_flight,
        client.pace,
    )


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
    """

    client: Client
    reading: threading.Lock = field(default_factory=threading.Lock)

    def of(self, batch: Batch, job: Job) -> BatchResult:
        people, pace, what = self.client.people, self.client.pace, f"job {job.id}"
        try:
            status = until_over(lambda: _listed(people.job(job.id)), pace, what)
            if status.state == "failed" and not status.files:
                failure = UploadError(
                    f"the service ended job {job.id} as {status.word} and does not say which of "
                    "its rows are stored. Look them up in Gainsight"
                )
                return same_outcome("unknown", failure, job.request_id)
            found, ended = self._read(batch, status)
        except BaseException as failure:  # noqa: BLE001  the service has taken the job, whatever it is
            return _to_be_asked_for(job, reason_of(failure))
        # Files that stay torn or leave records out end nothing but the reading of their job.
        stop = None if isinstance(ended, TornFileError | LeftOutError) else ended
        if ended is None and all(one.person == NO_RESULT for one in found):
            stop = ReplyError(
                f"no result of job {job.id} says which person it is about, by number and Email: "
                "send the people again with `--mode single`"
            )
        return BatchResult(job.request_id, found, stop=stop, waits=ended is not None)

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
