"""The tenant's limits, and how much of each is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.report.parts import Part, Whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.results import Plan, QuotaLeft


def quota_of(plan: Plan | None, left: Sequence[QuotaLeft]) -> tuple[Whole, ...]:
    """Return each limit with what is used of it and what is left.

    ``left`` is what was left at the end; without it, it is what the plan of a dry run reckons
    with, and its calls stand beside what is used.
    """
    if left or plan is None:
        return tuple(_used(one, 0) for one in left)
    kind = "async" if plan.mode == "async" else "sync"
    return tuple(_used(one, plan.calls if one.kind == kind else 0) for one in plan.quota)


def _used(one: QuotaLeft, planned: int) -> Whole:
    taken = min(planned, one.left)
    parts = (
        Part("used", one.allowed - one.left),
        Part("for this run", taken),
        Part("left", one.left - taken),
    )
    return Whole(one.window(), parts)
