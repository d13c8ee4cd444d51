"""Quality of guesses: one score and one company for each person.

A higher ``score`` is surer, and -inf means no guess; ``right`` is whether the guess is the true
company. ``answerable`` is the number of people who have a company.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.results import Unified


@dataclass(frozen=True, slots=True)
class Guessed:
    """The best guess for each person of the truth, in its order.

    score: float.    right: bool.    answerable: bool, whether any company is right.
    """

    score: np.ndarray
    right: np.ndarray
    answerable: np.ndarray


def held_against(guesses: pd.DataFrame, truth: pd.DataFrame) -> Guessed:
    """Join guesses (row_id, Company_ID, score) to the truth (row_id, Company_ID).

    A person without a line in ``guesses`` has no guess.
    """
    both = truth[["row_id", "Company_ID"]].merge(
        guesses[["row_id", "Company_ID", "score"]],
        on="row_id",
        how="left",
        suffixes=("_true", ""),
        validate="one_to_one",
    )
    guessed = both["Company_ID"].notna() & both["score"].notna()
    return Guessed(
        np.where(guessed, both["score"], -np.inf).astype(float),
        (guessed & (both["Company_ID"] == both["Company_ID_true"])).to_numpy(dtype=bool),
        both["Company_ID_true"].notna().to_numpy(dtype=bool),
    )


def best_candidates(unified: Unified) -> pd.DataFrame:
    """Return the best candidate of each person who has one, including people without a match.

    Columns row_id, Company_ID and score, the probability. In the evidence, a person's best
    candidate is the first.
    """
    best = unified.evidence.drop_duplicates("row_id")[["row_id", "Company_ID"]]
    probability = unified.decisions[["row_id", "probability"]]
    score = probability.rename(columns={"probability": "score"})
    return best.merge(score, on="row_id", validate="one_to_one")


def best_f1(guessed: Guessed) -> float:
    """Return the best F1 over all thresholds; precision of the decided, recall of the answerable.

    >>> best_f1(Guessed(np.array([3.0, 2.0, 1.0]), np.array([True, True, False]),
    ...                 np.array([True, True, False])))
    1.0
    """
    right, decided = _by_threshold(guessed)
    if not len(right):
        return 0.0
    return float((2 * right / (decided + guessed.answerable.sum())).max())


def coverage_at(guessed: Guessed, precision: float) -> float:
    """Return the largest share of the answerable decided correctly with at least ``precision``.

    >>> coverage_at(Guessed(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]),
    ...                     np.array([True, True, True])), 0.9)
    0.3333333333333333
    """
    right, decided = _by_threshold(guessed)
    # Compare whole numbers: rounding must not reject a share that is exactly the promised one.
    kept = right >= precision * decided - 1e-9
    return float(right[kept].max(initial=0) / max(guessed.answerable.sum(), 1))


def precision_from(guessed: Guessed, line: float) -> tuple[float, float]:
    """Return precision and recall if all guesses from ``line`` on count; 1 if there are none."""
    decided = guessed.score >= line
    right = int((decided & guessed.right).sum())
    precision = right / decided.sum() if decided.any() else 1.0
    return float(precision), right / max(int(guessed.answerable.sum()), 1)


def calibration_error(guessed: Guessed, bins: int = 15) -> float:
    """Return the difference between scores, as probabilities, and the shares that are right.

    People with a guess are sorted by score into ``bins`` of equal size, with equal scores in one
    bin; the differences are weighted by size.

    >>> calibration_error(Guessed(np.array([0.5, 0.5]), np.array([True, False]),
    ...                           np.array([True, True])), bins=1)
    0.0
    """
    there = np.isfinite(guessed.score)
    if not there.any():
        return 0.0
    score, right = guessed.score[there], guessed.right[there]
    edges = np.sort(score)[np.arange(1, bins) * len(score) // bins]
    part = np.searchsorted(edges, score, side="right")
    apart = np.bincount(part, weights=score - right, minlength=bins)
    return float(np.abs(apart).sum() / len(score))


def _by_threshold(guessed: Guessed) -> tuple[np.ndarray, np.ndarray]:
    """Return how many are right and how many are decided at each threshold, highest first."""
    there = np.isfinite(guessed.score)
    order = np.argsort(-guessed.score[there], kind="stable")
    score = guessed.score[there][order]
    # Equal scores are decided together.
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else order
    return np.cumsum(guessed.right[there][order])[last], last + 1
