"""People without a company, grouped by domain and stated employer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.display import heading
from gsprep.lazy import part_of
from gsprep.schemas.frames import ROW_ID
from gsprep.values.arrow import among
from gsprep.values.company_name import employer_key
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import employers_domain
from gsprep.values.host import email_host
from gsprep.values.placeholder import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.results import Unified

# A page that is passed on names a domain or an employer only if so many people share it.
_FEWEST = 3
_BY = ["domain", "employer"]
UNMATCHED_COLUMNS = ("row_id", "people", "employer_domain", "stated_employer")


@dataclass(frozen=True, slots=True)
class Employer:
    """People without a company who share a domain, or else a stated employer."""

    name: str
    people: int


def employers_of(unmatched: pd.DataFrame) -> tuple[Employer, ...]:
    """Return the employers of at least three people without a company, the largest first."""
    named = unmatched[unmatched["people"] >= _FEWEST]
    names = named["employer_domain"].fillna(named["stated_employer"])
    pairs = zip(names[names.notna()], named.loc[names.notna(), "people"], strict=True)
    return tuple(Employer(heading(name), int(people)) for name, people in pairs)


def unmatched_rows(persons: pd.DataFrame, unified: Unified) -> pd.DataFrame:
    """Return one line per group of people of the verdict no_match, the largest first.

    A group has the domain of an employer; people at free mail are grouped by the employer that
    they state. ``stated_employer`` is the spelling that most of them state, and ``row_id`` is that
    of the first person. People without either are one group. ``persons`` are the valid people.
    """
    return Unmatched.of(persons, unified).rows()


@dataclass(frozen=True, slots=True)
class Unmatched:
    """People of the verdict no_match, counted; the counts of parts make those of the whole.

    Attributes:
        groups: one line per group; columns domain, employer, row_id (the first), people.
        spellings: one line per group and stated employer; columns domain, employer, stated, people.
    """

    groups: pd.DataFrame
    spellings: pd.DataFrame

    @classmethod
    def of(cls, persons: pd.DataFrame, unified: Unified) -> Unmatched:
        """Count the valid ``persons`` without a company."""
        lines = _lines(persons, part_of(unified, "decisions", [ROW_ID, "verdict"]))
        stated = lines[lines["stated"] != ""]
        groups = lines.groupby(_BY, sort=True)[ROW_ID].agg(row_id="first", people="size")
        spellings = stated.groupby([*_BY, "stated"], sort=True).size()
        return cls(groups.reset_index(), spellings.reset_index(name="people"))

    @classmethod
    def none(cls) -> Unmatched:
        """Count no one."""
        text, people = pd.Series(dtype="str"), pd.Series(dtype="int64")
        groups = pd.DataFrame({"domain": text, "employer": text, ROW_ID: text, "people": people})
        spellings = {"domain": text, "employer": text, "stated": text, "people": people}
        return cls(groups, pd.DataFrame(spellings))

    @classmethod
    def together(cls, parts: Sequence[Unmatched]) -> Unmatched:
        """Return the counts of all people from those of parts, in their order."""
        groups = pd.concat([part.groups for part in parts]).groupby(_BY, sort=True)
        spellings = pd.concat([part.spellings for part in parts])
        return cls(
            groups.agg({ROW_ID: "first", "people": "sum"}).reset_index(),
            spellings.groupby([*_BY, "stated"], sort=True)["people"].sum().reset_index(),
        )

    def rows(self) -> pd.DataFrame:
        """Return the lines of ``unmatched_rows``."""
        # Of equally frequent spellings the first in the alphabet stays.
        frequent = self.spellings.sort_values("people", ascending=False, kind="stable")
        stated = frequent.drop_duplicates(_BY)[[*_BY, "stated"]]
        whole = self.groups.merge(stated, on=_BY, how="left", validate="one_to_one")
        ordered = whole.sort_values("people", ascending=False, kind="stable", ignore_index=True)
        named = ordered.rename(columns={"domain": "employer_domain", "stated": "stated_employer"})
        text = [name for name in UNMATCHED_COLUMNS if name != "people"]
        named[text] = named[text].replace("", pd.NA)
        kinds = {"people": "int64", **dict.fromkeys(text, "str")}
        return named[list(UNMATCHED_COLUMNS)].astype(kinds)


def _lines(persons: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return a line per person without a company; "" is missing."""
    alone = decisions.loc[decisions["verdict"] == "no_match", ROW_ID]
    people = persons[among(persons[ROW_ID], alone)]
    domain = on_distinct(on_distinct(_column(people, "Email"), email_host), employers_domain)
    stated = _column(people, "CompanyName")
    employer = on_distinct(stated, _employer)
    return pd.DataFrame(
        {
            ROW_ID: people[ROW_ID],
            "domain": domain.fillna(""),
            "stated": stated.where(employer.notna()).fillna(""),
            "employer": employer.where(domain.isna()).fillna(""),
        }
    )


def _employer(text: str) -> str | None:
    """Return the key of an employer; freelance, N.N. and the like are none."""
    return None if is_placeholder(text) else employer_key(text)


def _column(people: pd.DataFrame, name: str) -> pd.Series[str]:
    if name in people.columns:
        return people[name]
    return pd.Series(pd.NA, people.index, dtype="str")
