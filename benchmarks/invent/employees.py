"""People of a listed company, and the clues in their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invent import addresses, names, phones
from invent.broken import MAIL, Row
from invent.noise import chance, pick
from invent.words import label
from invent.world import own_number, plain_row, written_country

if TYPE_CHECKING:
    from random import Random

    from invent.companies import Company
    from invent.world import World


@dataclass(frozen=True, slots=True)
class Clue:
    """A cell with a hint at the employer; ``identifies`` is whether it alone is enough."""

    value: str
    identifies: bool = False


def employee(world: World, rng: Random) -> tuple[Row, Company]:
    """Return the row of a person, drawn again until it can identify the employer."""
    while True:
        company = world.someone(rng)
        row = plain_row(world, company.country, rng)
        mail, phone = _mail(world, company, row, rng), _phone(world, company, rng)
        country, form = _country(world, company, rng), world.forms.draw(rng)
        named = form in names.TELLING and world.name_identifies(
            company, with_country=country.identifies
        )
        if mail.identifies or phone.identifies or named:
            row["Company"] = names.written(company, form, world.words, rng)
            return row | {
                MAIL: mail.value,
                "Phone Number": phone.value,
                "Country": country.value,
            }, company


def newcomer(world: World, rng: Random) -> tuple[Row, Company]:
    """Return a person with an address of their own company, and a row without errors."""
    while True:
        row, company = employee(world, rng)
        domain = row[MAIL].rpartition("@")[2]
        if domain in company.domains and world.domain_identifies(company, domain):
            return row, company


def _mail(world: World, company: Company, row: Row, rng: Random) -> Clue:
    given, family = row["First Name"], row["Last Name"]
    if chance(world.noise.mail_private, rng):
        return Clue(addresses.private(given, family, world.words, rng))
    box = addresses.mailbox(given, family, rng)
    if not company.domains:
        return Clue(f"{box}@{label(company.core) or 'office'}.example")
    domain = _domain(world, company, rng)
    return Clue(
        f"{box}@{domain}",
        identifies=domain in company.domains and world.domain_identifies(company, domain),
    )


def _domain(world: World, company: Company, rng: Random) -> str:
    noise, draw, own = world.noise, rng.random(), pick(company.domains, rng)
    if draw < noise.mail_lies:
        return pick(world.someone(rng).domains, rng) or own
    if draw < noise.mail_lies + noise.suffix_replaced:
        other = addresses.other_suffix(own, company.country, rng)
    elif draw < noise.mail_lies + noise.suffix_replaced + noise.domain_slip:
        other = addresses.with_slip(own, rng)
    elif draw < noise.mail_lies + noise.suffix_replaced + noise.domain_slip + noise.subdomain:
        other = f"{pick(('mail', 'eu', 'uk', 'corp', 'de'), rng)}.{own}"
    else:
        return own
    # A typing error that gives another listed company would be a wrong label.
    return own if other in world.owners else other


def _phone(world: World, company: Company, rng: Random) -> Clue:
    noise, draw = world.noise, rng.random()
    if draw > noise.phone_given:
        return Clue("")
    if draw < noise.phone_lies * noise.phone_given:
        other = world.someone(rng)
        return Clue(phones.written(other.phone, other.country, rng))
    if rng.random() < noise.phone_of_own or not company.phone:
        return Clue(own_number(company.country, rng))
    number = phones.written(company.phone, company.country, rng)
    return Clue(number, identifies=world.phone_identifies(company))


def _country(world: World, company: Company, rng: Random) -> Clue:
    noise, draw = world.noise, rng.random()
    if draw < noise.country_blank:
        return Clue("")
    if draw < noise.country_blank + noise.country_of_branch:
        return Clue(written_country(world.anywhere(rng), rng))
    return Clue(written_country(company.country, rng), identifies=True)
