"""``fit``: a rulebook whose weights and lines were learned from answered people."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from gsprep.display import counts_html, plain
from gsprep.unification.tuning.labelled import Judged, enough, judged
from gsprep.unification.tuning.lines import learn_line, people_for
from gsprep.unification.tuning.logit import Labelled, fit_weights, log_odds, softmax
from gsprep.unification.tuning.measures import (
    best_f1,
    calibration,
    calibration_error,
    recall_at,
    sweep,
)
from gsprep.unification.tuning.truths import truth_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from gsprep.unification.rulebook import Decide, Rulebook

    Floats = NDArray[np.floating]

TARGETS = (0.98, 0.99, 0.995)
# What a rulebook without a precision is taken to promise.
_PROMISE = 0.99
_FOLDS, _SEED = 5, 20
# How firmly weights are held to the given ones; people who were left out choose. Looser than
# 0.3 helped nowhere from 100 answers up to 1,000 (invented people, eight draws each).
_STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_HEAVIEST, _DECIMALS = 30.0, 4
# Probabilities have six decimals, and what is likelier wrong than right is never a match.
_STEPS, _EVEN = 1_000_000, 0.5


@dataclass(frozen=True, slots=True)
class Figures:
    """How good probabilities are about answered people.

    people: those compared; log_loss: per person; f1: the best over all thresholds; recall_at_99:
    the share of the answerable decided rightly where 99 % are right; calibration_error: how far
    probabilities are, on average, from the share that is right.
    """

    people: int
    log_loss: float
    f1: float
    recall_at_99: float
    calibration_error: float


@dataclass(frozen=True, slots=True, repr=False)
class Fitted:
    """What was learned, and whether it helps.

    rulebook: the given one with its fitted weights and its lines.
    before, after: the given weights, and fitted ones on people they were not fitted to.
    strength: how firmly the weights were held to the given ones.
    notes:    which lines could be learned and which not, in sentences.
    """

    rulebook: Rulebook
    before: Figures
    after: Figures
    strength: float
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return plain("Fitted", self._counts())

    def _repr_html_(self) -> str:
        return counts_html("Fitted", self._counts())

    def _counts(self) -> dict[str, object]:
        names = ("log_loss", "f1", "recall_at_99", "calibration_error")
        pairs = ((n, getattr(self.before, n), getattr(self.after, n)) for n in names)
        told = {name: f"{old:.4f} -> {new:.4f}" for name, old, new in pairs}
        return {"people": self.after.people, **told}


def fit(evidence: pd.DataFrame, answers: pd.DataFrame, rulebook: Rulebook) -> Rulebook:
    """Return the rulebook with weights and lines learned from answered people.

    ``fit_report`` says what it takes and raises, and whether it helped.
    """
    return fit_report(evidence, answers, rulebook).rulebook


def fit_report(evidence: pd.DataFrame, answers: pd.DataFrame, rulebook: Rulebook) -> Fitted:
    """Return the fitted rulebook with figures from before and after, by cross-validation.

    ``evidence`` is what ``unify`` gave with this rulebook, ``answers`` row_id and Company_ID
    (missing: no company is right) or an answered review.csv. Weights are drawn towards the given
    ones, as firmly as suits people who were left out; no weight changes its sign. The line of a
    precision is the probability from which its lower 95 % bound reaches it; where too few were
    answered to say so, the old line stays and the notes tell.

    Raises InputError when fewer than 100 people were answered, or fewer than 10 of them belong
    to one of their candidates, or to none of them.
    """
    known = judged(evidence, truth_of(answers), rulebook)
    enough(known)
    folds = np.random.default_rng(_SEED).permutation(np.arange(known.people) % _FOLDS)
    left_out = {strength: _left_out(known, folds, strength) for strength in _STRENGTHS}
    firm = min(_STRENGTHS, key=lambda strength: _losses(known, left_out[strength]).mean())
    weights = fit_weights(known.labelled, known.prior, strength=firm)
    lines, notes = _lines(known, left_out[firm])
    return Fitted(
        rulebook=_rewritten(rulebook, known, weights, lines),
        before=_figures(known, log_odds(known.labelled.features, known.prior)),
        after=_figures(known, left_out[firm]),
        strength=firm,
        notes=notes,
    )


def _left_out(known: Judged, folds: NDArray[np.integer], strength: float) -> Floats:
    """Return each pair's log-odds under weights fitted to the people of the other folds."""
    odds = np.empty(len(known.labelled.person))
    for inside, outside in _splits(known.labelled, folds):
        weights = fit_weights(inside, known.prior, strength=strength)
        odds[outside] = log_odds(known.labelled.features[:, outside], weights)
    return odds


