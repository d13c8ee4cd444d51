"""Further columns of the file, shown with each person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsprep.errors import InputError
from gsprep.values.host import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gsprep.review.questions import Question

# What is shown of every person anyway.
USUAL = (
    "line",
    "Email",
    "CompanyName",
    "Title",
    "Phone",
    "Country",
    "Name",
    "FirstName",
    "LastName",
)
# What may be the name of a host, after the @ of an address or within a sentence.
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def further_columns_of(
    questions: Sequence[Question], wanted: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the columns to show: the ``wanted`` ones, or those that may tell the employer.

    Raises InputError for a wanted column that the file does not have.
    """
    there = columns_of(questions)
    if unknown := [name for name in wanted if name not in there]:
        have = ", ".join(name for name in there if name not in USUAL)
        raise InputError(
            f"--show {unknown[0]}: the people have no such column. They have {have or 'no other'}"
        )
    if wanted:
        return tuple(wanted)
    others = (name for name in there if name not in USUAL)
    return tuple(
        name for name in others if _may_tell(question.person.get(name) for question in questions)
    )


def columns_of(questions: Sequence[Question]) -> tuple[str, ...]:
    """Return the columns that hold anything, in the order of the file."""
    return tuple(dict.fromkeys(name for question in questions for name in question.person))


def _may_tell(cells: Iterable[str | None]) -> bool:
    """Return whether a cell has an address or a domain: it may tell the employer."""
    return any(
        registrable_domain(host.lower()) is not None
        for cell in cells
        if cell is not None
        for host in _HOST.findall(cell)
    )
