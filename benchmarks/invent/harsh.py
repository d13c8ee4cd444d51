"""A contact list in which relatives and namesakes work at one firm."""

from __future__ import annotations

from random import Random

import pandas as pd

from invent.errors import coined, frequent_first, typo
from invent.registers import Register, given_names
from invent.words import plain

_SURNAMES = ("mann", "son", "ez", "ova", "berg", "ini", "ard", "ley", "quist", "ska", "oğlu", "é")
_SECTORS = ("Systems", "Foods", "Media", "Logistics", "Energy", "Health", "Motors", "Labs")
_FORMS = ("Inc", "Ltd", "GmbH", "AG", "LLC", "SA", "Corp")
_TITLES = ("CEO", "CTO", "CFO", "Account Manager", "Buyer", "Consultant", "Data Analyst",
           "Project Manager", "Sales Manager", "Office Manager", "Controller")  # fmt: skip
_CITIES = ("Berlin", "Paris", "London", "Austin", "Boston", "Leeds", "Madrid", "Vienna", "Dublin",
           "Warsaw", "Milan", "Oslo", "Zurich")  # fmt: skip
_FREE = ("gmail.com", "yahoo.com", "outlook.com", "web.de")
_SHORT = {"thomas": "Tom", "william": "Bill", "robert": "Bob", "elizabeth": "Liz",
          "michael": "Mike", "james": "Jim", "edward": "Ed", "catherine": "Kate"}  # fmt: skip

Line = dict[str, str | None]


