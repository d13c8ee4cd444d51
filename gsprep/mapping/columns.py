"""Columns of a file with their fields, and advice where they have no names of fields."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import pandas as pd

from gsprep.display import counts_html, frame_html, plain
from gsprep.errors import InputError
from gsprep.mapping.aliases import SECOND, meanings, spellings
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.yaml_file import shipped_document
from gsprep.values.text import quoted

if TYPE_CHECKING:
    from gsprep.schemas.fields import ObjectFields

# Every column of this field counts, not only the first filled one.
OTHER_EMAILS = "OtherEmails"
JOINED = frozenset({OTHER_EMAILS})
NAME_PARTS = frozenset({"FirstName", "LastName"})
Others = Literal["refuse", "keep"]
How = Literal["exact", "spelling", "alias", "words", "near", "part", "content", "given", "none"]


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One column of a file.

    Attributes:
        header: the header in the file.
        field: the API name it is read as; None if it is not mapped.
        score: how sure that is, from 0 to 1; for an unmapped column, the nearest field's score.
        how: the reason: the ``exact`` name, its ``spelling``, a usual ``alias``, its
            ``words`` in another order, a ``near`` spelling, a ``part`` of the header, the
            ``content`` of the cells, a person (``given``), or nothing (``none``).
        nearest: the nearest field of an unmapped column, None if there is none.
        split: the fields that its cells hold together, such as last and first name.
        fallback: 0 for the first column of a field; 1, 2 … for columns that are used where those
            before are empty.
        value_map: what becomes of certain cells: pairs of cell and value; a value None empties it.
    """

    header: str
    field: str | None = None
    score: float = 1.0
    how: How = "given"
    nearest: str | None = None
    split: tuple[str, ...] = ()
    fallback: int = 0
    value_map: tuple[tuple[str, str | None], ...] = ()

    @property
    def is_mapped(self) -> bool:
        """Whether the column is read as a field or as several."""
        return self.field is not None or bool(self.split)


@dataclass(frozen=True, slots=True, repr=False)
class ColumnMapping:
    """The columns of a file in their order with their fields.

    Several columns can be one field: the first filled one counts. Raises InputError, which names
    the headers, if two columns have one field without an order, a header is repeated, or a field
    is blank or ``row_id``.

    Attributes:
        object: the Gainsight object in the file, by name.
        columns: each column with its field.
        constants: fields with one value for all rows.
        others: whether a file may have further columns: ``keep`` or ``refuse``.
    """

    object: str
    columns: tuple[MappedColumn, ...]
    constants: tuple[tuple[str, str], ...] = ()
    others: Others = "refuse"

    def __post_init__(self) -> None:
        """Refuse a mapping that cannot be applied."""
        if problems := problems_of(self):
            raise InputError(f"the mapping cannot be used: {'; '.join(problems)}")

    @property
    def fields(self) -> dict[str, str]:
        """The field of each mapped header, in the order of the file."""
        return {c.header: c.field for c in self.columns if c.field is not None}

    @property
    def produced(self) -> tuple[str, ...]:
        """The fields that a mapped frame has, each once."""
        split = (part for column in self.columns for part in column.split)
        constants = (name for name, _ in self.constants)
        return tuple(dict.fromkeys([*self.fields.values(), *split, *constants]))

    @property
    def unmapped(self) -> tuple[str, ...]:
        """The headers of the columns without a field, in the order of the file."""
        return tuple(column.header for column in self.columns if not column.is_mapped)

    def frame(self) -> pd.DataFrame:
        """Return one line per column: header, field, score, how, nearest; a missing one is NaN."""
        lines = [
            (c.header, field_text(c), f"{c.score:.2f}", c.how, c.nearest) for c in self.columns
        ]
        names = ["header", "field", "score", "how", "nearest"]
        return pd.DataFrame(lines, columns=names, dtype="str")

    def __repr__(self) -> str:
        return plain("ColumnMapping", self._counts())

    def _repr_html_(self) -> str:
        # Headers and names of fields are not cells: they need no mask.
        lines = frame_html(self.frame(), rows=len(self.columns), reveal=True)
        return counts_html("ColumnMapping", self._counts()) + lines

    def _counts(self) -> dict[str, str | int]:
        mapped = len(self.columns) - len(self.unmapped)
        return {"object": self.object, "mapped": mapped, "unmapped": len(self.columns) - mapped}


