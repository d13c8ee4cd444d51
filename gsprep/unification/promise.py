"""Line of a promised precision, simulated from the user's own companies.

People are invented from the list: employees whose rows have the usual gaps and mistakes, and people
from outside it whose employers' names are put together from words of the list. The line is the
probability from which the promised share of their matches is right.
"""

from __future__ import annotations

import hashlib
from math import ceil
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.decide import candidates, likely_matches
from gsprep.unification.features.domain import DOMAIN
from gsprep.unification.features.name import NAME
from gsprep.unification.keys import People
from gsprep.unification.registry import look_up
from gsprep.unification.score import pairs_of_people, propose, score
from gsprep.values.arrow import as_objects
from gsprep.values.company_name import SAME_WORD

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies
    from gsprep.unification.pairs import Bools, Floats
    from gsprep.unification.rulebook import Rulebook

# Fewer companies are too few to invent people from. For 99 %, sixteen lists of 30 to 150 companies
# from four sources came to lines between 0.85 and 0.96 with the shipped weights.
_FEWEST, _SHORT_PRECISION, _SHORT_LINE = 30, 0.99, 0.94
_SEED, _STEPS = 19, 1000
# The lowest line, and the lowest share of outsiders whose employer is named like a company.
_LOWEST, _LEAST_ALIKE = 0.5, 0.1
# How often each cell of an invented person is filled, and how.
_PRIVATE, _UNLISTED, _PHONE, _COUNTRY, _OTHER_COUNTRY = 0.25, 0.05, 0.3, 0.65, 0.1
_NO_NAME, _TRIES = 0.13, 5
_PRIVATE_MAIL, _SUFFIXES, _LETTERS = "gmail.com", ("com", "net", "info", "biz"), "aeinorst"
_SHORTEST = 4


class _Kind(NamedTuple):
    """A kind of invented people: the share of all people, and how many are invented."""

    share: float
    people: int


# A careful guess at what lists of people are like; the report states the share from outside.
OUTSIDE = 0.25
_KINDS = {
    "employee": _Kind(0.64, 1200),
    "other mail": _Kind(0.04, 300),
    "other phone": _Kind(0.04, 200),
    "other employer": _Kind(0.03, 300),
    "stranger": _Kind(OUTSIDE - 0.019, 900),
    "guest": _Kind(0.015, 300),
    "leaver": _Kind(0.004, 200),
}


class Line(NamedTuple):
    """The line of a promised precision."""

    probability: float  # that from which the promise holds; 1 if no lower one keeps it
    sentence: str  # what it rests on


_LINES: dict[bytes, Line] = {}
_MOST_LINES = 16


def promised_line(companies: Companies, index: CompanyIndex, precision: float) -> Line:
    """Return the line for a precision; a list that was seen before is not simulated again.

    A short list is not simulated.
    """
    if len(companies) < _FEWEST:
        short = _SHORT_LINE if precision <= _SHORT_PRECISION else precision
        return Line(short, "")
    key = _digest(companies, index.rulebook)
    if key not in _LINES:
        if len(_LINES) >= _MOST_LINES:
            _LINES.clear()
        _LINES[key] = _simulated(companies, index, precision)
    return _LINES[key]


def _sentence(line: float, covered: float, precision: float) -> str:
    """Return what a simulated line rests on, in words."""
    promised = f"{precision:.{_places(precision)}%}"
    if line == 1:
        return (
            f"no probability below 1 makes {promised} of the matches right on these companies, so "
            "nearly all people go to review: `gsprep fit` learns a better line from answers"
        )
    return (
        f"a match needs a probability of {line}: then {promised} of the matches of people invented "
        f"from these companies are right ({OUTSIDE:.0%} of them work elsewhere), and {covered:.0%} "
        "of the employees are matched. Your people may differ: check 300 matches with `gsprep "
        "evaluate`; `gsprep fit` learns the probability from answers"
    )


def _places(share: float) -> int:
    """Return how many places a share has in percent: 0.995 is 99.5 %."""
    return max(len(f"{share:.8f}".rstrip("0").partition(".")[2]) - 2, 0)


def _digest(companies: Companies, book: Rulebook) -> bytes:
    """Return a hash of the cells that are compared, and of the rulebook."""
    names = ("Gsid", "Name", *(n for n in book.company_columns if n in companies.text.columns))
    cells = pd.util.hash_pandas_object(companies.text[list(names)], index=False).to_numpy()
    digest = hashlib.blake2b(book.model_dump_json().encode(), digest_size=16)
    digest.update("\n".join(names).encode())
    digest.update(cells.tobytes())
    return digest.digest()


