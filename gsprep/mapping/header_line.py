"""Headers of one file, read together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gsprep.mapping.aliases import ALIAS, meaning, vocabulary
from gsprep.mapping.header_words import header_key, without_marks
from gsprep.schemas.fields import PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gsprep.mapping.aliases import Meaning
    from gsprep.schemas.fields import ObjectFields

_FIRST, _LAST, _WHOLE = "FirstName", "LastName", "Name"


def meanings(headers: Iterable[str], of: ObjectFields | None = None) -> dict[str, Meaning]:
    """Return what each header of a file means; headers that mean no field are left out.

    >>> {h: m.name for h, m in meanings(["Nom", "Prénom"]).items()}
    {'Nom': 'LastName', 'Prénom': 'FirstName'}
    >>> {h: m.name for h, m in meanings(["Nom", "Ville"]).items()}
    {'Nom': 'Name', 'Ville': 'Location'}
    """
    found = {header: means for header in headers if (means := meaning(header, of))}
    if not (of is None or of.name == PERSON.name):
        return found
    keys = {header: header_key(without_marks(header)) for header in found}
    sure = {m.name for h, m in found.items() if keys[h] not in vocabulary()["alone"]}
    for header, key in keys.items():
        if key in vocabulary()["alone"]:
            found[header] = replace(found[header], name=_lone(found[header].name, sure))
    if _is_german(set(keys.values()), sure):
        found |= {h: replace(found[h], name=_LAST, doubt=ALIAS) for h in found if keys[h] == "name"}
    return found


def _lone(usual: str, others: set[str]) -> str:
    """Return which name a header is that means a part of the name or the whole."""
    if _FIRST in others:
        return _WHOLE if _LAST in others else _LAST
    return _FIRST if _LAST in others else (usual if _WHOLE in others else _WHOLE)


def _is_german(keys: set[str], sure: set[str]) -> bool:
    """Return whether Name is the last name: next to Vorname, without a Nachname."""
    return _LAST not in sure and not keys.isdisjoint(vocabulary()["vorname"])
