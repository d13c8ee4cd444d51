"""Stated employer that the e-mail domain is named after."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from rapidfuzz.distance import Prefix
from rapidfuzz.process import cpdist

from gsprep.unification.features.domain import DOMAIN
from gsprep.unification.features.name import NAME
from gsprep.unification.index import Feature, Values
from gsprep.unification.keys import person_hosts, where
from gsprep.unification.pairs import Lookup, Pairs
from gsprep.unification.search.nearest import align
from gsprep.unification.search.words import Common, Scripts, real_words, without_parts
from gsprep.values.arrow import as_objects, as_texts, bytes_of
from gsprep.values.script import scripts_of_words

if TYPE_CHECKING:
    import pyarrow as pa

    from gsprep.unification.features.domain import DomainIndex
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Hosts, People, StatedEmployers
    from gsprep.unification.pairs import Bools, Counts, Floats

_KINDS = 64
# Fewer letters begin too many names; those of a listed domain are a company's.
_SHORTEST, _SHORTEST_LISTED = 4, 3


@dataclass(frozen=True, slots=True)
class EmployerPairs:
    """Facts of a domain that is named like the stated employer, and a company.

    ``beyond`` and ``all_of_it`` are of a domain that the company lists, the others are of an
    unlisted one.
    """

    stated: Counts  # the number of first letters of the domain's label that the employer has
    listed: Counts  # the number of them that the company's name has
    # whether the label is words of the employer, as in ``City of Salem`` and ``salem.gov``, and
    # is nowhere in the company's name
    other_words: Bools
    # how distinctive a word the employer has that is neither in the label nor in the company's
    # name, from 0 to 1; words for places, departments and legal forms are of the company's parts
    beyond: Floats
    # whether the label is all of the employer's name, and not of the company's
    whole: Bools
    all_of_it: Bools


def domain_of_employer(pairs: EmployerPairs) -> Bools:
    """Their e-mail domain is named like the employer they state, and less like this company."""
    return (pairs.stated > pairs.listed) | pairs.other_words


def employer_beyond_domain(pairs: EmployerPairs) -> Floats:
    """The employer they state is named like the domain, and has words this company's name lacks."""
    return pairs.beyond


def domain_is_employer(pairs: EmployerPairs) -> Bools:
    """Their e-mail domain is exactly the employer they state, and not this company's name."""
    return pairs.whole


def domain_of_part(pairs: EmployerPairs) -> Bools:
    """This company lists their e-mail domain, which is exactly the employer they state."""
    return pairs.all_of_it


class Employers(NamedTuple):
    """E-mail hosts and stated employers of people, each combination once."""

    codes: np.ndarray  # the combination of each person, -1 where one of the two is missing
    hosts: Hosts  # the distinct hosts
    host: np.ndarray  # the position of the host of each combination
    employers: StatedEmployers
    employer: np.ndarray  # the position of the employer of each combination


