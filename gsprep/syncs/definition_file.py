"""Files of definitions, with templates and ``also``, and the saved syncs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import yaml
from pydantic import BaseModel, Field, ValidationError

from gsprep.errors import DocumentError, InputError, Problem
from gsprep.ledger.activities import Activities
from gsprep.ledger.sync_state import SavedSync, saved_syncs
from gsprep.schemas.yaml_file import read_document_with_lines, validated
from gsprep.shipped import shipped
from gsprep.syncs.definition import Sync
from gsprep.syncs.value_types import Text

if TYPE_CHECKING:
    from gsprep.ledger.database import Database
    from gsprep.ledger.privacy import KeyedHashes

    Place = tuple[str | int, ...]

# In front of the message of a validator of ours.
_OWN = "Value error, "


class _File(BaseModel, frozen=True, extra="forbid", strict=True):
    syncs: Annotated[tuple[Sync, ...], Field(min_length=1)]


def read_definitions(path: Path) -> tuple[Sync, ...]:
    """Return the syncs of a file, in their order: one, or a list under ``syncs:``.

    A file with ``use:`` takes them from a template; what a sync feeds ``also`` is a sync after it.
    Raises DocumentError, which names every mistake with its line, and InputError if the file
    cannot be read or two syncs have one name.
    """
    document, lines = read_document_with_lines(path, kind="sync definition")
    source = str(path)
    if isinstance(document, dict) and "use" in document:
        document, lines, source = expanded(document, path)
    if isinstance(document, dict) and "syncs" in document:
        syncs = validated(_File, document, source, error=DocumentError, lines=lines).syncs
    else:
        syncs = (validated(Sync, document, source, error=DocumentError, lines=lines),)
    whole = tuple(each for sync in syncs for each in (sync, *_others(sync, source)))
    names = [sync.name for sync in whole]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(
            f"{path} has two syncs with the name {twice}: name one of them differently"
        )
    return whole


def _others(sync: Sync, source: str) -> Iterator[Sync]:
    """Yield the syncs that ``also`` makes of a sync; DocumentError if one does not fit together."""
    for number, one in enumerate(sync.also):
        connection = one.destination.connection or sync.destination.connection
        fields = {n: rule for n, rule in {**sync.fields, **one.fields}.items() if rule is not None}
        # Companies are found for another object of the same kind, too.
        is_person = one.destination.object == "Person"
        finds = sync.unify is not None and bool(sync.unify.person) is not is_person
        changes = {
            "name": one.name or _name_with(sync.name, one.destination.object),
            "destination": one.destination.model_copy(update={"connection": connection}),
            "fields": fields,
            "unify": sync.unify if finds else None,
            "on_missing": sync.on_missing if one.on_missing is None else one.on_missing,
            "schedule": sync.schedule.model_copy(
                update={"after": (*sync.schedule.after, sync.name)}
            ),
            "also": (),
        }
        entries = {name: getattr(sync, name) for name in sync.model_fields_set} | changes
        try:
            yield Sync.model_validate(
                {Sync.model_fields[n].alias or n: value for n, value in entries.items()}
            )
        except ValidationError as failure:
            places = [
                Problem(f"{sync.name}, also.{number}", str(found["msg"]).removeprefix(_OWN))
                for found in failure.errors()
            ]
            raise DocumentError(source, places) from None


def _name_with(name: str, of: str) -> str:
    """Return the name of a sync with that of an object, in letters that a name has.

    >>> _name_with("topics", "Community_Content__gc")
    'topics-community_content'
    """
    return f"{name}-{of.removesuffix('__gc').casefold()}"


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a definition, for editors."""
    return Sync.model_json_schema(by_alias=True)


_KIND = "template of syncs"
# {name}; braces that are doubled stand for themselves.
_SLOT = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}")
_USE = """\
# Syncs from the template {name}. Next: gsprep sync check, gsprep sync diff, gsprep sync run.
use: {name}
{texts}# Entries of your own by the name of the sync; null removes one:
# syncs:
#   NAME: {{schedule: {{every: 30m}}, fields: {{Phone: phone}}}}
"""
_BRACES = {"{{": "{", "}}": "}"}


# The shipped ones, by name.
TEMPLATES = tuple(sorted(one.stem for one in shipped("rules", "syncs").glob("*.yaml")))


class _Use(BaseModel, frozen=True, extra="forbid", strict=True):
    """A file that takes its syncs from a template.

    use:    a shipped template, or a file.
    values: the text for each name in braces, in the file ``with``.
    syncs:  entries of one's own by the name of the sync; null removes one.
    """

    use: str
    values: dict[str, Text] = Field(default_factory=dict, alias="with")
    syncs: dict[str, Annotated[dict[str, Any], Field()]] = Field(default_factory=dict)


