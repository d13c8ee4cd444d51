"""How good probabilities are: at every threshold, and as promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

# 95 % of a normal distribution lie within so many standard deviations.
DEVIATIONS = 1.959964
_BINS = 10


@dataclass(frozen=True, slots=True)
class Sweep:
    """What would be decided from each probability on, the highest first.

    decided, right: people with at least that probability, and those of them who are right.
    """

    probability: Floats
    decided: Floats
    right: Floats

    @property
    def precision(self) -> Floats:
        """The share of the decided that is right."""
        return self.right / self.decided

    def recall(self, answerable: int) -> Floats:
        """Return the share of the answerable that is decided rightly."""
        return self.right / max(answerable, 1)

    def f1(self, answerable: int) -> Floats:
        """Return the harmonic mean of precision and recall."""
        return 2 * self.right / (self.decided + max(answerable, 1))


def sweep(probability: Floats, right: NDArray[np.bool_]) -> Sweep:
    """Return what each threshold would decide; people of one probability go together."""
    order = np.argsort(-probability, kind="stable")
    falling = probability[order]
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)[: len(falling)])
    decided, all_right = last + 1, np.cumsum(right[order])[last]
    return Sweep(falling[last], decided.astype(np.float64), all_right.astype(np.float64))


def wilson(right: Floats | float, whole: Floats | float) -> tuple[Floats, Floats]:
    """Return the 95 % bounds of a share by Wilson's score; 0 and 1 where there is nothing.

    >>> low, high = wilson(98, 100)
    >>> round(float(low), 3), round(float(high), 3)
    (0.93, 0.994)
    """
    count, total = np.asarray(right, np.float64), np.asarray(whole, np.float64)
    square = DEVIATIONS**2
    middle = count + square / 2
    rest = np.maximum(1 - count / np.maximum(total, 1), 0)
    reach = np.sqrt(square * (count * rest + square / 4))
    low = np.maximum((middle - reach) / (total + square), 0)
    return low, np.minimum((middle + reach) / (total + square), 1)


def best_f1(swept: Sweep, answerable: int) -> tuple[float, float | None]:
    """Return the highest F1 over all thresholds, and the threshold; 0 and None without any."""
    if not len(swept.probability):
        return 0.0, None
    f1 = swept.f1(answerable)
    at = int(f1.argmax())
    return float(f1[at]), float(swept.probability[at])


def recall_at(swept: Sweep, answerable: int, target: float) -> tuple[int, float | None]:
    """Return how many are decided rightly where precision is the target at least, and from where.

    Of all thresholds that keep the target the lowest counts; 0 and None where none does.
    """
    kept = np.flatnonzero(swept.precision >= target)
    if not len(kept) or not answerable:
        return 0, None
    return int(swept.right[kept[-1]]), float(swept.probability[kept[-1]])


def calibration(probability: Floats, right: NDArray[np.bool_]) -> pd.DataFrame:
    """Return ten bins of about as many people each: what was said, and what was true.

    Columns: from, to, people, probability (the mean), right (the share), low, high (its 95 %
    bounds). People of one probability stand in one bin.
    """
    edges = (
        np.unique(np.quantile(probability, np.linspace(0, 1, _BINS + 1)[1:-1]))
        if len(probability)
        else np.empty(0)
    )
    bins = np.searchsorted(edges, probability, side="right")
    frame = pd.DataFrame({"bin": bins, "probability": probability, "right": right})
    by_bin = frame.groupby("bin")
    people, count = by_bin.size().astype("float64"), by_bin["right"].sum().astype("float64")
    low, high = wilson(count.to_numpy(np.float64), people.to_numpy(np.float64))
    told = {
        "from": by_bin["probability"].min(),
        "to": by_bin["probability"].max(),
        "people": people.astype("int64"),
        "probability": by_bin["probability"].mean(),
        "right": count / people,
    }
    return pd.DataFrame(told).assign(low=low, high=high).reset_index(drop=True)


def calibration_error(bins: pd.DataFrame) -> float:
    """Return how far, on average over people, what was said is from what was true."""
    if not len(bins):
        return 0.0
    gap = (bins["probability"] - bins["right"]).abs()
    return float((gap * bins["people"]).sum() / bins["people"].sum())
