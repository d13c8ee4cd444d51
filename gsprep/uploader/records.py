"""Three frames decided into records: what is sent, and from which rows it came.

A million persons are a few arrays, not objects: a ``Record`` is made when somebody looks at one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, overload

import numpy as np

from gsprep.uploader.groups import is_range, starts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.uploader.groups import Groups


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
