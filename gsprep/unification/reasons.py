"""Why a verdict was given, in words: the sentences of the comparisons that weighed most."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

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
# What a reason ends with, in words.
ENDINGS: Mapping[Ending, str] = {
    Ending.NONE: "",
    Ending.UNSURE: "What speaks for the company is too little.",
    Ending.TIE: "Another company fits as well.",
    Ending.NOT_ALONE: "What speaks for this company never decides alone: somebody has to look.",
    Ending.RULES_DECIDE: "No rule decides it: somebody has to look.",
    Ending.SEVERAL: "The rule leads to other companies as well.",
    Ending.RULED_OUT: "A reviewer ruled out a company that they have something in common with.",
    Ending.NO_RULE: "No rule leads to a company.",
    Ending.NOBODY_RIGHT: "A reviewer answered that no company is theirs.",
}
_SAY_ALL = frozenset({Ending.RULED_OUT, Ending.NO_RULE, Ending.NOBODY_RIGHT})
# What a reviewer reads, by term.
SENTENCES = {name: comparison.sentence for name, comparison in COMPARISONS.items()} | {
    ANSWER: "A reviewer answered that this company is theirs."
}
_LOUDEST = 3


def reasons(found: Candidates, best: np.ndarray, ends: np.ndarray) -> pa.Array:
    """Return the reason of each person's verdict, the strongest evidence first.

    ``best`` are positions in ``found``, -1 for none, ``ends`` an Ending for each person. People
    with the same evidence share a sentence, so each is put together once.
    """
    names, there = list(found.terms), np.flatnonzero(best >= 0)
    spoken = np.zeros((len(names), len(best)), dtype=np.float32)
    for line, term in zip(spoken, found.terms.values(), strict=True):
        line[there] = term[best[there]]
    codes, keys = pd.factorize(_patterns(spoken) * len(Ending) + ends)
    sentences = [_sentence(key // len(Ending), names, Ending(key % len(Ending))) for key in keys]
    return pa.array(sentences, pa.large_string()).take(pa.array(codes))


def _patterns(spoken: np.ndarray) -> np.ndarray:
    """Return a number for the order in which the comparisons weigh, equal for equal orders.

    ``spoken`` has a line for each comparison. Of those that weigh as much the first comes first.
    """
    loudness = np.ascontiguousarray(np.abs(spoken).T)
    people, pattern = np.arange(len(loudness)), np.zeros(len(loudness), dtype=np.int64)
    for _ in range(min(_LOUDEST, len(spoken))):
        loudest = loudness.argmax(axis=1)
        heard = loudness[people, loudest] > 0
        pattern = pattern * (len(spoken) + 1) + np.where(heard, loudest + 1, 0)
        loudness[people, loudest] = 0
    return pattern


def _sentence(pattern: int, names: list[str], end: Ending) -> str:
    words: list[str] = []
    while pattern:
        pattern, digit = divmod(pattern, len(names) + 1)
        words[:0] = [SENTENCES[names[digit - 1]]] if digit else []
    if not words:
        return ENDINGS[end] if end in _SAY_ALL else _NOBODY
    return " ".join(filter(None, [*words, ENDINGS[end]]))
