"""How one batch goes out and comes back: in a call that answers at once, or as a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.errors import ReplyError, UploadError
from gsprep.uploader.answers import Answer, read_reply, read_results
from gsprep.uploader.polling import until_over
from gsprep.uploader.sending import Way, instead

if TYPE_CHECKING:
    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.batches import Batch
    from gsprep.uploader.client import Client
    from gsprep.uploader.jobs import Job


def by_call(client: Client, lookups: Lookups | None) -> Way:
    """Return the way of synchronous calls: the reply to each is the answer."""
    asked = None if lookups is None else lookups.body()

    def ask(batch: Batch) -> Answer:
        def read(body: object, request_id: str) -> Answer:
            return Answer(request_id, read_reply(body, batch.records))

        try:
            return client.people.store(batch.body(asked), read)
        except ReplyError as error:
            return instead("unknown", error, error.request_id)

    return Way(ask, lambda: client.pace.width("sync"), client.pace)


def by_job(client: Client, lookups: Lookups | None) -> Way:
    """Return the way of asynchronous jobs: handed in once, then asked for until it is over.

    Once the service has taken a job, nothing that goes wrong means that it was not done: its
    rows are ``unknown`` as far as no result speaks of them.
    """
    asked = None if lookups is None else lookups.body()

    def ask(batch: Batch) -> Answer:
        try:
            job = client.people.hand_in(batch.body(asked))
        except ReplyError as error:
            return instead("unknown", error, error.request_id)
        try:
            return _results(client, job, batch)
        except UploadError as error:
            answer = instead("unknown", error, job.request_id)
            return answer if isinstance(error, ReplyError) else answer.then_stop(error)

    return Way(ask, lambda: client.pace.limits.in_flight, client.pace)


def _results(client: Client, job: Job, batch: Batch) -> Answer:
    """Return what became of the records of a job, once it is over."""
    status = until_over(lambda: client.people.job(job.id), client.pace, f"job {job.id}")
    if status.state != "done":
        end = UploadError(
            f"the service ended job {job.id} as {status.word}: which of its rows are stored "
            "is not told, look them up in Gainsight"
        )
        return instead("unknown", end, job.request_id)
    told, stop = read_results(batch.records, lambda sent: client.people.elements(status, sent))
    return Answer(job.request_id, told, stop=stop)
