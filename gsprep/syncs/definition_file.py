"""Files of definitions, with templates and ``also``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from gsprep.errors import DocumentError, InputError, Problem
from gsprep.schemas.yaml_file import read_document_with_lines, validated
from gsprep.syncs.definition import Sync
from gsprep.syncs.templates import expanded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
        is_person = one.destination.object == "Person"
        changes = {
            "name": one.name or _name_with(sync.name, one.destination.object),
            "destination": one.destination.model_copy(update={"connection": connection}),
            "fields": fields,
            "unify": sync.unify if _finds(sync, is_person=is_person) else None,
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


def _finds(sync: Sync, *, is_person: bool) -> bool:
    """Return whether the companies of a sync are found for another object of the same kind, too."""
    return sync.unify is not None and bool(sync.unify.person) is not is_person


def _name_with(name: str, of: str) -> str:
    """Return the name of a sync with that of an object, in letters that a name has.

    >>> _name_with("topics", "Community_Content__gc")
    'topics-community_content'
    """
    return f"{name}-{of.removesuffix('__gc').casefold()}"


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a definition, for editors."""
    return Sync.model_json_schema(by_alias=True)
