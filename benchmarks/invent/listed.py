"""Real companies from a CSV file, with invented GSIDs."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING

from invent.companies import Company, gsids, office_number, without_legal_form
from invent.noise import chance
from invent.words import label

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from invent.words import Words

# Firms of sole traders have names of real people; parties, authorities and schools are never
# customers; a few others would distract from what a sample is for.
_NOT_LISTED = re.compile(
    r"\bDr\.|\bProf\.|\be\.\s?(K|U)\b|\bInh\b|\bInhaber|Praxis|Kanzlei|Rechtsanw|Notar|Partei|partei"
    r"|Demokrat|Landesverband|DIE RECHTE|PARTEI|Politik|Die Grauen|Aufstehen|Conservative"
    r"|Freesites|Kaufmich|Multi Media|Clearview|Fenix"
    r"|Fraktion|Bündnis|BÜNDNIS|Alternative für|Polizei|polizei|[Gg]ericht|[Ss]chule|[Gg]ymnasium"
    r"|[Kk]irche|Pfarr|Propstei|Landrat|anwaltschaft|[Mm]inister|Verfassungsschutz|Landtag|Bundestag"
)
# A mobile number may belong to a person.
_MOBILE = re.compile(
    r"\+(49 ?1[567]|44 ?7|33 ?[67]|43 ?6|41 ?7|31 ?6|34 ?6|39 ?3|46 ?7|353 ?8|372 ?5)"
)
_AT_ONE_DOMAIN = 4
_WITH_KIN = 0.8
_LETTERS_LOST = 2


def read_companies(path: Path, count: int, words: Words, rng: Random) -> list[Company]:
    """Return up to ``count`` companies of a CSV file, drawn evenly and in the file's order.

    Columns: name; domain or web_domain; country; and when there are: phone or phone_e164 (with
    "+"), web (the address as published), email_reg_domain (a second domain), quality. Without a
    column for telephones they are invented. Most bring
    along those that share their domain or telephone; at most four share a domain.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if _listed(row)]
    kept = sorted(_drawn(rows, count, rng))
    ids = gsids(rng)
    return [_from_row(rows[at], next(ids), words, rng) for at in kept]


def _drawn(rows: list[dict[str, str]], count: int, rng: Random) -> set[int]:
    """Return the positions of up to ``count`` rows, some with their kin."""
    keys = [
        (_first(row, "domain", "web_domain"), _first(row, "phone", "phone_e164")) for row in rows
    ]
    kin: dict[str, list[int]] = {}
    for position, both in enumerate(keys):
        for key in filter(None, both):
            kin.setdefault(key, []).append(position)
    at_domain: Counter[str] = Counter()
    drawn: set[int] = set()
    for position in rng.sample(range(len(rows)), len(rows)):
        near = [one for key in keys[position] for one in kin.get(key, ())]
        for one in (position, *(near if chance(_WITH_KIN, rng) else ())):
            domain = keys[one][0]
            if one not in drawn and at_domain[domain] < _AT_ONE_DOMAIN and len(drawn) < count:
                drawn.add(one)
                at_domain[domain] += bool(domain)
    return drawn


def _listed(row: dict[str, str]) -> bool:
    name = row["name"].strip()
    # people.csv has one Western encoding: a name it cannot spell would be question marks there.
    spelt = name.encode("cp1252", "replace").count(b"?") <= _LETTERS_LOST
    verified = row.get("quality", "verified") == "verified"
    return bool(name) and spelt and verified and not _NOT_LISTED.search(name)


def _first(row: dict[str, str], *columns: str) -> str:
    return next((row[c].strip() for c in columns if row.get(c, "").strip()), "")


def _from_row(row: dict[str, str], gsid: str, words: Words, rng: Random) -> Company:
    country = words.country(row["country"])
    name = " ".join(row["name"].split())
    phone = _first(row, "phone", "phone_e164")
    if _MOBILE.match(phone):
        phone = ""
    if not {"phone", "phone_e164"} & set(row) and country.office:
        phone = office_number(country, rng)
    return Company(
        gsid, name, without_legal_form(name, country), country, _domains(row), phone,
        web=row.get("web", "").strip(), industry=row.get("sector", "").strip(),
    )  # fmt: skip


def _domains(row: dict[str, str]) -> tuple[str, ...]:
    domain = _first(row, "domain", "web_domain").lower()
    second = row.get("email_reg_domain", "").strip().lower()
    kin = label(second.partition(".")[0]) == label(domain.partition(".")[0])
    return (domain, second) if domain and kin and second != domain else (domain,) * bool(domain)
