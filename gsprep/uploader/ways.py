"""How one batch goes out and comes back: in a call that answers at once, or as a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.errors import ReplyError, UploadError
from gsprep.uploader.merge import Answer
from gsprep.uploader.polling import until_over
from gsprep.uploader.replies import without_words
from gsprep.uploader.sending import Way, instead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.batches import Batch
    from gsprep.uploader.client import Client
    from gsprep.uploader.jobs import Job, JobStatus
    from gsprep.uploader.replies import RecordReply


def by_call(client: Client, lookups: Lookups | None) -> Way:
    """Return the way of synchronous calls: the reply to each is the answer."""

    def ask(batch: Batch) -> Answer:
        try:
            reply = client.people.bulk([one.body() for one in batch.records], lookups=lookups)
        except ReplyError as error:
            return instead(batch, "unknown", error, error.request_id)
        return Answer(reply.request_id, reply.records)

    return Way(ask, lambda: client.pace.width("sync"), client.pace)


def by_job(client: Client, lookups: Lookups | None) -> Way:
    """Return the way of asynchronous jobs: handed in once, then asked for until it is over.

    Once the service has taken a job, nothing that goes wrong means that it was not done: its
    rows are ``unknown`` as far as no result speaks of them.
    """

    def ask(batch: Batch) -> Answer:
        bodies = [record.body() for record in batch.records]
        try:
            job = client.people.bulk_async(bodies, lookups=lookups)
        except ReplyError as error:
            return instead(batch, "unknown", error, error.request_id)
        try:
            status = until_over(lambda: client.people.job(job.id), client.pace, f"job {job.id}")
            if status.state == "done":
                return _results(client, job, status, bodies)
            end = UploadError(
                f"the service ended job {job.id} as {status.word}: which of its rows are stored "
                "is not told, look them up in Gainsight"
            )
            return instead(batch, "unknown", end, job.request_id)
        except UploadError as error:
            answer = instead(batch, "unknown", error, job.request_id)
            return answer if isinstance(error, ReplyError) else answer.then_stop(error)

    return Way(ask, lambda: client.pace.limits.in_flight, client.pace)


def _results(
    client: Client, job: Job, status: JobStatus, bodies: Sequence[dict[str, object]]
) -> Answer:
    """Return a reply for each record, None where no result can be believed."""
    found: list[RecordReply | None] = [None] * len(bodies)
    stop: UploadError | None = None
    try:
        for reply in client.people.results(status, bodies):
            found[reply.number - 1] = without_words(reply)
    except ReplyError as error:
        for number in error.doubtful:
            found[number - 1] = None
    except UploadError as error:
        stop = error
    return Answer(job.request_id, found, stop=stop)
