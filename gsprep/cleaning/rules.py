"""Cleaning rules of each column in their order, and what they learn from whole columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.schemas.data_types import DATA_TYPES, checks_for, data_type, proofs_of, repair_for
from gsprep.values.arrow import as_arrow, as_mask, filled, matches
from gsprep.values.distinct import as_cells, on_distinct
from gsprep.values.number import FLOAT_TAIL, without_float_tail
from gsprep.values.person_name import NameForms, name_forms
from gsprep.values.placeholder import (
    PHONE_SUSPECT,
    is_placeholder,
    is_placeholder_email,
    is_placeholder_phone,
    placeholder_suspects,
)
from gsprep.values.text import (
    ENTITY_SUSPECT,
    FULL_WIDTH,
    SUSPECT,
    TAG_SUSPECT,
    narrow,
    narrow_words,
    tidy,
    tidy_lines,
    unscrambled,
    without_entities,
    without_markup,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from gsprep.schemas.fields import Field, ObjectFields

# These need other columns and are applied in clean.py: a phone number needs its country, a name its
# parts, and a name with the last name first is put in order and divided.
DIALLED, BUILT, ORDERED = "phone", "name_from_parts", "name_order"
NAME_PARTS = ("FirstName", "MiddleName", "LastName")
_OF_ALL_TYPES = (
    "mojibake", "width", "entities", "blanks", "float_tail", "placeholder", DIALLED, BUILT,
    ORDERED,
)  # fmt: skip
# A number is never an address.
_ADDRESSES = frozenset({"EMAIL", "URL"})


class Rule(NamedTuple):
    """A rule by name, and the column it makes of a column of text; missing means empty.

    ``is_of_column``: whether a cell's value depends on what others of its column prove.
    """

    name: str
    of_column: Callable[[pd.Series[str]], pd.Series[str]]
    is_of_column: bool = False


def all_rules() -> frozenset[str]:
    """Return the name of every rule."""
    return frozenset([*_OF_ALL_TYPES, *(one.rule for one in DATA_TYPES.values() if one.rule)])


def rules_by_column(
    columns: Iterable[str],
    of: ObjectFields,
    key: tuple[str, ...] = (),
    proofs: Mapping[str, frozenset[str]] | None = None,
) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules of each column that is a field, in the object's order.

    ``key`` names the columns that identify records; without it, the object's own do. ``proofs``
    are what whole columns prove, for rules of a part; None: a column itself proves it.
    """
    kept = {*(key or of.key), *(name for names in of.needed for name in names)}
    known = proofs or {}
    return {
        name: rules_of(of[name], is_key=name in kept, proofs=known.get(name))
        for name in of.among(columns)
    }


def rule_names(
    columns: Iterable[str], of: ObjectFields, key: tuple[str, ...] = ()
) -> Mapping[str, tuple[str, ...]]:
    """Return the names of all rules that cleaning applies, by column."""
    columns = list(columns)
    names = {
        name: (*(rule.name for rule in rules), *((DIALLED,) if of[name].type == "PHONE" else ()))
        for name, rules in rules_by_column(columns, of, key).items()
    }
    if of.name == "Person" and any(part in columns for part in NAME_PARTS):
        names["Name"] = (*names.get("Name", ()), BUILT)
    if of.name == "Person" and "Name" in columns:
        names["Name"] = (*names["Name"], ORDERED)
    return names


def rules_of(
    field: Field, *, is_key: bool = False, proofs: frozenset[str] | None = None
) -> tuple[Rule, ...]:
    """Return the rules for a field, in the order they are applied.

    A placeholder in a field that identifies records (``is_key``) stays: the check reports it.
    """
    kind = data_type(field)
    tidied = tidy_lines if kind.is_multiline else tidy
    decoded = partial(_decoded, tidied=tidied)
    narrowed = narrow_words if kind.is_text else narrow
    rules = [Rule("width", partial(_in_suspects, pattern=FULL_WIDTH, of_one=narrowed))]
    if kind.is_text or kind.name in _ADDRESSES:
        is_rich = kind.is_multiline or kind.name in _ADDRESSES
        rules.append(Rule("entities", _without_entities if is_rich else _without_markup))
    if kind.is_text:
        rules.append(Rule("mojibake", partial(_in_suspects, pattern=SUSPECT, of_one=decoded)))
    rules.append(Rule("blanks", partial(on_distinct, of_one=tidied)))
    # Only fields of numbers have decimals.
    if not kind.has_decimals and kind.name not in _ADDRESSES:
        rules.append(Rule("float_tail", partial(_without_float_tails, field=field)))
    if kind.rule:
        repaired = partial(_repaired, field=field, proofs=proofs)
        rules.append(Rule(kind.rule, repaired, kind.column_form is not None))
    if not is_key:
        rules.append(Rule("placeholder", partial(without_placeholders, field=field)))
    return tuple(rules)


def _decoded(text: str, tidied: Callable[[str], str | None]) -> str:
    """Return misread text in its right encoding, also if invisible characters are in between."""
    seen = text
    while (again := unscrambled(seen) or unscrambled(tidied(seen) or "")) is not None:
        seen = again
    return seen


