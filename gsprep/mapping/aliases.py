"""What headers mean: the API names themselves, and the usual names of ``rules/headers.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import yaml

from gsprep.schemas.fields import OBJECTS, PERSON
from gsprep.shipped import shipped
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.schemas.fields import ObjectFields

_APART = re.compile(r"[\W_]+")
# FirstName, HTMLText: a word begins at a capital after a small letter, or before one.
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OWN = "__gc"

# How sure a meaning is; the surest header of a name gets it.
EXACT, LOOSE, ALIAS = range(3)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The API name a header stands for, and how sure that is (0 is the surest)."""

    name: str
    doubt: int


def meaning(header: str, of: ObjectFields | None = None) -> Meaning | None:
    """Return what a header means in a file of the object, or None when it is the user's own.

    A file of no said object is read as people, with the names of the other objects after theirs.

    >>> meaning("e-mail address")
    Meaning(name='Email', doubt=2)
    >>> meaning("first_name").name, meaning("Nps__gc"), meaning("Shoe size")
    ('FirstName', None, None)
    """
    if header.endswith(_OWN) or not header:
        return None
    thing = of or PERSON
    found = _shipped_meanings(thing.name) if thing in OBJECTS else _meanings(thing)
    return found.get(header_key(header))


def understood(header: str, of: ObjectFields | None = None) -> str:
    """Return the API name a header means, or the header itself."""
    means = meaning(header, of)
    return means.name if means else header


def header_key(header: str) -> str:
    """Return a header for comparing: without case, blanks and punctuation."""
    return _APART.sub("", searchable(header))


def header_words(header: str) -> tuple[str, ...]:
    """Return the words of a header, in its order.

    >>> header_words("Participant's E-mail"), header_words("Company_ID"), header_words("FirstName")
    (('participant', 's', 'e', 'mail'), ('company', 'id'), ('first', 'name'))
    """
    words = _APART.sub(" ", searchable(_CAMEL.sub(" ", header.removesuffix(_OWN))))
    return tuple(words.split())


def spellings(of: ObjectFields) -> Mapping[str, tuple[tuple[str, int], ...]]:
    """Return every field of the object with the texts that mean it, each with its doubt.

    The field's own name stands first. Unlike ``meaning``, names of other objects are left out.
    """
    usual = [_aliases().get(of.name, {}), _aliases()["any"]]
    taken = {header_key(field.name) for field in of.fields}
    texts: dict[str, list[tuple[str, int]]] = {f.name: [(f.name, LOOSE)] for f in of.fields}
    for names in usual:
        fresh = {a: m for a, m in names.items() if header_key(a) not in taken and m in texts}
        for alias, name in fresh.items():
            texts[name].append((alias, ALIAS))
        taken |= {header_key(alias) for alias in fresh}
    return {name: tuple(found) for name, found in texts.items()}


@cache
def _shipped_meanings(of: str) -> Mapping[str, Meaning]:
    return _meanings(next(thing for thing in OBJECTS if thing.name == of))


def _meanings(own: ObjectFields) -> Mapping[str, Meaning]:
    aliases = {of: _keyed(names) for of, names in _aliases().items()}
    # What stands first is not overwritten by what follows.
    found: dict[str, Meaning] = {}
    for names in (
        _fields(own),
        aliases.get(own.name, {}),
        *(_fields(thing) for thing in OBJECTS if thing is not own),
        aliases["any"],
    ):
        found = {**names, **found}
    return found


def _fields(thing: ObjectFields) -> Mapping[str, Meaning]:
    return {header_key(field.name): Meaning(field.name, LOOSE) for field in thing.fields}


def _keyed(names: Mapping[str, str]) -> Mapping[str, Meaning]:
    return {header_key(alias): Meaning(name, ALIAS) for alias, name in names.items()}


@cache
def _aliases() -> Mapping[str, Mapping[str, str]]:
    """Return, by object and for any, the API name that each usual header means."""
    book = yaml.safe_load(shipped("rules", "headers.yaml").read_text(encoding="utf-8"))
    return {
        of: {alias: name for name in names for alias in names[name]} for of, names in book.items()
    }
