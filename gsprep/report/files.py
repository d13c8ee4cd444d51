"""The files of a run: name, content, and the table that is written there.

A new file is one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gsprep.lazy import late_frame, part_of, parts_of, passed_on
from gsprep.results import DECISION_COLUMNS, OUTCOME_COLUMNS, REJECT_COLUMNS, Unified
from gsprep.schemas.frames import (
    ROW_ID,
    SplitRows,
    in_order,
    joined_by_row,
    line_columns,
    without_reasons,
)
from gsprep.values.arrow import among, counted_before

if TYPE_CHECKING:
    from gsprep.lazy import Rows
    from gsprep.results import Checked, RunResult

_DECIDED = ("verdict", "Company_ID", "company_name", "probability")
# The columns of people.csv that take the place of a column of the input.
OURS = (*_DECIDED, *(name for name in OUTCOME_COLUMNS if name != "Gsid"))
OF_A_PERSON = (
    "Email", "Name", "FirstName", "LastName", "CompanyName", "Phone", "Country", "Title",
)  # fmt: skip
_PARTS = frozenset({"FirstName", "LastName"})


class PeopleRows(NamedTuple):
    """One line per row read, in order, with its columns, decision and outcome.

    Columns of the input that have one of our names are replaced by ours.

    Attributes:
        cells: the valid and the rejected rows.
        outcomes: the same, with the outcomes.
        held: row_ids of people who were held back.
    """

    cells: SplitRows
    outcomes: SplitRows
    unified: Unified
    held: frozenset[str]

    @classmethod
    def of(
        cls,
        checked: Checked,
        unified: Unified,
        sent: pd.DataFrame,
        held: frozenset[str] = frozenset(),
    ) -> PeopleRows:
        """Return the lines; ``sent`` are the valid people with their outcomes, in any order."""
        sent = in_order(sent[[ROW_ID, *OUTCOME_COLUMNS]], checked.valid[ROW_ID])
        cells = SplitRows.of(checked.valid, checked.rejected)
        unified = Unified(passed_on(unified, "decisions"), passed_on(unified, "evidence"))
        return cls(cells, with_errors(checked, sent), unified, held)

    def late(self) -> Any:
        """Return the lines as a frame that is made later."""
        return late_frame(len(self.cells.order), self.frame)

    def frame(self, rows: Rows = slice(None), columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return some of the lines."""
        read = [n for n in self.cells.first.columns if n not in OURS and n != "Gsid"]
        names = [*read, *_DECIDED, *OUTCOME_COLUMNS] if columns is None else list(columns)
        wanted = {ROW_ID, *names, *(OUTCOME_COLUMNS if self.held else ())}
        own, decided, outcomes = (
            [name for name in of if name in wanted] for of in (read, _DECIDED, OUTCOME_COLUMNS)
        )
        at = self.cells.order[rows]
        valid = at < len(self.cells.first)
        found = part_of(self.unified, "decisions", decided, at[valid]).reset_index(drop=True)
        place = np.where(valid, counted_before(valid)[:-1], -1)
        found = found.reindex(place).reset_index(drop=True)
        parts = [self.cells.frame(rows, own), found, self.outcomes.frame(rows, outcomes)]
        return _with_held(pd.concat(parts, axis=1), self.held)[names]


_MAY_EXIST = (
    "This may be an existing person. Decide in `gsprep review OUT --duplicates`, and run "
    "the same command again."
)


def _with_held(lines: pd.DataFrame, held: frozenset[str]) -> pd.DataFrame:
    """Return the lines of people.csv with the reason for which people were held back."""
    if not held:
        return lines
    waits = lines[ROW_ID].isin(held) & (lines["outcome"] == "unsent")
    told = lines["error_message"].mask(waits, _MAY_EXIST)
    return lines.assign(error_message=told.astype("str"))


def with_errors(checked: Checked, sent: pd.DataFrame) -> SplitRows:
    """Return the rows to be sent, and with the same columns the rejected ones with their errors.

    ``sent`` are the valid rows with their outcomes.
    """
    both = SplitRows.of(checked.valid, checked.rejected)
    if checked.rejected.empty:
        return both._replace(first=sent, second=sent[:0])
    errors = _joined_errors(checked.findings)
    rejected = checked.rejected.drop(columns=list(OUTCOME_COLUMNS[1:]), errors="ignore")
    described = joined_by_row(rejected, errors).assign(outcome="rejected")
    return both._replace(first=sent, second=described.reindex(columns=sent.columns).astype("str"))


def _joined_errors(findings: pd.DataFrame) -> pd.DataFrame:
    errors = findings[findings["severity"] == "error"]
    names = {"code": "error_code", "column": "error_field", "message": "error_message"}
    return _joined(errors, list(names)).rename(columns=names)


