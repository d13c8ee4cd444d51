"""State of each cell, counted by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.display import heading
from gsprep.report.finding_counts import UNKNOWN_FIELD
from gsprep.report.summary import Part, Whole
from gsprep.schemas.frames import ROW_ID, line_columns

if TYPE_CHECKING:
    from gsprep.results import Checked, Cleaned

# The states of a cell by number; where two hold, the higher one counts.
STATES = ("empty", "unchanged", "cleaned", "warning", "error")
_EMPTY, _UNCHANGED, _CLEANED, _WARNED, _WRONG = range(len(STATES))
# No one looked at the cells of a column that the object has no field for.
_UNCHECKED = ("empty", "not checked", *STATES[2:])
_SHOWN = (_UNCHANGED, _CLEANED, _WARNED, _WRONG, _EMPTY)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column: how many cells had a value when they were read, and the state of each cell.

    checked: whether the object has this field; other columns are not sent.
    """

    name: str
    filled: int
    cells: Whole
    checked: bool = True


def columns_of(cleaned: Cleaned, checked: Checked) -> tuple[ColumnFacts, ...]:
    """Return the facts of every column but ``row_id`` and ``line``, in the order of the frame."""
    frame = cleaned.frame.drop(columns=[ROW_ID, *line_columns(cleaned.frame)])
    rows, names = pd.Index(cleaned.frame[ROW_ID]), pd.Index(frame.columns)
    filled = frame.notna().to_numpy()
    state = np.where(filled, _UNCHANGED, _EMPTY).astype(np.int8)
    changed = _cells(cleaned.changes, rows, names)
    state[changed.row, changed.column] = _CLEANED
    for severity, number in (("warning", _WARNED), ("error", _WRONG)):
        found = checked.findings[checked.findings["severity"] == severity]
        at = _cells(found, rows, names)
        state[at.row, at.column] = number
    before = _filled_before(filled, cleaned.changes, changed)
    unknown = set(checked.findings.loc[checked.findings["code"] == UNKNOWN_FIELD, "column"])
    facts = []
    for place, column in enumerate(names):
        counts = np.bincount(state[:, place], minlength=len(STATES))
        words = _UNCHECKED if column in unknown else STATES
        parts = tuple(Part(words[number], int(counts[number])) for number in _SHOWN)
        whole = Whole(heading(column), parts)
        is_checked = column not in unknown
        facts.append(ColumnFacts(whole.name, int(before[:, place].sum()), whole, is_checked))
    return tuple(facts)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Positions in a frame of the cells in a log; ``line`` is the line of each in the log."""

    line: np.ndarray
    row: np.ndarray
    column: np.ndarray


def _cells(log: pd.DataFrame, rows: pd.Index, names: pd.Index) -> _Cells:
    """Return the cells in a log of changes or findings; findings on whole columns are left out."""
    row = rows.get_indexer(pd.Index(log[ROW_ID]))
    column = names.get_indexer(pd.Index(log["column"]))
    line = np.flatnonzero((row >= 0) & (column >= 0))
    return _Cells(line, row[line], column[line])


def _filled_before(filled: np.ndarray, changes: pd.DataFrame, changed: _Cells) -> np.ndarray:
    """Return which cells had a value before cleaning."""
    before = filled.copy()
    # A cell may have been changed several times: its value before the first change counts.
    _, first = np.unique(changed.row * filled.shape[1] + changed.column, return_index=True)
    had_value = changes["before"].notna().to_numpy()[changed.line]
    before[changed.row[first], changed.column[first]] = had_value[first]
    return before
