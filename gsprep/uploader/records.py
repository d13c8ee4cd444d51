"""Records of persons with their associations, in Arrow columns.

A million persons are a few arrays, not objects: a ``Record`` is made when one is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import TEXT, as_arrow, as_column

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


Texts: TypeAlias = pa.LargeStringArray


def coded(texts: Sequence[str], codes: np.ndarray) -> pd.Series[str]:
    """Return the text of each code as a column; "" is missing.

    >>> coded(["", "stored"], np.array([1, 0])).isna().tolist()
    [False, True]
    """
    return as_column(pa.array([text or None for text in texts], TEXT).take(pa.array(codes)))


def ends_and_data(texts: Texts) -> tuple[np.ndarray, pa.Buffer]:
    """Return where texts begin and end, and the bytes they are in."""
    _, ends, data = texts.buffers()
    if not len(texts) or data is None:
        return np.zeros(len(texts) + 1, dtype=np.int64), pa.py_buffer(b"")
    places = np.frombuffer(ends, dtype=np.int64)
    return places[texts.offset : texts.offset + len(texts) + 1], data


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of rows that agree, and what the rows of each say together.

    Attributes:
        rows: the positions of all their rows, group after group, the leading row first.
        starts: where each group begins in ``rows``, and where the last one ends.
        fields: names and texts in the order they are sent, one text for each group, null where
            no row says any. A name may stand there twice: then one of the two texts is null.
    """

    rows: np.ndarray
    starts: np.ndarray
    fields: tuple[tuple[str, Texts], ...]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def leading(self) -> np.ndarray:
        """The position of the first row of each group that has rows."""
        return np.asarray(self.rows[self.starts[:-1]])

    def rows_of(self, at: int) -> tuple[int, ...]:
        """Return the positions of the rows of one group."""
        return tuple(self.rows[self.starts[at] : self.starts[at + 1]].tolist())

    def fields_of(self, at: int) -> dict[str, str]:
        """Return what one group says, without what is missing."""
        said = ((name, texts[at].as_py()) for name, texts in self.fields)
        return {name: text for name, text in said if text is not None}

    def texts_of(self, name: str, start: int, stop: int) -> Texts:
        """Return the texts of one field of some groups, all null when there is no such field."""
        found = [texts.slice(start, stop - start) for own, texts in self.fields if own == name]
        if not found:
            return pa.nulls(stop - start, TEXT)
        return found[0] if len(found) == 1 else pc.coalesce(*found)

    def of_rows(self, length: int) -> np.ndarray:
        """Return the group of each of ``length`` rows, -1 for a row that is in none."""
        group = np.full(length, -1)
        group[self.rows] = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return group

    def take(self, order: np.ndarray) -> Groups:
        """Return groups by their places, in that order."""
        if is_range(order, len(self)):
            return self
        counts = np.diff(self.starts)[order]
        starts = starts_of(counts)
        # Row by row: where its group began, and how far into the group it stands.
        shift = np.repeat(self.starts[:-1][order] - starts[:-1], counts)
        rows = self.rows[np.arange(starts[-1]) + shift]
        taken = pa.array(order)
        return Groups(rows, starts, tuple((name, texts.take(taken)) for name, texts in self.fields))

    def without_rows(self) -> Groups:
        """Return as many groups that say the same and have no rows."""
        none = np.empty(0, dtype=np.intp)
        return replace(self, rows=none, starts=np.zeros(len(self.starts), dtype=np.intp))

    def with_fields(self, fields: Iterable[tuple[str, Texts]]) -> Groups:
        """Return the same groups saying something else."""
        return replace(self, fields=tuple(fields))


def grouped(values: pd.DataFrame, leader: np.ndarray, faults: Collection[int]) -> Groups:
    """Return the rows without a fault, grouped by their leader, in the order of first rows.

    ``values`` is a text frame; of what the rows of a group say in a column the first is taken.
    """
    free = np.ones(len(leader), dtype=bool)
    free[np.fromiter(faults, dtype=np.intp, count=len(faults))] = False
    rows = free.nonzero()[0]
    of = pd.factorize(leader[rows])[0]
    order = np.argsort(of, kind="stable")
    rows, of = rows[order], of[order]
    starts = starts_of(np.bincount(of))
    columns = ((str(name), as_arrow(values[name])) for name in values.columns)
    said = tuple((name, _first_said(texts, rows, of, starts)) for name, texts in columns)
    return Groups(rows, starts, said)


def _first_said(texts: Texts, rows: np.ndarray, of: np.ndarray, starts: np.ndarray) -> Texts:
    """Return the first text of each group; ``of`` is the group of each of ``rows``."""
    if len(rows) == len(starts) - 1:
        return texts if is_range(rows, len(texts)) else texts.take(pa.array(rows))
    said = texts.is_valid().to_numpy(zero_copy_only=False)[rows].nonzero()[0][::-1]
    first = np.full(len(starts) - 1, -1)
    # Written from the last to the first: the first stays.
    first[of[said]] = rows[said]
    return texts.take(pa.array(first, mask=first < 0))


def joined(first: Groups, second: Groups) -> Groups:
    """Return the groups of both, each saying what it said in its own order."""
    none_before, none_after = pa.nulls(len(first), TEXT), pa.nulls(len(second), TEXT)
    fields = (
        *((name, pa.concat_arrays([texts, none_after])) for name, texts in first.fields),
        *((name, pa.concat_arrays([none_before, texts])) for name, texts in second.fields),
    )
    starts = np.concatenate([first.starts, second.starts[1:] + first.starts[-1]])
    return Groups(np.concatenate([first.rows, second.rows]), starts, fields)


