"""Known people: linked companies, domains, numbers and address patterns.

They are evidence and never an override: the rulebook says how much they weigh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError, MissingColumnsError
from gsprep.schemas.frames import ROW_ID, require, text_frame
from gsprep.unification.pairs import EMPTY_INDEX, InvertedIndex, invert
from gsprep.values.country import country_code
from gsprep.values.distinct import on_distinct, on_distinct_pairs
from gsprep.values.domain import names_employer
from gsprep.values.email import email_key
from gsprep.values.host import email_host, host_of
from gsprep.values.mailbox import PATTERNS, mailbox_patterns
from gsprep.values.phone import phone_key
from gsprep.values.picklist import normal_boolean

if TYPE_CHECKING:
    from gsprep.unification.pairs import Bools, Counts
    from gsprep.unification.rulebook import Rulebook

_FOUND_BY = ("Email", "Domain", "Phone")
_READ = (*_FOUND_BY, "Country", "IsPrimaryCompany", "support", "FirstName", "LastName")
# A message names so many rows: the first ones show what is wrong.
_NAMED = 5
# A few links are always stale: one person elsewhere says nothing, nor does one in ten.
MOSTLY = 0.9
STALE = 1
# People of so many companies, most of them elsewhere than in any one, have nothing in common.
_MANY = 4


@dataclass(frozen=True, slots=True)
class Shares:
    """Values of known people, and how many people of each company have each of them."""

    index: InvertedIndex  # the values and their companies
    people: np.ndarray  # the number of people, for each entry of ``index.company``
    total: np.ndarray  # the number of people who have each value
    most: np.ndarray  # the number of those who are in one company

    def of(self, values: np.ndarray, companies: np.ndarray) -> Counts:
        """Return how many people with each value each company has; 0 for position -1."""
        width = int(max(self.index.company.max(initial=0), companies.max(initial=0))) + 1
        keys, wanted = self.index.keys(width), values * width + companies
        at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        there = np.append(keys, -1)[at] == wanted
        return np.where(there & (values >= 0), np.append(self.people, 0)[at], 0)

    def whole(self, values: np.ndarray) -> Counts:
        """Return how many people have each value; 0 for position -1."""
        return np.append(self.total, 0)[values]

    def scattered(self, values: np.ndarray) -> Bools:
        """Return whether the people with each value are in many companies, as with free mail."""
        many = (np.diff(self.index.starts) >= _MANY) & (2 * self.most < self.total)
        return np.append(many, False)[values]

    def divided(self, values: np.ndarray) -> Bools:
        """Return whether the people with each value are in several companies."""
        several = (self.most < MOSTLY * self.total) & (self.total - self.most > STALE)
        return np.append(several, False)[values]


_NO_SHARES = Shares(EMPTY_INDEX, *(np.empty(0, np.int64) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Known:
    """Known people by what they share with others."""

    # the address of each and their company; several if none is the primary one
    addresses: InvertedIndex = EMPTY_INDEX
    hosts: Shares = _NO_SHARES  # people by host of an employer
    phones: Shares = _NO_SHARES  # people by telephone number
    # people by company (a row each) and pattern of their mailbox; None without names
    patterns: np.ndarray | None = None
    left_out: int = 0  # the number of lines whose company is not among the companies


NOTHING_KNOWN = Known()


def read_known(known: pd.DataFrame | None, gsids: np.ndarray, book: Rulebook) -> Known:
    """Return the known people of a text frame; ``gsids`` are those of the companies, by position.

    ``known`` has people already linked (Email, Company_ID; IsPrimaryCompany, FirstName, LastName,
    Phone and Country are used when there), or a Domain or a Phone with its Company_ID and
    support, the number of people behind it. Lines of other companies are left out and counted.

    Raises InputError for lines that cannot be used: ``usable_known`` removes them first.
    """
    if known is None or not len(known):
        return NOTHING_KNOWN
    lines, reasons = _lines(known, book)
    if reasons.any():
        rows = lines.loc[reasons, ROW_ID]
        named = ", ".join(rows.head(_NAMED)) + (" …" if len(rows) > _NAMED else "")
        raise InputError(
            f"{len(rows)} of {len(lines)} known lines cannot be used, row_id {named}; the first: "
            f"{lines.loc[reasons, 'reason'].iloc[0]}. Fix or drop these lines"
        )
    company = pd.Index(gsids).get_indexer(lines["Company_ID"])
    here = company >= 0
    return _known(lines[here].assign(company=company[here]), len(gsids), int((~here).sum()))


def usable_known(known: pd.DataFrame, book: Rulebook) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a known frame into the lines that can be used, and the others with a ``reason``.

    A line needs a Company_ID and a valid Email, Domain or Phone; support is a whole number above
    0, IsPrimaryCompany true or false. Raises MissingColumnsError.
    """
    text = text_frame(known, of="the known frame")
    lines, bad = _lines(text, book)
    return text[~bad], text[bad].assign(reason=lines.loc[bad, "reason"])


