"""How one batch goes out and comes back: in a call that answers at once, or as a job."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsprep.errors import RejectedError, ReplyError, UploadError
from gsprep.uploader.answers import Answer, Tolds, read_reply, read_results
from gsprep.uploader.ending import reason_of
from gsprep.uploader.members import TornFileError
from gsprep.uploader.polling import until_over
from gsprep.uploader.sending import Way, instead
from gsprep.uploader.told import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.batches import Batch
    from gsprep.uploader.client import Client
    from gsprep.uploader.jobs import Job, JobStatus
    from gsprep.uploader.journal import Journal

# A file of results that cannot be had, or not whole, is asked for again after so many seconds.
_READ_AGAIN = (5.0, 15.0, 30.0)


def by_call(client: Client, lookups: Lookups | None, journal: Journal) -> Way:
    """Return the way of synchronous calls: the reply to each is the answer."""
    asked = None if lookups is None else lookups.body()

    def ask(batch: Batch) -> Answer:
        def read(body: object, request_id: str) -> Answer:
            return Answer(request_id, read_reply(body, batch.records))

        try:
            return client.people.store(batch.body(asked), read, journal.beside(batch))
        except ReplyError as error:
            return instead("unknown", error, error.request_id)

    return Way(ask, lambda: client.pace.width("sync"), client.pace)


def by_person(client: Client, lookups: Lookups | None, journal: Journal) -> Way:
    """Return the way of calls with one person each, for a tenant without the bulk ones.

    A person with a wrong association is refused whole; associations come back without a Gsid.
    """

    def ask(batch: Batch) -> Answer:
        record = batch.records[0]
        try:
            reply = client.people.upsert(
                record.body(), lookups=lookups, beside=journal.beside(batch)
            )
        except ReplyError as error:
            return instead("unknown", error, error.request_id)
        found = Tolds(batch.records.part_starts())
        found.note(0, told(record, reply))
        return Answer(reply.request_id, found)

    return Way(ask, lambda: client.pace.width("sync"), client.pace)


def by_job(client: Client, lookups: Lookups | None, journal: Journal) -> Way:
    """Return the way of asynchronous jobs: handed in once, then asked for until it is over.

    One is handed in at a time, and the results of one are read at a time: they are large.
    """
    asked = None if lookups is None else lookups.body()
    results, hand_in = _Results(client), threading.Lock()

    def ask(batch: Batch) -> Answer:
        try:
            with hand_in:
                job = client.people.hand_in(batch.body(asked), journal.beside(batch))
                kept = _kept(journal, batch, job)
        except ReplyError as error:
            return instead("unknown", error, error.request_id)
        return results.of(batch, job) if kept is None else kept

    return Way(ask, lambda: client.pace.limits.in_flight, client.pace)


def by_taken_job(client: Client, jobs: Mapping[int, Job]) -> Way:
    """Return the way of batches that the service took before, each as the job of its number."""
    results = _Results(client)
    return Way(
        lambda batch: results.of(batch, jobs[batch.number]),
        lambda: client.pace.limits.in_flight,
        client.pace,
    )


def _kept(journal: Journal, batch: Batch, job: Job) -> Answer | None:
    """Keep the job that a batch became; where that fails return the last answer of the upload.

    The journal tries again at the end.
    """
    try:
        journal.accept(batch, job)
    except BaseException as failure:  # noqa: BLE001  the service has taken the job, whatever it is
        return _to_be_asked_for(job, reason_of(failure))
    return None


@dataclass(frozen=True, slots=True)
class _Results:
    """Waits for a job that the service took, and reads what became of its records.

    Nothing that goes wrong from then on means that it was not done: its rows are ``unknown`` as
    far as no result speaks of them. As long as a result may still come the job waits to be asked
    for again.
    """

    client: Client
    reading: threading.Lock = field(default_factory=threading.Lock)

    def of(self, batch: Batch, job: Job) -> Answer:
        people, pace, what = self.client.people, self.client.pace, f"job {job.id}"
        try:
            status = until_over(lambda: _listed(people.job(job.id)), pace, what)
            if status.state != "done":
                return instead("unknown", _ended(job, status.word), job.request_id)
            found, ended = self._read(batch, status)
        except BaseException as failure:  # noqa: BLE001  the service has taken the job, whatever it is
            return _to_be_asked_for(job, reason_of(failure))
        # A file that stays torn ends nothing but the reading of its job.
        stop = None if isinstance(ended, TornFileError) else ended
        return Answer(job.request_id, found, stop=stop, waits=_may_come(ended))

    def _read(self, batch: Batch, status: JobStatus) -> tuple[Tolds, UploadError | None]:
        found, ended = self._read_once(batch, status)
        for wait in _READ_AGAIN:
            if not isinstance(ended, TornFileError | RejectedError):
                break
            self.client.pace.pause(wait, f"the results of job {status.id}")
            found, ended = self._read_once(batch, status)
        return found, ended

    def _read_once(self, batch: Batch, status: JobStatus) -> tuple[Tolds, UploadError | None]:
        with self.reading:
            return read_results(
                batch.records, lambda sent: self.client.people.elements(status, sent)
            )


def _listed(status: JobStatus) -> JobStatus:
    if status.state == "done" and not status.chunks:
        raise ReplyError("it is done, and no file of results is named")
    return status


def _ended(job: Job, word: str) -> UploadError:
    return UploadError(
        f"the service ended job {job.id} as {word}: which of its rows are stored is not told, look "
        "them up in Gainsight"
    )


def _to_be_asked_for(job: Job, error: UploadError) -> Answer:
    """Return that an error ends the upload, and that a job may still be asked for later."""
    answer = instead("unknown", error, job.request_id)
    return answer.then_stop(error, waits=_may_come(error))


def _may_come(error: UploadError | None) -> bool:
    """Tell whether a job can be asked for again after an error."""
    return error is not None and not isinstance(error, RejectedError)