def field_text(column: MappedColumn) -> str | None:
    """Return the field of a column for people; fields of a split are joined by a comma."""
    return ", ".join(column.split) if column.split else column.field


def problems_of(mapping: ColumnMapping) -> list[str]:
    """Return what keeps a mapping from being used, one sentence each."""
    single = [c.field for c in mapping.columns if c.field and not c.fallback]
    alone = [name for name in single if name not in JOINED]
    made = [part for c in mapping.columns for part in c.split] + [n for n, _ in mapping.constants]
    return [
        *_repeated([column.header for column in mapping.columns], "the header {} is repeated"),
        *_repeated(alone, "two columns are {}: leave one of them empty"),
        *_repeated([*dict.fromkeys(mapping.fields.values()), *made], "{} is given twice"),
        *(
            f"the column {quoted(column.header)} needs the name of a field, or nothing"
            for column in mapping.columns
            if column.field is not None and column.field.strip() in {"", ROW_ID}
        ),
        *(
            f"the column {quoted(c.header)} is split into {', '.join(c.split)}: only LastName and "
            "FirstName, in either order, can be read from one column"
            for c in mapping.columns
            if c.split and set(c.split) != NAME_PARTS
        ),
    ]


def _repeated(names: Sequence[str], sentence: str) -> list[str]:
    return [sentence.format(quoted(n)) for n, times in Counter(names).items() if times > 1]


class FieldLine(NamedTuple):
    """One field of an object.

    sent: whether its values are sent to the service.
    headers: the headers that mean it in a file.
    """

    name: str
    type: str
    sent: bool
    meaning: str
    headers: tuple[str, ...]


def field_lines(of: ObjectFields) -> tuple[FieldLine, ...]:
    """Return the fields of an object in its order."""
    usual = spellings(of)
    return tuple(
        FieldLine(
            field.name,
            field.type.lower(),
            field.writable,
            meaning_of(field.name, of),
            tuple(text for text, _ in usual[field.name][1:]),
        )
        for field in of.fields
    )


def meaning_of(field: str, of: ObjectFields) -> str:
    """Return what a field of an object means in a few words; "" for a tenant's own field."""
    book = _meanings()
    return book.get(of.name, {}).get(field) or book["any"].get(field, "")


@cache
def _meanings() -> Mapping[str, Mapping[str, str]]:
    return shipped_document("rules", "fields.yaml")


_LOG = logging.getLogger("gsprep")
_MOST_NAMED = 5


def advice_on(
    names: Sequence[str], of: ObjectFields, used: Collection[str] | None = None
) -> str | None:
    """Return a sentence on columns that mean an absent field; None if there are none.

    ``used`` are the columns that the step reads; without it, all fields of the object.
    """
    fields = {field.name for field in of.fields} if used is None else set(used)
    meant = {
        header: means.name
        for header, means in meanings([n for n in names if n not in fields], of).items()
        if means.name in fields and means.name not in names and means.doubt != SECOND
    }
    if not meant:
        return None
    few = list(meant.items())[:_MOST_NAMED]
    listed = ", ".join(f"{quoted(header)} (probably {name})" for header, name in few)
    more = f" and {len(meant) - len(few)} more" if len(meant) > len(few) else ""
    return (
        f"columns without the name of a field are not used: {listed}{more}. To use them, rename "
        "them or map them first (gsprep map, gsprep.map_columns)"
    )


def advise(
    names: Sequence[str], of: ObjectFields, *, step: str, used: Collection[str] | None = None
) -> None:
    """Log a warning of columns that a step would use if they had the names of fields.

    Raises InputError if no column has: then the step would do nothing.
    """
    sentence = advice_on(names, of, used)
    if sentence is None:
        return
    known = set(names) & set(used) if used is not None else of.among(names)
    if not known:
        raise InputError(f"{step} finds no column that it knows: {sentence}")
    _LOG.warning("%s: %s", step, sentence)
