"""Records built from the rows of three frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.calls.endpoints import DUPLICATE_KEY, EMPTY_KEY
from gsprep.errors import MissingColumnsError
from gsprep.schemas.frames import ROW_ID, require
from gsprep.schemas.lookups import with_names
from gsprep.schemas.objects import Schemas, fields_of
from gsprep.schemas.same_key import comparable_key, same_key
from gsprep.uploader.associations import PersonIndex, missing_persons, missing_targets, target_keys
from gsprep.uploader.outcomes import Fault
from gsprep.uploader.records import GSID, Records, json_fields, json_lengths
from gsprep.values.arrow import TEXT, as_arrow, as_list, as_mask, joined, lengths_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gsprep.schemas.fields import ObjectFields
    from gsprep.schemas.lookups import Lookup, Lookups
    from gsprep.schemas.same_key import SameKey
    from gsprep.uploader.records import Record

_GSID, _COMPANY = "Gsid", "Company_ID"
# No column that is sent has such a name: those are Gainsight's own or end in __gc.
_MEANT, _PERSON, _KEY = "meant", "person", "key of "
_HELD_BACK = Fault(message="not sent: held back for its verdict")
# So many persons are put together at a time.
_STRETCH = 10_000

Faults: TypeAlias = dict[int, Fault]
# The position of a row, what tells it apart from others of its person, and what it says.
_Row: TypeAlias = tuple[int, tuple[str, ...], tuple[str | None, ...]]
# The number of a frame, and the rows of it that are one part of a record.
_Part: TypeAlias = tuple[int, Sequence[_Row]]
# The number of a person, the JSON of the record and its parts.
_Other: TypeAlias = tuple[int, bytes, list[_Part]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is sent, and why the other rows are not: faults by position in each frame.

    Attributes:
        places: the place of each row in the records (see ``Records``), for each of the frames; -1
            for a row that is not sent.
        lookups: what finds the ids that associations are sent without, None if all have theirs.
    """

    records: Records
    places: Sequence[np.ndarray]
    persons: Mapping[int, Fault]
    company_persons: Mapping[int, Fault]
    relationship_persons: Mapping[int, Fault]
    lookups: Lookups | None = None

    def first_rows(self) -> np.ndarray:
        """Return the position of the first row of each record's person."""
        persons = self.places[0]
        rows = np.flatnonzero(persons >= 0)[::-1]
        first = np.full(len(self.records), -1)
        first[np.searchsorted(self.records.places, persons[rows], side="right") - 1] = rows
        return first


def build(  # noqa: PLR0913  three frames that go together, and how they go
    persons: pd.DataFrame,
    company_persons: pd.DataFrame,
    relationship_persons: pd.DataFrame,
    key: Sequence[str],
    held: frozenset[str] = frozenset(),
    *,
    schemas: Schemas | None = None,
    lookups: Lookups | None = None,
    alone: bool = False,
    outlined: bool = False,
) -> Prepared:
    """Decide which rows go to the service, as which records.

    All frames are text frames. Raises MissingColumnsError when a frame lacks what every row of
    it needs. A person whose rows are all in ``held`` (row_ids) stays. ``schemas`` say which
    columns are sent, ``lookups`` what finds an id that is missing, next to the names. Each position
    is in exactly one record or in the faults of its frame. With ``alone`` a relationship may lack
    its company: its person comes after all others. ``outlined`` as in ``Records``.
    """
    of, names = schemas or Schemas(), with_names(lookups)
    person, faults = group_persons(persons, fields_of(of.persons), key)
    person = _without_held(person, faults, persons[ROW_ID].isin(held).to_numpy(dtype=bool))
    index = PersonIndex.of(persons, person, key)
    companies = _associations(
        company_persons, fields_of(of.company_persons), names.companies, index
    )
    relationships = _associations(
        relationship_persons, fields_of(of.relationship_persons), _below(names), index, alone=alone
    )
    sent = persons[_sent_of_persons(persons, fields_of(of.persons))]
    drops = tuple(key) if _GSID in persons and "outcome" in persons else ()
    walk = _Walk(
        Grouped(sent, person),
        companies.rows,
        relationships.rows,
        above=frozenset({_COMPANY, *names.companies[_COMPANY].fields}),
        own=frozenset(name for how in names.relationships.values() for name in how.fields),
        drops=drops,
    )
    records, places = walk.records(int(person.max(initial=-1)) + 1, outlined=outlined)
    asked = names if companies.looked_up or relationships.looked_up else None
    return Prepared(records, places, faults, companies.faults, relationships.faults, asked)


