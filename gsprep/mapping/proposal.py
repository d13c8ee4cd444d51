"""Guessed mapping to correct, with samples and possible fields."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gsprep.errors import InputError
from gsprep.mapping.aliases import LAST_FIRST, OF_THE_COMPANY
from gsprep.mapping.columns import NAME_PARTS, ColumnMapping, MappedColumn, field_text
from gsprep.mapping.mapping_file import nearest_field
from gsprep.schemas.frames import ROW_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gsprep.schemas.fields import ObjectFields

_SAMPLES, _FIRST_ROWS = 3, 2_000


def samples_of(frame: pd.DataFrame) -> Mapping[str, tuple[str, ...]]:
    """Return a few different cells of each column of a text frame, the first ones."""
    few = frame.drop(columns=ROW_ID, errors="ignore").head(_FIRST_ROWS)
    return {
        str(name): tuple(map(str, few[name].dropna().drop_duplicates().head(_SAMPLES)))
        for name in few.columns
    }


@dataclass(frozen=True, slots=True, repr=False)
class Proposal:
    """A guessed mapping, the object, and samples of the cells by header."""

    guess: ColumnMapping
    of: ObjectFields
    samples: Mapping[str, tuple[str, ...]]

    def choices(self) -> list[str]:
        """Return what a column can be: fields of the object, ids of the company, a split."""
        names = [field.name for field in self.of.fields]
        split = [", ".join(LAST_FIRST)] if set(names) >= NAME_PARTS else []
        company = sorted(OF_THE_COMPANY - set(names)) if split else []
        return [*names, *company, *split]

    def absent(self, mapping: ColumnMapping) -> list[str]:
        """Return the fields that every record needs and no column has."""
        there = set(mapping.produced)
        return [" or ".join(names) for names in self.of.needed if there.isdisjoint(names)]

    def read_choice(self, text: str) -> tuple[str, ...]:
        """Return the fields that a person typed; () for none.

        Raises InputError, which names the nearest field, for an unknown one.
        """
        names = tuple(part.strip() for part in text.split(",") if part.strip())
        fields = [name for name in names if not self._is_field(name)]
        if fields:
            raise InputError(
                f"{self.of.name} has no field {fields[0]}. {nearest_field(fields[0], self.of)}"
            )
        if len(names) > 1 and set(names) != NAME_PARTS:
            raise InputError("only LastName, FirstName can be read from one column")
        return names

    def _is_field(self, name: str) -> bool:
        return self.of.knows(name) or name in OF_THE_COMPANY

    def mapping(self, chosen: Sequence[tuple[str, ...]]) -> ColumnMapping:
        """Return the mapping of the chosen fields, one entry for each column of the file.

        Several columns of one field are used in the order of the file: the first filled one.
        Raises InputError if fields are chosen that exclude each other.
        """
        used: dict[str, int] = {}
        columns: list[MappedColumn] = []
        for column, names in zip(self.guess.columns, chosen, strict=True):
            field = names[0] if len(names) == 1 else None
            at = used.get(field, 0) if field else 0
            if field:
                used[field] = at + 1
            columns.append(_column(column, field, names if len(names) > 1 else (), at))
        return ColumnMapping(self.guess.object, tuple(columns))

    def chosen(self, mapping: ColumnMapping) -> list[tuple[str, ...]]:
        """Return the fields of each column of a mapping, as ``mapping`` takes them."""
        return [c.split or ((c.field,) if c.field else ()) for c in mapping.columns]


def _column(
    guess: MappedColumn, field: str | None, split: tuple[str, ...], fallback: int
) -> MappedColumn:
    if field_text(guess) == (", ".join(split) or field) and guess.fallback == fallback:
        return guess
    nearest = guess.nearest if field is None and not split else None
    return replace(
        guess,
        field=field,
        split=split,
        fallback=fallback,
        how="given" if field or split else "none",
        score=1.0 if field or split else 0.0,
        nearest=nearest,
    )
