"""Company identifier: a column of people and companies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.unification.index import Feature, Values
from gsprep.unification.pairs import Encoded, InvertedIndex, Lookup, encode, invert_column
from gsprep.values.arrow import as_arrow
from gsprep.values.distinct import on_distinct

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies, People
    from gsprep.unification.pairs import Bools, Floats, Pairs
    from gsprep.unification.rules import Identifier


@dataclass(frozen=True, slots=True)
class IdentifierPairs:
    """Facts of a person's identifiers and a company."""

    precision: Floats  # the highest of those that only this company has; 0 without any
    shared: Bools  # the company has one of them, and so have others


def same_identifier(pairs: IdentifierPairs) -> Floats:
    """Only this company has the company identifier that they state."""
    return pairs.precision


def shared_identifier(pairs: IdentifierPairs) -> Bools:
    """This company and others have the company identifier that they state."""
    alone: Bools = pairs.precision > 0
    return pairs.shared & ~alone


class Identifiers(NamedTuple):
    """The identifiers that people state, each distinct combination once."""

    codes: np.ndarray  # the combination of each person, -1 for none
    columns: tuple[Encoded, ...]  # by entry of the rulebook: the identifier in each combination


def _key(people: People) -> Identifiers:
    entries = people.rulebook.identifiers
    columns = [encode(on_distinct(people.column(one.person), one.key)) for one in entries]
    codes = np.full(len(people), -1)
    for column in columns:
        codes = _combined(codes, column.codes)
    stating = np.flatnonzero(codes >= 0)
    _, first = np.unique(codes[stating], return_index=True)
    places = stating[first]
    return Identifiers(codes, tuple(Encoded(one.codes[places], one.texts) for one in columns))


def _combined(codes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return a code from 0 for each two codes; -1 where both are -1."""
    if not (others >= 0).any():
        return codes
    pairs = (codes + 1) * (others.max() + 2) + others + 1
    distinct, combined = np.unique(pairs, return_inverse=True)
    none = int(distinct[0] == 0)
    return combined - none


def _look_up(key: Identifiers, index: CompanyIndex) -> Values:
    part = index.part(IDENTIFIER)
    found = [
        Lookup(listed, np.append(listed.positions(column.texts), -1)[column.codes])
        for listed, column in zip(part, key.columns, strict=True)
    ]
    precisions = [entry.precision for entry in index.rulebook.identifiers]

    def facts(pairs: Pairs) -> IdentifierPairs:
        precision, shared = np.zeros(len(pairs.left)), np.zeros(len(pairs.left), dtype=bool)
        for lookup, sure in zip(found, precisions, strict=True):
            has, alone = lookup.has(pairs), lookup.count(pairs) == 1
            precision = np.maximum(precision, np.where(has & alone, sure, 0))
            shared |= has & ~alone
        return IdentifierPairs(precision, shared)

    return Values(key.codes, index.proposed_by(*found), facts)


def _index(companies: Companies) -> tuple[InvertedIndex, ...]:
    return tuple(_indexed(companies, entry) for entry in companies.rulebook.identifiers)


def _indexed(companies: Companies, entry: Identifier) -> InvertedIndex:
    identifiers = on_distinct(companies.entries(entry.company), entry.key)
    return invert_column(as_arrow(identifiers), identifiers.index.to_numpy())


IDENTIFIER = Feature("identifier", (same_identifier, shared_identifier), _key, _look_up, _index)
