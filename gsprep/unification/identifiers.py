"""Identifiers that people and companies have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from gsprep.values.ids import sfdc_key
from gsprep.values.placeholder import is_placeholder
from gsprep.values.text import searchable, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# How sure an identifier is where the rulebook does not say.
_PRECISION = 0.998


def _named(column: str) -> str:
    if not column.strip():
        raise ValueError("empty; name the column")
    return column


def exact_key(text: str) -> str | None:
    """Return an identifier without the blanks around it, or None for a placeholder.

    >>> exact_key(" C-0042 "), exact_key("n/a")
    ('C-0042', None)
    """
    return None if is_placeholder(text) else tidy(text)


def text_key(text: str) -> str | None:
    """Return an identifier without case and blanks, or None for a placeholder.

    >>> text_key(" c-00 42"), text_key("-")
    ('c-0042', None)
    """
    key = exact_key(text)
    return None if key is None else searchable(key).replace(" ", "") or None


KEYS: Mapping[str, Callable[[str], str | None]] = {
    "salesforce": sfdc_key,
    "text": text_key,
    "exact": exact_key,
}


class Identifier(BaseModel, frozen=True, extra="forbid", strict=True):
    """A column of people and a column of companies that hold the same identifier.

    person:    the column of the people.
    company:   the column of the companies, several by ``;``.
    kind:      ``salesforce`` for ids of 15 or 18 characters, of which the first 15 are compared;
               ``text``, compared without case and blanks; ``exact``, compared as it is.
    precision: the share of the people with such an identifier whose company is right.
    """

    person: Annotated[str, AfterValidator(_named)]
    company: Annotated[str, AfterValidator(_named)]
    kind: Literal["salesforce", "text", "exact"] = "text"
    precision: Annotated[float, Field(gt=0.5, lt=1)] = _PRECISION

    @property
    def key(self) -> Callable[[str], str | None]:
        """The function from a cell to the identifier as it is compared."""
        return KEYS[self.kind]
