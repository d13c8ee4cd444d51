"""A function of distinct values, mapped back, is the function of each row."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.distinct import (
    distinct_values,
    on_distinct,
    on_distinct_pairs,
    where_distinct,
)

cells = st.lists(st.sampled_from([None, "a", "b", "A", " ", "none", "\u200b"]), max_size=8)


def column(values: list[str | None]) -> pd.Series:
    """Return a column whose index says nothing: one label for all."""
    return pd.Series(values, dtype="str", index=["x"] * len(values), name="Column")


def emptied(text: str) -> str | None:
    return None if text == "none" else f"<{text}>"


@given(cells)
def test_each_row_gets_what_its_value_gives(values: list[str | None]) -> None:
    given_column = column(values)
    before = given_column.copy()
    found = on_distinct(given_column, emptied)
    expected = column([None if value is None else emptied(value) for value in values])
    pd.testing.assert_series_equal(found, expected)
    pd.testing.assert_series_equal(given_column, before)


@given(cells)
def test_missing_never_holds(values: list[str | None]) -> None:
    found = where_distinct(column(values), str.islower)
    assert found.dtype == bool
    assert found.tolist() == [value is not None and value.islower() for value in values]
    assert found.index.tolist() == ["x"] * len(values)


@given(cells)
def test_each_distinct_value_is_asked_once(values: list[str | None]) -> None:
    asked: list[str] = []
    on_distinct(column(values), asked.append)
    assert asked == list(dict.fromkeys(value for value in values if value is not None))
    codes, distinct = distinct_values(column(values))
    assert distinct == asked
    assert [None if code < 0 else distinct[code] for code in codes] == values


@given(st.lists(st.tuples(*[st.sampled_from([None, "a", "b", "c"])] * 2), max_size=10))
def test_pairs(pairs: list[tuple[str | None, str | None]]) -> None:
    """A missing value beside is passed on as None, a missing value itself is not."""
    asked: list[tuple[str, str | None]] = []

    def of_two(text: str, beside: str | None) -> str | None:
        asked.append((text, beside))
        return None if beside == "c" else f"{text}{beside}"

    left, right = column([a for a, _ in pairs]), column([b for _, b in pairs])
    found = on_distinct_pairs(left, right, of_two)
    expected = [None if a is None or b == "c" else f"{a}{b}" for a, b in pairs]
    pd.testing.assert_series_equal(found, column(expected))
    assert sorted(asked, key=str) == sorted({p for p in pairs if p[0] is not None}, key=str)
