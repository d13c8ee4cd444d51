"""An answered review.csv as answers that last: by e-mail or company name, not by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import DocumentError
from gsprep.schemas.answers import ANSWER_COLUMNS, problems_of
from gsprep.schemas.frames import ROW_ID, require, text_frame
from gsprep.unification.keys import column_of
from gsprep.unification.rulebook import Columns
from gsprep.values.company_name import employer_key
from gsprep.values.distinct import on_distinct
from gsprep.values.email import email_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.errors import Problem

_CANDIDATES: Mapping[str, str] = {"1": "candidate_1_id", "2": "candidate_2_id"}
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A filled-in review, taken apart.

    answers:  one line per row that can be taken, as answers.csv has them, and its row_id.
    problems: the rows that cannot, by their row_id, and what to do.
    empty:    how many rows have no answer.
    """

    answers: pd.DataFrame
    problems: tuple[Problem, ...]
    empty: int


def answers_from_review(
    review: pd.DataFrame, persons: pd.DataFrame, columns: Columns | None = None
) -> pd.DataFrame:
    """Return the answers of a review as a frame for ``answers``, one line per answered row.

    ``review`` has row_id, candidate_1_id, candidate_2_id and ``answer``: 1, 2, none or a Gsid;
    rows without an answer are left out. ``persons`` are those the review is about: an answer is
    kept by their e-mail, and by company name where there is none. ``columns`` says where these
    stand when it is not under the usual names.

    Raises MissingColumnsError, and one DocumentError that names every mistake by its row_id.
    """
    return _taken(review, persons, columns)[list(ANSWER_COLUMNS)]


def _taken(review: pd.DataFrame, persons: pd.DataFrame, columns: Columns | None) -> pd.DataFrame:
    reviewed = read_review(review, persons, columns)
    if reviewed.problems:
        raise DocumentError("the review", reviewed.problems)
    return reviewed.answers


def read_review(
    review: pd.DataFrame, persons: pd.DataFrame, columns: Columns | None = None
) -> Reviewed:
    """Take a filled-in review apart: what can be taken, and what cannot.

    ``review``, ``persons`` and ``columns`` are those of ``answers_from_review``. Raises
    MissingColumnsError.
    """
    require(review, (ROW_ID, *_CANDIDATES.values(), "answer"), of="the review")
    text = text_frame(review, of="the review")
    lines = text[text["answer"].notna()].reset_index(drop=True)
    shown, theirs = (_keys(frame, columns or Columns()) for frame in (lines, text_frame(persons)))
    theirs = theirs.set_index(ROW_ID).reindex(lines[ROW_ID]).reset_index()
    said = lines["answer"].str.strip().str.lower()
    company = _company(lines, said)
    others = (shown["email"] != theirs["email"]) & shown["email"].notna() & theirs["email"].notna()
    email, name = (shown[key].fillna(theirs[key]) for key in ("email", "name"))
    contradicted = _contradicted(email.fillna(on_distinct(name, employer_key)), company)
    wrong = {
        "answer must be 1 or 2 for a candidate that is there, none, or a Gsid": (
            company.isna() & (said != _NONE)
        ),
        "the people have somebody else under this row_id: this is the review of others": others,
        "there is no e-mail and no company name to keep the answer by: clear it": (
            email.isna() & name.isna()
        ),
        "another row of the same e-mail or company name has another answer: keep one": contradicted,
    }
    answers = pd.DataFrame(
        {
            ROW_ID: lines[ROW_ID],
            "kind": np.where(email.notna(), "email", "company_name"),
            "value": email.fillna(name),
            "Company_ID": company,
            "answer": np.where(said == _NONE, "no_match", "match"),
        }
    )
    good = ~np.logical_or.reduce([where.to_numpy(bool) for where in wrong.values()])
    whole = answers.reindex(columns=[ROW_ID, *ANSWER_COLUMNS]).astype("str")
    taken = whole[good].reset_index(drop=True)
    return Reviewed(taken, problems_of(lines[ROW_ID], wrong), len(text) - len(lines))


def _contradicted(whose: pd.Series[str], company: pd.Series[str]) -> pd.Series[bool]:
    """Tell which answers meet another one about the same: they are kept for all rows of it."""
    different: pd.Series[int] = company.fillna(_NONE).groupby(whose).transform("nunique")
    return different > 1


def _company(lines: pd.DataFrame, said: pd.Series[str]) -> pd.Series[str]:
    """Return the company each row was answered with, missing for none and for nonsense."""
    # A Gsid has digits: none, and words such as yes, are no company.
    gsid = lines["answer"].str.strip().mask(said.str.fullmatch(r"\d{1,2}|\D*"))
    company = gsid.astype("str")
    for number, column in _CANDIDATES.items():
        company = company.mask(said == number, lines[column])
    return company


def _keys(text: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return by row_id the address as it is compared, and the stated employer where it is one."""
    names = column_of(text, columns.company_name)
    return pd.DataFrame(
        {
            ROW_ID: text[ROW_ID],
            "email": on_distinct(column_of(text, columns.email), email_key),
            "name": names.where(on_distinct(names, employer_key).notna()),
        }
    )


def as_answers(
    given: pd.DataFrame, persons: pd.DataFrame, columns: Columns | None = None
) -> pd.DataFrame:
    """Return a frame of answers: the given one, or those of the answered review it is.

    Those of a review keep its row_id, so that a note can name them.
    """
    is_review = {"answer", *_CANDIDATES.values()} <= set(given.columns)
    return _taken(given, persons, columns) if is_review else given
