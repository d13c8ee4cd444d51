"""How right guesses are: one score and one company for each person, held against the truth.

``score`` is the higher the surer, -inf where nothing was guessed; ``right`` is whether the guess
is the true company. ``answerable`` is how many people have a company at all.
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
    """Lay guesses (row_id, Company_ID, score) beside the truth (row_id, Company_ID).

    A person without a line in ``guesses`` is somebody of whom nothing was guessed.
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
    """Return the best candidate of everybody who has one, also of those without a match.

    Columns row_id, Company_ID and score, the probability. Evidence holds a person's best
    candidate first.
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
    """Return the largest share of the answerable decided rightly while ``precision`` holds.

    >>> coverage_at(Guessed(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]),
    ...                     np.array([True, True, True])), 0.9)
    0.3333333333333333
    """
    right, decided = _by_threshold(guessed)
    # The counts are whole: a share that meets the promise exactly is not to fall to rounding.
    kept = right >= precision * decided - 1e-9
    return float(right[kept].max(initial=0) / max(guessed.answerable.sum(), 1))


def precision_from(guessed: Guessed, line: float) -> tuple[float, float]:
    """Return precision and recall when everything from ``line`` on is decided; 1 for nothing."""
    decided = guessed.score >= line
    right = int((decided & guessed.right).sum())
    precision = right / decided.sum() if decided.any() else 1.0
    return float(precision), right / max(int(guessed.answerable.sum()), 1)


def calibration_error(guessed: Guessed, bins: int = 15) -> float:
    """Return how far scores read as probabilities are from the shares that are right.

    People with a guess stand in ``bins`` of equal size by their score, those of one score
    together; the differences are weighted by size.

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
