"""Model of duplicates, and how it is learned: levels among matches and strangers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.duplicates.levels import LEVELS, MISSING, level_of
from gsprep.unification.duplicates.unrelated_pairs import STATES, held, levels_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.duplicates.candidates import People
    from gsprep.unification.duplicates.columns import Column
    from gsprep.unification.duplicates.unrelated_pairs import Chances, Context

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
        return np.maximum(stayed, moved)

    def moves(self, levels: np.ndarray) -> np.ndarray:
        """Return which patterns are those of a person who moved rather than of one who stayed."""
        stayed, moved = self.by_moves(levels)
        return moved > stayed

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
        return base[self.at] + np.einsum("pc,pc->p", self.shifts, shares[self.at])


def in_context(levels: np.ndarray, terms: SharedLevels) -> np.ndarray:
    """Return which patterns share all terms of a context."""
    inside = np.ones(len(levels), dtype=bool)
    for column, wanted in terms:
        inside &= held(levels[:, column], wanted)
    return inside


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    """Return log-odds as probabilities."""
    return 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))


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


# The largest share of the records of one person that differ, by kind.
_DIFFER: Mapping[str, float] = {
    "given": 0.08, "surname": 0.10, "date": 0.03, "identifier": 0.10, "email": 0.30,
}  # fmt: skip
# The least: a model that sees only pairs that agree would think that they always do.
_DIFFER_AT_LEAST = 0.001
# The largest share of the records of one person at other levels that speak against it.
_AT_MOST: Mapping[str, Mapping[str, float]] = {"email": {"colleague": 0.002}}
# Log-odds that no list teaches: a father and a son have the same name and often one household.
_FIXED: Mapping[str, tuple[float, ...]] = {"mark": (-6.0, -4.0, 0.0)}
# The levels that are in order, the farthest first; the others are only nearer than the first.
_IN_ORDER: Mapping[str, tuple[str, ...]] = {
    kind: tuple(n for n in names if n not in {"part", "nickname", "swapped", "colleague",
                                              "like colleague", "same local",
                                              "name at another domain"})
    for kind, names in LEVELS.items()
}  # fmt: skip
_PRIOR_PAIRS = 10.0
# How often the addresses of people of one name in one place have each level, in its order.
_RELATED_EMAIL = (0.45, 0.01, 0.001, 0.3, 0.15, 0.001, 0.088)
# The share of the pairs of one person between whom that person moved: employer or home, and with it
# address, telephone and colleagues.
_MOVED_AT_FIRST, _LEAST_MOVED, _MOST_MOVED = 0.02, 0.001, 0.15
# A mobile number stays with a person who moves, that of an employer or a home does not.
_NEW_PHONES = 0.5
_SAME_AT_FIRST, _DIFFER_AT_FIRST = 0.7, 0.1
_MATCHES_AT_FIRST = 0.1
_MOST_ROUNDS, _STEADY = 30, 1e-4
_LEAST = 1e-9
_DOUBTFUL = 0.1
# Whatever else different people share, they have these in common by chance only.
_IDENTITY = frozenset({"given", "surname", "date", "identifier", "mark"})
_LEAST_OF_RAW, _LEAST_OF_CONTEXT = 0.1, 0.005


@dataclass(frozen=True, slots=True)
class Learning:
    """What a model is learned from.

    people:   the records.
    patterns: the distinct patterns of all pairs below.
    pairs:    the candidates.
    chances:  how often pairs agree, related or not.
    contexts: what different people have in common.
    sharing:  by context, some pairs that share it.
    universe: the number of all pairs.
    """

    people: People
    patterns: np.ndarray
    pairs: Sample
    chances: Chances
    contexts: list[Context]
    sharing: list[Sample]
    universe: float
    levels: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        """Unpack the patterns once."""
        object.__setattr__(self, "levels", levels_in(self.patterns, len(self.people.columns)))


def learn(of: Learning) -> Model:
    """Learn the probabilities by expectation-maximization, guarded against drift."""
    model = _first(of)
    for _ in range(_MOST_ROUNDS):
        odds = model.log_odds(of.levels)
        posterior = sigmoid(of.pairs.log_odds(*odds))
        mass = np.bincount(of.pairs.at, posterior, minlength=len(of.patterns))
        shared = [_apart(sigmoid(one.log_odds(*odds))) for one in of.sharing]
        stayed, moved = model.by_moves(of.levels)
        before, model = model.expected, _next(of, mass, shared, sigmoid(moved - stayed))
        if abs(model.expected - before) <= _STEADY * max(model.expected, 1):
            break
    return model


def _apart(probability: np.ndarray) -> np.ndarray:
    """Return how much pairs say about different people: doubtful ones nothing.

    Otherwise what matches have in common would count as common among different people, which makes
    the matches more doubtful.
    """
    return np.where(probability < _DOUBTFUL, 1 - probability, 0.0)


def _first(of: Learning) -> Model:
    """Return the model before anything is learned."""
    expected = _MATCHES_AT_FIRST * of.universe / max(of.people.pairs, 1.0) * of.people.size
    start = np.array([_start(column.kind, _differ(column)) for column in of.people.columns])
    u = of.chances.u
    sharing = [np.ones(len(one.at)) for one in of.sharing]
    return _model(of, _Estimate(start, u, expected, sharing, np.zeros(len(of.patterns))))


def _differ(column: Column) -> float:
    """Return the largest share of the records of one person that differ in a column."""
    return column.how.differ_at_most or _DIFFER.get(column.kind, 1.0)


def _start(kind: str, most: float) -> np.ndarray:
    """Return the probabilities of levels that are assumed before anything is learned."""
    names = LEVELS[kind]
    start = np.zeros(STATES)
    rest = len(names) - 2
    differ = min(most, _DIFFER_AT_FIRST if rest else 1 - _SAME_AT_FIRST)
    same = _SAME_AT_FIRST if rest else 1 - differ
    start[: len(names)] = (1 - same - differ) / max(rest, 1)
    start[0] = differ
    start[names.index("same")] = same
    return start


def _next(of: Learning, mass: np.ndarray, shared: list[np.ndarray], moving: np.ndarray) -> Model:
    """Return the next model; ``moving`` is the probability of each pattern that a person moved."""
    columns = of.people.columns
    m, u = np.zeros((len(columns), STATES)), of.chances.u.copy()
    for at, column in enumerate(columns):
        size = len(LEVELS[column.kind])
        # What people who moved have in common by chance says nothing of those who stayed.
        seen = mass * (1 - moving) if _movable(column) else mass
        counts = np.bincount(of.levels[:, at], seen, minlength=STATES)[:size]
        start = _start(column.kind, _differ(column))[:size]
        m[at, :size] = (counts + _PRIOR_PAIRS * start) / (counts.sum() + _PRIOR_PAIRS)
        known = of.chances.known[at] * of.universe / max(of.people.pairs, 1.0)
        raw = of.chances.u[at, :size]
        alike = np.bincount(of.levels[:, at], mass, minlength=STATES)[:size]
        rest = np.maximum(raw * known - alike, _LEAST_OF_RAW * raw * known) + _LEAST
        u[at, :size] = rest / rest.sum()
        if column.kind == "email":
            # Among people of one name, whom a model of single columns does not know.
            place = level_of("email", "name at another domain")
            u[at, place] = of.chances.u[at, place]
        _capped(m[at], column.kind, _differ(column))
    share = float((mass * moving).sum() / max(mass.sum(), 1))
    share = min(max(share, _LEAST_MOVED), _MOST_MOVED)
    return _model(of, _Estimate(m, u, float(mass.sum()), shared, mass, share))


def _movable(column: Column) -> float:
    """Return how many of those who change the employer or the home have another value there."""
    if column.kind != "email" and (not column.how.is_shared or column.kind in _IDENTITY):
        return 0.0
    return _NEW_PHONES if column.kind == "phone" else 1.0


def _capped(m: np.ndarray, kind: str, most: float) -> None:
    """Cap the probability that the records of one person differ."""
    if m[0] < _DIFFER_AT_LEAST:
        m *= (1 - _DIFFER_AT_LEAST) / max(1 - m[0], _LEAST)
        m[0] = _DIFFER_AT_LEAST
    limits = {"differ": most, **_AT_MOST.get(kind, {})}
    over = {level_of(kind, name): limit for name, limit in limits.items()}
    over = {at: limit for at, limit in over.items() if m[at] > limit}
    rest = 1 - sum(m[at] for at in over)
    m *= (1 - sum(over.values())) / max(rest, _LEAST)
    for at, limit in over.items():
        m[at] = limit


class _Estimate(NamedTuple):
    """What a round found: probabilities, and the share of each pair that is a match."""

    m: np.ndarray
    u: np.ndarray
    expected: float
    apart: list[np.ndarray]  # by context, the probability that its pairs are different people
    mass: np.ndarray  # by pattern, the expected matches
    moved: float = _MOVED_AT_FIRST


def _model(of: Learning, estimate: _Estimate) -> Model:
    m, u, expected, apart, mass, moved = estimate
    columns = of.people.columns
    log_m, log_u = np.zeros((len(columns), STATES)), np.zeros((len(columns), STATES))
    for at, column in enumerate(columns):
        size = len(LEVELS[column.kind])
        log_u[at, :size] = np.log(np.maximum(u[at, :size], _LEAST))
        log_m[at, :size] = np.log(np.maximum(m[at, :size], _LEAST))
        _in_order(log_m[at], log_u[at], column.kind)
        if column.kind in _FIXED:
            log_m[at, :size], log_u[at, :size] = _FIXED[column.kind], 0.0
    log_m[:, MISSING] = log_u[:, MISSING] = 0
    share = min(max(expected, 1.0) / max(of.universe, 2.0), 0.5)
    within = [
        _of_related(of, context.terms, log_m, log_u)
        if context.related
        else _within(of, context.terms, one, weights, log_u)
        for context, one, weights in zip(of.contexts, of.sharing, apart, strict=True)
    ]
    sizes = [_size(of, context, mass) for context in of.contexts]
    return Model(
        prior=float(np.log(share) - np.log1p(-share)),
        m=log_m,
        u=log_u,
        contexts=tuple(context.terms for context in of.contexts),
        sizes=np.array(sizes),
        within=np.array(within).reshape(len(within), len(columns), STATES),
        counted=tuple(0.0 if one.related else 1 / len(one.terms) for one in of.contexts),
        movable=np.array([_movable(column) for column in columns]),
        moved=moved,
        places=tuple(level_of(column.kind, "same") for column in columns),
        expected=expected,
    )


def _in_order(log_m: np.ndarray, log_u: np.ndarray, kind: str) -> None:
    """Let no nearer level weigh less than a farther one: such levels are taken as one."""
    places = [level_of(kind, name) for name in _IN_ORDER[kind]]
    pools: list[tuple[float, float, int]] = []
    for place in places:
        pools.append((float(np.exp(log_m[place])), float(np.exp(log_u[place])), 1))
        while len(pools) > 1 and pools[-1][0] * pools[-2][1] < pools[-2][0] * pools[-1][1]:
            last, before = pools.pop(), pools.pop()
            pools.append((last[0] + before[0], last[1] + before[1], last[2] + before[2]))
    weights = np.concatenate([np.full(n, np.log(m / u)) for m, u, n in pools])
    log_m[places] = log_u[places] + weights
    others = [at for at, name in enumerate(LEVELS[kind]) if at not in places]
    if kind == "email":
        # Two addresses that say no more than the name say no more against it than others do.
        others = [level_of("email", "name at another domain")]
    log_m[others] = np.maximum(log_m[others], log_u[others] + weights[0])


def _size(of: Learning, context: Context, mass: np.ndarray) -> float:
    """Return the log of the share of pairs in a context that are not of one person."""
    inside = in_context(of.levels, context.terms)
    count = context.count * of.universe / max(of.people.pairs, 1.0)
    if context.related:
        return float(np.log(max(count, _LEAST) / of.universe))
    rest = max(count - float(mass[inside].sum()), _LEAST_OF_CONTEXT * count, _LEAST)
    return float(np.log(rest / of.universe))


def _of_related(
    of: Learning, terms: SharedLevels, log_m: np.ndarray, log_u: np.ndarray
) -> np.ndarray:
    """Return the log-probabilities of levels for people of one name in one place.

    They share an employer or a home as often as not, and what is their own differs.
    """
    found = log_u.copy()
    for at, column in enumerate(of.people.columns):
        if column.kind == "email":
            found[at, : len(_RELATED_EMAIL)] = np.log(_RELATED_EMAIL)
        elif column.how.is_shared:
            found[at] = np.logaddexp(log_m[at], log_u[at]) - np.log(2)
    for at, _ in terms:
        found[at] = 0.0
    return found


def _within(
    of: Learning, terms: SharedLevels, one: Sample, weights: np.ndarray, log_u: np.ndarray
) -> np.ndarray:
    """Return the log-probabilities of levels for different people who share a context."""
    found = log_u.copy()
    shared = {column for column, _ in terms}
    for at, column in enumerate(of.people.columns):
        if at in shared:
            found[at] = 0.0
        elif column.kind not in _IDENTITY:
            size = len(LEVELS[column.kind])
            counts = np.bincount(of.levels[one.at, at], weights, minlength=STATES)[:size]
            usual = np.exp(log_u[at, :size])
            share = (counts + _PRIOR_PAIRS * usual) / (counts.sum() + _PRIOR_PAIRS)
            found[at, :size] = np.log(np.maximum(share, _LEAST))
    return found
