"""E-mail domain named after the stated employer."""

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
from gsprep.unification.keys import person_hosts
from gsprep.values.arrow import as_objects, as_texts
from gsprep.values.company_name import SEPARATOR, plain_names
from gsprep.values.name_tokens import all_with_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Hosts, People
    from gsprep.unification.pairs import Bools, Counts, Encoded, Pairs

# Fewer letters begin too many names.
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class EmployerPairs:
    """Facts of an unlisted domain that is named like the stated employer, and a company."""

    stated: Counts  # the number of first letters of the domain's label that the employer has
    listed: Counts  # the number of them that the company's name has
    # whether the label is words of the employer, as in ``City of Salem`` and ``salem.gov``, and
    # is nowhere in the company's name
    other_words: Bools


def domain_of_employer(pairs: EmployerPairs) -> Bools:
    """Their e-mail domain is named like the employer they state, and less like this company."""
    return (pairs.stated > pairs.listed) | pairs.other_words


class Employers(NamedTuple):
    """E-mail hosts and stated employers of people, each combination once."""

    codes: np.ndarray  # the combination of each person, -1 where one of the two is missing
    hosts: Hosts  # the distinct hosts
    host: np.ndarray  # the position of the host of each combination
    employers: Encoded  # the stated employers
    employer: np.ndarray  # the position of the employer of each combination


def _key(people: People) -> Employers:
    at, employers = person_hosts(people), people.employers
    both = np.flatnonzero((at.codes >= 0) & (employers.codes >= 0))
    width = len(employers.texts) + 1
    back, distinct = pd.factorize(at.codes[both] * width + employers.codes[both])
    codes = np.full(len(people), -1)
    codes[both] = back
    return Employers(codes, at.hosts, distinct // width, employers, distinct % width)


def _bare(employers: Sequence[str]) -> np.ndarray:
    """Return the names of employers without legal form."""
    names = pc.replace_substring_regex(as_texts(employers), f"{SEPARATOR}.*$", "")
    return as_objects(plain_names(all_with_numbers(names)).joined(" "))


def _are_words(label: str, name: str) -> bool:
    """Return whether a label is one or more whole words of a name that follow one another.

    >>> [_are_words("newsalem", name) for name in ("city of new salem", "city of new salems")]
    [True, False]
    """
    whole = name.replace(" ", "")
    if label not in whole:
        return False
    ends = [0, *accumulate(map(len, name.split()))]
    return any(whole.startswith(label, at) and at + len(label) in ends for at in ends)


def _prefix(labels: np.ndarray, names: np.ndarray) -> Counts:
    """Return the number of first letters that labels and names have in common."""
    found: Counts = cpdist(labels, names, scorer=Prefix.similarity, dtype=np.int64)
    return found


def _look_up(key: Employers, index: CompanyIndex) -> Values:
    """They tell candidates apart and propose none.

    Kept are combinations of an unlisted domain with an employer that begins like it.
    """
    part, hosts = index.part(DOMAIN), key.hosts
    unlisted = (hosts.longest(part.hosts) < 0) & (part.registered.positions(hosts.registered) < 0)
    kept = np.flatnonzero((hosts.employ & unlisted)[key.host])
    employer, at = np.unique(key.employer[kept], return_inverse=True)
    names = _bare([key.employers.texts[one] for one in employer])[at]
    labels = as_objects(pc.fill_null(hosts.labels, ""))[key.host[kept]]
    bare = np.array([name.replace(" ", "") for name in names], dtype=object)
    stated, listed = _prefix(labels, bare), index.part(NAME).cores
    length = np.array([len(label) for label in labels], dtype=np.int64)
    words = (length >= _SHORTEST) & (stated < length)
    words[words] = [_are_words(*both) for both in zip(labels[words], names[words], strict=True)]
    alike = (stated >= _SHORTEST) | words
    places = np.full(len(key.host) + 1, -1)
    places[kept[alike]] = np.arange(np.count_nonzero(alike))
    labels, stated, words = labels[alike], stated[alike], words[alike]

    def facts(pairs: Pairs) -> EmployerPairs:
        of, company = pairs
        other = words[of]
        at = np.flatnonzero(other)
        other[at] = [label not in name for label, name in
                     zip(labels[of[at]], listed[company[at]], strict=True)]  # fmt: skip
        return EmployerPairs(stated[of], _prefix(labels[of], listed[company]), other)

    return Values(places[key.codes], (), facts)


EMPLOYER = Feature("employer", (domain_of_employer,), _key, _look_up, lambda _: None)