def sent_columns(frame: pd.DataFrame, fields: ObjectFields) -> list[str]:
    """Return the columns of a frame that go to the service, in the frame's order."""
    return [str(name) for name in frame.columns if fields.sends(str(name))]


def _sent_of_persons(persons: pd.DataFrame, fields: ObjectFields) -> list[str]:
    """Return the columns of persons that are sent; a Gsid goes first, so that a key can change."""
    sent = sent_columns(persons, fields)
    has_gsids = _GSID in persons and persons[_GSID].notna().any()
    return list(dict.fromkeys([_GSID, *sent])) if has_gsids else sent


def group_persons(
    persons: pd.DataFrame, fields: ObjectFields, key: Sequence[str]
) -> tuple[np.ndarray, Faults]:
    """Return the number of each row's person, and the faults of the rows that stay, by position.

    ``persons`` is a text frame, ``fields`` says which columns are sent. Rows with one ``key`` or
    one Gsid are one person. Persons are counted in the order of their first rows, -1 is none.
    Raises MissingColumnsError without the columns of ``key`` and any Gsid.
    """
    sent = sent_columns(persons, fields)
    faults = empty_keys(persons, key, ",".join(key))
    if _GSID not in persons or persons[_GSID].isna().all():
        require(persons, key, of="the frame of people")
        same = same_key(persons, key, sent)
        faults |= contradictions(same, persons[ROW_ID], ",".join(key))
    else:
        faults = {at: fault for at, fault in faults.items() if pd.isna(persons[_GSID][at])}
        same, contradicting = _same_person(persons, key, sent)
        faults |= contradicting
    return _numbered(same.leader, faults), faults


def _numbered(leader: np.ndarray, faults: Iterable[int]) -> np.ndarray:
    """Return the number of each row's leader, in the order of first rows; -1 with a fault."""
    free = np.ones(len(leader), dtype=bool)
    free[list(faults)] = False
    number = np.full(len(leader), -1)
    number[free] = pd.factorize(leader[free])[0]
    return number


def _same_person(
    persons: pd.DataFrame, key: Sequence[str], sent: Sequence[str]
) -> tuple[SameKey, Faults]:
    """Group rows by their key, and those groups by the Gsid that any of their rows names.

    A row that contradicts its person adds nothing: what it says joins no other rows to anybody.
    """
    columns = list(dict.fromkeys([_GSID, *key, *sent]))
    whole = persons.reindex(columns=columns).astype("str")
    whole = whole.assign(**comparable_key(whole, key))
    by_key = same_key(whole, key, columns)
    faults = contradictions(by_key, persons[ROW_ID], ",".join(key))
    # No Gsid has a blank in it.
    alone = "row " + pd.Series(by_key.leader, index=whole.index).astype("str")
    wrong = by_key.conflict
    while True:
        gsids = whole[_GSID].mask(wrong).groupby(by_key.leader).transform("first")
        meant = gsids.fillna(alone).mask(wrong, whole[_GSID]).mask(by_key.conflict)
        same = same_key(whole.assign(**{_MEANT: meant}), [_MEANT], columns)
        # Kept from each round: without what it contradicted a row may stand alone in the next.
        faults |= contradictions(same, persons[ROW_ID], _GSID)
        if not (same.conflict & ~wrong).any():
            return same, faults
        wrong = wrong | same.conflict


def _without_held(person: np.ndarray, faults: Faults, held: np.ndarray) -> np.ndarray:
    """Return the numbers of those who are not held; add the faults of those who are."""
    free = np.bincount(person[(person >= 0) & ~held], minlength=person.max(initial=-1) + 1) > 0
    stay = (person >= 0) & ~np.append(free, True)[person]
    if not stay.any():
        return person
    faults |= dict.fromkeys(stay.nonzero()[0].tolist(), _HELD_BACK)
    return _numbered(person, np.flatnonzero((person < 0) | stay).tolist())


