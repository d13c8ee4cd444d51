"""``fields``: fields of an object and their headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import options
from gsprep.cli.console import tell
from gsprep.errors import InputError
from gsprep.mapping.columns import field_lines
from gsprep.schemas.fields import OBJECTS
from gsprep.values.nearest_name import nearest_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.mapping.columns import FieldLine
    from gsprep.schemas.fields import ObjectFields

# So many headers fit on a line; --json lists all.
_MOST_HEADERS = 4


def list_fields(
    object: Annotated[
        str, typer.Argument(metavar="OBJECT", help=f"{', '.join(one.name for one in OBJECTS)}.")
    ] = "Person",
    as_json: options.Json = False,
) -> None:
    """List name, type and meaning of each field, and usual headers of files for it."""
    of = _object_named(object)
    lines = field_lines(of)
    tell(_document(of, lines), _lines(lines), as_json=as_json)


def _object_named(name: str) -> ObjectFields:
    found = {one.name.casefold(): one for one in OBJECTS}.get(name.strip().casefold())
    if found is not None:
        return found
    names = [one.name for one in OBJECTS]
    near = nearest_name(name, names)
    hint = "" if near is None else f". Do you mean {near}?"
    raise InputError(f"there is no object {name}. Choose one of {', '.join(names)}{hint}")


def _document(of: ObjectFields, lines: Sequence[FieldLine]) -> dict[str, Any]:
    return {
        "schema": "gsprep.fields/1",
        "object": of.name,
        "fields": [line._asdict() | {"headers": list(line.headers)} for line in lines],
    }


def _lines(lines: Sequence[FieldLine]) -> tuple[str, ...]:
    name, kind = max(len(line.name) for line in lines), max(len(line.type) for line in lines)
    return tuple(
        f"{line.name:<{name}}  {line.type:<{kind}}  {line.meaning}{_headers(line)}"
        for line in lines
    )


def _headers(line: FieldLine) -> str:
    listed = ", ".join(line.headers[:_MOST_HEADERS])
    return f" Headers: {listed} …" if listed else ""
