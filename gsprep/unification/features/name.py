"""Company name: of the stated employer and of the company."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import Indel, Prefix
from rapidfuzz.process import cpdist

from gsprep.shipped import shipped_words
from gsprep.unification.features.name_pairs import COMPARISONS, NamePairs
from gsprep.unification.index import Feature, Values
from gsprep.unification.keys import where
from gsprep.unification.pairs import (
    Bools,
    CodedColumn,
    Floats,
    Grouped,
    InvertedIndex,
    Lookup,
    Pairs,
    coded,
    distinct_pairs,
    grouped,
    invert_column,
)
from gsprep.unification.search.nearest import (
    Alignment,
    TripleSearch,
    WordSearch,
    align,
    begin_alike,
    triple_search,
    word_search,
)
from gsprep.unification.search.words import (
    OF_UNIVERSITY,
    UNIVERSITY,
    Bodies,
    Common,
    NameWords,
    Scripts,
    Vocabulary,
    count_further,
    learn_vocabulary,
    words_in,
)
from gsprep.values.arrow import (
    as_mask,
    as_objects,
    behind_last,
    bytes_of,
    counted_before,
    joined,
    lengths_of,
    matches,
)
from gsprep.values.company_name import (
    SEPARATOR,
    all_acronyms,
    all_digits,
    all_initials,
    plain_names,
    turned_names,
    without_first,
)
from gsprep.values.name_tokens import all_with_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies, StatedEmployers
    from gsprep.values.name_tokens import WordLists

# A beginning of fewer letters is a word, not a name cut short.
_SHORTEST_CUT = 6
# So many initials are hardly another company's.
_MANY_INITIALS = 5
# A name with as many letters more has another ending: Acme Rocket and Acme Rockets. Of a short one
# that is a third: Box and Boxed.
_ENDING, _ENDING_OF_SHORT = 2, 3
# Legal forms that may be the end of a name.
_PART_OF_NAME = f"^[^{SEPARATOR}]*{SEPARATOR}(?:corp|co)$"
# The second spelling of a stated employer, between the first and the legal form.
_SPELLED = f"^.*{SEPARATOR}(.*){SEPARATOR}.*$"


class NameIndex(NamedTuple):
    """The companies by their names."""

    cores: np.ndarray  # the names without legal form and blanks, by position
    bare: np.ndarray  # the same, with words as they are written: not university for universite
    names: InvertedIndex  # the same, as an index
    initials: InvertedIndex  # the acronyms of the names
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
    bodies: Bodies  # the names by the public body they are of
    further: np.ndarray  # how many words of its own each name has after the first
    by_words: WordSearch  # finds names with the same words
    by_triples: TripleSearch  # finds names with the same letters


class _Stated(NamedTuple):
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
    further: np.ndarray  # how many words after the first are no place, department or legal form
    countries: np.ndarray  # the number of the country in each name, -1 for none
    general: Bools  # whether every place has organisations with these words
    scripts: Scripts
    bodies: Bodies

    @classmethod
    def of(cls, employers: StatedEmployers, part: NameIndex) -> _Stated:
        """Look up employers by their names and legal forms, and a second spelling in between."""
        names, cores = employers.names, employers.cores
        words = part.words.encoded(employers.words)
        listed, short = _named(part.names, employers)
        return cls(
            names,
            as_objects(cores),
            pc.utf8_length(cores).to_numpy(),
            _first_bytes(cores),
            listed=listed,
            domain=_labels(part.labels, employers, listed, words),
            forms=part.forms.look_up(_forms(behind_last(employers.keys, SEPARATOR.encode()))),
            digits=part.digits.look_up(all_digits(names)),
            short=short,
            long=part.initials.look_up(cores),
            words=words,
            further=count_further(words),
            countries=_countries(words),
            general=words.all_are(words.kinds.general),
            scripts=words.scripts(),
            bodies=Bodies.of(words),
        )


def _without_countries(words: NameWords) -> pa.Array:
    """Return the names that have countries as words without these, null for others."""
    own = words.kinds.country[words.codes] < 0
    starts = counted_before(own)[words.starts].tolist()
    named, codes = _countries(words) >= 0, words.codes[own]
    texts = np.full(len(named), None, dtype=object)
    for at in np.flatnonzero(named).tolist():
        texts[at] = "".join(words.texts[codes[starts[at] : starts[at + 1]]]) or None
    return pa.array(texts, pa.large_string())


def _countries(words: NameWords) -> np.ndarray:
    """Return the number of the last country that each name has as a word, -1 for none."""
    of_word = words.kinds.country[words.codes]
    named = np.flatnonzero(of_word >= 0)
    found = np.full(len(words.starts) - 1, -1)
    found[np.searchsorted(words.starts, named, side="right") - 1] = of_word[named]
    return found


def _named(names: InvertedIndex, employers: StatedEmployers) -> tuple[Lookup, Lookup]:
    """Look up employers, and their initials, as names of companies.

    One that no company has counts as it is spelled, mueller for Müller, or turned: Leeds University
    for University of Leeds.
    """
    keys, asked = employers.keys, [employers.cores, all_initials(employers.names)]
    several = np.flatnonzero(as_mask(pc.greater(pc.count_substring(keys, SEPARATOR), 1)))
    if len(several):
        spelled = pc.replace_substring_regex(keys.take(pa.array(several)), _SPELLED, r"\1")
        asked.append(plain_names(all_with_numbers(spelled)).joined(""))
    found = names.positions(pa.concat_arrays(asked))
    at, initials, others = np.split(found, [len(keys), 2 * len(keys)])
    at[several] = np.where(at[several] < 0, others, at[several])
    # Hashi Corp is HashiCorp, Inc., and Pepsi Co is PepsiCo.
    unknown = np.flatnonzero((at < 0) & matches(keys, _PART_OF_NAME))
    whole = pc.replace_substring_regex(keys.take(pa.array(unknown)), f"[ {SEPARATOR}]", "")
    at[unknown] = names.positions(whole)
    behind, turned = turned_names(employers.words)
    at[behind] = np.where(at[behind] < 0, names.positions(turned), at[behind])
    return Lookup(names, at), Lookup(names, initials)


def _labels(
    labels: InvertedIndex, employers: StatedEmployers, listed: Lookup, words: NameWords
) -> Lookup:
    """Look up names that no company has as labels.

    Also without "and" or a country, Google Germany, and mueller for Müller.
    """
    unknown = np.flatnonzero(listed.at < 0)
    names, keys = (one.take(pa.array(unknown)) for one in (employers.names, employers.keys))
    spelled = pc.replace_substring_regex(keys, _SPELLED, r"\1")
    bare = _without_countries(words).take(pa.array(unknown))
    ways = (names, pc.replace_substring_regex(names, r"\band\b", ""), spelled, bare)
    found = labels.positions(pc.replace_substring(pa.concat_arrays(ways), " ", ""))
    at = np.full(len(employers.names), -1)
    for one in reversed(np.split(found, len(ways))):
        at[unknown] = np.where(one < 0, at[unknown], one)
    return Lookup(labels, at)


@dataclass(frozen=True, slots=True)
class _Compared:
    """Stated employers compared with companies."""

    index: CompanyIndex
    stated: _Stated
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
        nearest, several = self._among_own(pairs, words)
        shorter = np.minimum(own, other)
        most = np.minimum(shorter / _ENDING_OF_SHORT, _ENDING)
        found = NamePairs(
            equal=equal,
            spelling=spelling,
            beginning=prefix / np.maximum(shorter, 1),
            shorter=(prefix == own) & (own >= _SHORTEST_CUT),
            cut=(prefix == shorter) & (np.abs(own - other) > most),
            initials=stated.long.has(pairs) | stated.short.has(pairs),
            letters=np.minimum(shorter / _MANY_INITIALS, 1),
            numbers=stated.digits[at] == part.digits.codes[company],
            words=words,
            single=(count == 1) & ~domain,
            elsewhere=(stated.listed.count(pairs) > 0) & ~equal,
            nearer=np.maximum(nearest - (1 - _distance(words)), 0),
            crowd=np.where(domain, 0, part.crowds[company]),
            bare=(many == 1) & (count > 1) & ~domain,
            further=stated.further[at] > part.further[company],
            several=(several & ~equal) | stated.general[at],
            body=_of_other_body(pairs, stated, part),
            domain=domain,
            abroad=_differ(stated.countries[at], part.countries[company]),
            forms=part.forms.differ(stated.forms[at], company),
        )
        _silence(found, common.apart)
        return found

    def _among_own(self, pairs: Pairs, words: Alignment) -> tuple[Floats, Bools]:
        """Return how near the nearest company is that each name itself proposes, from 0 to 1.

        And whether several of these have all its words. ``words`` is how the words of the pairs
        correspond, which have most of those companies.
        """
        at, names = pd.factorize(pairs.left)
        own = self.own.to_people(names)
        asked = pd.Index(_numbers(pairs._replace(left=at), len(self.index)))
        places = asked.get_indexer(_numbers(own, len(self.index)))
        others = np.flatnonzero(places < 0)
        left_out = Pairs(names[own.left[others]], own.company[others])
        part = self.index.part(NAME)
        common, both = _in_common(left_out, self.stated, part)
        found = _aligned(left_out, self.stated, part, common.partly, both)
        near, added = (1 - _distance(words))[places], words.added[places]
        near[others], added[others] = 1 - _distance(found), found.added
        nearest = np.zeros(len(names))
        np.maximum.at(nearest, own.left, near)
        whole = np.bincount(own.left[added == 0], minlength=len(names))
        return nearest[at], (whole > 1)[at]


def _of_other_body(pairs: Pairs, stated: _Stated, part: NameIndex) -> Bools:
    """Return the pairs of names that are the same but for words that make a public body.

    Orange and Orange County, Salem County and City of Salem; Duke University and its hospital.
    """
    (at, company), mine, theirs = pairs, stated.bodies, part.bodies
    one, two = mine.kinds[at], theirs.kinds[company]
    maybe: Bools = ((one | two) % UNIVERSITY != 0) & ((one & two) % UNIVERSITY == 0)
    maybe |= ((one ^ two) >= OF_UNIVERSITY) & ((one | two) & UNIVERSITY > 0)
    maybe &= (mine.others[at] == theirs.others[company]) & (mine.others[at] > 0)
    return maybe


def _silence(found: NamePairs, apart: Bools) -> None:
    """Let names that share no script say nothing about each other.

    But one may be a domain, or the same in other letters: Газпром and Gazprom.
    """
    at = np.flatnonzero(apart)
    for one in fields(found):
        if one.name in {"domain", "equal"}:
            continue
        columns = found.words if one.name == "words" else (getattr(found, one.name),)
        for column in columns:
            column[at] = one.name == "numbers"


# The words of a stated employer and of a company that are compared, for each of some pairs.
_Both = tuple[NameWords, NameWords]


def _in_common(pairs: Pairs, stated: _Stated, part: NameIndex) -> tuple[Common, _Both]:
    """Return what the scripts of pairs leave to compare, and the words of those partly compared."""
    common = Common.of(pairs, stated.scripts, part.scripts)
    own = words_in(stated.words, pairs.left[common.partly], common.scripts)
    other = words_in(part.words.companies, pairs.company[common.partly], common.scripts)
    return common, (own, other)


def _written(
    pairs: Pairs, stated: _Stated, part: NameIndex, partly: np.ndarray, both: _Both
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the names of each pair as they are compared, and how many words each has.

    Of the pairs at the places ``partly`` only the words ``both`` are compared.
    """
    mine, theirs = stated.cores[pairs.left], part.cores[pairs.company]
    count = np.diff(stated.words.starts)[pairs.left]
    many = np.diff(part.words.companies.starts)[pairs.company]
    for names, counts, words in zip((mine, theirs), (count, many), both, strict=True):
        names[partly] = [
            "".join(words.texts[words.codes[first:behind]])
            for first, behind in pairwise(words.starts.tolist())
        ]
        counts[partly] = np.diff(words.starts)
    return mine, theirs, count, many


