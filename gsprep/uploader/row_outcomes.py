"""Outcome of each row, from the results of batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
import pyarrow as pa

from gsprep.uploader.faults import Fault
from gsprep.uploader.outcomes import STORED, WITH_SHARED, Outcome, shared_gsid
from gsprep.uploader.records import Texts, coded, is_range
from gsprep.values.arrow import TEXT, as_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from gsprep.uploader.batch_result import BatchOutcomes, BatchResult
    from gsprep.uploader.batches import Batch
    from gsprep.uploader.build import Prepared

T = TypeVar("T")

# A process that was ended before it heard of them, or a call without a reply.
IN_DOUBT = Outcome(
    "unknown",
    (
        Fault(
            message="it was sent before, and what became of it was not heard: it may be stored. "
            "`gsprep resume` sends it again"
        ),
    ),
)
NOT_ASKED = Outcome("unsent", (Fault(message="not sent: the upload stopped before this row"),))


@dataclass(frozen=True, slots=True)
class Rows:
    """Outcomes of the rows of one frame, in columns.

    Attributes:
        outcomes: the different outcomes, without Gsids; ``outcome`` is the number of each row's.
        calls: batch and request_id of the calls; ``call`` is the number of each row's.
        gsids: the Gsid of each row, null for none.
        person_ids: of associations the Gsid of the person, else None.
    """

    outcomes: Sequence[Outcome]
    outcome: np.ndarray
    calls: Sequence[tuple[str, str]]
    call: np.ndarray
    gsids: Texts
    person_ids: Texts | None = None


class RowOutcomes:
    """Outcomes of all rows so far, in columns: codes of outcomes, and Gsids by batch.

    A million rows have a few different outcomes. Batches are noted in any order; one that is noted
    again counts as it was noted last.
    """

    def __init__(
        self,
        decided: Prepared,
        unasked: Outcome = NOT_ASKED,
        doubtful: np.ndarray | None = None,
    ) -> None:
        """Begin with ``unasked`` for all that is decided to be sent.

        The ``doubtful`` records may be stored as long as nothing else is heard of them.
        """
        self._decided = decided
        self._nested = decided.records.nested
        self._starts = self._nested.part_starts(0, len(decided.records))
        self._outcomes = {unasked: 0, STORED: 1}
        self._calls = {("", ""): 0}
        self._persons = np.zeros(len(decided.records), dtype=np.int32)
        self._parts = np.zeros(self._starts[-1], dtype=np.int32)
        self._call = np.zeros(len(decided.records), dtype=np.int32)
        self._gsids: dict[int, tuple[Texts, Texts]] = {}
        self._doubtful = doubtful
        self._doubt(0, len(decided.records))

    def note(self, batch: Batch, result: BatchResult) -> None:
        """Keep the outcomes of a batch; number 0 means that the records were in no batch."""
        start, stop = batch.start, batch.stop
        one = result.instead or STORED
        number = "" if one.outcome == "unsent" or not batch.number else str(batch.number)
        self._call[start:stop] = _number(self._calls, (number, result.request_id))
        self._persons[start:stop] = _number(self._outcomes, one)
        self._parts[self._starts[start] : self._starts[stop]] = _number(self._outcomes, one)
        self._gsids.pop(start, None)
        if one.outcome == "unsent":
            self._doubt(start, stop)
        if result.outcomes is not None:
            self._note_told(start, result.outcomes)

    def _doubt(self, start: int, stop: int) -> None:
        """Leave open what was not sent now, and may have been stored before."""
        if self._doubtful is None:
            return
        code = _number(self._outcomes, IN_DOUBT)
        doubtful = self._doubtful[start:stop]
        self._persons[start:stop][doubtful] = code
        parts = np.repeat(doubtful, np.diff(self._starts[start : stop + 1]))
        self._parts[self._starts[start] : self._starts[stop]][parts] = code

    def _note_told(self, start: int, told: BatchOutcomes) -> None:
        for at, other in told.others.items():
            self._persons[start + at] = self._code(other.person)
            first = self._starts[start + at]
            for nth, part in enumerate(other.parts, first):
                self._parts[nth] = self._code(part)
        self._gsids[start] = (_texts(told.persons), _texts(told.parts))

    def _code(self, outcome: Outcome) -> int:
        return _number(self._outcomes, Outcome(outcome.outcome, outcome.faults))

    def doubt_shared(self, row_ids: pd.Series[str]) -> list[str]:
        """Make stored people ``unknown`` that have one Gsid, and return those Gsids.

        Two different people cannot both be one record: what was written to it, and of whom, only
        Gainsight shows. ``row_ids`` are those of the rows of persons; each names the others.
        """
        stored = self._persons == self._outcomes[STORED]
        gsids = self._all_gsids(0).filter(pa.array(stored))
        coded = gsids.dictionary_encode()
        if len(coded.dictionary) == len(gsids):
            return []
        codes = coded.indices.to_numpy(zero_copy_only=False)
        shared = np.bincount(codes) > 1
        places = stored.nonzero()[0][shared[codes]]
        groups: dict[int, list[int]] = {}
        for place, code in zip(places.tolist(), codes[shared[codes]].tolist(), strict=True):
            groups.setdefault(code, []).append(place)
        names = row_ids.to_numpy()[self._nested.persons.leading]
        for group in groups.values():
            for place in group:
                self._doubt_one(place, [str(names[other]) for other in group if other != place])
        return [coded.dictionary[code].as_py() for code in groups]

    def _doubt_one(self, place: int, others: Sequence[str]) -> None:
        self._persons[place] = self._code(shared_gsid(others))
        parts = slice(self._starts[place], self._starts[place + 1])
        doubted = self._code(WITH_SHARED)
        kept = self._parts[parts] != self._outcomes[STORED]
        self._parts[parts] = np.where(kept, self._parts[parts], doubted)

    def persons(self, length: int) -> Rows:
        """Return the outcomes of the ``length`` rows of persons."""
        record = self._nested.persons.of_rows(length)
        gsids = _taken(self._all_gsids(0), record)
        return self._rows((self._persons, record), record, self._decided.persons, (gsids, None))

    def company_persons(self, length: int) -> Rows:
        """Return the outcomes of the rows that associate persons with companies."""
        companies, places = self._nested.companies, self._nested.company_parts
        return self._of_parts(companies.of_rows(length), places, self._decided.company_persons)

    def relationship_persons(self, length: int) -> Rows:
        """Return the outcomes of the rows that associate persons with relationships."""
        below, places = self._nested.relationships, self._nested.relationship_parts
        return self._of_parts(below.of_rows(length), places, self._decided.relationship_persons)

    def _of_parts(self, group: np.ndarray, places: np.ndarray, faults: Mapping[int, Fault]) -> Rows:
        part = _at(places, group)
        owner = np.repeat(np.arange(len(self._persons)), np.diff(self._starts))
        record = _at(owner, part)
        gsids, person_ids = _taken(self._all_gsids(1), part), _taken(self._all_gsids(0), record)
        return self._rows((self._parts, part), record, faults, (gsids, person_ids))

    def _rows(
        self,
        outcomes: tuple[np.ndarray, np.ndarray],
        record: np.ndarray,
        faults: Mapping[int, Fault],
        ids: tuple[Texts, Texts | None],
    ) -> Rows:
        outcome = _at(*outcomes)
        for position, fault in faults.items():
            outcome[position] = _number(self._outcomes, Outcome("unsent", (fault,)))
        call = _at(self._call, record)
        # Calls are numbered from 0, and the first stands for none.
        call[record < 0] = 0
        return Rows(list(self._outcomes), outcome, list(self._calls), call, *ids)

    def _all_gsids(self, of: Literal[0, 1]) -> Texts:
        """Return the Gsids of all persons (0) or of all parts (1)."""
        at, found = 0, []
        for start in sorted(self._gsids):
            texts = self._gsids[start][of]
            begin = self._starts[start] if of else start
            found += [pa.nulls(begin - at, TEXT), texts]
            at = begin + len(texts)
        found.append(pa.nulls((self._starts[-1] if of else len(self._persons)) - at, TEXT))
        return pa.concat_arrays(found)


def _number(numbers: dict[T, int], value: T) -> int:
    return numbers.setdefault(value, len(numbers))


def _texts(gsids: Sequence[str]) -> Texts:
    return pa.array([gsid or None for gsid in gsids], TEXT)


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return values by their places; -1 at the place -1."""
    return np.asarray(np.append(values, values.dtype.type(-1))[places])


