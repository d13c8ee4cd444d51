"""Three frames decided into records: what is sent, and from which rows it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.schemas.frames import ROW_ID, require
from gsprep.schemas.same_key import normal_key, same_key
from gsprep.uploader.wire import DUPLICATE_KEY, EMPTY_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np

    from gsprep.schemas.fields import ObjectFields
    from gsprep.schemas.same_key import SameKey


_GSID = "Gsid"
# No column that is sent bears this name: those are Gainsight's own or end in __gc.
_MEANT = "meant"


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

    ``persons`` is a text frame, ``fields`` says which columns are sent. Rows with one ``key`` or
    one Gsid are one person. A Gsid is sent too, so that the key itself can change; beside a key
    it is not where it came with an outcome, as that of another tenant may have. Raises
    MissingColumnsError without the columns of ``key`` and any Gsid.
    """
    sent = sent_columns(persons, fields)
    faults = empty_keys(persons, key, ",".join(key))
    if _GSID not in persons or persons[_GSID].isna().all():
        require(persons, key, of="persons")
        same = same_key(persons, key, sent)
        faults |= contradictions(same, persons[ROW_ID], ",".join(key))
        return groups(persons[sent], same.leader, faults), faults
    faults = {at: fault for at, fault in faults.items() if not isinstance(persons[_GSID][at], str)}
    same, contradicting = _same_person(persons, key, sent)
    named = list(dict.fromkeys([_GSID, *sent]))
    faults |= contradicting
    found = groups(persons[named], same.leader, faults)
    return [_by_key(one, key) for one in found] if "outcome" in persons else found, faults


def _by_key(group: Group, key: Sequence[str]) -> Group:
    if not set(key) <= group.fields.keys():
        return group
    return Group(group.rows, {n: value for n, value in group.fields.items() if n != _GSID})


def _same_person(
    persons: pd.DataFrame, key: Sequence[str], sent: Sequence[str]
) -> tuple[SameKey, dict[int, Fault]]:
    """Group rows by their key, and those groups by the Gsid that any of their rows names."""
    columns = list(dict.fromkeys([_GSID, *key, *sent]))
    whole = persons.reindex(columns=columns).astype("str")
    whole = whole.assign(**normal_key(whole, key))
    by_key = same_key(whole, key, columns)
    faults = contradictions(by_key, persons[ROW_ID], ",".join(key))
    gsids = whole[_GSID].mask(by_key.conflict).groupby(by_key.leader).transform("first")
    alone = pd.Series(by_key.leader, index=whole.index).astype("str")
    # No Gsid has a blank in it.
    meant = gsids.fillna("row " + alone).mask(by_key.conflict)
    same = same_key(whole.assign(**{_MEANT: meant}), [_MEANT], columns)
    return same, faults | contradictions(same, persons[ROW_ID], _GSID)


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
