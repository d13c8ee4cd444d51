"""Conditional logit: a person's candidates and "none" in one softmax.

One weight for each column, "none" at log-odds 0, and each person is one observation however many
candidates they have. Weights are held to prior ones, so few people change them little.

The loss is convex and columns are few, so Newton's steps find its minimum in a dozen passes over
the pairs; a threaded L-BFGS-B took longer on small data, and far longer on a busy machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID, require, text_column, text_frame
from gsprep.unification.answers import OPEN, answers_about, read_answers
from gsprep.unification.keys import People
from gsprep.unification.registry import LIKE_STRANGERS, SIMILAR_NAMES, comparisons
from gsprep.unification.score import interactions_of, joint_name, softmax
from gsprep.values.ids import normal_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.pairs import Bools, Floats
    from gsprep.unification.rulebook import Rulebook
    from gsprep.unification.score import Softmax

# Pairs that are computed together: a part of the features fits into the processor's memory.
_AT_ONCE = 1 << 15
# Multiplications: OpenBLAS uses one thread up to 262,144 of them.
_SMALL_PRODUCT = 200_000
_MOST_STEPS, _MOST_HALVINGS = 100, 40
# A step that reduces the loss by less than this is the last one.
_ENOUGH = 1e-9
_FOLDS, _SEED = 5, 20
# How firmly weights are held to the given ones, chosen by cross-validation. Looser than 0.3 never
# helped from 100 answers up to 1,000 (invented people, eight draws each).
_STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
# That of weights which stay as they are.
_HELD = 1e9
_LEAST_CURVE = 1e-9


@dataclass(frozen=True, slots=True)
class Labelled:
    """Candidates of people, and which of them is right."""

    features: Floats  # one line per column, one column per pair; how far each comparison holds
    person: np.ndarray  # each pair's person, ascending: pairs of one person follow one another
    chosen: Bools  # whether the pair is right; a person without one belongs to none of them
    # the number of people that each pair's person counts for; None counts each once
    people: Floats | None = None


class Slope(NamedTuple):
    """The loss of people under some weights: its value, gradient and curvature by the weights."""

    loss: float
    gradient: Floats
    curvature: Floats


def log_odds(features: Floats, weights: Floats) -> Floats:
    """Return the log-odds of each pair, whose line of features is a column here."""
    return np.einsum("c,cp->p", weights, features)


def _products(left: Floats, right: Floats) -> Floats:
    """Return ``left @ right.T``, as a sum over products that are too small to be cut up.

    A large one is spread over threads, and on a busy machine those wait for one another twenty
    times as long as the product takes.
    """
    width = max(_SMALL_PRODUCT // (len(left) * len(right)), 1)
    whole = left.shape[1] // width * width
    mine, theirs = (
        side[:, :whole].reshape(len(side), -1, width).transpose(1, 0, 2) for side in (left, right)
    )
    products: Floats = np.matmul(mine, theirs.transpose(0, 2, 1)).sum(axis=0)
    products += np.einsum("cp,dp->cd", left[:, whole:], right[:, whole:])
    return products


def log_loss(labelled: Labelled, weights: Floats) -> float:
    """Return the negative log-likelihood of people, summed."""
    return sum(_loss(part, weights)[0] for part in _parts(labelled))


def slope(labelled: Labelled, weights: Floats) -> Slope:
    """Return the loss of people with its exact gradient and curvature."""
    loss, gradient = 0.0, np.zeros(len(weights))
    curvature = np.zeros((len(weights), len(weights)))
    for part in _parts(labelled):
        of_part = _slope(part, weights)
        loss += of_part.loss
        gradient += of_part.gradient
        curvature += of_part.curvature
    return Slope(loss, gradient, curvature)


def _parts(labelled: Labelled) -> Iterator[Labelled]:
    """Yield the people a part at a time, no person in two parts."""
    person = labelled.person
    cuts = np.searchsorted(person, person[_AT_ONCE::_AT_ONCE], side="left")
    ends = [0, *np.unique(cuts).tolist(), len(person)]
    for start, end in pairwise(ends):
        if start < end:
            at = slice(start, end)
            people = None if labelled.people is None else labelled.people[at]
            features = labelled.features[:, at].astype(np.float64, copy=False)
            yield Labelled(features, person[at], labelled.chosen[at], people)


def _loss(part: Labelled, weights: Floats) -> tuple[float, Softmax, Floats]:
    odds = log_odds(part.features, weights)
    shared = softmax(odds, part.person)
    counts = np.ones(len(odds)) if part.people is None else part.people
    chosen = counts @ np.where(part.chosen, odds, 0)
    return float(-chosen - counts[shared.starts] @ shared.none), shared, counts


def _slope(part: Labelled, weights: Floats) -> Slope:
    loss, shared, counts = _loss(part, weights)
    likely = part.features * shared.pairs
    mean = np.add.reduceat(likely, shared.starts, axis=1)
    whole = counts[shared.starts]
    return Slope(
        loss,
        np.einsum("cp,p->c", part.features, counts * (shared.pairs - part.chosen)),
        _products(likely * counts, part.features) - _products(mean * whole, mean),
    )


def fit_weights(
    labelled: Labelled,
    prior: Floats,
    *,
    strength: Floats | float = 1.0,
    keep_signs: bool = True,
    begin: Floats | None = None,
) -> Floats:
    """Return the weights under which the right candidates are likeliest.

    The penalty is ``strength / 2`` (one for all weights, or one for each) times the squared
    distance from ``prior``; the loss is summed over people, so twice the people halve its effect.
    With ``keep_signs`` no weight changes its sign; a prior of 0 is free. The search begins at
    ``begin``, or at the prior: near the minimum it takes fewer steps. The same input gives the same
    weights.
    """
    start = np.asarray(prior, dtype=np.float64)
    pull = np.broadcast_to(np.asarray(strength, dtype=np.float64), start.shape)
    low = np.where(keep_signs & (start > 0), 0.0, -np.inf)
    high = np.where(keep_signs & (start < 0), 0.0, np.inf)
    weights = start if begin is None else np.clip(begin, low, high)
    for _ in range(_MOST_STEPS):
        here = _penalized(slope(labelled, weights), weights - start, pull)
        step = _step(here, (weights <= low, weights >= high))
        if -here.gradient @ step < _ENOUGH * (1 + here.loss):
            break
        for halvings in range(_MOST_HALVINGS):
            there = np.clip(weights + step / 2**halvings, low, high)
            loss = log_loss(labelled, there) + _penalty(there - start, pull)
            if loss <= here.loss + 1e-4 * here.gradient @ (there - weights):
                break
        weights = there
    return weights


class Validated(NamedTuple):
    """Fitted weights, and what weights say of people to whom they were not fitted."""

    weights: Floats
    left_out: Floats  # each pair's log-odds under weights fitted to the people of the other folds
    strength: float  # how firmly the weights are held to the given ones


def fit_validated(labelled: Labelled, prior: Floats, held: Bools) -> Validated:
    """Return weights held to the prior as firmly as cross-validation finds best.

    Those that are ``held`` stay as they are.
    """
    people = np.arange(int(labelled.person[-1]) + 1)
    of_pair = np.random.default_rng(_SEED).permutation(people % _FOLDS)[labelled.person]

    def fitted(inside: Bools, strength: float) -> Floats:
        features = np.ascontiguousarray(labelled.features[:, inside])
        some = Labelled(features, labelled.person[inside], labelled.chosen[inside])
        return fit_weights(some, prior, strength=np.where(held, _HELD, strength))

    left_out = {strength: np.empty(len(of_pair)) for strength in _STRENGTHS}
    for strength, odds in left_out.items():
        for fold in range(_FOLDS):
            weights = fitted(of_pair != fold, strength)
            odds[of_pair == fold] = log_odds(labelled.features[:, of_pair == fold], weights)
    firm = min(_STRENGTHS, key=lambda strength: losses(labelled, left_out[strength]).mean())
    return Validated(fitted(of_pair >= 0, firm), left_out[firm], firm)


def losses(labelled: Labelled, odds: Floats) -> Floats:
    """Return -log(p) of each person's right candidate, or of "none"."""
    shared = softmax(odds, labelled.person)
    chosen = np.add.reduceat(np.where(labelled.chosen, odds, 0), shared.starts)
    return -(chosen + shared.none)


