"""A run in counts: all that its page says, and no cell of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.report.columns import columns_of
from gsprep.report.lines import found_of, mended_of
from gsprep.report.matching import matching_of
from gsprep.report.quota import quota_of
from gsprep.report.sending import sending_of
from gsprep.report.timeline import timeline_of

if TYPE_CHECKING:
    from gsprep.report.columns import ColumnFacts
    from gsprep.report.lines import Found, Mended
    from gsprep.report.matching import Matching
    from gsprep.report.parts import Whole
    from gsprep.report.sending import Sending
    from gsprep.report.timeline import Timeline
    from gsprep.results import RunResult


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run came to.

    read, valid, rejected: rows; every one read is one of the other two.
    unusable: companies that could not be matched against.
    stopped:  why not everything was sent, "" when it was.
    """

    run: str
    status: str
    seconds: float
    read: int
    valid: int
    rejected: int
    columns: tuple[ColumnFacts, ...]
    mended: tuple[Mended, ...]
    found: tuple[Found, ...]
    matching: Matching
    sending: Sending
    timeline: Timeline
    quota: tuple[Whole, ...]
    unusable: int
    notes: tuple[str, ...]
    stopped: str


def facts_of(result: RunResult) -> Facts:
    """Count a run; the time it takes grows with the rows, what it returns does not."""
    summary = result.summary
    frames = {
        "people.csv": result.people,
        "company_persons.csv": result.company_persons,
        "relationship_persons.csv": result.relationship_persons,
    }
    return Facts(
        run=str(summary["run"]),
        status=str(summary["status"]),
        seconds=float(summary["seconds"]),
        read=int(summary["read"]),
        valid=int(summary["valid"]),
        rejected=int(summary["rejected"]),
        columns=columns_of(result.cleaned, result.checked),
        mended=mended_of(result.cleaned.changes),
        found=found_of(result.checked.findings),
        matching=matching_of(result.unified),
        sending=sending_of(frames, str(summary["mode"]), int(summary["calls"]), result.plan),
        timeline=timeline_of(result.people, result.answered),
        quota=quota_of(result.plan, result.quota),
        unusable=len(result.rejected_companies),
        notes=tuple(result.notes),
        stopped="" if result.stopped is None else str(result.stopped),
    )
