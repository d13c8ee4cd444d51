"""``map``: the Gainsight field of each column of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import options
from gsprep.cli.console import note, tell
from gsprep.cli.describe import schema_of
from gsprep.cli.files import note_reading
from gsprep.cli.guards import check_outputs
from gsprep.mapping.guess import map_columns
from gsprep.mapping.mapping import mapping_text
from gsprep.schemas.objects import fields_of
from gsprep.tables.read import read_as_written
from gsprep.tables.write import replacing

if TYPE_CHECKING:
    from gsprep.mapping.mapping import ColumnMapping, MappedColumn
    from gsprep.schemas.fields import ObjectFields


@options.grouped
def map_file(
    file: options.Source,
    object: options.ObjectOptions,  # noqa: A002  the group's name
    sheet: options.Sheet = None,
    query: options.Query = None,
    encoding: options.Encoding = None,
    header: options.Header = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="YAML file to save the mapping.", rich_help_panel=options.OUTPUT
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Guess the field of each column, with a score; unmapped columns are listed too."""
    check_outputs([out], inputs=(file, object.described))
    schema = schema_of(object)
    reading = read_as_written(file, sheet=sheet, query=query, encoding=encoding, header=header)
    note_reading(file, reading.notes)
    mapping = map_columns(reading.frame, schema)
    absent = _absent(mapping, fields_of(schema))
    if out is not None:
        with replacing(out) as draft:
            draft.write_text(mapping_text(mapping), encoding="utf-8")
    tell(_document(mapping, absent), _lines(mapping, out), as_json=as_json)
    for names in absent:
        note(f"no column holds {names}, which every {mapping.object} needs")


def _absent(mapping: ColumnMapping, of: ObjectFields) -> list[str]:
    mapped = set(mapping.fields.values())
    return [" or ".join(names) for names in of.needed if mapped.isdisjoint(names)]


def _document(mapping: ColumnMapping, absent: list[str]) -> dict[str, Any]:
    return {
        "schema": "gsprep.mapping/1",
        "object": mapping.object,
        "columns": [
            {
                "header": column.header,
                "field": column.field,
                "score": column.score,
                "how": column.how,
                "nearest": column.nearest,
            }
            for column in mapping.columns
        ],
        "unmapped": list(mapping.unmapped),
        "needed": absent,
    }


def _lines(mapping: ColumnMapping, out: Path | None) -> tuple[str, ...]:
    width = max((len(column.header) for column in mapping.columns), default=0)
    lines = [f"{column.header:<{width}}  {_meant(column)}" for column in mapping.columns]
    count = (
        f"{len(mapping.fields)} of {len(mapping.columns)} columns are mapped to {mapping.object}"
    )
    return (*lines, count, *([] if out is None else [f"mapping: {out}"]))


def _meant(column: MappedColumn) -> str:
    if column.field is not None:
        return f"{column.score:.2f}  {column.field} ({column.how})"
    near = f": closest field is {column.nearest}, {column.score:.2f}" if column.nearest else ""
    return f"   -  not mapped{near}"
