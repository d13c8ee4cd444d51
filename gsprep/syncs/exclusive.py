"""Entries of a list that belong to one record only, such as the domains of accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gsprep.schemas.frames import text_records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gsprep.syncs.records import Records
    from gsprep.uploader.object_keys import Key, ObjectTarget, RecordCalls

_SIGN = ";"


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Leaves an entry of a field to one record: the one that has it, or else the first to name it.

    Attributes:
        calls: read the records that have entries by now.
        field: the field, whose entries are joined by ``;`` and compared without case.
        clears: whether the field is emptied when no entry is left.
    """

    calls: RecordCalls
    target: ObjectTarget
    field: str
    clears: bool

    def finish(self, mapped: Records, _read: pd.DataFrame) -> Records:
        """Return records without the entries of others, with a note on each; raises UploadError."""
        entries = {row_id: _entries(one.get(self.field)) for row_id, one in mapped.records.items()}
        owners = self._owners([entry for several in entries.values() for entry in several])
        notes: dict[str, str] = {}
        records: dict[str, Mapping[str, Any]] = {}
        for row_id, record in mapped.records.items():
            key = self.target.key_of(record)
            kept = [e for e in entries[row_id] if owners.setdefault(e.casefold(), key) == key]
            records[row_id] = record
            if left := len(entries[row_id]) - len(kept):
                records[row_id] = self._without(record, kept)
                notes[row_id] = f"{self.field}: {_counted(left)} another record is left out."
        return replace(mapped, records=records, notes={**mapped.notes, **notes})

    def _owners(self, entries: Sequence[str]) -> dict[str, Key | None]:
        """Return the key of the record that has each entry by now."""
        if not entries:
            return {}
        frame = self.calls.query(
            self.target.name,
            select=[*self.target.keys, self.field],
            among=(self.field, list(dict.fromkeys(entries))),
        )
        return {
            entry.casefold(): self.target.key_of(record)
            for record in text_records(frame)
            for entry in _entries(record.get(self.field))
        }

    def _without(self, record: Mapping[str, Any], kept: Sequence[str]) -> dict[str, Any]:
        rest = {name: value for name, value in record.items() if name != self.field}
        if kept:
            return {**rest, self.field: _SIGN.join(kept)}
        return {**rest, self.field: None} if self.clears else rest


def _counted(number: int) -> str:
    return "an entry that belongs to" if number == 1 else f"each of {number} entries that belong to"


def _entries(value: object) -> list[str]:
    """Return the entries of a cell, each once.

    >>> _entries("acme.com; ACME.com;b.com"), _entries(None)
    (['acme.com', 'b.com'], [])
    """
    texts = (entry.strip() for entry in value.split(_SIGN)) if isinstance(value, str) else ()
    return list({text.casefold(): text for text in reversed([*filter(None, texts)])}.values())[::-1]
