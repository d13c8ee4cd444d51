"""A mapping as a YAML file: written for people to read and change, read back strictly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import BaseModel, Field

from gsprep.mapping.columns import ColumnMapping, How, MappedColumn
from gsprep.schemas.yaml_file import read_document, validated

if TYPE_CHECKING:
    import os

_ABOVE = """\
# Which column of the file is which Gainsight field. Change a field, or leave it empty to keep the
# column out. A file with other columns is refused. score and how only say what was guessed by.
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

    Raises DocumentError, which names every mistake and where it stands, and InputError when the
    file is not there or the mapping cannot be used.
    """
    file = Path(path).expanduser()
    saved = validated(_Saved, read_document(file, kind="mapping"), str(file))
    lines = (MappedColumn(c.header, c.field, c.score, c.how, c.nearest) for c in saved.columns)
    return ColumnMapping(saved.object, tuple(lines))
