"""What one pass over a column settles, and the values that are left to be asked one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


class Settled(NamedTuple):
    """The results of a column, and where they are ``sure``; elsewhere they mean nothing.

    ``results`` are None where each value is its own.
    """

    results: pa.Array | None
    sure: np.ndarray
