"""Shares of people with each kind of error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """The shares of people, or of their cells, with each kind of error.

    The defaults are the harsh workload: country, domain and phone number may all be wrong.
    """

    # Kinds of people; the rest work for a listed company, and their rows identify it.
    outsider: float = 0.11
    namesake: float = 0.02
    private: float = 0.03
    moved_here: float = 0.025
    moved_away: float = 0.015
    guest: float = 0.0
    brand_mail: float = 0.0
    # At a listed company's mail, with the name of a company of the same group that is not listed,
    # or of a part of the company itself.
    relative: float = 0.0
    division: float = 0.0
    # With an employer in another country that has exactly a listed company's name.
    same_name: float = 0.0
    # Of unlisted employers, those whose names begin with the same word as a listed company's.
    alike: float = 0.0
    # Outsiders whose country is blank. With 0 each states one, of the whole world, and their
    # domains end in .example.
    country_hidden: float = 0.0
    # A row that repeats an earlier one.
    repeated_row: float = 0.015
    same_person: float = 0.025
    broken: float = 0.05
    # The fields of an employee's row.
    country_blank: float = 0.15
    country_of_branch: float = 0.12
    mail_private: float = 0.2
    mail_lies: float = 0.03
    phone_lies: float = 0.03
    phone_given: float = 0.6
    phone_of_own: float = 0.3
    suffix_replaced: float = 0.03
    domain_slip: float = 0.02
    subdomain: float = 0.02
    mail_cell_mess: float = 0.12
    # People of a branch abroad, whose domain ends in its country.
    branch_mail: float = 0.0
    # People with a second address, and those of them where it is another listed company's.
    second_mail: float = 0.0
    second_lies: float = 0.0
    # Of the numbers of a company, those that differ from the listed one in the last two digits.
    direct_dial: float = 0.0


@dataclass(frozen=True, slots=True)
class Shares:
    """Names with weights, drawn by weight."""

    names: tuple[str, ...]
    weights: tuple[float, ...]

    def draw(self, rng: Random) -> str:
        """Return one of the names."""
        return rng.choices(self.names, self.weights)[0]


def shares(**weights: float) -> Shares:
    """Return names with their weights, in the order given."""
    return Shares(tuple(weights), tuple(weights.values()))


def pick(options: Sequence[str], rng: Random) -> str:
    """Return one of the options; "" if there are none. Three times faster than ``choice``."""
    return options[int(rng.random() * len(options))] if options else ""


def chance(share: float, rng: Random) -> bool:
    """Return True for a ``share`` of the calls."""
    return rng.random() < share
