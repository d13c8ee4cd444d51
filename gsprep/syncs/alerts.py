"""Numbers of a sync, and its alerts: conditions, and how they are sent."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gsprep.calls.transport import post_document
from gsprep.errors import GsprepError
from gsprep.ledger.activities import SHOWN
from gsprep.report.page import render_sync
from gsprep.settings import secret_at
from gsprep.syncs.value_types import condition_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.ledger.activities import Activities, Activity
    from gsprep.syncs.definition import Alert, Sync
    from gsprep.syncs.run import SyncResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What conditions are about.

    Attributes:
        state: success, partial or failed.
        unfinished: whether something is left to send.
        counts: the numbers of the last run.
        stale: seconds since the last run that did not fail; None if there is none.
    """

    state: str
    unfinished: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    stale: float | None = None


def holds(condition: str, facts: Facts) -> bool:
    """Return whether a condition holds."""
    what, limit = condition_of(condition)
    if limit is None:
        return facts.unfinished if what == "unfinished" else facts.state == "failed"
    if what == "stale":
        return facts.stale is not None and facts.stale > limit
    return _share(what, facts.counts) > limit


def _share(what: str, counts: Mapping[str, int]) -> float:
    """Return failed rows of those that passed the filter, or missing rows of those known."""
    seen = counts.get("read", 0) - counts.get("filtered", 0)
    if what == "failed":
        names = ("rejected", "refused", "unknown", "unsent")
        return sum(counts.get(name, 0) for name in names) / max(seen, 1)
    return counts.get("missing", 0) / max(seen + counts.get("missing", 0), 1)


_SECONDS = 60
_HELD = "alerts"


def send_alerts(sync: Sync, activities: Activities, now: float) -> list[str]:
    """Send the alerts whose condition began or ended to hold, and return what went wrong.

    What holds is stored with the last run, so that each is sent once; one that was not sent is
    tried again.
    """
    runs = activities.all(sync=sync.name, kind="execution")
    if not sync.alerts or not runs:
        return []
    before: dict[str, bool] = next(
        (run.details[_HELD] for run in reversed(runs) if _HELD in run.details), {}
    )
    held: dict[str, bool] = {}
    failures: list[str] = []
    facts = _facts(runs, now)
    seen: Counter[str] = Counter()
    for alert in sync.alerts:
        # Several may have one condition; in the list of alerts they may change places.
        seen[alert.when] += 1
        name = alert.when if seen[alert.when] == 1 else f"{alert.when} {seen[alert.when]}"
        was, held[name] = before.get(name, False), holds(alert.when, facts)
        if held[name] != was:
            document = _document(sync.name, alert.when, runs[-1], begins=held[name])
            if failure := _send(alert, document):
                held[name] = was
                failures.append(failure)
    if held != before:
        activities.note(runs[-1].id, {**runs[-1].details, _HELD: held})
    return failures


def _facts(runs: Sequence[Activity], now: float) -> Facts:
    last = runs[-1]
    good = [run.ended for run in runs if run.ended is not None and run.state != "failed"]
    return Facts(
        state=last.state,
        unfinished=bool(last.details.get("unfinished")),
        counts=last.counts,
        stale=now - (max(good) if good else runs[0].begun),
    )


def _document(sync: str, when: str, last: Activity, *, begins: bool) -> dict[str, Any]:
    return {
        "schema": "gsprep.alert/1", "sync": sync, "when": when,
        "alert": "begins" if begins else "ends", "run": last.run, "state": last.state,
        "counts": dict(last.counts), "reasons": dict(last.reasons), "note": last.note,
    }  # fmt: skip


def _send(alert: Alert, document: Mapping[str, Any]) -> str | None:
    """Post a document or give it to a command; return what went wrong, which ends no run."""
    try:
        if alert.post is not None:
            post_document(secret_at(alert.post), document)
        else:
            _run(str(alert.run), document)
    except (GsprepError, OSError, ValueError, subprocess.SubprocessError) as failure:
        # A command's own error could repeat a secret of its arguments.
        what = str(failure) if isinstance(failure, GsprepError) else type(failure).__name__
        return f"the alert {alert.when} was not sent: {what}"
    return None


def _run(command: str, document: Mapping[str, Any]) -> None:
    """Run a command without a shell; the document is its standard input."""
    subprocess.run(  # noqa: S603  the definition's own command
        shlex.split(command),
        input=json.dumps(document).encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_SECONDS,
        check=True,
    )


COUNTS = (
    "read", "filtered", "rejected", "held", "unchanged", "created", "updated", "upserted",
    "refused", "unknown", "unsent", "unmatched", "absent", "missing", "set", "deleted",
)  # fmt: skip
_SENT = ("created", "updated", "upserted", "refused", "unknown")
# Outcomes of rows that are not stored.
NOT_STORED = frozenset({"rejected", "refused", "unknown", "unsent"})
State = Literal["success", "partial", "failed"]


def counts_of(result: SyncResult) -> dict[str, int]:
    """Return the numbers of a sync, zeros included, with the rows that were sent."""
    counts = {name: result.counts.get(name, 0) for name in COUNTS}
    sent = sum(counts[name] for name in _SENT)
    return {**counts, "sent": sent}


def state_of(result: SyncResult) -> State:
    """Return success, partial (some rows are not stored) or failed (it ended early)."""
    if result.stopped is not None:
        return "failed"
    return "partial" if any(result.counts.get(name) for name in NOT_STORED) else "success"


def reasons_of(result: SyncResult) -> dict[str, int]:
    """Return how many rows are not stored, or have no company, by code and field."""
    rows = result.rows
    bad = rows[rows["outcome"].isin(NOT_STORED) & rows["action"].fillna("").ne("absent")]
    codes = bad["code"].fillna(bad["outcome"])
    names = (codes + " " + bad["field"].fillna("")).str.strip()
    counts = {str(name): int(count) for name, count in names.value_counts().items()}
    return counts | Counter(why.code for why in result.unmatched.values())


def summary_of(  # noqa: PLR0913  the parts of one document
    name: str, run: str | None, result: SyncResult, *, full: bool, seconds: float, dry_run: bool
) -> dict[str, Any]:
    """Return the document ``gsprep.sync/1``."""
    return {
        "schema": "gsprep.sync/1",
        "sync": name,
        "run": run,
        "dry_run": dry_run,
        "state": state_of(result),
        "full": full,
        **counts_of(result),
        "seconds": round(seconds, 3),
        "stopped": None if result.stopped is None else str(result.stopped),
    }


def page_of(document: Mapping[str, Any], reasons: Mapping[str, int]) -> str:
    """Return a page of numbers without script, outside resource or cell of data."""
    kind = "Dry run" if document["dry_run"] else SHOWN[document["state"]]
    stopped = document["stopped"]
    lead = " ".join(
        filter(None, [f"Run {document['run'] or ''}.", "All rows were read." * document["full"]])
    ) + (f" It ended early: {stopped}." if stopped else "")
    counts = {name: document[name] for name in (*COUNTS, "sent")}
    return render_sync(f"{document['sync']}: {kind}", lead, counts, reasons)
