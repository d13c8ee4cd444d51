"""Candidates as they count: after a rule, the model or a reviewer has spoken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.answering.answers import OPEN
from gsprep.unification.rules import NO_RULE, log_odds_of, parts_of, tried
from gsprep.unification.scoring import may_decide, shares

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.rulebook import Rulebook
    from gsprep.unification.rules import Tried
    from gsprep.unification.scoring import Scored

# How a person was decided, when not by the rule of that position.
BY_MODEL, BY_ANSWER = NO_RULE, -2
# A reviewer is certain, but an infinite term adds up to nothing: this is 999,999 to 1.
ANSWER = "answer"
ANSWER_LOG_ODDS = float(np.float32(np.log(999_999)))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of people; those of one person stand in the order of Gsids.

    person, company: positions.
    terms:       by comparison, and ``answer``, what it adds to the log-odds: float32.
    intercept:   what stands before the terms.
    standing:    what ranks the candidates of a person.
    probability: shares of one per person.
    sure:        whether the model may decide for it without a reviewer.
    way:         by person: the position of the rule that decided, BY_MODEL or BY_ANSWER.
    """

    person: np.ndarray
    company: np.ndarray
    terms: Mapping[str, np.ndarray]
    intercept: np.ndarray
    standing: np.ndarray
    probability: np.ndarray
    sure: np.ndarray
    way: np.ndarray


def candidates(scored: Scored, book: Rulebook, people: int) -> Candidates:
    """Return the candidates of the first rule that leads to a company, else of the model.

    The companies of a rule share its precision. Without a model nobody else has candidates.
    """
    by_model = Candidates(
        person=scored.person,
        company=scored.company,
        terms=scored.weights,
        intercept=np.full(len(scored.person), book.intercept),
        standing=scored.log_odds,
        probability=scored.probability,
        sure=may_decide(scored, book),
        way=np.full(people, BY_MODEL),
    )
    if not book.rules and book.decide.ties == "review":
        return by_model
    spoken = tried(scored, book, people)
    return _recounted(by_model, spoken, np.flatnonzero(_counts(scored, spoken, book)), book)


def _counts(scored: Scored, spoken: Tried, book: Rulebook) -> np.ndarray:
    """Return which pairs count: those of the deciding rule, else all; without a model none."""
    decided = spoken.rule[scored.person] != NO_RULE
    counts = np.where(decided, spoken.group >= 0, bool(book.model))
    if book.decide.ties == "smaller_gsid":
        # The tied are one company written down several times: the first stands for all.
        at = np.flatnonzero(counts)
        counts[at[_tied(scored.person[at], scored.log_odds[at], always=decided[at])]] = False
    return counts


def _tied(person: np.ndarray, standing: np.ndarray, *, always: np.ndarray) -> np.ndarray:
    """Return which pairs tie with a better or earlier one of the person; ``always``: they do."""
    order = np.lexsort((-standing, person))
    of, height = person[order], standing[order]
    first = np.searchsorted(of, of)
    later = np.arange(len(of)) > first
    tied = np.zeros(len(person), dtype=bool)
    tied[order] = later & ((height == height[first]) | always[order])
    return tied


def _recounted(found: Candidates, spoken: Tried, at: np.ndarray, book: Rulebook) -> Candidates:
    """Return the candidates that count, those of a rule with its log-odds, shared among them."""
    person, group = found.person[at], spoken.group[at]
    by_rule = np.flatnonzero(group >= 0)
    decided = person[by_rule]
    alone = 0.0 - np.log(np.bincount(decided, minlength=len(spoken.rule))[decided])
    intercept, log_odds = found.intercept[at], found.standing[at]
    intercept[by_rule] = alone
    log_odds[by_rule] = log_odds_of(book)[spoken.rule[decided]] + alone
    return Candidates(
        person=person,
        company=found.company[at],
        terms=_terms(found.terms, at, (by_rule, group[by_rule]), book),
        intercept=intercept,
        standing=found.standing[at],
        probability=shares(person, log_odds),
        sure=found.sure[at],
        way=spoken.rule,
    )


def _terms(
    of_model: Mapping[str, np.ndarray],
    at: np.ndarray,
    by_rule: tuple[np.ndarray, np.ndarray],
    book: Rulebook,
) -> Mapping[str, np.ndarray]:
    """Return the terms of the pairs ``at``; ``by_rule``: which of them a group decides, and which.

    A rule's terms are equal parts of its log-odds, and no other comparison has a part.
    """
    decided, group = by_rule
    parts = parts_of(book)
    terms = {name: np.zeros(len(at), dtype=np.float32) for name in (*of_model, *parts)}
    for name, term in terms.items():
        if name in of_model:
            term[:] = of_model[name][at]
        term[decided] = parts[name][group] if name in parts else 0
    return terms


def with_answers(found: Candidates, company: np.ndarray) -> Candidates:
    """Return the candidates and those of people who were answered, who must have no others.

    ``company``: by person, the position of the company they belong to, OPEN or NOBODY.
    """
    person = np.flatnonzero(company >= 0)
    more = len(person)

    def also(values: np.ndarray, value: float) -> np.ndarray:
        return np.concatenate([values, np.full(more, value, dtype=values.dtype)])

    terms = {name: also(term, 0) for name, term in found.terms.items()}
    before = np.zeros(len(found.person), dtype=np.float32)
    return Candidates(
        person=np.concatenate([found.person, person]),
        company=np.concatenate([found.company, company[person]]),
        terms=terms | {ANSWER: also(before, ANSWER_LOG_ODDS)},
        intercept=also(found.intercept, 0),
        standing=also(found.standing, ANSWER_LOG_ODDS),
        probability=also(found.probability, 1),
        sure=also(found.sure, 1),
        way=np.where(company == OPEN, found.way, BY_ANSWER),
    )