def _key(people: People) -> Employers:
    at, employers = person_hosts(people), people.employers
    both = np.flatnonzero((at.codes >= 0) & (employers.codes >= 0))
    width = len(employers.keys) + 1
    back, distinct = pd.factorize(at.codes[both] * width + employers.codes[both])
    codes = np.full(len(people), -1)
    codes[both] = back
    return Employers(codes, at.hosts, distinct // width, employers, distinct % width)


def _other_words(label: str, name: str) -> str | None:
    """Return a name without the words of a label; None if the label is not whole words of it.

    >>> [_other_words("newsalem", name) for name in ("city of new salem", "city of new salems")]
    ['city of', None]
    """
    whole = name.replace(" ", "")
    at = whole.find(label)
    if at < 0:
        return None
    words = name.split()
    begins = [0, *accumulate(map(len, words))]
    while at >= 0:
        if at in begins and at + len(label) in begins:
            first, last = begins.index(at), begins.index(at + len(label))
            return " ".join((*words[:first], *words[last:]))
        at = whole.find(label, at + 1)
    return None


def _prefix(labels: np.ndarray, names: np.ndarray) -> Counts:
    """Return the number of first letters that labels and names have in common."""
    return cpdist(labels, names, scorer=Prefix.similarity, dtype=np.int64)


class _Combinations(NamedTuple):
    """Domains and employers that are named alike, one line for each."""

    labels: np.ndarray  # the label of the domain
    stated: Counts  # the number of its first letters that the employer has; 0 if it is listed
    words: Bools  # whether it is unlisted, and later words of the employer
    host: np.ndarray  # the position of a listed domain among the listed ones, -1 for others
    whole: Bools  # whether it is all of the employer's name
    others: np.ndarray  # the words of the employer that are not in the label of a listed domain

    def take(self, at: np.ndarray) -> _Combinations:
        """Return the lines at some places."""
        return _Combinations(*(column[at] for column in self))


def _combinations(key: Employers, index: CompanyIndex) -> tuple[_Combinations, np.ndarray]:
    """Return the combinations that matter, and the position of each among all."""
    part, hosts, names = index.part(DOMAIN), key.hosts, index.part(NAME)
    longest = hosts.longest(part.hosts)
    unlisted = (longest < 0) & (hosts.registered_in(part.registered) < 0)
    kept = np.flatnonzero((hosts.employ & (unlisted | (longest >= 0)))[key.host])
    # A name that a company has is that company's, whatever its words are.
    named = names.names.positions(key.employers.cores) >= 0
    free = unlisted[key.host[kept]]
    kept = kept[free | ~named[key.employer[kept]]]
    employer, host = key.employer[kept], key.host[kept]
    free, cores, texts = unlisted[host], key.employers.bare, pc.fill_null(hosts.labels, "")
    labels, bare = as_objects(texts)[host], as_objects(cores)[employer]
    length = pc.utf8_length(texts).to_numpy()[host]
    stated = np.zeros(len(kept), dtype=np.int64)
    stated[free] = _prefix(labels[free], bare[free])
    long = length >= np.where(free, _SHORTEST, _SHORTEST_LISTED)
    maybe = (_kinds_of_bytes(texts)[host] & ~_kinds_of_bytes(cores)[employer]) == 0
    asked = np.flatnonzero(long & maybe & (stated < length))
    others, are_words = np.full(len(kept), None, dtype=object), np.zeros(len(kept), dtype=bool)
    asked = asked[[label in name for label, name in zip(labels[asked], bare[asked], strict=True)]]
    written = as_objects(key.employers.names)[employer[asked]]
    others[asked] = [_other_words(*both) for both in zip(labels[asked], written, strict=True)]
    are_words[asked] = others[asked].astype(bool)
    whole = labels == bare
    alike = np.flatnonzero((stated >= _SHORTEST) | are_words | (whole & long))
    found = _Combinations(
        labels, stated, are_words & free, np.where(free, -1, longest[host]), whole, others
    )
    return found.take(alike), kept[alike]


def _kinds_of_bytes(texts: pa.Array) -> np.ndarray:
    """Return the kinds of bytes in each text, as bits: a part of a text has no other kinds."""
    starts, data = bytes_of(texts)
    bits = np.left_shift(np.uint64(1), (data % _KINDS).astype(np.uint64))
    kinds = np.bitwise_or.reduceat(np.append(bits, np.uint64(0)), starts[:-1])
    return np.where(starts[1:] > starts[:-1], kinds, 0)


def _called(labels: pa.Array, domains: DomainIndex) -> Lookup:
    """Look up who lists another domain with these labels, and is called so: mitie.com, mitie.de.

    Of a word of the dictionary that is not sure.
    """
    return domains.listed_labels.look_up(where(labels, ~real_words().has(labels)))


def _look_up(key: Employers, index: CompanyIndex) -> Values:
    """They tell candidates apart and propose none.

    Kept are combinations of a domain with an employer that is named like it.
    """
    found, kept = _combinations(key, index)
    part, listed, domains = index.part(NAME), index.part(NAME).bare, index.part(DOMAIN)
    called = _called(as_texts(found.labels.tolist()), domains)
    places = np.full(len(key.host) + 1, -1)
    places[kept] = np.arange(len(kept))
    of_listed, named = Lookup(domains.hosts, found.host), key.employers.words
    of_names = Scripts.of(named, scripts_of_words(named.words))
    scripts = Scripts(*(bits[key.employer[kept]] for bits in of_names))
    words = without_parts(part.words.split(as_texts([one or "" for one in found.others])))

    def facts(pairs: Pairs) -> EmployerPairs:
        of, company = pairs
        other = found.words[of]
        at = np.flatnonzero(other)
        other[at] = [label not in name for label, name in
                     zip(found.labels[of[at]], listed[company[at]], strict=True)]  # fmt: skip
        beyond, own = np.zeros(len(of)), np.flatnonzero(of_listed.has(pairs))
        differ = np.ones(len(own), dtype=bool)
        compared = Pairs(of[own], company[own])
        beyond[own] = align(compared, words, part.words.companies, differ).rare_added
        # Of a domain whose label does not begin like the employer none of the two is asked for.
        stated, both = found.stated[of], np.zeros(len(of), dtype=np.int64)
        begun = np.flatnonzero(stated)
        both[begun] = _prefix(found.labels[of[begun]], listed[company[begun]])
        whole = found.whole[of] & (found.labels[of] != listed[company])
        # Names that share no script say nothing about each other.
        comparable = ~Common.of(pairs, scripts, part.scripts).apart
        of_others = comparable & ~called.has(pairs)
        return EmployerPairs(
            stated=np.where(of_others, stated, both),
            listed=both,
            other_words=other & of_others,
            beyond=np.where(comparable, beyond, 0),
            whole=whole & of_others & (found.host[of] < 0),
            all_of_it=whole & comparable & of_listed.has(pairs),
        )

    return Values(places[key.codes], (), facts)


EMPLOYER = Feature(
    "employer",
    (domain_of_employer, domain_is_employer, employer_beyond_domain, domain_of_part),
    _key,
    _look_up,
    lambda _: None,
    costly=True,
)
