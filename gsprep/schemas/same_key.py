"""Rows with the same key, and rows that contradict it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError, MissingColumnsError
from gsprep.values.email import caseless_emails

if TYPE_CHECKING:
    from gsprep.schemas.fields import ObjectFields

# An association may name its person by a part of the key, or by its Gsid.
ASSOCIATIONS = frozenset({"CompanyPerson", "RelationshipPerson"})
# The default key; a record may have its Gsid instead.
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
        """Whether each row contradicts earlier rows with its key."""
        return np.asarray(self.field != "", dtype=bool)


def key_columns(key: Sequence[str] | str) -> tuple[str, ...]:
    """Return the columns of a key, each once; InputError for an empty key.

    >>> key_columns("Email"), key_columns(["Email", "Location", "Email"])
    (('Email',), ('Email', 'Location'))
    """
    columns = tuple(dict.fromkeys([key] if isinstance(key, str) else key))
    if not columns:
        raise InputError(
            "the key names no column: name the columns that identify persons, such as Email"
        )
    return columns


def require_key(frame: pd.DataFrame, key: Sequence[str], of: ObjectFields) -> None:
    """Raise MissingColumnsError if a column of a key that the caller chose is absent.

    The default key, Email alone, is not required here, nor is any key of a frame without rows.
    """
    absent = [name for name in key if name not in frame.columns]
    if not absent or tuple(key) == _USUAL or of.name in ASSOCIATIONS or frame.empty:
        return
    raise MissingColumnsError(
        absent,
        of=f"{of.name} data with the key {','.join(key)}",
        found=[name for name in frame.columns if of.knows(name)],
    )


def comparable_key(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return the key columns of a text frame as they are compared: e-mails are ``caseless``.

    Everywhere, records are the same if the ``key_codes`` of this frame are equal.
    """
    columns = {
        name: caseless_emails(frame[name]) if name == "Email" else frame[name] for name in key
    }
    return pd.DataFrame(columns, index=frame.index)


def key_codes(keys: pd.DataFrame) -> np.ndarray:
    """Return equal numbers for rows that are equal in all columns, -1 where one is missing."""
    codes, *others = (pd.factorize(keys[name])[0] for name in keys)
    for more in others:
        incomplete = (codes < 0) | (more < 0)
        codes = pd.factorize(codes * (more.max(initial=0) + 1) + more)[0]
        codes[incomplete] = -1
    return np.asarray(codes, dtype=np.intp)


def same_key(frame: pd.DataFrame, key: Sequence[str], fields: Sequence[str]) -> SameKey:
    """Group the rows of a text frame by ``key`` and compare them in ``fields``.

    A missing value agrees with all. Rows are taken in order: a row is compared with the values
    of all rows before it, and one that contradicts them adds none. The key columns themselves
    are never compared. Of several fields in which rows disagree, the first by name is reported,
    whatever the order of the columns is.
    """
    by_position = frame.reset_index(drop=True)
    groups = pd.Series(key_codes(comparable_key(by_position, key)))
    leader = np.arange(len(frame))
    grouped = np.flatnonzero(groups >= 0)
    first, codes = np.full(groups.max() + 1 if len(grouped) else 0, -1), groups.to_numpy()[grouped]
    first[codes[::-1]] = grouped[::-1]  # of several assignments to one place the last counts
    leader[grouped] = first[codes]
    field = np.full(len(frame), "", dtype=object)
    compared = sorted(name for name in fields if name not in key)
    for position, name in _contradictions(by_position[compared], groups):
        field[position] = name
    return SameKey(leader, field)


def _contradictions(values: pd.DataFrame, groups: pd.Series[int]) -> Iterator[tuple[int, str]]:
    """Yield the position and the first field of each row that contradicts the rows before it."""
    codes = groups.to_numpy()
    repeated = (codes >= 0) & (np.bincount(codes[codes >= 0], minlength=1)[codes] > 1)
    if not repeated.any() or values.empty:
        return
    # Most groups agree; those with two different values in one field are found in bulk.
    of = groups[repeated]
    distinct = values[repeated].groupby(of).nunique()
    differs = (distinct > 1).any(axis=1)
    chosen = of[of.isin(differs.index[differs])]
    rows = values.loc[chosen.index].to_numpy(dtype=object)
    names = list(values.columns)
    by_group: dict[int, dict[str, str]] = {}
    for position, group, row in zip(chosen.index, chosen, rows, strict=True):
        before = by_group.setdefault(group, {})
        present = {n: v for n, v in zip(names, row, strict=True) if isinstance(v, str)}
        wrong = [name for name, value in present.items() if before.get(name, value) != value]
        if wrong:
            yield int(position), wrong[0]
        else:
            before |= present
