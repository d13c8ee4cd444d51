"""Stated employers: how the names of two companies answer one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import Indel, Prefix
from rapidfuzz.process import cpdist

from gsprep.unification.linked import Pairs, bears, distinct_pairs
from gsprep.unification.names.alignment import Alignment, align, laid_out
from gsprep.values.arrow import as_objects, as_texts, behind_last
from gsprep.values.company_name import SEPARATOR, all_digits, all_initials, plain_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import PersonKeys
    from gsprep.unification.kinds.degrees import Bools, Floats
    from gsprep.unification.names.words import Worded

# Less alike letter by letter than this is not alike at all.
_ALIKE_FROM = 0.5
# A beginning of fewer letters is a word, not a name cut short.
_SHORTEST_CUT = 6
# A word of more than this weight tells companies apart.
_DISTINCTIVE = 0.5


@dataclass(frozen=True, slots=True)
class NamePairs:
    """Pairs of a stated employer and a company.

    equal:     the words that name are the same, legal form and blanks apart.
    spelling:  how alike the two are letter by letter, from 0 to 1.
    beginning: how much of the shorter the longer begins with, from 0 to 1.
    shorter, longer: the stated name is a beginning of the company's, or the other way about.
    initials:  one is the initials of the other.
    numbers:   the numbers in both are the same.
    words:     how the words of the two answer one another.
    single:    the stated name is one word.
    elsewhere: another company has exactly the stated name.
    forms:     both state a legal form, and not the same.
    nearer:    how much nearer the nearest company's name is, from 0 to 1.
    """

    equal: Bools
    spelling: Floats
    beginning: Floats
    shorter: Bools
    longer: Bools
    initials: Bools
    numbers: Bools
    words: Alignment
    single: Bools
    elsewhere: Bools
    forms: Bools
    nearer: Floats


def same_name(pairs: NamePairs) -> Bools:
    """The employer they state has this company's name."""
    return pairs.equal


def same_words(pairs: NamePairs) -> Bools:
    """The employer they state is this company's name with words shortened or misspelt."""
    heaviest = np.maximum(pairs.words.rare_added, pairs.words.rare_missing)
    # One word a letter apart is as often another brand: Visma and Visa, Nordea and Nordex.
    whole: Bools = (heaviest <= _DISTINCTIVE) & (pairs.words.first > 0) & ~pairs.single
    return whole & pairs.numbers & ~pairs.equal


def spelled_alike(pairs: NamePairs) -> Floats:
    """The employer they state is spelled like this company's name."""
    return np.where(
        pairs.equal, 0, np.clip((pairs.spelling - _ALIKE_FROM) / (1 - _ALIKE_FROM), 0, 1)
    )


def begins_alike(pairs: NamePairs) -> Floats:
    """The employer they state begins with the same letters as this company's name."""
    return np.where(pairs.equal, 0, pairs.beginning)


def cut_short(pairs: NamePairs) -> Bools:
    """The employer they state is the beginning of this company's name."""
    return pairs.shorter & ~pairs.equal


def written_on(pairs: NamePairs) -> Bools:
    """The employer they state begins with this company's name."""
    return pairs.longer & ~pairs.equal


def first_word(pairs: NamePairs) -> Floats:
    """The employer they state begins with the same word as this company's name."""
    return np.where(pairs.equal, 0, pairs.words.first)


def initials(pairs: NamePairs) -> Bools:
    """The employer they state and this company's name have the same initials."""
    return pairs.initials & ~pairs.equal


def words_added(pairs: NamePairs) -> Floats:
    """The employer they state has words that this company's name lacks."""
    return np.where(pairs.initials, 0, pairs.words.added)


def words_missing(pairs: NamePairs) -> Floats:
    """The employer they state lacks words of this company's name."""
    return np.where(pairs.initials, 0, pairs.words.missing)


def rare_words_differ(pairs: NamePairs) -> Floats:
    """The employer they state and this company's name each have a distinctive word of their own."""
    differ = np.minimum(pairs.words.rare_added, pairs.words.rare_missing)
    return np.where(pairs.initials, 0, differ)


def single_word(pairs: NamePairs) -> Bools:
    """The employer they state is one word, and not all of this company's name."""
    return pairs.single & ~pairs.equal & ~pairs.initials


def nearer_relative(pairs: NamePairs) -> Floats:
    """The employer they state is nearer to another company's name, which begins like this one's."""
    return np.where((pairs.words.first > 0) & ~pairs.shorter, pairs.nearer, 0)


def relatives_name(pairs: NamePairs) -> Bools:
    """The employer they state is another company's name, which begins like this one's."""
    begins: Bools = pairs.words.first > 0
    return pairs.elsewhere & begins & ~pairs.shorter


def relatives_short_name(pairs: NamePairs) -> Bools:
    """The employer they state is another company's name, and the beginning of this one's."""
    return pairs.elsewhere & pairs.shorter & ~pairs.equal


def other_number(pairs: NamePairs) -> Bools:
    """The employer they state has another number in its name."""
    return ~pairs.numbers & ~pairs.equal


def other_legal_form(pairs: NamePairs) -> Bools:
    """The employer they state has another legal form."""
    return pairs.forms


