"""Names of companies as an index, and stated employers looked up in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.inverted_index import (
    CodedColumn,
    InvertedIndex,
    Lookup,
    coded,
    invert_column,
)
from gsprep.unification.keys import where
from gsprep.unification.search.nearest import TripleSearch, WordSearch, triple_search, word_search
from gsprep.unification.search.words import NameWords, Vocabulary, have_further, learn_vocabulary
from gsprep.values.arrow import as_mask, as_objects, behind_last, bytes_of, lengths_of
from gsprep.values.company_name import SEPARATOR, all_digits, all_initials, plain_names
from gsprep.values.name_tokens import all_with_numbers

if TYPE_CHECKING:
    from gsprep.unification.keys import Companies, StatedEmployers
    from gsprep.unification.pairs import Bools
    from gsprep.unification.search.scripts import Scripts

# The second spelling of a stated employer, between the first and the legal form.
_SPELLED = f"^.*{SEPARATOR}(.*){SEPARATOR}.*$"


class NameIndex(NamedTuple):
    """The companies by their names."""

    cores: np.ndarray  # the names without legal form and blanks, by position
    names: InvertedIndex  # the same, as an index
    initials: InvertedIndex  # the initials of the names
    beginnings: InvertedIndex  # the beginnings of the first two words of the names
    lengths: np.ndarray  # the number of letters of each core
    begins: np.ndarray  # the first byte of each core
    labels: InvertedIndex  # the labels of the domains that companies list
    digits: CodedColumn  # the digits in each name
    forms: CodedColumn  # the legal form of each, if it has one
    countries: np.ndarray  # the number of the country in each name, -1 for none
    crowds: np.ndarray  # how many names begin with the first word of each, from 0 to 1
    words: Vocabulary  # the words of all names and their weights
    scripts: Scripts  # the scripts of the names
    by_words: WordSearch  # finds names with the same words
    by_triples: TripleSearch  # finds names with the same letters


class Stated(NamedTuple):
    """Distinct stated employers, looked up in the name index."""

    names: pa.Array  # without legal form
    cores: np.ndarray  # without legal form and blanks
    lengths: np.ndarray  # the number of letters of the core
    begins: np.ndarray  # the first byte of the core
    listed: Lookup  # companies with that name
    domain: Lookup  # companies that list a domain with that label
    forms: np.ndarray  # the legal form, as a code of the index
    digits: np.ndarray  # the digits in the name, as a code of the index
    short: Lookup  # companies that have the name's initials as their name
    long: Lookup  # companies that have the name as their initials
    words: NameWords
    further: Bools  # a word after the first is no place, department or legal form
    countries: np.ndarray  # the number of the country in each name, -1 for none
    scripts: Scripts

    @classmethod
    def of(cls, employers: StatedEmployers, part: NameIndex) -> Stated:
        """Look up employers by their names and legal forms, and a second spelling in between."""
        names, cores = employers.names, employers.cores
        words = part.words.encoded(employers.words)
        listed = _listed(part.names, cores, employers.keys)
        return cls(
            names,
            as_objects(cores),
            pc.utf8_length(cores).to_numpy(),
            _first_bytes(cores),
            listed=listed,
            domain=_labels(part.labels, employers, listed),
            forms=part.forms.look_up(_or_null(behind_last(employers.keys, SEPARATOR.encode()))),
            digits=part.digits.look_up(all_digits(names)),
            short=part.names.look_up(all_initials(names)),
            long=part.initials.look_up(cores),
            words=words,
            further=have_further(words),
            countries=_countries(words),
            scripts=words.scripts(),
        )


def _countries(words: NameWords) -> np.ndarray:
    """Return the number of the last country that each name has as a word, -1 for none."""
    of_word = words.kinds.country[words.codes]
    named = np.flatnonzero(of_word >= 0)
    found = np.full(len(words.starts) - 1, -1)
    found[np.searchsorted(words.starts, named, side="right") - 1] = of_word[named]
    return found


def _listed(names: InvertedIndex, cores: pa.Array, texts: pa.Array) -> Lookup:
    """Look up names; one that no company has counts as it is spelled: mueller for Müller."""
    at = names.positions(cores)
    several = as_mask(pc.greater(pc.count_substring(texts, SEPARATOR), 1)) & (at < 0)
    if several.any():
        spelled = pc.replace_substring_regex(texts.filter(pa.array(several)), _SPELLED, r"\1")
        at[several] = names.positions(plain_names(all_with_numbers(spelled)).joined(""))
    return Lookup(names, at)


def _labels(labels: InvertedIndex, employers: StatedEmployers, listed: Lookup) -> Lookup:
    """Look up names that no company has as labels: also without "and", and mueller for Müller."""
    names = employers.names
    spelled = pc.replace_substring_regex(employers.keys, _SPELLED, r"\1")
    at = np.full(len(names), -1)
    for one in (names, pc.replace_substring_regex(names, r"\band\b", ""), spelled):
        found = labels.positions(pc.replace_substring(one, " ", ""))
        at = np.where(at < 0, found, at)
    return Lookup(labels, np.where(listed.at < 0, at, -1))


def _first_bytes(texts: pa.Array) -> np.ndarray:
    """Return the first byte of each text; any for an empty one."""
    starts, data = bytes_of(texts)
    first: np.ndarray = np.append(data, np.uint8(0))[starts[:-1]]
    return first


def _or_null(texts: pa.Array) -> pa.Array:
    """Return the texts, null for an empty one."""
    return where(texts, lengths_of(texts) > 0)


def name_index(companies: Companies) -> NameIndex:
    """Return the index of companies by their names."""
    names, at = all_with_numbers(companies.names.core), np.arange(len(companies))
    hosts = companies.hosts
    whole = as_mask(pc.equal(hosts.texts, hosts.registered))
    cores, words = plain_names(names).joined(""), learn_vocabulary(names)
    spelled_at, spelled = companies.name_spellings
    spellings = plain_names(all_with_numbers(spelled)).joined("")
    return NameIndex(
        cores=as_objects(cores),
        lengths=pc.utf8_length(cores).to_numpy(),
        begins=_first_bytes(cores),
        names=invert_column(spellings, spelled_at),
        # Whose a part of a domain is, its label does not say.
        labels=invert_column(where(hosts.labels, whole), hosts.company),
        initials=invert_column(all_initials(names), at),
        beginnings=invert_column(words.companies.beginnings(), at),
        digits=coded(all_digits(names)),
        forms=coded(_or_null(companies.names.legal_form)),
        countries=_countries(words.companies),
        crowds=words.crowds(),
        words=words,
        scripts=words.companies.scripts(),
        by_words=word_search(words.companies),
        by_triples=triple_search(names),
    )
