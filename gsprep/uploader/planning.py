"""Plan of an upload: mode, batches, updates and quota."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from gsprep.calls.limits import Kind
from gsprep.errors import InputError
from gsprep.results import Plan, QuotaLeft
from gsprep.schemas.frames import text_frame
from gsprep.uploader.records import Batch, cut, cut_by_bytes
from gsprep.values.caseless import caseless

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gsprep.calls.limits import Limits, Window
    from gsprep.ledger.quota import Quota
    from gsprep.ledger.uploads import Latest
    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.pending import Pending
    from gsprep.uploader.records import Unbatched

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
    """Return records cut for a mode; ``auto`` takes ``sync`` or ``async``, what is done sooner.

    Raises InputError for an unknown mode, or a record that is larger than a job.
    """
    if mode not in MODES:
        raise InputError(f"no such mode: {mode}. There are {', '.join(MODES)}")
    calls = list(cut(uncut, most=1) if mode == "single" else cut(uncut, counted=limits.counted))
    jobs = list(cut_by_bytes(uncut, lookups))
    by_call = lasting(len(calls), limits.windows, _CALL_SECONDS)
    by_job = lasting(len(jobs), limits.async_windows, _HAND_IN_SECONDS) + (
        _JOB_SECONDS - _HAND_IN_SECONDS
    )
    size = uncut.bytes
    if mode == "async" or (mode == "auto" and calls and by_call >= by_job):
        return BatchPlan(jobs, Plan("async", len(jobs), size, by_job / 60 if jobs else 0.0))
    way = "single" if mode == "single" else "sync"
    return BatchPlan(calls, Plan(way, len(calls), size, by_call / 60))


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
    """Return the seconds until so many calls are over, of which none waits in the last window."""
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


def quota_left(quota: Quota, limits: Limits) -> tuple[QuotaLeft, ...]:
    """Return how many calls and jobs each window still allows."""
    now = limits.now()
    return tuple(
        QuotaLeft(kind, rule.seconds, rule.calls, quota.left(rule, now))
        for kind in get_args(Kind)
        if kind != "delete"
        for rule in limits.rules_of(kind)
    )


def count_upserts(
    left: Pending, seen: Mapping[int, Latest], known: pd.DataFrame | None
) -> Counter[Expected]:
    """Count the people to send: known to exist, deleted before, and unknown.

    ``seen`` is what the ledger says of persons by their place in the load, ``known`` are people
    who are there, by Email.
    """
    there = _addresses(known)
    counts: Counter[Expected] = Counter()
    for place in left.uncut.chosen:
        record, last = left.uncut.records[place], seen.get(place)
        is_there = "Gsid" in record or caseless(record.get("Email", "")) in there
        if is_there or (last is not None and last.gsid):
            counts["updates"] += 1
        elif last is not None and last.deleted:
            counts["creates"] += 1
        else:
            counts["unknown"] += 1
    return counts


def _addresses(known: pd.DataFrame | None) -> frozenset[str]:
    if known is None or "Email" not in known:
        return frozenset()
    return frozenset(map(caseless, text_frame(known, of="known")["Email"].dropna()))
