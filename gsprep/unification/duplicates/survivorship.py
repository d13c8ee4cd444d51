"""The surviving value of each field of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.schemas.frames import ROW_ID
from gsprep.values.date import date_order, iso_date, iso_moment
from gsprep.values.distinct import on_distinct
from gsprep.values.number import plain_number
from gsprep.values.picklist import normal_boolean
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gsprep.unification.rules import Survival

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
        return self.at(name, self.place(wanted, key))

    def place(self, wanted: np.ndarray, key: np.ndarray) -> np.ndarray:
        """Return by person the wanted record with the smallest key, -1 without any."""
        at = np.flatnonzero(wanted)
        at = at[np.lexsort((at, key[at], self.group[at]))]
        at = at[np.append(True, self.group[at][1:] != self.group[at][:-1])[: len(at)]]
        places = np.full(len(self.starts), -1)
        places[self.group[at]] = at
        return places

    def at(self, name: str, places: np.ndarray) -> pd.Series[str]:
        """Return by person the value of a record, missing for -1."""
        kept = pd.Series(pd.NA, index=range(len(places)), dtype="str")
        there = np.flatnonzero(places >= 0)
        kept.iloc[there] = self.frame[name].iloc[places[there]].to_numpy()
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
    values: Values, name: str, how: Survival, places: np.ndarray | None
) -> pd.Series[str]:
    """Return the value of a field that survives for each person.

    ``places`` are the records from which it has to come, if it stays together with other fields.
    """
    column = values.frame[name]
    if places is not None:
        return values.at(name, places)
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


def place_of_block(
    values: Values, block: tuple[str, ...], rules: Mapping[str, Survival]
) -> np.ndarray:
    """Return by person the record from which fields come that stay together.

    It is the one that the rule of the first field with one chooses, else the one that has the most
    of them.
    """
    filled = values.frame[[*block]].notna().to_numpy().sum(axis=1)
    fullest = values.place(np.ones(len(filled), dtype=bool), -filled)
    name = next((name for name in block if name in rules), None)
    if name is None or rules[name].by not in _KEYS:
        return fullest
    how = rules[name]
    column = values.frame[name]
    wanted = column.notna().to_numpy() & ~column.isin(how.skip).to_numpy()
    chosen = values.place(wanted, _KEYS[how.by](values, name, how))
    return np.where(chosen >= 0, chosen, fullest)


def _joined(values: Values, name: str, between: str) -> pd.Series[str]:
    column = values.frame[name]
    said = pd.DataFrame({"group": values.group, "value": column}).dropna()
    texts = said.drop_duplicates().groupby("group")["value"].agg(between.join)
    return texts.reindex(range(len(values.starts))).astype("str").rename(name)


def _majority(values: Values, name: str, _how: Survival) -> np.ndarray:
    folded = on_distinct(values.frame[name], searchable)
    lines = pd.DataFrame({"group": values.group, "folded": folded})
    counts = lines.groupby(["group", "folded"], dropna=False)["group"].transform("size")
    return -counts.to_numpy(np.int64)


def _other_than(values: Values, name: str, wanted: str) -> np.ndarray:
    return (on_distinct(values.frame[name], normal_boolean) != wanted).to_numpy(np.int64)


def _lowest(values: Values, name: str, _how: Survival) -> np.ndarray:
    """Return the rank of each number, or of each date if no value is a number."""
    numbers = on_distinct(values.frame[name], plain_number).astype("float64")
    if numbers.notna().any():
        return numbers.rank(method="dense").fillna(np.inf).to_numpy()
    return by_date(values.frame[name], newest_first=False)


def _highest(values: Values, name: str, how: Survival) -> np.ndarray:
    rank = _lowest(values, name, how)
    known = on_distinct(values.frame[name], plain_number).notna().to_numpy()
    return (
        by_date(values.frame[name], newest_first=True)
        if not known.any()
        else -np.where(known, rank, -np.inf)
    )


_KEYS: Mapping[str, Callable[[Values, str, Survival], np.ndarray]] = {
    "fill": lambda values, _name, _how: np.zeros(len(values.frame), dtype=np.int64),
    "longest": lambda values, name, _how: (
        -values.frame[name].str.len().fillna(0).to_numpy(np.int64)
    ),
    "majority": _majority,
    "any_true": lambda values, name, _how: _other_than(values, name, "true"),
    "all_true": lambda values, name, _how: _other_than(values, name, "false"),
    "recent": lambda values, _name, how: by_date(values.frame[str(how.on)], newest_first=True),
    "oldest": lambda values, _name, how: by_date(values.frame[str(how.on)], newest_first=False),
    "highest": _highest,
    "lowest": _lowest,
    "source": lambda values, _, how: ranked(
        values.frame.get(how.column), how.order, len(values.frame)
    ),
    "ranked": lambda values, name, how: ranked(values.frame[name], how.order, len(values.frame)),
}
