"""Facts about the companies, and fields without a relation to the employer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from invent import phones
from invent.broken import MAIL, Row
from invent.names import FORMS
from invent.noise import Noise, Shares, chance, pick
from invent.words import digits, label, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from invent.companies import Company
    from invent.words import Country, Words

COLUMNS = (
    "First Name", "Last Name", MAIL, "Company", "Phone Number", "Job Title", "Country", "Location",
    "Email Opt-Out", "Comments", "Nps__gc", "Event Date",
)  # fmt: skip
# A column that only lists with second addresses have.
SECOND_MAIL = "Other E-mail"
# Some people write everything in one case.
_CASES = (*("as it is",) * 30, "upper", "lower")
_OPTED_OUT = ("", "", "true", "false", "no", "No", "YES", "0", "1", "FALSE", "n")
_SCORES = ("", "", "7", "8", "9", "10", "3", "9.0", " 6")


@dataclass(frozen=True, slots=True)
class World:
    """The companies, the values they share, and the noise.

    ``staffed`` are the companies with employees. ``owners``, ``callers``, ``bearers`` and
    ``brands`` count the listed companies of a domain, of a phone number, of a name (alone, and with
    the code of the country), and of the first word of a name. ``forms`` are the ways in which
    people write their employer. ``outside`` are companies like those of the list that are not in
    it: some outsiders work there.
    """

    words: Words
    staffed: Sequence[Company]
    owners: Counter[str]
    callers: Counter[str]
    bearers: Counter[str]
    brands: Counter[str]
    labels: Counter[str]
    noise: Noise = field(default_factory=Noise)
    forms: Shares = FORMS
    outside: Sequence[Company] = ()

    @classmethod
    def of(cls, companies: Sequence[Company], staffed: Sequence[Company], words: Words) -> World:
        """Count the shared values of all ``companies``."""
        return cls(
            words,
            staffed,
            owners=Counter(domain for company in companies for domain in company.domains),
            callers=Counter(company.phone for company in companies),
            bearers=Counter(name for company in companies for name in _names(company)),
            brands=Counter(label(company.core.split()[0]) for company in companies),
            labels=Counter(name for company in companies for name in _labels(company)),
        )

    def with_outside(self, companies: Sequence[Company]) -> World:
        """Return the world with companies outside the list: no listed name, no listed domain."""
        apart = [
            one
            for one in companies
            if one.domains
            and self.owners.keys().isdisjoint(one.domains)
            and plain(one.core) not in self.bearers
        ]
        return replace(self, outside=apart)

    def someone(self, rng: Random) -> Company:
        """Return a random company, each with the same probability."""
        return self.staffed[int(rng.random() * len(self.staffed))]

    def anywhere(self, rng: Random) -> Country:
        """Return a random country, each with the same probability."""
        return self.words.inhabited[int(rng.random() * len(self.words.inhabited))]

    def domain_identifies(self, company: Company, domain: str) -> bool:
        """Return whether the list has this domain for this company only."""
        return "domains" not in company.unlisted and self.owners[domain] == 1

    def label_identifies(self, company: Company) -> bool:
        """Return whether only this company has a domain, or a name, like its first domain."""
        first = next(iter(company.domains), "")
        return "domains" not in company.unlisted and self.labels[_called(first)] == 1

    def phone_identifies(self, company: Company) -> bool:
        """Return whether the list has the company's phone number for this company only."""
        return "phone" not in company.unlisted and self.callers[company.phone] == 1

    def name_identifies(self, company: Company, *, with_country: bool) -> bool:
        """Return whether the full name, with its country or alone, is one company's."""
        known = with_country and "country" not in company.unlisted
        return self.bearers[_names(company)[known]] == 1

    def brand_identifies(self, company: Company, domain: str) -> bool:
        """Return whether no other name begins like this one, and no company has the domain."""
        return self.brands[label(company.core.split()[0])] == 1 and domain not in self.owners


def _labels(company: Company) -> set[str]:
    """Return what the domains of a company are called, and its name as a domain."""
    return {*map(_called, company.domains), label(company.core)}


def _called(domain: str) -> str:
    return domain.partition(".")[0].replace("-", "")


def _names(company: Company) -> tuple[str, str]:
    name = plain(company.core)
    return name, f"{name}, {company.country.code}"


def plain_row(world: World, country: Country, rng: Random) -> Row:
    """Return a row with a name and the fields that do not depend on the employer."""
    people = country.people if chance(0.85, rng) else world.anywhere(rng).people
    given, family = world.words.peoples[people]
    lists, blank = world.words.lists, ""
    case = pick(_CASES, rng)
    return {
        **dict.fromkeys(COLUMNS, blank),
        "First Name": _cased(pick(given, rng), case),
        "Last Name": _cased(pick(family, rng), case),
        "Job Title": pick(lists["titles"], rng) if chance(0.8, rng) else blank,
        "Location": pick(country.cities, rng) if chance(0.4, rng) else blank,
        "Email Opt-Out": pick(_OPTED_OUT, rng),
        "Comments": pick(lists["comments"], rng) if chance(0.3, rng) else blank,
        "Nps__gc": pick(_SCORES, rng),
        "Event Date": _date(rng),
    }


def _cased(name: str, case: str) -> str:
    return {"upper": name.upper(), "lower": name.lower()}.get(case, name)


def _date(rng: Random) -> str:
    day, month = int(rng.random() * 28) + 1, int(rng.random() * 9) + 1
    forms = (f"2026-{month:02}-{day:02}", f"{day:02}.{month:02}.2026", f"{day}/{month}/26", "", "")
    return pick(forms, rng)


def own_number(country: Country, rng: Random) -> str:
    """Return an unassigned number, or "" if the country reserves none."""
    if not country.fiction:
        return ""
    number = digits(pick(country.fiction, rng), rng).replace(" ", "")
    return phones.written(f"+{country.dial}{number}", country, rng)


def written_country(country: Country, rng: Random) -> str:
    """Return the country's name in one of its spellings, or its code."""
    names_of = (
        country.name,
        country.name,
        country.name,
        country.code,
        country.code,
        country.code.lower(),
    )
    return pick((*names_of, *country.also[:2]), rng)
