"""What an association belongs to: named by an id, or by what a lookup finds it by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.calls.endpoints import EMPTY_KEY
from gsprep.uploader.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.schemas.lookups import Lookup

# No id holds it: what was joined to a name is never taken for one.
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Named:
    """What the rows of one frame are sent with, and what they belong to.

    Attributes:
        sent: the columns that are sent; what lookups read stands only where the id is missing.
        keys: one column for each id: the id, else the names in its place; missing without both.
        found: whether any row is left to a lookup.
    """

    sent: pd.DataFrame
    keys: pd.DataFrame
    found: bool

    def with_any_company(self) -> Named:
        """Return the same with relationships that lack a company each below one of its own."""
        own = _BETWEEN + self.keys["Relationship_ID"]
        keys = self.keys.assign(Company_ID=self.keys["Company_ID"].fillna(own))
        return replace(self, keys=keys)


def named(
    frame: pd.DataFrame, ids: Sequence[str], sent: Sequence[str], lookups: Mapping[str, Lookup]
) -> Named:
    """Return how the rows of a text frame name what they belong to.

    A row is left to a lookup when it lacks the id and has all that the lookup reads.
    """
    columns = list(dict.fromkeys([*ids, *sent]))
    values = frame.reindex(columns=[*columns, *_sources(lookups, columns)]).astype("str")
    keys = values[list(ids)]
    used = pd.DataFrame(data=False, index=frame.index, columns=list(values.columns))
    for target, lookup in lookups.items():
        read = values[list(lookup.fields)]
        free = read.notna().all(axis=1) & _missing(frame, target)
        for name in lookup.fields:
            used[name] |= free
        if target in keys:
            keys = keys.assign(**{target: keys[target].where(~free, _joined(read))})
    for name in _sources(lookups, columns):
        values[name] = values[name].where(used[name])
    return Named(values, keys, bool(used.to_numpy().any()))


def _missing(frame: pd.DataFrame, name: str) -> pd.Series[bool]:
    column = frame.get(name)
    return pd.Series(data=True, index=frame.index) if column is None else column.isna()


def _sources(lookups: Mapping[str, Lookup], columns: Sequence[str]) -> list[str]:
    """Return what lookups read that is no field of the object itself."""
    read = dict.fromkeys(name for lookup in lookups.values() for name in lookup.fields)
    return [name for name in read if name not in columns]


def _joined(read: pd.DataFrame) -> pd.Series[str]:
    joined = pd.Series("", index=read.index, dtype="str")
    for name in read:
        joined = joined + _BETWEEN + read[name].fillna("")
    return joined


def nameless(keys: pd.DataFrame, lookups: Mapping[str, Lookup], row_field: str) -> dict[int, Fault]:
    """Return a fault for each row that names something neither by its id nor for a lookup."""
    faults: dict[int, Fault] = {}
    for name in map(str, keys):
        other = f", and {', '.join(lookups[name].fields)} to find it by" if name in lookups else ""
        # The bulk calls have no place for a relationship but below a company.
        above = ", below which a relationship goes" if len(keys.columns) > 1 else ""
        of = above if name == "Company_ID" else ""
        fault = Fault(
            EMPTY_KEY,
            row_field,
            f"not sent: {name} is missing{other}{of}. Fill one and send it again",
        )
        for position in keys.index[keys[name].isna()]:
            faults.setdefault(int(position), fault)
    return faults
