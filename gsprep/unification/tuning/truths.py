"""Answers as truth: which company each answered person belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID, require, text_frame
from gsprep.unification.answering.answer_lines import read_answers
from gsprep.unification.answering.answers import OPEN, answered
from gsprep.unification.keys import column_of, person_keys
from gsprep.values.ids import normal_gsid

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex

_CANDIDATES = ("candidate_1_id", "candidate_2_id")
_NOBODY = "none"


def truth_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Return row_id and Company_ID (missing: no company is right) of the answered people.

    ``answers`` is such a frame, or an answered review.csv: its ``answer`` is 1, 2, none or a
    Gsid; where it is empty nobody answered.

    Raises MissingColumnsError, and InputError for a repeated row_id, another answer, and answers
    about e-mails, domains and names, which say nothing before people are known.
    """
    if by_value(answers):
        raise InputError(
            "answers about e-mails, domains and names need the people they are about: "
            "join them with truth_of_people(persons, answers, companies) first"
        )
    reviewed = "answer" in answers.columns
    require(answers, (ROW_ID, *(_CANDIDATES if reviewed else ("Company_ID",))), of="the answers")
    text = text_frame(answers, of="the answers")
    truth = _of_review(text) if reviewed else text
    return truth[[ROW_ID, "Company_ID"]].reset_index(drop=True)


def of_people(
    truth: pd.DataFrame, row_ids: pd.Series[str], *, there: str
) -> tuple[pd.DataFrame, int]:
    """Return the truth about people with these ``row_ids``, and how many others it is about.

    Raises InputError when most of a truth is about others: then its row_ids are those of another
    file. ``there`` says where they are not: "among the decisions".
    """
    known = truth[ROW_ID].isin(row_ids)
    others = int((~known).sum())
    if others > len(truth) / 2:
        raise InputError(
            f"{others} of the {len(truth)} people of the truth are not {there}: "
            "give both the same row_id"
        )
    return truth[known], others


def by_value(answers: pd.DataFrame) -> bool:
    """Return whether answers are about e-mails, domains and names rather than row_ids."""
    return {"kind", "value"} <= set(answers.columns)


def truth_of_people(
    persons: pd.DataFrame, answers: pd.DataFrame, companies: CompanyIndex
) -> pd.DataFrame:
    """Return row_id and Company_ID of the persons whom answers.csv speaks about.

    ``answers`` are read and win as they do when they are replayed. That one company is not
    theirs tells nothing of which is: those whose answers say no more are left out.
    """
    text = text_frame(persons, of="the people")
    book = companies.rulebook
    lines = read_answers(answers, companies.gsids)
    addresses = column_of(text, book.columns.email)
    company = answered(lines, person_keys(text, book), addresses).company
    named = np.full(len(text), None, dtype=object)
    named[company >= 0] = companies.gsids[company[company >= 0]]
    truth = pd.DataFrame({ROW_ID: text[ROW_ID], "Company_ID": pd.Series(named, dtype="str")})
    told: pd.DataFrame = truth[company != OPEN].reset_index(drop=True)
    return told


def _of_review(text: pd.DataFrame) -> pd.DataFrame:
    given = text[text["answer"].notna()]
    said = given["answer"].str.strip().str.lower()
    first, second = (given[name] for name in _CANDIDATES)
    gsids = given["answer"].map(normal_gsid, na_action="ignore")
    company = np.select([said == "1", said == "2"], [first, second], default=gsids)
    known = pd.Series(company, index=given.index, dtype="str")
    unclear = known.isna() & (said != _NOBODY)
    if unclear.any():
        raise InputError(
            f"the answer in row_id {given.loc[unclear, ROW_ID].iloc[0]} names no company: "
            "write 1 or 2 for a candidate that is there, none, or a Gsid"
        )
    return given.assign(Company_ID=known)
