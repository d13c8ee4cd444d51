"""Who belongs where, in counts: verdicts, by whom and by what, and how sure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.report.parts import Part, Whole
from gsprep.report.summary import VERDICTS
from gsprep.schemas.frames import ROW_ID

if TYPE_CHECKING:
    from gsprep.results import Unified

# Where a band of probability begins; the last one ends at 1.
_EDGES = (0.0, 0.1, 0.5, 0.85, 0.95, 0.99, 0.999)
_BINS = 20
_BETWEEN = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Band:
    """People whose best company has a probability in a band.

    expected: how many of the companies named are right, if the probabilities are.
    """

    low: float
    high: float
    verdicts: Whole
    expected: float


@dataclass(frozen=True, slots=True)
class Matching:
    """The decisions in counts.

    verdicts:  of all people.
    alone:     people of whom no company was even a candidate; the rest have a probability.
    deciders:  verdicts by what decided: the model, a rule of the rulebook, an answer.
    reasons:   verdicts by what was said of people; somebody has up to four sentences.
    histogram: verdicts by twentieths of probability.
    bands:     the same by bands, with what is to be expected of each.
    expected:  of the matches, how many are right if the probabilities are.
    """

    verdicts: Whole
    alone: int
    deciders: tuple[Whole, ...]
    reasons: tuple[Whole, ...]
    histogram: tuple[Whole, ...]
    bands: tuple[Band, ...]
    expected: float


def matching_of(unified: Unified) -> Matching:
    """Count decisions; what is right only a truth could tell, and none is at hand."""
    decisions = unified.decisions
    at = pd.Index(decisions[ROW_ID]).get_indexer(pd.Index(unified.evidence[ROW_ID]))
    candidates = np.zeros(len(decisions), dtype=bool)
    candidates[at[at >= 0]] = True
    verdict = decisions["verdict"][candidates]
    probability = decisions["probability"].to_numpy(dtype=float)[candidates]
    matched = (verdict == "match").to_numpy()
    return Matching(
        verdicts=_whole("people", decisions["verdict"]),
        alone=int((~candidates).sum()),
        deciders=_deciders(decisions),
        reasons=_reasons(decisions),
        histogram=_histogram(verdict, probability),
        bands=_bands(verdict, probability),
        expected=round(float(probability[matched].sum()), 1),
    )


def _whole(name: str, verdicts: pd.Series[str]) -> Whole:
    counts = verdicts.value_counts()
    return Whole(name, tuple(Part(word, int(counts.get(word, 0))) for word in VERDICTS))


def _deciders(decisions: pd.DataFrame) -> tuple[Whole, ...]:
    groups = decisions.groupby("rule", sort=True, observed=True)["verdict"]
    return tuple(sorted((_whole(str(n), g) for n, g in groups), key=lambda one: -one.count))


def _reasons(decisions: pd.DataFrame) -> tuple[Whole, ...]:
    """Return the verdicts by sentence: reasons are few, and each is taken apart once."""
    counts = decisions[["reason", "verdict"]].value_counts().reset_index(name="people")
    told: dict[str, Counter[str]] = {}
    for reason, verdict, people in counts.itertuples(index=False):
        for sentence in dict.fromkeys(_BETWEEN.split(str(reason))):
            told.setdefault(sentence, Counter())[str(verdict)] += int(people)
    wholes = (
        Whole(sentence, tuple(Part(word, by[word]) for word in VERDICTS))
        for sentence, by in told.items()
    )
    return tuple(sorted(wholes, key=lambda one: (-one.count, one.name)))


def _histogram(verdicts: pd.Series[str], probability: np.ndarray) -> tuple[Whole, ...]:
    at = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    return tuple(
        _whole(f"{place / _BINS:g} to {(place + 1) / _BINS:g}", verdicts[at == place])
        for place in range(_BINS)
    )


def _bands(verdicts: pd.Series[str], probability: np.ndarray) -> tuple[Band, ...]:
    at = np.searchsorted(_EDGES, probability, side="right") - 1
    edges = zip(_EDGES, (*_EDGES[1:], 1.0), strict=True)
    bands = (
        Band(low, high, _whole(f"{low:g} to {high:g}", verdicts[at == place]), 0.0)
        for place, (low, high) in enumerate(edges)
    )
    sums = np.bincount(at, weights=probability, minlength=len(_EDGES))
    return tuple(
        Band(band.low, band.high, band.verdicts, round(float(sums[place]), 1))
        for place, band in enumerate(bands)
    )
