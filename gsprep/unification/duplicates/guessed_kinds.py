"""Kinds of columns, guessed from their headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.mapping.aliases import header_words, meaning
from gsprep.unification.rules import Compared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_GIVEN = Compared(kind="person_name", part="given")
_SURNAME = Compared(kind="person_name", part="surname")
# Unlike an employer or a home it stays when a person moves.
_MIDDLE = Compared(kind="text", shared=False)
_OF_FIELD: Mapping[str, Compared] = {
    "FirstName": _GIVEN,
    "LastName": _SURNAME,
    "Name": Compared(kind="person_name"),
    "MiddleName": _MIDDLE,
    "Email": Compared(kind="email"),
    "Phone": Compared(kind="phone"),
    "MobilePhone": Compared(kind="phone"),
    "CompanyName": Compared(kind="company_name"),
    "Title": Compared(kind="text"),
    "Location": Compared(kind="text"),
    "Country": Compared(kind="exact"),
}
# Words of headers and the kind of such a column; the first that is found decides, and of several
# words joined by + all must be there.
_OF_WORDS = (
    ("email mail+address", Compared(kind="email")),
    ("birth+place", Compared(kind="text")),
    ("birth+year", Compared(kind="number", shared=False)),
    ("birth dob birthday", Compared(kind="date")),
    ("middle", _MIDDLE),
    ("first+surname", Compared(kind="person_name")),
    ("given first+name forename fname", _GIVEN),
    ("lname surname last+name family+name", _SURNAME),
    ("full+name", Compared(kind="person_name")),
    ("phone mobile telephone", Compared(kind="phone")),
    ("ssn sec+id security+number passport customer+no customer+number employee+id",
     Compared(kind="identifier")),
    ("street+number house+number unit", Compared(kind="exact")),
    ("street address", Compared(kind="text")),
    ("postcode postal zip zipcode", Compared(kind="exact")),
    ("city town suburb", Compared(kind="text")),
    ("state country", Compared(kind="exact")),
    ("gender sex", Compared(kind="exact", shared=False)),
    ("occupation job", Compared(kind="text")),
    ("company employer organisation organization", Compared(kind="company_name")),
)  # fmt: skip


def guessed_kinds(headers: Iterable[str]) -> dict[str, Compared]:
    """Return how the columns with these headers are compared; others are not.

    >>> {name: how.kind for name, how in guessed_kinds(["E-Mail", "dob", "shoe size"]).items()}
    {'E-Mail': 'email', 'dob': 'date'}
    """
    names = list(headers)
    found = {name: how for name in names if (how := _guessed(name)) is not None}
    parts = {how.part for how in found.values()}
    if {"given", "surname"} <= parts:
        whole = {n for n, how in found.items() if how.kind == "person_name" and how.part is None}
        return {name: how for name, how in found.items() if name not in whole}
    return found


def _guessed(header: str) -> Compared | None:
    known = meaning(header)
    if known is not None:
        # A field of the service that tells nothing about who a person is, is not compared.
        return _OF_FIELD.get(known.name)
    words = set(header_words(header))
    wanted = ((set(each.split("+")), how) for texts, how in _OF_WORDS for each in texts.split())
    return next((how for each, how in wanted if each <= words), None)