def _penalty(apart: Floats, pull: Floats) -> float:
    return float((pull * apart**2).sum() / 2)


def _penalized(here: Slope, apart: Floats, pull: Floats) -> Slope:
    """Return the slope with the penalty for the distance from the prior."""
    return Slope(
        here.loss + _penalty(apart, pull),
        here.gradient + pull * apart,
        here.curvature + np.diag(pull + _LEAST_CURVE),
    )


def _step(here: Slope, ends: tuple[Bools, Bools]) -> Floats:
    """Return Newton's step of the weights that are free to move: none moves beyond its bound."""
    at_low, at_high = ends
    held = (at_low & (here.gradient > 0)) | (at_high & (here.gradient < 0))
    while True:
        step, free = np.zeros(len(held)), np.flatnonzero(~held)
        step[free] = -np.linalg.solve(here.curvature[np.ix_(free, free)], here.gradient[free])
        beyond = (at_low & (step < 0)) | (at_high & (step > 0))
        if not beyond.any():
            return step
        held |= beyond


_CANDIDATES = ("candidate_1_id", "candidate_2_id")
_NOBODY = "none"


def truth_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Return row_id and Company_ID (missing: no company is right) of the answered people.

    ``answers`` is such a frame, or an answered review.csv: its ``answer`` is 1, 2, none or a
    Gsid, or empty.

    Raises MissingColumnsError, and InputError for a repeated row_id, another answer, and answers
    about e-mails, domains and names, which need the people they are about.
    """
    if by_value(answers):
        raise InputError(
            "answers about e-mails, domains and names need the people they are about: "
            "join them with truth_of_people(persons, answers, companies) first"
        )
    reviewed = "answer" in answers.columns
    require(
        answers, (ROW_ID, *(_CANDIDATES if reviewed else ("Company_ID",))), of="the file of answers"
    )
    text = text_frame(answers, of="the file of answers")
    truth = _of_review(text) if reviewed else text
    return truth[[ROW_ID, "Company_ID"]].reset_index(drop=True)


def of_people(
    truth: pd.DataFrame, row_ids: pd.Series[str], *, there: str
) -> tuple[pd.DataFrame, int]:
    """Return the truth about people with these ``row_ids``, and how many others it is about.

    Raises InputError if most of a truth is about others: then its row_ids are those of another
    file. ``there`` says where they are missing: "among the decisions".
    """
    known = truth[ROW_ID].isin(row_ids)
    others = int((~known).sum())
    if others > len(truth) / 2:
        raise InputError(
            f"{others} of the {len(truth)} people of the truth are not {there}: "
            "give both the same row_id"
        )
    return truth[known], others


def by_value(answers: pd.DataFrame) -> bool:
    """Return whether answers are about e-mails, domains and names rather than row_ids."""
    return {"kind", "value"} <= set(answers.columns)


def truth_of_people(
    persons: pd.DataFrame, answers: pd.DataFrame, companies: CompanyIndex
) -> pd.DataFrame:
    """Return row_id and Company_ID of the persons that answers.csv is about.

    ``answers`` are read and win as they do in a run. People about whom the answers only say which
    company is not theirs are left out.
    """
    text = text_frame(persons, of="the frame of people")
    lines = read_answers(answers, companies.gsids)
    company = answers_about(lines, People(text, companies.rulebook)).company
    named = np.full(len(text), None, dtype=object)
    named[company >= 0] = companies.gsids[company[company >= 0]]
    truth = pd.DataFrame({ROW_ID: text[ROW_ID], "Company_ID": pd.Series(named, dtype="str")})
    return truth[company != OPEN].reset_index(drop=True)


def _of_review(text: pd.DataFrame) -> pd.DataFrame:
    given = text[text["answer"].notna()]
    said = given["answer"].str.strip().str.lower()
    first, second = (given[name] for name in _CANDIDATES)
    gsids = given["answer"].map(normal_id, na_action="ignore")
    company = np.select([said == "1", said == "2"], [first, second], default=gsids)
    known = pd.Series(company, index=given.index, dtype="str")
    unclear = known.isna() & (said != _NOBODY)
    if unclear.any():
        raise InputError(
            f"the answer in row_id {given.loc[unclear, ROW_ID].iloc[0]} names no company: "
            "write 1 or 2 for a candidate that is there, none, or a Gsid"
        )
    return given.assign(Company_ID=known)


FEWEST_PEOPLE, FEWEST_OF_EITHER = 100, 10
# The least that the same name adds to what similar names count, and what rounding takes from it.
_SAME, _LEAST, _SLACK = "same_name", 0.01, 0.05
_KEYS = (ROW_ID, "Company_ID")


@dataclass(frozen=True, slots=True)
class Judged:
    """The kept candidates of answered people."""

    # the comparisons and the interactions, one for each column of the features
    names: tuple[str, ...]
    prior: Floats  # their weights in the rulebook
    fixed: Bools  # which of them keep their weight: the interactions
    # the columns of similar names, which hold for the same name, too: it never counts less. The
    # prior of the same name is what it adds to them.
    similar: Bools
    labelled: Labelled  # the candidates
    answered: int  # the number of people, with a candidate or not
    people: int  # the number of people with a candidate
    answerable: int  # the number of people who have a right company, kept as a candidate or not


def judged(evidence: pd.DataFrame, truth: pd.DataFrame, book: Rulebook) -> Judged:
    """Return how far the model's comparisons and interactions hold for the people in ``truth``.

    How far a comparison holds is its evidence by its weight; one without weight or without a
    column is left out. So are people that a rule or an answer decided, and what an index discounts:
    answers take the place of what was simulated.
    """
    require(evidence, (*_KEYS, "intercept"), of="the evidence")
    joint = {one.name: one.log_odds for one in interactions_of(book)}
    weights = {"intercept": book.intercept, **book.model, **joint}
    names = tuple(n for n, weight in weights.items() if weight and n in evidence.columns)
    keys = {name: text_column(evidence[name]) for name in _KEYS}
    terms = {name: _numbers(evidence[name], name) for name in names}
    right = truth.rename(columns={"Company_ID": "right"})
    lines = pd.DataFrame(keys | terms)
    ruled = lines.loc[_ruled(evidence, book), ROW_ID]
    lines = lines[~lines[ROW_ID].isin(ruled)].merge(right, on=ROW_ID, validate="many_to_one")
    lines = lines.sort_values([ROW_ID, "Company_ID"], kind="stable")
    person, people = pd.factorize(lines[ROW_ID])
    prior = np.array([weights[name] for name in names])
    features = lines[list(names)].to_numpy(np.float64).T / prior[:, None]
    chosen = (lines["Company_ID"] == lines["right"]).to_numpy(bool)
    similar = _similar(weights, names)
    if similar.any():
        same = names.index(_SAME)
        features[np.ix_(similar, features[same] > 0)] = 1
        prior[same] = max(prior[same] - prior[similar].sum(), _LEAST)
    return Judged(
        names=names,
        prior=prior,
        similar=similar,
        fixed=np.array([name in joint for name in names]),
        labelled=Labelled(np.ascontiguousarray(features), person, chosen),
        answered=len(truth),
        people=len(people),
        answerable=int(truth["Company_ID"].notna().sum()),
    )


def _similar(weights: Mapping[str, float], names: Sequence[str]) -> Bools:
    """Return which columns are of similar names, none if the same name counts less than these."""
    joint = {joint_name(one, two) for one in SIMILAR_NAMES for two in SIMILAR_NAMES}
    found = np.isin(names, [*SIMILAR_NAMES, *joint])
    counted = sum(weights[name] for name, like in zip(names, found, strict=True) if like)
    return found & (weights.get(_SAME, 0) >= counted - _SLACK and _SAME in names)


def _ruled(evidence: pd.DataFrame, book: Rulebook) -> Bools:
    """Return where the model did not decide: it has another intercept or the term of an answer."""
    intercept = _numbers(evidence["intercept"], "intercept").astype(np.float32)
    joint = (one.name for one in interactions_of(book))
    terms = {*_KEYS, "intercept", LIKE_STRANGERS, *comparisons(), *joint}
    others = [name for name in evidence.columns if name not in terms]
    numbers = evidence[others].apply(pd.to_numeric, errors="coerce").fillna(0)
    answered: Bools = (numbers.to_numpy(np.float64) != 0).any(axis=1)
    return answered | ~np.isclose(intercept, book.intercept, atol=1e-4)


def _numbers(column: pd.Series, name: str) -> Floats:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    if np.isnan(numbers).any():
        raise InputError(
            f"the evidence has no number in some cells of {name}: use it as it was written"
        )
    return numbers


def enough(known: Judged) -> None:
    """Raise InputError if too few were answered to learn from."""
    if set(known.names) <= {"intercept"}:
        raise InputError("the rulebook has no model whose weights the evidence shows: name another")
    chosen = int(known.labelled.chosen.sum())
    others = known.people - chosen
    if known.answered < FEWEST_PEOPLE or min(chosen, others) < FEWEST_OF_EITHER:
        were = plural(known.answered, "person was", "people were")
        raise InputError(
            f"{known.answered} {were} answered; {chosen} belong to one of their candidates, "
            f"{others} to none of them. To fit, {FEWEST_PEOPLE} are needed, and "
            f"{FEWEST_OF_EITHER} of either kind: answer more people"
        )