def _without_entities(column: pd.Series[str]) -> pd.Series[str]:
    return _where(column, matches(as_arrow(column), ENTITY_SUSPECT), without_entities)


def _without_markup(column: pd.Series[str]) -> pd.Series[str]:
    suspects = matches(as_arrow(column), f"{ENTITY_SUSPECT}|{TAG_SUSPECT}")
    return _where(column, suspects, without_markup)


def _without_float_tails(column: pd.Series[str], field: Field) -> pd.Series[str]:
    found = matches(as_arrow(column), FLOAT_TAIL)
    labels = field.options or ()
    return _where(column, found, lambda text: text if text in labels else without_float_tail(text))


def _repaired(
    column: pd.Series[str], field: Field, proofs: frozenset[str] | None
) -> pd.Series[str]:
    proofs = proofs_of(field, column) if proofs is None else proofs
    # A value that cannot be repaired stays: the check reports it.
    return filled(on_distinct(column, repair_for(field, proofs)), column)


def _in_suspects(
    column: pd.Series[str], pattern: str, of_one: Callable[[str], str | None]
) -> pd.Series[str]:
    """Return ``of_one`` of the values in which a pattern (RE2) is found; others unchanged.

    The pattern needs a character beyond ASCII.
    """
    values = as_arrow(column)
    chosen = as_mask(pc.invert(pc.string_is_ascii(values)))
    if chosen.any():
        chosen[chosen] = matches(values.filter(pa.array(chosen)), pattern)
    return _where(column, chosen, of_one)


def _where(
    column: pd.Series[str], chosen: np.ndarray, of_one: Callable[[str], str | None]
) -> pd.Series[str]:
    """Return ``of_one`` of the values that a mask chooses; others unchanged."""
    if not chosen.any():
        return column
    changed = column.copy()
    changed[chosen] = on_distinct(column[chosen], of_one)
    return changed


def without_placeholders(column: pd.Series[str], field: Field) -> pd.Series[str]:
    """Return the column with placeholders missing; a value that the field takes is not one.

    In fields with a name or a choice, and in a tenant's own fields, only text that cannot be a
    value is removed.
    """
    values = as_arrow(column)
    chosen = placeholder_suspects(values)
    if field.type == "PHONE":
        chosen |= matches(values, PHONE_SUSPECT)
    is_empty = _placeholder_test(field)
    return _where(column, chosen, lambda text: None if is_empty(text) else text)


def _placeholder_test(field: Field) -> Callable[[str], bool]:
    if field.type == "EMAIL":
        return is_placeholder_email
    if field.type == "PHONE":
        return is_placeholder_phone
    checks = checks_for(field)
    is_choice = data_type(field).label_check is not None
    test = partial(is_placeholder, names=is_choice or field.name.endswith(("Name", "__gc")))
    # NA is Namibia, and a list may have an entry "None".
    return (lambda text: test(text) and not checks[0].holds(text)) if checks else test


@dataclass(frozen=True, slots=True)
class CleaningPartFacts:
    """What the cells of a part of a frame show, with all that the whole is concluded from.

    Attributes:
        proofs: by column of dates or numbers, what its cells prove about their form.
        names: the forms of the column Name; None without that column.
    """

    proofs: Mapping[str, frozenset[str]]
    names: NameForms | None


@dataclass(frozen=True, slots=True)
class CleaningFacts:
    """What the cells of whole columns show.

    Attributes:
        proofs: by column of dates or numbers, what its cells prove about their form.
        last_first: whether the column Name has the last name first; None without that column.
    """

    proofs: Mapping[str, frozenset[str]]
    last_first: bool | None

    @classmethod
    def together(cls, parts: Sequence[CleaningPartFacts]) -> CleaningFacts:
        """Return the facts of a frame from those of its parts, which have the same columns."""
        first, names = parts[0], [part.names for part in parts if part.names is not None]
        return cls(
            {n: frozenset().union(*(part.proofs[n] for part in parts)) for n in first.proofs},
            NameForms.together(names).are_last_first if names else None,
        )


def cleaning_facts(
    before: pd.DataFrame,
    of: ObjectFields,
    key: tuple[str, ...] = (),
    applies: Callable[[str, str], bool] = lambda _column, _rule: True,
) -> CleaningPartFacts:
    """Return the facts of a text frame, or of a part of one, that is to be cleaned.

    ``applies`` says which rules of which columns will be applied; ``key`` as in ``clean``.
    """
    proofs: dict[str, frozenset[str]] = {}
    names = None
    for name, rules in rules_by_column(before.columns, of, key).items():
        if name == "Name" and of.name == "Person":
            names = name_forms(_cleaned(before[name], rules, applies))
        at = next((at for at, rule in enumerate(rules) if rule.is_of_column), None)
        if at is not None:
            proofs[name] = proofs_of(of[name], _cleaned(before[name], rules[:at], applies))
    return CleaningPartFacts(proofs, names)


def _cleaned(
    column: pd.Series[str], rules: Sequence[Rule], applies: Callable[[str, str], bool]
) -> pd.Series[str]:
    """Return the values of a column after these rules; each at least once."""
    cells = as_cells(column)
    for rule in rules:
        if applies(str(column.name), rule.name):
            cells = replace(cells, entries=rule.of_column(cells.entries))
    return cells.entries
