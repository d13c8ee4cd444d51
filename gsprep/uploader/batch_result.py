"""Result of one batch: the outcome of each record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gsprep.errors import ReplyError, UploadError
from gsprep.uploader.attribution import outcome_of, read_outcome
from gsprep.uploader.echo_match import Keys
from gsprep.uploader.job_results import TornFileError
from gsprep.uploader.replies import placed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gsprep.uploader.outcomes import Outcome, RecordOutcome
    from gsprep.uploader.records import Record


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Result of one batch: the outcomes of each record, or one outcome for all rows.

    Attributes:
        request_id: the service's name for the call, "" when it gave none.
        stop: what ends the upload after this batch.
        waits: whether it is a job that is not over: its results may be read later.
        is_lost: whether the service says that it has no such job.
    """

    request_id: str = ""
    outcomes: Sequence[RecordOutcome] | None = None
    instead: Outcome | None = None
    stop: UploadError | None = None
    waits: bool = False
    is_lost: bool = False

    def then_stop(self, error: UploadError, *, waits: bool = False) -> BatchResult:
        """Return the answer as the last one of an upload that ``error`` ends."""
        return replace(self, stop=error, waits=waits)


def read_reply(body: object, records: Sequence[Record]) -> list[RecordOutcome]:
    """Return what the reply to a call says of its records; ReplyError when it does not fit them."""
    found = {
        at: read_outcome(records[at], element, at + 1)
        for at, element in placed(body, Keys.of(records))
    }
    return [found[at] for at in range(len(records))]


def read_results(
    records: Sequence[Record], results: Callable[[Keys], Iterator[tuple[int, Mapping[str, Any]]]]
) -> tuple[list[RecordOutcome], UploadError | None]:
    """Return what the results of a job say of its records, and what ended the reading early.

    Where no result can be believed the outcome is unknown.
    """
    found: list[RecordOutcome | None] = [None] * len(records)
    ended: UploadError | None = None
    try:
        for at, element in results(Keys.of(records)):
            found[at] = read_outcome(records[at], element, at + 1)
    except TornFileError as error:
        ended = error
    except ReplyError as error:
        # Results that contradict themselves are whole: asked for again they say the same.
        for number in error.doubtful:
            found[number - 1] = None
    except UploadError as error:
        ended = error
    told = [one or outcome_of(records[at], None) for at, one in enumerate(found)]
    return told, ended
