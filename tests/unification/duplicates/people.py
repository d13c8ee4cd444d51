"""Invented people, some of whom are written twice."""

from __future__ import annotations

import random

import pandas as pd

_GIVEN = (
    "Ana", "Bo", "Carla", "David", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katya",
    "Liam", "Mona", "Nils", "Olga", "Pavel", "Quinn", "Rosa", "Samir", "Tove",
)  # fmt: skip
_ENDS = ("mann", "son", "ez", "ova", "berg", "ini", "ard", "ford", "ley", "quist")
_STARTS = ("Al", "Ber", "Cor", "Dra", "Es", "Fin", "Gor", "Hel", "Is", "Jan", "Kol", "Lar", "Mor",
           "Nor", "Ost", "Pel", "Ros", "Sal", "Tor", "Ul", "Vel", "Wes", "Yor", "Zam")  # fmt: skip
_TITLES = ("CEO", "Buyer", "Analyst", "Engineer", "Consultant")


def people(count: int, repeated: int, seed: int = 1) -> pd.DataFrame:
    """Return ``count`` people, ``repeated`` of them twice; the column person tells who is who."""
    rng = random.Random(seed)  # noqa: S311  invented people are no secrets
    firsts = [_one(number, rng) for number in range(count)]
    again = [_again(line, rng) for line in rng.sample(firsts, repeated)]
    lines = firsts + again
    rng.shuffle(lines)
    frame = pd.DataFrame(lines)
    return frame.assign(row_id=[f"r{number}" for number in range(len(frame))])


def _one(number: int, rng: random.Random) -> dict[str, str | None]:
    given, surname = rng.choice(_GIVEN), rng.choice(_STARTS) + rng.choice(_ENDS)
    firm = rng.choice(_STARTS) + rng.choice(_ENDS)
    return {
        "FirstName": given,
        "LastName": surname,
        "Email": f"{given}.{surname}{number}@{firm}.com".lower(),
        "Phone": f"+1415{rng.randrange(2_000_000, 9_999_999)}" if rng.random() < 0.7 else None,
        "CompanyName": f"{firm} {rng.choice(('Inc', 'Ltd', 'GmbH'))}",
        "Title": rng.choice(_TITLES),
        "person": str(number),
    }


def _again(line: dict[str, str | None], rng: random.Random) -> dict[str, str | None]:
    other = dict(line)
    surname = str(line["LastName"])
    if rng.random() < 0.3:
        at = rng.randrange(1, len(surname))
        other["LastName"] = surname[:at] + surname[at + 1 :]
    if rng.random() < 0.3:
        other["Email"] = None
    if rng.random() < 0.3:
        other["FirstName"] = str(line["FirstName"])[0]
    other["CompanyName"] = str(line["CompanyName"]).rpartition(" ")[0]
    other["Title"] = rng.choice(_TITLES)
    return other
