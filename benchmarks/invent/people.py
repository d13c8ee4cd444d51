"""One person after the other: employees, outsiders, repeats and broken rows."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from invent import addresses
from invent.broken import BROKEN, MAIL, Row
from invent.coined import coined
from invent.employees import employee, newcomer
from invent.noise import chance, pick
from invent.words import label, plain
from invent.world import nobody, own_number, written_country

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from invent.companies import Company
    from invent.world import World

# A row, and the company that is right; None when none is.
Person = tuple[Row, "Company | None"]
_REMEMBERED = 400


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
    ):
        if draw < share:
            return kind(world, rng)
        draw -= share
    return employee(world, rng)


def _again(world: World, known: Person, rng: Random) -> Person:
    """Return the same person as another list has them: the address in another case, new fields."""
    row, company = known
    fresh = nobody(world, world.anywhere(rng), rng)
    same = (MAIL, "First Name", "Last Name", "Company", "Country", "Phone Number")
    again = fresh | {column: row[column] for column in same}
    again[MAIL] = pick((row[MAIL], row[MAIL].upper(), row[MAIL].title()), rng)
    return again, company


def _clear(row: Row, company: Company | None, rng: Random) -> Row:
    """Return the row so clear that one broken cell does not hide where they work."""
    if company is None:
        return dict(row)
    return row | {"Company": company.name, "Country": written_country(company.country, rng)}


def _elsewhere(world: World, employer: str, rng: Random) -> Row:
    """Return somebody of an employer outside the list, at a domain that nobody can own."""
    country = world.anywhere(rng)
    row = nobody(world, country, rng)
    box = addresses.mailbox(row["First Name"], row["Last Name"], rng)
    row[MAIL] = f"{box}@{label(employer, '-') or 'office'}.example"
    row["Company"] = f"{employer} {pick(country.legal, rng)}" if chance(0.6, rng) else employer
    row["Country"] = written_country(country, rng)
    row["Phone Number"] = own_number(country, rng) if chance(world.noise.phone_given, rng) else ""
    return row


def _outsider(world: World, rng: Random) -> Person:
    """Somebody of an employer nobody listed; a fifth write from a private address."""
    row = _elsewhere(world, _unlisted(world, coined(world.words, rng), "", rng), rng)
    if chance(world.noise.mail_private, rng):
        row[MAIL] = addresses.private(row["First Name"], row["Last Name"], world.words, rng)
    return row, None


def _namesake(world: World, rng: Random) -> Person:
    """Somebody whose employer shares a first word with a listed company and nothing else."""
    first, tail = world.someone(rng).core.split()[0], coined(world.words, rng)
    return _elsewhere(world, _unlisted(world, first, f" {tail}", rng), rng), None


def _unlisted(world: World, first: str, tail: str, rng: Random) -> str:
    while True:
        employer = f"{first} {pick(tuple(world.words.sectors), rng)}{tail}"
        if plain(employer) not in world.bearers:
            return employer


def _private(world: World, rng: Random) -> Person:
    """Somebody whose row does not say where they work."""
    row = _elsewhere(world, "", rng)
    row[MAIL] = addresses.private(row["First Name"], row["Last Name"], world.words, rng)
    row["Company"] = pick(("", *world.words.lists["no_employer"]), rng)
    return row, None


def _moved_away(world: World, rng: Random) -> Person:
    """Somebody who left a listed company: its name still stands there, the address is new."""
    row = _elsewhere(world, _unlisted(world, coined(world.words, rng), "", rng), rng)
    return row | {"Company": world.someone(rng).name}, None


def _moved_here(world: World, rng: Random) -> Person:
    """Somebody new at a listed company: the old employer still stands there."""
    row, company = newcomer(world, rng)
    old = pick((world.someone(rng).name, f"{coined(world.words, rng)} Ltd."), rng)
    return row | {"Company": old}, company