@dataclass(frozen=True, slots=True)
class _Stated:
    """Distinct stated employers, each taken apart once; positions are those of the index, or -1.

    keys:   the words without blanks.      listed: who has that key.
    forms:  the legal form, "" for none.   digits: the digits in the name.
    short:  who has the name's initials as a name.      long: who has the name as initials.
    """

    cores: pa.Array
    keys: np.ndarray
    listed: np.ndarray
    forms: np.ndarray
    digits: np.ndarray
    short: np.ndarray
    long: np.ndarray
    words: Worded

    @classmethod
    def of(cls, names: Sequence[str], index: CompanyIndex) -> _Stated:
        """Take the names apart, all at once."""
        texts = as_texts(names)
        cores = pc.replace_substring_regex(texts, f"{SEPARATOR}.*$", "")
        keys = plain_names(cores).joined("")
        return cls(
            cores,
            as_objects(keys),
            index.name_keys.positions(keys),
            as_objects(behind_last(texts, SEPARATOR.encode())),
            as_objects(all_digits(cores)),
            index.name_keys.positions(all_initials(cores)),
            index.acronyms.positions(keys),
            index.words.read(cores),
        )


@dataclass(frozen=True, slots=True)
class NameField:
    """Stated employers.

    own:     what the names themselves propose.
    words:   how the words of these pairs answer one another.
    nearest: how near the nearest of these comes to each name, from 0 to 1.
    """

    codes: np.ndarray
    index: CompanyIndex
    stated: _Stated
    own: Pairs
    words: Alignment
    nearest: np.ndarray

    @classmethod
    def prepare(cls, keys: PersonKeys, index: CompanyIndex) -> NameField:
        """Take each distinct name apart and look up who is called so."""
        stated = _Stated.of(keys.name.values, index)
        own = distinct_pairs(list(_candidates(stated, index)), len(index))
        words = _words(own, stated, index)
        nearest = np.zeros(len(stated.cores))
        np.maximum.at(nearest, own.left, 1 - _apart(words))
        return cls(keys.name.codes, index, stated, own, words, nearest)

    def candidates(self) -> tuple[Pairs, ...]:
        """Propose who has the name or the initials; else, who has a name that looks like it."""
        return (self.own,)

    def facts(self, pairs: Pairs) -> NamePairs:
        """Return how the two names compare."""
        at, company = pairs
        stated, index = self.stated, self.index
        mine, theirs = stated.keys[at], index.keys[company]
        equal = bears(index.name_keys, stated.listed[at], company)
        both_stated: Bools = (stated.forms[at] != "") & (index.forms[company] != "")
        own, other = _lengths(mine), _lengths(theirs)
        prefix = cpdist(mine.tolist(), theirs.tolist(), scorer=Prefix.similarity, dtype=np.int32)
        words = self._words(pairs)
        return NamePairs(
            equal=equal,
            spelling=_likeness(mine, theirs),
            beginning=prefix / np.maximum(np.minimum(own, other), 1),
            shorter=(prefix == own) & (own >= _SHORTEST_CUT),
            longer=(prefix == other) & (other >= _SHORTEST_CUT),
            initials=bears(index.acronyms, stated.long[at], company)
            | bears(index.name_keys, stated.short[at], company),
            numbers=stated.digits[at] == index.digits[company],
            words=words,
            single=np.diff(stated.words.starts)[at] == 1,
            elsewhere=(stated.listed[at] >= 0) & ~equal,
            nearer=np.maximum(self.nearest[at] - (1 - _apart(words)), 0),
            forms=both_stated & (stated.forms[at] != index.forms[company]),
        )

    def _words(self, pairs: Pairs) -> Alignment:
        """Return how the words answer one another, looked at anew only where others proposed."""
        width = len(self.index)
        known = self.own.left * width + self.own.company
        asked = pairs.left * width + pairs.company
        at = np.searchsorted(known, asked)
        seen = np.append(known, -1)[at] == asked
        others = Pairs(pairs.left[~seen], pairs.company[~seen])
        return laid_out(
            (seen, self.words.take(at[seen])), (~seen, _words(others, self.stated, self.index))
        )


def _candidates(stated: _Stated, index: CompanyIndex) -> Iterator[Pairs]:
    largest = index.rulebook.largest_block
    yield index.name_keys.spread(stated.listed, largest=largest)
    yield index.acronyms.spread(stated.long, largest=largest)
    yield index.name_keys.spread(stated.short, largest=largest)
    # Who has the very name needs no search for those who have nearly the same; who has words that
    # all companies write alike, none by letters.
    unknown = stated.listed < 0
    yield index.alike.nearest(stated.words, np.flatnonzero(unknown))
    strange = np.flatnonzero(unknown & stated.words.has_unknown())
    spelled = index.search.nearest(stated.cores.take(pa.array(strange)))
    yield Pairs(strange[spelled.left], spelled.company)


def _words(pairs: Pairs, stated: _Stated, index: CompanyIndex) -> Alignment:
    """Return how the words answer one another; where the names are the same, all do."""
    other = ~bears(index.name_keys, stated.listed[pairs.left], pairs.company)
    unlike = Pairs(pairs.left[other], pairs.company[other])
    return laid_out((other, align(unlike, stated.words, index.words.companies)))


def _apart(words: Alignment) -> Floats:
    return (words.added + words.missing) / 2


def _likeness(mine: np.ndarray, theirs: np.ndarray) -> Floats:
    alike: Floats = cpdist(
        mine.tolist(), theirs.tolist(), scorer=Indel.normalized_similarity, dtype=np.float64
    )
    return alike


def _lengths(texts: np.ndarray) -> np.ndarray:
    return np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
