"""Decisions: from scores, rules and answers to verdicts and evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.unification.answers import OPEN
from gsprep.unification.evidence import Evidence, evidence_of
from gsprep.unification.explain import ANSWER, Ending, reasons
from gsprep.unification.pairs import Pairs
from gsprep.unification.registry import CONTRADICTED, Ground, comparisons, grounds_of
from gsprep.unification.rules import (
    NO_RULE,
    AppliedRules,
    apply_rules,
    conditions_of,
    log_odds_of,
    parts_of,
)
from gsprep.unification.score import (
    can_decide,
    may_be_relative,
    probabilities,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.pairs import Bools, Floats
    from gsprep.unification.rulebook import Rulebook
    from gsprep.unification.rules import Rule
    from gsprep.unification.score import Scored

# Comparisons that hold for a relative at the same domain, and the kinds that tell them apart. A
# name of a few letters is not held for the beginning of another one unless it is a word of it.
_OF_RELATIVES = ("shared_domain", "relatives_name", "relatives_short_name", "single_word")
_NEARER = ("phone", "country")
_WITNESSES = ("domain", "name", "phone")


def contested(scored: Scored, applied: AppliedRules, book: Rulebook) -> Bools:
    """Return the people whose identifier names one company, and all else another.

    Domain, name and telephone number each have to support the same other company, and more than
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
    return np.bincount(person[elsewhere], minlength=len(applied.rule)) > 0


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


# How a person was decided, if not by the rule of that position.
BY_MODEL, BY_ANSWER = NO_RULE, -2


def ways_of(book: Rulebook) -> list[str]:
    """Return the column ``rule`` of the decisions by ``way``; the last are counted from the end."""
    return [*(rule.name for rule in book.deciding_rules), "answer", "model"]


