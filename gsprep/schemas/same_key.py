"""Rows that mean the same record, and those that contradict it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class SameKey:
    """Which rows share a key, by position.

    Attributes:
        leader: the position of the first row with the same key; a row whose key is missing
            in any part leads itself.
        field: the first field in which a row contradicts the rows before it, "" when it agrees.
    """

    leader: np.ndarray
    field: np.ndarray

    @property
    def conflict(self) -> np.ndarray:
        """Whether each row contradicts what rows with its key said before it."""
        return np.asarray(self.field != "", dtype=bool)


def normal_key(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return the key columns as they are compared: e-mails without case and blanks around.

    ``frame`` is text with positions as its index. Lower case, not case folding: folding would
    make one person of straße@ and strasse@.
    """
    columns = {
        name: frame[name].str.strip().str.lower() if name == "Email" else frame[name]
        for name in key
    }
    return pd.DataFrame(columns, index=frame.index)


def same_key(frame: pd.DataFrame, key: Sequence[str], fields: Sequence[str]) -> SameKey:
    """Group the rows of a text frame by ``key`` and compare them in ``fields``.

    A missing value agrees with all. Rows are taken in order: a row is compared with what the
    rows before it said together, and one that contradicts them adds nothing. The key columns
    themselves are never compared.
    """
    by_position = frame.reset_index(drop=True)
    groups = _groups(normal_key(by_position, key))
    positions = pd.Series(np.arange(len(frame)))
    grouped = groups >= 0
    leader = positions.where(~grouped, positions.groupby(groups).transform("min"))
    field = np.full(len(frame), "", dtype=object)
    compared = [name for name in fields if name not in key]
    for rows in _contradicting(by_position[compared], groups):
        for position, name in _first_contradictions(by_position.loc[rows, compared]).items():
            field[position] = name
    return SameKey(leader.to_numpy(dtype=np.intp), field)


def _groups(keys: pd.DataFrame) -> pd.Series:
    if keys.empty:
        return pd.Series([], dtype="int64")
    return keys.groupby(list(keys.columns), sort=False, dropna=True).ngroup()


def _contradicting(values: pd.DataFrame, groups: pd.Series) -> list[np.ndarray]:
    repeated = (groups.duplicated(keep=False) & (groups >= 0)).to_numpy()
    if not repeated.any() or values.empty:
        return []
    # Most groups agree: two different values in one field are the rare case, found in bulk.
    codes = groups[repeated]
    differs = (values[repeated].groupby(codes).nunique() > 1).any(axis=1)  # noqa: PD101  the rule means one column, these are groups
    chosen = codes[codes.isin(differs.index[differs])]
    return [chosen.index[at].to_numpy() for at in chosen.groupby(chosen).indices.values()]


def _first_contradictions(rows: pd.DataFrame) -> dict[int, str]:
    said: dict[str, str] = {}
    contradictions = {}
    for position, row in zip(rows.index, rows.to_dict("records"), strict=True):
        present = {str(name): value for name, value in row.items() if isinstance(value, str)}
        wrong = [name for name, value in present.items() if said.get(name, value) != value]
        if wrong:
            contradictions[int(position)] = wrong[0]
        else:
            said |= present
    return contradictions
