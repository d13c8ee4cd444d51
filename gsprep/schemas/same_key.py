"""Rows that mean the same record, and those that contradict it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError, MissingColumnsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gsprep.schemas.fields import ObjectFields

# An association may say by a part of the key, or by its Gsid, which person is meant.
ASSOCIATIONS = frozenset({"CompanyPerson", "RelationshipPerson"})
# What is taken when nobody says otherwise; a record may have its Gsid instead.
_USUAL = ("Email",)


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


def key_columns(key: Sequence[str] | str) -> tuple[str, ...]:
    """Return the columns of a key, each once; InputError when it names none.

    >>> key_columns("Email"), key_columns(["Email", "Location", "Email"])
    (('Email',), ('Email', 'Location'))
    """
    columns = tuple(dict.fromkeys([key] if isinstance(key, str) else key))
    if not columns:
        raise InputError("the key names no column: name those that tell persons apart, as Email")
    return columns


def require_key(frame: pd.DataFrame, key: Sequence[str], of: ObjectFields) -> None:
    """Raise MissingColumnsError when records have no column for a part of the key that was named.

    The usual key, Email alone, is not looked at, nor is a frame without rows.
    """
    absent = [name for name in key if name not in frame.columns]
    if not absent or tuple(key) == _USUAL or of.name in ASSOCIATIONS or frame.empty:
        return
    raise MissingColumnsError(
        absent,
        of=f"a {of.name} frame with the key {','.join(key)}",
        found=[name for name in frame.columns if of.knows(name)],
    )


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
    for position, name in _contradictions(by_position[compared], groups):
        field[position] = name
    return SameKey(leader.to_numpy(dtype=np.intp), field)


def _groups(keys: pd.DataFrame) -> pd.Series:
    if keys.empty:
        return pd.Series([], dtype="int64")
    return keys.groupby(list(keys.columns), sort=False, dropna=True).ngroup()


def _contradictions(values: pd.DataFrame, groups: pd.Series[int]) -> Iterator[tuple[int, str]]:
    """Yield the position and the first field of each row that contradicts the rows before it."""
    repeated = (groups.duplicated(keep=False) & (groups >= 0)).to_numpy()
    if not repeated.any() or values.empty:
        return
    # Most groups agree: two different values in one field are the rare case, found in bulk.
    codes = groups[repeated]
    distinct = values[repeated].groupby(codes).nunique()
    differs = (distinct > 1).any(axis=1)
    chosen = codes[codes.isin(differs.index[differs])]
    rows = values.loc[chosen.index].to_numpy(dtype=object)
    said: dict[int, dict[str, str]] = {}
    for position, group, row in zip(chosen.index, chosen, rows, strict=True):
        before = said.setdefault(group, {})
        present = {n: v for n, v in zip(values.columns, row, strict=True) if isinstance(v, str)}
        wrong = [name for name, value in present.items() if before.get(name, value) != value]
        if wrong:
            yield int(position), wrong[0]
        else:
            before |= present