# A reviewer is certain, but an infinite term adds up to nothing: this is 999,999 to 1.
ANSWER_LOG_ODDS = float(np.float32(np.log(999_999)))
# Candidates whose log-odds are no further apart than this fit about as well.
_NEARLY = 0.5


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of people; those of one person are in the order of Gsids."""

    person: np.ndarray  # positions of people
    company: np.ndarray  # positions of companies
    # by comparison, and ``answer``, its part of the log-odds: float32
    terms: Mapping[str, np.ndarray]
    intercept: np.ndarray  # the log-odds before the terms
    score: Floats  # ranks the candidates of a person
    probability: Floats  # shares of one per person
    decisive: Bools  # whether the model can decide for it without a reviewer
    doubt: np.ndarray  # why a person has to look in any case: an Ending, NONE without a reason
    way: np.ndarray  # by person: the position of the rule that decided, BY_MODEL or BY_ANSWER
    contested: Bools  # by person: whether all else contradicts the identifier


def candidates(scored: Scored, book: Rulebook, people: int) -> Candidates:
    """Return the candidates of the first rule that leads to a company, else of the model.

    The companies of a rule share its precision. Without a model no one else has candidates.
    """
    relative, part = better_relative(scored), may_be_relative(scored)
    doubt = np.select([relative, part], [Ending.RELATIVE, Ending.PART_OR_RELATIVE], Ending.NONE)
    by_model = Candidates(
        person=scored.person,
        company=scored.company,
        terms={**scored.weights, **scored.discount},
        intercept=np.full(len(scored.person), book.intercept),
        score=scored.log_odds,
        probability=scored.probability,
        decisive=can_decide(scored, book) & (doubt == Ending.NONE),
        doubt=doubt.astype(np.int8),
        way=np.full(people, BY_MODEL),
        contested=np.zeros(people, dtype=bool),
    )
    rules, review = book.deciding_rules, book.decide.ties == "review"
    if not rules and review:
        return by_model
    applied = apply_rules(rules, scored.person, scored.held, people)
    open_ = contested(scored, applied, book)
    by_model = replace(
        by_model, decisive=by_model.decisive & ~open_[scored.person], contested=open_
    )
    applied = without(applied, open_, scored.person)
    if review and book.model and (applied.rule == NO_RULE).all():
        return replace(by_model, terms=_with_parts(by_model.terms, rules, len(scored.person)))
    return _by_rules(by_model, applied, np.flatnonzero(_kept(scored, applied, book)), book)


def _with_parts(
    terms: Mapping[str, np.ndarray], rules: Sequence[Rule], pairs: int
) -> dict[str, np.ndarray]:
    """Return the terms, and one of zeros for each comparison that rules alone use."""
    unused = dict.fromkeys(
        (c.comparison for c in conditions_of(rules)), np.zeros(pairs, np.float32)
    )
    return {**terms, **{name: none for name, none in unused.items() if name not in terms}}


def _kept(scored: Scored, applied: AppliedRules, book: Rulebook) -> Bools:
    """Return which pairs are kept: those of the deciding rule, else all; without a model none."""
    decided = applied.rule[scored.person] != NO_RULE
    kept = np.where(decided, applied.group >= 0, bool(book.model))
    if book.decide.ties == "smaller_gsid":
        # Companies that tie are one company listed several times: the first is taken.
        at = np.flatnonzero(kept)
        tied = _tied(scored.person[at], scored.log_odds[at], always=decided[at])
        kept[at[tied]] = False
    return kept


def _tied(person: np.ndarray, score: Floats, *, always: Bools) -> Bools:
    """Return which pairs tie with a better or earlier one of the person; ``always``: they do."""
    order = np.lexsort((-score, person))
    of, height = person[order], score[order]
    first = np.searchsorted(of, of)
    later = np.arange(len(of)) > first
    tied = np.zeros(len(person), dtype=bool)
    tied[order] = later & ((height == height[first]) | always[order])
    return tied


def _by_rules(
    found: Candidates, applied: AppliedRules, at: np.ndarray, book: Rulebook
) -> Candidates:
    """Return the candidates that are kept, those of a rule with its log-odds shared among them."""
    person, group = found.person[at], applied.group[at]
    by_rule = np.flatnonzero(group >= 0)
    decided = person[by_rule]
    share = 0.0 - np.log(np.bincount(decided, minlength=len(applied.rule))[decided])
    intercept, log_odds = found.intercept[at], found.score[at]
    intercept[by_rule] = share
    log_odds[by_rule] = log_odds_of(book.deciding_rules)[applied.rule[decided]] + share
    parts = parts_of(book.deciding_rules)
    terms = {name: np.zeros(len(at), dtype=np.float32) for name in (*found.terms, *parts)}
    # The terms of a rule are equal parts of its log-odds, and other comparisons have none.
    for name, term in terms.items():
        if name in found.terms:
            term[:] = found.terms[name][at]
        term[by_rule] = parts[name][group[by_rule]] if name in parts else 0
    return Candidates(
        person=person,
        company=found.company[at],
        terms=terms,
        intercept=intercept,
        score=found.score[at],
        probability=probabilities(person, log_odds),
        decisive=found.decisive[at],
        doubt=found.doubt[at],
        way=applied.rule,
        contested=found.contested,
    )


def with_answers(found: Candidates, company: np.ndarray) -> Candidates:
    """Return the candidates with those of answered people, who have no others.

    ``company``: by person, the position of the company they belong to, OPEN or NOBODY.
    """
    person = np.flatnonzero(company >= 0)

    def extended(values: np.ndarray, value: float) -> np.ndarray:
        return np.concatenate([values, np.full(len(person), value, dtype=values.dtype)])

    terms = {name: extended(term, 0) for name, term in found.terms.items()}
    before = np.zeros(len(found.person), dtype=np.float32)
    return Candidates(
        person=np.concatenate([found.person, person]),
        company=np.concatenate([found.company, company[person]]),
        terms=terms | {ANSWER: extended(before, ANSWER_LOG_ODDS)},
        intercept=extended(found.intercept, 0),
        score=extended(found.score, ANSWER_LOG_ODDS),
        probability=extended(found.probability, 1),
        decisive=extended(found.decisive, 1),
        doubt=extended(found.doubt, Ending.NONE),
        way=np.where(company == OPEN, found.way, BY_ANSWER),
        contested=found.contested,
    )


class _Ranked(NamedTuple):
    """The best and second candidate of each person, as positions among all, -1 for none."""

    best: np.ndarray
    second: np.ndarray
    named: Bools  # whether the person has a candidate
    first: Floats  # the probability of the best candidate, 0 without one
    lead: Floats  # by how much the best exceeds the second in score; infinite without a second


def _ranked(found: Candidates) -> _Ranked:
    """Rank the candidates of each person; a tie goes to the smaller Gsid."""
    best = _highest(found.person, found.score, len(found.way))
    others = found.score.copy()
    others[best[best >= 0]] = -np.inf
    second = _highest(found.person, others, len(found.way))
    behind = _of(found.score, best, np.inf) - _of(found.score, second, 0.0)
    lead = np.where(second >= 0, behind, np.inf)
    return _Ranked(best, second, best >= 0, _of(found.probability, best, 0.0), lead)


def _grounds(found: Candidates, ranks: _Ranked) -> np.ndarray:
    """Return the ground of each person's best candidate; ALIKE without one."""
    there = np.flatnonzero(ranks.best >= 0)
    grounds = np.full(len(ranks.best), Ground.ALIKE)
    grounds[there] = grounds_of(found.terms, len(there), ranks.best[there])
    return grounds


