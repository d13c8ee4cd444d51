"""A run in numbers: the document ``gsprep.run/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gsprep.results import Unified, Uploaded

SCHEMA = "gsprep.run/1"
VERDICTS = ("match", "review", "no_match")
# What became of a row that the service was asked about.
ASKED = ("stored", "refused", "unknown")
OUTCOMES = (*ASKED, "unsent")


def summarize(
    people: pd.DataFrame,
    unified: Unified,
    associations: Mapping[str, pd.DataFrame],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Count a run.

    ``people`` has one line per row read; ``associations`` are the company_persons and
    relationship_persons with their outcomes; ``facts`` are the entries that nothing counts:
    run, status, mode, calls, seconds.
    """
    rejected = int((people["outcome"] == "rejected").sum())
    verdicts = unified.decisions["verdict"].value_counts()
    return {
        "schema": SCHEMA,
        "run": facts["run"],
        "status": facts["status"],
        "read": len(people),
        "rejected": rejected,
        "valid": len(people) - rejected,
        **{verdict: int(verdicts.get(verdict, 0)) for verdict in VERDICTS},
        "persons": outcome_counts(people),
        **{name: all_counts(frame) for name, frame in associations.items()},
        **{name: facts[name] for name in ("mode", "calls", "seconds")},
    }


def status_of(sent: Uploaded) -> str:
    """Return ``done``, or ``stopped`` when the sending ended early or rows are left unknown."""
    frames = (sent.persons, sent.company_persons, sent.relationship_persons)
    unknown = any((frame["outcome"] == "unknown").any() for frame in frames)
    return "stopped" if sent.stopped is not None or unknown else "done"


def outcome_counts(frame: pd.DataFrame) -> dict[str, int]:
    """Return how many rows had each outcome; ``sent`` are those the service was asked about."""
    counts = frame["outcome"].value_counts()
    by_outcome = {outcome: int(counts.get(outcome, 0)) for outcome in OUTCOMES}
    sent = sum(by_outcome.values()) - by_outcome["unsent"]
    return {"sent": sent, **by_outcome}


def all_counts(frame: pd.DataFrame) -> dict[str, int]:
    """Return the same, and the rows that were ``rejected`` before sending."""
    return outcome_counts(frame) | {"rejected": int((frame["outcome"] == "rejected").sum())}
