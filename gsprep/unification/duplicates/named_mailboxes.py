"""Mailboxes that are built from the names of their people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.duplicates.levels import level_of
from gsprep.values.mailbox import mailbox_patterns

if TYPE_CHECKING:
    from gsprep.unification.duplicates.columns import Column
    from gsprep.unification.duplicates.levels import Swap

# Pairs that are looked at together.
_AT_ONCE = 1 << 18
_SAMPLE = 5_000


@dataclass(frozen=True, slots=True)
class NamedMailboxes:
    """The addresses of people, and the names from which their mailboxes are built."""

    email: int  # the place of the column
    names: tuple[int, int]  # the places of the given name and the surname
    columns: tuple[Column, Column, Column]  # address, given name, surname

    def patterns(self, records: np.ndarray) -> np.ndarray:
        """Return the pattern by which each record's mailbox is built of its names, -1 for none."""
        values = [column.text(records) for column in self.columns]
        return mailbox_patterns(*values)

    def chance(self) -> float:
        """Return the chance that two people of one name have the same mailbox name."""
        known = np.flatnonzero(np.all([column.codes >= 0 for column in self.columns], axis=0))
        if not len(known):
            return 0.1
        step = max(len(known) // _SAMPLE, 1)
        found = self.patterns(known[::step])
        shares = np.bincount(found[found >= 0], minlength=1) / len(found)
        return float(max((shares**2).sum(), 1e-3))

    def mark(self, levels: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
        """Mark in ``levels`` the mailboxes that say no more than the names of their people.

        Equal ones at two domains, and those that are different because the names are: jack.ma and
        jack.li are not a typing error apart.
        """
        addresses = levels[:, self.email]
        same = np.flatnonzero(addresses == level_of("email", "same local"))
        built = self._built(same, left, right)
        addresses[same[built]] = level_of("email", "name at another domain")
        others = (levels[:, list(self.names)] < level_of("given", "typo")).any(axis=1)
        near = np.flatnonzero((addresses == level_of("email", "typo")) & others)
        near = near[self._built(near, left, right)]
        of_value, corporate, _ = self.columns[0].domains
        one, two = (of_value[self.columns[0].codes[side[near]]] for side in (left, right))
        colleagues = (one == two) & corporate[one]
        places = level_of("email", "differ"), level_of("email", "like colleague")
        addresses[near] = np.where(colleagues, *reversed(places))

    def _built(self, at: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return at which of the places the mailboxes of both people are built of their names."""
        found = np.zeros(len(at), dtype=bool)
        for begin in range(0, len(at), _AT_ONCE):
            part = at[begin : begin + _AT_ONCE]
            built = self.patterns(left[part]) >= 0
            built[built] = self.patterns(right[part[built]]) >= 0
            found[begin : begin + _AT_ONCE] = built
        return found


def named_mailboxes(columns: list[Column], swap: Swap | None) -> NamedMailboxes | None:
    """Return the addresses with the names they may be built of, if there is one column of each."""
    emails = [at for at, column in enumerate(columns) if column.kind == "email"]
    if swap is None or len(emails) != 1:
        return None
    both = columns[swap.given], columns[swap.surname]
    places = (swap.given, swap.surname)
    return NamedMailboxes(emails[0], places, (columns[emails[0]], *both))
