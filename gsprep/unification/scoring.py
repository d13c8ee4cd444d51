"""From comparisons to one probability: a person's candidates and "none" share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.comparisons import COMPARISONS
from gsprep.unification.linked import Pairs, distinct_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.comparisons import Kind
    from gsprep.unification.conditions import Condition
    from gsprep.unification.fields import FieldOfPairs
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.rulebook import Rulebook

# How far a degree may lie below the one asked for: sums of words differ in their last bits.
_SLACK = 1e-9
# Beyond six decimals a probability says nothing, and the last bits differ between machines.
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates of people, by person and then by company (in the order of Gsids).

    person, company: positions.      weights: one float32 array for each comparison spoken.
    log_odds:        against "none of these".      probability: shares of one per person.
    held:            for each condition of the rules, whether it holds.
    """

    person: np.ndarray
    company: np.ndarray
    weights: Mapping[str, np.ndarray]
    log_odds: np.ndarray
    probability: np.ndarray
    held: Mapping[Condition, np.ndarray]


def by_value(fields: Mapping[Kind, FieldOfPairs], index: CompanyIndex) -> Mapping[Kind, Pairs]:
    """Return every pair of a field's value and a company that the field proposes, once."""
    return {
        kind: distinct_pairs(list(field.candidates()), len(index)) for kind, field in fields.items()
    }


def propose(fields: Mapping[Kind, FieldOfPairs], index: CompanyIndex) -> Pairs:
    """Return every pair of a person and a company that any field proposes, once."""
    return pairs_of(fields, by_value(fields, index), index)


def pairs_of(
    fields: Mapping[Kind, FieldOfPairs], proposed: Mapping[Kind, Pairs], index: CompanyIndex
) -> Pairs:
    """Return the pairs of people and companies for what their values propose, each once."""
    parts = [to_people(field.codes, proposed[kind]) for kind, field in fields.items()]
    return distinct_pairs(parts, len(index))


def to_people(codes: np.ndarray, pairs: Pairs) -> Pairs:
    """Return the pairs of values as pairs of the people who have those values."""
    starts = np.searchsorted(pairs.left, codes, side="left")
    counts = np.searchsorted(pairs.left, codes, side="right") - starts
    person = np.repeat(np.arange(len(codes)), counts)
    within = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
    return Pairs(person, pairs.company[np.repeat(starts, counts) + within])


def score(pairs: Pairs, fields: Mapping[Kind, FieldOfPairs], index: CompanyIndex) -> Scored:
    """Weigh every comparison of the rulebook on every pair, on distinct values of each kind.

    Terms are summed comparison by comparison: a matrix product would give other last bits for
    other splits of the people.
    """
    book = index.rulebook
    spoken = _Spoken({}, {})
    for kind, field in fields.items():
        of_kind = _weigh(pairs, kind, field, index)
        spoken.weights.update(of_kind.weights)
        spoken.held.update(of_kind.held)
    ordered = {name: spoken.weights[name] for name in book.model}
    log_odds = np.full(len(pairs.left), book.intercept, dtype=np.float64)
    for weight in ordered.values():
        log_odds += weight
    probability = shares(pairs.left, log_odds)
    return Scored(pairs.left, pairs.company, ordered, log_odds, probability, spoken.held)


class _Spoken(NamedTuple):
    weights: dict[str, np.ndarray]
    held: dict[Condition, np.ndarray]


def _weigh(pairs: Pairs, kind: Kind, field: FieldOfPairs, index: CompanyIndex) -> _Spoken:
    """Return what the comparisons of a kind weigh, and which conditions of the rules hold."""
    book = index.rulebook
    weigh = [name for name in book.model if COMPARISONS[name].kind == kind]
    asked = [one for one in book.conditions if COMPARISONS[one.comparison].kind == kind]
    weights = {name: np.zeros(len(pairs.left), dtype=np.float32) for name in weigh}
    held = {condition: np.zeros(len(pairs.left), dtype=bool) for condition in asked}
    value = field.codes[pairs.left]
    there = np.flatnonzero(value >= 0)
    if (weigh or asked) and len(there):
        keys = value[there] * len(index) + pairs.company[there]
        back, distinct = pd.factorize(keys)
        facts = field.facts(Pairs(distinct // len(index), distinct % len(index)))
        for name in dict.fromkeys([*weigh, *(condition.comparison for condition in asked)]):
            degree = COMPARISONS[name].holds(facts).astype(np.float64)
            if name in weights:
                weights[name][there] = (degree * book.model[name]).astype(np.float32)[back]
            for condition in asked:
                if condition.comparison == name:
                    held[condition][there] = (degree >= condition.least - _SLACK)[back]
    return _Spoken(weights, held)


def shares(person: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """Return each candidate's probability: "none" has log-odds 0 and takes the rest."""
    if not len(person):
        return np.empty(0, dtype=np.float64)
    starts = np.flatnonzero(np.append(True, person[1:] != person[:-1]))
    group = np.cumsum(np.append(False, person[1:] != person[:-1]))
    highest = np.maximum(np.maximum.reduceat(log_odds, starts), 0)[group]
    raised = np.exp(log_odds - highest)
    whole = np.add.reduceat(raised, starts)[group] + np.exp(-highest)
    rounded: np.ndarray = np.round(raised / whole, _DECIMALS)
    return rounded


def may_decide(scored: Scored, book: Rulebook) -> np.ndarray:
    """Return whether what speaks for each pair is enough to decide without a reviewer.

    It is when a comparison speaks that may decide alone, or when a number speaks beside a domain
    or a name. A domain and a name beside each other are not: what belongs together shares both.
    """
    nothing = np.zeros(len(scored.person), dtype=bool)
    said = dict.fromkeys(("domain", "phone", "name", "country", "alone"), nothing)
    for name, weight in scored.weights.items():
        kind = COMPARISONS[name].kind
        said[kind] = said.get(kind, nothing) | (weight > 0)
        if name not in book.never_alone:
            said["alone"] = said["alone"] | (weight > 0)
    return said["alone"] | (said["phone"] & (said["domain"] | said["name"]))
