"""E-mail domain named after the stated employer."""

from __future__ import annotations

from dataclasses import dataclass
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
    from gsprep.unification.pairs import Bools, Counts, Pairs

# Fewer letters begin too many names.
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class EmployerPairs:
    """Facts of a domain that begins like the stated employer, and a company."""

    unlisted: Bools  # no company lists the domain
    stated: Counts  # the number of first letters of the domain's label that the employer has
    listed: Counts  # the number of them that the company's name has


def domain_of_employer(pairs: EmployerPairs) -> Bools:
    """Their e-mail domain is named like the employer they state, and less like this company."""
    return pairs.unlisted & (pairs.stated > pairs.listed)


class Employers(NamedTuple):
    """E-mail hosts and stated employers that begin alike, each combination once."""

    codes: np.ndarray  # the combination of each person, -1 for none
    hosts: Hosts  # the distinct hosts
    host: np.ndarray  # the position of the host of each combination
    names: np.ndarray  # the employer of each combination without legal form and blanks


def _key(people: People) -> Employers:
    at, employers = person_hosts(people), people.employers
    both = np.flatnonzero((at.codes >= 0) & (employers.codes >= 0))
    width = len(employers.texts) + 1
    combined = at.codes[both] * width + employers.codes[both]
    back, distinct = pd.factorize(combined)
    host, names = distinct // width, _bare(employers.texts)[distinct % width]
    labels = as_objects(pc.fill_null(at.hosts.labels, ""))[host]
    alike = at.hosts.employ[host] & (_prefix(labels, names) >= _SHORTEST)
    codes = np.full(len(people), -1)
    codes[both] = np.where(alike, np.cumsum(alike) - 1, -1)[back]
    return Employers(codes, at.hosts, host[alike], names[alike])


def _bare(employers: Sequence[str]) -> np.ndarray:
    """Return the names of employers without legal form and blanks."""
    names = pc.replace_substring_regex(as_texts(employers), f"{SEPARATOR}.*$", "")
    return as_objects(plain_names(all_with_numbers(names)).joined(""))


def _prefix(labels: np.ndarray, names: np.ndarray) -> Counts:
    """Return the number of first letters that labels and names have in common."""
    found: Counts = cpdist(labels, names, scorer=Prefix.similarity, dtype=np.int64)
    return found


def _look_up(key: Employers, index: CompanyIndex) -> Values:
    """They tell candidates apart and propose none."""
    part = index.part(DOMAIN)
    host = key.hosts.longest(part.hosts)[key.host]
    related = part.registered.positions(key.hosts.registered)[key.host] >= 0
    labels = as_objects(pc.fill_null(key.hosts.labels, ""))[key.host]
    stated, names = _prefix(labels, key.names), index.part(NAME).cores

    def facts(pairs: Pairs) -> EmployerPairs:
        at, company = pairs
        return EmployerPairs(
            unlisted=(host[at] < 0) & ~related[at],
            stated=stated[at],
            listed=_prefix(labels[at], names[company]),
        )

    return Values(key.codes, (), facts)


EMPLOYER = Feature("employer", (domain_of_employer,), _key, _look_up, lambda _: None)
