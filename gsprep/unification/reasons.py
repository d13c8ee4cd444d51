"""Why a verdict was given, in words: the sentences of the comparisons that weighed most."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.candidates import ANSWER
from gsprep.unification.comparisons import COMPARISONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.candidates import Candidates


class Ending(IntEnum):
    """What a reason ends with."""

    NONE = 0
    UNSURE = 1
    TIE = 2
    NOT_ALONE = 3
    RULES_DECIDE = 4
    SEVERAL = 5
    RULED_OUT = 6
    NO_RULE = 7
    NOBODY_RIGHT = 8


_NOBODY = "No company has anything in common with them."
_ENDINGS: Mapping[Ending, str] = {
    Ending.NONE: "",
    Ending.UNSURE: "What speaks for the company is too little.",
    Ending.TIE: "Another company fits as well.",
    Ending.NOT_ALONE: "That alone decides nothing: somebody has to look.",
    Ending.RULES_DECIDE: "No rule decides it: somebody has to look.",
    Ending.SEVERAL: "The rule leads to other companies as well.",
    Ending.RULED_OUT: "A reviewer ruled out whom they have something in common with.",
    Ending.NO_RULE: "No rule leads to a company.",
    Ending.NOBODY_RIGHT: "A reviewer answered that no company is theirs.",
}
_SAY_ALL = frozenset({Ending.RULED_OUT, Ending.NO_RULE, Ending.NOBODY_RIGHT})
_SENTENCES = {name: comparison.sentence for name, comparison in COMPARISONS.items()} | {
    ANSWER: "A reviewer answered that this company is theirs."
}
_LOUDEST = 3


def reasons(found: Candidates, best: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the reason of each person's verdict, the strongest evidence first.

    ``best`` are positions in ``found``, -1 for none, ``ends`` an Ending for each person. People
    with the same evidence share a sentence, so each is put together once.
    """
    names = list(found.terms)
    spoken = np.array([np.append(term, 0.0)[best] for term in found.terms.values()]).T
    keys = np.stack([_patterns(spoken, names), ends])
    _, first, back = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    sentences = [_sentence(spoken[at], names, Ending(ends[at])) for at in first]
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


def _sentence(weights: np.ndarray, names: list[str], end: Ending) -> str:
    order = np.argsort(-np.abs(weights), kind="stable")[:_LOUDEST]
    words = [_SENTENCES[names[at]] for at in order if weights[at] != 0]
    if not words:
        return _ENDINGS[end] if end in _SAY_ALL else _NOBODY
    return " ".join(filter(None, [*words, _ENDINGS[end]]))