def _aligned(
    pairs: Pairs, stated: _Stated, part: NameIndex, partly: np.ndarray, both: _Both
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
    for name, column in found._asdict().items():
        if name != "first":
            column[domain] = 0
    return found


def _numbers(pairs: Pairs, companies: int) -> np.ndarray:
    """Return each pair as one number, ascending as the pairs are."""
    return pairs.left * companies + pairs.company


def _differ(one: np.ndarray, two: np.ndarray) -> Bools:
    """Return whether two numbers are both known and differ."""
    return (one >= 0) & (two >= 0) & (one != two)


def _distance(words: Alignment) -> Floats:
    return (words.added + words.missing) / 2


def _proposed(stated: _Stated, index: CompanyIndex) -> Iterator[Pairs]:
    """Yield companies with the name or the initials; without any, those spelled like it."""
    part = index.part(NAME)
    yield from index.proposed_by(stated.listed, stated.domain, stated.long, stated.short)
    # A name that a company has needs no search for names that are nearly the same, and one whose
    # words all are words of companies needs no search by letters.
    unknown = stated.listed.at < 0
    yield part.by_words.nearest(stated.words, np.flatnonzero(unknown))
    strange = np.flatnonzero(unknown & stated.words.has_unknown())
    shortened = part.beginnings.look_up(where(stated.words.beginnings(), unknown))
    (begun,) = index.proposed_by(shortened)
    # Of one in ten the first word is the other's, shortened or misspelt.
    alike = begin_alike(begun, stated.words, part.words.companies)
    yield Pairs(begun.left[alike], begun.company[alike])
    spelled = part.by_triples.nearest(stated.names.take(pa.array(strange)))
    yield Pairs(strange[spelled.left], spelled.company)


def _look_up(key: StatedEmployers, index: CompanyIndex) -> Values:
    stated = _Stated.of(key, index.part(NAME))
    own = distinct_pairs(list(_proposed(stated, index)), len(index))
    apart = Common.of(own, stated.scripts, index.part(NAME).scripts).apart
    kept = ~apart | stated.domain.has(own) | stated.listed.has(own)
    own = Pairs(own.left[kept], own.company[kept])
    return Values(key.codes, (own,), _Compared(index, stated, grouped(own, key.codes)).facts)


def _first_bytes(texts: pa.Array) -> np.ndarray:
    """Return the first byte of each text; any for an empty one."""
    starts, data = bytes_of(texts)
    return np.append(data, np.uint8(0))[starts[:-1]]


def _forms(texts: pa.Array) -> pa.Array:
    """Return legal forms, null for none and for "company", which is a word for any."""
    return where(texts, (lengths_of(texts) > 0) & ~as_mask(pc.equal(texts, "co")))


def _labels_of(companies: Companies, words: WordLists) -> InvertedIndex:
    """Return the index of the labels of listed domains.

    Also before and behind what the company is, if its name says so: ANZ Bank, Bank BRI.
    """
    hosts, kinds = companies.hosts, shipped_words("with_domain")
    # Whose a part of a domain is, its label does not say.
    labels = where(hosts.labels, as_mask(pc.equal(hosts.texts, hosts.registered)))
    is_kind = as_mask(pc.is_in(words.words, value_set=pa.array(kinds, pa.large_string())))
    said = np.flatnonzero(is_kind[words.codes])
    of_name = pd.Series(said, index=words.of_text()[said])
    both = of_name[~of_name.index.duplicated()].reindex(hosts.company).dropna().astype("int64")
    at = np.flatnonzero(np.isin(hosts.company, both.index))
    kind, label = words.words.take(pa.array(words.codes[both])), labels.take(pa.array(at))
    texts = pa.concat_arrays([labels, joined(label, kind), joined(kind, label)])
    return invert_column(texts, np.concatenate([hosts.company, *[hosts.company[at]] * 2]))


def _index(companies: Companies) -> NameIndex:
    names, at = all_with_numbers(companies.names.core), np.arange(len(companies))
    of_acronym, acronyms = all_acronyms(names)
    cores, words = plain_names(names).joined(""), learn_vocabulary(names)
    spelled_at, spelled = companies.name_spellings
    spellings = plain_names(all_with_numbers(spelled)).joined("")
    places, ways = zip(
        *(way(plain_names(names)) for way in (turned_names, without_first)), strict=True
    )
    behind, turned = np.concatenate(places), pa.concat_arrays(ways)
    # Not if it is another's: University of Miami and Miami University.
    other = np.flatnonzero(~as_mask(pc.is_in(turned, value_set=spellings)))
    spellings = pa.concat_arrays([spellings, turned.take(pa.array(other))])
    spelled_at = np.concatenate([spelled_at, behind[other]])
    return NameIndex(
        cores=as_objects(cores),
        bare=as_objects(pc.replace_substring(names, " ", "")),
        lengths=pc.utf8_length(cores).to_numpy(),
        begins=_first_bytes(cores),
        names=invert_column(spellings, spelled_at),
        labels=_labels_of(companies, plain_names(names)),
        initials=invert_column(acronyms, of_acronym),
        beginnings=invert_column(words.companies.beginnings(), at),
        digits=coded(all_digits(names)),
        forms=coded(_forms(companies.names.legal_form)),
        countries=_countries(words.companies),
        crowds=words.crowds(),
        words=words,
        scripts=words.companies.scripts(),
        bodies=Bodies.of(words.companies),
        further=count_further(words.companies),
        by_words=word_search(words.companies),
        by_triples=triple_search(names),
    )


NAME = Feature(
    "name",
    COMPARISONS,
    lambda people: people.spelled_employers,
    _look_up,
    _index,
    costly=True,
)
