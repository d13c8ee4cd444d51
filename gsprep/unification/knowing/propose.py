"""``propose_known``: what people who were matched show about those who share something with them.

Deciding is by row; learning from each other is this step of its own, whose lines the next pass
takes as ``known``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gsprep.schemas.frames import ROW_ID, require, text_frame
from gsprep.unification.keys import person_keys
from gsprep.unification.rulebook import read_rulebook
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import names_employer
from gsprep.values.email import email_key

if TYPE_CHECKING:
    from gsprep.unification.linked import Coded
    from gsprep.unification.rulebook import Rulebook

KNOWN_COLUMNS = ("Domain", "Phone", "Company_ID", "support")
# One person is no evidence about others, and no one counts for themselves alone.
_LEAST_PEOPLE = 2
_PURE = 0.95


def propose_known(
    persons: pd.DataFrame, decisions: pd.DataFrame, rulebook: Rulebook | None = None
) -> pd.DataFrame:
    """Return the domains and phones whose matched people went to one company, with support.

    One line for each, sorted: Domain or Phone, Company_ID, and support, the number of people
    (distinct e-mail addresses). Left out are domains that say no employer (free mail, the
    rulebook's own and excluded ones), what fewer than two people share, and what people share who
    went, or may have to go, to several companies (fewer than 95 % to one). Both frames need
    ``row_id``; ``rulebook`` names the columns.

    Raises MissingColumnsError without ``row_id``, verdict or Company_ID.
    """
    require(persons, (ROW_ID,), of="persons")
    require(decisions, (ROW_ID, "verdict", "Company_ID"), of="decisions")
    book = rulebook if rulebook is not None else read_rulebook()
    people = text_frame(persons)
    decided = text_frame(decisions[[ROW_ID, "verdict", "Company_ID"]])
    lines = _lines(people, book).merge(decided, on=ROW_ID, validate="one_to_one")
    told = [_of_one_company(lines, name) for name in ("Domain", "Phone")]
    return pd.concat(told, ignore_index=True).reindex(columns=list(KNOWN_COLUMNS))


def _lines(people: pd.DataFrame, book: Rulebook) -> pd.DataFrame:
    """Return each row's employer's host, number and address, as they are compared."""
    keys = person_keys(people, book)
    nobody = frozenset((*book.domains.own, *book.domains.excluded))
    named = people.reindex(columns=[ROW_ID, book.columns.email])
    return pd.DataFrame(
        {
            ROW_ID: people[ROW_ID],
            "Domain": on_distinct(
                _text(keys.host), lambda host: host if names_employer(host, nobody) else None
            ),
            "Phone": _text(keys.phone),
            "address": on_distinct(named[book.columns.email].astype("str"), email_key),
        }
    )


def _text(column: Coded) -> pd.Series[str]:
    return pd.Series(pd.array(column.values, dtype="str").take(column.codes, allow_fill=True))


def _of_one_company(lines: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the values whose people went to one company, with how many they are."""
    there = lines[[name, "Company_ID", "address", "verdict"]].dropna()
    people = there.drop_duplicates([name, "Company_ID", "address", "verdict"])
    matched = people[people["verdict"] == "match"]
    counts = matched.groupby([name, "Company_ID"]).size().rename("support").reset_index()
    # The smaller Company_ID stands first among equals, which are left out in any case.
    most = counts.sort_values([name, "support"], ascending=[True, False], kind="stable")
    most = most.drop_duplicates(name)
    both = people.merge(most, on=name, suffixes=("", "_most"), validate="many_to_one")
    elsewhere = both[both["Company_ID"] != both["Company_ID_most"]].groupby(name)["address"]
    others = elsewhere.nunique().reindex(most[name], fill_value=0).to_numpy(dtype="int64")
    pure = most["support"] >= _PURE * (most["support"] + others)
    return most[pure & (most["support"] >= _LEAST_PEOPLE)]
