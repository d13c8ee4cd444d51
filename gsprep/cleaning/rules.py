"""The cleaning rules: for each data type, which named rules mend a cell and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gsprep.schemas.types import TYPE_RULES
from gsprep.values.text import tidy, tidy_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.schemas.fields import Field

# Rules that need a second column (a number is dialled from a country) stand in clean.py.
_BY_TYPE = {
    "BOOLEAN": "boolean",
    "COUNTRY": "country",
    "DATE": "date",
    "DATETIME": "date",
    "EMAIL": "email",
    "GSID": "gsid",
    "NUMBER": "number",
    "URL": "url",
}


class Rule(NamedTuple):
    """A rule by name, and what it makes of one cell; None means the cell holds nothing."""

    name: str
    of_one: Callable[[str], str | None]


def rules_of(field: Field) -> tuple[Rule, ...]:
    """Return the rules for a field, in the order they are applied."""
    blanks = Rule("blanks", tidy_lines if field.type == "RICHTEXTAREA" else tidy)
    if field.type not in _BY_TYPE:
        return (blanks,)
    mend = TYPE_RULES[field.type].mend
    # What cannot be mended stays as it is: the check names it.
    return (blanks, Rule(_BY_TYPE[field.type], lambda text: mend(text) or text))