def _highest(person: np.ndarray, score: Floats, people: int) -> np.ndarray:
    """Return where each person's highest score is, the first of equal ones; -1 if it is -inf."""
    highest = np.full(people, -np.inf)
    np.maximum.at(highest, person, score)
    is_highest = (score == highest[person]) & (score > -np.inf)
    # Of several assignments to one place the last counts.
    at = np.flatnonzero(is_highest)[::-1]
    where = np.full(people, -1)
    where[person[at]] = at
    return where


class Likely(NamedTuple):
    """The company of each person that the model could match, if its probability is high enough."""

    company: np.ndarray  # its position, -1 for none
    probability: Floats
    ground: np.ndarray  # its Ground


def likely_matches(found: Candidates, book: Rulebook) -> Likely:
    """Return whom the model could match to which company, whatever the line is."""
    ranks = _ranked(found)
    could = (found.way == BY_MODEL) & _could_match(found, ranks, book)
    company = np.append(found.company, -1)[np.where(could, ranks.best, -1)]
    return Likely(company, ranks.first, _grounds(found, ranks))


def _could_match(found: Candidates, ranks: _Ranked, book: Rulebook) -> Bools:
    """Return whose best candidate is a match if its probability is high enough."""
    likely = ranks.named & (ranks.first >= book.decide.review_from)
    could: Bools = likely & _of(found.decisive, ranks.best, 0).astype(bool) & (ranks.lead != 0)
    return could & book.decide.model_matches


class _Verdict(IntEnum):
    """The verdicts, in the order of ``WORDS``."""

    MATCH = 0
    REVIEW = 1
    NO_MATCH = 2


# The words of the verdicts, in the order of their numbers.
WORDS = ("match", "review", "no_match")
ALL_VERDICTS = frozenset(WORDS)


class Decided(NamedTuple):
    """Decisions on some people, without their texts: a million people have few different ones.

    Attributes:
        verdict: the position of each verdict among the words.
        company: the position of the company that the decision names, -1 for none.
        second: the position of the runner-up, -1 for none.
        probability, margin: those of the decisions.
        way: as in ``Candidates``.
        reason: the reasons, each text once.
        evidence: that of the people shown, in the order of people.
        named: whether each person has a candidate.
    """

    verdict: np.ndarray
    company: np.ndarray
    second: np.ndarray
    probability: Floats
    margin: Floats
    way: np.ndarray
    reason: pa.DictionaryArray
    evidence: Evidence
    named: Bools


