"""The files of a run: name, content, and the table that is written there.

A new file is one line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from gsprep.results import RunResult


class RunFile(NamedTuple):
    """A file of a run, what one line of it is, and how its table is taken from the result."""

    name: str
    about: str
    table: Callable[[RunResult], pd.DataFrame] | None = None  # None for what is not a table


def _warnings(result: RunResult) -> pd.DataFrame:
    findings = result.checked.findings
    return findings[findings["severity"] == "warning"]


def _evidence_of_review(result: RunResult) -> pd.DataFrame:
    """Return the evidence of people to review: that of a million people is too long to read."""
    evidence = result.unified.evidence
    return evidence[evidence["row_id"].isin(result.review["row_id"])]


_ALL = (
    RunFile(
        "people.csv",
        "a row as sent, in the order read, with verdict, company, outcome and errors",
        lambda result: result.people,
    ),
    RunFile(
        "company_persons.csv",
        "an association of a person with a company, and its outcome",
        lambda result: result.company_persons,
    ),
    RunFile(
        "relationship_persons.csv",
        "an association of a person with a relationship, and its outcome",
        lambda result: result.relationship_persons,
    ),
    RunFile(
        "rejects.csv",
        "a rejected row as it was read, with its errors; fix it and use it as input",
        lambda result: result.rejects,
    ),
    RunFile(
        "errors.xlsx",
        "a rejected row, with each wrong cell coloured and the reason in a comment",
    ),
    RunFile("warnings.csv", "a finding that does not stop a row", _warnings),
    RunFile(
        "review.csv",
        "a person whose company needs a decision, with both candidates",
        lambda result: result.review,
    ),
    RunFile(
        "decisions.csv",
        "a person, the verdict, how sure it is, and why",
        lambda result: result.unified.decisions,
    ),
    RunFile(
        "evidence.csv",
        "a person of review.csv and a candidate, with the weight of each comparison",
        _evidence_of_review,
    ),
    RunFile(
        "changes.csv",
        "a cell before and after, and the rule that changed it",
        lambda result: result.cleaned.changes,
    ),
    RunFile(
        "unmatched.csv",
        "a group of people without a company, by domain or stated employer",
        lambda result: result.unmatched,
    ),
    RunFile(
        "rejected_companies.csv",
        "a company that cannot be used for matching, and why",
        lambda result: result.rejected_companies,
    ),
    RunFile("summary.json", "the main counts of this page, for programs"),
    RunFile("report.html", "this page"),
)
RUN_FILES = {file.name: file for file in _ALL}
# The first three say what became of each record that was sent.
UPLOAD_FILES = tuple(RUN_FILES)[:3]
# A run part by part has a folder in place of these; of the others there is one file for all parts.
_OF_ALL_PARTS = frozenset({"review.csv", "unmatched.csv", "rejected_companies.csv"})
FOLDERS = {
    name: name.removesuffix(".csv")
    for name, file in RUN_FILES.items()
    if file.table is not None and name not in _OF_ALL_PARTS
}
