"""Registry of the kinds of evidence.

A new kind is one file in ``features``, one entry here, and a line of ``rules/default.yaml`` for
each of its comparisons.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from inspect import getdoc
from typing import TYPE_CHECKING, Any

from gsprep.unification.features.country import COUNTRY
from gsprep.unification.features.domain import DOMAIN
from gsprep.unification.features.employer import EMPLOYER
from gsprep.unification.features.identifier import IDENTIFIER
from gsprep.unification.features.known import KNOWN_DOMAIN, KNOWN_PHONE, LINKED
from gsprep.unification.features.name import NAME
from gsprep.unification.features.other_email import OTHER_EMAIL
from gsprep.unification.features.owner import OWNER
from gsprep.unification.features.pattern import PATTERN
from gsprep.unification.features.phone import PHONE
from gsprep.unification.features.title import TITLE
from gsprep.unification.index import Values
from gsprep.values.arrow import usual_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from gsprep.unification.index import CompanyIndex, Feature
    from gsprep.unification.keys import Companies, People

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
