"""E-mail domains that are a company's name to the letter, as rules compare them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.hosts import where
from gsprep.unification.linked import Links, Pairs, bears, link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import PersonKeys
    from gsprep.unification.kinds.degrees import Bools


@dataclass(frozen=True, slots=True)
class Titles:
    """The names of companies in one word: whole, and of those with a legal form also without."""

    whole: Links
    bare: Links


NO_TITLES = Titles(link([]), link([]))


def titles_of(names: Iterable[tuple[str, str]]) -> Titles:
    """Return the titles of companies' names, each as its core and its legal form."""
    parts = [(core.replace(" ", ""), form, at) for at, (core, form) in enumerate(names)]
    return Titles(
        whole=link((core + form, at) for core, form, at in parts),
        bare=link((core, at) for core, form, at in parts if form),
    )


@dataclass(frozen=True, slots=True)
class TitlePairs:
    """Pairs of an employer's e-mail host and a company: whether its label is the name."""

    whole: Bools
    bare: Bools


def domain_is_name(pairs: TitlePairs) -> Bools:
    """Their e-mail's domain is this company's name in full."""
    return pairs.whole


def domain_is_bare_name(pairs: TitlePairs) -> Bools:
    """Their e-mail's domain is this company's name without its legal form."""
    return pairs.bare


@dataclass(frozen=True, slots=True)
class TitleField:
    """The labels of employers' e-mail hosts; nobody's where no rule asks for them."""

    codes: np.ndarray
    index: CompanyIndex
    whole: np.ndarray
    bare: np.ndarray

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> TitleField:
        """Look each distinct label up once."""
        titles, nowhere = index.titles, np.empty(0, dtype=np.int64)
        if titles is NO_TITLES:
            return cls(np.full(len(keys.host.codes), -1), index, nowhere, nowhere)
        labels = where(keys.hosts.labels, keys.hosts.employ)
        return cls(
            keys.host.codes,
            index,
            titles.whole.positions(labels),
            titles.bare.positions(labels),
        )

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose whose name the label is."""
        largest, titles = self.index.rulebook.largest_block, self.index.titles
        return (
            titles.whole.spread(self.whole, largest=largest),
            titles.bare.spread(self.bare, largest=largest),
        )

    def facts(self, pairs: Pairs) -> TitlePairs:
        """Return whose name each label is."""
        titles, (at, company) = self.index.titles, pairs
        return TitlePairs(
            whole=bears(titles.whole, self.whole[at], company),
            bare=bears(titles.bare, self.bare[at], company),
        )
