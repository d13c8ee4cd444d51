"""Kinds of columns, guessed from their headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.mapping.aliases import meaning
from gsprep.mapping.header_words import header_words
from gsprep.unification.people_rules import Compared

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
# Words of headers, the first that is found decides; several words must all be there.
_OF_WORDS: tuple[tuple[tuple[str, ...], Compared], ...] = (
    (("email",), Compared(kind="email")),
    (("mail", "address"), Compared(kind="email")),
    (("birth", "place"), Compared(kind="text")),
    (("birth", "year"), Compared(kind="number", shared=False)),
    (("birth",), Compared(kind="date")),
    (("dob",), Compared(kind="date")),
    (("birthday",), Compared(kind="date")),
    (("middle",), _MIDDLE),
    (("first", "surname"), Compared(kind="person_name")),
    (("given",), _GIVEN),
    (("first", "name"), _GIVEN),
    (("forename",), _GIVEN),
    (("fname",), _GIVEN),
    (("lname",), _SURNAME),
    (("surname",), _SURNAME),
    (("last", "name"), _SURNAME),
    (("family", "name"), _SURNAME),
    (("full", "name"), Compared(kind="person_name")),
    (("phone",), Compared(kind="phone")),
    (("mobile",), Compared(kind="phone")),
    (("telephone",), Compared(kind="phone")),
    (("ssn",), Compared(kind="identifier")),
    (("sec", "id"), Compared(kind="identifier")),
    (("security", "number"), Compared(kind="identifier")),
    (("passport",), Compared(kind="identifier")),
    (("customer", "no"), Compared(kind="identifier")),
    (("customer", "number"), Compared(kind="identifier")),
    (("employee", "id"), Compared(kind="identifier")),
    (("street", "number"), Compared(kind="exact")),
    (("house", "number"), Compared(kind="exact")),
    (("unit",), Compared(kind="exact")),
    (("street",), Compared(kind="text")),
    (("address",), Compared(kind="text")),
    (("postcode",), Compared(kind="exact")),
    (("postal",), Compared(kind="exact")),
    (("zip",), Compared(kind="exact")),
    (("zipcode",), Compared(kind="exact")),
    (("city",), Compared(kind="text")),
    (("town",), Compared(kind="text")),
    (("suburb",), Compared(kind="text")),
    (("state",), Compared(kind="exact")),
    (("country",), Compared(kind="exact")),
    (("gender",), Compared(kind="exact", shared=False)),
    (("sex",), Compared(kind="exact", shared=False)),
    (("occupation",), Compared(kind="text")),
    (("job",), Compared(kind="text")),
    (("company",), Compared(kind="company_name")),
    (("employer",), Compared(kind="company_name")),
    (("organisation",), Compared(kind="company_name")),
    (("organization",), Compared(kind="company_name")),
)


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
    return next((how for wanted, how in _OF_WORDS if words.issuperset(wanted)), None)
