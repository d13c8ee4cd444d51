"""Apply a value function to the distinct values of a column and map the results back."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable


def distinct_values(column: pd.Series[str]) -> tuple[np.ndarray, list[str]]:
    """Return a code for each row, -1 where missing, and the distinct values as they appear."""
    codes, values = pd.factorize(column, use_na_sentinel=True)
    return codes, values.tolist()


def on_distinct(column: pd.Series[str], of_one: Callable[[str], str | None]) -> pd.Series[str]:
    """Return ``of_one`` of every value, called once for each distinct value.

    ``column`` is text; a missing value stays missing and is never passed on. The result has
    the column's index, dtype ``str``, and is missing where ``of_one`` gave None.
    """
    codes, values = distinct_values(column)
    results = [of_one(value) for value in values]
    return _back(column, codes, pd.array([*results, None], dtype="str"))


def where_distinct(column: pd.Series[str], holds: Callable[[str], bool]) -> pd.Series[bool]:
    """Return whether each value fulfils ``holds``, asked once for each distinct value.

    A missing value is False. The result has the column's index and dtype ``bool``.
    """
    codes, values = distinct_values(column)
    answers = [holds(value) for value in values]
    return _back(column, codes, np.array([*answers, False], dtype=bool))


def _back(column: pd.Series, codes: np.ndarray, results: object) -> pd.Series:
    # A missing value has the code -1, which picks the last, added, entry.
    return pd.Series(cast("np.ndarray", results)[codes], index=column.index, name=column.name)


def on_distinct_pairs(
    column: pd.Series[str], beside: pd.Series[str], of_two: Callable[[str, str | None], str | None]
) -> pd.Series[str]:
    """Return ``of_two`` of every value and the value beside it, called once for each pair.

    A missing value in ``column`` stays missing; a missing one in ``beside`` is passed as None.
    Both columns are text and of one length; the result has the first one's index.
    """
    codes, values = distinct_values(column)
    beside_codes, beside_values = distinct_values(beside)
    width = len(beside_values) + 1
    pair_codes, pairs = pd.factorize(np.where(codes < 0, -1, codes * width + beside_codes + 1))
    others = [None, *beside_values]
    results = [
        None if pair < 0 else of_two(values[pair // width], others[pair % width]) for pair in pairs
    ]
    return _back(column, pair_codes, pd.array([*results, None], dtype="str"))
