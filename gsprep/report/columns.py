"""How full and how good each column came: every cell in exactly one state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.display import heading
from gsprep.report.parts import Part, Whole
from gsprep.schemas.frames import ROW_ID

if TYPE_CHECKING:
    from gsprep.results import Checked, Cleaned

# What can be said of a cell, by its number; where two hold, the higher one counts.
STATES = ("empty", "as it came", "mended", "warning", "error")
_EMPTY, _KEPT, _MENDED, _WARNED, _WRONG = range(len(STATES))
_SHOWN = (_KEPT, _MENDED, _WARNED, _WRONG, _EMPTY)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column: how many cells had a value when they were read, and the state of each cell."""

    name: str
    filled: int
    cells: Whole


def columns_of(cleaned: Cleaned, checked: Checked) -> tuple[ColumnFacts, ...]:
    """Return the facts of every column in the order of the frame; ``row_id`` is none."""
    frame = cleaned.frame.drop(columns=ROW_ID)
    rows, names = pd.Index(cleaned.frame[ROW_ID]), pd.Index(frame.columns)
    filled = frame.notna().to_numpy()
    state = np.where(filled, _KEPT, _EMPTY).astype(np.int8)
    at = _cells(cleaned.changes, rows, names)
    state[at.row, at.column] = _MENDED
    for severity, number in (("warning", _WARNED), ("error", _WRONG)):
        told = checked.findings[checked.findings["severity"] == severity]
        where = _cells(told, rows, names)
        state[where.row, where.column] = number
    came = _as_read(filled, cleaned.changes, at)
    counts = [np.bincount(state[:, place], minlength=len(STATES)) for place in range(len(names))]
    return tuple(
        ColumnFacts(heading(name), int(came[:, place].sum()), _whole(name, counts[place]))
        for place, name in enumerate(names)
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """Where the cells of a log stand in a frame; ``line`` is the line of each."""

    line: np.ndarray
    row: np.ndarray
    column: np.ndarray


def _cells(log: pd.DataFrame, rows: pd.Index, names: pd.Index) -> _Cells:
    """Return the cells that a log of changes or findings speaks of, whole columns left out."""
    row, column = (
        rows.get_indexer(pd.Index(log[ROW_ID])),
        names.get_indexer(pd.Index(log["column"])),
    )
    line = np.flatnonzero((row >= 0) & (column >= 0))
    return _Cells(line, row[line], column[line])


def _as_read(filled: np.ndarray, changes: pd.DataFrame, at: _Cells) -> np.ndarray:
    """Return which cells had a value before they were cleaned."""
    came = filled.copy()
    # A cell may have been changed several times: what it was before the first of them counts.
    _, first = np.unique(at.row * filled.shape[1] + at.column, return_index=True)
    before = changes["before"].notna().to_numpy()[at.line]
    came[at.row[first], at.column[first]] = before[first]
    return came


def _whole(name: str, counts: np.ndarray) -> Whole:
    return Whole(
        heading(name),
        tuple(Part(STATES[number], int(counts[number])) for number in _SHOWN),
    )
