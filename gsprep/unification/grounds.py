"""Grounds of candidates: what they have in common with the person."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.pairs import Bools

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
SIMILAR_NAMES = (
    "same_words", "spelled_alike", "begins_alike", "cut_short", "written_on", "first_word",
)  # fmt: skip
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
