"""Findings on rows that do not say which record they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gsprep.errors import MissingColumnsError
from gsprep.schemas.codes import EXPLANATIONS
from gsprep.schemas.same_key import ASSOCIATIONS, require_key
from gsprep.validation.columns import meant_field
from gsprep.validation.findings import findings_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from gsprep.schemas.fields import ObjectFields

_EMPTY_KEY = "GSOBJ_VCUSTOM1012"


def missing_keys(
    text: pd.DataFrame, of: ObjectFields, key: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    """Yield rows that lack what the service finds the record by.

    Raises MissingColumnsError when the frame itself lacks it: that is the file's fault.
    """
    require_key(text, key, of)
    for at, names in enumerate(of.needed):
        # The tenant's own key tells the person of an association as well as Email does.
        own = key if at == 0 and of.name in ASSOCIATIONS else ()
        yield from _without_any(text, of, names, own)
    if of.name == "Person":
        yield from _without_a_part(text, of, key)


def says(text: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Return which rows have a value in each of the columns; none when a column is absent."""
    if not columns or not set(columns) <= set(text.columns):
        return np.zeros(len(text), dtype=bool)
    said: np.ndarray = text[list(columns)].notna().all(axis=1).to_numpy()
    return said


def _without_any(
    text: pd.DataFrame, of: ObjectFields, names: tuple[str, ...], own: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    if len(text) and not any(name in text.columns for name in names) and not _has(text, own):
        raise MissingColumnsError(names[:1], of=f"a {of.name} frame", found=_headers(text, of))
    ways = [(name,) for name in names if name in text.columns]
    empty = text[~np.logical_or.reduce([says(text, way) for way in (*ways, own)])]
    if len(empty):
        found = findings_on(empty, of, names[0], _EMPTY_KEY)
        which = EXPLANATIONS[_EMPTY_KEY].message.format(column=" or ".join(names))
        yield found.assign(message=which)


def _has(text: pd.DataFrame, columns: tuple[str, ...]) -> bool:
    return bool(columns) and set(columns) <= set(text.columns)


def _headers(text: pd.DataFrame, of: ObjectFields) -> list[str]:
    """Return the headers that mean something: a file without headers has cells in their place."""
    return [name for name in text.columns if of.knows(name) or meant_field(name, of) is not None]


def _without_a_part(
    text: pd.DataFrame, of: ObjectFields, key: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    """Yield persons who have a part of the tenant's key only; a Gsid stands for all of it."""
    # Who has neither Email nor Gsid is told already.
    told = says(text, ["Gsid"]) | ~says(text, ["Email"])
    needed = {name for names in of.needed for name in names}
    for name in key:
        if name in text.columns and name not in needed:
            empty = ~told & text[name].isna().to_numpy()
            told = told | empty
            if empty.any():
                yield findings_on(text[empty], of, name, _EMPTY_KEY).assign(severity="error")