def _taken(texts: Texts, places: np.ndarray) -> Texts:
    """Return texts by their places; null at the place -1."""
    if is_range(places, len(texts)):
        return texts
    return texts.take(pa.array(places, mask=places < 0))


def with_outcomes(frame: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """Return the rows in their order with the columns of their outcomes.

    ``frame`` is a text frame; a Gsid or Person_ID that was given stays where the service gave
    none, what an earlier upload wrote in the other columns goes.
    """
    faults = [one.faults for one in rows.outcomes]
    columns = {
        "Gsid": _given(frame, "Gsid", rows.gsids),
        "outcome": coded([one.outcome for one in rows.outcomes], rows.outcome),
        "error_code": coded([_joined(f.code for f in few) for few in faults], rows.outcome),
        "error_field": coded([_joined(f.field for f in few) for few in faults], rows.outcome),
        "error_message": coded([_joined(f.message for f in few) for few in faults], rows.outcome),
        "batch": coded([batch for batch, _ in rows.calls], rows.call),
        "request_id": coded([name for _, name in rows.calls], rows.call),
    }
    if rows.person_ids is not None:
        columns["Person_ID"] = _given(frame, "Person_ID", rows.person_ids)
    return frame.assign(**columns)


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _given(frame: pd.DataFrame, name: str, texts: Texts) -> pd.Series[str]:
    replied = as_column(texts)
    return replied.fillna(frame[name]) if name in frame else replied
