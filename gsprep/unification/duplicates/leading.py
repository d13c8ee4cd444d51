"""Which record of a person leads the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.schemas.frames import ROW_ID
from gsprep.values.date import date_order, iso_date, iso_moment
from gsprep.values.distinct import on_distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

_PERSON_ID = "person_id"
_SOURCE = "source"


def leading_order(
    lines: pd.DataFrame, record: Sequence[tuple[str, object]], existing: np.ndarray
) -> np.ndarray:
    """Return the order of records: by person, the leading record of each one first.

    People are in the order of their first records; the last key is the order given.
    """
    keys = [_key(lines, name, on, existing) for name, on in record]
    person = pd.factorize(lines[_PERSON_ID])[0]
    return np.lexsort((*reversed(keys), person))


def _key(lines: pd.DataFrame, name: str, on: object, existing: np.ndarray) -> np.ndarray:
    """Return a number for each record, the smallest for the one that leads."""
    if name == "against":
        return (~existing).astype(np.int64)
    if name == "complete":
        fields = lines.drop(columns=[ROW_ID, _PERSON_ID])
        result: np.ndarray = -fields.notna().to_numpy().sum(axis=1)
        return result
    if name == "source":
        return ranked(lines.get(_SOURCE), tuple(on), len(lines))  # type: ignore[arg-type]
    if name in {"recent", "oldest"}:
        return by_date(lines[str(on)], newest_first=name == "recent")
    return np.arange(len(lines))


def ranked(column: pd.Series[str] | None, order: Sequence[str], count: int) -> np.ndarray:
    """Return the place of each value in a list; those not in it come last."""
    if column is None:
        return np.zeros(count, dtype=np.int64)
    places = {value: at for at, value in enumerate(order)}
    return column.map(places).fillna(len(order)).to_numpy(np.int64)


def by_date(column: pd.Series[str], *, newest_first: bool) -> np.ndarray:
    """Return a number for each date in its order; records without a date come last."""
    order = date_order(column.dropna().unique().tolist())
    moments = on_distinct(column, lambda text: iso_moment(text, order) or iso_date(text, order))
    codes, dates = pd.factorize(moments, sort=True)
    ascending = np.where(codes < 0, len(dates), codes)
    return np.where(codes < 0, 1, -codes) if newest_first else ascending
