"""Headers as people write them, to the API names they mean; the other columns as they stand."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import yaml

from gsprep.errors import TableError
from gsprep.schemas.fields import OBJECTS, PERSON
from gsprep.schemas.frames import ROW_ID
from gsprep.shipped import shipped
from gsprep.values.text import searchable, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gsprep.schemas.fields import ObjectFields

_APART = re.compile(r"[\W_]+")
# A table of decisions has a column of this name that is ours, not a person's company.
_DECISIONS = frozenset({ROW_ID, "verdict"})
_OURS = frozenset({"company_name"})

# How sure a meaning is; the surest header of a name gets it.
_EXACT, _LOOSE, _ALIAS = range(3)


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
    if header.endswith("__gc") or not header:
        return None
    return _meanings((of or PERSON).name).get(_key(header)) or None


def understood(header: str, of: ObjectFields | None = None) -> str:
    """Return the API name a header means, or the header itself."""
    means = meaning(header, of)
    return means.name if means else header


def quoted(header: str) -> str:
    """Return a header as a message shows it: on one line, nothing invisible in it."""
    return f'"{tidy(header) or ""}"'


@dataclass(frozen=True, slots=True)
class Renamed:
    """The names of the columns, and a sentence on each that is not the header as it stood."""

    names: tuple[str, ...]
    notes: tuple[str, ...]


def rename(path: Path, headers: Sequence[str], of: ObjectFields | None, *, line: int) -> Renamed:
    """Give each header its API name; the file's own headers stay as they are.

    An exact API name wins over one in another spelling, and that over a usual alias; what did
    not win stays and is noted. Raises TableError for a repeated header and for two headers that
    mean one name equally well.
    """
    _refuse_repeated(path, headers, line=line)
    ours = _OURS if set(headers) >= _DECISIONS else frozenset()
    means = {h: found for h in headers if h not in ours and (found := _doubted(h, of))}
    winners = {name: _winner(path, name, means, line=line) for name in _names(means)}
    names = tuple(
        means[h].name if h in means and winners[means[h].name] == h else h for h in headers
    )
    notes = [_note(h, n, means, winners) for h, n in zip(headers, names, strict=True)]
    return Renamed(names, tuple(note for note in notes if note))


def _doubted(header: str, of: ObjectFields | None) -> Meaning | None:
    means = meaning(header, of)
    return Meaning(header, _EXACT) if means and means.name == header else means


def _names(means: Mapping[str, Meaning]) -> list[str]:
    return list(dict.fromkeys(found.name for found in means.values()))


def _winner(path: Path, name: str, means: Mapping[str, Meaning], *, line: int) -> str:
    rivals = [header for header, found in means.items() if found.name == name]
    surest = min(means[header].doubt for header in rivals)
    best = [header for header in rivals if means[header].doubt == surest]
    if len(best) > 1:
        raise TableError(
            path,
            f"the headers {quoted(best[0])} and {quoted(best[1])} both mean {name}",
            f"Rename the one to use to {name}.",
            line=line,
        )
    return best[0]


def _note(
    header: str, name: str, means: Mapping[str, Meaning], winners: Mapping[str, str]
) -> str | None:
    if header != name:
        return f"the column {quoted(header)} is read as {name}"
    if header in means and winners[means[header].name] != header:
        wanted = means[header].name
        return f"the column {quoted(header)} stays as it is: {quoted(winners[wanted])} is {wanted}"
    return None


def _refuse_repeated(path: Path, headers: Sequence[str], *, line: int) -> None:
    repeated = next((h for h, times in Counter(headers).items() if times > 1), None)
    if repeated is None:
        return
    places = [str(at) for at, header in enumerate(headers, 1) if header == repeated]
    raise TableError(
        path,
        f"the header {quoted(repeated)} stands in columns {' and '.join(places)}",
        "Rename or delete all but one of them.",
        line=line,
    )


@cache
def _meanings(of: str) -> Mapping[str, Meaning]:
    own = next(thing for thing in OBJECTS if thing.name == of)
    aliases = _aliases()
    # What stands first is not overwritten by what follows.
    found: dict[str, Meaning] = {}
    for names in (
        _fields(own),
        aliases.get(of, {}),
        *(_fields(thing) for thing in OBJECTS if thing is not own),
        aliases["any"],
    ):
        found = {**names, **found}
    return found


def _fields(thing: ObjectFields) -> Mapping[str, Meaning]:
    return {_key(field.name): Meaning(field.name, _LOOSE) for field in thing.fields}


@cache
def _aliases() -> Mapping[str, Mapping[str, Meaning]]:
    book = yaml.safe_load(shipped("rules", "headers.yaml").read_text(encoding="utf-8"))
    return {
        of: {_key(alias): Meaning(name, _ALIAS) for name in names for alias in names[name]}
        for of, names in book.items()
    }


def _key(header: str) -> str:
    return _APART.sub("", searchable(header))
