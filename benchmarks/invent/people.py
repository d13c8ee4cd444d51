"""Invented people: employees, outsiders, repeats and broken rows."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from invent import addresses, names
from invent.broken import BROKEN, MAIL, Row
from invent.coined import coined
from invent.employees import address_elsewhere, employee, newcomer
from invent.noise import chance, pick
from invent.words import label, plain
from invent.world import SECOND_MAIL, own_number, plain_row, written_country

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from invent.companies import Company
    from invent.words import Country
    from invent.world import World

# A row and the right company; None if no company is right.
Person = tuple[Row, "Company | None"]
_REMEMBERED = 400
# Shorter brands are the beginning of many other names.
_SHORTEST_BRAND = 5
# A list can have a company for each line of business with the same first word, and hardly a first
# word that only one has.
_TRIES, _MOST_TRIES = 50, 500
# Longer names are hardly ever another company's, too.
_SHORT_NAME = 2
# The share of outsiders in a country of the list's companies, and of a group's companies in one
# country.
_NEAR, _AT_HOME = 0.5, 0.6
_JOINTS = ("", "", "-")
# The share of names with a typing error.
_SLIPS = 0.12


def people(world: World, count: int, rng: Random) -> Iterator[Person]:
    """Yield ``count`` rows; some repeat one of the last few hundred, some are broken."""
    noise, kinds = world.noise, cycle(BROKEN.values())
    known: list[Person] = []
    for number in range(count):
        draw = rng.random()
        if known and draw < noise.repeated_row:
            yield known[int(rng.random() * len(known))]
            continue
        if known and draw < noise.repeated_row + noise.same_person:
            yield _again(world, known[int(rng.random() * len(known))], rng)
            continue
        row, company = person(world, rng)
        if chance(noise.broken, rng):
            row = _clear(row, company, rng)
            next(kinds)(row)
        elif chance(noise.mail_cell_mess, rng):
            row[MAIL] = addresses.pasted(row[MAIL], f"{row['First Name']} {row['Last Name']}", rng)
        known[number % _REMEMBERED : number % _REMEMBERED + 1] = [(row, company)]
        yield row, company


def person(world: World, rng: Random) -> Person:
    """Return one row and its company."""
    noise, draw = world.noise, rng.random()
    for share, kind in (
        (noise.outsider, _outsider),
        (noise.namesake, _namesake),
        (noise.private, _private),
        (noise.moved_away, _moved_away),
        (noise.moved_here, _moved_here),
        (noise.guest, _guest),
        (noise.brand_mail, _known_by_brand),
        (noise.relative, _relative),
        (noise.division, _division),
        (noise.same_name, _of_same_name),
    ):
        if draw < share:
            return kind(world, rng)
        draw -= share
    return employee(world, rng)


def _again(world: World, known: Person, rng: Random) -> Person:
    """Return the same person as in another list: the address in another case, new fields."""
    row, company = known
    fresh = plain_row(world, world.anywhere(rng), rng)
    same = (MAIL, "First Name", "Last Name", "Company", "Country", "Phone Number")
    again = fresh | {column: row[column] for column in same}
    again[MAIL] = pick((row[MAIL], row[MAIL].upper(), row[MAIL].title()), rng)
    return again, company


def _clear(row: Row, company: Company | None, rng: Random) -> Row:
    """Return the row so clear that one broken cell does not hide the employer."""
    if company is None:
        return dict(row)
    return row | {"Company": company.name, "Country": written_country(company.country, rng)}


def _elsewhere(world: World, employer: str, rng: Random) -> Row:
    """Return a person with an employer outside the list, at a domain of their own."""
    country, hidden = world.anywhere(rng), world.noise.country_hidden
    if hidden and chance(_NEAR, rng):
        country = world.someone(rng).country
    row = plain_row(world, country, rng)
    box = addresses.mailbox(row["First Name"], row["Last Name"], rng)
    row[MAIL] = f"{box}@{_own_domain(world, employer, country, rng)}"
    row["Company"] = f"{employer} {pick(country.legal, rng)}" if chance(0.6, rng) else employer
    if not (hidden and chance(hidden, rng)):
        row["Country"] = written_country(country, rng)
    row["Phone Number"] = own_number(country, rng) if chance(world.noise.phone_given, rng) else ""
    if world.noise.second_mail and chance(world.noise.second_mail, rng):
        lies = chance(world.noise.second_lies, rng)
        private = addresses.private(row["First Name"], row["Last Name"], world.words, rng)
        row[SECOND_MAIL] = address_elsewhere(world, row, rng) if lies else private
    return row


def _own_domain(world: World, employer: str, country: Country, rng: Random) -> str:
    """Return a domain of an unlisted employer; under a real ending if countries can be hidden."""
    invented = f"{label(employer, '-') or 'office'}.example"
    if not (world.noise.country_hidden and employer):
        return invented
    real = f"{label(employer, pick(_JOINTS, rng))}.{pick(country.suffixes, rng)}"
    return invented if real in world.owners else real


def _outsider(world: World, rng: Random) -> Person:
    """A person with an unlisted employer; a fifth write from a private address."""
    row = _stranger(world, rng)
    if chance(world.noise.mail_private, rng):
        row[MAIL] = addresses.private(row["First Name"], row["Last Name"], world.words, rng)
    return row, None


def _stranger(world: World, rng: Random) -> Row:
    """Return a person whose employer is not in the list; some of them are named like one of it."""
    if world.outside and chance(world.noise.alike, rng):
        return _of_outside(world, rng)
    return _elsewhere(world, _unlisted(world, _head(world, rng), "", rng), rng)


def _of_outside(world: World, rng: Random) -> Row:
    """Return a person of a company like those of the list."""
    company = world.outside[int(rng.random() * len(world.outside))]
    row = _elsewhere(world, company.core, rng)
    box = addresses.mailbox(row["First Name"], row["Last Name"], rng)
    row[MAIL] = f"{box}@{pick(company.domains, rng)}"
    row["Country"] = row["Country"] and written_country(company.country, rng)
    name = names.written(company, world.forms.draw(rng), world.words, rng)
    # Whoever writes exactly a listed name could not be told from its people.
    row["Company"] = company.name if plain(name) in world.bearers else name
    return row


def _head(world: World, rng: Random) -> str:
    """Return the first word of an unlisted employer's name."""
    if world.noise.alike and chance(world.noise.alike, rng):
        return world.someone(rng).core.split()[0]
    return coined(world.words, rng)