def _joined(findings: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return one line per row_id; several texts of one column are joined by "; "."""
    filled = findings[[ROW_ID, *columns]].fillna("")
    # Most rows have one finding: only the texts of the others are joined, in Python.
    several = filled[ROW_ID].duplicated(keep=False)
    lines = filled.reset_index(drop=True)
    if several.any():
        joined = filled[several].groupby(ROW_ID, sort=False)[columns].agg("; ".join).reset_index()
        lines = pd.concat([filled[~several], joined], ignore_index=True)
    blank = {name: lines[name].str.fullmatch("[; ]*") for name in columns}
    return lines.assign(**{name: lines[name].mask(blank[name]).astype("str") for name in columns})


def reject_rows(as_read: pd.DataFrame, checked: Checked) -> pd.DataFrame:
    """Return one line per rejected row: its columns as read, then its errors.

    Once it is fixed, it can be read as the next input.
    """
    errors = checked.findings[checked.findings["severity"] == "error"]
    renamed = errors.rename(
        columns={
            "code": "codes", "message": "messages", "hint": "hints", "suggestion": "suggestions",
        }
    )  # fmt: skip
    why = _joined(renamed, list(REJECT_COLUMNS))
    rows = without_reasons(as_read[among(as_read[ROW_ID], checked.rejected[ROW_ID])])
    # Columns of the user with one of these names stay, under another name.
    rows = rows.rename(columns={name: f"{name}_as_read" for name in REJECT_COLUMNS})
    return joined_by_row(rows, why)


def review_rows(persons: pd.DataFrame, unified: Unified) -> pd.DataFrame:
    """Return one line per person of the verdict review, the most probable match first.

    Columns: row_id, line (of a file), who they are, both candidates, probability, margin, reason,
    and an empty ``answer`` for 1, 2, none or a Gsid.
    """
    verdicts = part_of(unified, "decisions", ["verdict"])["verdict"]
    shown = [name for name in DECISION_COLUMNS if name not in {"verdict", "rule"}]
    lines = part_of(unified, "decisions", shown, np.flatnonzero(verdicts == "review"))
    # With a name its parts are not needed.
    left_out = _PARTS if "Name" in persons.columns else frozenset()
    shown = [name for name in OF_A_PERSON if name in persons.columns and name not in left_out]
    lines = lines.rename(
        columns={
            "Company_ID": "candidate_1_id", "company_name": "candidate_1",
            "runner_up_id": "candidate_2_id", "runner_up_name": "candidate_2",
        }
    )  # fmt: skip
    place = [ROW_ID, *line_columns(persons)]
    open_persons = persons[among(persons[ROW_ID], lines[ROW_ID])]
    joined = joined_by_row(open_persons[[*place, *shown]], lines)
    ordered = joined.sort_values("probability", ascending=False, kind="stable", ignore_index=True)
    return ordered.assign(answer=pd.Series(pd.NA, index=ordered.index, dtype="str"))


class RunFile(NamedTuple):
    """A file of a run, what one line of it is, and how its table is taken from the result."""

    name: str
    about: str
    table: Callable[[RunResult], pd.DataFrame] | None = None  # None for what is not a table
    path: str = ""  # the place of the table in the result, if it is there

    def parts(self, result: RunResult) -> Iterator[pd.DataFrame]:
        """Yield the table of a file in parts."""
        owner, _, name = self.path.rpartition(".")
        if name:
            yield from parts_of(attrgetter(owner)(result) if owner else result, name)
        elif self.table is not None:
            yield self.table(result)


def _frame(name: str, about: str, path: str) -> RunFile:
    """Return the file of a frame of the result."""
    return RunFile(name, about, attrgetter(path), path)


def _warnings(result: RunResult) -> pd.DataFrame:
    findings = result.checked.findings
    return findings[findings["severity"] == "warning"]


def _evidence_of_review(result: RunResult) -> pd.DataFrame:
    """Return the evidence of people to review: that of a million people is too long to read."""
    evidence = part_of(result.unified, "evidence")
    return evidence[among(evidence["row_id"], result.review["row_id"])]


_ALL = (
    _frame(
        "people.csv",
        "a row as sent, in the order read, with verdict, company, outcome and errors",
        "people",
    ),
    _frame(
        "company_persons.csv",
        "an association of a person with a company, and its outcome",
        "company_persons",
    ),
    _frame(
        "relationship_persons.csv",
        "an association of a person with a relationship, and its outcome",
        "relationship_persons",
    ),
    _frame(
        "rejects.csv",
        "a rejected row as it was read, with its errors; fix it and use it as input",
        "rejects",
    ),
    RunFile(
        "errors.xlsx", "a rejected row, with each wrong cell coloured and the reason in a comment"
    ),
    RunFile("warnings.csv", "a finding that does not stop a row", _warnings),
    _frame("review.csv", "a person whose company needs a decision, with both candidates", "review"),
    _frame("decisions.csv", "a person, the verdict, how sure it is, and why", "unified.decisions"),
    RunFile(
        "evidence.csv",
        "a person of review.csv and a candidate, with the weight of each comparison",
        _evidence_of_review,
    ),
    _frame(
        "changes.csv", "a cell before and after, and the rule that changed it", "cleaned.changes"
    ),
    _frame(
        "unmatched.csv",
        "a group of people without a company, by domain or stated employer",
        "unmatched",
    ),
    _frame(
        "rejected_companies.csv",
        "a company that cannot be used for matching, and why",
        "rejected_companies",
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
