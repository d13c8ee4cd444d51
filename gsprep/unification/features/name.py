"""Company name: of the stated employer and of the company."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
from rapidfuzz.distance import Indel, Prefix
from rapidfuzz.process import cpdist

from gsprep.unification.features.name_index import NameIndex, Stated, name_index
from gsprep.unification.index import Feature, Values
from gsprep.unification.keys import where
from gsprep.unification.pairs import Bools, Floats, Grouped, Pairs, distinct_pairs, grouped
from gsprep.unification.search.alignment import Alignment, align
from gsprep.unification.search.scripts import Common, words_in
from gsprep.unification.search.words import NameWords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import StatedEmployers

# Less alike letter by letter than this is not alike at all.
_ALIKE_FROM = 0.5
# A beginning of fewer letters is a word, not a name cut short.
_SHORTEST_CUT = 6
# A word of more than this weight tells companies apart.
_DISTINCTIVE = 0.5


@dataclass(frozen=True, slots=True)
class NamePairs:
    """Facts of a stated employer and a company."""

    equal: Bools  # the names are the same, apart from legal form and blanks
    spelling: Floats  # how alike the two are letter by letter, from 0 to 1
    beginning: Floats  # how much of the shorter the longer begins with, from 0 to 1
    shorter: Bools  # the stated name is a beginning of the company's name
    longer: Bools  # the company's name is a beginning of the stated name
    initials: Bools  # one is the initials of the other
    numbers: Bools  # the numbers in both are the same
    words: Alignment  # how the words of the two correspond
    single: Bools  # the stated name is one word
    elsewhere: Bools  # another company has exactly the stated name
    forms: Bools  # both state a legal form, and they differ
    nearer: Floats  # how much nearer the nearest company's name is, from 0 to 1
    crowd: Floats  # how many companies' names begin with this one's first word, from 0 to 1
    abroad: Bools  # both names have a country as a word, and not the same one
    bare: Bools  # the company's name is one word, and the stated name has more
    # the stated name has a word after its first that is no place, department or legal form
    further: Bools
    domain: Bools  # the stated name is the label of a domain that the company lists


def same_name(pairs: NamePairs) -> Bools:
    """The employer they state has this company's name."""
    return pairs.equal


def same_words(pairs: NamePairs) -> Bools:
    """The employer they state is this company's name with words shortened or misspelt."""
    heaviest = np.maximum(pairs.words.rare_added, pairs.words.rare_missing)
    # One word a letter apart is as often another brand: Visma and Visa, Nordea and Nordex.
    whole: Bools = (heaviest <= _DISTINCTIVE) & (pairs.words.first > 0) & ~pairs.single
    alike = whole & pairs.numbers & ~pairs.bare & ~other_word(pairs)
    return alike & ~pairs.equal & ~pairs.domain


def name_as_domain(pairs: NamePairs) -> Bools:
    """The employer they state is a domain that this company lists, without its ending."""
    return pairs.domain & ~pairs.equal


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


def other_country_in_name(pairs: NamePairs) -> Bools:
    """The employer they state has another country in its name."""
    return pairs.abroad


def other_word(pairs: NamePairs) -> Bools:
    """The employer they state has a different word, spelled like one of this company's."""
    swapped: Bools = pairs.words.swapped > 0
    return swapped & ~pairs.equal


def many_begin_alike(pairs: NamePairs) -> Floats:
    """The employer they state begins with the same word as the names of many companies."""
    return np.where(pairs.equal, 0, pairs.crowd * pairs.words.first)


def more_than_its_name(pairs: NamePairs) -> Floats:
    """The employer they state begins with this company's only word and has others."""
    # With words for places, departments and legal forms it is the same company.
    more: Bools = pairs.bare & pairs.further & ~pairs.equal & ~pairs.initials
    return np.where(more, pairs.words.first, 0)


def other_legal_form(pairs: NamePairs) -> Bools:
    """The employer they state has another legal form."""
    return pairs.forms


