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
    "On this list of companies, people of other employers often have as much in common with one."
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
    ELSEWHERE = 4  # as LISTED, but the e-mail domain is one that only others list


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


def grounds_of(
    weights: Mapping[str, np.ndarray], count: int, at: np.ndarray | slice = slice(None)
) -> np.ndarray:
    """Return the Ground of the ``count`` candidates at some positions of the weights."""

    def any_of(names: tuple[str, ...]) -> Bools:
        held = np.zeros(count, dtype=bool)
        for name in names:
            if name in weights:
                held |= weights[name][at] > 0
        return held

    listed = any_of(_OF_LISTED)
    others = weights.get("others_domain")
    elsewhere = listed & (others[at] < 0) if others is not None else np.zeros_like(listed)
    conditions = [elsewhere, listed, any_of(("same_name",)), any_of(_OF_DOMAIN)]
    kinds = [Ground.ELSEWHERE, Ground.LISTED, Ground.SAME_NAME, Ground.NAMED_DOMAIN]
    grounds: np.ndarray = np.select(conditions, kinds, Ground.ALIKE).astype(np.int8)
    return grounds


def discount(
    weights: Mapping[str, np.ndarray], count: int, by_ground: tuple[float, ...]
) -> Mapping[str, np.ndarray]:
    """Return the term of what is taken from each candidate by its Ground, under its name."""
    taken = np.array(by_ground, dtype=np.float32)[grounds_of(weights, count)]
    return {LIKE_STRANGERS: -taken}