def _simulated(companies: Companies, index: CompanyIndex, precision: float) -> Line:
    people = _Invented(companies, index).people()
    text = pd.DataFrame([one.cells for one in people], dtype="str")
    values = look_up(People(text, index.rulebook), index)
    scored = score(pairs_of_people(values, propose(values, index), index), values, index)
    found = likely_matches(candidates(scored, index.rulebook, len(people)), index.rulebook)
    right = found.company == np.array([one.company for one in people])
    weight = np.array([one.weight for one in people])
    answerable = np.array([one.company >= 0 for one in people])
    at = found.company >= 0
    line = lowest_line(found.probability[at], right[at], weight[at], precision)
    covered = at & right & (found.probability >= line)
    share = float(weight[covered].sum() / max(weight[answerable].sum(), 1e-9))
    return Line(line, _sentence(line, share, precision))


def lowest_line(probability: Floats, right: Bools, weight: Floats, precision: float) -> float:
    """Return the lowest probability from which the weighted share that is right is high enough.

    What chance may add to the wrong ones is counted as wrong: one standard error. 1 if no line
    keeps the promise.
    """
    order = np.argsort(-probability, kind="stable")
    falling, wrong = probability[order], np.where(right, 0, weight)[order]
    last = np.append(falling[1:] != falling[:-1], True)[: len(falling)]
    chance = np.sqrt(np.cumsum(wrong**2))
    share = (np.cumsum(wrong) + chance) / np.cumsum(weight[order])
    kept = np.flatnonzero(last & (falling >= _LOWEST) & (share <= 1 - precision))
    if not len(kept):
        return 1.0
    return ceil(round(float(falling[kept[-1]]) * _STEPS, 6)) / _STEPS


class _Person(NamedTuple):
    """An invented person: the cells, the position of the right company, or -1, and the weight."""

    cells: dict[str, str | None]
    company: int
    weight: float


