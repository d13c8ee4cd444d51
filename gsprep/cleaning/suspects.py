"""Rules that touch few cells: one pass over the column finds those that are worth a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_arrow, as_mask, matches
from gsprep.values.distinct import on_distinct

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd


def of_suspects(
    column: pd.Series[str], pattern: str, of_one: Callable[[str], str | None]
) -> pd.Series[str]:
    """Return ``of_one`` of the values in which the pattern (RE2) is found; others as they are.

    The pattern needs a character beyond ASCII.
    """
    values = as_arrow(column)
    chosen = as_mask(pc.invert(pc.string_is_ascii(values)))
    if chosen.any():
        chosen[chosen] = matches(values.filter(pa.array(chosen)), pattern)
    return of_chosen(column, chosen, of_one)


def of_chosen(
    column: pd.Series[str], chosen: np.ndarray, of_one: Callable[[str], str | None]
) -> pd.Series[str]:
    """Return ``of_one`` of the values that the mask chooses; others as they are."""
    if not chosen.any():
        return column
    mended = column.copy()
    mended[chosen] = on_distinct(column[chosen], of_one)
    return mended
