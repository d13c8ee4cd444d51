"""What reviewers answered: replayed on every run, before any rule and any score."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.display import few, plural
from gsprep.unification.linked import NO_PAIRS, Coded, Pairs, coded
from gsprep.unification.scoring import to_people
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import names_employer
from gsprep.values.email import email_key
from gsprep.values.host import email_host, host_and_above, host_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from gsprep.unification.keys import PersonKeys

# Positions that are no company: nobody answered, and no company is right.
OPEN, NOBODY = -1, -2


class Answer(NamedTuple):
    """What holds for a value: the position of its company, OPEN or NOBODY; who it is not."""

    company: int = OPEN
    ruled_out: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers that hold, ready to be asked for any number of people.

    kinds:   by kind and by value as it is compared.
    unknown: the lines that name a company that is not among the companies, by row_id: left out.
    contradicting: the row_ids of lines that contradict another one of the same time.
    """

    kinds: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict, repr=False)
    unknown: tuple[str, ...] = field(default=(), repr=False)
    contradicting: tuple[str, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return any(self.kinds.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, may give a company too many people, or is not clear, in sentences."""
        everybodys = sum(
            answer.company >= 0 and not names_employer(host)
            for host, answer in self.kinds.get("domain", {}).items()
        )
        lines = len(self.unknown)
        name = plural(lines, "answer names", "answers name")
        give = plural(everybodys, "answer gives", "answers give")
        strange = few("row_id", self.unknown)
        told = {
            f"{lines} {name} a company that is not in the list: left out, {strange}": lines,
            f"{everybodys} {give} a company everybody at a domain of free mail or of a "
            "provider: answer by e-mail when one person is meant": everybodys,
            f"{len(self.contradicting)} answers ({few('row_id', self.contradicting)}) say "
            "different things about one value, and none of them is newer by its `at`: the later "
            "line holds. Keep the right one, or give it a newer `at`": self.contradicting,
        }
        return tuple(note for note, applies in told.items() if applies)

    @property
    def shared_hosts(self) -> frozenset[str]:
        """The hosts whose people were said to belong to several companies."""
        companies: dict[str, set[int]] = {}
        for kind, host_in in (("email", email_host), ("domain", host_of)):
            for value, answer in self.kinds.get(kind, {}).items():
                if answer.company >= 0 and (host := host_in(value)):
                    companies.setdefault(host, set()).add(answer.company)
        return frozenset(host for host, several in companies.items() if len(several) > 1)


NO_ANSWERS = Answers()


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered about each of some people.

    company:   by position of the person: the company's position, OPEN or NOBODY.
    ruled_out: pairs of a person and a company that were said not to belong together.
    """

    company: np.ndarray
    ruled_out: Pairs

    def among(self, begin: int, end: int) -> Answered:
        """Return what was answered about a slice of them, who are counted anew from 0."""
        left, company = self.ruled_out
        inside = (left >= begin) & (left < end)
        ruled_out = Pairs(left[inside] - begin, company[inside])
        return Answered(self.company[begin:end], ruled_out)


def answered(answers: Answers, keys: PersonKeys, addresses: pd.Series[str]) -> Answered:
    """Return what was answered about people; ``addresses`` is their column of e-mails.

    The most special kind wins: a company that their e-mail rules out is not theirs by domain.
    """
    company = np.full(len(addresses), OPEN, dtype=np.int64)
    parts = [NO_PAIRS]
    for values, found in _asked(answers, keys, addresses):
        said = np.array([*(answer.company for answer in found), OPEN], dtype=np.int64)[values.codes]
        ruled_out = joined(parts)
        free = (company == OPEN) & ~among(Pairs(np.arange(len(said)), said), ruled_out)
        company = np.where(free, said, company)
        parts.append(to_people(values.codes, _ruled_out(found)))
    return Answered(company, joined(parts))


def unanswered(pairs: Pairs, said: Answered) -> Pairs:
    """Return the pairs that no reviewer decided or ruled out."""
    open_ = (said.company[pairs.left] == OPEN) & ~among(pairs, said.ruled_out)
    return Pairs(pairs.left[open_], pairs.company[open_])


def _asked(
    answers: Answers, keys: PersonKeys, addresses: pd.Series[str]
) -> Iterator[tuple[Coded, list[Answer]]]:
    """Yield people's values of each kind that was answered, with the answer to each value."""
    if of_email := answers.kinds.get("email"):
        values = coded(on_distinct(addresses, email_key))
        yield values, [of_email.get(address, Answer()) for address in _texts(values)]
    if of_domain := answers.kinds.get("domain"):
        values = coded(on_distinct(addresses, email_host))
        yield values, [_of_longest(host, of_domain) for host in _texts(values)]
    if of_name := answers.kinds.get("company_name"):
        yield keys.name, [of_name.get(name, Answer()) for name in _texts(keys.name)]


def _texts(values: Coded) -> tuple[str, ...]:
    return values.values  # noqa: PD011  of our own, not of pandas


def _of_longest(host: str, of_domain: Mapping[str, Answer]) -> Answer:
    """Return the answer to the host, or to the nearest one above it of the same owner."""
    nearest = next((one for one in host_and_above(host) if one in of_domain), host)
    return of_domain.get(nearest, Answer())


def _ruled_out(found: list[Answer]) -> Pairs:
    pairs = [(at, one) for at, answer in enumerate(found) for one in sorted(answer.ruled_out)]
    return Pairs(*np.array(pairs, dtype=np.int64).reshape(-1, 2).T)


def joined(parts: list[Pairs]) -> Pairs:
    """Return the pairs of several parts."""
    left, company = zip(*parts, strict=True)
    return Pairs(np.concatenate(left), np.concatenate(company))


def among(pairs: Pairs, others: Pairs) -> np.ndarray:
    """Return which of the pairs are among the others."""
    width = 1 + max(pairs.company.max(initial=0), others.company.max(initial=0))
    wanted = np.where(pairs.company >= 0, pairs.left * width + pairs.company, -1)
    found: np.ndarray = np.isin(wanted, others.left * width + others.company)
    return found
