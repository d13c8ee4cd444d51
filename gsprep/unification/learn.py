"""Domains and phones learned from decisions, for a second pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.schemas.frames import LINE, ROW_ID, as_pandas, require, text_frame
from gsprep.unification.keys import People, person_hosts, person_phones
from gsprep.unification.prepare import with_known
from gsprep.unification.rulebook import given_rulebook
from gsprep.unification.unify import unify_text
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import names_employer
from gsprep.values.email import email_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from gsprep.results import Unified
    from gsprep.schemas.frames import Frame
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.rulebook import Rulebook

KNOWN_COLUMNS = ("Domain", "Phone", "Company_ID", "support")
# One person is no evidence about others, and no one counts for themselves alone.
_LEAST_PEOPLE = 2
_PURE = 0.95


def propose_known(
    persons: Frame, decisions: pd.DataFrame, rulebook: Rulebook | None = None
) -> pd.DataFrame:
    """Return the domains and phones whose matched people went to one company, with support.

    Left out are domains that belong to no employer (free mail, the rulebook's own and excluded
    ones), values of fewer than two people, and values whose people went, or may have to go, to
    several companies (fewer than 95 % to one).

    Args:
        persons: the people, with ``row_id``, Email and Phone.
        decisions: those of ``unify``.
        rulebook: names the columns if they are not the usual ones; None is the shipped default.

    Returns:
        One line per value, sorted: columns Domain or Phone, Company_ID, and support, the number of
        people (distinct e-mail addresses). It is an argument ``known`` of the next run.

    Raises:
        MissingColumnsError: without ``row_id``, verdict or Company_ID.

    Examples:
        >>> persons = pd.DataFrame(
        ...     {"row_id": ["1", "2"], "Email": ["ana@acme.com", "bo@acme.com"]}
        ... )
        >>> decisions = pd.DataFrame(
        ...     {"row_id": ["1", "2"], "verdict": "match", "Company_ID": "1P02" + "A" * 32}
        ... )
        >>> gsprep.propose_known(persons, decisions)[["Domain", "support"]]
             Domain  support
        0  acme.com        2
    """
    columns = [ROW_ID, "verdict", "Company_ID"]
    persons, decisions = as_pandas(persons), as_pandas(decisions)
    require(persons, (ROW_ID,), of="the frame of people")
    require(decisions, columns, of="the frame of decisions")
    book = given_rulebook(rulebook)
    return _proposed(text_frame(persons), text_frame(decisions[columns]), book)


def _proposed(text: pd.DataFrame, decisions: pd.DataFrame, book: Rulebook) -> pd.DataFrame:
    people = People(text, book)
    host, phone = person_hosts(people), person_phones(people)
    employers = on_distinct(
        _column(host.hosts.texts.to_pylist(), host.codes),
        lambda host: host if names_employer(host, book.domains.ignored) else None,
    )
    lines = pd.DataFrame(
        {
            ROW_ID: text[ROW_ID],
            "Domain": employers,
            "Phone": _column(phone.texts, phone.codes),
            "address": on_distinct(people.email, email_key),
        }
    ).merge(decisions, on=ROW_ID, validate="one_to_one")
    proposed = [_of_one_company(lines, name) for name in ("Domain", "Phone")]
    return pd.concat(proposed, ignore_index=True).reindex(columns=list(KNOWN_COLUMNS))


def _column(texts: Sequence[str], codes: np.ndarray) -> pd.Series[str]:
    return pd.Series(pd.array(texts, dtype="str").take(codes, allow_fill=True))


def _of_one_company(lines: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the values whose people went to one company, with the number of people."""
    there = lines[[name, "Company_ID", "address", "verdict"]].dropna()
    people = there.drop_duplicates([name, "Company_ID", "address", "verdict"])
    matched = people[people["verdict"] == "match"]
    counts = matched.groupby([name, "Company_ID"]).size().rename("support").reset_index()
    # Of equals, which are left out in any case, the smaller Company_ID comes first.
    most = counts.sort_values([name, "support"], ascending=[True, False], kind="stable")
    most = most.drop_duplicates(name)
    both = people.merge(most, on=name, suffixes=("", "_most"), validate="many_to_one")
    elsewhere = both[both["Company_ID"] != both["Company_ID_most"]].groupby(name)["address"]
    others = elsewhere.nunique().reindex(most[name], fill_value=0).to_numpy(dtype="int64")
    pure = most["support"] >= _PURE * (most["support"] + others)
    return most[pure & (most["support"] >= _LEAST_PEOPLE)]


@dataclass(frozen=True, slots=True)
class Learned:
    """What a second pass learned and changed, in numbers."""

    domains: int  # domains whose people went to one company
    phones: int  # telephone numbers whose people went to one company
    matched: int  # people without a match before who have one now
    withdrawn: int  # people with a match before who have none now
    moved: int  # people whose match is another company now


def decide_again(
    persons: pd.DataFrame, index: CompanyIndex, first: Unified, known: pd.DataFrame | None = None
) -> tuple[Unified, Learned]:
    """Decide again, with the first decisions as further evidence.

    Each person is decided alone in either pass; the two together are not by row: people who share
    a domain or a number influence each other. ``known`` are the lines the index was prepared with.
    """
    text, before = text_frame(persons), first.decisions
    proposed = _proposed(text, before[[ROW_ID, "verdict", "Company_ID"]], index.rulebook)
    lines = (
        [proposed]
        if known is None
        else [known.drop(columns=[ROW_ID, LINE], errors="ignore"), proposed]
    )
    with_proposed = text_frame(pd.concat(lines, ignore_index=True), of="the known frame")
    second = unify_text(text, with_known(index, with_proposed))
    return second, _learned(proposed, before, second.decisions)


def _learned(proposed: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> Learned:
    was, is_ = before["verdict"] == "match", after["verdict"] == "match"
    other = before["Company_ID"].fillna("") != after["Company_ID"].fillna("")
    return Learned(
        domains=int(proposed["Domain"].notna().sum()),
        phones=int(proposed["Phone"].notna().sum()),
        matched=int((is_ & ~was).sum()),
        withdrawn=int((was & ~is_).sum()),
        moved=int((was & is_ & other).sum()),
    )
