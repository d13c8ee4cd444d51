"""The line for ``match``: from which probability a promised share was right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.tuning.measures import DEVIATIONS, sweep, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.floating]


def learn_line(
    probability: Sequence[float] | Floats, right: Sequence[bool] | NDArray[np.bool_], target: float
) -> float | None:
    """Return the smallest probability from which the target is met, None when it nowhere is.

    ``probability`` is that of each person's best candidate, ``right`` whether it is theirs. The
    target is met where the lower 95 % bound of the share that is right reaches it, so a higher
    target never has a lower line, and few people have none: for 99 % at least 381, all right.
    """
    swept = sweep(np.asarray(probability, np.float64), np.asarray(right, np.bool_))
    low, _ = wilson(swept.right, swept.decided)
    met = np.flatnonzero(low >= target)
    return float(swept.probability[met[-1]]) if len(met) else None


def people_for(target: float) -> int:
    """Return how many people, all of them right, a target needs.

    >>> people_for(0.99), people_for(0.995)
    (381, 765)
    """
    return int(np.ceil(DEVIATIONS**2 * target / (1 - target)))
