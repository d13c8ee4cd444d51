"""Invented companies, and subsidiaries named after their parents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from invent.companies import Company, gsids, office_number
from invent.names import acronym
from invent.noise import chance, pick
from invent.phones import of_same_switchboard
from invent.words import label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from invent.words import Country, Words

_SAME_NAME = 0.03
# Of companies with a common switchboard, those with another number of it; and how many companies
# have the same name with different numbers.
_NEAR, _OF_ONE_NAME = 0.3, 4
# Numbers that names begin with, as words and as digits, and the share of such names.
_NUMBERED, _OF_NUMBERS = ("First", "1st", "Second", "Third", "Three", "Four", "Seven", "5"), 0.01


def invent_companies(
    count: int, words: Words, rng: Random, heads: int | None = None, two_words: float = 0.0
) -> list[Company]:
    """Return ``count`` companies with invented names, domains and phone numbers.

    Three in a hundred have the name of another one in another country. ``heads`` is the number of
    distinct words that names begin with; None leaves it open. A share, ``two_words``, of the names
    have a second such word.
    """
    pool = [_head(words, rng) for _ in range(heads or 0)]
    ids, taken = gsids(rng), set[str]()
    found: list[Company] = []
    while len(found) < count:
        country = words.inhabited[int(rng.random() ** 1.5 * len(words.inhabited))]
        core, sector = _core(words, country, rng, pool)
        if two_words and chance(two_words, rng):
            first, *others = core.split()
            core = " ".join((first, pick(pool, rng) or coined(words, rng), *others))
        if found and chance(_SAME_NAME, rng):
            twin = found[int(rng.random() * len(found))]
            core, sector = twin.core, twin.industry
        found.append(
            Company(
                next(ids), f"{core} {pick(country.legal, rng)}", core, country,
                (_free_domain(core, country, taken, rng),), office_number(country, rng),
                industry=sector,
            )
        )  # fmt: skip
    return found


def _head(words: Words, rng: Random) -> str:
    return pick(_NUMBERED, rng) if chance(_OF_NUMBERS, rng) else coined(words, rng)


def _core(words: Words, country: Country, rng: Random, pool: Sequence[str]) -> tuple[str, str]:
    """Return a name without a legal form, and its line of business."""
    sector = pick(tuple(words.sectors), rng)
    head = pick(pool, rng) or coined(words, rng)
    if chance(0.2, rng):
        family = words.peoples[country.people][1]
        head = (
            f"{pick(family, rng)} & {pick(family, rng)}" if chance(0.5, rng) else pick(family, rng)
        )
    if chance(0.1, rng):
        head = f"{pick(country.cities, rng)} {head}"
    parts = [head, sector if chance(0.75, rng) else ""]
    parts.append(pick(words.lists["extras"], rng) if chance(0.3, rng) else "")
    return " ".join(part for part in parts if part), words.sectors[sector]


def coined(words: Words, rng: Random) -> str:
    """Return an invented word that sounds like a company."""
    lists = words.lists
    parts = pick(lists["heads"], rng) + pick(lists["middles"], rng) + pick(lists["tails"], rng)
    return parts.capitalize()


def _free_domain(core: str, country: Country, taken: set[str], rng: Random) -> str:
    """Return a domain that is not in ``taken``, and add it there."""
    parts = core.split()
    initials = "".join(label(word)[:1] for word in parts[:-1])
    forms = (
        label(core),
        label(core),
        label(core, "-"),
        label(parts[0]),
        initials + label(parts[-1]),
    )
    name, suffix = pick(forms, rng), pick(country.suffixes, rng)
    while f"{name}.{suffix}" in taken:
        name, suffix = f"{label(core, '-')}{int(rng.random() * 1000)}", pick(country.suffixes, rng)
    taken.add(f"{name}.{suffix}")
    return f"{name}.{suffix}"


def with_subsidiaries(
    companies: list[Company], share: float, words: Words, rng: Random, at_parents: float = 0.5
) -> list[Company]:
    """Return as many companies, a ``share`` of them turned into subsidiaries of others.

    A subsidiary is named after its parent and a country or a sector; the share ``at_parents`` of
    them uses the parent's domain and a third its telephone.
    """
    at = set(rng.sample(range(len(companies)), int(share * len(companies))))
    parents = [company for position, company in enumerate(companies) if position not in at]
    return [
        _subsidiary(parents[int(rng.random() * len(parents))], company, words, rng, at_parents)
        if position in at
        else company
        for position, company in enumerate(companies)
    ]


def with_shared_numbers(companies: list[Company], share: float, rng: Random) -> list[Company]:
    """Return the companies, a ``share`` of them with the telephone number of another one.

    A third of these have one that differs from it in the last two digits.
    """
    found = []
    for one in companies:
        phone = one.phone
        if chance(share, rng):
            phone = companies[int(rng.random() * len(companies))].phone
            phone = of_same_switchboard(phone, rng) if phone and chance(_NEAR, rng) else phone
        found.append(replace(one, phone=phone))
    return found


def relocated(companies: list[Company], share: float, words: Words, rng: Random) -> list[Company]:
    """Return the companies, a ``share`` of them in another country."""
    return [
        replace(one, country=words.inhabited[int(rng.random() * len(words.inhabited))])
        if chance(share, rng)
        else one
        for one in companies
    ]


def rebranded(companies: list[Company], share: float, words: Words, rng: Random) -> list[Company]:
    """Return the companies, a ``share`` of them at a domain that is an acronym or another word."""
    taken = {domain for one in companies for domain in one.domains}
    found = []
    for one in companies:
        domains = one.domains
        if domains and chance(share, rng):
            called = pick((label(acronym(one.core)), label(coined(words, rng))), rng)
            domains = (f"{called}.{pick(one.country.suffixes, rng)}",)
        free = taken.isdisjoint(domains)
        taken.update(domains)
        found.append(replace(one, domains=domains, web="") if free else one)
    return found


def with_numbers(companies: list[Company], share: float, rng: Random) -> list[Company]:
    """Return the companies, a ``share`` of them with another one's name and a number."""
    count = int(share * len(companies))
    named = rng.sample(companies, count // _OF_ONE_NAME)
    at = rng.sample(range(len(companies)), count if named else 0)
    found = list(companies)
    for place in at:
        one, other = companies[place], named[int(rng.random() * len(named))]
        core = f"{other.core} {int(rng.random() * 8) + 2}"
        legal = pick(one.country.legal, rng)
        domain = f"{label(core, '-')}-{one.gsid[-3:].lower()}.{pick(one.country.suffixes, rng)}"
        found[place] = replace(
            one, name=f"{core} {legal}", core=core, domains=(domain,), industry=other.industry
        )
    return found


def _subsidiary(
    parent: Company, own: Company, words: Words, rng: Random, at_parents: float
) -> Company:
    country = words.inhabited[int(rng.random() * len(words.inhabited))]
    more = (country.name, pick(country.cities, rng), pick(tuple(words.sectors), rng), "Services")
    core = f"{parent.core} {pick(more, rng)}"
    domains = (f"{label(core, '-')}-{own.gsid[-3:].lower()}.{pick(country.suffixes, rng)}",)
    return replace(
        own, name=f"{core} {pick(country.legal, rng)}", core=core, country=country, web="",
        domains=parent.domains if chance(at_parents, rng) else domains,
        phone=parent.phone if chance(0.3, rng) else office_number(country, rng),
        industry=parent.industry, parent=parent.gsid,
    )  # fmt: skip
