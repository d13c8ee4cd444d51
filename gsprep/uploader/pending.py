"""Records still to send, according to the ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.calls.json_types import is_id
from gsprep.ledger.database import damaged
from gsprep.ledger.uploads import KnownRecord
from gsprep.uploader.batch_result import BatchResult
from gsprep.uploader.fingerprints import decoded_outcome, is_stored
from gsprep.uploader.jobs import Job
from gsprep.uploader.records import Batch, Unbatched

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gsprep.ledger.uploads import AcceptedJob, Latest, UploadLog
    from gsprep.uploader.fingerprints import Fingerprints
    from gsprep.uploader.records import Records


@dataclass(frozen=True, slots=True)
class Pending:
    """What is left to do of an upload.

    Attributes:
        uncut: the records that are still to be sent.
        known: batches with their results; number 0 means no batch.
        unchanged: how many of those went in another load.
        jobs: batches that the service took as jobs, each with its job.
        doubtful: the records that an earlier upload may have stored.
    """

    uncut: Unbatched
    known: Sequence[tuple[Batch, BatchResult]] = ()
    unchanged: int = 0
    jobs: Sequence[tuple[Batch, Job]] = ()
    doubtful: Sequence[int] = ()


def all_pending(records: Records) -> Pending:
    """Return that everything is left to do."""
    return Pending(Unbatched(records, range(len(records))))


def pending_of(
    records: Records,
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
    if not _is_whole(len(records), (*known, *open_ones), accepted):
        raise damaged(path, "which rows it speaks of")
    taken = {place for job in accepted for place in job.positions}
    by_batch: dict[int, list[int]] = defaultdict(list)
    for place in sorted(known.keys() - taken):
        by_batch[known[place].batch or 0].append(place)
    done = taken.union(*by_batch.values())
    answered = [Batch(number, records, by_batch[number]) for number in sorted(by_batch)]
    return Pending(
        Unbatched(
            records,
            [place for place in range(len(records)) if place not in done],
            of.next_number() if of else 1,
        ),
        known=[(batch, _answer(batch, known, path)) for batch in answered],
        unchanged=len(by_batch.get(0, ())),
        jobs=[(Batch(job.number, records, job.positions), _job(job)) for job in accepted],
        doubtful=[
            place for place in dict.fromkeys(open_ones) if place in taken or place not in known
        ],
    )


def _is_whole(length: int, known: Iterable[int], accepted: Sequence[AcceptedJob]) -> bool:
    """Tell whether a load has these places, no two jobs have one, and jobs can be asked for."""
    places = [position for job in accepted for position in job.positions]
    there = all(0 <= position < length for position in (*places, *known))
    ids = all(is_id(job.job) for job in accepted)
    return there and ids and len(set(places)) == len(places)


def stored_elsewhere(marks: Fingerprints, seen: Mapping[int, Latest]) -> dict[int, KnownRecord]:
    """Return the outcomes of records that were last stored just as they are now, by their place."""
    return {
        place: KnownRecord(last.outcome, last.gsid, None, "")
        for place, last in seen.items()
        if last.content == marks.contents[place] and is_stored(last.outcome)
    }


def _answer(batch: Batch, known: Mapping[int, KnownRecord], path: Path | None) -> BatchResult:
    """Return the answer that the records of a batch had."""
    found = [known[place] for place in batch.chosen]
    try:
        told = [
            decoded_outcome(batch.records, place, one.gsid, one.outcome)
            for place, one in zip(batch.chosen, found, strict=True)
        ]
    except (ValueError, TypeError, LookupError) as failure:
        raise damaged(path, "what became of rows") from failure
    return BatchResult(found[0].request_id, told)


def _job(accepted: AcceptedJob) -> Job:
    return Job(accepted.job, accepted.request_id, {})
