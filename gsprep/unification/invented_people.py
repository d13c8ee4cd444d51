"""People invented from a list of companies, with the usual gaps and mistakes.

They are employees of its companies, and people from outside whose employers' names are put together
from words of the list.
"""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.features.domain import DOMAIN
from gsprep.unification.features.name import NAME
from gsprep.values.arrow import as_objects
from gsprep.values.company_name import same_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies
    from gsprep.unification.pairs import Bools, Floats

_SEED = 19
# Companies of a list for which all people are invented, and the share of them for a short one: of
# strangers, of whom hardly any is mistaken there, and of the others.
_LONG, _FEWEST_STRANGERS, _FEWEST_OTHERS = 5_000, 0.25, 0.5
# The lowest share of outsiders whose employer is named like a company.
_LEAST_ALIKE = 0.1
# How often each cell of an invented person is filled, and how; of names that are exactly another
# company's so many stay: of 490 names that exchanges write like a company's, two are another's.
_ELSEWHERE, _PRIVATE, _UNLISTED, _PHONE, _COUNTRY, _OTHER_COUNTRY = 0.3, 0.25, 0.17, 0.3, 0.65, 0.1
_NO_NAME, _ANOTHERS, _TRIES = 0.13, 0.5, 5
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
STRANGER = "stranger"
KINDS = {
    "employee": _Kind(0.45, 1400),
    "employee elsewhere": _Kind(0.19, 2000),
    "other mail": _Kind(0.04, 500),
    "other phone": _Kind(0.04, 300),
    "other employer": _Kind(0.03, 700),
    STRANGER: _Kind(OUTSIDE - 0.02, 4000),
    "guest": _Kind(0.015, 700),
    "leaver": _Kind(0.004, 400),
    "relative": _Kind(0.001, 300),
}


# Those who write from a company's domain, but state that they work for another one.
_AT_OTHERS_DOMAIN = ("other mail", "guest", "relative")
# Those who state a company, but write from the domain of their true one.
STATING_ANOTHER = ("other employer", "leaver")
# What the domains of companies are named after, and what all are if fewer list one.
_FORMS: Mapping[str, Callable[[list[str]], str]] = {
    "name": "".join,
    "first word": lambda words: words[0],
    "two words": lambda words: "".join(words[:2]),
    "initials": lambda words: "".join(word[0] for word in words),
    "first word and initials": lambda words: words[0] + "".join(word[0] for word in words[1:]),
}
_FEWEST_FORMS = 30
_UNLIKE = "someone-elses-employer"


class Invented(NamedTuple):
    """Invented people, one line each."""

    cells: Mapping[str, np.ndarray]  # their columns, with "" for what is missing
    company: np.ndarray  # the position of the right company, -1 for none
    kind: np.ndarray  # the position of their kind among KINDS
    weight: Floats  # the share of all people that each stands for

    @property
    def answerable(self) -> Bools:
        """Whether a company is right."""
        return self.company >= 0

    def of_kinds(self, *names: str) -> Bools:
        """Return whether each is of one of some kinds."""
        return np.isin(self.kind, [[*KINDS].index(name) for name in names])

    def shown_by_name_only(self, email: str) -> Bools:
        """Whether nothing but the employer's name shows where each works.

        ``email`` is the column of their addresses.
        """
        private = self.cells[email] == f"someone@{_PRIVATE_MAIL}"
        return self.of_kinds(*_AT_OTHERS_DOMAIN) | (self.of_kinds("other phone") & private)


def invented(companies: Companies, index: CompanyIndex) -> Invented:
    """Return people of all kinds that a list of people can have."""
    people = list(_Inventor(companies, index).people())
    names = people[0].cells if people else ()
    return Invented(
        {name: np.array([one.cells[name] or "" for one in people], dtype=object) for name in names},
        np.array([one.company for one in people], dtype=np.int64),
        np.array([one.kind for one in people], dtype=np.int8),
        np.array([one.weight for one in people], dtype=np.float64),
    )


class _Person(NamedTuple):
    """An invented person, as a line of Invented."""

    cells: dict[str, str | None]
    company: int
    kind: int = 0
    weight: float = 0


