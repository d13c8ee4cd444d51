"""Times at which syncs run, by intervals and cron times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim

from gsprep.errors import InputError

if TYPE_CHECKING:
    from gsprep.syncs.definition import Schedule, Sync


def in_order(syncs: Sequence[Sync]) -> list[str]:
    """Return the names of syncs in the order in which they run; else they keep their order.

    Names that are not among them do not count. Raises InputError if syncs wait for one another.
    """
    names = {sync.name for sync in syncs}
    graph = {sync.name: [n for n in sync.schedule.after if n in names] for sync in syncs}
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as failure:
        circle = " after ".join(reversed(failure.args[1]))
        raise InputError(
            f"schedule.after: {circle}: these syncs wait for one another. Remove one of them"
        ) from None
    place = {sync.name: at for at, sync in enumerate(syncs)}
    done: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place.__getitem__)
        done += ready
        sorter.done(*ready)
    return done


class Last(NamedTuple):
    """When a sync last began, and when it last read everything; None for never."""

    begun: float | None = None
    full: float | None = None


class Due(NamedTuple):
    """A sync that is to run now; ``full`` if it has to read everything."""

    name: str
    full: bool


def next_time(schedule: Schedule, last: Last, now: float) -> float | None:
    """Return when a sync runs next; None if it has no times of its own.

    A sync that never ran is due now. Times that were missed, as by a computer that slept, are made
    up by one run. A last run in the future means that the clock was set back: it counts as now.
    """
    if schedule.every is None and schedule.cron is None and schedule.full is None:
        return None
    if last.begun is None:
        return now
    begun = min(last.begun, now)
    times = [] if schedule.every is None else [begun + schedule.every]
    if schedule.cron is not None:
        times.append(_after(schedule.cron, schedule, begun))
    if schedule.full is not None:
        # A run that should have read everything and failed is not repeated before its next time.
        times.append(_after(schedule.full, schedule, begun))
    return min(times)


def is_full_due(schedule: Schedule, last: Last, now: float) -> bool:
    """Return whether a run that begins now has to read everything."""
    if schedule.full is None:
        return False
    return last.full is None or _after(schedule.full, schedule, min(last.full, now)) <= now


def due_now(syncs: Iterable[Sync], last: Mapping[str, Last], now: float) -> list[Due]:
    """Return the syncs to run, in the given order: due ones, and those after one of them.

    A sync with times of its own waits for these, also when it is named to run after another.
    """
    due: dict[str, Due] = {}
    for sync in syncs:
        known = last.get(sync.name, Last())
        time = next_time(sync.schedule, known, now)
        follows = time is None and any(name in due for name in sync.schedule.after)
        if follows or (time is not None and time <= now):
            due[sync.name] = Due(sync.name, is_full_due(sync.schedule, known, now))
    return list(due.values())


def _after(times: str, schedule: Schedule, moment: float) -> float:
    """Return the first of some cron times after a moment."""
    zone = ZoneInfo(schedule.timezone or "UTC")
    return next(CronSim(times, datetime.fromtimestamp(moment, zone))).timestamp()