def _losses(known: Judged, odds: Floats) -> Floats:
    """Return what each person's right candidate, or "none", was short of certain: -log(p)."""
    labelled = known.labelled
    against = softmax(odds, labelled.person)
    said = np.add.reduceat(np.where(labelled.chosen, odds, 0), against.starts)
    losses: Floats = -(said + against.nobody)
    return losses


def _splits(
    labelled: Labelled, folds: NDArray[np.integer]
) -> Iterator[tuple[Labelled, NDArray[np.bool_]]]:
    of_pair = folds[labelled.person]
    for fold in range(_FOLDS):
        rest = of_pair != fold
        inside = Labelled(
            np.ascontiguousarray(labelled.features[:, rest]),
            labelled.person[rest],
            labelled.chosen[rest],
        )
        yield inside, ~rest


def _best(known: Judged, odds: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the probability of each person's best candidate, and whether it is right."""
    labelled = known.labelled
    against = softmax(odds, labelled.person)
    order = np.lexsort((-odds, labelled.person))
    best = order[against.starts]
    return against.pairs[best], labelled.chosen[best]


def _figures(known: Judged, odds: Floats) -> Figures:
    probability, right = _best(known, odds)
    swept = sweep(probability, right)
    kept, _ = recall_at(swept, known.answerable, 0.99)
    return Figures(
        people=known.people,
        log_loss=float(_losses(known, odds).mean()),
        f1=best_f1(swept, known.answerable)[0],
        recall_at_99=kept / max(known.answerable, 1),
        calibration_error=calibration_error(calibration(probability, right)),
    )


def _lines(known: Judged, odds: Floats) -> tuple[dict[float, float], tuple[str, ...]]:
    """Return the lines that could be learned, by precision, and a sentence for each target."""
    probability, right = _best(known, odds)
    found: dict[float, float] = {}
    notes = []
    for target in TARGETS:
        line = learn_line(probability, right, target)
        named = f"the line for {target:.1%} right"
        if line is None:
            few = f"{known.people} answers ({people_for(target)} at the least, all right)"
            notes.append(f"{named} cannot be learned from {few}: the old one stays")
        else:
            found[target] = _drawn(line)
            notes.append(f"{named} is {found[target]}, learned from {known.people} answers")
    return found, tuple(notes)


def _drawn(line: float) -> float:
    """Return a line as it is written: no person it was learned from falls below it."""
    return min(max(floor(line * _STEPS) / _STEPS, _EVEN), 1 - 1 / _STEPS)


def _rewritten(
    book: Rulebook, known: Judged, weights: Floats, lines: dict[float, float]
) -> Rulebook:
    rounded = np.clip(np.round(weights, _DECIMALS), -_HEAVIEST, _HEAVIEST).tolist()
    fitted = dict(zip(known.names, rounded, strict=True))
    intercept = fitted.pop("intercept", book.intercept)
    return book.model_copy(
        update={
            "intercept": intercept,
            "model": book.model | fitted,
            "decide": _redrawn(book.decide, lines),
        }
    )


def _redrawn(decide: Decide, lines: dict[float, float]) -> Decide:
    """Return the lines with the learned ones; one that stays is not below those for less."""
    stay = {
        target: max([line, *(new for less, new in lines.items() if less < target)])
        for target, line in decide.lines.items()
    }
    both = dict(sorted((stay | lines).items()))
    changed: dict[str, object] = {"lines": both}
    if decide.precision is None:
        changed["match_from"] = lines.get(_PROMISE, decide.match_from)
    redrawn = decide.model_copy(update=changed)
    return redrawn.model_copy(update={"review_from": min(decide.review_from, redrawn.line)})
