"""Groups of a component are the same however the evidence between them is kept."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.duplicates.growing import Joining, Part, grown

SIZE = 8
pairs = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(
    lambda pair: pair[0] < pair[1]
)
weights = st.integers(-6, 9) | st.none()


@given(
    evidence=st.dictionaries(pairs, st.tuples(weights, weights), min_size=1),
    apart=st.lists(pairs, max_size=3),
    slack=st.sampled_from([0.0, 1.0, np.inf]),
    copies=st.none() | st.lists(st.integers(0, 3), min_size=SIZE, max_size=SIZE),
)
def test_one_array_and_lists_give_the_same_groups(
    evidence: dict[tuple[int, int], tuple[int | None, int | None]],
    apart: list[tuple[int, int]],
    slack: float,
    copies: list[int] | None,
) -> None:
    terms = np.array([[-4, *values] for values in evidence.values()], dtype=float)
    score = np.nansum(terms, axis=1)
    asked = list(evidence)
    best = [asked[at] for at in np.argsort(-score, kind="stable") if score[at] > 0]
    left, right = np.array(asked).T
    sums = np.stack([np.nan_to_num(terms), ~np.isnan(terms)], axis=1)
    part = Part(np.arange(SIZE), left, right, sums, best)
    kept_apart = frozenset(apart)
    alike = None if copies is None else np.array(copies)
    how = Joining(0.0, -4.0, kept_apart, copies=alike, slack=slack)
    found = grown(part, how).tolist()
    assert found == grown(part, how, small=0).tolist()
    assert all(found[one] != found[two] for one, two in kept_apart)
    assert all(found[group] == group for group in found)


def test_groups_are_named_after_their_smallest_records() -> None:
    sums = np.stack([np.full((2, 1), 5.0), np.ones((2, 1))], axis=1)
    part = Part(np.array([4, 7, 9, 12]), np.array([1, 0]), np.array([3, 2]), sums, [(1, 3), (0, 2)])
    assert grown(part, Joining(0.0, -8.0)).tolist() == [4, 7, 4, 7]
