"""Numbers of a sync: summary.json, its state and the reasons."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from gsprep.ledger.activities import SHOWN
from gsprep.report.page import render_sync

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.syncs.run import SyncResult

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
