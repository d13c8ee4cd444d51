"""The fields of an object: name, type, meaning, and usual headers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import yaml

from gsprep.mapping.aliases import spellings
from gsprep.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.schemas.fields import ObjectFields


class FieldLine(NamedTuple):
    """One field of an object.

    sent: whether its values are sent to the service.
    headers: the headers that mean it in a file.
    """

    name: str
    type: str
    sent: bool
    meaning: str
    headers: tuple[str, ...]


def field_lines(of: ObjectFields) -> tuple[FieldLine, ...]:
    """Return the fields of an object in its order."""
    usual = spellings(of)
    return tuple(
        FieldLine(
            field.name,
            field.type.lower(),
            field.writable,
            meaning_of(field.name, of),
            tuple(text for text, _ in usual[field.name][1:]),
        )
        for field in of.fields
    )


def meaning_of(field: str, of: ObjectFields) -> str:
    """Return what a field of an object means in a few words; "" for a tenant's own field."""
    book = _meanings()
    return book.get(of.name, {}).get(field) or book["any"].get(field, "")


@cache
def _meanings() -> Mapping[str, Mapping[str, str]]:
    book: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        shipped("rules", "fields.yaml").read_text(encoding="utf-8")
    )
    return book
