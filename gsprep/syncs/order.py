"""Order of several syncs: those named by ``after`` come first."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from gsprep.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.syncs.definition import Sync


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
