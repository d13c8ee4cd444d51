"""Persons and their associations to the service, and every row back with its outcome."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.errors import (
    QuotaError,
    RejectedError,
    ReplyError,
    UploadError,
)
from gsprep.results import Uploaded
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.schemas.same_key import key_columns
from gsprep.uploader.batches import Batch, cut, halves
from gsprep.uploader.links import Decided, decide
from gsprep.uploader.merge import Answer, Outcome, lay_beside, outcomes
from gsprep.uploader.records import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gsprep.schemas.objects import Schemas
    from gsprep.uploader.client import Client
    from gsprep.uploader.merge import OutcomeWord

# One reply that cannot be read may be an accident; so many in a row come from another service.
_ENOUGH = 3
# A refusal with one of these speaks of what was sent; any other would meet every call.
_ABOUT_THE_ROWS = frozenset({200, 400, 409, 413, 422})
_TOO_LARGE = 413


def upload(  # noqa: PLR0913  the public contract names each of them
    persons: pd.DataFrame,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    *,
    client: Client,
    key: Sequence[str] = ("Email",),
    held: pd.Series[str] | None = None,
    schemas: Schemas | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Uploaded:
    """Insert or update persons with their associations, and say what became of every row.

    Rows with one ``key`` are one person; associations are joined to it by the same columns, or
    by Person_ID = the person's Gsid. Persons whose ``row_id`` is in ``held`` stay. ``schemas``
    say which columns are sent; a tenant's own come from ``schemas_from_describe``. ``progress``
    is told the batches done, of how many. A trouble that ends the upload (a refused key, the
    service away, quota, Ctrl-C) is not raised but returned in ``stopped``, beside what is known.

    Raises InputError, before anything is sent, for a frame that lacks what all its rows need.
    """
    job = _job((persons, company_persons, relationship_persons), key, held, schemas)
    before = client.pace.log.count
    sending = _Sending(deque(job.batches))
    stopped = _send(sending, client, progress or _nobody)
    job = replace(job, batches=sending.batches())
    calls = client.pace.log.count - before
    return replace(_laid(job, sending.answers), stopped=stopped, calls=calls)


def rehearse(  # noqa: PLR0913  what upload takes
    persons: pd.DataFrame,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    *,
    key: Sequence[str] = ("Email",),
    held: pd.Series[str] | None = None,
    schemas: Schemas | None = None,
) -> Uploaded:
    """Return what ``upload`` would, had it not been allowed to send: every row is ``unsent``.

    Rows that could never be sent say why; ``calls`` are the calls an upload would make.
    """
    job = _job((persons, company_persons, relationship_persons), key, held, schemas)
    reason = Outcome("unsent", (Fault(message="dry run: nothing was sent"),))
    answers = {batch.number: Answer(instead=reason) for batch in job.batches}
    return replace(_laid(job, answers), calls=len(job.batches))


def _nobody(_done: int, _whole: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True)
class _Job:
    """The three frames as text, what is sent of them, and in which batches."""

    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
    decided: Decided
    batches: Sequence[Batch]


def _job(
    given: tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None],
    key: Sequence[str],
    held: pd.Series[str] | None,
    schemas: Schemas | None,
) -> _Job:
    persons, company_persons, relationship_persons = given
    frames = (
        text_frame(persons, of="persons"),
        _associations(company_persons, "company_persons", "Company_ID"),
        _associations(relationship_persons, "relationship_persons", "Relationship_ID"),
    )
    stay = frozenset(held if held is not None else ())
    decided = decide(*frames, key_columns(key), stay, schemas=schemas)
    return _Job(frames, decided, list(cut(decided.records)))


def _laid(job: _Job, answers: dict[int, Answer]) -> Uploaded:
    found = outcomes(job.decided, job.batches, answers)
    persons, company_persons, relationship_persons = job.frames
    return Uploaded(
        lay_beside(persons, found.persons, association=False),
        lay_beside(company_persons, found.company_persons, association=True),
        lay_beside(relationship_persons, found.relationship_persons, association=True),
    )


def _associations(frame: pd.DataFrame | None, of: str, own_id: str) -> pd.DataFrame:
    if frame is None:
        columns = dict.fromkeys((ROW_ID, "Email", "Company_ID", own_id))
        frame = pd.DataFrame(columns=list(columns), dtype="str")
    return text_frame(frame, of=of)


@dataclass(slots=True)
class _Sending:
    """What was asked and answered so far, by number of batch, and what is still to do."""

    todo: deque[Batch]
    asked: list[Batch] = field(default_factory=list)
    answers: dict[int, Answer] = field(default_factory=dict)

    def batches(self) -> list[Batch]:
        """Return every batch, as it was or would have been sent."""
        return [*self.asked, *self.todo]

    def halve(self) -> None:
        """Put the last batch asked back as two, the second under a new number."""
        large = self.asked.pop()
        free = 1 + max(batch.number for batch in (large, *self.batches()))
        self.todo.extendleft(reversed(halves(large, free)))


def _send(
    sending: _Sending, client: Client, progress: Callable[[int, int], None]
) -> UploadError | None:
    """Send what is to do, and return what ended that early, if anything."""
    try:
        while sending.todo:
            client.pace.ready()
            sending.asked.append(sending.todo.popleft())
            stop = _turn(sending, client)
            if stop is not None:
                return stop
            progress(len(sending.asked), len(sending.batches()))
    except QuotaError as spent:
        return spent
    except KeyboardInterrupt:
        end = UploadError("interrupted: run the same command again, sending twice does no harm")
        for batch in sending.asked:
            sending.answers.setdefault(batch.number, _instead(batch, "unknown", end))
        return end
    return None


def _unreadable(last: Sequence[Answer]) -> UploadError | None:
    """Return an error when this many replies in a row could not be laid beside their rows."""
    unread = [answer.instead for answer in last if answer.instead is not None]
    if len(unread) == _ENOUGH and all(one.outcome == "unknown" for one in unread):
        return ReplyError(
            f"{_ENOUGH} replies in a row could not be read: check the address of the tenant, then "
            "run the same command again"
        )
    return None


def _turn(sending: _Sending, client: Client) -> UploadError | None:
    """Ask for the last batch, and return the error after which no other is sent."""
    batch = sending.asked[-1]
    stop: UploadError | None = None
    try:
        sending.answers[batch.number] = _ask(batch, client)
    except RejectedError as error:
        if error.status == _TOO_LARGE and len(batch.records) > 1:
            sending.halve()
            return None
        of_rows = error.status in _ABOUT_THE_ROWS
        stop = None if of_rows else error
        answer = _instead(batch, "refused", error) if of_rows else _left(batch, error)
        sending.answers[batch.number] = answer
    except UploadError as error:
        stop = error
        sending.answers[batch.number] = _left(batch, error)
    last = [sending.answers[each.number] for each in sending.asked[-_ENOUGH:]]
    return stop or _unreadable(last)


def _left(batch: Batch, error: UploadError) -> Answer:
    return _instead(batch, "unknown" if error.may_be_stored else "unsent", error)


def _ask(batch: Batch, client: Client) -> Answer:
    try:
        reply = client.people.bulk([record.body() for record in batch.records])
    except ReplyError as error:
        return _instead(batch, "unknown", error, error.request_id)
    return Answer(reply.request_id, reply.records)


def _instead(batch: Batch, word: OutcomeWord, error: UploadError, request_id: str = "") -> Answer:
    code, name = "", request_id
    if isinstance(error, RejectedError):
        code, name = error.code, error.request_id
    fault = Fault(code=code, message=str(error))
    number = "" if word == "unsent" else str(batch.number)
    return Answer(name, instead=Outcome(word, (fault,), batch=number, request_id=name))
