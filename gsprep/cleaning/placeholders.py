"""Placeholders taken out of a column: what stands for nothing becomes missing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gsprep.cleaning.suspects import of_chosen
from gsprep.schemas.types import rules_for
from gsprep.values.arrow import as_arrow, matches
from gsprep.values.placeholder import (
    PHONE_SUSPECT,
    is_placeholder,
    is_placeholder_email,
    is_placeholder_phone,
    placeholder_suspects,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from gsprep.schemas.fields import Field

_LISTS = frozenset({"PICKLIST", "MULTISELECTDROPDOWNLIST"})


def without_placeholders(column: pd.Series[str], field: Field) -> pd.Series[str]:
    """Return the column with placeholders missing; what the field takes is none.

    In fields that name somebody or hold a choice, and in a tenant's own, whose meaning is not
    known, only what can mean nothing else goes.
    """
    values = as_arrow(column)
    chosen = placeholder_suspects(values)
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
