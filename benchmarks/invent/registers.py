"""Registers of invented persons: historical ones, three fields, and households with their wages."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import pandas as pd

from invent.errors import coined, frequent_first, typo, typos, wrong_date
from invent.words import plain, read_words

_SURNAMES = ("mann", "son", "er", "berg", "ton", "ley", "ford", "well", "by", "ham", "worth")
_PLACES = ("ton", "ham", "ford", "bury", "wick", "mouth", "field", "chester", "stead", "by")
_STREETS = ("street", "road", "lane", "avenue", "drive", "court", "place", "way")
_OCCUPATIONS = ("politician", "writer", "painter", "cricketer", "footballer", "engineer",
                "military personnel", "clergyman", "botanist", "actor", "composer", "lawyer",
                "physician", "architect", "journalist", "university teacher", "merchant",
                "explorer", "sculptor", "judge")  # fmt: skip
_SHORT = {"thomas": "tom", "william": "bill", "robert": "bob", "elizabeth": "liz",
          "michael": "mike", "charles": "charlie", "james": "jim", "edward": "ed",
          "margaret": "peggy", "catherine": "kate", "joseph": "joe", "john": "jack"}  # fmt: skip


_AS_IT_IS = frozenset({"person", "middle_initial"})


class Register(NamedTuple):
    """People, and the person of each row."""

    people: pd.DataFrame
    person: pd.Series


def given_names(rng: Random) -> list[str]:
    """Return given names in lower case, the frequent ones first."""
    names = {plain(name) for lists in read_words().peoples.values() for name in lists[0]}
    rest = sorted(names - _SHORT.keys())
    rng.shuffle(rest)
    return [*_SHORT, *rest]


def historical(rows: int, seed: int) -> Register:
    """Return historical persons, each written about ten times with heavy errors."""
    rng = Random(seed)
    given, surnames = given_names(rng), coined(3000, rng, _SURNAMES)
    places = [(name, _area(rng)) for name in coined(400, rng, _PLACES)]
    lines: list[dict[str, str | None]] = []
    person, before = 0, None
    while len(lines) < rows:
        place = places[min(int(400 ** rng.random()), 399)]
        one = {
            "first_name": frequent_first(given, rng),
            "surname": frequent_first(surnames, rng),
            "dob": _date(1650, 1930, rng),
            "birth_place": place[0],
            "postcode_fake": f"{place[1]}{rng.randrange(1, 30)} {_unit(rng)}",
            "gender": rng.choice(("male", "male", "female")),
            "occupation": _OCCUPATIONS[int(20 * rng.random() ** 2)],
            "cluster": f"Q{person}",
        }  # fmt: skip
        if before is not None and rng.random() < 0.12:  # noqa: PLR2004  shares of kinds
            one = _relative(before, one, rng)
        before = one
        if rng.random() < 0.1:  # noqa: PLR2004
            one["dob"] = one["dob"][:5] + "01-01"
        count = max(1, round(rng.gauss(9.5, 5)))
        lines.append(dict(one))
        lines += [_again(one, rng) for _ in range(count - 1)]
        person += 1
    return _register(lines[:rows], "cluster", rng)


def _relative(before: dict[str, str], one: dict[str, str], rng: Random) -> dict[str, str]:
    """Return a child or a brother of the person before: one surname and one place."""
    first = before["first_name"] if rng.random() < 0.25 else one["first_name"]  # noqa: PLR2004
    kept = {name: before[name] for name in ("surname", "birth_place")}
    code = f"{before['postcode_fake'].split(' ')[0]} {_unit(rng)}"
    return one | kept | {"first_name": first, "postcode_fake": code}


def _date(first: int, last: int, rng: Random) -> str:
    return f"{rng.randrange(first, last)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"


def _area(rng: Random) -> str:
    return "".join(rng.choice("ABCDEGHLMNPSTW") for _ in range(rng.choice((1, 2))))


def _unit(rng: Random) -> str:
    return f"{rng.randrange(1, 10)}{rng.choice('ABDEFGHJLN')}{rng.choice('PQRSTUWXYZ')}"


def _again(one: dict[str, str], rng: Random) -> dict[str, str | None]:
    """Return a person as another source has it."""
    other: dict[str, str | None] = dict(one)
    first = one["first_name"]
    if rng.random() < 0.2:  # noqa: PLR2004
        first = _SHORT.get(first, first)
    other["first_name"] = typos(first, 0.15, rng)
    other["surname"] = typos(one["surname"], 0.15, rng)
    if rng.random() < 0.02:  # noqa: PLR2004
        other["first_name"], other["surname"] = other["surname"], other["first_name"]
    if rng.random() < 0.12:  # noqa: PLR2004
        other["dob"] = wrong_date(one["dob"], rng)
    other["postcode_fake"] = typos(one["postcode_fake"], 0.15, rng)
    if rng.random() < 0.15:  # noqa: PLR2004
        other["postcode_fake"] = one["postcode_fake"].split(" ")[0] + f" {_unit(rng)}"
    if rng.random() < 0.1:  # noqa: PLR2004
        other["occupation"] = rng.choice(_OCCUPATIONS)
    other["birth_place"] = typos(one["birth_place"], 0.1, rng)
    missing = {"first_name": 0.03, "surname": 0.02, "dob": 0.08, "birth_place": 0.15,
               "postcode_fake": 0.2, "gender": 0.3, "occupation": 0.35}  # fmt: skip
    return other | {name: None for name, share in missing.items() if rng.random() < share}


def three_fields(rows: int, seed: int) -> Register:
    """Return people with two names and a birth date, a tenth of them twice with one error."""
    rng = Random(seed)
    given, surnames = given_names(rng)[:150], coined(1500, rng, _SURNAMES)
    lines: list[dict[str, str | None]] = []
    for person in range(rows * 9 // 10):
        surname = frequent_first(surnames, rng).upper()
        lines.append({
            "fname": frequent_first(given, rng).upper(), "lname": surname,
            "birth_date": _date(1925, 2003, rng), "person": str(person),
        })  # fmt: skip
    for line in rng.sample(lines, rows - len(lines)):
        again = dict(line)
        name = rng.choice(("fname", "lname", "birth_date"))
        again[name] = (
            wrong_date(str(line[name]), rng) if name == "birth_date"
            else typo(str(line[name]).lower(), rng).upper()
        )  # fmt: skip
        lines.append(again)
    return _register(lines, "person", rng)


class Linked(NamedTuple):
    """Wages and the census: the person of each row of both."""

    wages: pd.DataFrame
    earner: pd.Series
    census: pd.DataFrame
    resident: pd.Series


def census_and_wages(households: int, seed: int) -> Linked:
    """Return the people of households, and the wages of some, written by their employers."""
    rng = Random(seed)
    given, surnames = given_names(rng), coined(2500, rng, _SURNAMES)
    streets = [f"{name} {rng.choice(_STREETS)}" for name in coined(900, rng, _PLACES)]
    cities = [(name, f"{rng.randrange(10_000, 99_999)}") for name in coined(12, rng, _PLACES)]
    census: list[dict[str, str | None]] = []
    wages: list[dict[str, str | None]] = []
    for _ in range(households):
        home = _home(streets, cities, rng)
        surname, size = frequent_first(surnames, rng), rng.choice((1, 1, 2, 2, 2, 3, 3, 4, 5))
        first = frequent_first(given, rng)
        for place in range(size):
            junior = place == 2 and rng.random() < 0.1  # noqa: PLR2004  named after a parent
            one = {
                "first_name": first if junior else frequent_first(given, rng),
                "middle_initial": rng.choice("abcdefghjklmnprst"),
                "last_name": surname if rng.random() < 0.9 else frequent_first(surnames, rng),  # noqa: PLR2004
                **home, "person": str(len(census)),
            }  # fmt: skip
            if place == 0:
                one["first_name"] = first
            census.append(dict(one))
            for _ in range(rng.choice((0, 1, 1, 1, 2)) if place < 3 else 0):  # noqa: PLR2004
                moved = _home(streets, cities, rng) if rng.random() < 0.12 else {}  # noqa: PLR2004
                wages.append(_paid(one | moved, rng))
    by_hand = [_paid(line, rng) if rng.random() < 0.2 else line for line in census]  # noqa: PLR2004
    of_wages, of_census = (_register(lines, "person", rng) for lines in (wages, by_hand))
    return Linked(*of_wages, *of_census)


def _home(streets: list[str], cities: list[tuple[str, str]], rng: Random) -> dict[str, str | None]:
    city, zipcode = frequent_first([f"{c}|{z}" for c, z in cities], rng).split("|")
    return {
        "street_number": str(rng.randrange(1, 2000)),
        "street_name": rng.choice(streets),
        "unit": f"apt {rng.randrange(1, 60)}" if rng.random() < 0.25 else None,  # noqa: PLR2004
        "city": city,
        "zipcode": zipcode,
    }


def _paid(one: dict[str, str | None], rng: Random) -> dict[str, str | None]:
    """Return a person as an employer writes it."""
    other = {
        name: value if value is None or name in _AS_IT_IS else typos(value, 0.03, rng)
        for name, value in one.items()
    }  # fmt: skip
    if rng.random() < 0.05:  # noqa: PLR2004
        short = _SHORT.get(str(one["first_name"]))
        other["first_name"] = short or str(one["first_name"])[0]
    missing = {"middle_initial": 0.1, "unit": 0.1, "street_number": 0.02, "city": 0.02,
               "first_name": 0.01, "last_name": 0.01}  # fmt: skip
    return other | {name: None for name, share in missing.items() if rng.random() < share}


def _register(lines: list[dict[str, str | None]], truth: str, rng: Random) -> Register:
    rng.shuffle(lines)
    people = pd.DataFrame(lines).astype("str")
    person = people.pop(truth)
    return Register(people, person)