@dataclass(frozen=True, slots=True)
class _Compared:
    """Stated employers compared with companies."""

    index: CompanyIndex
    stated: Stated
    own: Grouped  # the companies that each name itself proposes

    def facts(self, pairs: Pairs) -> NamePairs:
        (at, company), stated, part = pairs, self.stated, self.index.part(NAME)
        common, both = _in_common(pairs, stated, part)
        mine, theirs, count, many = _written(pairs, stated, part, common.partly, both)
        equal, words = stated.listed.has(pairs), _aligned(pairs, stated, part, common.partly, both)
        own, other = stated.lengths[at], part.lengths[company]
        for lengths, names in ((own, mine), (other, theirs)):
            lengths[common.partly] = [len(name) for name in names[common.partly]]
        near = stated.begins[at] == part.begins[company]
        near[common.partly] = True
        begun, domain = np.flatnonzero(near), stated.domain.has(pairs)
        prefix = np.zeros(len(at), dtype=np.int32)
        prefix[begun] = cpdist(
            mine[begun].tolist(), theirs[begun].tolist(), scorer=Prefix.similarity, dtype=np.int32
        )
        spelling = cpdist(
            mine.tolist(), theirs.tolist(), scorer=Indel.normalized_similarity, dtype=np.float64
        )
        found = NamePairs(
            equal=equal,
            spelling=spelling,
            beginning=prefix / np.maximum(np.minimum(own, other), 1),
            shorter=(prefix == own) & (own >= _SHORTEST_CUT),
            longer=(prefix == other) & (other >= _SHORTEST_CUT),
            initials=stated.long.has(pairs) | stated.short.has(pairs),
            numbers=stated.digits[at] == part.digits.codes[company],
            words=words,
            single=(count == 1) & ~domain,
            elsewhere=(stated.listed.count(pairs) > 0) & ~equal,
            nearer=np.maximum(self._nearest(pairs, words) - (1 - _distance(words)), 0),
            crowd=np.where(domain, 0, part.crowds[company]),
            bare=(many == 1) & (count > 1) & ~domain,
            further=stated.further[at],
            domain=domain,
            abroad=_differ(stated.countries[at], part.countries[company]),
            forms=part.forms.differ(stated.forms[at], company),
        )
        _silence(found, common.apart)
        return found

    def _nearest(self, pairs: Pairs, words: Alignment) -> Floats:
        """Return how near the nearest company that the name itself proposes is, from 0 to 1.

        ``words`` is how the words of the pairs correspond, which have most of those companies.
        """
        at, names = pd.factorize(pairs.left)
        own = self.own.to_people(names)
        asked = pd.Index(_numbers(pairs._replace(left=at), len(self.index)))
        places = asked.get_indexer(_numbers(own, len(self.index)))
        others = np.flatnonzero(places < 0)
        left_out = Pairs(names[own.left[others]], own.company[others])
        near = (1 - _distance(words))[places]
        part = self.index.part(NAME)
        common, both = _in_common(left_out, self.stated, part)
        near[others] = 1 - _distance(_aligned(left_out, self.stated, part, common.partly, both))
        nearest = np.zeros(len(names))
        np.maximum.at(nearest, own.left, near)
        return nearest[at]


def _silence(found: NamePairs, apart: Bools) -> None:
    """Let names that share no script say nothing about each other but that one is a domain."""
    at = np.flatnonzero(apart)
    for one in fields(found):
        if one.name == "domain":
            continue
        columns = found.words if one.name == "words" else (getattr(found, one.name),)
        for column in columns:
            column[at] = one.name == "numbers"


# The words of a stated employer and of a company that are compared, for each of some pairs.
_Both = tuple[NameWords, NameWords]


def _in_common(pairs: Pairs, stated: Stated, part: NameIndex) -> tuple[Common, _Both]:
    """Return what the scripts of pairs leave to compare, and the words of those partly compared."""
    common = Common.of(pairs, stated.scripts, part.scripts)
    own = words_in(stated.words, pairs.left[common.partly], common.scripts)
    other = words_in(part.words.companies, pairs.company[common.partly], common.scripts)
    return common, (own, other)


