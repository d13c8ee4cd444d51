"""YAML file of a mapping with its mistakes; the guessed mapping to correct."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationInfo,
    model_validator,
)

from gsprep.errors import InputError
from gsprep.mapping.aliases import LAST_FIRST, OF_THE_COMPANY, meant_field
from gsprep.mapping.columns import NAME_PARTS, ColumnMapping, How, MappedColumn, Others, field_text
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.yaml_file import read_as_written, validated
from gsprep.values.text import quoted

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.schemas.fields import ObjectFields

SCHEMA = "gsprep.mapping/1"
_ABOVE = """\
# The Gainsight field of each column of the file. Change a field, or leave it empty to leave the
# column out. A file with other columns is refused. score and how only explain the guess.
"""


def mapping_text(mapping: ColumnMapping) -> str:
    """Return a mapping as YAML; ``read_mapping`` gives the same mapping back."""
    document: dict[str, Any] = {"schema": SCHEMA, "object": mapping.object}
    document["columns"] = [_entry(column) for column in mapping.columns]
    if mapping.constants:
        document["fields"] = {name: {"constant": value} for name, value in mapping.constants}
    if mapping.others != "refuse":
        document["others"] = mapping.others
    return _ABOVE + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)


def _entry(column: MappedColumn) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "header": column.header,
        "field": list(column.split) if column.split else column.field,
        "score": column.score,
        "how": column.how,
    }
    entry |= {"nearest": column.nearest} if column.nearest is not None else {}
    entry |= {"fallback": column.fallback} if column.fallback else {}
    return entry | ({"values": dict(column.value_map)} if column.value_map else {})


def read_mapping(path: str | os.PathLike[str], of: ObjectFields | None = None) -> ColumnMapping:
    r"""Read a mapping; a field may be empty, score and how may be left out.

    ``columns`` lists headers with their fields, ``fields`` lists fields with their columns; a file
    has one of them or both.

    Args:
        path: the YAML file.
        of: the fields of the object; with it, names that are no field are mistakes too.

    Returns:
        The mapping, for ``apply_mapping`` and ``read_table``.

    Raises:
        DocumentError: if the file has mistakes; it names each with its line.
        InputError: if the file does not exist.

    Examples:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "mapping.yaml"
        >>> _ = file.write_text(
        ...     "schema: gsprep.mapping/1\nobject: Person\n"
        ...     "columns: [{header: E-mail, field: Email}]\n"
        ... )
        >>> gsprep.read_mapping(file).fields
        {'E-mail': 'Email'}
    """
    file = Path(path).expanduser()
    document, lines = read_as_written(file, kind="mapping")
    is_same = isinstance(document, dict) and of is not None and document.get("object") == of.name
    context = of if is_same else None
    read = validated(_File, document, str(file), lines=lines, context=context)
    try:
        return read.mapping()
    except InputError as failure:
        raise InputError(f"{file}: {failure}") from None


def _names(given: Any) -> Any:
    """Return one name as a list of one, and nothing as an empty one."""
    return () if given is None else (given,) if isinstance(given, str) else given


def _known(name: str, info: ValidationInfo) -> str:
    """Refuse a name that is no field of the object, which is the context if it is known."""
    of: ObjectFields | None = info.context
    if of is None:
        return name
    for text in map(str.strip, name.split(",")):
        if text and text != ROW_ID and not (of.knows(text) or text in OF_THE_COMPANY):
            raise ValueError(f"{of.name} has no field {quoted(text)}. {nearest_field(text, of)}")
    return name


def _number_to(most: float) -> BeforeValidator:
    def number(text: Any) -> float:
        with suppress(TypeError, ValueError):
            if 0 <= (found := float(text)) <= most:
                return found
        raise ValueError(f"must be a number from 0 to {most:g}")

    return BeforeValidator(number)


_Named = Annotated[str, AfterValidator(_known)]
# Text as it is written: yes stays yes.
_Values = dict[str, str | None]


class _Column(BaseModel, frozen=True, extra="forbid"):
    """An entry of ``columns``."""

    header: str
    field: Annotated[tuple[_Named, ...], BeforeValidator(_names)] = ()
    score: Annotated[float, _number_to(1)] = 1.0
    how: How = "given"
    nearest: str | None = None
    fallback: Annotated[float, _number_to(99)] = 0
    values: _Values = {}

    def mapped(self) -> MappedColumn:
        """Return the column of the mapping."""
        is_split = len(self.field) > 1
        return MappedColumn(
            self.header,
            None if is_split or not self.field else self.field[0],
            self.score,
            self.how,
            self.nearest,
            self.field if is_split else (),
            int(self.fallback),
            tuple(self.values.items()),
        )


class _Field(BaseModel, frozen=True, extra="forbid"):
    """An entry of ``fields``: the columns of a field in their order, or its constant."""

    columns: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        (), validation_alias=AliasChoices("column", "columns")
    )
    values: _Values = {}
    constant: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _written_short(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"columns": given}

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if len(self.model_fields_set & {"columns", "constant"}) != 1:
            raise ValueError("needs a column or a constant, and not both")
        return self

    def mapped(self, name: str) -> list[MappedColumn]:
        """Return the columns of a field, or of several with commas between their names."""
        split = tuple(map(str.strip, name.split(",")))
        if len(split) > 1:
            return [MappedColumn(header, split=split) for header in self.columns]
        values = tuple(self.values.items())
        return [
            MappedColumn(header, name, fallback=at, value_map=values)
            for at, header in enumerate(self.columns)
        ]


class _File(BaseModel, frozen=True, extra="forbid"):
    """The file of a mapping."""

    form: Literal["gsprep.mapping/1"] = Field(alias="schema")
    object: str
    columns: tuple[_Column, ...] | None = None
    fields: dict[_Named, _Field] | None = None
    others: Others | None = None

    @model_validator(mode="after")
    def _lists_something(self) -> Self:
        if not self.model_fields_set & {"columns", "fields"}:
            raise ValueError("columns is missing: list columns or fields")
        return self

    def mapping(self) -> ColumnMapping:
        """Return the mapping; columns of ``fields`` win over the same headers in ``columns``."""
        fields = self.fields or {}
        given = [column for name, field in fields.items() for column in field.mapped(name)]
        by_header = {column.header: column for column in given}
        taken = {column.field for column in given} - {None}
        kept = [
            by_header.pop(c.header, replace(c, field=None) if c.field in taken else c)
            for c in (column.mapped() for column in self.columns or ())
        ]
        constants = tuple((name, one.constant) for name, one in fields.items() if one.constant)
        others = self.others or ("refuse" if "columns" in self.model_fields_set else "keep")
        rest = (column for column in given if column.header in by_header)
        return ColumnMapping(self.object, (*kept, *rest), constants, others)


def nearest_field(text: str, of: ObjectFields) -> str:
    """Return a sentence that names the field that is most likely meant."""
    means = meant_field(text, of)
    if means is not None:
        return f"Do you mean {means}?"
    return f"`gsprep fields {of.name}` lists its fields"


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
        fields = [name for name in names if not (self.of.knows(name) or name in OF_THE_COMPANY)]
        if fields:
            raise InputError(
                f"{self.of.name} has no field {fields[0]}. {nearest_field(fields[0], self.of)}"
            )
        if len(names) > 1 and set(names) != NAME_PARTS:
            raise InputError("only LastName, FirstName can be read from one column")
        return names

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
