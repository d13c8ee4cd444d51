"""Model of duplicates: probabilities of levels for matches and strangers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.duplicates.unrelated_pairs import held, levels_in

SharedLevels = tuple[tuple[int, tuple[int, ...]], ...]
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Model:
    """The probabilities of levels for matches, strangers and people who share a context.

    prior:    the log-odds of a pair before anything is compared.
    m:        by column and level, the log of the probability if the records are of one person.
    u:        the same for strangers.
    contexts: the terms of each context.
    sizes:    the log of the share of all pairs in each context.
    within:   by context, column and level, the log of the probability for pairs in it.
    counted:  by context, how much the frequency of each value that it shares counts.
    places:   by column, the level of equal values.
    movable:  by column, the share of the people who move that have another value there.
    moved:    the share of the pairs of one person between whom the person moved.
    expected: the expected number of matching pairs.
    weighs:   by column, how much it weighs as a share of what was learned; None for all of it.
    """

    prior: float
    m: np.ndarray
    u: np.ndarray
    contexts: tuple[SharedLevels, ...]
    sizes: np.ndarray
    within: np.ndarray
    counted: tuple[float, ...]
    places: tuple[int, ...]
    movable: np.ndarray
    moved: float
    expected: float = 0.0
    weighs: np.ndarray | None = None

    def rounded(self) -> Model:
        """Return the model with the decimals that a file has, so that both decide the same."""
        arrays = {
            name: np.round(getattr(self, name), _DECIMALS) for name in ("m", "u", "sizes", "within")
        }
        return replace(
            self,
            prior=round(self.prior, _DECIMALS),
            moved=round(self.moved, _DECIMALS),
            counted=tuple(round(share, _DECIMALS) for share in self.counted),
            **arrays,
        )

    def alternatives(self, levels: np.ndarray) -> np.ndarray:
        """Return the log-probability of each pattern for strangers and for each context."""
        columns = np.arange(levels.shape[1])
        lines = [self.u[columns, levels].sum(axis=1)]
        for terms, size, within in zip(self.contexts, self.sizes, self.within, strict=True):
            inside = in_context(levels, terms)
            total = np.full(len(levels), -np.inf)
            total[inside] = size + within[columns, levels[inside]].sum(axis=1)
            lines.append(total)
        return np.stack(lines)

    def matched(self, levels: np.ndarray) -> np.ndarray:
        """Return the log-probability of each pattern if the records are of one person."""
        stayed, moved = self.by_moves(levels)
        found: np.ndarray = np.maximum(stayed, moved)
        return found

    def moves(self, levels: np.ndarray) -> np.ndarray:
        """Return which patterns are those of a person who moved rather than of one who stayed."""
        stayed, moved = self.by_moves(levels)
        found: np.ndarray = moved > stayed
        return found

    def by_moves(self, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log-probability of each pattern for a person who stayed, and who moved."""
        columns = np.arange(levels.shape[1])
        stayed, moved = self.of_moved()[:, columns, levels].sum(axis=2)
        return stayed + np.log1p(-self.moved), moved + np.log(self.moved)

    def of_moved(self) -> np.ndarray:
        """Return m of a person who stayed, and of one who moved: new values, as a stranger has."""
        with np.errstate(divide="ignore"):
            other, own = np.log(self.movable)[:, None], np.log1p(-self.movable)[:, None]
        return np.stack([self.m, np.logaddexp(other + self.u, own + self.m)])

    def log_odds(self, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log-odds of patterns for values of average frequency, and their shares.

        The shares say how much the frequency of each column's value counts: fully for
        strangers; in a context, values that depend on it count less.
        """
        others = self.alternatives(levels)
        leading = others.argmax(axis=0)
        shares = self.shares()[leading]
        if self.weighs is None:
            return self.prior + self.matched(levels) - others.max(axis=0), shares
        begin, weights = self.parts(levels, leading)
        return begin + weights.sum(axis=1), shares * self.weighs.astype(np.float32)

    def parts(self, levels: np.ndarray, leading: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log-odds of patterns in parts: without columns, and of each column.

        They are against the ``leading`` alternative of each pattern.
        """
        columns = np.arange(len(self.m))
        against = np.concatenate([self.u[None], self.within])
        moves = self.moves(levels).astype(np.int64)
        matched = self.of_moved()[moves[:, None], columns, levels]
        weights = matched - against[leading[:, None], columns, levels]
        begin = self.prior + np.log(np.array([1 - self.moved, self.moved]))[moves]
        sizes = np.append(0.0, self.sizes)
        scale = 1.0 if self.weighs is None else self.weighs
        return begin - sizes[leading], weights * scale

    def shares(self) -> np.ndarray:
        """Return by alternative and column how much the frequency of a value counts."""
        lines = [np.ones(len(self.m))]
        for terms, within, counted in zip(self.contexts, self.within, self.counted, strict=True):
            line = np.ones(len(self.m))
            for column, place in enumerate(self.places):
                usual = min(self.u[column, place], -1e-3)
                line[column] = np.clip(within[column, place] / usual, 0, 1)
            for column, _ in terms:
                line[column] = counted
            lines.append(line)
        return np.array(lines, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Sample:
    """Pairs as places in a table of patterns, and the shift of each by its values."""

    at: np.ndarray
    shifts: np.ndarray

    def log_odds(self, base: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """Return the log-odds of the pairs, given those of their patterns."""
        found: np.ndarray = base[self.at] + np.einsum("pc,pc->p", self.shifts, shares[self.at])
        return found


def in_context(levels: np.ndarray, terms: SharedLevels) -> np.ndarray:
    """Return which patterns share all terms of a context."""
    inside = np.ones(len(levels), dtype=bool)
    for column, wanted in terms:
        inside &= held(levels[:, column], wanted)
    return inside


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    """Return log-odds as probabilities."""
    found: np.ndarray = 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))
    return found


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
