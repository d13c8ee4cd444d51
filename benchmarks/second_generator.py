"""People and companies of a second generator, only for reporting.

    python benchmarks/second_generator.py --out FOLDER [--companies N] [--people N] [--seed N]
                                          [--names-from FILE]

It has nothing in common with `invent`: no code, no words and no forms of names. No weight and no
line is learned from its lists. The seed determines the shares of each kind of error, too. FILE is a
CSV with name, domain and country; names that do not get into the list are employers of outsiders.

It writes people.parquet, companies.parquet and truth.csv (row_id, Company_ID; missing if no company
is right). A person has a right company only if a cell of the row shows it: its own listed domain or
number, a name that only one company has, or a brand that only one company's name begins with.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pandas as pd
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_COUNTRIES = {
    "US": ("United States", "1", "com", ("Inc", "LLC", "Corp", "Co")),
    "GB": ("United Kingdom", "44", "co.uk", ("Ltd", "Limited", "PLC", "LLP")),
    "DE": ("Germany", "49", "de", ("GmbH", "AG", "GmbH & Co. KG", "SE")),
    "FR": ("France", "33", "fr", ("SA", "SAS", "SARL")),
    "IT": ("Italy", "39", "it", ("SpA", "Srl")),
    "ES": ("Spain", "34", "es", ("SA", "SL")),
    "NL": ("Netherlands", "31", "nl", ("BV", "NV")),
    "SE": ("Sweden", "46", "se", ("AB",)),
    "AU": ("Australia", "61", "com.au", ("Pty Ltd", "Ltd")),
    "AT": ("Austria", "43", "at", ("GmbH", "AG")),
    "EE": ("Estonia", "372", "ee", ("AS",)),
    "JP": ("Japan", "81", "co.jp", ("Co., Ltd.", "KK")),
}
_WORDS: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text("utf-8")
)
_NUMBERS = {"First": "1st", "Second": "2nd", "Third": "3rd", "United": "Utd", "National": "Natl"}
_FREE = ("gmail.com", "outlook.com", "yahoo.com", "gmx.de", "icloud.com", "web.de", "orange.fr")
_SITES = ("Paris", "Berlin", "Boston", "Leeds", "Turin", "Office", "Plant 2", "HQ")
_SIGNS, _SPELLINGS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 8
_SHORTEST, _SEVERAL = 4, 2
_FEWEST_DIGITS = 10
_GAPS = {"Domain": 0.08, "Phone": 0.15, "Country": 0.05}
_COLUMNS = ("name", "domain", "country")


def _share(low: float, high: float) -> float:
    """Return a field of ``Mix`` whose value is drawn between two bounds."""
    return field(metadata={"low": low, "high": high})


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """How often each thing happens in one list; each share is drawn for the list."""

    outsider: float = _share(0.05, 0.25)
    guest: float = _share(0.003, 0.03)  # at a listed company's mail, with their employer's name
    leaver: float = _share(0.003, 0.02)  # states a listed company, but has an address elsewhere
    other_mail: float = _share(0.01, 0.05)
    other_phone: float = _share(0.01, 0.05)
    other_employer: float = _share(0.01, 0.06)
    brand: float = _share(0.005, 0.05)
    suffix: float = _share(0.01, 0.06)
    private: float = _share(0.1, 0.4)
    phone: float = _share(0.2, 0.7)
    own_phone: float = _share(0.2, 0.6)
    country: float = _share(0.5, 0.95)
    branch_country: float = _share(0.03, 0.2)
    blank: float = _share(0.05, 0.3)
    slip: float = _share(0.03, 0.14)
    families: float = _share(0.02, 0.15)  # of the companies, subsidiaries
    family_domain: float = _share(0.3, 0.9)
    shared_phone: float = _share(0.0, 0.12)
    crowded: float = _share(0.55, 0.92)  # heads of names are companies to this power

    @classmethod
    def drawn(cls, rng: Random) -> Mix:
        """Return shares drawn for one list."""
        return cls(**{one.name: rng.uniform(one.metadata["low"], one.metadata["high"])
                      for one in fields(cls)})  # fmt: skip


@dataclass(slots=True)
class Firm:
    """A company, listed or not."""

    core: str
    country: str
    form: str
    domain: str
    phone: str = ""
    gsid: str = ""
    gaps: tuple[str, ...] = ()  # columns that the list leaves empty

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.core} {self.form}".strip()

    @property
    def first(self) -> str:
        """The first word of the name."""
        return _key(self.core.split()[0])


def _brand(firm: Firm) -> str:
    return f"{firm.first}.{_COUNTRIES[firm.country][2]}"


def _key(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


class Naming:
    """Names of firms, one after the other: invented, or from a file in random order."""

    def __init__(self, count: int, mix: Mix, rng: Random, rows: Sequence[dict[str, str]]) -> None:
        """Begin with the words that names of this list begin with."""
        self.rng, self.taken = rng, set[str]()
        self.rows = rng.sample(rows, len(rows))
        self.heads = [*_WORDS["plain"], *(self._coined() for _ in range(int(count**mix.crowded)))]

    def firm(self) -> Firm:
        """Return a firm with a name and a domain that no other one has."""
        while True:
            firm = self._listed() if self.rows else self._invented()
            if firm.core and _key(firm.core) not in self.taken and firm.domain not in self.taken:
                self.taken |= {_key(firm.core), firm.domain}
                return firm

    def _coined(self) -> str:
        parts = (
            _WORDS["starts"],
            _WORDS["middles"],
            _WORDS["starts"],
            _WORDS["middles"],
            _WORDS["ends"],
        )
        return "".join(self.rng.choice(part) for part in parts).capitalize()

    def _listed(self) -> Firm:
        row = self.rows.pop()
        known = {names[0]: code for code, names in _COUNTRIES.items()}
        country = known.get(row["country"], "") or self.rng.choice([*_COUNTRIES])
        words = row["name"].split()
        ends = len(words) > 1 and len(words[-1].strip(".,")) < _SHORTEST
        core, form = (" ".join(words[:-1]), words[-1]) if ends else (row["name"], "")
        return Firm(
            core.strip(" ,"), country, form, row["domain"].lower() or self._domain(core, country)
        )

    def _invented(self) -> Firm:
        rng = self.rng
        country = rng.choice([*_COUNTRIES])
        parts = [rng.choice(self.heads)]
        if rng.random() < 0.25:  # noqa: PLR2004
            parts.append(
                rng.choice((rng.choice(self.heads), "& " + rng.choice(_WORDS["family"]).title()))
            )
        if rng.random() < 0.85:  # noqa: PLR2004
            parts.append(rng.choice(_WORDS["trades"]))
        if rng.random() < 0.2:  # noqa: PLR2004
            parts.append(rng.choice((*_WORDS["areas"], "Group", "International")))
        core = " ".join(parts)
        return Firm(core, country, rng.choice(_COUNTRIES[country][3]), self._domain(core, country))

    def _domain(self, core: str, country: str) -> str:
        words = [_key(word) for word in core.split() if _key(word)] or ["firm"]
        initials = "".join(word[0] for word in words)
        forms = ["".join(words), "-".join(words), words[0], "".join(words[:2]), words[0] + initials]
        suffix = self.rng.choice((_COUNTRIES[country][2], "com", "com", "net"))
        return f"{self.rng.choice(forms)}.{suffix}"


def listed(count: int, naming: Naming, mix: Mix, rng: Random) -> list[Firm]:
    """Return the companies of a list, families and companies with a common number among them."""
    firms = [naming.firm() for _ in range(count)]
    for at, firm in enumerate(firms):
        digits = "".join(rng.choice("23456789") for _ in range(_FEWEST_DIGITS - 1))
        firm.phone = f"+{_COUNTRIES[firm.country][1]}{digits}"
        firm.gsid = "1P02" + "".join(rng.choices(_SIGNS, k=32))
        firm.gaps = tuple(name for name, share in _GAPS.items() if rng.random() < share)
        other = firms[int(rng.random() * max(at, 1))]
        if at and rng.random() < mix.families:
            area = rng.choice((*_WORDS["areas"], _COUNTRIES[firm.country][0]))
            firm.core = f"{other.core} {area}"
            if rng.random() < mix.family_domain:
                firm.domain = other.domain
        elif at and rng.random() < mix.shared_phone:
            firm.phone = other.phone
    return firms


class People:
    """People of a list, one row at a time."""

    def __init__(self, firms: list[Firm], naming: Naming, mix: Mix, rng: Random) -> None:
        """Count what companies have in common, and find employers outside the list."""
        self.firms, self.mix, self.rng = firms, mix, rng
        self.outside = [naming.firm() for _ in range(max(len(firms) // 4, 50))]
        self.domains = Counter(firm.domain for firm in firms)
        self.phones = Counter(firm.phone for firm in firms)
        self.names = Counter(_key(firm.core) for firm in firms)
        self.brands = Counter(firm.first for firm in firms)

    def row(self) -> tuple[dict[str, str], str]:
        """Return a row and the Gsid of the right company, "" for none."""
        draw, mix = self.rng.random(), self.mix
        if draw < mix.outsider:
            return self._cells(self.rng.choice(self.outside)), ""
        if draw < mix.outsider + mix.guest:
            host = self.rng.choice(self.firms)
            row = self._cells(self.rng.choice(self.outside))
            row |= {"CompanyName": row["CompanyName"] or self.rng.choice(self.outside).name}
            return row | {"Email": self._address(host.domain)}, ""
        if draw < mix.outsider + mix.guest + mix.leaver:
            employer = self.rng.choice(self.outside)
            row = self._cells(employer) | {"Email": self._address(employer.domain)}
            return row | {"CompanyName": self.rng.choice(self.firms).name}, ""
        return self._employee()

    def _employee(self) -> tuple[dict[str, str], str]:
        """Return a row that shows the employer in one cell at least."""
        rng, mix = self.rng, self.mix
        while True:
            firm = rng.choice(self.firms)
            row = self._cells(firm)
            if rng.random() < mix.brand and self._has_brand(firm):
                return row | {"Email": self._address(_brand(firm)), "CompanyName": ""}, firm.gsid
            row |= self._mistakes()
            if self._shows(row, firm):
                return row, firm.gsid

    def _mistakes(self) -> dict[str, str]:
        """Return the cells that belong to another employer."""
        rng, mix, wrong = self.rng, self.mix, dict[str, str]()
        if rng.random() < mix.other_mail:
            wrong["Email"] = self._address(rng.choice(self.firms).domain)
        elif rng.random() < mix.other_employer:
            wrong["CompanyName"] = rng.choice(rng.choice((self.firms, self.outside))).name
        if rng.random() < mix.other_phone:
            wrong["Phone"] = rng.choice(self.firms).phone
        return wrong

    def _has_brand(self, firm: Firm) -> bool:
        alone = self.brands[firm.first] == 1 and len(firm.first) >= _SHORTEST
        return alone and _brand(firm) not in self.domains

    def _shows(self, row: dict[str, str], firm: Firm) -> bool:
        """Return whether a cell of the row is a listed value that only this company has."""
        core = _key(firm.core)
        by_name = self.names[core] == 1 and _key(row["CompanyName"]).startswith(core)
        at = row["Email"].rpartition("@")[2]
        by_mail = at == firm.domain and self.domains[at] == 1 and "Domain" not in firm.gaps
        alone = self.phones[firm.phone] == 1 and "Phone" not in firm.gaps
        return by_name or by_mail or (alone and row["Phone"] == firm.phone)

    def _cells(self, firm: Firm) -> dict[str, str]:
        rng, mix = self.rng, self.mix
        domain = firm.domain
        if rng.random() < mix.suffix:
            other = f"{domain.partition('.')[0]}.{rng.choice(('com', 'net', 'eu', 'org'))}"
            domain = domain if other in self.domains else other
        country = firm.country
        if rng.random() < mix.branch_country:
            country = rng.choice([*_COUNTRIES])
        written = (country, _COUNTRIES[country][0])
        phone = firm.phone if rng.random() > mix.own_phone else ""
        own = "".join(rng.choice("23456789") for _ in range(_FEWEST_DIGITS - 1))
        return {
            "Email": self._address(rng.choice(_FREE) if rng.random() < mix.private else domain),
            "CompanyName": "" if rng.random() < mix.blank else self._written(firm),
            "Phone": (phone or f"+{_COUNTRIES[country][1]}{own}")
            if rng.random() < mix.phone
            else "",
            "Country": rng.choice(written) if rng.random() < mix.country else "",
        }

    def _address(self, domain: str) -> str:
        rng = self.rng
        given, family = rng.choice(_WORDS["given"]), rng.choice(_WORDS["family"])
        return f"{given}.{family}{rng.randrange(99999)}@{domain}"

    def _written(self, firm: Firm) -> str:
        rng, text = self.rng, firm.name
        ways: tuple[Callable[[Firm], str], ...] = (
            lambda one: one.core, lambda one: one.core.upper(), _dotted, _numbered, _vowelless,
            lambda one: f"{one.core} {rng.choice(_SITES)}",
            lambda one: one.name.replace("&", "and").lower(),
            lambda one: " ".join(one.core.split()[:_SEVERAL]),
            lambda one: f"The {one.core}",
        )  # fmt: skip
        if rng.random() < 0.6:  # noqa: PLR2004
            text = rng.choice(ways)(firm)
        return self._slip(text) if rng.random() < self.mix.slip else text

    def _slip(self, text: str) -> str:
        at = self.rng.randrange(1, len(text)) if len(text) > 1 else 0
        letter = self.rng.choice("aeiorstln")
        return self.rng.choice(
            (
                text[:at] + text[at + 1 :],
                text[:at] + letter + text[at:],
                text[:at] + letter + text[at + 1 :],
            )
        )


def _dotted(firm: Firm) -> str:
    """Return a name as exchanges write it: IMP. OIL, NATL AUSTR. BK."""
    words = firm.core.split()
    return " ".join(f"{w[:4]}." if len(w) > _SHORTEST + 1 else w for w in words).upper()


def _numbered(firm: Firm) -> str:
    return " ".join(_NUMBERS.get(word, word) for word in firm.core.split())


def _vowelless(firm: Firm) -> str:
    first, *others = firm.core.split()
    return " ".join(
        [first, *(w[0] + "".join(c for c in w[1:] if c not in "aeiou") for w in others)]
    )


def made(
    folder: Path, *, people: int, companies: int, seed: int, names_from: Path | None = None
) -> Mix:
    """Write people.parquet, companies.parquet and truth.csv to a folder; return the shares."""
    rng = Random(seed)
    mix = Mix.drawn(rng)
    naming = Naming(companies, mix, rng, _rows(names_from))
    firms = listed(companies, naming, mix, rng)
    made_people = People(firms, naming, mix, rng)
    rows = [made_people.row() for _ in range(people)]
    ids = [str(number + 1) for number in range(people)]
    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame([row for row, _ in rows]).replace("", None)
    frame.insert(0, "row_id", ids)
    frame.to_parquet(folder / "people.parquet")
    pd.DataFrame([_line(firm) for firm in firms]).replace("", None).to_parquet(
        folder / "companies.parquet"
    )
    truth = pd.DataFrame({"row_id": ids, "Company_ID": [right for _, right in rows]})
    truth.to_csv(folder / "truth.csv", index=False)
    return mix


def _line(firm: Firm) -> dict[str, str]:
    line = {
        "Gsid": firm.gsid, "Name": firm.name, "Domain": firm.domain, "Phone": firm.phone,
        "Country": firm.country,
    }  # fmt: skip
    return line | dict.fromkeys(firm.gaps, "")


def _rows(path: Path | None) -> list[dict[str, str]]:
    if path is None:
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: row[name] for name in _COLUMNS} for row in csv.DictReader(file)]


def main(argv: Sequence[str] | None = None) -> None:
    """Read the arguments and write the three files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--names-from", type=Path, help="CSV with name, domain and country")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the three files")
    options = parser.parse_args(argv)
    mix = made(
        options.out, people=options.people, companies=options.companies, seed=options.seed,
        names_from=options.names_from,
    )  # fmt: skip
    print("\n".join(f"{one.name:<16}{getattr(mix, one.name):.3f}" for one in fields(mix)))


if __name__ == "__main__":
    main()
