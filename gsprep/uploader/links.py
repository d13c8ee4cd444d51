"""Associations joined to the persons they belong to, and nested into records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from gsprep.errors import MissingColumnsError
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.objects import Schemas, fields_of
from gsprep.schemas.same_key import normal_key, same_key
from gsprep.uploader.records import (
    Entry,
    Fault,
    Group,
    Record,
    contradictions,
    empty_keys,
    group_persons,
    groups,
    sent_columns,
)
from gsprep.uploader.wire import EMPTY_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.schemas.fields import ObjectFields

K = TypeVar("K")

# No column that is sent bears this name: those are Gainsight's own or end in __gc.
_PERSON = "person"
_UNKNOWN, _HELD, _SEVERAL, _KEYLESS = -1, -2, -3, -4
_HELD_BACK = Fault(message="not sent: held back for its verdict")
_WHY_NOT = {
    _UNKNOWN: "not sent: its person is not among the persons. Add the person, or drop the row",
    _HELD: "not sent: the row of its person was not sent",
    _SEVERAL: "not sent: several persons have its key. Give all columns of the key",
    _KEYLESS: "not sent: nothing says whose it is. Fill the key of its person",
}


@dataclass(frozen=True, slots=True)
class Decided:
    """What is sent, and why the other rows are not: faults by position in each frame."""

    records: list[Record]
    persons: Mapping[int, Fault]
    company_persons: Mapping[int, Fault]
    relationship_persons: Mapping[int, Fault]


def decide(  # noqa: PLR0913  three frames that go together, and how they go
    persons: pd.DataFrame,
    company_persons: pd.DataFrame,
    relationship_persons: pd.DataFrame,
    key: Sequence[str],
    held: frozenset[str] = frozenset(),
    *,
    schemas: Schemas | None = None,
) -> Decided:
    """Decide which rows go to the service, as which records.

    All frames are text frames. Raises MissingColumnsError when a frame lacks what every row of
    it needs. A person whose rows are all in ``held`` (row_ids) stays. ``schemas`` say which
    columns are sent. Each position is in exactly one record or in the faults of its frame.
    """
    of = schemas or Schemas()
    found, faults = group_persons(persons, fields_of(of.persons), key)
    found, faults = _without_held(found, faults, persons[ROW_ID].isin(held).to_list())
    whose = _Whose.of(persons, found, key)
    companies, company_faults = _grouped(
        company_persons, fields_of(of.company_persons), ["Company_ID"], whose
    )
    relationships, relationship_faults = _grouped(
        relationship_persons,
        fields_of(of.relationship_persons),
        ["Company_ID", "Relationship_ID"],
        whose,
    )
    nested = _nested(companies, relationships)
    records = [
        Record(group.rows, group.fields, tuple(nested.get(group.rows[0], {}).values()))
        for group in found
    ]
    return Decided(records, faults, company_faults, relationship_faults)


def _without_held(
    found: list[Group], faults: dict[int, Fault], held: Sequence[bool]
) -> tuple[list[Group], dict[int, Fault]]:
    stay = [group for group in found if all(held[row] for row in group.rows)]
    left = {row: _HELD_BACK for group in stay for row in group.rows}
    return [group for group in found if group.rows[0] not in left], faults | left


@dataclass(frozen=True, slots=True)
class _Whose:
    """Finds the leading row of the person an association belongs to."""

    key: Sequence[str]
    keys: pd.DataFrame
    by_gsid: Mapping[str, int]
    leaders: Mapping[int, int]

    @classmethod
    def of(cls, persons: pd.DataFrame, found: Sequence[Group], key: Sequence[str]) -> _Whose:
        leaders = {row: group.rows[0] for group in found for row in group.rows}
        by_gsid: dict[str, int] = {}
        gsids = persons["Gsid"].dropna() if "Gsid" in persons else pd.Series(dtype="str")
        for position, gsid in gsids.items():
            if position in leaders:
                _point(by_gsid, gsid, leaders[position])
        for gsid in gsids:
            by_gsid.setdefault(gsid, _HELD)
        return cls(key, normal_key(persons, key), by_gsid, leaders)

    def leaders_of(self, frame: pd.DataFrame) -> list[int]:
        """Return for each row the position of its person's first row, or why there is none."""
        shared = [name for name in self.key if name in frame]
        # A part of a key that is no e-mail (a Location) says nothing about who is meant.
        if len(shared) < len(self.key) and "Email" not in shared:
            shared = []
        by_key = self._by_key(shared) if shared else {}
        asked = _tuples(normal_key(frame, shared), len(frame))
        person_ids = frame["Person_ID"].to_list() if "Person_ID" in frame else [None] * len(frame)
        return [
            self._by_person_id(gsid) if values is None else by_key.get(values, _UNKNOWN)
            for values, gsid in zip(asked, person_ids, strict=True)
        ]

    def _by_person_id(self, gsid: object) -> int:
        return self.by_gsid.get(gsid, _UNKNOWN) if isinstance(gsid, str) else _KEYLESS

    def _by_key(self, shared: Sequence[str]) -> dict[tuple[str, ...], int]:
        by_key: dict[tuple[str, ...], int] = {}
        known = _tuples(self.keys[list(shared)], len(self.keys))
        for position, values in enumerate(known):
            # A row that contradicts its leader has the leader's key: the leader answers.
            if values is not None and position in self.leaders:
                _point(by_key, values, self.leaders[position])
        for values in known:
            if values is not None:
                by_key.setdefault(values, _HELD)
        return by_key


