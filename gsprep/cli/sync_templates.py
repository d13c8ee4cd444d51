"""Definitions from shipped templates and from syncs of Census."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from gsprep.atomic_files import replacing
from gsprep.cli.console import note, tell
from gsprep.cli.guards import check_outputs, refuse_existing
from gsprep.connections import Connections
from gsprep.errors import InputError
from gsprep.schemas.yaml_file import read_document
from gsprep.syncs.census import Places, census_syncs
from gsprep.syncs.definition_file import read_definitions
from gsprep.syncs.templates import names_of_template, use_of_template
from gsprep.systems.registry import SYSTEMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    needed = [one for one in ("warehouse", _TENANT) if one not in values]
    if needed:
        options = {"warehouse": "--connection NAME", _TENANT: "--to NAME"}
        missing = " and ".join(options[one] for one in needed)
        raise InputError(f"a sync of Census names no connection of gsprep: add {missing}")
    places = Places(values["warehouse"], values[_TENANT], values.get("table"), values.get("query"))
    found = census_syncs(read_document(copied, kind="sync of Census"), places)
    lines = [f"# {one.definition['sync']}: {sentence}" for one in found for sentence in one.notes]
    for one in found:
        for sentence in one.notes:
            note(f"{one.definition['sync']}: {sentence}")
    whole: Any = {"syncs": [one.definition for one in found]}
    if len(found) == 1:
        whole = found[0].definition
    dumped = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=100)
    text = _HEAD + "".join(f"{line}\n" for line in lines) + dumped
    _written(text, out or Path(f"{found[0].definition['sync']}.yaml"), as_json=as_json)


def _written(text: str, place: Path, *, as_json: bool) -> None:
    """Write a file of definitions that can be read, and print what is in it."""
    check_outputs([place])
    refuse_existing([place], "--out")
    place.parent.mkdir(parents=True, exist_ok=True)
    with replacing(place) as draft:
        draft.write_text(text, encoding="utf-8")
        syncs = [sync.name for sync in read_definitions(draft)]
    document = {"schema": "gsprep.sync-init/1", "syncs": syncs, "file": str(place)}
    lines = (f"syncs: {', '.join(syncs)}", f"next: gsprep sync check {place}")
    tell(document, lines, as_json=as_json)
