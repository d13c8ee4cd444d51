"""Associations joined to the persons they belong to, and nested into records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from gsprep.errors import MissingColumnsError
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.lookups import with_names
from gsprep.schemas.objects import Schemas, fields_of
from gsprep.schemas.same_key import normal_key, same_key
from gsprep.uploader.naming import named, nameless
from gsprep.uploader.records import (
    Entry,
    Fault,
    Group,
    Record,
    contradictions,
    group_persons,
    groups,
    sent_columns,
)
from gsprep.uploader.wire import EMPTY_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.schemas.fields import ObjectFields
    from gsprep.schemas.lookups import Lookup, Lookups

K = TypeVar("K")

# No column that is sent bears this name: those are Gainsight's own or end in __gc.
_PERSON = "person"
_KEY = "key of "
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
    """What is sent, and why the other rows are not: faults by position in each frame.

    ``lookups`` find the ids that associations are sent without, None when none is.
    """

    records: list[Record]
    persons: Mapping[int, Fault]
    company_persons: Mapping[int, Fault]
    relationship_persons: Mapping[int, Fault]
    lookups: Lookups | None = None


def decide(  # noqa: PLR0913  three frames that go together, and how they go
    persons: pd.DataFrame,
    company_persons: pd.DataFrame,
    relationship_persons: pd.DataFrame,
    key: Sequence[str],
    held: frozenset[str] = frozenset(),
    *,
    schemas: Schemas | None = None,
    lookups: Lookups | None = None,
) -> Decided:
    """Decide which rows go to the service, as which records.

    All frames are text frames. Raises MissingColumnsError when a frame lacks what every row of
    it needs. A person whose rows are all in ``held`` (row_ids) stays. ``schemas`` say which
    columns are sent, ``lookups`` what finds an id that is missing, beside the names. Each position
    is in exactly one record or in the faults of its frame.
    """
    of, names = schemas or Schemas(), with_names(lookups)
    found, faults = group_persons(persons, fields_of(of.persons), key)
    found, faults = _without_held(found, faults, persons[ROW_ID].isin(held).to_list())
    whose = _Whose.of(persons, found, key)
    companies = _Associations.of(
        company_persons, fields_of(of.company_persons), names.companies, whose
    )
    relationships = _Associations.of(
        relationship_persons, fields_of(of.relationship_persons), _below(names), whose
    )
    nested = _nested(companies, relationships, names)
    records = [
        Record(group.rows, group.fields, tuple(nested.get(group.rows[0], {}).values()))
        for group in found
    ]
    asked = names if companies.looked_up or relationships.looked_up else None
    return Decided(records, faults, companies.faults, relationships.faults, asked)


def _below(lookups: Lookups) -> Mapping[str, Lookup]:
    """Return what is looked up for a relationship; its company stands above it."""
    above = {name: how for name, how in lookups.companies.items() if name == "Company_ID"}
    return {**above, **{n: how for n, how in lookups.relationships.items() if n not in above}}


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
        # Who has a Gsid needs no key.
        whole = persons.reindex(columns=list(key)).astype("str")
        return cls(key, normal_key(whole, key), by_gsid, leaders)

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


@dataclass(frozen=True, slots=True)
class _Association:
    """Rows that are one association: of which person, and of which company."""

    person: int
    company: str
    group: Group


@dataclass(frozen=True, slots=True)
class _Associations:
    """The associations of one frame, the faults of the other rows, and whether ids are sought."""

    all: Sequence[_Association]
    faults: Mapping[int, Fault]
    looked_up: bool

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        fields: ObjectFields,
        lookups: Mapping[str, Lookup],
        whose: _Whose,
    ) -> _Associations:
        _check_columns(frame, fields, lookups)
        ids = _ids_of(fields)
        names = ",".join(ids)
        told = named(frame, ids, sent_columns(frame, fields), lookups)
        leaders = whose.leaders_of(frame)
        faults = {at: _not_sent(person) for at, person in enumerate(leaders) if person < 0}
        faults = nameless(told.keys, lookups, names) | faults
        keys = told.keys.add_prefix(_KEY)
        person = pd.Series(leaders, index=frame.index, dtype="int64").astype("str")
        keyed = pd.concat([told.sent, keys.assign(**{_PERSON: person})], axis=1)
        keyed.loc[list(faults), _PERSON] = None
        same = same_key(keyed, [_PERSON, *keys.columns], list(told.sent.columns))
        faults |= contradictions(same, frame[ROW_ID], names.replace(ids[0], f"{ids[0]},Person_ID"))
        companies = told.keys["Company_ID"].to_list()
        found = [
            _Association(leaders[group.rows[0]], companies[group.rows[0]], group)
            for group in groups(told.sent, same.leader, faults)
        ]
        return cls(found, faults, told.found)


def _ids_of(fields: ObjectFields) -> list[str]:
    relationship = any("Relationship_ID" in names for names in fields.needed)
    return ["Company_ID", "Relationship_ID"] if relationship else ["Company_ID"]


def _not_sent(person: int) -> Fault:
    return Fault(EMPTY_KEY if person == _KEYLESS else "", "", _WHY_NOT[person])


def _check_columns(
    frame: pd.DataFrame, fields: ObjectFields, lookups: Mapping[str, Lookup]
) -> None:
    for names in fields.needed:
        sought = [lookups[name].fields for name in names if name in lookups]
        ways = [*([name] for name in names), *sought]
        if len(frame) and not any(set(way) <= set(frame.columns) for way in ways):
            raise MissingColumnsError(
                names[:1], of=f"{fields.name} rows", found=[str(name) for name in frame.columns]
            )


def _nested(
    companies: _Associations, relationships: _Associations, lookups: Lookups
) -> dict[int, dict[str, Entry]]:
    """Return each person's company entries by what names the company, relationships below them."""
    above = {"Company_ID", *lookups.companies["Company_ID"].fields}
    own = {name for how in lookups.relationships.values() for name in how.fields}
    below: dict[tuple[int, str], list[tuple[Group, Entry]]] = {}
    for one in relationships.all:
        # The company entry above says which company it is.
        fields = {
            name: value
            for name, value in one.group.fields.items()
            if name not in above or name in own
        }
        entry = Entry(one.group.rows, fields)
        below.setdefault((one.person, one.company), []).append((one.group, entry))
    entries: dict[int, dict[str, Entry]] = {}
    for one in companies.all:
        nested = tuple(entry for _, entry in below.pop((one.person, one.company), ()))
        made = Entry(one.group.rows, one.group.fields, nested)
        entries.setdefault(one.person, {})[one.company] = made
    for (person, company), rest in below.items():
        named_by = {n: value for n, value in rest[0][0].fields.items() if n in above}
        made = Entry((), named_by, tuple(entry for _, entry in rest))
        entries.setdefault(person, {})[company] = made
    return entries
