"""The known name that a misspelt one most likely means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.lazy import lazy_module
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rapidfuzz import fuzz, process
else:
    fuzz, process = lazy_module("rapidfuzz.fuzz"), lazy_module("rapidfuzz.process")

# Percent of the characters, in their order, that both names have.
_LIKE = 75.0


def nearest_name(text: str, names: Iterable[str]) -> str | None:
    """Return the name that is spelled most like the text, or None if none is similar.

    Only letters and digits count, without case and accents. Of names that are alike, the first
    in alphabetical order is returned.

    >>> nearest_name("e-mial", ["Email", "Phone"]), nearest_name("Shoe size", ["Email"])
    ('Email', None)
    """
    found = process.extractOne(
        text, sorted(names), scorer=fuzz.ratio, processor=_compared, score_cutoff=_LIKE
    )
    return None if found is None else found[0]


def _compared(name: str) -> str:
    return "".join(filter(str.isalnum, searchable(name)))
