"""Lines of a promised precision, simulated from the user's own companies.

People are invented from the list: employees whose rows have the usual gaps and mistakes, and people
from outside it whose employers' names are put together from words of the list. The lines are the
probabilities from which the promised share of their matches is right: one for people who have a
listed value in common with the company, and higher ones for those who have its name or less.
"""

from __future__ import annotations

import hashlib
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.decide import Ground, candidates, likely_matches
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
_SEED = 19
# The lines that can be chosen: none is low, they are about evenly spaced as log-odds, and 1 is for
# no line.
_LINES = np.unique(np.append(np.round(1 / (1 + np.exp(-np.arange(1.75, 7, 0.1))), 3), [0.85, 1]))
# Of the matches of one ground so many times the promised share may be wrong. Without a bound they
# would rest on the assumed number of matches on other grounds.
_WORST = 5
# So many standard errors may add to the wrong ones by chance. More would only cost matches: the
# shares of people who are matched wrongly are at the careful end already.
_CHANCE = 0.5
# Companies of a list for which all strangers are invented, and the share of them for a short one,
# where hardly any is mistaken.
_LONG, _FEWEST_STRANGERS = 5_000, 0.25
# The lowest share of outsiders whose employer is named like a company.
_LEAST_ALIKE = 0.1
# How often each cell of an invented person is filled, and how.
_ELSEWHERE, _PRIVATE, _UNLISTED, _PHONE, _COUNTRY, _OTHER_COUNTRY = 0.3, 0.25, 0.17, 0.3, 0.65, 0.1
_NO_NAME, _TRIES = 0.13, 5
_PRIVATE_MAIL, _SUFFIXES, _LETTERS = "gmail.com", ("com", "net", "info", "biz"), "aeinorst"
_SHORTEST = 4


class _Kind(NamedTuple):
    """A kind of invented people: the share of all people, and how many are invented at most.

    Most are invented of the kinds by which the share of wrong matches varies most.
    """

    share: float
    people: int


# A careful guess at what lists of people are like; the report states the share from outside.
OUTSIDE = 0.25
_KINDS = {
    "employee": _Kind(0.45, 1000),
    "employee elsewhere": _Kind(0.19, 2400),
    "other mail": _Kind(0.04, 500),
    "other phone": _Kind(0.04, 300),
    "other employer": _Kind(0.03, 700),
    "stranger": _Kind(OUTSIDE - 0.02, 4000),
    "guest": _Kind(0.015, 700),
    "leaver": _Kind(0.004, 400),
    "relative": _Kind(0.001, 300),
}


class Promise(NamedTuple):
    """The lines of a promised precision."""

    lines: tuple[float, ...]  # the probability by Ground from which a match is right; 1 for none
    sentence: str  # what they rest on


_SEEN: dict[bytes, Promise] = {}
_MOST_SEEN = 16


def promised(companies: Companies, index: CompanyIndex, precision: float) -> Promise:
    """Return the lines for a precision; a list that was seen before is not simulated again.

    A short list is not simulated.
    """
    if len(companies) < _FEWEST:
        short = _SHORT_LINE if precision <= _SHORT_PRECISION else precision
        return Promise((short,) * len(Ground), "")
    key = _digest(companies, index.rulebook)
    if key not in _SEEN:
        if len(_SEEN) >= _MOST_SEEN:
            _SEEN.clear()
        _SEEN[key] = _simulated(companies, index, precision)
    return _SEEN[key]


def _sentence(lines: tuple[float, ...], covered: float, precision: float) -> str:
    """Return what simulated lines rest on, in words."""
    share = f"{precision:.{_places(precision)}%}"
    if min(lines) == 1:
        return (
            f"no probability below 1 makes {share} of the matches right on these companies, so "
            "nearly all people go to review: `gsprep fit` learns a better line from answers"
        )
    return (
        f"a match needs a probability of {_needed(*lines)}: then {share} of the matches of people "
        f"invented from these companies are right ({OUTSIDE:.0%} of them work elsewhere), and "
        f"{covered:.0%} of the employees are matched. Your people may differ: check 300 matches "
        "with `gsprep evaluate`; `gsprep fit` learns the probability from answers"
    )


