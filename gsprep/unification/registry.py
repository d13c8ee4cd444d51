"""Registry of the kinds of evidence, and what a candidate has in common with the person.

A new kind is one object in ``features``, one entry here, and a line of ``rules/default.yaml`` for
each of its comparisons.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from inspect import getdoc
from typing import TYPE_CHECKING, Any

import numpy as np

from gsprep.unification.features.country import COUNTRY
from gsprep.unification.features.domain import DOMAIN, OWNER, TITLE
from gsprep.unification.features.employer import EMPLOYER
from gsprep.unification.features.identifier import IDENTIFIER
from gsprep.unification.features.known import KNOWN_DOMAIN, KNOWN_PHONE, LINKED, PATTERN
from gsprep.unification.features.name import NAME
from gsprep.unification.features.other_email import OTHER_EMAIL
from gsprep.unification.features.phone import PHONE
from gsprep.unification.index import Values
from gsprep.values.arrow import usual_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from gsprep.unification.index import CompanyIndex, Feature
    from gsprep.unification.keys import Companies, People
    from gsprep.unification.pairs import Bools

# The keys of fewer people are computed before a second thread has begun.
_FEW = 64

FEATURES: dict[str, Feature[Any, Any]] = {
    feature.kind: feature
    for feature in (
        IDENTIFIER,
        DOMAIN,
        OTHER_EMAIL,
        PHONE,
        NAME,
        EMPLOYER,
        COUNTRY,
        OWNER,
        LINKED,
        KNOWN_DOMAIN,
        KNOWN_PHONE,
        PATTERN,
        TITLE,
    )
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison by its kind and its function from facts to degrees."""

    kind: str
    degree: Callable[[Any], NDArray[Any]]

    @property
    def sentence(self) -> str:
        """What a reviewer reads."""
        return getdoc(self.degree) or ""


def comparisons() -> Mapping[str, Comparison]:
    """Return every comparison by its name, kind by kind."""
    return _comparisons_of(tuple(FEATURES))


@cache
def _comparisons_of(kinds: tuple[str, ...]) -> Mapping[str, Comparison]:
    return {
        compare.__name__: Comparison(kind, compare)
        for kind in kinds
        for compare in FEATURES[kind].comparisons
    }


def index_parts(companies: Companies) -> Mapping[str, Any]:
    """Return the part of the company index of each feature, by its kind."""
    return {kind: feature.index(companies) for kind, feature in FEATURES.items()}


def look_up(people: People, index: CompanyIndex) -> Mapping[str, Values]:
    """Return people's values of every feature; each distinct value is looked up once."""
    functions = dict.fromkeys(feature.key for feature in FEATURES.values())
    if len(people) < _FEW:
        keys = {key: key(people) for key in functions}
    else:
        # Each key is computed on its own, so as many at once as there are processors.
        with ThreadPoolExecutor(max_workers=usual_threads()) as threads:
            found = threads.map(lambda key: key(people), functions)
            keys = dict(zip(functions, found, strict=True))
    return {
        kind: _looked_up(feature, keys[feature.key], index) for kind, feature in FEATURES.items()
    }


def _looked_up(feature: Feature[Any, Any], key: Any, index: CompanyIndex) -> Values:
    """Return people's values of one feature; one that nobody has is not looked up."""
    if (key.codes >= 0).any():
        return feature.look_up(key, index)
    return Values(key.codes, (), lambda _: None)


# The term of the evidence that is lost where strangers have as much in common with a company.
LIKE_STRANGERS = "like_strangers"
LIKE_STRANGERS_SENTENCE = (
    "People of other employers often have as much in common with a company on this list."
)


class Ground(IntEnum):
    """What a candidate has in common with the person; each is right in another share of cases.

    They go wrong for different reasons: people of other employers write from a company's domain,
    state a company as their customer, or are employed by one that is named alike.
    """

    LISTED = 0  # an identifier, domain, phone number or known person
    SAME_NAME = 1  # exactly the name, and nothing that the company lists
    ALIKE = 2  # a similar name
    NAMED_DOMAIN = 3  # an unlisted domain that is like the name
    OTHER_DOMAIN = 4  # as LISTED, but only others list the e-mail domain
    OTHER_EMPLOYER = 5  # as LISTED, but the stated employer has another name


# Grounds of candidates that something else contradicts.
CONTRADICTED = (Ground.OTHER_DOMAIN, Ground.OTHER_EMPLOYER)
_OF_LISTED = (
    "same_identifier", "shared_identifier", "same_domain", "shared_domain", "related_domain",
    "other_email_domain", "other_email_shared_domain", "same_owner", "same_phone", "shared_phone",
    "known_person", "known_in_several", "known_at_domain", "known_at_shared_domain", "known_phone",
    "known_shared_phone",
)  # fmt: skip
_OF_DOMAIN = (
    "domain_like_name", "domain_begins_name", "domain_begun_by_name", "domain_initials",
    "domain_rare_word", "other_email_like_name",
)  # fmt: skip

_OF_PHONE = ("same_phone", "shared_phone")
# What holds for similar names. The same name counts at least as much as all of these together.
SIMILAR_NAMES = ("spelled_alike", "begins_alike", "cut_short", "first_word")
_LIKE_NAME = ("same_name", "name_as_domain", *SIMILAR_NAMES, "initials")
_UNLIKE_NAME = ("words_added", "words_missing", "rare_words_differ")


def grounds_of(
    weights: Mapping[str, np.ndarray], count: int, at: np.ndarray | None = None
) -> np.ndarray:
    """Return the Ground of all candidates, or of the ``count`` ones at some positions."""

    def any_of(names: tuple[str, ...], sign: int, places: np.ndarray | None = None) -> Bools:
        held = np.zeros(count if places is None else len(places), dtype=bool)
        for name in names:
            if name in weights:
                values = weights[name] if at is None else weights[name][at]
                values = values if places is None else values[places]
                held |= values > 0 if sign > 0 else values < 0
        return held

    grounds = np.where(any_of(_OF_DOMAIN, 1), Ground.NAMED_DOMAIN, Ground.ALIKE).astype(np.int8)
    grounds[any_of(("same_name",), 1)] = Ground.SAME_NAME
    # Few pairs have a listed value: only there the others are looked at.
    listed = np.flatnonzero(any_of(_OF_LISTED, 1))
    employer = any_of(_UNLIKE_NAME, -1, listed) & ~any_of(_LIKE_NAME + _OF_PHONE, 1, listed)
    conditions = [any_of(("others_domain",), -1, listed), employer]
    grounds[listed] = np.select(conditions, CONTRADICTED, Ground.LISTED)
    return grounds


def discount(
    weights: Mapping[str, np.ndarray], count: int, by_ground: tuple[float, ...]
) -> Mapping[str, np.ndarray]:
    """Return the term of what is taken from each candidate by its Ground, under its name."""
    taken = np.array(by_ground, dtype=np.float32)[grounds_of(weights, count)]
    return {LIKE_STRANGERS: -taken}
