"""What is known before anybody is decided: people linked to companies, their domains and numbers.

It is evidence and never an override: the rulebook says how much it weighs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError, MissingColumnsError
from gsprep.schemas.frames import ROW_ID, require, text_frame
from gsprep.unification.knowing.shares import NO_SHARES, Shares, shares
from gsprep.unification.linked import Links, link
from gsprep.values.boolean import normal_boolean
from gsprep.values.country import country_code
from gsprep.values.distinct import on_distinct, on_distinct_pairs
from gsprep.values.domain import meant_by, names_employer
from gsprep.values.email import email_key
from gsprep.values.host import email_host, host_of
from gsprep.values.mailbox import PATTERNS, mailbox_patterns
from gsprep.values.phone import phone_key

if TYPE_CHECKING:
    from gsprep.unification.rulebook import Rulebook

_FOUND_BY = ("Email", "Domain", "Phone")
# A message names so many rows: the first ones show what is wrong.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Known:
    """Known people by their address, and how many of them each company has at what they share.

    addresses: the address of each and their company; several where none is the primary one.
    hosts:     by host of an employer.      phones: by number.
    patterns:  people by company (a row each) and pattern of their mailbox; None without names.
    left_out:  lines whose company is not among the companies.
    """

    addresses: Links
    hosts: Shares
    phones: Shares
    patterns: np.ndarray | None = None
    left_out: int = 0


NOTHING_KNOWN = Known(link([]), NO_SHARES, NO_SHARES)


def read_known(known: pd.DataFrame | None, gsids: np.ndarray, book: Rulebook) -> Known:
    """Return what a known frame says of the companies, whose Gsids are given by position.

    ``known`` holds people already linked (Email, Company_ID; IsPrimaryCompany, FirstName,
    LastName, Phone and Country are used when there), or a Domain or a Phone with its Company_ID and
    support, the people it rests on. Lines of other companies are left out and counted.

    Raises InputError for lines that cannot be used: ``usable_known`` sets them aside first.
    """
    if known is None or not len(known):
        return NOTHING_KNOWN
    lines, reasons = _lines(known, book)
    if reasons.any():
        rows = lines.loc[reasons, ROW_ID]
        named = ", ".join(rows.head(_NAMED)) + (" …" if len(rows) > _NAMED else "")
        raise InputError(
            f"{len(rows)} of {len(lines)} known lines cannot be used, row_id {named}; the first: "
            f"{lines.loc[reasons, 'reason'].iloc[0]}. Mend or drop these lines"
        )
    company = pd.Index(gsids).get_indexer(lines["Company_ID"])
    here = company >= 0
    return _known(lines[here].assign(company=company[here]), len(gsids), int((~here).sum()))


def usable_known(known: pd.DataFrame, book: Rulebook) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a known frame into the lines that can be used, and the others with a ``reason``.

    A line needs a Company_ID and an Email, a Domain or a Phone that can be read; support is a whole
    number above 0, IsPrimaryCompany true or false. Raises MissingColumnsError.
    """
    text = text_frame(known, of="the known frame")
    lines, bad = _lines(text, book)
    return text[~bad], text[bad].assign(reason=lines.loc[bad, "reason"])


def _lines(known: pd.DataFrame, book: Rulebook) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the lines as they are compared, with a reason where one cannot be used."""
    text = text_frame(known, of="the known frame")
    require(text, ("Company_ID",), of="the known frame")
    if not any(name in text.columns for name in _FOUND_BY):
        raise MissingColumnsError(_FOUND_BY, of="the known frame: any of them;")
    text = text.reindex(columns=[*dict.fromkeys([*text.columns, *_READ])]).astype("str")
    region = on_distinct(text["Country"], country_code)
    dialled = region if book.region is None else region.fillna(book.region)
    lines = text[[ROW_ID, "Company_ID", "FirstName", "LastName"]].assign(
        address=on_distinct(text["Email"], email_key),
        host=_employers(text, book),
        phone=on_distinct_pairs(text["Phone"], dialled, phone_key),
        primary=on_distinct(text["IsPrimaryCompany"], normal_boolean),
        support=pd.to_numeric(text["support"], errors="coerce"),
    )
    read = lines["address"].notna() | on_distinct(text["Domain"], host_of).notna()
    whole = lines["support"].ge(1) & lines["support"].mod(1).eq(0)
    reason = np.select(
        [
            lines["Company_ID"].isna(),
            ~read & lines["phone"].isna(),
            text["support"].notna() & ~whole,
            text["IsPrimaryCompany"].notna() & lines["primary"].isna(),
        ],
        [
            "it has no Company_ID",
            "it has no Email, Domain or Phone that can be read",
            "its support is no whole number above 0",
            "its IsPrimaryCompany is neither true nor false",
        ],
        default="",
    )
    return lines.assign(reason=reason), reason != ""


_READ = (
    "Email",
    "Domain",
    "Phone",
    "Country",
    "IsPrimaryCompany",
    "support",
    "FirstName",
    "LastName",
)


def _employers(text: pd.DataFrame, book: Rulebook) -> pd.Series[str]:
    """Return the host of each line's address, or its domain, where it says who employs people."""
    nobody = frozenset((*book.domains.own, *book.domains.excluded))
    hosts = on_distinct(text["Email"], email_host).fillna(on_distinct(text["Domain"], host_of))
    aliases = book.domains.aliases
    meant = on_distinct(hosts, lambda host: meant_by(host, aliases)) if aliases else hosts
    return on_distinct(meant, lambda host: host if names_employer(host, nobody) else None)


def _known(lines: pd.DataFrame, companies: int, left_out: int) -> Known:
    """Put the lines together: an address counts once for a company, however often it is listed."""
    people = lines[lines["address"].notna()].assign(support=1)
    # Support may rest on the very people that are listed as well: the larger of the two counts.
    proposed = lines[lines["address"].isna()].fillna({"support": 1})
    return Known(
        addresses=link(_linked(people)),
        hosts=shares(_once(people, "host"), proposed, "host"),
        phones=shares(_once(people, "phone"), proposed, "phone"),
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


def _patterns(people: pd.DataFrame, companies: int) -> np.ndarray | None:
    named = people[people["host"].notna() & people["LastName"].notna()]
    named = _once(named, "FirstName", "LastName")
    if named.empty:
        return None
    found = mailbox_patterns(named["address"], named["FirstName"], named["LastName"])
    counts = np.zeros((companies, len(PATTERNS)), dtype=np.int64)
    told = found >= 0
    np.add.at(counts, (named["company"].to_numpy()[told], found[told]), 1)
    return counts
