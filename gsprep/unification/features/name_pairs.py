"""Facts of a stated employer and a company, and the comparisons of names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gsprep.unification.pairs import Bools, Floats
    from gsprep.unification.search.nearest import Alignment

# Less alike letter by letter than this is not alike at all.
_ALIKE_FROM = 0.5
# What makes it another company's name; "bank", "group" and "and" have less in most lists.
_OTHER_FROM = 0.6


@dataclass(frozen=True, slots=True)
class NamePairs:
    """Facts of a stated employer and a company."""

    equal: Bools  # the names are the same, apart from legal form and blanks
    spelling: Floats  # how alike the two are letter by letter, from 0 to 1
    beginning: Floats  # how much of the shorter the longer begins with, from 0 to 1
    shorter: Bools  # the stated name is a beginning of the company's name
    cut: Bools  # one is a beginning of the other, which goes on for three letters or more
    initials: Bools  # one is the initials of the other, or of its first words with the rest
    letters: Floats  # the number of letters of the shorter, as a share of many initials
    numbers: Bools  # the numbers in both are the same
    words: Alignment  # how the words of the two correspond
    single: Bools  # the stated name is one word
    elsewhere: Bools  # another company has exactly the stated name
    forms: Bools  # both state a legal form, and they differ
    nearer: Floats  # how much nearer the nearest company's name is, from 0 to 1
    crowd: Floats  # how many companies' names begin with this one's first word, from 0 to 1
    abroad: Bools  # both names have a country as a word, and not the same one
    bare: Bools  # the company's name is one word, and the stated name has more
    # the stated name has more words after its first that are no place, department or legal form
    further: Bools
    # several companies' names have all words of the stated name, or organisations of every place
    several: Bools
    body: Bools  # only words that make a public body differ
    domain: Bools  # the stated name is the label of a domain that the company lists


def same_name(pairs: NamePairs) -> Bools:
    """The employer they state has this company's name."""
    return pairs.equal


def name_as_domain(pairs: NamePairs) -> Bools:
    """The employer they state is a domain that this company lists, without its ending."""
    return pairs.domain & ~pairs.equal


def spelled_alike(pairs: NamePairs) -> Floats:
    """The employer they state is spelled like this company's name."""
    likeness = np.clip((pairs.spelling - _ALIKE_FROM) / (1 - _ALIKE_FROM), 0, 1)
    return np.where(pairs.equal | pairs.domain, 0, likeness)


def begins_alike(pairs: NamePairs) -> Floats:
    """The employer they state begins with the same letters as this company's name."""
    return np.where(pairs.equal | pairs.domain, 0, pairs.beginning)


def cut_short(pairs: NamePairs) -> Bools:
    """Of the employer they state and this company's name, one is the other cut within a word."""
    # A word that ends where the name was cut has no other like it.
    within: Bools = np.minimum(pairs.words.added, pairs.words.missing) > 0
    return pairs.cut & within & ~pairs.equal & ~pairs.domain


def first_word(pairs: NamePairs) -> Floats:
    """The employer they state begins with the same word as this company's name."""
    return np.where(pairs.equal | pairs.domain, 0, pairs.words.first)


def initials(pairs: NamePairs) -> Floats:
    """The employer they state is this company's name as initials, or the other way round."""
    return np.where(pairs.initials & ~pairs.equal & ~pairs.domain, pairs.letters, 0)


def words_added(pairs: NamePairs) -> Floats:
    """The employer they state has words that this company's name lacks."""
    return np.where(pairs.initials, 0, pairs.words.added)


def words_missing(pairs: NamePairs) -> Floats:
    """The employer they state lacks words of this company's name."""
    return np.where(pairs.initials, 0, pairs.words.missing)


def rare_words_differ(pairs: NamePairs) -> Floats:
    """The employer they state and this company's name each have a distinctive word of their own."""
    return np.where(pairs.initials, 0, np.minimum(pairs.words.rare_added, pairs.words.rare_missing))


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
    """The employer they state begins with this company's only word and has more words."""
    # With words for places, departments and legal forms it is the same company.
    more: Bools = pairs.bare & pairs.further & ~pairs.equal & ~pairs.initials
    return np.where(more, pairs.words.first, 0)


def further_words(pairs: NamePairs) -> Floats:
    """The employer they state has all words of this company's name, and others of its own."""
    # Words for places, departments and legal forms are none of its own.
    whole: Bools = (pairs.words.rare_missing == 0) & (pairs.words.first > 0) & ~pairs.equal
    whole &= pairs.further & ~pairs.bare & (pairs.words.rare_added > _OTHER_FROM)
    return np.where(whole, pairs.words.rare_added, 0)


def word_before(pairs: NamePairs) -> Floats:
    """Only one of the employer they state and this company's name has a word before others."""
    heavy = (pairs.words.before > _OTHER_FROM) & ~pairs.equal & ~pairs.initials
    return np.where(heavy, pairs.words.before, 0)


def words_of_several(pairs: NamePairs) -> Bools:
    """The employer they state is words that the names of several companies have."""
    return pairs.several & ~pairs.domain


def other_public_body(pairs: NamePairs) -> Bools:
    """Of the employer they state and this company's name, only what kind of body it is differs."""
    return pairs.body & ~pairs.equal


def other_legal_form(pairs: NamePairs) -> Bools:
    """The employer they state has another legal form."""
    return pairs.forms


# The comparisons of names, in the order in which a reviewer reads them.
COMPARISONS = (
    same_name, name_as_domain, spelled_alike, begins_alike, cut_short,
    first_word, initials, words_added, words_missing, rare_words_differ, single_word,
    nearer_relative, relatives_name, relatives_short_name, many_begin_alike,
    more_than_its_name, further_words, word_before, words_of_several, other_number,
    other_word, other_country_in_name, other_public_body, other_legal_form,
)  # fmt: skip