def _namesake(world: World, rng: Random) -> Person:
    """A person whose employer shares only the first word with a listed company."""
    first, tail = world.someone(rng).core.split()[0], coined(world.words, rng)
    return _elsewhere(world, _unlisted(world, first, f" {tail}", rng), rng), None


def _unlisted(world: World, first: str, tail: str, rng: Random) -> str:
    for _ in range(_TRIES):
        employer = f"{first} {pick(tuple(world.words.sectors), rng)}{tail}"
        if plain(employer) not in world.bearers:
            return employer
    return _unlisted(world, coined(world.words, rng), tail, rng)


def _private(world: World, rng: Random) -> Person:
    """A person whose row does not identify the employer."""
    row = _elsewhere(world, "", rng)
    row[MAIL] = addresses.private(row["First Name"], row["Last Name"], world.words, rng)
    row["Company"] = pick(("", *world.words.lists["no_employer"]), rng)
    return row, None


def _moved_away(world: World, rng: Random) -> Person:
    """A person who left a listed company: the row has its name, but a new address."""
    return _stranger(world, rng) | {"Company": _stated(world, world.someone(rng), rng)}, None


def _stated(world: World, company: Company, rng: Random) -> str:
    """Return a company's name as people write it who do not work there: as its people do.

    If only its people made mistakes, a mistake would show that they work there.
    """
    form = world.forms.draw(rng)
    while form not in names.STATED:
        form = world.forms.draw(rng)
    return (
        company.name
        if world.forms == names.FORMS
        else names.written(company, form, world.words, rng)
    )


def _guest(world: World, rng: Random) -> Person:
    """A person with an address of a listed company, and the name of their unlisted employer."""
    row, _ = newcomer(world, rng)
    own = _stranger(world, rng)
    while not own["Company"]:
        own = _stranger(world, rng)
    return own | {MAIL: row[MAIL]}, None


def _known_by_brand(world: World, rng: Random) -> Person:
    """A person known by the first word of the employer's name: by the address, who may state it."""
    for _ in range(_MOST_TRIES):
        company = world.someone(rng)
        brand = label(company.core.split()[0])
        domain = f"{brand}.{pick(company.country.suffixes, rng)}"
        if len(brand) >= _SHORTEST_BRAND and world.brand_identifies(company, domain):
            row = plain_row(world, company.country, rng)
            box = addresses.mailbox(row["First Name"], row["Last Name"], rng)
            stated = pick(("", company.core.split()[0]), rng)
            return row | {MAIL: f"{box}@{domain}", "Company": stated}, company
    return employee(world, rng)


def _moved_here(world: World, rng: Random) -> Person:
    """A person new at a listed company: the row still has the name of the old employer."""
    row, company = newcomer(world, rng)
    old = pick((_stated(world, world.someone(rng), rng), f"{coined(world.words, rng)} Ltd."), rng)
    return row | {"Company": old}, company


def _at_namesake(world: World, rng: Random) -> tuple[Row, Company]:
    """Return a person at a domain named after their company."""
    row, company = newcomer(world, rng)
    for _ in range(_TRIES):
        named = label(company.core.split()[0])
        if label(row[MAIL].rpartition("@")[2].partition(".")[0]).startswith(named):
            break
        row, company = newcomer(world, rng)
    return row, company


def _relative(world: World, rng: Random) -> Person:
    """A person of an unlisted company of a listed one's group, at the group's mail."""
    row, company = _at_namesake(world, rng)
    first, tail = company.core.split()[0], pick(("", f" {coined(world.words, rng)}"), rng)
    own = _elsewhere(world, _unlisted(world, first, tail, rng), rng)
    if own["Country"] and chance(_AT_HOME, rng):
        own["Country"] = written_country(company.country, rng)
    return own | {MAIL: row[MAIL]}, None


def _division(world: World, rng: Random) -> Person:
    """A person of a listed company who adds a part of it to its name."""
    row, company = _at_namesake(world, rng)
    return row | {"Company": _unlisted(world, company.core, "", rng)}, company


def _of_same_name(world: World, rng: Random) -> Person:
    """A person whose employer in another country has exactly the name of a listed company."""
    for _ in range(_TRIES):
        company, country = world.someone(rng), world.anywhere(rng)
        if len(company.core.split()) <= _SHORT_NAME and country != company.country:
            break
    row = _elsewhere(world, company.core, rng)
    box = addresses.mailbox(row["First Name"], row["Last Name"], rng)
    row[MAIL] = f"{box}@{_own_domain(world, company.core, country, rng)}"
    if row["Country"]:
        row["Country"] = written_country(country, rng)
    stated = pick((company.core, f"{company.core} {pick(country.legal, rng)}"), rng)
    row["Company"] = names.misspelt(stated, rng) if chance(_SLIPS, rng) else stated
    return row, None
