"""Dialects of the sandbox for tests: random ones, and sets that cover their settings."""

from __future__ import annotations

import random
from dataclasses import asdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

from gsprep.sandbox.dialect import Dialect, choices

if TYPE_CHECKING:
    from collections.abc import Mapping

_Pair = frozenset[tuple[str, str]]


def drawn(seed: int | str) -> Dialect:
    """Return a random dialect; the same seed gives the same one."""
    chance = random.Random(seed)  # noqa: S311  a draw for tests, no secret
    settings: dict[str, Any] = {n: chance.choice(values) for n, values in choices().items()}
    return Dialect(**settings)


def singles() -> tuple[Dialect, ...]:
    """Return the usual dialect, and each one that differs from it in one setting."""
    usual = asdict(Dialect())
    others = [
        Dialect(**usual | {name: value})
        for name, values in choices().items()
        for value in values
        if value != usual[name]
    ]
    return Dialect(), *others


def pairwise() -> tuple[Dialect, ...]:
    """Return a small set of dialects with every pair of values of two settings."""
    usual = asdict(Dialect())
    found, missing = [usual], every_pair() - pairs_of(usual)
    while missing:
        found.append(_covering(missing))
        missing -= pairs_of(found[-1])
    return tuple(Dialect(**values) for values in found)


def every_pair() -> set[_Pair]:
    """Return every pair of values of two settings."""
    return {
        frozenset([(one, first), (other, second)])
        for one, other in combinations(choices(), 2)
        for first in choices()[one]
        for second in choices()[other]
    }


def pairs_of(values: Mapping[str, str]) -> set[_Pair]:
    """Return the pairs of values that a dialect has."""
    return {frozenset(pair) for pair in combinations(values.items(), 2)}


def _covering(missing: set[_Pair]) -> dict[str, str]:
    """Return values that hold one missing pair, and as many others as a greedy choice finds."""
    chosen = dict(min(missing, key=sorted))
    for name, values in choices().items():
        if name not in chosen:
            gains = {
                value: sum(frozenset([(name, value), other]) in missing for other in chosen.items())
                for value in values
            }
            chosen[name] = max(values, key=gains.__getitem__)
    return chosen
