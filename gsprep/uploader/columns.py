"""Columns of text from codes, and the bytes behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa

from gsprep.values.arrow import TEXT, as_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

Texts: TypeAlias = pa.LargeStringArray


def coded(texts: Sequence[str], codes: np.ndarray) -> pd.Series[str]:
    """Return the text of each code as a column; "" is missing.

    >>> coded(["", "stored"], np.array([1, 0])).isna().tolist()
    [False, True]
    """
    return as_column(pa.array([text or None for text in texts], TEXT).take(pa.array(codes)))


def ends_and_data(texts: Texts) -> tuple[np.ndarray, pa.Buffer]:
    """Return where texts begin and end, and the bytes they stand in."""
    _, ends, data = texts.buffers()
    if not len(texts) or data is None:
        return np.zeros(len(texts) + 1, dtype=np.int64), pa.py_buffer(b"")
    places = np.frombuffer(ends, dtype=np.int64)
    return places[texts.offset : texts.offset + len(texts) + 1], data