def empty_keys(frame: pd.DataFrame, key: Iterable[str], field: str) -> Faults:
    """Return a fault for each row in which a column of the key is missing."""
    faults: Faults = {}
    for name in key:
        message = f"not sent: {name} is missing. Fill it and send the row again"
        fault = Fault(EMPTY_KEY, field, message)
        for position in frame.index[frame[name].isna()] if name in frame else frame.index:
            faults.setdefault(int(position), fault)
    return faults


def contradictions(same: SameKey, row_ids: pd.Series[str], field: str) -> Faults:
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


@dataclass(frozen=True, slots=True)
class _Associations:
    """The associations of one frame.

    Attributes:
        rows: those that are sent.
        faults: why the other rows are not.
        looked_up: whether any id is left to a lookup.
    """

    rows: Grouped
    faults: Mapping[int, Fault]
    looked_up: bool


def _associations(
    frame: pd.DataFrame,
    fields: ObjectFields,
    lookups: Mapping[str, Lookup],
    index: PersonIndex,
    *,
    alone: bool = False,
) -> _Associations:
    if frame.empty:
        return _Associations(
            Grouped(pd.DataFrame(), np.zeros(0, dtype=np.int64)), {}, looked_up=False
        )
    _check_columns(frame, fields, lookups)
    below = any("Relationship_ID" in names for names in fields.needed)
    ids = [_COMPANY, "Relationship_ID"] if below else [_COMPANY]
    names = ",".join(ids)
    told = target_keys(frame, ids, sent_columns(frame, fields), lookups)
    told = told.with_any_company() if alone else told
    person = index.of_rows(frame)
    faults = missing_targets(told.keys, lookups, names) | missing_persons(person)
    person[list(faults)] = -1
    # Rows of different persons cannot be one association.
    known = np.flatnonzero(person >= 0)
    rows = known[np.bincount(person[known], minlength=1)[person[known]] > 1]
    if len(rows):
        whole, keys = told.sent.iloc[rows], told.keys.iloc[rows].add_prefix(_KEY)
        keys = keys.assign(**{_PERSON: person[rows]})
        same = same_key(pd.concat([whole, keys], axis=1), list(keys), list(whole))
        says = names.replace(ids[0], f"{ids[0]},Person_ID")
        found = contradictions(same, frame[ROW_ID].iloc[rows], says)
        faults |= {int(rows[at]): fault for at, fault in found.items()}
        person[list(faults)] = -1
    return _Associations(Grouped(told.sent, person, told.keys), faults, told.found)


def _below(lookups: Lookups) -> Mapping[str, Lookup]:
    """Return what is looked up for a relationship; its company is the entry above it."""
    above = {name: how for name, how in lookups.companies.items() if name == _COMPANY}
    return {**above, **{n: how for n, how in lookups.relationships.items() if n not in above}}


def _check_columns(
    frame: pd.DataFrame, fields: ObjectFields, lookups: Mapping[str, Lookup]
) -> None:
    for names in fields.needed:
        sought = [lookups[name].fields for name in names if name in lookups]
        ways = [*([name] for name in names), *sought]
        if not any(set(way) <= set(frame.columns) for way in ways):
            raise MissingColumnsError(
                names[:1], of=f"{fields.name} rows", found=[str(name) for name in frame.columns]
            )


