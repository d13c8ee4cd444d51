"""People of a listed company, and the clues in their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invent import addresses, names, phones
from invent.broken import MAIL, Row
from invent.noise import chance, pick
from invent.words import label
from invent.world import SECOND_MAIL, own_number, plain_row, written_country

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
        if world.noise.branch_mail and chance(world.noise.branch_mail, rng):
            return _of_branch(world, company, row, rng), company
        named = form in names.TELLING and world.name_identifies(
            company, with_country=country.identifies
        )
        named = named or (form == names.DOMAIN and world.label_identifies(company))
        second = _second_mail(world, company, row | {MAIL: mail.value}, rng)
        if mail.identifies or phone.identifies or named or second.identifies:
            row["Company"] = names.written(company, form, world.words, rng)
            return row | {
                MAIL: mail.value,
                SECOND_MAIL: second.value,
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


def _second_mail(world: World, company: Company, row: Row, rng: Random) -> Clue:
    """Return another address: at the company unless the first one is, or else a private one."""
    noise, given, family = world.noise, row["First Name"], row["Last Name"]
    if not (noise.second_mail and chance(noise.second_mail, rng)):
        return Clue("")
    if chance(noise.second_lies, rng):
        return Clue(address_elsewhere(world, row, rng))
    domain = pick(company.domains, rng)
    if not domain or row[MAIL].endswith(f"@{domain}"):
        return Clue(addresses.private(given, family, world.words, rng))
    own = f"{addresses.mailbox(given, family, rng)}@{domain}"
    return Clue(own, identifies=world.domain_identifies(company, domain))


def address_elsewhere(world: World, row: Row, rng: Random) -> str:
    """Return an address that a person has at a listed company, whoever employs them."""
    domain = pick(world.someone(rng).domains, rng)
    box = addresses.mailbox(row["First Name"], row["Last Name"], rng)
    return domain and f"{box}@{domain}"


def _of_branch(world: World, company: Company, row: Row, rng: Random) -> Row:
    """Return a person of a branch abroad: domain, country and legal form are of that country."""
    country, own = world.anywhere(rng), pick(company.domains, rng)
    name = own.partition(".")[0] or label(company.core) or "office"
    domain = f"{name}.{pick(country.suffixes, rng)}"
    box = addresses.mailbox(row["First Name"], row["Last Name"], rng)
    stated = pick((company.core, company.name, f"{company.core} {pick(country.legal, rng)}"), rng)
    return row | {
        MAIL: f"{box}@{own if domain in world.owners else domain}",
        "Company": stated,
        "Country": "" if chance(world.noise.country_blank, rng) else written_country(country, rng),
    }


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
    if noise.direct_dial and chance(noise.direct_dial, rng):
        own = phones.of_same_switchboard(company.phone, rng)
        return Clue(phones.written(own, company.country, rng))
    number = phones.written(company.phone, company.country, rng)
    return Clue(number, identifies=world.phone_identifies(company))


def _country(world: World, company: Company, rng: Random) -> Clue:
    noise, draw = world.noise, rng.random()
    if draw < noise.country_blank:
        return Clue("")
    if draw < noise.country_blank + noise.country_of_branch:
        return Clue(written_country(world.anywhere(rng), rng))
    return Clue(written_country(company.country, rng), identifies=True)
