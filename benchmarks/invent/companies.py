"""A company of the list, its GSID and its group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from invent.noise import chance, pick
from invent.words import digits, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from invent.words import Country

_USUAL_FORMS = (
    "GmbH & Co. KG", "GmbH & Co. KGaA", "GmbH", "mbH", "AG", "SE", "KG", "e.V.", "eG", "Inc.",
    "Inc", "Ltd.", "Ltd", "Limited", "LLC", "L.L.C.", "LLP", "Corp.", "Corporation", "plc", "PLC",
    "S.A.", "SA", "SAS", "S.A.S.", "SARL",
    "S.à r.l.", "S.L.", "S.L.U.", "B.V.", "BV", "N.V.", "NV", "AB",
    "A/S", "ApS", "Oy", "AS", "UAB", "S.p.A.", "S.r.l.", "Sp. z o.o.", "s.r.o.", "Co., Ltd.",
)  # fmt: skip
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the list.

    Attributes:
        core: the name without its legal form.
        domains: the domains of its e-mail addresses.
        phone: the switchboard in E.164, or "".
        web: the published address of its web pages, or "".
        parent: the GSID of the parent company, or "".
        unlisted: the values that the list does not have, by attribute.
    """

    gsid: str
    name: str
    core: str
    country: Country
    domains: tuple[str, ...] = ()
    phone: str = ""
    web: str = ""
    industry: str = ""
    parent: str = ""
    unlisted: frozenset[str] = frozenset()


def gsids(rng: Random) -> Iterator[str]:
    """Yield company GSIDs of one tenant, each once: 1P02, 14 signs shared, 18 of their own."""
    tenant = "1P02" + "".join(rng.choices(_ALPHABET, k=14))
    seen: set[str] = set()
    while True:
        own = "".join(rng.choices(_ALPHABET, k=18))
        if own not in seen:
            seen.add(own)
            yield tenant + own


def without_legal_form(name: str, country: Country) -> str:
    """Return the name without its country's legal form, or without a usual one.

    >>> from invent.words import read_words
    >>> without_legal_form("Belor Foods GmbH & Co. KG", read_words().country("Deutschland"))
    'Belor Foods'
    """
    for form in sorted({*country.legal, *_USUAL_FORMS}, key=lambda form: (-len(form), form)):
        if name.endswith(" " + form):
            return name[: -len(form)].rstrip(" ,")
    return name


def office_number(country: Country, rng: Random) -> str:
    """Return an invented switchboard in E.164 and never with a trunk zero."""
    number = digits(pick(country.office, rng), rng).replace(" ", "")
    return f"+{country.dial}{number}"


def with_gaps(companies: Iterable[Company], rng: Random) -> list[Company]:
    """Return the companies with gaps in the list; its employees know the missing values."""
    missing = (("domains", 0.05), ("phone", 0.1), ("country", 0.05))
    return [
        replace(one, unlisted=frozenset(name for name, share in missing if chance(share, rng)))
        for one in companies
    ]


def holding_together(companies: Iterable[Company]) -> list[Company]:
    """Return the companies with a parent for those that share a domain and a first word.

    The parent is the company with the shortest name.
    """
    listed = list(companies)
    families: dict[tuple[str, str], list[Company]] = {}
    for company in listed:
        if company.domains:
            key = company.domains[0], label(company.core.split()[0])
            families.setdefault(key, []).append(company)
    heads = {
        key: min(kin, key=lambda one: (len(one.name), one.gsid)) for key, kin in families.items()
    }
    parents = {
        one.gsid: heads[key].gsid
        for key, kin in families.items()
        for one in kin
        if one != heads[key]
    }
    return [replace(one, parent=one.parent or parents.get(one.gsid, "")) for one in listed]
