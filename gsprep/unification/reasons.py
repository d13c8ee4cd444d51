"""Why a verdict was given, in words: the sentences of the comparisons that weighed most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.comparisons import COMPARISONS

if TYPE_CHECKING:
    from gsprep.unification.scoring import Scored

_NOBODY = "No company has anything in common with them."
_NOT_ALONE = "That alone decides nothing: somebody has to look."
_UNSURE = "What speaks for the company is too little."
_TIE = "Another company fits as well."
_LOUDEST = 3
_NEARLY = 0.5


def reasons(
    scored: Scored, best: np.ndarray, second: np.ndarray, verdict: np.ndarray, likely: np.ndarray
) -> np.ndarray:
    """Return the reason of each person's verdict, the strongest evidence first.

    ``best`` and ``second`` are positions in ``scored``, -1 for none; ``likely`` says whose
    probability would do for a match. People with the same evidence share a sentence, so each is
    put together once.
    """
    names = list(scored.weights)
    spoken = np.array([np.append(w, 0.0)[best] for w in scored.weights.values()]).T
    patterns = _patterns(spoken, names)
    odds = np.append(scored.log_odds, 0.0)
    close = (second >= 0) & (odds[best] - odds[second] < _NEARLY) & (verdict == "review")
    weak = (best >= 0) & (verdict == "no_match")
    alone = likely & (verdict == "review")
    ends = np.select([weak, alone, close], [_UNSURE, _NOT_ALONE, _TIE], default="")
    keys = np.stack([patterns, np.unique(ends, return_inverse=True)[1]])
    _, first, back = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    sentences = [_sentence(spoken[at], names, str(ends[at])) for at in first]
    return np.array(sentences, dtype=object)[back.ravel()]


def _patterns(spoken: np.ndarray, names: list[str]) -> np.ndarray:
    """Return a number for the order in which the comparisons weigh, equal for equal orders."""
    order = np.argsort(-np.abs(spoken), axis=1, kind="stable")[:, :_LOUDEST]
    loud = np.take_along_axis(spoken, order, axis=1)
    digits = np.where(loud == 0, 0, order + 1)
    pattern = np.zeros(len(spoken), dtype=np.int64)
    for place in range(digits.shape[1]):
        pattern = pattern * (len(names) + 1) + digits[:, place]
    return pattern


def _sentence(weights: np.ndarray, names: list[str], end: str) -> str:
    order = np.argsort(-np.abs(weights), kind="stable")[:_LOUDEST]
    loud = [at for at in order if weights[at] != 0]
    if not loud:
        return _NOBODY
    words = [COMPARISONS[names[at]].sentence for at in loud]
    return " ".join(filter(None, [*words, end]))
