"""Candidates that other evidence contradicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.registry import comparisons
from gsprep.unification.rules import NO_RULE, AppliedRules

if TYPE_CHECKING:
    from gsprep.unification.pairs import Bools, Floats
    from gsprep.unification.rulebook import Rulebook
    from gsprep.unification.score import Scored

# Comparisons that hold for a relative at the same domain, and the kinds that tell them apart. A
# name of a few letters is not held for the beginning of another one unless it is a word of it.
_OF_RELATIVES = ("shared_domain", "relatives_name", "relatives_short_name", "single_word")
_NEARER = ("phone", "country")
_WITNESSES = ("domain", "name", "phone")


def contested(scored: Scored, applied: AppliedRules, book: Rulebook) -> Bools:
    """Return the people whose identifier names one company, and all else another.

    Domain, name and telephone number each have to speak for the same other company, and more than
    for the company of the identifier.
    """
    by_identifier = (applied.rule >= 0) & (applied.rule < len(book.identifier_rules))
    at = np.flatnonzero(by_identifier[scored.person])
    if not len(at):
        return np.zeros(len(applied.rule), dtype=bool)
    person, theirs = scored.person[at], applied.group[at] >= 0
    elsewhere = ~theirs
    for kind in _WITNESSES:
        weight = _sum(scored, kind, at)
        here = np.zeros(len(applied.rule))
        np.maximum.at(here, person[theirs], weight[theirs])
        elsewhere &= weight > here[person]
    found: Bools = np.bincount(person[elsewhere], minlength=len(applied.rule)) > 0
    return found


def better_relative(scored: Scored) -> Bools:
    """Return the pairs that a relative fits better by number or country, and as well by domain.

    A relative's name begins with the name that a person states, which is all of this company's:
    where people write it short, they may mean either.
    """
    nothing = np.zeros(len(scored.person), dtype=np.float32)
    shared, long, short, word = (scored.weights.get(name, nothing) for name in _OF_RELATIVES)
    found = np.zeros(len(scored.person), dtype=bool)
    relative = (shared > 0) & ((short < 0) | ((long < 0) & (word < 0)))
    if not relative.any():
        return found
    people = np.flatnonzero(np.bincount(scored.person[relative], minlength=1))
    at = np.flatnonzero(np.isin(scored.person, people))
    person, theirs = scored.person[at], relative[at]
    for kind in _NEARER:
        weight = _sum(scored, kind, at)
        best = np.full(person.max(initial=-1) + 1, -np.inf)
        np.maximum.at(best, person[theirs], weight[theirs])
        found[at] |= ~theirs & (shared[at] > 0) & (weight < best[person])
    return found


def without(applied: AppliedRules, people: Bools, person: np.ndarray) -> AppliedRules:
    """Return the rules as applied to everyone but some people; ``person`` is that of each pair."""
    if not people.any():
        return applied
    return AppliedRules(
        np.where(people, NO_RULE, applied.rule), np.where(people[person], -1, applied.group)
    )


def _sum(scored: Scored, kind: str, at: np.ndarray) -> Floats:
    """Return what the comparisons of a kind say together for the pairs at some places."""
    known, whole = comparisons(), np.zeros(len(at))
    for name, weights in scored.weights.items():
        if known[name].kind == kind:
            whole += weights[at]
    return whole
