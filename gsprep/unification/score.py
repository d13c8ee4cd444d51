"""Scores of candidates: comparisons and interactions add up to one probability."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.pairs import Pairs, distinct_pairs, grouped
from gsprep.unification.registry import FEATURES, comparisons, discount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gsprep.unification.index import CompanyIndex, Values
    from gsprep.unification.pairs import Bools, Floats, Grouped
    from gsprep.unification.registry import Comparison
    from gsprep.unification.rulebook import Rulebook
    from gsprep.unification.rules import Condition

    ByKind = Mapping[str, Values]

# Between the two comparisons in the name of a term.
_AND = " + "


class Interaction(NamedTuple):
    """Two comparisons, and the log-odds that they add together if both hold fully."""

    first: str
    second: str
    log_odds: float

    @property
    def name(self) -> str:
        """The name of its term in the evidence."""
        return joint_name(self.first, self.second)


def joint_name(first: str, second: str) -> str:
    """Return the name of the term of two comparisons together.

    >>> joint_name("same_domain", "same_country")
    'same_domain + same_country'
    """
    return f"{first}{_AND}{second}"


def joint_sentences(terms: Iterable[str], sentences: Mapping[str, str]) -> dict[str, str]:
    """Return the sentence of each of the terms that is an interaction, from its comparisons'."""
    pairs = ((name, name.partition(_AND)) for name in terms)
    return {
        name: f"Both together: {sentences[first]} {sentences[second]}"
        for name, (first, _, second) in pairs
        if first in sentences and second in sentences
    }


def interactions_of(book: Rulebook) -> tuple[Interaction, ...]:
    """Return the interactions of a rulebook whose comparisons both have a weight.

    A comparison that is not in the model, or whose weight is 0, does not count.
    """
    return tuple(
        Interaction(first, second, log_odds)
        for first, others in book.interactions.items()
        for second, log_odds in others.items()
        if log_odds and book.model.get(first) and book.model.get(second)
    )