def _written(
    pairs: Pairs, stated: Stated, part: NameIndex, partly: np.ndarray, both: _Both
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the names of each pair as they are compared, and how many words each has.

    Of the pairs at the places ``partly`` only the words ``both`` are compared.
    """
    mine, theirs = stated.cores[pairs.left], part.cores[pairs.company]
    count = _lengths(stated.words)[pairs.left]
    many = _lengths(part.words.companies)[pairs.company]
    for names, counts, words in zip((mine, theirs), (count, many), both, strict=True):
        names[partly] = [
            "".join(words.texts[words.codes[first:behind]])
            for first, behind in pairwise(words.starts.tolist())
        ]
        counts[partly] = _lengths(words)
    return mine, theirs, count, many


def _aligned(
    pairs: Pairs, stated: Stated, part: NameIndex, partly: np.ndarray, both: _Both
) -> Alignment:
    """Return how the words correspond; see ``_written``.

    Those of equal names all do, and none count against a company whose domain is the name.
    """
    found = align(pairs, stated.words, part.words.companies, ~stated.listed.has(pairs))
    if len(partly):
        each = np.arange(len(partly))
        shared = align(Pairs(each, each), *both, np.ones(len(partly), dtype=bool))
        for column, values in zip(found, shared, strict=True):
            column[partly] = values
    domain = stated.domain.has(pairs)
    for column in (found.added, found.missing, found.rare_added, found.rare_missing, found.swapped):
        column[domain] = 0
    return found


def _numbers(pairs: Pairs, companies: int) -> np.ndarray:
    """Return each pair as one number, ascending as the pairs are."""
    numbers: np.ndarray = pairs.left * companies + pairs.company
    return numbers


def _lengths(words: NameWords) -> np.ndarray:
    """Return the number of words of each name."""
    return np.diff(words.starts)


def _differ(one: np.ndarray, two: np.ndarray) -> Bools:
    """Return whether two numbers are both known and differ."""
    different: Bools = (one >= 0) & (two >= 0) & (one != two)
    return different


def _distance(words: Alignment) -> Floats:
    return (words.added + words.missing) / 2


def _proposed(stated: Stated, index: CompanyIndex) -> Iterator[Pairs]:
    """Yield companies with the name or the initials; without any, those spelled like it."""
    part = index.part(NAME)
    yield from index.proposed_by(stated.listed, stated.domain, stated.long, stated.short)
    # A name that a company has needs no search for names that are nearly the same, and one whose
    # words all are words of companies needs no search by letters.
    unknown = stated.listed.at < 0
    yield part.by_words.nearest(stated.words, np.flatnonzero(unknown))
    strange = np.flatnonzero(unknown & stated.words.has_unknown())
    shortened = part.beginnings.look_up(where(stated.words.beginnings(), unknown))
    yield from index.proposed_by(shortened)
    spelled = part.by_triples.nearest(stated.names.take(pa.array(strange)))
    yield Pairs(strange[spelled.left], spelled.company)


def _look_up(key: StatedEmployers, index: CompanyIndex) -> Values:
    stated = Stated.of(key, index.part(NAME))
    own = distinct_pairs(list(_proposed(stated, index)), len(index))
    apart = Common.of(own, stated.scripts, index.part(NAME).scripts).apart
    kept = ~apart | stated.domain.has(own)
    own = Pairs(own.left[kept], own.company[kept])
    return Values(key.codes, (own,), _Compared(index, stated, grouped(own, key.codes)).facts)


NAME = Feature(
    "name",
    (
        same_name, name_as_domain, same_words, spelled_alike, begins_alike, cut_short, written_on,
        first_word, initials, words_added, words_missing, rare_words_differ, single_word,
        nearer_relative, relatives_name, relatives_short_name, many_begin_alike,
        more_than_its_name, other_number, other_word, other_country_in_name, other_legal_form,
    ),
    lambda people: people.spelled_employers,
    _look_up,
    name_index,
    costly=True,
)  # fmt: skip
