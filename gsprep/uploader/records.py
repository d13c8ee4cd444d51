"""Three frames decided into records: what is sent, and from which rows it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.schemas.frames import ROW_ID, require
from gsprep.schemas.same_key import same_key
from gsprep.uploader.wire import DUPLICATE_KEY, EMPTY_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import pandas as pd

    from gsprep.schemas.fields import ObjectFields
    from gsprep.schemas.same_key import SameKey


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row went wrong; what is missing is "" (columns error_code, _field, _message)."""

    code: str = ""
    field: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One association within a record.

    Attributes:
        rows: the positions of its rows; none when a relationship needed its company.
        fields: what is sent, in the order of the columns.
        relationships: nested below a company.
    """

    rows: tuple[int, ...]
    fields: Mapping[str, str]
    relationships: tuple[Entry, ...] = ()

    def body(self) -> dict[str, object]:
        """Return the association as the service takes it."""
        nested = [entry.body() for entry in self.relationships]
        return {**self.fields, **({"relationships": nested} if nested else {})}


@dataclass(frozen=True, slots=True)
class Record:
    """One person, the positions of the rows that mean this person, and all associations."""

    rows: tuple[int, ...]
    fields: Mapping[str, str]
    companies: tuple[Entry, ...] = ()

    def body(self) -> dict[str, object]:
        """Return the record as the service takes it."""
        nested = [entry.body() for entry in self.companies]
        return {**self.fields, **({"companies": nested} if nested else {})}


@dataclass(frozen=True, slots=True)
class Group:
    """Rows with one key that agree: their positions, the first leading, and what they say."""

    rows: tuple[int, ...]
    fields: Mapping[str, str]


def sent_columns(frame: pd.DataFrame, fields: ObjectFields) -> list[str]:
    """Return the columns of a frame that go to the service, in the frame's order."""
    return [str(name) for name in frame.columns if fields.sends(str(name))]


def group_persons(
    persons: pd.DataFrame, fields: ObjectFields, key: Sequence[str]
) -> tuple[list[Group], dict[int, Fault]]:
    """Return the persons to send, and the faults of the rows that stay, by position.

    ``persons`` is a text frame, ``fields`` says which columns are sent. Raises
    MissingColumnsError without the columns of ``key``.
    """
    require(persons, key, of="persons")
    sent = sent_columns(persons, fields)
    same = same_key(persons, key, sent)
    faults = empty_keys(persons, key, ",".join(key))
    faults |= contradictions(same, persons[ROW_ID], ",".join(key))
    return groups(persons[sent], same.leader, faults), faults


def empty_keys(frame: pd.DataFrame, key: Iterable[str], field: str) -> dict[int, Fault]:
    """Return a fault for each row in which a column of the key is missing."""
    faults: dict[int, Fault] = {}
    for name in key:
        for position in frame.index[frame[name].isna()] if name in frame else frame.index:
            message = f"not sent: {name} is missing. Fill it and send the row again"
            faults.setdefault(int(position), Fault(EMPTY_KEY, field, message))
    return faults


def contradictions(same: SameKey, row_ids: pd.Series[str], field: str) -> dict[int, Fault]:
    """Return a fault for each row that contradicts the first row with its key."""
    faults = {}
    for position in same.conflict.nonzero()[0]:
        first = row_ids.iloc[same.leader[position]]
        message = (
            f"not sent: row {first} has the same {field} and says another "
            f"{same.field[position]}. Make the two agree, or drop one"
        )
        faults[int(position)] = Fault(DUPLICATE_KEY, field, message)
    return faults


def groups(values: pd.DataFrame, leader: np.ndarray, faults: Mapping[int, Fault]) -> list[Group]:
    """Return the rows without a fault, grouped by leader; a field's first value is taken."""
    said = _said(values)
    found: dict[int, list[int]] = {}
    for position, first in enumerate(leader.tolist()):
        if position not in faults:
            found.setdefault(first, []).append(position)
    names = [str(name) for name in values.columns]
    return [
        Group(tuple(rows), _together([said[row] for row in rows], names)) for rows in found.values()
    ]


def _said(values: pd.DataFrame) -> list[dict[str, str]]:
    names = [str(name) for name in values.columns]
    if not names:
        return [{} for _ in range(len(values))]
    columns = [values[name].to_list() for name in names]
    return [
        {name: value for name, value in zip(names, row, strict=True) if isinstance(value, str)}
        for row in zip(*columns, strict=True)
    ]


def _together(rows: Sequence[Mapping[str, str]], names: Sequence[str]) -> Mapping[str, str]:
    if len(rows) == 1:
        return rows[0]
    said = {name: value for row in reversed(rows) for name, value in row.items()}
    return {name: said[name] for name in names if name in said}
