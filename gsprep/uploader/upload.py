"""Persons and their associations to the service, and every row back with its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.errors import (
    QuotaError,
    RejectedError,
    ReplyError,
    UploadError,
)
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.uploader.batches import Batch, cut
from gsprep.uploader.links import decide
from gsprep.uploader.merge import OUTCOMES, Answer, Outcome, lay_beside, outcomes
from gsprep.uploader.records import Fault
from gsprep.uploader.replies import read_bulk_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gsprep.uploader.client import Client
    from gsprep.uploader.merge import OutcomeWord

# A refusal with one of these speaks of what was sent; any other would meet every call.
_ABOUT_THE_ROWS = frozenset({200, 400, 409, 413, 422})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Uploaded:
    """The rows given, in their order, with what became of each.

    All frames have the columns given, then Gsid, outcome (``stored``, ``refused``,
    ``unknown``, ``unsent``), error_code, error_field, error_message, batch and request_id;
    associations also Person_ID. All are text, missing where there is nothing to say.

    Attributes:
        stopped: why rows were left ``unsent`` or ``unknown`` at the end; None when every
            batch had its turn.
    """

    persons: pd.DataFrame
    company_persons: pd.DataFrame
    relationship_persons: pd.DataFrame
    stopped: UploadError | None = None

    def __repr__(self) -> str:
        frames = ("persons", "company_persons", "relationship_persons")
        counts = (f"{name}: {_counts(getattr(self, name)['outcome'])}" for name in frames)
        stopped = "" if self.stopped is None else f"; stopped: {type(self.stopped).__name__}"
        return f"Uploaded({'; '.join(counts)}{stopped})"


def _counts(outcome: pd.Series[str]) -> str:
    times = outcome.value_counts()
    return ", ".join(f"{times[word]} {word}" for word in OUTCOMES if word in times) or "none"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is: calls made of all, and persons that had their turn."""

    batch: int
    batches: int
    persons: int


def upload(  # noqa: PLR0913  the public contract names each of them
    persons: pd.DataFrame,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    *,
    client: Client,
    key: Sequence[str] = ("Email",),
    progress: Callable[[Progress], None] | None = None,
) -> Uploaded:
    """Insert or update persons with their associations, and say what became of every row.

    Rows with one ``key`` are one person; associations are joined to it by the same columns, or
    by Person_ID = the person's Gsid. A trouble that ends the upload (a refused key, the service
    away, quota, Ctrl-C) is not raised but returned in ``stopped``, beside what is known.

    Raises InputError, before anything is sent, for a frame that lacks what all its rows need.
    """
    frames = (
        text_frame(persons, of="persons"),
        _associations(company_persons, "company_persons", "Company_ID"),
        _associations(relationship_persons, "relationship_persons", "Relationship_ID"),
    )
    decided = decide(*frames, key)
    batches = list(cut(decided.records))
    answers, stopped = _send(batches, client, progress)
    found = outcomes(decided, batches, answers)
    return Uploaded(
        lay_beside(frames[0], found.persons, association=False),
        lay_beside(frames[1], found.company_persons, association=True),
        lay_beside(frames[2], found.relationship_persons, association=True),
        stopped,
    )


def _associations(frame: pd.DataFrame | None, of: str, own_id: str) -> pd.DataFrame:
    if frame is None:
        columns = dict.fromkeys((ROW_ID, "Email", "Company_ID", own_id))
        frame = pd.DataFrame(columns=list(columns), dtype="str")
    return text_frame(frame, of=of)


def _send(
    batches: Sequence[Batch], client: Client, progress: Callable[[Progress], None] | None
) -> tuple[dict[int, Answer], UploadError | None]:
    """Return the answers by number of batch, and what ended the sending early, if anything."""
    answers: dict[int, Answer] = {}
    asked: list[Batch] = []
    try:
        for batch in batches:
            client.pace.ready()
            asked.append(batch)
            answers[batch.number], stop = _turn(batch, client)
            if stop is not None:
                return answers, stop
            if progress is not None:
                progress(_progress(asked, len(batches)))
    except QuotaError as spent:
        return answers, spent
    except KeyboardInterrupt:
        end = UploadError("interrupted: run the same command again, sending twice does no harm")
        under_way = [batch for batch in asked if batch.number not in answers]
        answers |= {batch.number: _instead(batch, "unknown", end) for batch in under_way}
        return answers, end
    return answers, None


def _progress(asked: Sequence[Batch], batches: int) -> Progress:
    persons = sum(len(record.rows) for batch in asked for record in batch.records)
    return Progress(len(asked), batches, persons)


def _turn(batch: Batch, client: Client) -> tuple[Answer, UploadError | None]:
    """Return what became of a batch, and the error after which no other is sent."""
    try:
        return _ask(batch, client), None
    except ReplyError as error:
        return _instead(batch, "unknown", error), None
    except RejectedError as error:
        if error.status in _ABOUT_THE_ROWS:
            return _instead(batch, "refused", error), None
        return _left(batch, error), error
    except UploadError as error:
        return _left(batch, error), error


def _left(batch: Batch, error: UploadError) -> Answer:
    return _instead(batch, "unknown" if error.may_be_stored else "unsent", error)


def _ask(batch: Batch, client: Client) -> Answer:
    reply = client.people.bulk([record.body() for record in batch.records])
    try:
        return Answer(reply.request_id, read_bulk_reply(reply.body, batch.records))
    except ReplyError as error:
        return _instead(batch, "unknown", error, reply.request_id)


def _instead(batch: Batch, word: OutcomeWord, error: UploadError, request_id: str = "") -> Answer:
    code, name = "", request_id
    if isinstance(error, RejectedError):
        code, name = error.code, error.request_id
    fault = Fault(code=code, message=str(error))
    number = "" if word == "unsent" else str(batch.number)
    return Answer(name, instead=Outcome(word, (fault,), batch=number, request_id=name))