def _lines(known: pd.DataFrame, book: Rulebook) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the lines as they are compared, with a reason where one cannot be used."""
    require(known, ("Company_ID",), of="the known frame")
    if not any(name in known.columns for name in _FOUND_BY):
        raise MissingColumnsError(_FOUND_BY, of="the known frame: any of them;")
    text = known.reindex(columns=[*dict.fromkeys([*known.columns, *_READ])]).astype("str")
    dialled = book.dialled(on_distinct(text["Country"], country_code))
    domains = on_distinct(text["Domain"], host_of)
    hosts = book.domains.main(on_distinct(text["Email"], email_host).fillna(domains))
    ignored = book.domains.ignored
    lines = text[[ROW_ID, "Company_ID", "FirstName", "LastName"]].assign(
        address=on_distinct(text["Email"], email_key),
        host=on_distinct(hosts, lambda host: host if names_employer(host, ignored) else None),
        phone=on_distinct_pairs(text["Phone"], dialled, phone_key),
        primary=on_distinct(text["IsPrimaryCompany"], normal_boolean),
        support=pd.to_numeric(text["support"], errors="coerce"),
    )
    whole = lines["support"].ge(1) & lines["support"].mod(1).eq(0)
    reasons = {
        "it has no Company_ID": lines["Company_ID"].isna(),
        "it has no Email, Domain or Phone that can be read": (
            lines["address"].isna() & domains.isna() & lines["phone"].isna()
        ),
        "its support is not a whole number above 0": text["support"].notna() & ~whole,
        "its IsPrimaryCompany is neither true nor false": (
            text["IsPrimaryCompany"].notna() & lines["primary"].isna()
        ),
    }
    reason = np.select(list(reasons.values()), list(reasons), default="")
    return lines.assign(reason=reason), reason != ""


def _known(lines: pd.DataFrame, companies: int, left_out: int) -> Known:
    """Return the known people: an address counts once for a company, even if listed twice."""
    people = lines[lines["address"].notna()].assign(support=1)
    # Support can include the very people that are listed as well: the larger of the two counts.
    proposed = lines[lines["address"].isna()].fillna({"support": 1})
    return Known(
        addresses=invert(_linked(people)),
        hosts=_shares(_once(people, "host"), proposed, "host"),
        phones=_shares(_once(people, "phone"), proposed, "phone"),
        patterns=_patterns(people, companies),
        left_out=left_out,
    )


def _once(people: pd.DataFrame, *of: str) -> pd.DataFrame:
    return people.drop_duplicates(["address", "company", *of])


def _linked(people: pd.DataFrame) -> list[tuple[str, int]]:
    """Return each address with its company, only the primary one where one is stated."""
    primary = people["primary"] == "true"
    stated = people["address"].isin(people.loc[primary, "address"])
    kept = people[primary | ~stated]
    return list(zip(kept["address"], kept["company"].tolist(), strict=True))


def _shares(listed: pd.DataFrame, proposed: pd.DataFrame, value: str) -> Shares:
    """Return the people of two frames by a column and company; the larger of two counts.

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
        return _NO_SHARES
    index = invert(people)
    counts = np.array([people[pair] for pair in sorted(people)], dtype=np.int64)
    starts = index.starts[:-1]
    total, most = np.add.reduceat(counts, starts), np.maximum.reduceat(counts, starts)
    return Shares(index, counts, total, most)


def _patterns(people: pd.DataFrame, companies: int) -> np.ndarray | None:
    named = people[people["host"].notna() & people["LastName"].notna()]
    named = _once(named, "FirstName", "LastName")
    if named.empty:
        return None
    found = mailbox_patterns(named["address"], named["FirstName"], named["LastName"])
    counts = np.zeros((companies, len(PATTERNS)), dtype=np.int64)
    clear = found >= 0
    np.add.at(counts, (named["company"].to_numpy()[clear], found[clear]), 1)
    return counts
