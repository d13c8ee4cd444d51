"""Evidence for pairs as terms that add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gsprep.unification.duplicates.universe import levels_in

if TYPE_CHECKING:
    import numpy as np

    from gsprep.unification.duplicates.model import Model


class Terms(NamedTuple):
    """The terms of pairs against the leading alternative: they add up to the log-odds."""

    intercept: np.ndarray
    weights: np.ndarray  # one line a pair, one column each
    alternative: np.ndarray  # by pair, 0 for a stranger, else the number of the context from 1


def terms_of(model: Model, patterns: np.ndarray, shift: np.ndarray) -> Terms:
    """Return the terms of the log-odds of each pair."""
    # Many pairs have the same pattern.
    at, distinct = pd.factorize(patterns)
    levels = levels_in(distinct, len(model.m))
    leading = model.alternatives(levels).argmax(axis=0)
    begin, weights = model.parts(levels, leading)
    shares = model.shares()[leading]
    if model.weighs is not None:
        shares = shares * model.weighs
    return Terms(begin[at], weights[at] + shift * shares[at], leading[at])
