"""``sync init``: commented definition from a file and an object."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
import yaml

from gsprep.atomic_files import replacing
from gsprep.cli import files, guards, options
from gsprep.cli.console import note, note_all, tell
from gsprep.cli.files import schema_of
from gsprep.cli.options import listed
from gsprep.connections import Connections
from gsprep.errors import InputError
from gsprep.mapping.guess import map_columns
from gsprep.mapping.mapping_file import read_mapping
from gsprep.schemas.yaml_file import read_document
from gsprep.syncs.definition_file import (
    TEMPLATES,
    names_of_template,
    read_definitions,
    use_of_template,
)
from gsprep.syncs.new_definition import (
    Beginning,
    Places,
    census_syncs,
    definition_text,
    key_of,
    name_for,
)
from gsprep.systems.registry import SYSTEMS
from gsprep.tables.read import read_as_written
from gsprep.tables.sql import is_database_url
from gsprep.values.text import quoted

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.mapping.columns import ColumnMapping
    from gsprep.tables.read import TableWithNotes

_PERSON, _SYNC = "Person", "Sync"


def init_sync(
    file: Annotated[
        str,
        typer.Argument(
            help="File of the source: CSV, TSV, XLSX, Parquet …; or the name of a template: "
            f"{', '.join(TEMPLATES)}."
        ),
    ],
    to: str | None = None,
    of: Annotated[str, typer.Option("--object")] = _PERSON,
    described: Annotated[Path | None, typer.Option("--describe")] = None,
    key: str | None = None,
    id: Annotated[str | None, typer.Option(metavar="COLUMN")] = None,
    mode: Literal["upsert", "update", "create"] = "upsert",
    name: str | None = None,
    mapping: Path | None = None,
    sheet: str | None = None,
    rules: options.Rules = None,
    answers: options.Answers = None,
    hold: str | None = None,
    connection: str | None = None,
    copied: Annotated[Path | None, typer.Option("--from")] = None,
    texts: Annotated[list[str] | None, typer.Option("--with", metavar="NAME=TEXT")] = None,
    out: Path | None = None,
    as_json: options.Json = False,
) -> None:
    """Write a definition of a sync with comments; nothing is sent.

    Sending:
        to: Name of the tenant's connection.

    Sync:
        of: Object that the rows feed: Person, Company or Relationship.
        described: Describe JSON file of the object, for another object or its own fields.
        key: Fields that identify the record of a row, separated by commas. Without it: Email for
            people, else Name.
        id: Column that identifies each row: filled and unique.
        mode: How rows are written.
        name: Name of the sync. Without it: that of the file.
        connection: Connection of the source of a template: of a community, or of a warehouse.
        texts: Text for a name of the template, once for each name.

    Input:
        mapping: Column mapping that gsprep map wrote.
        sheet: Sheet of a workbook: its name, its number from 0, or all.
        copied: JSON file with a sync of Census, as its API gives it; for the template census.

    Matching:
        hold: Verdicts whose people are not sent, such as review,no_match.

    Output:
        out: File of the definition. Without it: NAME.yaml.
    """
    if is_database_url(file):
        raise InputError(
            "a definition cannot hold a database address: save it with `gsprep connections add`, "
            "and write connection and table, or query, under source"
        )
    if not Path(file).exists() and names_of_template(file) is not None:
        given = given_texts(texts or [], file, connection, to)
        write_template(file, given, copied, out, as_json=as_json)
        return
    if connection is not None or copied is not None:
        raise InputError("--connection and --from are for templates: leave them out")
    called = name_for(Path(file).stem) if name is None else name
    place = Path(f"{called or 'sync'}.yaml") if out is None else out
    guards.check_outputs([place], inputs=(file, mapping, described, answers))
    guards.refuse_existing([place], "--out")
    reading = read_as_written(Path(file), sheet=sheet)
    files.note_reading(file, reading.notes)
    columns = _mapping(reading.frame, of, described, mapping)
    keys = _keys(key, columns)
    begin = Beginning(
        name=called,
        source={"file": _from(Path(file), place)} | ({} if sheet is None else {"sheet": sheet}),
        connection=to,
        object=columns.object,
        keys=keys,
        mode=mode,
        unify=_unify(columns, (rules, answers, listed(hold)), place),
    )
    named = key_of(reading.frame, columns, keys) if id is None else _given(id, reading)
    text = definition_text(begin, columns, named, place.name)
    _write(text, place)
    fields, of = columns.fields, begin.object
    document = {
        "schema": "gsprep.sync-init/1", "sync": called, "file": str(place), "object": of,
        "source_key": named, "key": list(keys),
        "fields": {field: header for header, field in fields.items()},
        "unmapped": list(columns.unmapped),
    }  # fmt: skip
    counts = f"{len(fields)} of {len(columns.columns)} columns are mapped to {of}"
    lines = (counts, f"definition: {place}", f"next: gsprep sync check {quote(str(place))}")
    tell(document, lines, as_json=as_json)


def _mapping(
    frame: pd.DataFrame, of: str, described: Path | None, given: Path | None
) -> ColumnMapping:
    """Return the given mapping, or one that is guessed."""
    if given is not None:
        mapping = read_mapping(given)
        if absent := [c.header for c in mapping.columns if c.header not in frame.columns]:
            raise InputError(f"{given} names the column {quoted(absent[0])}, which the file lacks")
        return mapping
    asked = options.ObjectOptions(of=of, described=None if described is None else str(described))
    return map_columns(frame, schema_of(asked))


def _keys(given: str | None, mapping: ColumnMapping) -> tuple[str, ...]:
    """Return the fields of the key; InputError if no column is mapped to one of them."""
    usual = "Email" if mapping.object == _PERSON else "Name"
    keys = listed(given) or (usual,)
    mapped = set(mapping.fields.values())
    if absent := [name for name in keys if name not in mapped]:
        raise InputError(
            f"no column holds the key field {absent[0]}. Name other fields with --key, or "
            "map the column with `gsprep map` and --mapping"
        )
    return keys


def _given(column: str, reading: TableWithNotes) -> str:
    if column not in reading.columns:
        raise InputError(f"--id {column}: the file has no such column")
    values = reading.frame[column]
    if values.isna().any() or not values.is_unique:
        raise InputError(f"--id {column}: a value is missing or repeated, so it is not an id")
    return column


def _from(file: Path, place: Path) -> str:
    """Return the path of a file from the folder of the definition."""
    path = Path(os.path.relpath(file.resolve(), place.parent.resolve())).as_posix()
    # In a definition these signs make a pattern.
    return glob.escape(path)


def _unify(
    mapping: ColumnMapping, given: tuple[Path | None, Path | None, tuple[str, ...]], place: Path
) -> dict[str, Any] | None:
    """Return how companies are found; None for other objects."""
    rules, answers, hold = given
    if mapping.object != _PERSON:
        if rules or answers or hold:
            raise InputError("--rules, --answers and --hold are for people: leave them out")
        return None
    own = "default" if rules is None else _from(rules, place) if rules.is_file() else str(rules)
    unify: dict[str, Any] = {"rules": own}
    if answers is not None:
        unify["answers"] = _from(answers, place)
    return unify | ({"hold": list(hold)} if hold else {})


# What templates call the connection of a source, by its kind.
_NAMES = {"sql": "warehouse"}
_SYSTEMS = frozenset(SYSTEMS)
_TENANT = "gainsight"
_NO_API_NAME = re.compile(r"[^A-Za-z0-9]+")
_HEAD = """\
# From Census. Next: gsprep sync check, then gsprep sync diff, then gsprep sync run.
"""


def given_texts(
    texts: Sequence[str], template: str, connection: str | None, to: str | None
) -> dict[str, str]:
    """Return the text for each name of a template, with those that connections give.

    Raises InputError for a text without a name.
    """
    needed = names_of_template(template) or []
    values: dict[str, str] = {}
    if connection is not None:
        values[_name_of(connection, needed)] = connection
    saved = [one.name for one in Connections.from_environment().all() if one.kind == _TENANT]
    if to is not None or (len(saved) == 1 and _TENANT in needed):
        values[_TENANT] = to or saved[0]
    if wrong := [text for text in texts if "=" not in text]:
        raise InputError(f"--with {wrong[0]}: write NAME=TEXT, as in {_TENANT}=acme")
    values |= dict(text.split("=", 1) for text in texts)
    of = next((values[name] for name in needed if name in _SYSTEMS and name in values), None)
    if of is not None and "tenant" in needed:
        # Part of API names of objects.
        values.setdefault("tenant", _NO_API_NAME.sub("_", of).strip("_"))
    return values


def _name_of(connection: str, needed: Sequence[str]) -> str:
    """Return the name in a template that a connection stands for."""
    saved = {one.name: one.kind for one in Connections.from_environment().all()}
    kind = saved.get(connection)
    name = next((n for n in needed if n in {*_SYSTEMS, *_NAMES.values()}), None)
    if kind is not None and _NAMES.get(kind, kind) in needed:
        return _NAMES.get(kind, kind)
    if kind is None and name is not None:
        note(f"the connection {connection} is not saved yet: add it before the first run")
        return name
    raise InputError(
        f"--connection {connection}: the template has no source of kind {kind}. It needs "
        f"{', '.join(needed)}"
    )


def write_template(
    name: str, values: Mapping[str, str], copied: Path | None, out: Path | None, *, as_json: bool
) -> None:
    """Write a file that uses a template, or the syncs of Census that were ``copied``.

    Raises InputError if a name of the template has no text.
    """
    if copied is not None:
        _write_census(name, copied, values, out, as_json=as_json)
        return
    if absent := [one for one in names_of_template(name) or () if one not in values]:
        options = " ".join(_option_of(one) for one in absent)
        raise InputError(f"the template {name} needs {', '.join(absent)}: add {options}")
    _written(use_of_template(name, values), out or Path(f"{name}.yaml"), as_json=as_json)


def _option_of(needed: str) -> str:
    """Return the option that gives the text for a name of a template."""
    if needed == _TENANT:
        return "--to NAME"
    is_source = needed in {*_SYSTEMS, *_NAMES.values()}
    return "--connection NAME" if is_source else f"--with {needed}=…"


def _write_census(
    name: str, copied: Path, values: Mapping[str, str], out: Path | None, *, as_json: bool
) -> None:
    """Write the definitions of syncs that were copied from Census."""
    if name != "census":
        raise InputError(f"--from is for the template census, not for {name}")
    if needed := [one for one in ("warehouse", _TENANT) if one not in values]:
        missing = " and ".join(map(_option_of, needed))
        raise InputError(f"a sync of Census names no connection of gsprep: add {missing}")
    places = Places(values["warehouse"], values[_TENANT], values.get("table"), values.get("query"))
    found = census_syncs(read_document(copied, kind="sync of Census"), places)
    notes = [f"{one.definition['sync']}: {sentence}" for one in found for sentence in one.notes]
    note_all(notes)
    syncs = [one.definition for one in found]
    whole = syncs[0] if len(syncs) == 1 else {"syncs": syncs}
    dumped = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=100)
    text = _HEAD + "".join(f"# {line}\n" for line in notes) + dumped
    _written(text, out or Path(f"{found[0].definition['sync']}.yaml"), as_json=as_json)


def _written(text: str, place: Path, *, as_json: bool) -> None:
    """Write a file of definitions that can be read, and print what is in it."""
    guards.check_outputs([place])
    guards.refuse_existing([place], "--out")
    syncs = _write(text, place)
    document = {"schema": "gsprep.sync-init/1", "syncs": syncs, "file": str(place)}
    lines = (f"syncs: {', '.join(syncs)}", f"next: gsprep sync check {quote(str(place))}")
    tell(document, lines, as_json=as_json)


def _write(text: str, place: Path) -> list[str]:
    """Write a file of definitions if it can be read, and return their names."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with replacing(place) as draft:
        draft.write_text(text, encoding="utf-8")
        return [sync.name for sync in read_definitions(draft)]
