"""Real companies from a file somebody brings, given GSIDs."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING

from invent.companies import Company, gsids, office_number, without_legal_form
from invent.words import label

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from invent.words import Words

# Sole traders' firms bear the names of real people, and these bodies are nobody's customers.
_NOT_LISTED = re.compile(
    r"\bDr\.|\bProf\.|\be\.\s?(K|U)\b|\bInh\b|\bInhaber|Praxis|Kanzlei|Rechtsanw|Notar|Partei|partei"
    r"|Fraktion|Bündnis|BÜNDNIS|Alternative für|Polizei|polizei|[Gg]ericht|[Ss]chule|Gymnasium"
    r"|[Kk]irche|Pfarr|Propstei|Landrat|anwaltschaft|[Mm]inister|Verfassungsschutz|Landtag|Bundestag"
)
_AT_ONE_DOMAIN = 4


def read_companies(path: Path, count: int, words: Words, rng: Random) -> list[Company]:
    """Return up to ``count`` companies of a CSV file, drawn evenly and in the file's order.

    Columns: name; domain or web_domain; country; and when there are: phone or phone_e164 (with
    "+"), web (the address as published), email_reg_domain (a second domain), quality. Without a
    column for telephones they are invented. At most four companies share a domain.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if _listed(row)]
    order = rng.sample(range(len(rows)), len(rows))
    at_domain: Counter[str] = Counter()
    kept: list[int] = []
    for position in order:
        domain = _first(rows[position], "domain", "web_domain")
        at_domain[domain] += bool(domain)
        if at_domain[domain] <= _AT_ONE_DOMAIN and len(kept) < count:
            kept.append(position)
    ids = gsids(rng)
    return [_from_row(rows[at], next(ids), words, rng) for at in sorted(kept)]


def _listed(row: dict[str, str]) -> bool:
    name = row["name"].strip()
    return bool(name) and row.get("quality", "verified") == "verified" and not _NOT_LISTED.search(name)


def _first(row: dict[str, str], *columns: str) -> str:
    return next((row[c].strip() for c in columns if row.get(c, "").strip()), "")


def _from_row(row: dict[str, str], gsid: str, words: Words, rng: Random) -> Company:
    country = words.country(row["country"])
    name = " ".join(row["name"].split())
    phone = _first(row, "phone", "phone_e164")
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
