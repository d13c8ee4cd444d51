"""Groups join by their best edges, and what must not join never does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.duplicates.grouping import (
    Edges,
    Joining,
    Part,
    best_cut,
    grown,
    joined,
    promised_cut,
)

PRIOR = -8.0


def groups_of(size: int, *pairs: tuple[int, int, float], how: Joining | None = None) -> list[int]:
    left, right, score = zip(*pairs, strict=True)
    edges = Edges(np.array(left), np.array(right), np.array(score, dtype=float))
    return joined(size, edges, how or Joining(0.0, PRIOR)).tolist()


def test_records_of_a_clique_are_one_group() -> None:
    assert groups_of(4, (0, 1, 5), (0, 2, 5), (1, 2, 5)) == [0, 0, 0, 3]


def test_one_edge_does_not_chain_two_groups_that_differ_otherwise() -> None:
    inside = [(0, 1, 9), (2, 3, 9)]
    assert groups_of(4, *inside, (1, 2, 1), (0, 2, -9), (0, 3, -9), (1, 3, -9)) == [0, 0, 2, 2]


def test_records_that_complement_one_another_join() -> None:
    """The two ends have nothing in common: their evidence is the prior alone."""
    assert groups_of(3, (0, 1, 9), (1, 2, 8), (0, 2, PRIOR)) == [0, 0, 0]


def test_records_apart_never_join_by_way_of_a_third() -> None:
    how = Joining(0.0, PRIOR, apart=frozenset({(0, 2)}))
    assert groups_of(3, (0, 1, 9), (1, 2, 5), (0, 2, 7), how=how) == [0, 0, 2]


def test_two_different_unique_values_never_join() -> None:
    how = Joining(0.0, PRIOR, unique=(np.array([7, -1, 8]),))
    assert groups_of(3, (0, 1, 9), (1, 2, 5), (0, 2, 7), how=how) == [0, 0, 2]


pairs = st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(-12, 12)).filter(
    lambda pair: pair[0] < pair[1]
)


@given(
    edges=st.lists(pairs, min_size=1, unique_by=lambda pair: pair[:2]),
    apart=st.lists(pairs.map(lambda pair: pair[:2])),
    order=st.permutations(range(10)),
)
def test_constraints_hold_and_the_order_of_pairs_does_not_matter(
    edges: list[tuple[int, int, float]], apart: list[tuple[int, int]], order: list[int]
) -> None:
    how = Joining(0.0, PRIOR, apart=frozenset(apart))
    found = groups_of(10, *edges, how=how)
    assert all(found[one] != found[two] for one, two in apart)
    again = sorted(edges, key=lambda pair: (order[pair[0]], order[pair[1]]))
    assert groups_of(10, *again, how=how) == found
    # Every record of a group has an edge above the cut in it.
    for record in range(10):
        mine = [e for e in edges if record in e[:2] and found[e[0]] == found[e[1]] and e[2] > 0]
        assert mine or found.count(found[record]) == 1


def test_the_cut_is_where_the_expected_f1_is_greatest() -> None:
    probability = np.array([0.99, 0.98, 0.4, 0.1])
    cut = best_cut(probability, expected=2.5)
    taken = [probability[probability > line] for line in (0.0, 0.2, cut, 0.985)]
    f1 = [2 * t.sum() / (len(t) + 2.5) for t in taken]
    assert f1[2] == max(f1)


@pytest.mark.parametrize(
    ("pairs", "expected", "taken"),
    [
        pytest.param([0.45], 0.45, 0, id="probably no match at all"),
        pytest.param([0.55], 0.55, 1, id="probably one"),
        pytest.param([0.45, 0.4], 0.85, 0, id="each probably none"),
        pytest.param([], 0.0, 0, id="no pairs"),
    ],
)
def test_a_lone_pair_joins_only_if_it_is_probably_right(
    pairs: list[float], expected: float, taken: int
) -> None:
    probability = np.array(pairs)
    assert (probability > best_cut(probability, expected)).sum() == taken


def test_two_groups_are_compared_column_by_column() -> None:
    """The pair that knows little is no reason to join groups that differ where both are known."""
    evidence = {
        (0, 1): (-8.0, 9.0, 8.0),
        (2, 3): (-8.0, 9.0, 8.0),
        (1, 2): (-8.0, 9.0, np.nan),
        (0, 2): (-8.0, 9.0, -6.0),
        (0, 3): (-8.0, 9.0, -6.0),
        (1, 3): (-8.0, 9.0, np.nan),
    }
    left, right = (np.array(side) for side in zip(*evidence, strict=True))
    terms = np.array(list(evidence.values()))
    edges = Edges(left, right, np.nansum(terms, axis=1))
    assert joined(4, edges, Joining(0.0, PRIOR), lambda at: terms[at]).tolist() == [0, 0, 2, 2]
    assert joined(4, edges, Joining(0.0, PRIOR, slack=9.0)).tolist() == [0, 0, 0, 0]


@given(
    probability=st.lists(st.floats(0, 1), min_size=1, max_size=200),
    precision=st.floats(0.6, 0.999),
)
def test_the_pairs_over_a_promised_line_are_right_often_enough_by_their_probabilities(
    probability: list[float], precision: float
) -> None:
    line = promised_cut(np.array(probability), precision)
    taken = [one for one in probability if one > line]
    assert line >= 0.5
    assert not taken or sum(taken) / len(taken) >= precision


SIZE = 8
two_records = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(
    lambda pair: pair[0] < pair[1]
)
weights = st.integers(-6, 9) | st.none()


@given(
    evidence=st.dictionaries(two_records, st.tuples(weights, weights), min_size=1),
    apart=st.lists(two_records, max_size=3),
    slack=st.sampled_from([0.0, 1.0, np.inf]),
    copies=st.none() | st.lists(st.integers(0, 3), min_size=SIZE, max_size=SIZE),
)
def test_records_apart_are_never_in_a_group_named_after_one_of_them(
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
    assert all(found[one] != found[two] for one, two in kept_apart)
    assert all(found[group] == group for group in found)


def test_groups_are_named_after_their_smallest_records() -> None:
    sums = np.stack([np.full((2, 1), 5.0), np.ones((2, 1))], axis=1)
    part = Part(np.array([4, 7, 9, 12]), np.array([1, 0]), np.array([3, 2]), sums, [(1, 3), (0, 2)])
    assert grown(part, Joining(0.0, -8.0)).tolist() == [4, 7, 4, 7]
