"""Columns of text between pandas and Arrow: the same bytes, seen by either."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of Arrow's types for text the one that pandas' own has.
TEXT = pa.large_string()
_PANDAS_TEXT = pd.StringDtype(na_value=np.nan)
Texts: TypeAlias = pa.LargeStringArray


def arrow_text(column: pd.Series[str]) -> Texts:
    """Return a text column as one array of Arrow, null where it is missing."""
    return in_one(pa.array(column, type=TEXT, from_pandas=True))


def pandas_text(texts: Texts) -> pd.Series[str]:
    """Return an array of Arrow as a text column, positions as index."""
    return pd.Series(_PANDAS_TEXT.__from_arrow__(texts))  # type: ignore[attr-defined]  # not in the stubs


def coded(texts: Sequence[str], codes: np.ndarray) -> pd.Series[str]:
    """Return the text of each code as a column; "" is missing.

    >>> coded(["", "stored"], np.array([1, 0])).isna().tolist()
    [False, True]
    """
    return pandas_text(pa.array([text or None for text in texts], TEXT).take(pa.array(codes)))


def listed(texts: Texts) -> list[str | None]:
    """Return texts as Python's, None where they are missing."""
    if texts.null_count == len(texts):
        return [None] * len(texts)
    found: list[str | None] = texts.to_numpy(zero_copy_only=False).tolist()
    return found


def in_one(texts: Texts | pa.ChunkedArray) -> Texts:
    """Return texts that may stand in several arrays as one."""
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def ends_and_data(texts: Texts) -> tuple[np.ndarray, pa.Buffer]:
    """Return where texts begin and end, and the bytes they stand in."""
    _, ends, data = texts.buffers()
    if not len(texts) or data is None:
        return np.zeros(len(texts) + 1, dtype=np.int64), pa.py_buffer(b"")
    places = np.frombuffer(ends, dtype=np.int64)
    return places[texts.offset : texts.offset + len(texts) + 1], data
