"""Shares of errors and the make-up of a list, drawn at random for each list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from invent.noise import Noise

if TYPE_CHECKING:
    from random import Random

    from invent.words import Words

# The bounds between which each share is drawn.
_NOISE = {
    "outsider": (0.05, 0.25), "namesake": (0.01, 0.06), "private": (0.01, 0.05),
    "moved_here": (0.01, 0.06), "moved_away": (0.003, 0.02), "guest": (0.01, 0.05),
    "brand_mail": (0.005, 0.05), "alike": (0.3, 1.0), "country_hidden": (0.05, 0.5),
    "country_blank": (0.05, 0.5), "country_of_branch": (0.03, 0.2),
    "mail_private": (0.1, 0.4), "mail_lies": (0.01, 0.05), "phone_lies": (0.01, 0.05),
    "phone_given": (0.2, 0.7), "phone_of_own": (0.2, 0.6), "suffix_replaced": (0.01, 0.06),
    "domain_slip": (0.005, 0.03), "subdomain": (0.005, 0.03), "relative": (0.001, 0.01),
    "branch_mail": (0.002, 0.03),
    "division": (0.001, 0.008), "same_name": (0.001, 0.007), "second_mail": (0.05, 0.3),
    "second_lies": (0.03, 0.2), "direct_dial": (0.0, 0.3),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Variation:
    """What differs from list to list.

    Attributes:
        noise: the shares of people, or of their cells, with each kind of error.
        subsidiaries: the share of companies that are named after another one.
        at_parents: the share of these at their parent's domain.
        shared_numbers: the share of companies with another one's telephone number.
        numbered: the share of companies named like another one and a number.
        relocated: the share of companies in another country than that of their name and domain.
        crowded: names begin with as many words as there are companies, to this power.
        two_words: the share of names with a second word like the first.
        trades: the share of the lines of business that the companies of this list are in.
        rebranded: the share of companies at a domain that is an acronym or unlike their name.
    """

    noise: Noise
    subsidiaries: float
    at_parents: float
    shared_numbers: float
    numbered: float
    relocated: float
    crowded: float
    two_words: float
    trades: float
    rebranded: float

    def words(self, words: Words, rng: Random) -> Words:
        """Return the words of this list."""
        names = sorted(rng.sample(sorted(words.sectors), round(self.trades * len(words.sectors))))
        return replace(words, sectors={name: words.sectors[name] for name in names})

    @classmethod
    def drawn(cls, rng: Random) -> Variation:
        """Return the shares of one list."""
        return cls(
            noise=Noise(**{name: rng.uniform(*bounds) for name, bounds in _NOISE.items()}),
            subsidiaries=rng.uniform(0.02, 0.15),
            at_parents=rng.uniform(0.3, 0.9),
            shared_numbers=rng.uniform(0.0, 0.12),
            numbered=rng.uniform(0.0, 0.03),
            relocated=rng.uniform(0.02, 0.12),
            crowded=rng.uniform(0.45, 0.95),
            two_words=rng.uniform(0.0, 0.4),
            trades=rng.uniform(0.15, 1.0),
            rebranded=rng.uniform(0.02, 0.25),
        )