class _Texts(BaseModel, frozen=True, extra="forbid", strict=True):
    """The usual texts of a template.

    values: the text for each name in braces, in the file ``with``.
    """

    values: dict[str, Text] = Field(alias="with")


def expanded(document: object, path: Path) -> tuple[Any, Mapping[Place, int], str]:
    """Return the document that a template makes, the lines of its entries, and what it is from.

    Raises DocumentError for a name that has no value, or a value or sync that is used nowhere.
    """
    use = validated(_Use, document, str(path))
    own = path.parent / use.use
    template = own if own.is_file() else _shipped(use.use)
    if not template.is_file():
        there = ", ".join(TEMPLATES)
        problem = f"there is no such file, nor a shipped template of that name ({there})"
        raise DocumentError(str(path), [Problem("use", problem)])
    found, lines = read_document_with_lines(template, kind=_KIND)
    found, usual = _parted(found, template)
    used: set[str] = set()
    values = {**usual, **use.values}
    filled = _filled(found, values, used)
    problems = [Problem(f"with.{n}", "is missing: the template needs it") for n in used - {*values}]
    problems += [
        Problem(f"with.{n}", "is used nowhere in the template") for n in {*use.values} - used
    ]
    if problems:
        raise DocumentError(str(path), problems)
    whole, changed = _with_own(filled, use.syncs, path)
    kept = {place: line for place, line in lines.items() if place not in changed}
    return whole, kept, f"{path} (lines are those of {template.name})"


def _shipped(name: str) -> Path:
    return shipped("rules", "syncs", f"{name}.yaml")


def names_of_template(name: str) -> list[str] | None:
    """Return the names in braces of a shipped template that have no usual text.

    None if there is no template of this name.
    """
    path = _shipped(name)
    if not path.is_file():
        return None
    document, usual = _parted(read_document_with_lines(path, kind=_KIND)[0], path)
    found: set[str] = set()
    _filled(document, {}, found)
    return sorted(found - {*usual})


def _parted(document: Any, path: Path) -> tuple[Any, dict[str, str]]:
    """Return a template without its usual texts, and these: its entry ``with``."""
    if not isinstance(document, dict) or "with" not in document:
        return document, {}
    rest = {name: value for name, value in document.items() if name != "with"}
    return rest, validated(_Texts, {"with": document["with"]}, str(path)).values


def use_of_template(name: str, values: Mapping[str, str]) -> str:
    """Return a file that takes its syncs from a shipped template, as YAML with comments.

    Names without a value have their usual text in it, for the reader to change.
    """
    path = _shipped(name)
    usual = _parted(read_document_with_lines(path, kind=_KIND)[0], path)[1]
    whole = {**values, **{one: text for one, text in usual.items() if one not in values}}
    texts = yaml.safe_dump({"with": whole}, sort_keys=False, allow_unicode=True)
    return _USE.format(name=name, texts=texts)


def _filled(value: Any, values: Mapping[str, str], used: set[str]) -> Any:
    """Return a document with the text for each name in braces; note the names that are used."""
    if isinstance(value, dict):
        return {_filled(n, values, used): _filled(one, values, used) for n, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, values, used) for one in value]
    if not isinstance(value, str):
        return value

    def text(found: re.Match[str]) -> str:
        if found[1] is None:
            return _BRACES[found[0]]
        used.add(found[1])
        return values.get(found[1], "")

    return _SLOT.sub(text, value)


def _with_own(document: Any, own: Mapping[str, Any], path: Path) -> tuple[Any, set[Place]]:
    """Return the document with entries of one's own, and the places of these."""
    is_list = isinstance(document, dict) and isinstance(document.get("syncs"), list | tuple)
    syncs = list(document["syncs"]) if is_list else [document]
    names = [str(sync.get("sync")) if isinstance(sync, dict) else "" for sync in syncs]
    if strange := [name for name in own if name not in names]:
        there = ", ".join(names)
        problem = f"the template has no such sync; it has {there}"
        raise DocumentError(str(path), [Problem(f"syncs.{strange[0]}", problem)])
    changed: set[Place] = set()
    for number, name in enumerate(names):
        if name in own:
            start: Place = ("syncs", number) if is_list else ()
            syncs[number] = _merged(syncs[number], own[name])
            changed |= set(_places(own[name], start))
    return ({**document, "syncs": syncs} if is_list else syncs[0]), changed


def _merged(template: Any, own: Any) -> Any:
    """Return the template's entries with one's own in their place, key by key."""
    if not isinstance(template, dict) or not isinstance(own, dict):
        return own
    merged = {**template, **{name: _merged(template.get(name), one) for name, one in own.items()}}
    return {name: one for name, one in merged.items() if one is not None or name not in own}


def _places(own: Any, start: Place) -> Iterator[Place]:
    if not isinstance(own, dict):
        return
    for name, one in own.items():
        yield (*start, name)
        yield from _places(one, (*start, name))


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
