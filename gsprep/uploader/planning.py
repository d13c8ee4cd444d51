"""Plan of an upload: mode, batches, updates and quota."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from gsprep.calls.json_types import is_id
from gsprep.calls.limits import BYTES_PER_CALL, RECORDS_PER_CALL, Kind
from gsprep.errors import InputError
from gsprep.ledger.database import damaged
from gsprep.ledger.uploads import KnownRecord
from gsprep.results import Plan, QuotaLeft
from gsprep.schemas.frames import text_frame
from gsprep.uploader.fingerprints import decoded_outcome, is_stored
from gsprep.uploader.jobs import Job
from gsprep.uploader.records import GSID, Batch, Unbatched, count_batches, cut, cut_by_bytes
from gsprep.uploader.row_outcomes import BatchResult
from gsprep.values.caseless import caseless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from gsprep.calls.limits import Limits, Window
    from gsprep.ledger.quota import Quota
    from gsprep.ledger.uploads import AcceptedJob, Latest, UploadLog
    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.fingerprints import Fingerprints
    from gsprep.uploader.records import Records, Sizes


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
        raise damaged(path, "which rows it is about")
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
        jobs=[
            (Batch(job.number, records, job.positions), Job(job.job, job.request_id, {}))
            for job in accepted
        ],
        doubtful=[
            place for place in dict.fromkeys(open_ones) if place in taken or place not in known
        ],
    )


def _is_whole(length: int, known: Iterable[int], accepted: Sequence[AcceptedJob]) -> bool:
    """Return whether a load has these places, no two jobs have one, and jobs can be asked for."""
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


Mode = Literal["auto", "single", "sync", "async"]
MODES: tuple[Mode, ...] = get_args(Mode)
# No page says how long either takes. As taken here, jobs are faster from 25,000 people on, where
# calls at 100 a minute need five minutes.
_CALL_SECONDS = 0.6
_JOB_SECONDS = 300.0
# Jobs are handed in one after the other and done side by side.
_HAND_IN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Records cut to the calls of one way, and what that comes to."""

    batches: Sequence[Batch]
    plan: Plan


def plan_batches(
    uncut: Unbatched, lookups: Lookups | None, mode: Mode, limits: Limits
) -> BatchPlan:
    """Return records cut for a mode as ``plan_of`` says; raises as that."""
    plan = plan_of([uncut.sizes()], lookups, mode, limits)
    if plan.mode == "async":
        return BatchPlan(list(cut_by_bytes(uncut, lookups)), plan)
    if plan.mode == "single":
        return BatchPlan(list(cut(uncut, most=1)), plan)
    return BatchPlan(list(cut(uncut, counted=limits.counted)), plan)


def plan_of(sizes: Iterable[Sizes], lookups: Lookups | None, mode: Mode, limits: Limits) -> Plan:
    """Return the calls for records; ``auto`` takes ``sync`` or ``async``, what is done sooner.

    ``sizes`` are those of portions that follow one another; they are read several times.

    Raises InputError for an unknown mode, or a record that is larger than a job.
    """
    if mode not in MODES:
        raise InputError(f"no such mode: {mode}. There are {', '.join(MODES)}")
    single = mode == "single"
    most = 1 if single else RECORDS_PER_CALL
    counted = "people" if single else limits.counted
    calls = count_batches((one.weights(counted, most) for one in sizes), most)
    room = max((one.room(lookups) for one in sizes), default=BYTES_PER_CALL)
    jobs = count_batches((one.weights_in_bytes(room) for one in sizes), room)
    by_call = lasting(calls, limits.windows, _CALL_SECONDS)
    by_job = lasting(jobs, limits.async_windows, _HAND_IN_SECONDS) + (
        _JOB_SECONDS - _HAND_IN_SECONDS
    )
    size = sum(int(one.bytes.sum()) for one in sizes)
    if mode == "async" or (mode == "auto" and calls and by_call >= by_job):
        return Plan("async", jobs, size, by_job / 60 if jobs else 0.0)
    return Plan("single" if single else "sync", calls, size, by_call / 60)


def lasting(calls: int, windows: Sequence[Window], each: float) -> float:
    """Return the seconds that calls take one after the other, ``each`` of them and their quota.

    >>> from gsprep.calls.limits import ASYNC_WINDOWS
    >>> [lasting(jobs, ASYNC_WINDOWS, 10.0) for jobs in (0, 1, 10, 12)]
    [0.0, 10.0, 100.0, 3620.0]
    """
    if not calls:
        return 0.0
    widest_first = sorted(windows, key=lambda window: window.seconds, reverse=True)
    return _waits(calls, widest_first, each)


def _waits(calls: int, windows: Sequence[Window], each: float) -> float:
    """Return the seconds that so many calls take, without a wait after the last window."""
    if not windows:
        return calls * each
    widest, *narrower = windows
    full, rest = divmod(calls, widest.calls)
    if full and not rest:
        full, rest = full - 1, widest.calls
    whole = max(widest.seconds, _waits(widest.calls, narrower, each)) if full else 0.0
    return full * whole + _waits(rest, narrower, each)


# What the service will do with a person, as far as it can be foretold.
Expected = Literal["updates", "creates", "unknown"]


# Windows that an upload of people does not use.
_NOT_OF_UPLOADS = frozenset({"delete", "timeline"})


def quota_left(quota: Quota, limits: Limits) -> tuple[QuotaLeft, ...]:
    """Return how many calls and jobs each window still allows."""
    now = limits.now()
    return tuple(
        QuotaLeft(kind, rule.seconds, rule.calls, quota.left(rule, now))
        for kind in get_args(Kind)
        if kind not in _NOT_OF_UPLOADS
        for rule in limits.rules_of(kind)
    )


def count_upserts(
    left: Pending, seen: Mapping[int, Latest], known: pd.DataFrame | None
) -> Counter[Expected]:
    """Count the people to send: known to exist, deleted before, and unknown.

    ``seen`` is what the ledger says of persons by their place in the load, ``known`` are people
    who are there, by Email.
    """
    there, contents = _addresses(known), left.uncut.records.contents
    counts: Counter[Expected] = Counter()
    chosen = left.uncut.chosen
    if not there and not seen:
        # Most have no Gsid, which their JSON shows at a glance.
        counts["unknown"] = len(chosen)
        chosen = [place for place in chosen if GSID in contents[place]]
        counts["unknown"] -= len(chosen)
    for place in chosen:
        last = seen.get(place)
        if _is_there(left.uncut.records, place, there) or (last is not None and last.gsid):
            counts["updates"] += 1
        elif last is not None and last.deleted:
            counts["creates"] += 1
        else:
            counts["unknown"] += 1
    return counts


def _is_there(records: Records, place: int, there: frozenset[str]) -> bool:
    record = records[place]
    return "Gsid" in record or caseless(record.get("Email", "")) in there


def _addresses(known: pd.DataFrame | None) -> frozenset[str]:
    if known is None or "Email" not in known:
        return frozenset()
    return frozenset(map(caseless, text_frame(known, of="the known frame")["Email"].dropna()))
