"""Results of the stages: frozen values that can show themselves.

The frames inside are new ones; a stage never changes a result it is given. Shown values are masked;
``result.frame`` and the other frames have the data. Long frames are made when they are first
looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from gsprep.display import counts_html, frame_html, look_html, plain, plural, result_html
from gsprep.evaluation_figures import calibration_svg, coverage_svg, side_by_side, weights_html
from gsprep.lazy import WithLateFrames, length_of, part_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from gsprep.errors import GsprepError

CHANGE_COLUMNS = ("row_id", "column", "before", "after", "rule")
FINDING_COLUMNS = (
    "row_id", "column", "value", "code", "message", "hint", "suggestion", "severity",
)  # fmt: skip
DECISION_COLUMNS = (
    "row_id", "verdict", "Company_ID", "company_name", "probability", "rule", "reason",
    "runner_up_id", "runner_up_name", "margin",
)  # fmt: skip
CONFUSION_COLUMNS = (
    "row_id", "verdict", "Company_ID", "company_name", "true_Company_ID", "probability", "mistake",
)  # fmt: skip
REJECT_COLUMNS = ("codes", "messages", "hints", "suggestions")
OUTCOME_COLUMNS = (
    "Gsid", "outcome", "error_code", "error_field", "error_message", "batch", "request_id",
)  # fmt: skip
_SENT = ("persons", "company_persons", "relationship_persons")


@dataclass(frozen=True, slots=True, repr=False)
class Cleaned(WithLateFrames):
    """A cleaned frame.

    frame:   the given columns as text, with ``row_id``.
    changes: one line per cell and rule; columns row_id, column, before, after, rule.
    """

    look_at: ClassVar[Mapping[str, str]] = {
        "frame": "the cleaned rows, to be checked and matched",
        "changes": "each cell before and after; gsprep.revert undoes changes",
    }
    frame: pd.DataFrame
    changes: pd.DataFrame

    def __repr__(self) -> str:
        return plain("Cleaned", self._counts())

    def _repr_html_(self) -> str:
        return result_html(self, self._counts(), self.changes, of=len(self.changes))

    def _counts(self) -> dict[str, object]:
        counts = part_of(self, "changes", ["rule"])["rule"].value_counts()
        rules = {str(rule): n for rule, n in counts.items()}
        rows, changes = length_of(self, "frame"), length_of(self, "changes")
        return {"rows": rows, "changes": changes, **rules}


@dataclass(frozen=True, slots=True, repr=False)
class Checked:
    """A frame split into valid and rejected rows.

    valid:    the given rows without an error, cells and columns untouched.
    rejected: the given rows with an error.
    findings: one line per failed check; columns row_id, column, value, code, message, hint,
              suggestion, severity. row_id is missing for a finding on a whole column.
    """

    look_at: ClassVar[Mapping[str, str]] = {
        "findings": "what is wrong, and what to do",
        "rejected": "the rows that the service would refuse",
        "valid": "the rows for the next stage",
    }
    valid: pd.DataFrame
    rejected: pd.DataFrame
    findings: pd.DataFrame

    def __repr__(self) -> str:
        return plain("Checked", self._counts())

    def _repr_html_(self) -> str:
        whole = len(self.valid) + len(self.rejected)
        return result_html(self, self._counts(), self.findings, of=whole)

    def _counts(self) -> dict[str, object]:
        severity = self.findings["severity"].value_counts()
        return {
            "valid": len(self.valid),
            "rejected": len(self.rejected),
            "errors": int(severity.get("error", 0)),
            "warnings": int(severity.get("warning", 0)),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Unified(WithLateFrames):
    """The company of each person, and the evidence.

    decisions: one line per person given, in their order; columns row_id, verdict, Company_ID,
               company_name, probability, rule, reason, runner_up_id, runner_up_name, margin.
    evidence:  one line per person and kept candidate; row_id, Company_ID, intercept and one
               float32 column per comparison and per interaction (and ``answer`` if reviewers
               answered); their sum is the log-odds against "none of these".
    named:     whether each person has a candidate; None for those who have evidence.
    """

    look_at: ClassVar[Mapping[str, str]] = {
        "decisions": "one line per person; the verdict review needs a person's decision",
        "evidence": "the weight of each comparison",
    }
    decisions: pd.DataFrame
    evidence: pd.DataFrame
    named: NDArray[np.bool_] | None = None

    def __repr__(self) -> str:
        return plain("Unified", self._counts())

    def _repr_html_(self) -> str:
        return result_html(self, self._counts(), self.decisions, of=len(self.decisions))

    def _counts(self) -> dict[str, object]:
        verdicts = part_of(self, "decisions", ["verdict"])["verdict"].value_counts()
        return {v: int(verdicts.get(v, 0)) for v in ("match", "review", "no_match")}


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """Measures of the decisions about people whose company is known.

    people:      the people whose company, or lack of one, is known.
    answerable:  those of them who have a company.
    decided:     ``match`` verdicts.
    right:       ``match`` verdicts with the right company.
    precision, recall, f1: of the ``match`` verdicts; NaN if there are none.
    precision_low, precision_high: the 95 % bounds of the precision; 0 and 1 without matches.
    best_f1:     the best over all thresholds of probability.
    best_f1_from: that threshold.
    review_share: the share of the answerable that needs a reviewer.
    calibration_error: how far probabilities are, on average, from the share that is right.
    recall_at:   one line per target; columns precision, from (the lowest probability that keeps
                 it, missing when none does), recall, low, high (its 95 % bounds).
    calibration: one line per bin of probability; columns from, to, people, probability (the
                 mean), right (the share), low, high.
    curve:       one line per probability, at most 200; columns probability, coverage (the share
                 of the answerable whose company is right and at least so probable), precision,
                 low, high.
    weights:     one line per comparison that counts for someone's company; columns comparison,
                 meaning, weight (the largest term), people, right (the share whose company is
                 right), low, high. Empty without evidence.
    sources:     one line per rule and source of evidence; columns rule, source, people (for which
                 a company is named), decided, right, precision.
    confusions:  one line per person decided wrongly, missed or in review; columns row_id, verdict,
                 Company_ID, company_name, true_Company_ID, probability, mistake (``wrong
                 company``, ``should be none``, ``missed``, ``in review``).
    notes:       what was left out, in sentences.
    """

    look_at: ClassVar[Mapping[str, str]] = {
        "confusions": "people decided wrongly, missed or left to a reviewer",
        "notes": "what was left out",
    }
    people: int
    answerable: int
    decided: int
    right: int
    precision: float
    recall: float
    f1: float
    precision_low: float
    precision_high: float
    best_f1: float
    best_f1_from: float | None
    review_share: float
    calibration_error: float
    recall_at: pd.DataFrame
    calibration: pd.DataFrame
    curve: pd.DataFrame
    weights: pd.DataFrame
    sources: pd.DataFrame
    confusions: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return plain("Evaluation", self._counts())

    def _repr_html_(self) -> str:
        # These tables have only numbers and words of gsprep.
        tables = (self.recall_at, self.calibration, self.sources)
        shown = (frame_html(table.round(4), rows=20, reveal=True) for table in tables)
        people = {name: n for name, n in self._counts().items() if isinstance(n, int)}
        shares = {name: n for name, n in self._counts().items() if name not in people}
        head = counts_html("Evaluation", people, of=self.people) + counts_html(
            "Shares", shares, of=1
        )
        weights = str(weights_html(self.weights))
        return head + self.figures() + "".join(shown) + weights + look_html(self)

    def figures(self) -> str:
        """Return the two figures as HTML with SVG: calibration, and precision against coverage."""
        matches = (self.recall, self.precision)
        return str(
            side_by_side(
                calibration_svg(self.calibration), coverage_svg(self.curve, self.recall_at, matches)
            )
        )

    def _counts(self) -> dict[str, object]:
        counts = {name: getattr(self, name) for name in ("people", "answerable", "decided")}
        shares = ("precision", "recall", "f1", "best_f1", "review_share", "calibration_error")
        return counts | {name: round(getattr(self, name), 4) for name in shares}


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """The calls left of a limit.

    kind:    ``sync``, ``async`` or ``delete``.
    seconds: the length of the window that the limit is about.
    allowed: the calls that the window allows.
    left:    the calls that may still be made.
    """

    kind: str
    seconds: float
    allowed: int
    left: int

    def in_words(self) -> str:
        """Return the calls left in words."""
        return f"{self.left:,} of {self.window()}"

    def window(self) -> str:
        """Return the limit in words.

        >>> QuotaLeft("async", 3_600.0, 10, 7).window()
        '10 jobs an hour'
        """
        of = "jobs" if self.kind == "async" else "calls"
        units = {60.0: "a minute", 3_600.0: "an hour", 86_400.0: "a day"}
        unit = units.get(self.seconds, f"in {self.seconds:g} seconds")
        return f"{self.allowed:,} {of} {unit}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of an upload.

    mode:    ``sync`` (each call gets its reply at once) or ``async`` (jobs).
    calls:   calls or jobs that send people, without repeats.
    bytes:   the size of all of them.
    minutes: the estimated time to the last reply, waits for the quota included.
    updates: people who exist in the tenant.
    creates: people who were deleted before.
    unknown: people whose existence only the service knows.
    unchanged: people who are not sent, since their outcome is known.
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

    def in_words(self) -> str:
        """Return the plan as sentences."""
        kind = "job" if self.mode == "async" else "call"
        calls = f"{self.calls:,} {plural(self.calls, kind, f'{kind}s')} ({self.mode})"
        whole = math.ceil(self.minutes)
        minutes = f"{whole:,} {plural(whole, 'minute', 'minutes')}"
        sentences = [f"sending takes {calls}, {self.bytes:,} bytes in total, and about {minutes}"]
        if self.updates or self.creates:
            updates = plural(self.updates, "person is an update", "people are updates")
            are = plural(self.creates, "is", "are")
            sentences.append(
                f"{self.updates:,} {updates}, {self.creates:,} {are} new; for {self.unknown:,} "
                "only the service knows"
            )
        if self.unchanged:
            sentences.append(self.left_out())
        if self.quota:
            sentences.append(f"quota left: {', '.join(one.in_words() for one in self.quota)}")
        return ". ".join(sentences)

    def left_out(self) -> str:
        """Return the number of people who are not sent as a sentence; "" for none."""
        if not self.unchanged:
            return ""
        were = plural(self.unchanged, "person was", "people were")
        are = plural(self.unchanged, "is", "are")
        return (
            f"{self.unchanged:,} {were} sent before with the same data and {are} left out; the "
            "earlier outcome still applies. --force sends them again"
        )

    def _repr_html_(self) -> str:
        people = {name: getattr(self, name) for name in ("updates", "creates", "unknown")}
        counts = {"calls": self.calls, **people, "unchanged": self.unchanged}
        return counts_html(f"Plan: {self.in_words()}", counts)


@dataclass(frozen=True, slots=True, repr=False)
class Uploaded:
    """The rows to be sent, each with its outcome.

    persons, company_persons, relationship_persons: the rows given, in their order, with Gsid,
    outcome (``stored``, ``refused``, ``unknown``, ``unsent``), error_code, error_field,
    error_message, batch and request_id; associations also with Person_ID.
    stopped:  why not everything was sent, None if everything was.
    calls:    the requests made, repeats included.
    plan:     the plan made before sending.
    answered: the time of the reply (UTC) by number of the ``batch``.
    quota:    what is left of the tenant's limits at the end; empty after a dry run.
    notes:    what was learned about the tenant while sending, in sentences.
    """

    look_at: ClassVar[Mapping[str, str]] = {
        "stopped": "why not everything was sent",
        "persons": "each row with outcome, error_code and error_message",
        "company_persons": "the associations in the same form",
        "relationship_persons": "the associations with relationships",
    }
    persons: pd.DataFrame
    company_persons: pd.DataFrame
    relationship_persons: pd.DataFrame
    stopped: GsprepError | None = None
    calls: int = 0
    plan: Plan | None = None
    answered: Mapping[str, datetime] = field(default_factory=dict)
    quota: tuple[QuotaLeft, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = "; ".join(f"{name}: {counts}" for name, counts in self._counts().items())
        stopped = "" if self.stopped is None else f"; stopped: {type(self.stopped).__name__}"
        return f"Uploaded({shown}{stopped})"

    def _repr_html_(self) -> str:
        outcomes = {name: getattr(self, name)["outcome"].value_counts() for name in _SENT}
        counts = {f"{name}: {word}": n for name in _SENT for word, n in outcomes[name].items()}
        return result_html(self, counts, self.persons, of=len(self.persons))

    def _counts(self) -> dict[str, str]:
        return {name: _outcomes(getattr(self, name)["outcome"]) for name in _SENT}


def _outcomes(column: pd.Series[str]) -> str:
    return ", ".join(f"{n} {outcome}" for outcome, n in column.value_counts().items()) or "none"


@dataclass(frozen=True, slots=True, repr=False)
class Linked:
    """The people of a run, compared with the people who exist already.

    tables:   what was found, by the names of its files: duplicates.csv, pairs.csv, merged.csv …
    expected: the estimated number of matching pairs.
    existing: the number of existing people.
    held:     row_ids of people who may exist already, and are not sent until that is decided.
    """

    look_at: ClassVar[Mapping[str, str]] = {"tables": "what was found, by the names of its files"}
    tables: Mapping[str, pd.DataFrame]
    expected: float
    existing: int
    held: frozenset[str]

    def __repr__(self) -> str:
        return plain("Linked", self._counts())

    def _repr_html_(self) -> str:
        pairs = self.tables["pairs.csv"]
        return result_html(self, self._counts(), pairs, of=len(self.tables["duplicates.csv"]))

    def _counts(self) -> dict[str, object]:
        records = self.tables["duplicates.csv"]
        linked = int(records["Gsid"].notna().sum())
        return {"records": len(records), "linked": linked, "held": len(self.held)}


@dataclass(frozen=True, slots=True, repr=False)
class RunResult(WithLateFrames):
    """All frames of a run, and its counts.

    people:   one line per row read, in order: its columns as sent, then verdict, Company_ID,
              company_name, probability, Gsid, outcome (also ``rejected``) and the error columns.
    company_persons, relationship_persons: the associations in the same form.
    rejects:  one line per rejected row: its columns as read, then codes, messages, hints,
              suggestions.
    review:   one line per person who needs a decision, with both candidates and an empty answer.
    unmatched: people without a company, counted by domain or stated employer.
    rejected_companies: companies that could not be matched against, with the reason.
    cleaned:  the result of ``clean``.
    checked:  the result of ``check``.
    unified:  the result of ``unify``.
    stopped:  why not everything was sent, None if everything was.
    summary:  the document ``gsprep.run/1``: counts only.
    notes:    what was assumed or left out, in sentences.
    plan:     the plan made before sending.
    answered: the time of the reply by batch, as in ``Uploaded``.
    quota:    what is left of the tenant's limits, as in ``Uploaded``.
    linked:   the people compared with existing people, None without ``against``.
    agreement: how far decisions made without the answers of reviewers agree with them; None for
              fewer than 30 answers about the people.
    """

    look_at: ClassVar[Mapping[str, str]] = {
        "stopped": "why not everything was sent",
        "rejects": "rows to fix, with what is wrong",
        "review": "people whose company needs a decision",
        "unmatched": "people without a company, by domain and stated employer",
        "rejected_companies": "companies that cannot be matched against",
        "people": "every row read, in order, with verdict and outcome",
    }
    people: pd.DataFrame
    company_persons: pd.DataFrame
    relationship_persons: pd.DataFrame
    rejects: pd.DataFrame
    review: pd.DataFrame
    unmatched: pd.DataFrame
    rejected_companies: pd.DataFrame
    cleaned: Cleaned
    checked: Checked
    unified: Unified
    stopped: GsprepError | None
    summary: Mapping[str, Any]
    notes: tuple[str, ...] = field(default=())
    plan: Plan | None = None
    answered: Mapping[str, datetime] = field(default_factory=dict)
    quota: tuple[QuotaLeft, ...] = ()
    linked: Linked | None = None
    agreement: Evaluation | None = None

    def __repr__(self) -> str:
        return plain("RunResult", self._counts())

    def _repr_html_(self) -> str:
        return result_html(self, self._counts(), self.people, of=self.summary["read"])

    def _counts(self) -> dict[str, object]:
        names = ("status", "read", "rejected", "valid", "match", "review", "no_match")
        return {name: self.summary[name] for name in names} | dict(self.summary["persons"])
