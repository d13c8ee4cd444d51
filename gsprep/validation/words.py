"""Findings on text that says less than it seems: letters lost or misread, and placeholders."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.schemas.types import rules_for
from gsprep.validation.findings import findings_on
from gsprep.values.arrow import as_arrow, as_mask, matches
from gsprep.values.distinct import as_cells, on_distinct, where_distinct
from gsprep.values.email import is_email
from gsprep.values.mojibake import (
    GARBLED_NAME_SUSPECT,
    GARBLED_SUSPECT,
    is_garbled,
    unscrambled,
)
from gsprep.values.placeholder import is_placeholder, placeholder_suspects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from gsprep.schemas.fields import Field, ObjectFields
    from gsprep.values.distinct import Cells

_LISTS = frozenset({"MULTISELECTDROPDOWNLIST", "PICKLIST"})
_WORDS = frozenset({"RICHTEXTAREA", "STRING"}) | _LISTS


def word_findings(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield cells with letters that were lost or misread, and placeholders that stand.

    Lists whose entries are known are judged by these. An address with misread letters may be a
    good one to the service; it is told as well.
    """
    for name in of.among(text.columns):
        field = of[name]
        words = field.type in _WORDS and not rules_for(field)
        if not words and field.type != "EMAIL":
            continue
        cells = as_cells(text[name])
        if (garbled := _on_rows(cells, _garbled(cells.entries, field))).any():
            suggested = on_distinct(text.loc[garbled, name], unscrambled)
            yield findings_on(text[garbled], of, name, "GSPREP_GARBLED", suggested)
        if words and (nothing := _on_rows(cells, _placeholders(cells.entries, field))).any():
            yield findings_on(text[nothing], of, name, "GSPREP_PLACEHOLDER").assign(
                message=f"{name} looks like a placeholder, which says nothing.",
                hint="Write what is meant, or empty the cell.",
            )


def _on_rows(cells: Cells, found: np.ndarray) -> np.ndarray:
    """Return, for each row, what was found of its value."""
    # A missing value has the code -1, which picks the last, added, entry.
    return found if cells.codes is None else np.append(found, False)[cells.codes]


def _garbled(values: pd.Series[str], field: Field) -> np.ndarray:
    names = field.name.endswith("Name")
    near = _garbled_suspects(as_arrow(values), names=names)
    found = _where(values, near, partial(is_garbled, names=names))
    return _where(values, found, is_email) if field.type == "EMAIL" else found


def _garbled_suspects(values: pa.Array, *, names: bool) -> np.ndarray:
    near: np.ndarray = ~as_mask(pc.string_is_ascii(values)) & as_mask(pc.is_valid(values))
    if names:
        near |= as_mask(pc.match_substring(values, "?"))
    if near.any():
        pattern = GARBLED_NAME_SUSPECT if names else GARBLED_SUSPECT
        near[near] = matches(values.filter(pa.array(near)), pattern)
    return near


def _placeholders(values: pd.Series[str], field: Field) -> np.ndarray:
    # "None" may be a choice, and what a tenant's own field means is not known.
    chosen = field.type in _LISTS or field.name.endswith("__gc")
    near = placeholder_suspects(as_arrow(values))
    return _where(values, near, partial(is_placeholder, names=chosen))


def _where(values: pd.Series[str], near: np.ndarray, holds: Callable[[str], bool]) -> np.ndarray:
    """Ask only of the few values that may hold."""
    found = near.copy()
    if near.any():
        found[near] = where_distinct(values[near], holds).to_numpy()
    return found
