"""Placeholders taken out of a column: what stands for nothing becomes missing."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.cleaning.suspects import of_chosen
from gsprep.schemas.types import rules_for
from gsprep.values.arrow import as_arrow, as_mask, matches
from gsprep.values.placeholder import (
    EDGES,
    MAIL_SUSPECT,
    PHONE_SUSPECT,
    is_placeholder,
    is_placeholder_email,
    is_placeholder_phone,
    placeholder_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

    from gsprep.schemas.fields import Field

_LISTS = frozenset({"PICKLIST", "MULTISELECTDROPDOWNLIST"})
_ACCENTS = "[\u0300-\u036f]"


def without_placeholders(column: pd.Series[str], field: Field) -> pd.Series[str]:
    """Return the column with placeholders missing; what the field takes is none.

    In fields that name somebody or hold a choice, and in a tenant's own, whose meaning is not
    known, only what can mean nothing else goes.
    """
    values = as_arrow(column)
    chosen = _suspects(values)
    if field.type == "EMAIL":
        chosen |= matches(values, MAIL_SUSPECT)
    if field.type == "PHONE":
        chosen |= matches(values, PHONE_SUSPECT)
    says_nothing = _test_for(field)
    return of_chosen(column, chosen, lambda text: None if says_nothing(text) else text)


def _test_for(field: Field) -> Callable[[str], bool]:
    if field.type == "EMAIL":
        return is_placeholder_email
    if field.type == "PHONE":
        return is_placeholder_phone
    rules = rules_for(field)
    names = field.type in _LISTS or field.name.endswith(("Name", "__gc"))
    test = partial(is_placeholder, names=names)
    # NA is Namibia, and a list may have an entry "None".
    return (lambda text: test(text) and not rules[0].holds(text)) if rules else test


@cache
def _suspect() -> str:
    edges = f"[{re.escape(EDGES)}]*"
    words = "|".join(map(re.escape, _listed().to_pylist()))
    return rf"(?i)^{edges}(?:{words})?{edges}$|^[^0-9A-Za-z\x{{80}}-\x{{10ffff}}][^0-9]*$"


def _suspects(values: pa.Array) -> np.ndarray:
    """Return where a placeholder may stand: a word of the list, or signs alone."""
    found: np.ndarray = matches(values, _suspect())
    foreign = ~as_mask(pc.string_is_ascii(values))
    if foreign.any():
        folded = pc.utf8_normalize(values.filter(pa.array(foreign)), "NFKD")
        bare = pc.replace_substring_regex(folded, _ACCENTS, "")
        plain = pc.utf8_trim(pc.utf8_lower(bare), EDGES)
        found[foreign] |= as_mask(pc.is_in(plain, value_set=_listed()))
        found[foreign] |= ~matches(plain, r"[\pL\pN]")
    return found


@cache
def _listed() -> pa.Array:
    """Return the words as they look once the signs at their ends are taken away."""
    words = {word.strip(EDGES) for word in placeholder_words()}
    return pa.array(sorted(words), pa.large_string())
