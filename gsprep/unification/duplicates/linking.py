"""Links of records to existing people, and conflicts between identifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from gsprep.unification.duplicates.levels import level_of
from gsprep.unification.duplicates.universe import levels_in

if TYPE_CHECKING:
    from gsprep.unification.duplicates.candidates import People
    from gsprep.unification.duplicates.solve import Scored

# Kinds whose equal values name a person.
_IDENTIFYING = frozenset({"email", "identifier"})
_TIE = 1e-6


class Conflict(NamedTuple):
    """A record whose identifiers belong to different existing people."""

    record: int
    columns: tuple[str, ...]
    existing: tuple[int, ...]


def best_links(scored: Scored, people: People, line: float, link: str) -> np.ndarray:
    """Return which pairs link a record to the existing person that fits it best.

    Of existing people that fit equally well none is taken: a person decides. With one_to_one an
    existing person is linked to the record that fits best.
    """
    new, old = sides(scored, people)
    over = scored.score > line
    kept = over & _best(new, scored.score, over)
    if link == "one_to_one":
        kept &= _best(old, scored.score, over)
    result: np.ndarray = kept
    return result


Link = Literal["many_to_one", "one_to_one"]


def sides(scored: Scored, people: People) -> tuple[np.ndarray, np.ndarray]:
    """Return the record of the first file and that of the second of each pair."""
    second = people.of_second(scored.left)
    new = np.where(second, scored.right, scored.left)
    return new, np.where(second, scored.left, scored.right)


def _best(record: np.ndarray, score: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Return which pairs have the one highest score of their record."""
    size = int(record.max(initial=-1)) + 1
    highest = np.full(size, -np.inf)
    np.maximum.at(highest, record[over], score[over])
    near = over & (score >= highest[record] - _TIE)
    alone = np.bincount(record[near], minlength=size) == 1
    result: np.ndarray = near & alone[record]
    return result


def conflicts(scored: Scored, people: People) -> list[Conflict]:
    """Return the records whose addresses or identifiers are those of different people."""
    levels = levels_in(scored.patterns, len(people.columns))
    new, old = sides(scored, people)
    met: dict[int, dict[int, str]] = {}
    for at, column in enumerate(people.columns):
        if column.kind in _IDENTIFYING:
            same = np.flatnonzero(levels[:, at] == level_of(column.kind, "same"))
            for record, person in zip(new[same].tolist(), old[same].tolist(), strict=True):
                met.setdefault(record, {}).setdefault(person, column.name)
    return [
        Conflict(record, tuple(persons.values()), tuple(persons))
        for record, persons in sorted(met.items())
        if len(persons) > 1 and len(set(persons.values())) > 1
    ]
