"""Evidence for candidates: their terms without zeros, and as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from gsprep.schemas.frames import ROW_ID
from gsprep.unification.pairs import spans
from gsprep.unification.score import interaction_terms, interactions_of
from gsprep.values.arrow import TEXT, as_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.lazy import Rows
    from gsprep.unification.pairs import Bools, Pairs
    from gsprep.unification.rulebook import Rulebook


class Evidence(NamedTuple):
    """Terms of candidates, one line for each, without those that are 0: nine of ten are.

    Attributes:
        names: the terms.
        people: the number of people who were decided.
        person, company: the position of each line's person and company.
        entries: how many entries each line has.
        term, weight: the position of each entry's term among the names, and its log-odds.
    """

    names: tuple[str, ...]
    people: int
    person: np.ndarray
    company: np.ndarray
    entries: np.ndarray
    term: np.ndarray
    weight: np.ndarray


def evidence_of(
    terms: Mapping[str, np.ndarray], pairs: Pairs, at: np.ndarray, by_model: Bools, book: Rulebook
) -> Evidence:
    """Return the evidence for the candidates at some positions, in that order.

    ``terms`` are those of all ``pairs``; ``by_model``: whether the model decides on each person.
    """
    names, joint = list(terms), [one.name for one in interactions_of(book)]
    table = np.empty((len(names) + len(joint), len(at)), dtype=np.float32)
    for line, term in zip(table, terms.values(), strict=False):
        line[:] = term[at]
    person = pairs.left[at]
    weights = dict(zip(names, table, strict=False))
    for line, (_, term) in zip(table[len(names) :], interaction_terms(weights, book), strict=True):
        # What a rule or an answer decided has no terms of the model.
        line[:] = np.where(by_model[person], term, 0)
    place, entry = np.nonzero(table.T)
    return Evidence(
        names=(*names, *joint),
        people=len(by_model),
        person=person,
        company=pairs.company[at].astype(np.int32),
        entries=np.bincount(place, minlength=len(at)),
        term=entry.astype(np.int16),
        weight=table[entry, place],
    )


class EvidenceOfAll(NamedTuple):
    """The evidence for all people, by person; as a frame it would take ten times the memory.

    Attributes:
        lines: the lines of all people; the position of each person is that in ``row_ids``.
        first: where the entries of each line begin.
    """

    row_ids: pd.Series[str]
    gsids: np.ndarray
    lines: Evidence
    first: np.ndarray

    @classmethod
    def of(
        cls,
        row_ids: pd.Series[str],
        gsids: np.ndarray,
        parts: Sequence[Evidence],
        order: np.ndarray,
    ) -> EvidenceOfAll:
        """Return the evidence of parts; ``order`` are the positions of the people of all parts."""
        names = {name: None for part in parts for name in part.names}
        place = {name: at for at, name in enumerate(names)}
        terms = (np.array([place[n] for n in p.names], np.int16)[p.term] for p in parts)
        begins = np.cumsum([0, *(part.people for part in parts)]).tolist()
        people = (part.person + begin for part, begin in zip(parts, begins[:-1], strict=True))
        person = order[np.concatenate(list(people))]
        company, entries, weight = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("company", "entries", "weight")
        )
        by_person = np.argsort(person, kind="stable")
        lines = Evidence(
            names=tuple(names),
            people=len(order),
            person=person[by_person],
            company=company[by_person],
            entries=entries[by_person],
            term=np.concatenate(list(terms)),
            weight=weight,
        )
        return cls(row_ids, gsids, lines, (np.cumsum(entries) - entries)[by_person])

    def frame(self, rows: Rows, columns: Sequence[str] | None) -> pd.DataFrame:
        """Return the evidence of the lines at some positions."""
        names, _, person, company, counts, term, weight = self.lines
        count = counts[rows]
        entries = spans(self.first[rows], count)
        # As one block of numbers, since a frame of many columns takes long to be put together.
        terms = np.zeros((len(names), len(count)), dtype=np.float32)
        terms[term[entries], np.repeat(np.arange(len(count)), count)] = weight[entries]
        evidence = pd.DataFrame(terms.T, columns=list(names), copy=False)
        companies = as_column(pa.array(self.gsids[company[rows]], TEXT))
        evidence.insert(0, "Company_ID", companies)
        evidence.insert(0, ROW_ID, self.row_ids.take(person[rows]).reset_index(drop=True))
        return evidence if columns is None else evidence[list(columns)]