class Grouped:
    """The rows of one frame that are sent, person after person."""

    def __init__(
        self, frame: pd.DataFrame, person: np.ndarray, keys: pd.DataFrame | None = None
    ) -> None:
        """Store the number of each row's person, and the values that distinguish its rows."""
        rows = (person >= 0).nonzero()[0]
        self._rows = rows[np.argsort(person[rows], kind="stable")]
        self._person = person[self._rows]
        self._keys = [] if keys is None else [as_arrow(keys[name]) for name in keys]
        self._columns = {str(name): as_arrow(frame[name]) for name in frame}
        self.length = len(frame)

    def counts(self, number: int) -> np.ndarray:
        """Return how many rows each of so many persons has."""
        return np.bincount(self._person, minlength=number)

    def first_rows(self, persons: np.ndarray) -> np.ndarray:
        """Return the position of the first row of each person, -1 without one."""
        at = np.searchsorted(self._person, persons)
        there = np.append(self._person, -1)[at] == persons
        return np.where(there, np.append(self._rows, -1)[at], -1)

    @cached_property
    def lengths(self) -> np.ndarray:
        """How long the JSON of each row is, with a comma after each field."""
        return json_lengths(self._columns, self.length)

    @cached_property
    def with_gsid(self) -> np.ndarray:
        """Which rows have a Gsid."""
        return as_mask(self._columns.get(_GSID, pa.nulls(self.length)).is_valid())

    def columns_of(self, rows: np.ndarray) -> dict[str, pa.Array]:
        """Return the columns of some rows; of -1 all cells are null."""
        chosen = pa.array(rows, mask=rows < 0)
        return {name: column.take(chosen) for name, column in self._columns.items()}

    def rows_of(self, persons: np.ndarray) -> dict[int, list[_Row]]:
        """Return the rows of some persons (one or more, ascending), by person."""
        first, last = np.searchsorted(self._person, [persons[0], persons[-1] + 1])
        at = first + np.flatnonzero(np.isin(self._person[first:last], persons))
        rows = self._rows[at]
        cells = _cells(self._keys, rows), _cells(list(self._columns.values()), rows)
        told = zip(rows.tolist(), *cells, strict=True)
        found: dict[int, list[_Row]] = defaultdict(list)
        for person, row in zip(self._person[at].tolist(), told, strict=True):
            found[person].append(row)
        return found

    def fields_of(self, rows: Sequence[_Row]) -> dict[str, str]:
        """Return the first thing that rows say in each column, without what is missing."""
        cells: Sequence[str | None] = rows[0][2]
        if len(rows) > 1:
            columns = zip(*(of_row for _, _, of_row in rows), strict=True)
            cells = [next((c for c in column if c is not None), None) for column in columns]
        said: dict[str, Any] = dict(zip(self._columns, cells, strict=True))
        return {n: c for n, c in said.items() if c is not None} if None in cells else said


def _cells(columns: Sequence[pa.Array], rows: np.ndarray) -> list[tuple[Any, ...]]:
    chosen = pa.array(rows)
    return list(zip(*(as_list(c.take(chosen)) for c in columns), strict=True)) or [()] * len(rows)


