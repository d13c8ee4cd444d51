"""Which Gainsight object a file holds, as an option of the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.errors import InputError
from gsprep.schemas import objects

if TYPE_CHECKING:
    import pandera.pandas as pa

_OBJECTS = ("Person", "CompanyPerson", "RelationshipPerson", "Company", "Relationship")
Object = Annotated[
    str, typer.Option("--object", help=f"What the file holds: {', '.join(_OBJECTS)}.")
]


def schema_named(name: str) -> pa.DataFrameSchema:
    """Return the schema of an object; InputError when there is none of that name."""
    if name not in _OBJECTS:
        raise InputError(f"--object is one of {', '.join(_OBJECTS)}: for another, use --describe")
    schema: pa.DataFrameSchema = getattr(objects, name)
    return schema