class _Invented:
    """People invented from the companies of a list."""

    def __init__(self, companies: Companies, index: CompanyIndex) -> None:
        self.rng, self.columns = Random(_SEED), index.rulebook.columns  # noqa: S311  no secret
        self.names, self.listed = index.names, index.part(NAME).names
        self.hosts, self.count = index.part(DOMAIN).hosts, len(companies)
        self.cores = as_objects(companies.names.core)
        self.domains = _first(companies.hosts.texts, companies.hosts.company, self.count)
        self.shared = _shared(companies.hosts.texts, companies.hosts.company, self.count)
        self.phones = _first(companies.phones.numbers, companies.phones.company, self.count)
        self.countries = companies.country.to_numpy(dtype=object)
        first = pd.Series([core.split(" ", 1)[0] for core in self.cores])
        self.alike = np.flatnonzero(first.duplicated(keep=False).to_numpy())

    def people(self) -> list[_Person]:
        """Return the people of all kinds that a list of people can have."""
        invent: dict[str, Callable[[], _Person | None]] = {
            "employee": self._employee,
            "other mail": self._other_mail,
            "other phone": self._other_phone,
            "other employer": self._other_employer,
            "stranger": self._stranger,
            "guest": self._guest,
            "leaver": self._leaver,
        }
        alike = max(len(self.alike) / self.count, _LEAST_ALIKE)
        people = []
        for name, kind in _KINDS.items():
            drawn = [invent[name]() for _ in range(kind.people)]
            there = [one for one in drawn if one is not None]
            # Only strangers named like a company of the list can be mistaken for its people.
            share = kind.share * alike if name == "stranger" else kind.share
            people += [one._replace(weight=share / kind.people) for one in there]
        return people

    def _anyone(self) -> int:
        return self.rng.randrange(self.count)

    def _cells(
        self, mail: str | None, name: str | None, country: str | None
    ) -> dict[str, str | None]:
        columns = self.columns
        return {
            columns.email: None if mail is None else f"someone@{mail}",
            columns.company_name: name,
            columns.phone: None,
            columns.country: country,
        }

    def _row(self, at: int) -> dict[str, str | None]:
        """Return the cells of an employee: each is there, is missing or is of little use."""
        draw, domain = self.rng.random(), self.domains[at]
        if domain is None or draw < _PRIVATE:
            mail = _PRIVATE_MAIL
        elif draw < _PRIVATE + _UNLISTED:
            mail = f"{domain.partition('.')[0]}.info"
        else:
            mail = domain
        cells = self._cells(mail, self._written(at), self._country(at))
        if self.rng.random() < _PHONE:
            cells[self.columns.phone] = self.phones[at]
        return cells

    def _country(self, at: int) -> str | None:
        draw = self.rng.random()
        if draw < _COUNTRY:
            return _text(self.countries[at])
        return _text(self.countries[self._anyone()]) if draw < _COUNTRY + _OTHER_COUNTRY else None

    def _written(self, at: int) -> str | None:
        """Return the name of a company as its people write it."""
        rng, core, words = self.rng, self.cores[at], self.cores[at].split()
        if rng.random() < _NO_NAME:
            return None
        place = rng.randrange(len(core))
        return str(rng.choice((
            self.names[at], self.names[at], self.names[at], self.names[at], core, core,
            core[:place] + rng.choice(_LETTERS) + core[place + 1 :],
            " ".join(words[:-1]) if len(words) > 2 else core,  # noqa: PLR2004  two are the name
            f"{core} {rng.choice(self.cores[self._anyone()].split())}",
            " ".join(w[:_SHORTEST] + "." if len(w) > _SHORTEST + 1 else w for w in words),
        )))  # fmt: skip

    def _employee(self) -> _Person | None:
        at = self._anyone()
        cells = self._row(at)
        own = cells[self.columns.email] == f"someone@{self.domains[at]}" and not self.shared[at]
        shown = own or cells[self.columns.company_name] or cells[self.columns.phone]
        return _Person(cells, at, 0) if shown else None

    def _other_mail(self) -> _Person | None:
        at, domain = self._anyone(), self.domains[self._anyone()]
        if domain is None:
            return None
        name = self._written(at) or self.names[at]
        return _Person(self._cells(domain, name, self._country(at)), at, 0)

    def _other_phone(self) -> _Person | None:
        person = self._employee()
        if person is not None:
            person.cells[self.columns.phone] = self.phones[self._anyone()]
        return person

    def _other_employer(self) -> _Person | None:
        at = self._anyone()
        if self.domains[at] is None or self.shared[at]:
            return None
        name = self._unlisted() if self.rng.random() < 0.5 else self.names[self._anyone()]  # noqa: PLR2004
        return _Person(self._cells(self.domains[at], name, self._country(at)), at, 0)

    def _unlisted(self) -> str | None:
        """Return the name of an employer that begins like a company's, and is not in the list."""
        rng = self.rng
        words: list[str] = []
        for _ in range(_TRIES):
            at = int(rng.choice(self.alike)) if len(self.alike) else self._anyone()
            first, other = self.cores[at].split()[0], self.cores[self._anyone()].split()
            # Where each name is taken, words are added until one is free.
            words = list(dict.fromkeys([*(words or [first]), *(other[1:] or other)]))
            if len(words) > 1 and self.listed.position("".join(map(_as_compared, words))) < 0:
                return " ".join(words)
        return None

    def _stranger(self) -> _Person | None:
        name = self._unlisted()
        if name is None:
            return None
        mail = _PRIVATE_MAIL if self.rng.random() < _PRIVATE else self._domain_of(name)
        return _Person(self._cells(mail, name, self._country(self._anyone())), -1, 0)

    def _domain_of(self, name: str) -> str:
        """Return a domain that no company lists, named after an employer."""
        label = name.replace(" ", "")
        free = (f"{label}.{suffix}" for suffix in _SUFFIXES)
        return next((one for one in free if self.hosts.position(one) < 0), _PRIVATE_MAIL)

    def _guest(self) -> _Person | None:
        domain, name = self.domains[self._anyone()], self._unlisted()
        if domain is None or name is None:
            return None
        return _Person(self._cells(domain, name, self._country(self._anyone())), -1, 0)

    def _leaver(self) -> _Person | None:
        name, other = self._unlisted(), self._anyone()
        if name is None:
            return None
        cells = self._cells(self._domain_of(name), self.names[other], self._country(other))
        return _Person(cells, -1, 0)


def _as_compared(word: str) -> str:
    return SAME_WORD.get(word, word)


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) else None


def _first(values: pa.Array, company: np.ndarray, count: int) -> np.ndarray:
    """Return the first value of each company, None for none."""
    first = np.full(count, None, dtype=object)
    first[company[::-1]] = as_objects(values)[::-1]
    return first


def _shared(values: pa.Array, company: np.ndarray, count: int) -> Bools:
    """Return which companies have a value that another one has, too."""
    several = pd.Series(as_objects(values)).duplicated(keep=False).to_numpy()
    shared: Bools = np.isin(np.arange(count), company[several])
    return shared
