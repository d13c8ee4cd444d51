"""Saved syncs: definitions by name, and their connections."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.errors import InputError
from gsprep.ledger.activities import Activities
from gsprep.ledger.sync_state import SavedSync, saved_syncs
from gsprep.syncs.definition_file import read_definitions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gsprep.ledger.database import Database
    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.syncs.definition import Sync

_SHORT = 12


class Defined(NamedTuple):
    """A sync and the file of its definition."""

    sync: Sync
    path: Path


def definitions_of(given: str, database: Database) -> list[Defined]:
    """Return the syncs of a file, or the saved sync of this name.

    Raises InputError if there is neither, and DocumentError for a wrong definition.
    """
    path = Path(given)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return [Defined(sync, path) for sync in read_definitions(path)]
    return [definition_named(given, database)]


def definition_named(name: str, database: Database) -> Defined:
    """Return the saved sync of a name; InputError if its file no longer defines it."""
    known = {saved.name: saved for saved in saved_syncs(database)}
    if name not in known:
        there = f"known: {', '.join(known)}" if known else "no sync is known yet"
        raise InputError(
            f"there is no sync {name} ({there}). A name is known after the first run of "
            "its file, or its activation. Give the file, as in syncs/people.yaml"
        )
    return _defined(known[name])


def _defined(saved: SavedSync) -> Defined:
    path = Path(saved.path)
    found = next((sync for sync in read_definitions(path) if sync.name == saved.name), None)
    if found is None:
        raise InputError(
            f"{path} no longer defines the sync {saved.name}: run the file that defines it, or "
            f"remove the sync with `gsprep sync state forget {saved.name}`"
        )
    return Defined(found, path)


def connections_of(sync: Sync) -> tuple[str, ...]:
    """Return the names of the connections that a sync uses."""
    named = (sync.source.connection, sync.destination.connection)
    return tuple(dict.fromkeys(name for name in named if name is not None))


def uses_of(connection: str, database: Database) -> list[SavedSync]:
    """Return the saved syncs that use a connection.

    A sync whose definition cannot be read uses what it used in its last run.
    """
    return [saved for saved in saved_syncs(database) if connection in _used(saved, database)]


def _used(saved: SavedSync, database: Database) -> tuple[str, ...]:
    try:
        return connections_of(_defined(saved).sync)
    except InputError:
        last = Activities(database).all(sync=saved.name, last=1)
        return last[-1].connections if last else ()


def row_files(database: Database) -> list[Path]:
    """Return the existing files with rows of saved syncs: their sources, and ``source.keep``.

    A sync whose definition cannot be read has none.
    """
    found: dict[Path, None] = {}
    for saved in saved_syncs(database):
        try:
            source = _defined(saved).sync.source
        except InputError:
            continue
        named = (source.keep, source.file)
        found |= {Path(saved.path).parent / name: None for name in named if name is not None}
    return [path for path in found if path.is_file()]


def definition_hash(sync: Sync, names: KeyedHashes) -> bytes:
    """Return the hash of a definition; comments and the order of entries do not count."""
    return names.of(json.dumps(_document(sync), sort_keys=True, default=str).encode())


def entries_of(sync: Sync, names: KeyedHashes) -> dict[str, str]:
    """Return a short keyed hash of each entry of a definition, by its place."""
    return {
        place: names.of(repr(value).encode()).hex()[:_SHORT]
        for place, value in _leaves(_document(sync), "")
    }


def changed_entries(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the places of entries that were added, removed or changed."""
    places = dict.fromkeys([*after, *before])
    return [place for place in places if before.get(place) != after.get(place)]


def _document(sync: Sync) -> dict[str, Any]:
    return sync.model_dump(by_alias=True, exclude_unset=True)


def _leaves(value: object, place: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for name, entry in value.items():
            yield from _leaves(entry, f"{place}.{name}" if place else str(name))
    else:
        yield place, value