def starts_of(counts: np.ndarray) -> np.ndarray:
    """Return where each of several stretches begins, and where the last one ends.

    >>> starts_of(np.array([2, 0, 1])).tolist()
    [0, 2, 2, 3]
    """
    starts = np.zeros(len(counts) + 1, dtype=np.intp)
    np.cumsum(counts, out=starts[1:])
    return starts


def is_range(places: np.ndarray, length: int) -> bool:
    """Tell whether places are all there are, in their order."""
    return len(places) == length and bool((places == np.arange(length)).all())


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

    @property
    def loose(self) -> tuple[Entry, ...]:
        """The relationships that have no company: only the single call takes them."""
        bare = (entry.relationships for entry in self.companies if not entry.fields)
        return tuple(chain.from_iterable(bare))

    def body(self) -> dict[str, object]:
        """Return the record as the service takes it."""
        lists = {
            "companies": [entry.body() for entry in self.companies if entry.fields],
            "relationships": [below.body() for below in self.loose],
        }
        return {**self.fields, **{name: nested for name, nested in lists.items() if nested}}


@dataclass(frozen=True, slots=True)
class Nested:
    """Persons and their associations in columns, each person's companies one after the other.

    The parts of a record are its companies, each followed by its relationships: the order in
    which answers are kept.

    Attributes:
        company_starts: where the companies of each person begin, and where the last ones end.
        relationship_starts: where the relationships of each company begin, and where they end.
    """

    persons: Groups
    companies: Groups
    company_starts: np.ndarray
    relationships: Groups
    relationship_starts: np.ndarray

    @classmethod
    def of(
        cls,
        persons: Groups,
        companies: Groups,
        person: np.ndarray,
        relationships: Groups,
        entry: np.ndarray,
    ) -> Nested:
        """Nest companies below their ``person`` and relationships below their company ``entry``."""
        order = np.argsort(person, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        company = place[entry]
        below = np.argsort(company, kind="stable")
        return cls(
            persons,
            companies.take(order),
            starts_of(np.bincount(person, minlength=len(persons))),
            relationships.take(below),
            starts_of(np.bincount(company, minlength=len(companies))),
        )

    def take(self, order: np.ndarray) -> Nested:
        """Return persons by their places, in that order, with all that is nested below them."""
        if is_range(order, len(self.persons)):
            return self
        companies, company_starts = _spread(self.company_starts, order)
        relationships, relationship_starts = _spread(self.relationship_starts, companies)
        return Nested(
            self.persons.take(order),
            self.companies.take(companies),
            company_starts,
            self.relationships.take(relationships),
            relationship_starts,
        )

    def part_starts(self, start: int, stop: int) -> np.ndarray:
        """Return where the parts of some persons begin among all parts, and where they end."""
        companies = self.company_starts[start : stop + 1]
        return np.asarray(companies + self.relationship_starts[companies])

    def alone(self) -> np.ndarray:
        """Tell which persons have a relationship without a company: only a call of one takes it."""
        bare = np.ones(len(self.companies), dtype=bool)
        for _, texts in self.companies.fields:
            bare &= ~texts.is_valid().to_numpy(zero_copy_only=False)
        before = starts_of(bare)
        return np.asarray(np.diff(before[self.company_starts]) > 0)

    @property
    def company_parts(self) -> np.ndarray:
        """The place of each company among all parts."""
        return np.asarray(np.arange(len(self.companies)) + self.relationship_starts[:-1])

    @property
    def relationship_parts(self) -> np.ndarray:
        """The place of each relationship among all parts."""
        counts = np.diff(self.relationship_starts)
        above = np.repeat(np.arange(len(self.companies)), counts)
        return np.arange(len(self.relationships)) + above + 1

    def record(self, at: int) -> Record:
        """Return one person with all associations."""
        companies = range(int(self.company_starts[at]), int(self.company_starts[at + 1]))
        return Record(
            self.persons.rows_of(at), self.persons.fields_of(at), tuple(map(self._entry, companies))
        )

    def _entry(self, at: int) -> Entry:
        below = range(int(self.relationship_starts[at]), int(self.relationship_starts[at + 1]))
        of = self.relationships
        nested = tuple(Entry(of.rows_of(nth), of.fields_of(nth)) for nth in below)
        return Entry(self.companies.rows_of(at), self.companies.fields_of(at), nested)


def _spread(starts: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of what is nested below some, taken in order, and where each begins."""
    counts = np.diff(starts)[order]
    begins = starts_of(counts)
    shift = np.repeat(starts[:-1][order] - begins[:-1], counts)
    return np.arange(begins[-1]) + shift, begins


@dataclass(frozen=True, slots=True)
class Records(Sequence[Record]):
    """Records that are made when they are looked at; a slice of them copies nothing.

    Attributes:
        span: which persons of ``nested`` these are.
    """

    nested: Nested
    span: range

    @classmethod
    def of(cls, nested: Nested) -> Records:
        """Return all records."""
        return cls(nested, range(len(nested.persons)))

    def __len__(self) -> int:
        return len(self.span)

    def alone(self) -> np.ndarray:
        """Tell which of them have to go in a call of their own."""
        return self.nested.alone()[self.span.start : self.span.stop]

    def part_starts(self) -> list[int]:
        """Return where the parts of each begin among those of all of them, and where they end."""
        starts = self.nested.part_starts(self.span.start, self.span.stop)
        counted: list[int] = (starts - starts[0]).tolist()
        return counted

    @overload
    def __getitem__(self, at: int) -> Record: ...

    @overload
    def __getitem__(self, at: slice) -> Records: ...

    def __getitem__(self, at: int | slice) -> Record | Records:
        """Return the record at a place, or some in a row."""
        if isinstance(at, slice):
            return Records(self.nested, self.span[at])
        return self.nested.record(self.span[at])
