"""Records still to send, according to the ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gsprep.calls.json_types import is_id
from gsprep.ledger.database import damaged
from gsprep.ledger.uploads import KnownRecord
from gsprep.uploader.batch_result import BatchOutcomes, BatchResult
from gsprep.uploader.batches import Batch, Encoded, Unbatched
from gsprep.uploader.fingerprints import decoded_outcome, is_stored
from gsprep.uploader.jobs import Job
from gsprep.uploader.records import Records, is_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gsprep.ledger.uploads import AcceptedJob, Latest, UploadLog
    from gsprep.uploader.fingerprints import Fingerprints


@dataclass(frozen=True, slots=True)
class Pending:
    """Records in the order in which they are dealt with, and what of them is left to do.

    Attributes:
        uncut: the records, those that are known first and those of accepted jobs next; and where
            those begin that are still to be sent.
        order: the place of each in the load.
        known: batches with their results; number 0 means no batch.
        unchanged: how many of those went in another load.
        jobs: batches that the service took as jobs, each with its job.
        doubtful: which of the records an earlier upload may have stored; None for none.
    """

    uncut: Unbatched
    order: np.ndarray
    known: Sequence[tuple[Batch, BatchResult]] = ()
    unchanged: int = 0
    jobs: Sequence[tuple[Batch, Job]] = ()
    doubtful: np.ndarray | None = None


def all_pending(load: Encoded) -> Pending:
    """Return that everything is left to do."""
    return Pending(Unbatched(load), np.arange(len(load)))


def pending_of(
    load: Encoded,
    of: UploadLog | None,
    elsewhere: Mapping[int, KnownRecord],
    path: Path | None = None,
) -> Pending:
    """Return what is left to do of a load that the ledger at a path knows.

    ``elsewhere`` are the outcomes of records that other loads stored with identical data, by
    their place. Raises LedgerError for rows that gsprep cannot have written.
    """
    known = {**elsewhere, **(dict(of.known()) if of else {})}
    accepted = of.accepted() if of else []
    open_ones = of.doubtful() if of else []
    if not _is_whole(len(load), (*known, *open_ones), accepted):
        raise damaged(path, "which rows it speaks of")
    for job in accepted:
        for position in job.positions:
            known.pop(position, None)
    by_batch: dict[int, list[int]] = defaultdict(list)
    for position in sorted(known):
        by_batch[known[position].batch or 0].append(position)
    groups = [by_batch[number] for number in sorted(by_batch)]
    order = _order(len(load), [*groups, *(job.positions for job in accepted)])
    arranged = load if is_range(order, len(load)) else _in_order(load, order)
    batches = _batches(arranged, [*sorted(by_batch), *(job.number for job in accepted)], [
        *map(len, groups), *(len(job.positions) for job in accepted)
    ])  # fmt: skip
    answered, taken = batches[: len(groups)], batches[len(groups) :]
    begin = taken[-1].stop if taken else answered[-1].stop if answered else 0
    return Pending(
        uncut=Unbatched(arranged, begin, of.next_number() if of else 1),
        order=order,
        known=[(batch, _answer(batch, order, known, path)) for batch in answered],
        unchanged=len(by_batch.get(0, ())),
        jobs=[(batch, _job(job)) for batch, job in zip(taken, accepted, strict=True)],
        doubtful=_doubtful(order, open_ones, known),
    )


def _is_whole(length: int, known: Iterable[int], accepted: Sequence[AcceptedJob]) -> bool:
    """Tell whether a load has these places, no two jobs have one, and jobs can be asked for."""
    places = [position for job in accepted for position in job.positions]
    there = all(0 <= position < length for position in (*places, *known))
    ids = all(is_id(job.job) for job in accepted)
    return there and ids and len(set(places)) == len(places)


def _doubtful(
    order: np.ndarray, open_ones: Sequence[int], known: Iterable[int]
) -> np.ndarray | None:
    """Return which records, in their order now, are open and not known since."""
    if not open_ones:
        return None
    doubtful = np.zeros(len(order), dtype=bool)
    doubtful[list(open_ones)] = True
    doubtful[list(known)] = False
    found: np.ndarray = doubtful[order]
    return found


def stored_elsewhere(marks: Fingerprints, seen: Mapping[int, Latest]) -> dict[int, KnownRecord]:
    """Return the outcomes of records that were last stored just as they are now, by their place."""
    return {
        place: KnownRecord(last.outcome, last.gsid, None, "")
        for place, last in seen.items()
        if last.content == marks.contents[place] and is_stored(last.outcome)
    }


def _order(length: int, first: Sequence[Sequence[int]]) -> np.ndarray:
    """Return all places, some of them first."""
    ahead = np.concatenate(
        [np.empty(0, dtype=np.intp), *(np.asarray(few, np.intp) for few in first)]
    )
    rest = np.ones(length, dtype=bool)
    rest[ahead] = False
    return np.concatenate([ahead, rest.nonzero()[0]])


def _in_order(load: Encoded, order: np.ndarray) -> Encoded:
    return Encoded.of(Records.of(load.records.nested.take(order)))


def _batches(load: Encoded, numbers: Sequence[int], sizes: Sequence[int]) -> list[Batch]:
    """Return the first records as batches of these numbers and sizes."""
    stops = np.cumsum(sizes, dtype=np.intp).tolist()
    return [
        Batch(number, load, stop - size, stop)
        for number, size, stop in zip(numbers, sizes, stops, strict=True)
    ]


def _answer(
    batch: Batch, order: np.ndarray, known: Mapping[int, KnownRecord], path: Path | None
) -> BatchResult:
    """Return the answer that the records of a batch had."""
    places = order[batch.start : batch.stop].tolist()
    found = [known[place] for place in places]
    try:
        told = BatchOutcomes.of(_values(batch.records, found), batch.records.part_starts())
    except (ValueError, TypeError, LookupError) as failure:
        raise damaged(path, "what became of rows") from failure
    return BatchResult(found[0].request_id, told)


def _values(records: Records, found: Sequence[KnownRecord]) -> Iterator[Sequence[Any]]:
    """Yield the outcomes of records; ValueError for one of more or fewer associations."""
    for at, (one, parts) in enumerate(zip(found, np.diff(records.part_starts()), strict=True)):
        value = decoded_outcome(records, at, one.gsid, one.outcome)
        if len(value) != 1 + parts:
            raise ValueError
        yield value


def _job(accepted: AcceptedJob) -> Job:
    return Job(accepted.job, accepted.request_id, {})
