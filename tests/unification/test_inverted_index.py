"""Inverted indexes from values to companies, and pairs of positions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.pairs import NO_PAIRS, Pairs, distinct_pairs, encode, invert, invert_column


def as_set(pairs: Pairs) -> set[tuple[int, int]]:
    return set(zip(pairs.left.tolist(), pairs.company.tolist(), strict=True))


def test_a_missing_value_has_no_code() -> None:
    column = encode(pd.Series(["b", None, "a", "b"], dtype="str"))
    assert column.texts == ("b", "a")
    assert column.codes.tolist() == [0, -1, 1, 0]


@pytest.mark.parametrize(
    ("positions", "largest", "pairs"),
    [
        pytest.param([0], 9, {(0, 1), (0, 4)}, id="two companies"),
        pytest.param([1, 0], 9, {(0, 2), (1, 1), (1, 4)}, id="left is the place"),
        pytest.param([-1], 9, set(), id="unknown"),
        pytest.param([0, 1], 1, {(1, 2)}, id="too many companies propose none"),
        pytest.param([], 9, set(), id="nobody"),
    ],
)
def test_spreading_values_to_companies(
    positions: list[int], largest: int, pairs: set[tuple[int, int]]
) -> None:
    index = invert([("x", 4), ("x", 1), ("y", 2), ("x", 1)])
    assert as_set(index.pairs(np.array(positions, dtype=np.int64), largest=largest)) == pairs


def test_counts_and_positions() -> None:
    index = invert([("x", 4), ("x", 1), ("y", 2)])
    assert [index.position(value) for value in ("x", "y", "z", None)] == [0, 1, -1, -1]
    assert index.count(np.array([0, 1, -1])).tolist() == [2, 1, 0]


def test_no_links_at_all() -> None:
    index = invert([])
    unknown = np.array([-1, -1])
    assert index.position("x") == -1
    assert index.count(unknown).tolist() == [0, 0]
    assert as_set(index.pairs(unknown, largest=5)) == set()


@given(
    borne=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 6))),
    asked=st.lists(st.sampled_from("abcde")),
)
def test_links_give_back_what_was_linked(borne: list[tuple[str, int]], asked: list[str]) -> None:
    index = invert(borne)
    positions = np.array([index.position(value) for value in asked], dtype=np.int64)
    found = index.pairs(positions, largest=1000)
    expected = {(at, c) for at, value in enumerate(asked) for v, c in borne if v == value}
    assert as_set(found) == expected
    assert len(found.left) == len(expected)


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)), max_size=6), max_size=4))
def test_pairs_stand_once_and_in_order(parts: list[list[tuple[int, int]]]) -> None:
    given_parts = [Pairs(*np.array(part, dtype=np.int64).reshape(-1, 2).T) for part in parts]
    merged = distinct_pairs(given_parts, 7)
    lines = list(zip(merged.left.tolist(), merged.company.tolist(), strict=True))
    assert lines == sorted({pair for part in parts for pair in part})


def test_no_parts_and_no_companies() -> None:
    assert len(distinct_pairs([], 3).left) == 0
    assert len(distinct_pairs([NO_PAIRS], 0).left) == 0


@given(
    lines=st.lists(st.tuples(st.none() | st.sampled_from("abcd"), st.integers(0, 6))),
    asked=st.lists(st.tuples(st.none() | st.sampled_from("abcde"), st.integers(0, 8))),
)
def test_a_column_is_linked_as_its_values_are(
    lines: list[tuple[str | None, int]], asked: list[tuple[str | None, int]]
) -> None:
    values = pa.array([value for value, _ in lines], pa.large_string())
    index = invert_column(values, np.array([company for _, company in lines], dtype=np.int64))
    borne = {pair for pair in lines if pair[0] is not None}
    positions = index.positions([value for value, _ in asked])
    assert positions.tolist() == [index.position(value) for value, _ in asked]
    companies = np.array([company for _, company in asked], dtype=np.int64)
    assert index.has(positions, companies).tolist() == [pair in borne for pair in asked]