def interaction_terms(
    weights: Mapping[str, np.ndarray], book: Rulebook
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name and the term of each interaction.

    ``weights`` has one float32 array for each comparison of the model, in which it has its weight
    times how far it holds. Two that hold half add a quarter of their log-odds.
    """
    for one in interactions_of(book):
        whole = book.model[one.first] * book.model[one.second]
        part = np.float32(one.log_odds / whole)
        yield one.name, part * weights[one.first] * weights[one.second]


# How far a degree can lie below the one asked for: sums of words differ in their last bits.
_SLACK = 1e-9
# Beyond six decimals a probability says nothing, and the last bits differ between machines.
_DECIMALS = 6


class Softmax(NamedTuple):
    """A softmax for each person over their candidates and "none", which has log-odds 0."""

    starts: np.ndarray  # where each person's pairs begin
    group: np.ndarray  # each pair's person, counted from 0
    pairs: Floats  # each pair's probability
    none: Floats  # the log of the probability of "none", by person


def softmax(log_odds: Floats, person: np.ndarray) -> Softmax:
    """Return the probabilities of candidates; ``person`` of each pair is ascending."""
    first = np.append(True, person[1:] != person[:-1])[: len(person)]
    starts, group = np.flatnonzero(first), np.cumsum(first, dtype=np.int64) - 1
    if not len(starts):
        return Softmax(starts, group, np.empty(0), np.empty(0))
    highest = np.maximum(np.maximum.reduceat(log_odds, starts), 0)
    raised = np.exp(log_odds - highest[group])
    whole = np.add.reduceat(raised, starts) + np.exp(-highest)
    return Softmax(starts, group, raised / whole[group], -highest - np.log(whole))


def probabilities(person: np.ndarray, log_odds: Floats) -> Floats:
    """Return each candidate's probability, rounded."""
    return np.round(softmax(log_odds, person).pairs, _DECIMALS)


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates of people, by person and then by company (in the order of Gsids)."""

    person: np.ndarray  # positions of people
    company: np.ndarray  # positions of companies
    weights: Mapping[str, np.ndarray]  # one float32 array for each comparison of the model
    log_odds: Floats  # the log-odds against "none"
    held: Mapping[Condition, Bools]  # for each condition of the rules, whether it holds
    # what is taken from the log-odds, under the name of its term; empty for nothing
    discount: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def probability(self) -> Floats:
        """The shares of one per person, rounded."""
        return probabilities(self.person, self.log_odds)


def propose(values: ByKind, index: CompanyIndex) -> Mapping[str, Grouped]:
    """Return by kind the companies that each distinct value proposes."""
    return {
        kind: grouped(distinct_pairs(list(of_kind.proposed), len(index)), of_kind.codes)
        for kind, of_kind in values.items()
    }


def pairs_of_people(values: ByKind, proposed: Mapping[str, Grouped], index: CompanyIndex) -> Pairs:
    """Return the pairs of a person and a company that any of their values proposes, once."""
    parts = [proposed[kind].to_people(of_kind.codes) for kind, of_kind in values.items()]
    return distinct_pairs([part for part in parts if len(part.left)], len(index))


def score(pairs: Pairs, values: ByKind, index: CompanyIndex) -> Scored:
    """Weigh every comparison of the rulebook on every pair, on distinct values of each kind.

    The log-odds also have the interactions of the rulebook and the discounts of the index.

    Terms are summed comparison by comparison: a matrix product would give other last bits for
    other splits of the people.
    """
    book, count = index.rulebook, len(pairs.left)
    weights: dict[str, np.ndarray] = {}
    held: dict[Condition, Bools] = {}
    conditions = book.conditions
    names = {*book.model, *(condition.comparison for condition in conditions)}
    for kind, of_kind in values.items():
        used = {n: one for n, one in comparisons().items() if one.kind == kind and n in names}
        found = _degrees(pairs, kind, of_kind, len(index), used)
        for name in found.degrees.keys() & book.model.keys():
            weights[name] = found.weight(name, book.model[name], count)
        for condition in conditions:
            if condition.comparison in found.degrees:
                held[condition] = found.holds(condition, count)
    scored = Scored(
        person=pairs.left,
        company=pairs.company,
        weights={name: weights[name] for name in book.model},
        log_odds=_together(weights, book, count),
        held=held,
    )
    return discounted(scored, index.discounts) if index.discounts else scored


def discounted(scored: Scored, by_ground: tuple[float, ...]) -> Scored:
    """Return candidates from which their Ground's discount is taken."""
    taken = discount(scored.weights, len(scored.person), by_ground)
    return replace(scored, log_odds=scored.log_odds + sum(taken.values()), discount=taken)


def _together(weights: Mapping[str, np.ndarray], book: Rulebook, count: int) -> Floats:
    """Return the log-odds of each pair: the intercept, the weights and the interactions."""
    log_odds = np.full(count, book.intercept, dtype=np.float64)
    for name in book.model:
        log_odds += weights[name]
    for _, term in interaction_terms(weights, book):
        log_odds += term
    return log_odds


class _Degrees(NamedTuple):
    """How far comparisons of one kind hold for pairs of a value and a company."""

    # the pairs of people and companies whose value is known, None for all
    there: np.ndarray | None
    back: np.ndarray | None  # the position of each among the pairs of values, None for its own
    degrees: Mapping[str, Floats | Bools]  # by comparison, for each pair of a value and a company

    def weight(self, name: str, weight: float, count: int) -> np.ndarray:
        """Return the weight of a comparison for ``count`` pairs, 0 if the value is missing."""
        return self._of_people((self.degrees[name] * weight).astype(np.float32), count)

    def holds(self, condition: Condition, count: int) -> Bools:
        """Return whether a condition holds for ``count`` pairs, False if the value is missing."""
        held: Bools = self.degrees[condition.comparison] >= condition.least - _SLACK
        return self._of_people(held, count)

    def _of_people(self, values: np.ndarray, count: int) -> np.ndarray:
        """Return for ``count`` pairs of a person and a company what holds for their values."""
        own = values if self.back is None else values[self.back]
        if self.there is None:
            return own
        whole = np.zeros(count, dtype=values.dtype)
        whole[self.there] = own
        return whole


def _degrees(
    pairs: Pairs, kind: str, of_kind: Values, companies: int, used: Mapping[str, Comparison]
) -> _Degrees:
    """Return how far the comparisons of a kind that are used hold for the pairs."""
    value = of_kind.codes[pairs.left]
    there = np.flatnonzero(value >= 0)
    if not used or not len(there):
        return _Degrees(there[:0], None, dict.fromkeys(used, np.empty(0)))
    whole = len(there) == len(value)
    asked = Pairs(value, pairs.company) if whole else Pairs(value[there], pairs.company[there])
    back = None
    if FEATURES[kind].costly:
        back, distinct = pd.factorize(asked.left * companies + asked.company)
        asked = Pairs(distinct // companies, distinct % companies)
    facts = of_kind.facts(asked)
    degrees = {name: one.degree(facts) for name, one in used.items()}
    return _Degrees(None if whole else there, back, degrees)


# Domains that several companies list: exactly the name of one of them shows which one.
_SHARED_DOMAINS = ("shared_domain", "other_email_shared_domain")
# A further address is one more domain.
_AS_KIND = {"other e-mail": "domain"}


def can_decide(scored: Scored, book: Rulebook) -> Bools:
    """Return whether the evidence for each pair can make a match without a reviewer.

    It can if a comparison supports it that can decide alone, or a number together with a domain
    or a name. A domain with a similar name cannot: related companies share both. A shared domain
    with exactly the name can, and some comparisons unless others hold.
    """
    known, nothing = comparisons(), np.zeros(len(scored.person), dtype=bool)
    said = dict.fromkeys(("domain", "phone", "name", "alone"), nothing)
    for name, weight in scored.weights.items():
        kind = _AS_KIND.get(known[name].kind, known[name].kind)
        said[kind] = said.get(kind, nothing) | (weight > 0)
        if name not in book.never_alone:
            said["alone"] = said["alone"] | (weight > 0)
    pairs = said["alone"] | (said["phone"] & (said["domain"] | said["name"]))
    named = scored.weights.get("same_name", nothing) > 0
    for name in _SHARED_DOMAINS:
        pairs = pairs | (named & (scored.weights.get(name, nothing) > 0))
    for name, others in book.alone_unless.items():
        held = scored.weights.get(name, nothing) > 0
        for other in others:
            held = held & (scored.weights.get(other, nothing) == 0)
        pairs = pairs | held
    return pairs | _enough_together(scored, book)


def _enough_together(scored: Scored, book: Rulebook) -> Bools:
    """Return which pairs are a person's only one, with a group that holds and nothing against.

    Others for which nothing speaks, or less than against them, do not count.
    """
    weights, nothing = scored.weights, np.zeros(len(scored.person), dtype=bool)
    groups = [group for group in book.enough_together if weights.keys() >= set(group)]
    held = [np.logical_and.reduce([weights[name] > 0 for name in group]) for group in groups]
    at = np.flatnonzero(np.logical_or.reduce([nothing, *held]))
    likely = scored.log_odds > book.intercept
    likely[at] = True
    alone = np.bincount(scored.person[likely])[scored.person[at]] == 1 if len(at) else at
    for weight in weights.values():
        alone = alone & (weight[at] >= 0)
    enough = nothing.copy()
    enough[at] = alone
    return enough


def may_be_relative(scored: Scored) -> Bools:
    """Return the pairs whose employer is a part of the company, or another one of its group.

    Siemens Software may be either: a person has to look if the words after the company's only one
    are no place, no department and no legal form. The company's telephone number, and its domain
    with all of these words, show that it is a part.
    """
    nothing = np.zeros(len(scored.person), dtype=np.float32)
    may_be: Bools = scored.weights.get("more_than_its_name", nothing) < 0
    for name, weight in scored.weights.items():
        if name == "domain_of_part" or comparisons()[name].kind == "phone":
            may_be = may_be & (weight <= 0)
    return may_be