def _needed(listed: float, same: float, alike: float) -> str:
    """Return the lines in words."""
    if listed == alike:
        return f"{listed:g}"
    known = f"{listed:g} with a domain, number or identifier of the company"
    if same == alike:
        return f"{known}, else a person decides" if same == 1 else f"{known}, else {same:g}"
    by_name = "" if same == 1 else f", {same:g} with nothing but exactly its name"
    return f"{known}{by_name}, else " + ("a person decides" if alike == 1 else f"{alike:g}")


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


def _simulated(companies: Companies, index: CompanyIndex, precision: float) -> Promise:
    people = _Invented(companies, index).people()
    text = pd.DataFrame([one.cells for one in people], dtype="str")
    values = look_up(People(text, index.rulebook), index)
    scored = score(pairs_of_people(values, propose(values, index), index), values, index)
    found = likely_matches(candidates(scored, index.rulebook, len(people)), index.rulebook)
    right = found.company == np.array([one.company for one in people])
    weight = np.array([one.weight for one in people])
    answerable = np.array([one.company >= 0 for one in people])
    at = found.company >= 0
    lines = best_lines(found.probability[at], right[at], weight[at], found.ground[at], precision)
    covered = at & right & (found.probability >= np.array(lines)[found.ground])
    share = float(weight[covered].sum() / max(weight[answerable].sum(), 1e-9))
    return Promise(lines, _sentence(lines, share, precision))


def best_lines(
    probability: Floats, right: Bools, weight: Floats, ground: np.ndarray, precision: float
) -> tuple[float, ...]:
    """Return the line of each Ground, so that most are matched rightly and the promise holds.

    It holds for all matches together, and on no ground is more than five times the promised share
    wrong. Less in common never needs a lower probability. 1 where no line keeps the promise.
    """
    grounds = tuple(_Sums.of(probability, right, weight, ground == one) for one in Ground)
    count = len(_LINES)
    listed, same, alike = np.ogrid[:count, :count, :count]
    whole, wrong, squares = (
        first[:, None, None] + second[:, None] + third
        for first, second, third in zip(*grounds, strict=True)
    )
    kept = (same >= listed) & (alike >= same) & _keeps(whole, wrong, squares, 1 - precision)
    for one, place in zip(grounds, (listed, same, alike), strict=True):
        kept &= _keeps(*one, _WORST * (1 - precision))[place]
    gain = np.where(kept, whole - wrong, -1)
    best = np.unravel_index(int(gain.argmax()), gain.shape)
    if gain[best] <= 0:
        return (1.0,) * len(Ground)
    return tuple(float(_LINES[one]) for one in best)


class _Sums(NamedTuple):
    """Weights of the people of one ground from each line on."""

    whole: Floats
    wrong: Floats
    squares: Floats  # of the weights of the wrong

    @classmethod
    def of(cls, probability: Floats, right: Bools, weight: Floats, there: Bools) -> _Sums:
        """Add up the weights of the people who are ``there``."""
        order = np.argsort(probability[there], kind="stable")
        first = np.searchsorted(probability[there][order], _LINES)
        wrong = np.where(right, 0, weight)[there][order]

        def above(values: Floats) -> Floats:
            sums: Floats = np.append(np.cumsum(values[::-1])[::-1], 0)[first]
            return sums

        return cls(above(weight[there][order]), above(wrong), above(wrong**2))


