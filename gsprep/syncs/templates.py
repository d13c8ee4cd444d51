"""Templates of definitions: named values, and own entries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import BaseModel, Field

from gsprep.errors import DocumentError, Problem
from gsprep.schemas.yaml_file import read_document_with_lines, validated
from gsprep.shipped import shipped
from gsprep.syncs.value_types import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    Place = tuple[str | int, ...]

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