class _Inventor:
    """People invented from the companies of a list."""

    def __init__(self, companies: Companies, index: CompanyIndex) -> None:
        self.rng, self.columns = Random(_SEED), index.rulebook.columns  # noqa: S311  no secret
        self.names, self.listed = index.names, index.part(NAME).names
        self.hosts, self.count = index.part(DOMAIN).hosts, len(companies)
        self.cores: list[str] = as_objects(companies.names.core).tolist()
        self.domains = _first(companies.hosts.texts, companies.hosts.company, self.count)
        self.labels = _first(companies.hosts.labels, companies.hosts.company, self.count)
        named = zip(self.labels, self.cores, strict=True)
        self.forms = [_form_of(label, core.split()) for label, core in named if label]
        self.shared = _shared(companies.hosts.texts, companies.hosts.company, self.count)
        self.phones = _first(*companies.phone_cells[:2], self.count)
        self.countries = companies.country.to_numpy(dtype=object)
        first = pd.Series([core.split(" ", 1)[0] for core in self.cores])
        self.alike = np.flatnonzero(first.duplicated(keep=False).to_numpy())

    def people(self) -> Iterator[_Person]:
        """Yield the people of all kinds."""
        invent: dict[str, Callable[[], _Person | None]] = {
            "employee": self._employed,
            "employee elsewhere": partial(self._employed, elsewhere=True),
            "other mail": self._other_mail,
            "other phone": self._other_phone,
            "other employer": self._other_employer,
            STRANGER: self._stranger,
            "guest": self._guest,
            "leaver": self._leaver,
            "relative": self._relative,
        }
        alike = max(len(self.alike) / self.count, _LEAST_ALIKE)
        for at, (name, kind) in enumerate(KINDS.items()):
            fewest = _FEWEST_STRANGERS if name == STRANGER else _FEWEST_OTHERS
            number = round(kind.people * min(max(self.count / _LONG, fewest), 1))
            # Only strangers named like a company of the list can be mistaken for its people.
            weight = kind.share * (alike if name == STRANGER else 1) / number
            drawn = (invent[name]() for _ in range(number))
            yield from (one._replace(kind=at, weight=weight) for one in drawn if one is not None)

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
        if domain is None and not elsewhere:
            mail = self._domain_of(self.cores[at])
        elif domain is None or (elsewhere and self.rng.random() >= _UNLISTED):
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
        return self._stated(at)

    def _stated(self, at: int) -> str:
        """Return the name of a company as people write it, whether they work there or not.

        If only its people made mistakes, a mistake would show that they work there.
        """
        return self._spelled(self.names[at], self.cores[at], self.labels[at])

    def _spelled(self, name: str, core: str, label: str | None) -> str:
        """Return a name as people write it; often in full if that is another company's name."""
        written = self._short(name, core, label)
        at = self._place(written.lower().split())
        another = at >= 0 and at != self._place(core.split())
        return name if another and self.rng.random() >= _ANOTHERS else written

    def _place(self, words: list[str]) -> int:
        """Return the place of a name among those of the list, -1 for none."""
        return self.listed.position("".join(map(_as_compared, words)))

    def _short(self, name: str, core: str, label: str | None) -> str:
        """Return a name in full or short, with a slip, with fewer or more words, or with dots.

        One in ten writes what the domain is called instead, its ``label``.
        """
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
        return label if draw == 8 and label else core  # noqa: PLR2004

    def _employed(self, *, elsewhere: bool = False) -> _Person | None:
        at = self._anyone()
        cells = self._row(at, elsewhere=elsewhere)
        own = cells[self.columns.email] != f"someone@{_PRIVATE_MAIL}" and not self.shared[at]
        shown = own or cells[self.columns.company_name] or cells[self.columns.phone]
        return _Person(cells, at) if shown else None

    def _other_mail(self) -> _Person | None:
        at, domain = self._anyone(), self.domains[self._anyone()]
        if domain is None:
            return None
        name = self._written(at) or self._stated(at)
        return _Person(self._cells(domain, name, self._country(at)), at)

    def _other_phone(self) -> _Person | None:
        person = self._employed(elsewhere=self.rng.random() < _ELSEWHERE)
        if person is not None:
            person.cells[self.columns.phone] = self.phones[self._anyone()]
        return person

    def _other_employer(self) -> _Person | None:
        at = self._anyone()
        if self.shared[at]:
            return None
        other = self._unlisted() if self.rng.random() < 0.5 else self._stated(self._anyone())  # noqa: PLR2004
        mail = self.domains[at] or _PRIVATE_MAIL
        return _Person(self._cells(mail, other, self._country(at)), at)

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
            if len(words) > 1 and self._place(words) < 0:
                return " ".join(words)
        return None

    def _stranger(self) -> _Person | None:
        name = self._unlisted()
        if name is None:
            return None
        mail = _PRIVATE_MAIL if self.rng.random() < _PRIVATE else self._domain_of(name)
        written = self._spelled(name, name, self._label_of(name))
        return _Person(self._cells(mail, written, self._country(self._anyone())), -1)

    def _domain_of(self, name: str) -> str:
        """Return a domain that no company lists, named after an employer as the listed ones are."""
        label = self._label_of(name) or _UNLIKE
        free = (f"{label}.{suffix}" for suffix in _SUFFIXES)
        return next((one for one in free if self.hosts.position(one) < 0), _PRIVATE_MAIL)

    def _label_of(self, name: str) -> str | None:
        """Return what an employer's domain is called, None for something unlike its name."""
        enough = len(self.forms) >= _FEWEST_FORMS
        form = self.forms[int(self.rng.random() * len(self.forms))] if enough else "name"
        return None if form is None else _FORMS[form](name.split())

    def _guest(self) -> _Person | None:
        domain, name = self.domains[self._anyone()], self._unlisted()
        if domain is None or name is None:
            return None
        return _Person(self._cells(domain, name, self._country(self._anyone())), -1)

    def _leaver(self) -> _Person | None:
        name, other = self._unlisted(), self._anyone()
        if name is None:
            return None
        cells = self._cells(self._domain_of(name), self._stated(other), self._country(other))
        return _Person(cells, -1)

    def _relative(self) -> _Person | None:
        """Return a person of an unlisted company of a group, at the mail of a listed one."""
        at = self._anyone()
        domain, name = self.domains[at], self._unlisted(at)
        if domain is None or name is None:
            return None
        return _Person(self._cells(domain, name, self._country(at)), -1)


def _form_of(label: str, words: list[str]) -> str | None:
    """Return what a domain's label is named after, None for something else."""
    named = (form for form, of in _FORMS.items() if of(words) == label)
    begun = "first word and initials" if label.startswith(words[0]) else None
    return next(named, begun)


def _as_compared(word: str) -> str:
    return same_words().get(word, word)


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
    return np.isin(np.arange(count), company[several])
