"""What cleaning, checking and matching made of a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.display import counts_html, frame_html, look_html, plain, result_html

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False)
class Cleaned:
    """A frame whose form was mended.

    frame:   the given columns as text, with ``row_id``.
    changes: one line per cell and rule; columns row_id, column, before, after, rule.
    """

    frame: pd.DataFrame
    changes: pd.DataFrame

    def __repr__(self) -> str:
        return plain("Cleaned", self._counts())

    def _repr_html_(self) -> str:
        return result_html(self, self._counts(), self.changes, of=len(self.changes))

    def _counts(self) -> dict[str, object]:
        rules = {str(rule): n for rule, n in self.changes["rule"].value_counts().items()}
        return {"rows": len(self.frame), "changes": len(self.changes), **rules}


@dataclass(frozen=True, slots=True, repr=False)
class Checked:
    """A frame split by what the service would take.

    valid:    the given rows without an error, cells and columns untouched.
    rejected: the given rows with one.
    findings: one line per failed check; columns row_id, column, value, code, message, hint,
              suggestion, severity. row_id is missing where the whole column is meant.
    """

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
class Unified:
    """Who belongs where, and why.

    decisions: one line per person given, in their order; columns row_id, verdict, Company_ID,
               company_name, probability, rule, reason, runner_up_id, runner_up_name, margin.
    evidence:  one line per person and kept candidate; row_id, Company_ID, intercept and one
               float32 column per comparison (and ``answer`` where reviewers answered): together
               the log-odds against "none of these".
    """

    decisions: pd.DataFrame
    evidence: pd.DataFrame

    def __repr__(self) -> str:
        return plain("Unified", self._counts())

    def _repr_html_(self) -> str:
        return result_html(self, self._counts(), self.decisions, of=len(self.decisions))

    def _counts(self) -> dict[str, object]:
        verdicts = self.decisions["verdict"].value_counts()
        return {v: int(verdicts.get(v, 0)) for v in ("match", "review", "no_match")}


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """How right decisions are about people whose truth is known.

    people:      those people; answerable: for whom a company is right.
    decided:     ``match`` verdicts; right: those of them with the right company.
    precision, recall, f1: of the ``match`` verdicts; NaN where nothing could be counted.
    best_f1:     over all thresholds of probability; best_f1_from: that threshold.
    review_share: the share of the answerable that waits for a reviewer.
    calibration_error: how far probabilities are, on average, from the share that is right.
    recall_at:   one line per target; columns precision, from (the lowest probability that keeps
                 it, missing when none does), recall, low, high (its 95 % bounds).
    calibration: one line per bin of probability; columns from, to, people, probability (the
                 mean), right (the share), low, high.
    sources:     one line per rule and source of evidence; columns rule, source, people (for whom
                 a company is named), decided, right, precision.
    confusions:  one line per person decided wrongly, missed or in review; columns row_id, verdict,
                 Company_ID, company_name, true_Company_ID, probability, mistake (``wrong
                 company``, ``should be none``, ``missed``, ``in review``).
    notes:       what was left out, in sentences.
    """

    people: int
    answerable: int
    decided: int
    right: int
    precision: float
    recall: float
    f1: float
    best_f1: float
    best_f1_from: float | None
    review_share: float
    calibration_error: float
    recall_at: pd.DataFrame
    calibration: pd.DataFrame
    sources: pd.DataFrame
    confusions: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return plain("Evaluation", self._counts())

    def _repr_html_(self) -> str:
        # These tables hold numbers and words of ours only.
        tables = (self.recall_at, self.calibration, self.sources)
        shown = (frame_html(table.round(4), rows=20, reveal=True) for table in tables)
        people = {name: n for name, n in self._counts().items() if isinstance(n, int)}
        shares = {name: n for name, n in self._counts().items() if name not in people}
        head = counts_html("Evaluation", people, of=self.people) + counts_html(
            "Shares", shares, of=1
        )
        return head + "".join(shown) + look_html(self)

    def _counts(self) -> dict[str, object]:
        counts = {name: getattr(self, name) for name in ("people", "answerable", "decided")}
        shares = ("precision", "recall", "f1", "best_f1", "review_share", "calibration_error")
        return counts | {name: round(getattr(self, name), 4) for name in shares}
