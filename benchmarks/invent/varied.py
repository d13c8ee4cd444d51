"""Shares of errors and the make-up of a list, drawn at random for each list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invent.noise import Noise

if TYPE_CHECKING:
    from random import Random

# The bounds between which each share is drawn.
_NOISE = {
    "outsider": (0.05, 0.25), "namesake": (0.01, 0.06), "private": (0.01, 0.05),
    "moved_here": (0.01, 0.06), "moved_away": (0.003, 0.02), "guest": (0.01, 0.05),
    "brand_mail": (0.005, 0.05), "alike": (0.3, 1.0), "country_hidden": (0.05, 0.5),
    "country_blank": (0.05, 0.5), "country_of_branch": (0.03, 0.2),
    "mail_private": (0.1, 0.4), "mail_lies": (0.01, 0.05), "phone_lies": (0.01, 0.05),
    "phone_given": (0.2, 0.7), "phone_of_own": (0.2, 0.6), "suffix_replaced": (0.01, 0.06),
    "domain_slip": (0.005, 0.03), "subdomain": (0.005, 0.03),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Variation:
    """What differs from list to list.

    Attributes:
        noise: the shares of people, or of their cells, with each kind of error.
        subsidiaries: the share of companies that are named after another one.
        at_parents: the share of these at their parent's domain.
        shared_numbers: the share of companies with another one's telephone number.
        crowded: names begin with as many words as there are companies, to this power.
    """

    noise: Noise
    subsidiaries: float
    at_parents: float
    shared_numbers: float
    crowded: float

    @classmethod
    def drawn(cls, rng: Random) -> Variation:
        """Return the shares of one list."""
        return cls(
            noise=Noise(**{name: rng.uniform(*bounds) for name, bounds in _NOISE.items()}),
            subsidiaries=rng.uniform(0.02, 0.15),
            at_parents=rng.uniform(0.3, 0.9),
            shared_numbers=rng.uniform(0.0, 0.12),
            crowded=rng.uniform(0.55, 0.95),
        )
