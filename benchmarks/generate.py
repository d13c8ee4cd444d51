"""Make invented people and their companies, with the truth: seeded, the same bytes every time.

    python benchmarks/generate.py --companies 20000 --people 100000 --out data
    python benchmarks/generate.py --companies-from list.csv --people 2000 --out data

companies.csv  UTF-8, commas: Gsid, Name, Domain, Phone, Country, Industry, ParentCompany
people.csv     as it would come from a fair: cp1252 (what it lacks becomes "?"), semicolons
truth.csv      UTF-8, commas: row_id (the number of the record in people.csv), Company_ID;
               missing when no company is right, or if the row does not identify it
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from invent.coined import (
    invent_companies,
    rebranded,
    relocated,
    with_numbers,
    with_shared_numbers,
    with_subsidiaries,
)
from invent.companies import holding_together, with_gaps
from invent.listed import read_companies
from invent.names import HARSH_FORMS, VARIED_FORMS
from invent.noise import chance, pick
from invent.people import people
from invent.phones import published
from invent.varied import Variation
from invent.words import read_words
from invent.world import COLUMNS, SECOND_MAIL, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from invent.companies import Company
    from invent.words import Words

ENCODING, DELIMITER = "cp1252", ";"
# One company outside the list for so many in it, and at least a few, if a list is varied.
_OUTSIDE, _FEWEST = 4, 50
COMPANY_COLUMNS = ("Gsid", "Name", "Domain", "Phone", "Country", "Industry", "ParentCompany")
Cells = list[str]


def main(argv: Sequence[str] | None = None) -> None:
    """Read the arguments and write the three files."""
    parser = _arguments()
    options = parser.parse_args(argv)
    if not 0 <= options.broken_companies < options.companies or not 0 <= options.subsidiaries < 1:
        parser.error("some companies must be undamaged, and some must not be a subsidiary")
    rng, words = Random(options.seed), read_words()
    varied = Variation.drawn(rng) if options.varied else None
    words = varied.words(words, rng) if varied else words
    companies = _companies(options, words, rng, varied)
    outside = companies[options.companies :]
    companies = companies[: options.companies]
    broken, staffed = companies[: options.broken_companies], companies[options.broken_companies :]
    world = World.of(companies, staffed, words)
    if options.harsh:
        world = replace(world, forms=HARSH_FORMS)
    if varied:
        world = replace(world, forms=VARIED_FORMS, noise=varied.noise).with_outside(outside)
    options.out.mkdir(parents=True, exist_ok=True)
    lines = [_line(company, rng) for company in (*staffed, *_damaged(broken))]
    rng.shuffle(lines)
    _write(options.out / "companies.csv", COMPANY_COLUMNS, lines)
    _write_people(options.out, world, options.people, rng)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Invent people and their companies.")
    parser.add_argument("--companies", type=int, default=500, help="how many companies")
    parser.add_argument("--people", type=int, default=2000, help="how many rows of people")
    parser.add_argument("--seed", type=int, default=7, help="another seed, other people")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the three files")
    parser.add_argument("--companies-from", type=Path, help="CSV with name, domain, country, phone")
    parser.add_argument(
        "--subsidiaries", type=float, default=0.08, help="share named after another"
    )
    parser.add_argument(
        "--broken-companies", type=int, default=4, help="without or with repeated Gsid"
    )
    parser.add_argument(
        "--harsh",
        action="store_true",
        help="names also with two slips, reordered and without blanks; most subsidiaries at "
        "their parent's domain; companies that a file is short of are invented",
    )
    parser.add_argument(
        "--varied",
        action="store_true",
        help="draw the share of each kind of error for the list, and how alike its companies are",
    )
    return parser


def _companies(
    options: argparse.Namespace, words: Words, rng: Random, varied: Variation | None
) -> list[Company]:
    """Return the companies of the list; after them, if it is varied, some that are not in it."""
    heads = max(int(options.companies**varied.crowded), 1) if varied else None
    two_words = varied.two_words if varied else 0.0
    count = options.companies + (max(options.companies // _OUTSIDE, _FEWEST) if varied else 0)
    if options.companies_from:
        companies = read_companies(options.companies_from, count, words, rng)
        if options.harsh or varied:
            companies += invent_companies(count - len(companies), words, rng, heads, two_words)
    else:
        companies = invent_companies(count, words, rng, heads, two_words)
    subsidiaries, at_parents = options.subsidiaries, 0.8 if options.harsh else 0.5
    if varied:
        companies = with_shared_numbers(companies, varied.shared_numbers, rng)
        companies = with_numbers(companies, varied.numbered, rng)
        companies = relocated(companies, varied.relocated, words, rng)
        companies = rebranded(companies, varied.rebranded, words, rng)
        subsidiaries, at_parents = varied.subsidiaries, varied.at_parents
    families = with_subsidiaries(companies, subsidiaries, words, rng, at_parents)
    rng.shuffle(families)
    return with_gaps(holding_together(families), rng)


def _line(company: Company, rng: Random) -> Cells:
    country = company.country
    return [
        company.gsid,
        company.name,
        _domain_cell(company, rng),
        "" if "phone" in company.unlisted else published(company.phone, country, rng),
        "" if "country" in company.unlisted else pick((country.code, country.name), rng),
        company.industry,
        company.parent,
    ]


def _domain_cell(company: Company, rng: Random) -> str:
    """Return the domains as a person would type or paste them."""
    if not company.domains or "domains" in company.unlisted:
        return ""
    first = company.domains[0]
    if chance(0.75, rng):
        return ";".join(company.domains)
    pasted = (
        company.web or f"https://www.{first}/", f"www.{first}", f"http://{first}", first.upper(),
        f"@{first}", f" {first} ", "; ".join((*company.domains, f"www.{first}")), f"https://{first}/en/?q=1",
    )  # fmt: skip
    return pick(pasted, rng)


def _damaged(companies: Sequence[Company]) -> list[Company]:
    """Return companies without employees that nothing can be matched to.

    In turn: without Gsid, without a name, and two with the same Gsid.
    """
    damage = (
        lambda one, _: replace(one, gsid=""),
        lambda one, _: replace(one, name=""),
        lambda one, _: one,
        lambda one, before: replace(one, gsid=before.gsid),
    )
    return [
        damage[position % len(damage)](company, companies[position - 1])
        for position, company in enumerate(companies)
    ]


def _write_people(folder: Path, world: World, count: int, rng: Random) -> None:
    truth: list[Cells] = []
    columns = (*COLUMNS, SECOND_MAIL) if world.noise.second_mail else COLUMNS
    with (folder / "people.csv").open("w", encoding=ENCODING, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=DELIMITER, lineterminator="\r\n")
        writer.writerow(columns)
        for number, (row, company) in enumerate(people(world, count, rng), 1):
            writer.writerow([row.get(column, "") for column in columns])
            truth.append([str(number), company.gsid if company else ""])
    _write(folder / "truth.csv", ("row_id", "Company_ID"), truth)


def _write(path: Path, header: Sequence[str], lines: Iterable[Cells]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


if __name__ == "__main__":
    main()