def _point(index: dict[K, int], key: K, leader: int) -> None:
    index[key] = leader if index.get(key, leader) == leader else _SEVERAL


def _tuples(keys: pd.DataFrame, length: int) -> list[tuple[str, ...] | None]:
    if keys.columns.empty:
        return [None] * length
    columns = [keys[name].to_list() for name in keys.columns]
    return [
        row if all(isinstance(value, str) for value in row) else None
        for row in zip(*columns, strict=True)
    ]


def _grouped(
    frame: pd.DataFrame, fields: ObjectFields, ids: list[str], whose: _Whose
) -> tuple[list[tuple[int, Group]], dict[int, Fault]]:
    """Return the associations with the position of their person, and the faults of the rest."""
    _check_columns(frame, fields)
    leaders = whose.leaders_of(frame)
    faults = {at: _not_sent(person) for at, person in enumerate(leaders) if person < 0}
    faults = empty_keys(frame, ids, ",".join(ids)) | faults
    values = frame.reindex(columns=[*dict.fromkeys([*ids, *sent_columns(frame, fields)])])
    keyed = values.assign(**{_PERSON: pd.Series(leaders, dtype="int64").astype("str")})
    keyed.loc[list(faults), _PERSON] = None
    same = same_key(keyed, [_PERSON, *ids], list(values.columns))
    faults |= contradictions(same, frame[ROW_ID], ",".join([ids[0], "Person_ID", *ids[1:]]))
    return [(leaders[g.rows[0]], g) for g in groups(values, same.leader, faults)], faults


def _not_sent(person: int) -> Fault:
    return Fault(EMPTY_KEY if person == _KEYLESS else "", "", _WHY_NOT[person])


def _check_columns(frame: pd.DataFrame, fields: ObjectFields) -> None:
    for names in fields.needed:
        if len(frame) and not any(name in frame for name in names):
            raise MissingColumnsError(
                names[:1], of=f"{fields.name} rows", found=[str(name) for name in frame.columns]
            )


def _nested(
    companies: Sequence[tuple[int, Group]], relationships: Sequence[tuple[int, Group]]
) -> dict[int, dict[str, Entry]]:
    """Return each person's company entries by Company_ID, relationships below them."""
    below: dict[tuple[int, str], list[Entry]] = {}
    for person, group in relationships:
        # The company entry above says which company it is.
        fields = {name: value for name, value in group.fields.items() if name != "Company_ID"}
        entry = Entry(group.rows, fields)
        below.setdefault((person, group.fields["Company_ID"]), []).append(entry)
    entries: dict[int, dict[str, Entry]] = {}
    for person, group in companies:
        company = group.fields["Company_ID"]
        nested = tuple(below.pop((person, company), ()))
        entries.setdefault(person, {})[company] = Entry(group.rows, group.fields, nested)
    for (person, company), nested_only in below.items():
        made = Entry((), {"Company_ID": company}, tuple(nested_only))
        entries.setdefault(person, {})[company] = made
    return entries