def decide(
    index: CompanyIndex,
    found: Candidates,
    ruled_out: Bools,
    shown: frozenset[str] = ALL_VERDICTS,
) -> Decided:
    """Return the verdict on every person, with the evidence for those of the ``shown`` verdicts.

    ``ruled_out`` is true for people whose reviewer ruled out a company.
    """
    ranks = _ranked(found)
    grounds = _grounds(found, ranks)
    lines = _lines(grounds, index)
    verdict = _verdicts(found, ranks, index.rulebook, lines)
    ends = _endings(found, ranks, verdict, (index, grounds, lines))
    undecided = (verdict == _Verdict.NO_MATCH) & (found.way == BY_MODEL)
    ends = np.where(undecided & ruled_out, Ending.RULED_OUT, ends)
    is_shown = np.array([word in shown for word in WORDS])[verdict]
    at = np.where(is_shown, (ranks.best, ranks.second), -1).T.ravel()
    terms, pairs = {"intercept": found.intercept, **found.terms}, Pairs(found.person, found.company)
    return Decided(
        verdict=verdict,
        company=_company(found, np.where(verdict == _Verdict.NO_MATCH, -1, ranks.best)),
        second=_company(found, ranks.second),
        probability=ranks.first,
        margin=np.round(ranks.first - _of(found.probability, ranks.second, 0.0), 6),
        way=found.way,
        reason=reasons(found.terms, ranks.best, ends),
        evidence=evidence_of(terms, pairs, at[at >= 0], found.way == BY_MODEL, index.rulebook),
        named=ranks.named,
    )


def _lines(grounds: np.ndarray, index: CompanyIndex) -> Floats:
    """Return for each person the probability from which the best candidate is a match."""
    if index.simulated is None:
        return np.full(len(grounds), index.match_from)
    lines: Floats = np.array(index.simulated)[grounds]
    # Where no line keeps the promise a person decides, however sure the model is.
    return np.where(lines < 1, lines, np.inf)


def _verdicts(found: Candidates, ranks: _Ranked, book: Rulebook, lines: Floats) -> np.ndarray:
    """Return the verdicts: match for an answer and a rule's only company; the model's may be."""
    several, by_model = ranks.second >= 0, found.way == BY_MODEL
    likely = ranks.named & (ranks.first >= book.decide.review_from)
    matched = _could_match(found, ranks, book) & (ranks.first >= lines)
    match = np.where(by_model, matched, ranks.named & ~several)
    review = np.where(by_model, likely, several)
    verdicts = np.where(match, _Verdict.MATCH, np.where(review, _Verdict.REVIEW, _Verdict.NO_MATCH))
    return verdicts.astype(np.int8)


def _endings(
    found: Candidates,
    ranks: _Ranked,
    verdict: np.ndarray,
    line: tuple[CompanyIndex, np.ndarray, Floats],
) -> np.ndarray:
    """Return the ending of each reason."""
    index, grounds, lines = line
    book, doubt = index.rulebook, _of(found.doubt, ranks.best, Ending.NONE)
    by_model, review = found.way == BY_MODEL, verdict == _Verdict.REVIEW
    probable = review & (ranks.first >= lines)
    listed = index.match_from if index.simulated is None else index.simulated[Ground.LISTED]
    enough_else = review & by_model & (ranks.first >= listed) & (lines > listed)
    endings = {
        Ending.NOBODY_RIGHT: (found.way == BY_ANSWER) & ~ranks.named,
        Ending.SEVERAL: review & ~by_model,
        Ending.NO_RULE: by_model & (not book.model),
        Ending.UNSURE: ranks.named & (verdict == _Verdict.NO_MATCH),
        Ending.CONTESTED: review & found.contested,
        Ending.RELATIVE: probable & (doubt == Ending.RELATIVE),
        Ending.TIE: review & (ranks.lead < _NEARLY),
        Ending.PART_OR_RELATIVE: probable & (doubt == Ending.PART_OR_RELATIVE),
        Ending.RULES_DECIDE: probable & (not book.decide.model_matches),
        Ending.NOT_ALONE: probable,
        Ending.CONTRADICTED: enough_else & np.isin(grounds, CONTRADICTED),
        Ending.NOTHING_LISTED: enough_else,
    }
    return np.select(list(endings.values()), list(endings), default=Ending.NONE)


def _of(values: np.ndarray, at: np.ndarray, none: float) -> np.ndarray:
    """Return the values at positions, ``none`` for position -1."""
    return np.append(values, none).astype(values.dtype)[at]


def _company(found: Candidates, at: np.ndarray) -> np.ndarray:
    """Return the position of the company of each candidate, -1 for position -1."""
    return _of(found.company, at, -1).astype(np.int32)
