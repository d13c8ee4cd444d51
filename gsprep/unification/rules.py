"""Rules: tried in their order, the first that leads to a company decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.unification.conditions import YOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.conditions import Group
    from gsprep.unification.rulebook import Rulebook
    from gsprep.unification.scoring import Scored

NO_RULE = -1


class Tried(NamedTuple):
    """What rules lead to.

    rule:  by person, the position of the rule that decides, or NO_RULE.
    group: by pair, the position in ``groups_of`` of what holds for that rule, or -1.
    """

    rule: np.ndarray
    group: np.ndarray


def groups_of(book: Rulebook) -> list[tuple[int, Group]]:
    """Return the groups of all rules in their order, each with the position of its rule."""
    return [(at, group) for at, rule in enumerate(book.rules) for group in rule.when]


def tried(scored: Scored, book: Rulebook, people: int) -> Tried:
    """Try every rule on every pair; where two groups of a rule hold, the first one speaks.

    What is missing fulfils no condition, and nobody at the user's own domain fulfils a rule.
    """
    rule = np.full(people, NO_RULE)
    group = np.full(len(scored.person), -1)
    theirs = ~scored.held[YOURS] if YOURS in scored.held else np.ones(len(group), dtype=bool)
    for number, (at, conditions) in enumerate(groups_of(book)):
        still = (rule[scored.person] == NO_RULE) | (rule[scored.person] == at)
        holds = still & theirs & (group < 0)
        for condition in conditions:
            holds &= scored.held[condition]
        group[holds] = number
        rule[scored.person[holds]] = at
    return Tried(rule, group)


def log_odds_of(book: Rulebook) -> np.ndarray:
    """Return the log-odds that each rule's precision is."""
    precision = np.array([rule.precision for rule in book.rules], dtype=np.float64)
    odds: np.ndarray = np.log(precision / (1 - precision))
    return odds


def parts_of(book: Rulebook) -> Mapping[str, np.ndarray]:
    """Return by comparison what it adds for each group: its equal part of the rule's log-odds."""
    groups, odds = groups_of(book), log_odds_of(book)
    names = dict.fromkeys(condition.comparison for _, group in groups for condition in group)
    parts = {name: np.zeros(len(groups), dtype=np.float32) for name in names}
    for number, (at, group) in enumerate(groups):
        for condition in group:
            parts[condition.comparison][number] += np.float32(odds[at] / len(group))
    return parts
