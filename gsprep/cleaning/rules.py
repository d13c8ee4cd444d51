"""The cleaning rules: for each data type, which named rules mend a cell and in what order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from gsprep.cleaning.placeholders import without_placeholders
from gsprep.cleaning.suspects import of_suspects
from gsprep.schemas.types import mender_for
from gsprep.values.arrow import filled
from gsprep.values.distinct import on_distinct
from gsprep.values.mojibake import SUSPECT, unscrambled
from gsprep.values.text import FULL_WIDTH, narrow, narrow_words, tidy, tidy_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

    from gsprep.schemas.fields import Field, ObjectFields

# Rules that need a second column stand in clean.py: a number is dialled from a country, and a
# name is built from its parts.
DIALLED, BUILT = "phone", "name_from_parts"
NAME_PARTS = ("FirstName", "MiddleName", "LastName")
_BY_TYPE = {
    "BOOLEAN": "boolean",
    "COUNTRY": "country",
    "CURRENCY": "currency",
    "DATE": "date",
    "DATETIME": "date",
    "EMAIL": "email",
    "GSID": "gsid",
    "LOOKUP": "gsid",
    "MULTISELECTDROPDOWNLIST": "picklist",
    "NUMBER": "number",
    "PERCENTAGE": "percentage",
    "PICKLIST": "picklist",
    "SFDCID": "sfdc_id",
    "URL": "url",
}
# Every rule there is, by name.
ALL_RULES = frozenset({
    "mojibake", "width", "blanks", "placeholder", DIALLED, BUILT, *_BY_TYPE.values(),
})  # fmt: skip
# What is read as words; in all other types letters that were read wrongly are none of the value's.
_WORDS = frozenset({"COUNTRY", "MULTISELECTDROPDOWNLIST", "PICKLIST", "RICHTEXTAREA", "STRING"})


class Rule(NamedTuple):
    """A rule by name, and what it makes of a column of text; missing means nothing was there."""

    name: str
    of_column: Callable[[pd.Series[str]], pd.Series[str]]


def rules_by_column(
    columns: Iterable[str], of: ObjectFields, key: tuple[str, ...] = ()
) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules of each column that is a field, by column, in the object's order.

    ``key`` names the columns that tell records apart; without it, the object's own do.
    """
    kept = {*(key or of.key), *(name for names in of.needed for name in names)}
    return {name: rules_of(of[name], is_key=name in kept) for name in of.among(columns)}


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
    return names


def rules_of(field: Field, *, is_key: bool = False) -> tuple[Rule, ...]:
    """Return the rules for a field, in the order they are applied.

    A placeholder in a field that tells records apart (``is_key``) stays: the check names it.
    """
    tidied = tidy_lines if field.type == "RICHTEXTAREA" else tidy
    words = field.type in _WORDS
    whole = partial(_read_rightly, tidied=tidied)
    narrowed = narrow_words if words else narrow
    rules = [
        Rule("width", partial(of_suspects, pattern=FULL_WIDTH, of_one=narrowed)),
        *([Rule("mojibake", partial(of_suspects, pattern=SUSPECT, of_one=whole))] if words else []),
        Rule("blanks", partial(on_distinct, of_one=tidied)),
    ]
    if field.type in _BY_TYPE:
        rules.append(Rule(_BY_TYPE[field.type], partial(_mended, field=field)))
    if not is_key:
        rules.append(Rule("placeholder", partial(without_placeholders, field=field)))
    return tuple(rules)


def _read_rightly(text: str, tidied: Callable[[str], str | None]) -> str:
    """Return the text read rightly; what only hides a sequence of bytes is looked through."""
    seen = text
    while (again := unscrambled(seen) or unscrambled(tidied(seen) or "")) is not None:
        seen = again
    return seen


def _mended(column: pd.Series[str], field: Field) -> pd.Series[str]:
    mend = mender_for(field, column)
    # What cannot be mended stays as it is: the check names it.
    return filled(on_distinct(column, mend), column)
