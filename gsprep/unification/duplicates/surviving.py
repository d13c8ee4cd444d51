"""The surviving value of each field of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.unification.duplicates.leading import by_date, ranked
from gsprep.values.distinct import on_distinct
from gsprep.values.picklist import normal_boolean
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.unification.people_rules import Survival


class Values:
    """Records by person, the leading one first.

    Attributes:
        frame:  the records.
        starts: where each person's records begin.
        group:  by record, the number of its person.
        size:   by record, how many records its person has.
    """

    def __init__(self, frame: pd.DataFrame, starts: np.ndarray) -> None:
        """Number the people."""
        self.frame, self.starts = frame, starts
        counts = np.diff(np.append(starts, len(frame)))
        self.group = np.repeat(np.arange(len(starts)), counts)
        self.size = np.repeat(counts, counts)

    def first(self, name: str, wanted: np.ndarray, key: np.ndarray) -> pd.Series[str]:
        """Return by person the wanted value with the smallest key, missing without any."""
        at = np.flatnonzero(wanted)
        at = at[np.lexsort((at, key[at], self.group[at]))]
        at = at[np.append(True, self.group[at][1:] != self.group[at][:-1])[: len(at)]]
        kept = pd.Series(pd.NA, index=range(len(self.starts)), dtype="str")
        kept.iloc[self.group[at]] = self.frame[name].iloc[at].to_numpy()
        return kept

    def further(self, name: str, taken: pd.Series[str], place: int) -> pd.Series[str]:
        """Return by person another distinct value of a field, by its place among them."""
        column = self.frame[name]
        folded = on_distinct(column, searchable)
        mine = on_distinct(taken, searchable).iloc[self.group].set_axis(column.index)
        open_ = column.notna() & (folded != mine)
        both = pd.DataFrame({"group": self.group, "folded": folded})[open_].drop_duplicates()
        here = both.index[(both.groupby("group").cumcount() == place).to_numpy()]
        wanted = np.zeros(len(column), dtype=bool)
        wanted[here] = True
        return self.first(name, wanted, np.zeros(len(column)))


def surviving(
    values: Values, name: str, how: Survival, block: tuple[str, ...] | None
) -> pd.Series[str]:
    """Return the value of a field that survives for each person."""
    column = values.frame[name]
    if block is not None:
        return _of_block(values, name, block)
    if how.by == "join":
        return _joined(values, name, how.between)
    known = column.notna().to_numpy()
    if how.by == "leader":
        return column.iloc[values.starts].reset_index(drop=True)
    kept = values.first(
        name, known & ~column.isin(how.skip).to_numpy(), _KEYS[how.by](values, name, how)
    )
    # A value to skip is better than none.
    return kept.fillna(values.first(name, known, np.zeros(len(column)))) if how.skip else kept


def _of_block(values: Values, name: str, block: tuple[str, ...]) -> pd.Series[str]:
    """Return the value of the record that has the most fields of a block."""
    there = [other for other in block if other in values.frame.columns]
    filled = values.frame[there].notna().to_numpy().sum(axis=1)
    at = np.lexsort((np.arange(len(filled)), -filled, values.group))
    best = at[np.append(True, values.group[at][1:] != values.group[at][:-1])[: len(at)]]
    result: pd.Series[str] = values.frame[name].iloc[best].reset_index(drop=True)
    return result


def _joined(values: Values, name: str, between: str) -> pd.Series[str]:
    column = values.frame[name]
    said = pd.DataFrame({"group": values.group, "value": column}).dropna()
    texts = said.drop_duplicates().groupby("group")["value"].agg(between.join)
    return texts.reindex(range(len(values.starts))).astype("str").rename(name)


def _same(values: Values, _name: str, _how: Survival) -> np.ndarray:
    return np.zeros(len(values.frame), dtype=np.int64)


def _longest(values: Values, name: str, _how: Survival) -> np.ndarray:
    return -values.frame[name].str.len().fillna(0).to_numpy(np.int64)


def _majority(values: Values, name: str, _how: Survival) -> np.ndarray:
    folded = on_distinct(values.frame[name], searchable)
    lines = pd.DataFrame({"group": values.group, "folded": folded})
    counts = lines.groupby(["group", "folded"], dropna=False)["group"].transform("size")
    return -counts.to_numpy(np.int64)


def _true_first(values: Values, name: str, _how: Survival) -> np.ndarray:
    return (on_distinct(values.frame[name], normal_boolean) != "true").to_numpy(np.int64)


def _false_first(values: Values, name: str, _how: Survival) -> np.ndarray:
    return (on_distinct(values.frame[name], normal_boolean) != "false").to_numpy(np.int64)


def _recent(values: Values, _name: str, how: Survival) -> np.ndarray:
    return by_date(values.frame[str(how.on)], newest_first=True)


def _source(values: Values, _name: str, how: Survival) -> np.ndarray:
    return ranked(values.frame.get(how.column), how.order, len(values.frame))


def _ranked(values: Values, name: str, how: Survival) -> np.ndarray:
    return ranked(values.frame[name], how.order, len(values.frame))


_KEYS: Mapping[str, Callable[[Values, str, Survival], np.ndarray]] = {
    "fill": _same,
    "longest": _longest,
    "majority": _majority,
    "any_true": _true_first,
    "all_true": _false_first,
    "recent": _recent,
    "source": _source,
    "ranked": _ranked,
}