@dataclass(frozen=True, slots=True)
class _Walk:
    """The rows of three frames, made records person after person.

    Attributes:
        above: what names the company of a relationship; it goes with the company.
        own: what lookups of relationships read; it goes with the relationship.
        drops: the key of persons who are sent without their Gsid if they have all of it: the Gsid
            came with an outcome, and may be that of another tenant.
    """

    persons: Grouped
    companies: Grouped
    relationships: Grouped
    above: frozenset[str]
    own: frozenset[str]
    drops: Sequence[str]

    def records(self, number: int, *, outlined: bool) -> tuple[Records, Sequence[np.ndarray]]:
        """Return so many persons as records, and the place of each row.

        Those of one row with at most one company, which are most, are put together by columns.
        """
        records, last = Records(outlined=outlined), []
        frames = (self.persons, self.companies, self.relationships)
        counts = [frame.counts(number) for frame in frames]
        places = [np.full(frame.length, -1) for frame in frames]
        is_plain = (counts[0] == 1) & (counts[1] <= 1) & (counts[2] == 0)
        for start in range(0, number, _STRETCH):
            persons = np.arange(start, min(start + _STRETCH, number))
            plain, others = persons[is_plain[persons]], persons[~is_plain[persons]]
            each: list[_Other] = []
            for person, (record, parts) in zip(others.tolist(), self._each(others), strict=True):
                if "relationships" in record:
                    last.append((record, parts))
                else:
                    each.append((person, orjson.dumps(record), parts))
            self._add(records, places, plain, each)
        for record, parts in last:
            _note(places, parts, records.places[-1])
            records.append(record, len(parts))
        return records, places

    def _add(
        self,
        records: Records,
        places: Sequence[np.ndarray],
        plain: np.ndarray,
        others: Sequence[_Other],
    ) -> None:
        """Add plain and other persons in their order, and note the places of their rows."""
        rows, links = self.persons.first_rows(plain), self.companies.first_rows(plain)
        linked = links >= 0
        sizes = np.append(1 + linked, [len(parts) for _, _, parts in others]).astype(np.int64)
        order = np.argsort(np.append(plain, [person for person, _, _ in others]))
        contents = pa.array([content for _, content, _ in others], pa.large_binary())
        if records.outlined and not self.drops:
            lengths = np.append(self._lengths(rows, links), lengths_of(contents))
            with_gsid = np.append(self.persons.with_gsid[rows], [GSID in c for _, c, _ in others])
            begins = records.outline(lengths[order], with_gsid[order], sizes[order])
        else:
            contents = pa.concat_arrays([self._plainly(rows, links), contents])
            begins = records.extend(contents.take(order), sizes[order])
        begins = begins[np.argsort(order)]
        places[0][rows] = begins[: len(plain)]
        places[1][links[linked]] = begins[: len(plain)][linked] + 1
        for (_, _, parts), first in zip(others, begins[len(plain) :].tolist(), strict=True):
            _note(places, parts, first)

    def _plainly(self, rows: np.ndarray, links: np.ndarray) -> pa.Array:
        """Return the JSON of persons of one row each, with the row of a company or -1."""
        own = self.persons.columns_of(rows)
        if self.drops and own.keys() >= {*self.drops, _GSID}:
            whole = reduce(pc.and_, (own[name].is_valid() for name in self.drops))
            own[_GSID] = pc.if_else(whole, pa.scalar(None, TEXT), own[_GSID])
        below = nothing = pa.nulls(len(rows), TEXT)
        if (links >= 0).any():
            said = json_fields(self.companies.columns_of(links), nothing)
            below = joined('"companies":[{', pc.if_else(pa.array(links >= 0), said, nothing), "}]")
        return joined("{", json_fields(own, below), "}").cast(pa.large_binary())

    def _lengths(self, rows: np.ndarray, links: np.ndarray) -> np.ndarray:
        """Return how long the JSON of ``_plainly`` is; there is no comma after the last field."""
        below = np.maximum(np.append(self.companies.lengths, 0)[links] - 1, 0)
        below = np.where(links >= 0, below + len('"companies":[{}],'), 0)
        return np.maximum(self.persons.lengths[rows] + below - 1, 0) + len("{}")

    def _each(self, chosen: np.ndarray) -> Iterator[tuple[Record, list[_Part]]]:
        """Yield the record of each person, and its parts in the order of their places."""
        if not len(chosen):
            return
        frames = (self.persons, self.companies, self.relationships)
        persons, companies, relationships = (frame.rows_of(chosen) for frame in frames)
        for at in chosen.tolist():
            record: Record = self.persons.fields_of(persons[at])
            if self.drops and all(name in record for name in self.drops):
                record.pop(_GSID, None)
            links, below = companies.get(at, ()), relationships.get(at, ())
            yield record, [(0, persons[at]), *self._nested(record, links, below)]

    def _nested(self, record: Record, links: Sequence[_Row], below: Sequence[_Row]) -> list[_Part]:
        """Add the associations of a person to the record, and return them as its parts.

        A relationship whose company has no row gets one made, after the others.
        """
        companies: dict[str, Record] = {}
        parts: dict[str, list[_Part]] = {}
        for (company, *_), rows in _by_key(links).items():
            companies[company] = self.companies.fields_of(rows)
            parts[company] = [(1, rows)]
        for (company, *_), rows in _by_key(below).items():
            fields = self.relationships.fields_of(rows)
            if company not in companies:
                companies[company] = {n: text for n, text in fields.items() if n in self.above}
                parts[company] = [(1, [])]
            # The company above says which company it is.
            rest = {n: text for n, text in fields.items() if n not in self.above or n in self.own}
            companies[company].setdefault("relationships", []).append(rest)
            parts[company].append((2, rows))
        loose = [name for name, said in companies.items() if said.keys() <= {"relationships"}]
        without = [companies.pop(name)["relationships"] for name in loose]
        if companies:
            record["companies"] = list(companies.values())
        if without:
            record["relationships"] = list(chain.from_iterable(without))
        return list(chain.from_iterable(parts[name] for name in (*companies, *loose)))


def _by_key(rows: Sequence[_Row]) -> dict[tuple[str, ...], list[_Row]]:
    found: dict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for row in rows:
        found[row[1]].append(row)
    return found


def _note(places: Sequence[np.ndarray], parts: Sequence[_Part], begins: int) -> None:
    """Note the place of each row of a record whose places begin there."""
    for place, (frame, rows) in enumerate(parts, begins):
        for position, _, _ in rows:
            places[frame][position] = place