class _Invented:
    """Names, firms and people."""

    def __init__(self, people: int, rng: Random) -> None:
        self.rng = rng
        self._taken: set[str] = set()
        self.given = given_names(rng)
        self.surnames = coined(max(people // 8, 50), rng, _SURNAMES)
        names = coined(max(people // 20, 20), rng, ("ex", "on", "ia", "us", "ar", "um"))
        self.firms = [
            {
                "CompanyName": f"{name.title()} {rng.choice(_SECTORS)} {rng.choice(_FORMS)}",
                "site": f"{name}.{rng.choice(('com', 'de', 'io', 'co.uk'))}",
                "board": _number(rng), "city": rng.choice(_CITIES),
            }
            for name in names
        ]  # fmt: skip

    def person(self, **known: str) -> Line:
        """Return a new person, some of whose fields are known."""
        rng = self.rng
        firm = self.firms[int(len(self.firms) * rng.random() ** 1.5)]
        site = known.get("site", firm["site"])
        one: Line = {
            "FirstName": frequent_first(self.given, rng).title(),
            "LastName": frequent_first(self.surnames, rng).title(),
            "CompanyName": firm["CompanyName"], "site": site, "board": firm["board"],
            "Location": firm["city"] if rng.random() < 0.6 else rng.choice(_CITIES),  # noqa: PLR2004
            "Title": rng.choice(_TITLES), **known,
        }  # fmt: skip
        draw = rng.random()
        one["Phone"] = None if draw < 0.4 else str(one["board"]) if draw < 0.6 else _number(rng)  # noqa: PLR2004
        one["Email"] = self.address(one)
        return one

    def address(self, one: Line) -> str:
        """Return an address that no one else has, at the firm or a private one."""
        box, _, site = self._address(one).partition("@")
        while f"{box}@{site}" in self._taken:
            box += str(self.rng.randrange(2, 10))
        self._taken.add(f"{box}@{site}")
        return f"{box}@{site}"

    def _address(self, one: Line) -> str:
        rng = self.rng
        first, last = (plain(str(one[name])).replace(" ", "") for name in ("FirstName", "LastName"))
        if rng.random() < 0.2:  # noqa: PLR2004
            return (
                f"{rng.choice((first, first[0]))}.{last}{rng.randrange(10, 99)}@{rng.choice(_FREE)}"
            )
        box = rng.choice((f"{first}.{last}", f"{first}_{last}", first, f"{first[0]}{last}"))
        return f"{box}@{one['site']}"

    def again(self, one: Line) -> Line:
        """Return a person as another source has it, perhaps with another employer."""
        rng, other = self.rng, dict(one)
        if rng.random() < 0.1:  # noqa: PLR2004
            kept = {name: str(one[name]) for name in ("FirstName", "LastName")}
            other = self.person(**kept)
        elif rng.random() < 0.15:  # noqa: PLR2004
            other["Email"] = self.address(one)
        other["FirstName"] = _given(str(one["FirstName"]), rng)
        for name in ("FirstName", "LastName", "CompanyName"):
            if rng.random() < 0.05:  # noqa: PLR2004
                other[name] = typo(str(other[name]), rng)
        return self._changed(other)

    def _changed(self, other: Line) -> Line:
        """Return a person with another surname, swapped names or another title, now and then."""
        rng = self.rng
        if rng.random() < 0.02:  # noqa: PLR2004  a married name
            other["LastName"] = frequent_first(self.surnames, rng).title()
        if rng.random() < 0.01:  # noqa: PLR2004
            other["FirstName"], other["LastName"] = other["LastName"], other["FirstName"]
        if rng.random() < 0.2:  # noqa: PLR2004
            other["Title"] = rng.choice(_TITLES)
        return other

    def written(self, one: Line) -> Line:
        """Return the line of a list: fields left out, and forms of names and numbers."""
        rng, line = self.rng, dict(one)
        missing = {"Email": 0.25, "Phone": 0.15, "CompanyName": 0.15, "Title": 0.2,
                   "Location": 0.25}  # fmt: skip
        line |= {name: None for name, share in missing.items() if rng.random() < share}
        if line["Phone"]:
            line["Phone"] = _written(line["Phone"], rng)
        if line["CompanyName"] and rng.random() < 0.35:  # noqa: PLR2004
            line["CompanyName"] = line["CompanyName"].rpartition(" ")[0]
        if rng.random() < 0.05:  # noqa: PLR2004
            line["FirstName"], line["LastName"] = (
                str(line[name]).upper() for name in ("FirstName", "LastName")
            )
        return line


def _given(first: str, rng: Random) -> str:
    """Return a given name as an initial, with a second one or short, now and then."""
    forms = (
        first[0],
        f"{first} {rng.choice('ABCDEFGHJKLMPRS')}.",
        _SHORT.get(first.lower(), first),
    )
    draw = rng.random()
    return forms[int(draw / 0.06)] if draw < 0.18 else first  # noqa: PLR2004


def contacts(people: int, rows: int, seed: int) -> Register:
    """Return the contacts of several lists: a hundredth each are twins, sons and namesakes."""
    rng = Random(seed)
    made = _Invented(people, rng)
    persons: list[Line] = []
    while len(persons) < people:
        one = made.person()
        persons.append(one)
        if rng.random() < 0.03:  # noqa: PLR2004
            persons.append(_near(one, made, rng))
    lines = [one | {"person": str(at)} for at, one in enumerate(persons)]
    again = rng.choices(lines, weights=[rng.random() ** 2 for _ in lines], k=rows - len(lines))
    whole = lines + [made.again(one) | {"person": one["person"]} for one in again]
    listed = [made.written(line) for line in whole]
    rng.shuffle(listed)
    frame = pd.DataFrame(listed).drop(columns=["site", "board"]).astype("str")
    person = frame.pop("person")
    return Register(frame, person)


def _near(one: Line, made: _Invented, rng: Random) -> Line:
    """Return a twin, a son or a namesake."""
    kind = rng.randrange(3)
    firm = {name: str(one[name]) for name in ("CompanyName", "site", "board", "Location")}
    if kind == 0:
        twin = made.person(LastName=str(one["LastName"]), **firm)
        return twin | {"Phone": one["Phone"]}
    if kind == 1:
        name = str(one["LastName"]) + rng.choice((" Jr.", ""))
        return made.person(
            FirstName=str(one["FirstName"]), LastName=name, Location=str(one["Location"])
        )
    return made.person(FirstName=str(one["FirstName"]), LastName=str(one["LastName"]), **firm)


def _number(rng: Random) -> str:
    return f"{rng.randrange(200, 999)}{rng.randrange(1_000_000, 9_999_999)}"


def _written(number: str, rng: Random) -> str:
    a, b, c = number[:3], number[3:6], number[6:]
    return rng.choice(
        (f"+1{number}", f"({a}) {b}-{c}", f"001{number}", f"{a}.{b}.{c}", f"+1 {a} {b}{c}")
    )
