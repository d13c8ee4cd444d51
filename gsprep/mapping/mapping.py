"""Mapping of the columns of a file to fields, and its YAML file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, Field

from gsprep.display import counts_html, frame_html, plain
from gsprep.errors import InputError
from gsprep.results import REJECT_COLUMNS
from gsprep.schemas.fields import OBJECTS
from gsprep.schemas.frames import LINE, ROW_ID, text_frame
from gsprep.schemas.yaml_file import read_document, validated
from gsprep.values.text import tidy

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence


How = Literal["exact", "spelling", "alias", "words", "near", "part", "content", "given", "none"]
# Suffix of a column that is not mapped although its header is the name of a field.
_ASIDE = " (not mapped)"


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
    """

    header: str
    field: str | None = None
    score: float = 1.0
    how: How = "given"
    nearest: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ColumnMapping:
    """The columns of a file in their order with their fields; no two columns have one field.

    Raises InputError, which names the headers, if two columns have one field, a header is
    repeated, or a field is blank or ``row_id``.
    """

    object: str
    columns: tuple[MappedColumn, ...]

    def __post_init__(self) -> None:
        """Refuse a mapping that cannot be applied."""
        problems = [
            *_repeated([column.header for column in self.columns], "the header {} is repeated"),
            *_repeated(list(self.fields.values()), "two columns are {}: leave one of them empty"),
            *(
                f"the column {shown(column.header)} needs the name of a field, or nothing"
                for column in self.columns
                if column.field is not None and column.field.strip() in {"", ROW_ID}
            ),
        ]
        if problems:
            raise InputError(f"the mapping cannot be used: {'; '.join(problems)}")

    @property
    def fields(self) -> dict[str, str]:
        """The field of each mapped header, in the order of the file."""
        return {c.header: c.field for c in self.columns if c.field is not None}

    @property
    def unmapped(self) -> tuple[str, ...]:
        """The headers of the columns without a field, in the order of the file."""
        return tuple(column.header for column in self.columns if column.field is None)

    def frame(self) -> pd.DataFrame:
        """Return one line per column: header, field, score, how, nearest; a missing one is NaN."""
        lines = [(c.header, c.field, f"{c.score:.2f}", c.how, c.nearest) for c in self.columns]
        names = ["header", "field", "score", "how", "nearest"]
        return pd.DataFrame(lines, columns=names, dtype="str")

    def __repr__(self) -> str:
        return plain("ColumnMapping", self._counts())

    def _repr_html_(self) -> str:
        # Headers and names of fields are not cells: they need no mask.
        lines = frame_html(self.frame(), rows=len(self.columns), reveal=True)
        return counts_html("ColumnMapping", self._counts()) + lines

    def _counts(self) -> dict[str, str | int]:
        mapped = len(self.fields)
        return {"object": self.object, "mapped": mapped, "unmapped": len(self.columns) - mapped}


def apply_mapping(frame: pd.DataFrame, mapping: ColumnMapping) -> pd.DataFrame:
    """Return the frame as text with every mapped column under its field's name.

    Unmapped columns are unchanged; if the header is the name of a field, the suffix
    "(not mapped)" is added, so that it is not taken for the field. A frame to which the mapping
    was already applied is unchanged. Raises InputError, which names the columns, if the frame
    does not have exactly the columns of the mapping, in any order.
    """
    text = text_frame(frame)
    names = mapped_names(list(text.columns), mapping, of="the frame")
    return text.set_axis(list(names), axis=1)


def mapped_names(headers: Sequence[str], mapping: ColumnMapping, *, of: str) -> tuple[str, ...]:
    """Return the new name of each column; ``row_id``, ``line`` and those of a reject are kept.

    Raises the InputError of ``apply_mapping``; ``of`` names the file or frame.
    """
    targets = _targets(mapping)
    kept = {ROW_ID, LINE} | (set(REJECT_COLUMNS) if set(REJECT_COLUMNS) <= set(headers) else set())
    own = [name for name in headers if name not in kept or name in targets]
    if set(own) != set(targets) and set(own) == set(targets.values()):
        return tuple(headers)
    _refuse_others(own, targets, of)
    return tuple(targets.get(name, name) for name in headers)


def _targets(mapping: ColumnMapping) -> dict[str, str]:
    taken = set(mapping.fields.values())
    return {
        column.header: column.field
        or (column.header + _ASIDE if _is_field(column.header, mapping, taken) else column.header)
        for column in mapping.columns
    }


def _is_field(header: str, mapping: ColumnMapping, taken: set[str]) -> bool:
    known = (thing.knows(header) for thing in OBJECTS if thing.name == mapping.object)
    return header in taken or any(known)


def _refuse_others(own: Sequence[str], targets: Iterable[str], of: str) -> None:
    missing = [name for name in targets if name not in own]
    fresh = [name for name in own if name not in targets]
    if not missing and not fresh:
        return
    parts = [
        f"{what} {', '.join(map(shown, names))}"
        for what, names in (("it lacks", missing), ("the mapping does not know", fresh))
        if names
    ]
    raise InputError(
        f"{of} has other columns than the mapping was made for: {'; '.join(parts)}. "
        "Make a new mapping with `gsprep map`, or add them to this one."
    )


def _repeated(names: Sequence[str], sentence: str) -> list[str]:
    return [sentence.format(shown(n)) for n, times in Counter(names).items() if times > 1]


def shown(header: str) -> str:
    """Return a header for a message: on one line, without invisible characters."""
    return f'"{tidy(header) or ""}"'


_ABOVE = """\
# The Gainsight field of each column of the file. Change a field, or leave it empty to leave the
# column out. A file with other columns is refused. score and how only explain the guess.
"""


class _Column(BaseModel, frozen=True, extra="forbid", strict=True):
    header: str
    field: str | None = None
    score: Annotated[float, Field(ge=0, le=1)] = 1.0
    how: How = "given"
    nearest: str | None = None


class _Saved(BaseModel, frozen=True, extra="forbid", strict=True):
    schema_: Annotated[Literal["gsprep.mapping/1"], Field(alias="schema")]
    object: str
    columns: tuple[_Column, ...]


def mapping_text(mapping: ColumnMapping) -> str:
    """Return a mapping as YAML; ``read_mapping`` gives the same mapping back."""
    columns = [
        {"header": c.header, "field": c.field, "score": c.score, "how": c.how}
        | ({"nearest": c.nearest} if c.nearest is not None else {})
        for c in mapping.columns
    ]
    document = {"schema": "gsprep.mapping/1", "object": mapping.object, "columns": columns}
    return _ABOVE + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)


def read_mapping(path: str | os.PathLike[str]) -> ColumnMapping:
    """Read a mapping; a field may be empty, score and how may be left out.

    Raises DocumentError, which names every mistake and its place, and InputError if the file does
    not exist or the mapping cannot be used.
    """
    file = Path(path).expanduser()
    saved = validated(_Saved, read_document(file, kind="mapping"), str(file))
    lines = (MappedColumn(c.header, c.field, c.score, c.how, c.nearest) for c in saved.columns)
    return ColumnMapping(saved.object, tuple(lines))
