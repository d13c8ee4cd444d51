"""Evidence for pairs as terms that add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.unification.duplicates.universe import levels_in

if TYPE_CHECKING:
    from gsprep.unification.duplicates.model import Model


class Terms(NamedTuple):
    """The terms of pairs against the leading alternative: they add up to the log-odds."""

    intercept: np.ndarray
    weights: np.ndarray  # one line a pair, one column each
    alternative: np.ndarray  # by pair, 0 for a stranger, else the number of the context from 1


def terms_of(model: Model, patterns: np.ndarray, shift: np.ndarray) -> Terms:
    """Return the terms of the log-odds of each pair."""
    columns = np.arange(len(model.m))
    levels = levels_in(patterns, len(columns))
    leading = model.alternatives(levels).argmax(axis=0)
    against = np.concatenate([model.u[None], _of_contexts(model)])
    shares = model.shares()[leading]
    moves = model.moves(levels)
    matched = model.of_moved()[moves.astype(np.int64)[:, None], columns, levels]
    weights = matched - against[leading[:, None], columns, levels]
    shares_of = np.log(np.array([1 - model.moved, model.moved]))
    begin = model.prior + shares_of[moves.astype(np.int64)]
    sizes = np.append(0.0, model.sizes)
    return Terms(begin - sizes[leading], weights + shift * shares, leading)


def _of_contexts(model: Model) -> np.ndarray:
    if not len(model.within):
        return np.empty((0, *model.m.shape))
    found: np.ndarray = model.within
    return found