def _keeps(whole: Floats, wrong: Floats, squares: Floats, most: float) -> Bools:
    """Return where at most a share is wrong, with what chance may add; so it is of nobody."""
    kept: Bools = wrong + _CHANCE * np.sqrt(squares) <= whole * most
    return kept


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
        self.cores: list[str] = as_objects(companies.names.core).tolist()
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
            "employee elsewhere": self._employee_elsewhere,
            "other mail": self._other_mail,
            "other phone": self._other_phone,
            "other employer": self._other_employer,
            "stranger": self._stranger,
            "guest": self._guest,
            "leaver": self._leaver,
            "relative": self._relative,
        }
        alike = max(len(self.alike) / self.count, _LEAST_ALIKE)
        people = []
        part = min(max(self.count / _LONG, _FEWEST_STRANGERS), 1)
        for name, kind in _KINDS.items():
            number = round(kind.people * part) if name == "stranger" else kind.people
            drawn = [invent[name]() for _ in range(number)]
            there = [one for one in drawn if one is not None]
            # Only strangers named like a company of the list can be mistaken for its people.
            share = kind.share * alike if name == "stranger" else kind.share
            people += [one._replace(weight=share / number) for one in there]
        return people

    def _anyone(self) -> int:
        return int(self.rng.random() * self.count)

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

    def _row(self, at: int, *, elsewhere: bool) -> dict[str, str | None]:
        """Return the cells of an employee: each is there, is missing or is of little use.

        The address is at the company's domain or elsewhere: private, or an unlisted domain of it.
        """
        domain = self.domains[at]
        if domain is None or (elsewhere and self.rng.random() >= _UNLISTED):
            mail = _PRIVATE_MAIL
        else:
            mail = f"{domain.partition('.')[0]}.info" if elsewhere else domain
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
        """Return the name of a company as its people write it, None if they leave it out."""
        if self.rng.random() < _NO_NAME:
            return None
        return self._spelled(self.names[at], self.cores[at])

    def _spelled(self, name: str, core: str) -> str:
        """Return a name in full or short, with a slip, with fewer or more words, or with dots."""
        draw, words = int(self.rng.random() * 10), core.split()
        if draw < 4:  # noqa: PLR2004  in ten
            return name
        if draw == 4:  # noqa: PLR2004
            place = self.rng.randrange(len(core))
            return core[:place] + self.rng.choice(_LETTERS) + core[place + 1 :]
        if draw == 5 and len(words) > 2:  # noqa: PLR2004  two are the name
            return " ".join(words[:-1])
        if draw == 6:  # noqa: PLR2004
            return f"{core} {self.rng.choice(self.cores[self._anyone()].split())}"
        if draw == 7:  # noqa: PLR2004
            return " ".join(w[:_SHORTEST] + "." if len(w) > _SHORTEST + 1 else w for w in words)
        return core

    def _employee(self) -> _Person | None:
        return self._employed(elsewhere=False)

    def _employee_elsewhere(self) -> _Person | None:
        return self._employed(elsewhere=True)

    def _employed(self, *, elsewhere: bool) -> _Person | None:
        at = self._anyone()
        cells = self._row(at, elsewhere=elsewhere)
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
        person = self._employed(elsewhere=self.rng.random() < _ELSEWHERE)
        if person is not None:
            person.cells[self.columns.phone] = self.phones[self._anyone()]
        return person

    def _other_employer(self) -> _Person | None:
        at = self._anyone()
        if self.shared[at]:
            return None
        name = self._unlisted() if self.rng.random() < 0.5 else self.names[self._anyone()]  # noqa: PLR2004
        mail = self.domains[at] or _PRIVATE_MAIL
        return _Person(self._cells(mail, name, self._country(at)), at, 0)

    def _unlisted(self, like: int | None = None) -> str | None:
        """Return the name of an employer that begins like a company's, and is not in the list.

        The company is ``like``, or any one whose first word another one has, too.
        """
        rng = self.rng
        words: list[str] = []
        for _ in range(_TRIES):
            at = int(rng.choice(self.alike)) if len(self.alike) else self._anyone()
            at = at if like is None else like
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
        written = self._spelled(name, name)
        return _Person(self._cells(mail, written, self._country(self._anyone())), -1, 0)

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

    def _relative(self) -> _Person | None:
        """Return a person of an unlisted company of a group, at the mail of a listed one."""
        at = self._anyone()
        domain, name = self.domains[at], self._unlisted(at)
        if domain is None or name is None:
            return None
        return _Person(self._cells(domain, name, self._country(at)), -1, 0)


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
