"""Stated employers: how the names of two companies answer one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cpdist

from gsprep.unification.alignment import Alignment, align
from gsprep.unification.keys import SEPARATOR, PersonKeys
from gsprep.unification.linked import NO_PAIRS, Pairs, bears, positions
from gsprep.unification.words import digits
from gsprep.values.company_name import initials as initials_of
from gsprep.values.company_name import plain_words

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.kinds.degrees import Bools, Floats
    from gsprep.unification.words import Worded


@dataclass(frozen=True, slots=True)
class NamePairs:
    """Pairs of a stated employer and a company.

    equal:    the words that name are the same, legal form and blanks apart.
    spelling: how alike the two are letter by letter, from 0 to 1.
    initials: one is the initials of the other.
    numbers:  the numbers in both are the same.
    words:    how the words of the two answer one another.
    elsewhere: another company has exactly the stated name.
    forms:    both state a legal form, and not the same.
    """

    equal: Bools
    spelling: Floats
    initials: Bools
    numbers: Bools
    words: Alignment
    elsewhere: Bools
    forms: Bools


def same_name(pairs: NamePairs) -> Bools:
    """The employer they state has this company's name."""
    return pairs.equal


# Below this, two names have more letters apart than a slip explains; what is left is scaled.
_ALIKE_FROM = 0.8


def spelled_alike(pairs: NamePairs) -> Floats:
    """The employer they state differs from this company's name by a letter or two."""
    by_words = np.minimum(pairs.words.mine, pairs.words.theirs)
    # A letter apart in a rare word tells more than the common words that are the same.
    alike = np.where(pairs.words.whole, np.minimum(pairs.spelling, by_words), pairs.spelling)
    degree = np.clip((alike - _ALIKE_FROM) / (1 - _ALIKE_FROM), 0, 1)
    return np.where(_is_slip(pairs), degree, 0)


def same_words(pairs: NamePairs) -> Bools:
    """The employer they state is this company's name with words shortened or misspelt."""
    return _open(pairs) & pairs.words.whole & pairs.words.first & pairs.numbers & ~_is_slip(pairs)


def shared_words(pairs: NamePairs) -> Floats:
    """The employer they state has words of this company's name."""
    shared = (pairs.words.mine + pairs.words.theirs) / 2
    return np.where(_open(pairs) & ~_told(pairs), shared, 0)


def first_word(pairs: NamePairs) -> Bools:
    """The employer they state begins with the same word as this company's name."""
    return pairs.words.first & _open(pairs) & ~_told(pairs)


def initials(pairs: NamePairs) -> Bools:
    """The employer they state and this company's name have the same initials."""
    return pairs.initials & _open(pairs)


def other_words(pairs: NamePairs) -> Floats:
    """The employer they state and this company's name both have words that the other lacks."""
    both = np.sqrt((1 - pairs.words.mine) * (1 - pairs.words.theirs))
    return np.where(_open(pairs) & ~_told(pairs), both, 0)


def other_name(pairs: NamePairs) -> Floats:
    """The employer they state has another name."""
    contained = np.maximum(pairs.words.mine, pairs.words.theirs)
    return np.where(_open(pairs) & ~_told(pairs), 1 - contained, 0)


def others_name(pairs: NamePairs) -> Bools:
    """The employer they state is another company's name."""
    return pairs.elsewhere & ~pairs.equal


def other_number(pairs: NamePairs) -> Bools:
    """The employer they state has another number in its name."""
    return ~pairs.numbers & _open(pairs)


def other_legal_form(pairs: NamePairs) -> Bools:
    """The employer they state has another legal form."""
    return pairs.forms


def _open(pairs: NamePairs) -> Bools:
    """Return where no company has exactly the stated name, so that likeness says something."""
    return ~pairs.equal & ~pairs.elsewhere


def _is_slip(pairs: NamePairs) -> Bools:
    alike: Bools = pairs.spelling > _ALIKE_FROM
    return _open(pairs) & alike & pairs.numbers


def _told(pairs: NamePairs) -> Bools:
    return _is_slip(pairs) | same_words(pairs) | pairs.initials


@dataclass(frozen=True, slots=True)
class NameField:
    """Stated employers: words that name, legal form, initials."""

    codes: np.ndarray
    index: CompanyIndex
    cores: np.ndarray
    keys: np.ndarray
    listed: np.ndarray
    forms: np.ndarray
    short: np.ndarray
    digits: np.ndarray
    words: Worded

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> NameField:
        """Take each distinct name apart once."""
        parts = [value.split(SEPARATOR) for value in keys.name.values]
        cores = [core for core, _ in parts]
        keys_of = ["".join(plain_words(core)) for core in cores]
        return cls(
            keys.name.codes,
            index,
            np.array(cores, dtype=object),
            np.array(keys_of, dtype=object),
            positions(map(index.name_keys.position, keys_of)),
            np.array([form for _, form in parts], dtype=object),
            np.array([initials_of(core) or "" for core in cores], dtype=object),
            digits(cores),
            index.words.read(cores),
        )

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose who has the name or the initials; else, who has a name that looks like it."""
        largest = self.index.rulebook.largest_block
        by_acronym = positions(map(self.index.acronyms.position, self.keys))
        by_initials = positions(map(self.index.name_keys.position, self.short))
        unknown = np.flatnonzero(self.listed < 0)
        alike = self.index.search.nearest(self.cores[unknown].tolist())
        return (
            self.index.name_keys.spread(self.listed, largest=largest),
            self.index.acronyms.spread(by_acronym, largest=largest),
            self.index.name_keys.spread(by_initials, largest=largest),
            Pairs(unknown[alike.left], alike.company) if len(unknown) else NO_PAIRS,
        )

    def facts(self, pairs: Pairs) -> NamePairs:
        """Return how the two names compare."""
        at, company = pairs
        mine, theirs = self.keys[at], self.index.keys[company]
        # A name that some company has exactly is told from others by that alone.
        open_ = self.listed[at] < 0
        likely = Pairs(at[open_], company[open_])
        aligned = align(likely, self.words, self.index.words.companies).among(open_)
        forms, their_forms = self.forms[at], self.index.forms[company]
        equal = mine == theirs
        return NamePairs(
            equal=equal,
            spelling=cpdist(
                mine.tolist(), theirs.tolist(), scorer=Indel.normalized_similarity, dtype=float
            ),
            initials=self._initials(pairs),
            numbers=self.digits[at] == self.index.digits[company],
            words=aligned,
            elsewhere=(self.listed[at] >= 0) & ~equal,
            forms=(forms != "") & (their_forms != "") & (forms != their_forms),
        )

    def _initials(self, pairs: Pairs) -> Bools:
        by_acronym = positions(map(self.index.acronyms.position, self.keys))
        by_initials = positions(map(self.index.name_keys.position, self.short))
        mine = bears(self.index.acronyms, by_acronym[pairs.left], pairs.company)
        theirs = bears(self.index.name_keys, by_initials[pairs.left], pairs.company)
        either: Bools = mine | theirs
        return either
