"""What sending was to be, what came of it, and a whole run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gsprep.display import counts_html, plain, plural, result_html

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import pandas as pd

    from gsprep.errors import UploadError
    from gsprep.results.decided import Checked, Cleaned, Unified


_SENT = ("persons", "company_persons", "relationship_persons")


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """What is left of a limit: of ``allowed`` calls of a ``kind`` in so many ``seconds``."""

    kind: str
    seconds: float
    allowed: int
    left: int

    def told(self) -> str:
        """Return it as words."""
        return f"{self.left:,} of {self.window()}"

    def window(self) -> str:
        """Return the limit as words.

        >>> QuotaLeft("async", 3_600.0, 10, 7).window()
        '10 jobs an hour'
        """
        of = "jobs" if self.kind == "async" else "calls"
        units = {60.0: "a minute", 3_600.0: "an hour", 86_400.0: "a day"}
        unit = units.get(self.seconds, f"in {self.seconds:g} seconds")
        return f"{self.allowed:,} {of} {unit}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What sending comes to, as reckoned before.

    mode:    ``sync`` (calls answered at once) or ``async`` (jobs).
    calls:   calls that hand people in; bytes: all of them together, repeats left out.
    minutes: until the last is answered, quota waited for.
    updates, creates, unknown: people who are known to be there, who were deleted before, and
             of whom only the service can tell.
    unchanged: people who are left out, as their outcome is known.
    quota:   what is left of the tenant's limits.
    """

    mode: str
    calls: int
    bytes: int
    minutes: float
    updates: int = 0
    creates: int = 0
    unknown: int = 0
    unchanged: int = 0
    quota: tuple[QuotaLeft, ...] = ()

    def told(self) -> str:
        """Return the plan as sentences."""
        kind = "job(s)" if self.mode == "async" else "call(s)"
        whole = f"{self.calls:,} {kind} ({self.mode}), {self.bytes:,} bytes in all"
        sentences = [f"sending takes {whole}, and about {math.ceil(self.minutes):,} minute(s)"]
        if self.updates or self.creates:
            updates = plural(self.updates, "person is an update", "people are updates")
            are = plural(self.creates, "is", "are")
            sentences.append(
                f"{self.updates:,} {updates}, {self.creates:,} {are} new, of {self.unknown:,} only "
                "the service can tell"
            )
        if self.unchanged:
            sentences.append(self.left_out())
        if self.quota:
            sentences.append(f"quota left: {', '.join(one.told() for one in self.quota)}")
        return ". ".join(sentences)

    def left_out(self) -> str:
        """Return who is left out, as a sentence; "" for nobody."""
        if not self.unchanged:
            return ""
        were = plural(self.unchanged, "person was", "people were")
        are = plural(self.unchanged, "is", "are")
        return (
            f"{self.unchanged:,} {were} sent just so before and {are} left out: their outcomes are "
            "those of then. --force sends them again"
        )

    def _repr_html_(self) -> str:
        people = {name: getattr(self, name) for name in ("updates", "creates", "unknown")}
        counts = {"calls": self.calls, **people, "unchanged": self.unchanged}
        return counts_html(f"Plan: {self.told()}", counts)


@dataclass(frozen=True, slots=True, repr=False)
class Uploaded:
    """The rows that were to be sent, each with its outcome.

    persons, company_persons, relationship_persons: the rows given, in their order, with Gsid,
    outcome (``stored``, ``refused``, ``unknown``, ``unsent``), error_code, error_field,
    error_message, batch and request_id beside them; associations also with Person_ID.
    stopped: why not everything was sent, None when it was.
    calls:   the requests made, repeats included.
    plan:    how they were to go, as reckoned before.
    answered: when each batch was answered (UTC), by its number as ``batch`` has it.
    quota:   what is left of the tenant's limits at the end; nothing after a dry run.
    notes:   what was learned of the tenant on the way, in sentences.
    """

    persons: pd.DataFrame
    company_persons: pd.DataFrame
    relationship_persons: pd.DataFrame
    stopped: UploadError | None = None
    calls: int = 0
    plan: Plan | None = None
    answered: Mapping[str, datetime] = field(default_factory=dict)
    quota: tuple[QuotaLeft, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        told = "; ".join(f"{name}: {counts}" for name, counts in self._counts().items())
        stopped = "" if self.stopped is None else f"; stopped: {type(self.stopped).__name__}"
        return f"Uploaded({told}{stopped})"

    def _repr_html_(self) -> str:
        outcomes = {name: getattr(self, name)["outcome"].value_counts() for name in _SENT}
        counts = {f"{name}: {word}": n for name in _SENT for word, n in outcomes[name].items()}
        return result_html(self, counts, self.persons, of=len(self.persons))

    def _counts(self) -> dict[str, str]:
        return {name: _outcomes(getattr(self, name)["outcome"]) for name in _SENT}


def _outcomes(column: pd.Series[str]) -> str:
    return ", ".join(f"{n} {outcome}" for outcome, n in column.value_counts().items()) or "none"


@dataclass(frozen=True, slots=True, repr=False)
class RunResult:
    """A whole run: every frame on the way, and the counts.

    people:   one line per row read, in order: its columns as sent, then verdict, Company_ID,
              company_name, probability, Gsid, outcome (also ``rejected``) and the error columns.
    company_persons, relationship_persons: the associations in the same form.
    rejects:  one line per rejected row: its columns as read, then codes, messages, hints,
              suggestions.
    review:   one line per person to be decided on, with both candidates and an empty answer.
    rejected_companies: companies that could not be matched against, with the reason.
    summary:  the document ``gsprep.run/1``: counts only.
    notes:    what was assumed or left out, in sentences.
    plan:     how the sending was to go, as reckoned before.
    answered, quota: when each batch was answered, and what is left of the tenant's limits, as
              ``Uploaded`` has them.
    """

    people: pd.DataFrame
    company_persons: pd.DataFrame
    relationship_persons: pd.DataFrame
    rejects: pd.DataFrame
    review: pd.DataFrame
    rejected_companies: pd.DataFrame
    cleaned: Cleaned
    checked: Checked
    unified: Unified
    stopped: UploadError | None
    summary: Mapping[str, Any]
    notes: tuple[str, ...] = field(default=())
    plan: Plan | None = None
    answered: Mapping[str, datetime] = field(default_factory=dict)
    quota: tuple[QuotaLeft, ...] = ()

    def __repr__(self) -> str:
        return plain("RunResult", self._counts())

    def _repr_html_(self) -> str:
        return result_html(self, self._counts(), self.people, of=self.summary["read"])

    def _counts(self) -> dict[str, object]:
        names = ("status", "read", "rejected", "valid", "match", "review", "no_match")
        return {name: self.summary[name] for name in names} | dict(self.summary["persons"])
