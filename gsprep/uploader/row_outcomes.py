"""Outcome of each row, from the results of batches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from gsprep.errors import ReplyError, UploadError
from gsprep.results import Uploaded
from gsprep.uploader.echo_match import Keys
from gsprep.uploader.outcomes import (
    NO_RESULT,
    STORED,
    WITH_SHARED,
    Fault,
    Outcome,
    RecordOutcome,
    outcome_of,
    shared_gsid,
)
from gsprep.uploader.replies import placed, read_record
from gsprep.values.arrow import TEXT, as_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gsprep.uploader.build import Prepared
    from gsprep.uploader.records import Batch, Record


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

    def of_each(self, batch: Batch) -> Sequence[RecordOutcome]:
        """Return the outcomes of each record of its batch."""
        if self.outcomes is not None:
            return self.outcomes
        sizes = map(batch.records.size_of, batch.chosen)
        return [RecordOutcome.alike(self.instead or STORED, size) for size in sizes]

    def then_stop(self, error: UploadError, *, waits: bool = False) -> BatchResult:
        """Return the answer as the last one of an upload that ``error`` ends."""
        return replace(self, stop=error, waits=waits)


def read_reply(body: object, records: Sequence[Record]) -> list[RecordOutcome]:
    """Return what the reply to a call says of its records; ReplyError if it says it of none."""
    told, ended = read_results(records, lambda sent: placed(body, sent))
    if ended is not None and all(one.person == NO_RESULT for one in told):
        raise ended
    return told


def read_results(
    records: Sequence[Record], results: Callable[[Keys], Iterator[tuple[int, Mapping[str, Any]]]]
) -> tuple[list[RecordOutcome], UploadError | None]:
    """Return what results say of the records sent, and what ended the reading or is wrong.

    Where no result can be believed the outcome is unknown.
    """
    found: list[RecordOutcome | None] = [None] * len(records)
    ended: UploadError | None = None
    try:
        for at, element in results(Keys.of(records)):
            found[at] = outcome_of(records[at], read_record(element, at + 1))
    except UploadError as error:
        ended = error
        for number in error.doubtful if isinstance(error, ReplyError) else ():
            found[number - 1] = None
    told = [one or outcome_of(records[at], None) for at, one in enumerate(found)]
    return told, ended


# A process that was ended before it heard of them, or a call without a reply.
IN_DOUBT = Outcome(
    "unknown",
    (
        Fault(
            message="it was sent before, and no reply came: it may be stored. "
            "`gsprep resume` sends it again"
        ),
    ),
)
NOT_ASKED = Outcome("unsent", (Fault(message="not sent: the upload stopped before this row"),))


class RowOutcomes:
    """Outcomes of all records so far, by their places (see ``Records``).

    A million rows have a few different outcomes: each place has the number of its own. Batches are
    noted in any order; one that is noted again counts as it was noted last.
    """

    def __init__(
        self, decided: Prepared, unasked: Outcome = NOT_ASKED, doubtful: Sequence[int] = ()
    ) -> None:
        """Begin with the outcome ``unasked`` for all rows to be sent.

        The ``doubtful`` records may be stored as long as nothing else is heard of them.
        """
        self._decided = decided
        self._records = decided.records
        number = self._records.places[-1]
        self._outcomes: dict[Outcome, int] = {unasked: 0}
        self._codes = [0] * number
        self._gsids = [""] * number
        self._calls = {("", ""): 0}
        self._call = [0] * len(self._records)
        self._doubtful = frozenset(doubtful)
        for at in doubtful:
            self._note(at, RecordOutcome.alike(IN_DOUBT, self._records.size_of(at)))

    def note(self, batch: Batch, result: BatchResult) -> None:
        """Keep the outcomes of a batch; number 0 means that the records were in no batch."""
        is_sent = batch.number and (result.instead is None or result.instead.outcome != "unsent")
        call = (str(batch.number) if is_sent else "", result.request_id)
        number = self._calls.setdefault(call, len(self._calls))
        for at, one in zip(batch.chosen, result.of_each(batch), strict=True):
            self._call[at] = number
            # What was not sent now may be stored since an earlier upload.
            is_open = at in self._doubtful and one.person.outcome == "unsent"
            self._note(at, RecordOutcome.alike(IN_DOUBT, len(one.gsids)) if is_open else one)

    def _note(self, at: int, one: RecordOutcome) -> None:
        start, stop = self._records.places[at], self._records.places[at + 1]
        for place, outcome, gsid in zip(range(start, stop), one.outcomes, one.gsids, strict=True):
            self._codes[place], self._gsids[place] = self._code(outcome), gsid

    def _code(self, outcome: Outcome) -> int:
        return self._outcomes.setdefault(outcome, len(self._outcomes))

    def _all_gsids(self) -> pa.Array:
        """Return the Gsid of each place, null for none."""
        return pa.array([gsid or None for gsid in self._gsids], TEXT)

    def doubt_shared(self, row_ids: pd.Series[str]) -> list[str]:
        """Make stored people ``unknown`` that have one Gsid, and return those Gsids.

        Two different people cannot both be one record: what was written to it, and for whom, only
        Gainsight shows. ``row_ids`` are those of the rows of persons; each names the others.
        """
        stored = self._outcomes.get(STORED)
        persons = [place for place in self._records.places[:-1] if self._codes[place] == stored]
        gsids = as_column(self._all_gsids())[persons]
        shared = gsids[gsids.duplicated(keep=False) & gsids.notna()]
        rows = pd.Series(row_ids.to_numpy(), index=self._decided.places[0])
        names = rows[~rows.index.duplicated()]
        for _, group in shared.groupby(shared, sort=False):
            for place in group.index:
                others = [str(names[other]) for other in group.index if other != place]
                self._doubt_one(place, shared_gsid(others), stored)
        return list(dict.fromkeys(shared))

    def _doubt_one(self, person: int, outcome: Outcome, stored: int | None) -> None:
        at = int(np.searchsorted(self._records.places, person))
        for place in range(person, self._records.places[at + 1]):
            if self._codes[place] == stored:
                self._codes[place] = self._code(outcome if place == person else WITH_SHARED)

    def uploaded(self, frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> Uploaded:
        """Return persons, company_persons and relationship_persons with the outcomes of their rows.

        They are text frames; a Gsid or Person_ID that was given stays where the service gave none,
        what an earlier upload wrote in the other columns goes.
        """
        decided = self._decided
        gsids = self._all_gsids()
        faults = (decided.persons, decided.company_persons, decided.relationship_persons)
        persons, companies, relationships = (
            self._with_outcomes(frame, places, of_rows, gsids)
            for frame, places, of_rows in zip(frames, decided.places, faults, strict=True)
        )
        return Uploaded(
            persons,
            self._with_person(companies, decided.places[1], gsids),
            self._with_person(relationships, decided.places[2], gsids),
        )

    def _with_outcomes(
        self, frame: pd.DataFrame, places: np.ndarray, faults: Mapping[int, Fault], gsids: pa.Array
    ) -> pd.DataFrame:
        """Return rows with the outcomes of their places, -1 for those that have a fault."""
        codes = np.append(np.array(self._codes, dtype=np.intp), -1)[places]
        for position, fault in faults.items():
            codes[position] = self._code(Outcome("unsent", (fault,)))
        calls = np.append(np.array(self._call, dtype=np.intp), 0)[self._record_of(places)]
        few = [one.faults for one in self._outcomes]
        outcomes = {
            "Gsid": _taken(gsids, places, frame.get("Gsid")),
            "outcome": _coded([one.outcome for one in self._outcomes], codes),
            "error_code": _coded([_joined(f.code for f in faults) for faults in few], codes),
            "error_field": _coded([_joined(f.field for f in faults) for faults in few], codes),
            "error_message": _coded([_joined(f.message for f in faults) for faults in few], codes),
            "batch": _coded([batch for batch, _ in self._calls], calls),
            "request_id": _coded([name for _, name in self._calls], calls),
        }
        # Column by column as ``assign`` does it, a new index of columns is made for each.
        kept = {str(name): column for name, column in frame.items()}
        return pd.DataFrame(kept | outcomes, index=frame.index)

    def _with_person(
        self, frame: pd.DataFrame, places: np.ndarray, gsids: pa.Array
    ) -> pd.DataFrame:
        persons = np.append(np.array(self._records.places[:-1], dtype=np.intp), -1)
        person = persons[self._record_of(places)]
        return frame.assign(Person_ID=_taken(gsids, person, frame.get("Person_ID")))

    def _record_of(self, places: np.ndarray) -> np.ndarray:
        """Return the record of each place, -1 for none."""
        return np.asarray(np.searchsorted(self._records.places, places, side="right") - 1)


def _taken(gsids: pa.Array, places: np.ndarray, given: pd.Series[str] | None) -> pd.Series[str]:
    """Return the Gsid of each place; what was given where there is none."""
    if gsids.null_count == len(gsids):
        found = _coded([""], np.zeros(len(places), dtype=np.intp))
    else:
        found = as_column(gsids.take(pa.array(places, mask=places < 0)))
    return found if given is None else found.fillna(given)


# Rows that follow one another mostly have the same outcome: so many of them are one block.
_BLOCK = 8_192


def _coded(texts: Sequence[str], codes: np.ndarray) -> pd.Series[str]:
    """Return the text of each code as a column; "" is missing.

    Blocks of one text share their memory: a million rows have seven columns of outcomes.
    """
    known = pa.array([text or None for text in texts], TEXT)
    alike: dict[int, pa.Array] = {}
    blocks = []
    for start in range(0, len(codes), _BLOCK):
        part = codes[start : start + _BLOCK]
        first = int(part[0])
        if (part != first).any():
            blocks.append(known.take(pa.array(part)))
            continue
        if first not in alike:
            alike[first] = known.take(pa.array(np.full(_BLOCK, first)))
        blocks.append(alike[first].slice(0, len(part)))
    return as_column(pa.chunked_array(blocks, TEXT))


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, texts)))
