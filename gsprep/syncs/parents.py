"""Records whose field names another record of the same object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gsprep.schemas.frames import ROW_ID
from gsprep.syncs.records import LOOKUP_CODE, Rejection, mapped_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    import pandas as pd

    from gsprep.syncs.definition import Lookup, Sync
    from gsprep.syncs.records import Resolve

# In place of the id of a record that this run writes first.
_WAITS = "\0parent\0"


class Parents:
    """The parents of the rows of one run: found in the tenant, or still to be written."""

    def __init__(self, sync: Sync, frame: pd.DataFrame, resolve: Resolve) -> None:
        """Store the rows that the run reads, with ``row_id``."""
        self._resolve = resolve
        self.fields: dict[str, Lookup] = {
            name: rule.lookup
            for name, rule in sync.fields.items()
            if rule.lookup is not None and rule.lookup.object == sync.destination.object
        }
        names = {*self.fields, *(how.by for how in self.fields.values())}
        values = {
            name: mapped_column(frame, name, rule, {}).str.strip()
            for name, rule in sync.fields.items()
            if name in names
        }
        self._values = {
            name: dict(zip(frame[ROW_ID], column.astype(object), strict=True))
            for name, column in values.items()
        }

    def resolve(self, how: Lookup, values: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the Gsids of each value; a record that this run writes first has a mark."""
        found = self._resolve(how, values)
        if how not in self.fields.values():
            return found
        own = self._owners(how.by)
        return {
            value: found.get(value) or ([_WAITS + value] if value.strip() in own else [])
            for value in values
        }

    def _owners(self, by: str) -> dict[str, str]:
        """Return the row that has each value of a field."""
        values = self._values.get(by, {})
        return {value: row_id for row_id, value in values.items() if isinstance(value, str)}

    def circles(self) -> dict[str, Rejection]:
        """Return the rows that are above themselves, with the reason."""
        found: dict[str, Rejection] = {}
        for name, how in self.fields.items():
            owners, above = self._owners(how.by), self._values[name]
            message = f"{name}: the record is a parent of itself."
            for row_id in _on_circles({row: owners.get(up) for row, up in above.items()}):
                found[row_id] = Rejection(LOOKUP_CODE, name, message)
        return found

    def waits(self, record: Mapping[str, Any]) -> bool:
        """Return whether a parent of the record is still to be written."""
        return any(str(record.get(name, "")).startswith(_WAITS) for name in self.fields)

    def found(
        self, records: Mapping[str, Mapping[str, Any]], written: AbstractSet[str] | None
    ) -> dict[str, dict[str, Any]]:
        """Return the records whose parents are there by now, with their Gsids.

        A dry run writes nothing: there the rows that would be ``written`` count as there.
        """
        ids = {name: self._found(name, how, records, written) for name, how in self.fields.items()}
        done: dict[str, dict[str, Any]] = {}
        for row_id, record in records.items():
            filled = {name: ids[name].get(record.get(name)) for name in self._missing(record)}
            if all(filled.values()):
                done[row_id] = {**record, **filled}
        return done

    def _missing(self, record: Mapping[str, Any]) -> list[str]:
        return [n for n in self.fields if str(record.get(n, "")).startswith(_WAITS)]

    def _found(
        self,
        name: str,
        how: Lookup,
        records: Mapping[str, Mapping[str, Any]],
        written: AbstractSet[str] | None,
    ) -> dict[Any, str]:
        """Return the Gsid for each mark of a field."""
        marks = [str(one[name]) for one in records.values() if name in self._missing(one)]
        values = list(dict.fromkeys(mark.removeprefix(_WAITS) for mark in marks))
        if not values:
            return {}
        there = self._resolve(how, values)
        found = {
            _WAITS + value: ids[0] for value in values if len(ids := there.get(value, ())) == 1
        }
        if written is not None:
            owners = self._owners(how.by)
            new = [value for value in values if owners.get(value.strip()) in written]
            found = {_WAITS + value: "new" for value in new} | found
        return found

    def rejection(self, record: Mapping[str, Any]) -> Rejection:
        """Return the reason against a record whose parent was not written."""
        name = self._missing(record)[0]
        return Rejection(LOOKUP_CODE, name, f"{name}: the parent is in the source, but not stored.")


def _on_circles(above: Mapping[str, str | None]) -> set[str]:
    """Return the members of each circle, by following every row upwards once."""
    done: set[str] = set()
    found: set[str] = set()
    for start in above:
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path[at] = None
            at = above.get(at)
        if at in path:
            rows = list(path)
            found.update(rows[rows.index(str(at)) :])
        done.update(path)
    return found
