"""How known people who share a value are shared out among companies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.linked import Links, link

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.unification.kinds.degrees import Bools, Counts

# A few links are always stale: one person elsewhere is none too many, nor is one in ten.
MOSTLY = 0.9
STALE = 1
# People of so many companies, most of them elsewhere than in any one, have nothing in common.
_MANY = 4


@dataclass(frozen=True, slots=True)
class Shares:
    """Values, the companies of the known people who have them, and how many people those are.

    links:  the values and their companies.
    people: how many, beside ``links.company``.
    total:  how many have each value.      most: how many of those are in one company.
    """

    links: Links
    people: np.ndarray
    total: np.ndarray
    most: np.ndarray

    def of(self, values: np.ndarray, companies: np.ndarray) -> Counts:
        """Return how many people with each value each company has; 0 for position -1."""
        width = int(max(self.links.company.max(initial=0), companies.max(initial=0))) + 1
        bearer = np.repeat(np.arange(len(self.links.values)), np.diff(self.links.starts))
        borne, wanted = bearer * width + self.links.company, values * width + companies
        at = np.minimum(np.searchsorted(borne, wanted), max(len(borne) - 1, 0))
        there = np.append(borne, -1)[at] == wanted
        people: Counts = np.where(there & (values >= 0), np.append(self.people, 0)[at], 0)
        return people

    def whole(self, values: np.ndarray) -> Counts:
        """Return how many people have each value; 0 for position -1."""
        whole: Counts = np.append(self.total, 0)[values]
        return whole

    def scattered(self, values: np.ndarray) -> Bools:
        """Return whether the people with each value sit in many companies, as with free mail."""
        companies = np.diff(self.links.starts)
        many = (companies >= _MANY) & (2 * self.most < self.total)
        scattered: Bools = np.append(many, False)[values]
        return scattered

    def divided(self, values: np.ndarray) -> Bools:
        """Return whether the people with each value sit in several companies."""
        several = (self.most < MOSTLY * self.total) & (self.total - self.most > STALE)
        divided: Bools = np.append(several, False)[values]
        return divided


NO_SHARES = Shares(link([]), *(np.empty(0, np.int64) for _ in range(3)))


def shares(listed: pd.DataFrame, proposed: pd.DataFrame, value: str) -> Shares:
    """Return how the lines of two frames are shared out by a column: the larger count is taken.

    ``listed`` has a line for each person and company, ``proposed`` one for each value and company;
    both have ``company`` (a position), ``support`` and the column.
    """
    people: dict[tuple[str, int], int] = {}
    for lines, of_several in ((listed, "sum"), (proposed, "max")):
        there = lines[lines[value].notna()]
        counted = there.groupby([value, "company"], as_index=False)["support"].agg(of_several)
        pairs = zip(counted[value].tolist(), counted["company"].tolist(), strict=True)
        for pair, count in zip(pairs, counted["support"].astype("int64").tolist(), strict=True):
            people[pair] = max(people.get(pair, 0), count)
    if not people:
        return NO_SHARES
    links = link(people)
    counts = np.array([people[pair] for pair in sorted(people)], dtype=np.int64)
    starts = links.starts[:-1]
    return Shares(
        links, counts, np.add.reduceat(counts, starts), np.maximum.reduceat(counts, starts)
    )
