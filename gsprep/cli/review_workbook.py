"""Review as a workbook to fill in, and its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.errors import InputError, Problem
from gsprep.review.session import Choice
from gsprep.schemas.answers import NO_COMPANY
from gsprep.schemas.frames import ROW_ID
from gsprep.tables.read import read
from gsprep.unification.answers import read_review
from gsprep.values.ids import is_id

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gsprep.cli.review_folder import Folder
    from gsprep.review.session import Session

_FIRST = (ROW_ID, "answer")
_LAST = ("probability", "margin", "reason", "candidate_1_id", "candidate_2_id")


@dataclass(frozen=True, slots=True)
class ReadAnswers:
    """The rows of a filled-in review.

    Attributes:
        taken: row_ids whose answer is new.
        changed: row_ids among them that had another answer before.
        as_before: number of rows with the answer that is already stored.
        empty: number of rows without an answer.
        problems: rows whose answer cannot be used, and what to do.
    """

    taken: tuple[str, ...]
    changed: tuple[str, ...]
    as_before: int
    empty: int
    problems: tuple[Problem, ...]


def rows_to_fill_in(session: Session, review: pd.DataFrame) -> pd.DataFrame:
    """Return the undecided rows of a review, in the order in which to answer them.

    The column answer comes next to row_id, ids and reasons last.
    """
    held = session.state().held
    places = [number - 1 for number in session.groups.order if number not in held]
    middle = [name for name in review.columns if name not in {*_FIRST, *_LAST}]
    last = [name for name in _LAST if name in review.columns]
    rows = review.reindex(columns=[*_FIRST, *middle, *last]).iloc[places]
    return rows.assign(answer=None).astype({"answer": "str"}).reset_index(drop=True)


def read_answers(session: Session, folder: Folder, filled_in: pd.DataFrame) -> ReadAnswers:
    """Store the new answers of a filled-in review and return what was read.

    Raises MissingColumnsError, and InputError if the file of answers cannot be written.
    """
    new, answers = _compare(session, folder, filled_in)
    session.answer_some([_choice(session, number, gsid) for number, gsid in new])
    return answers


def _compare(
    session: Session, folder: Folder, filled_in: pd.DataFrame
) -> tuple[list[tuple[int, str]], ReadAnswers]:
    """Return the new answers, by number of the question, and an account of all rows."""
    number = {question.row_id: question.number for question in session.questions}
    reviewed = read_review(filled_in, folder.review)
    pairs, held = _pairs(reviewed.answers), session.state().held
    strange = {row_id: _strange(session, number.get(row_id), gsid) for row_id, gsid in pairs}
    good = [(row_id, gsid) for row_id, gsid in pairs if strange[row_id] is None]
    before = {row_id: held.get(number[row_id]) for row_id, _ in good}
    new = [
        (row_id, gsid)
        for row_id, gsid in good
        if (answer := before[row_id]) is None or answer.company != gsid
    ]
    taken = ReadAnswers(
        taken=tuple(row_id for row_id, _ in new),
        changed=tuple(row_id for row_id, _ in new if before[row_id] is not None),
        as_before=len(good) - len(new),
        empty=reviewed.empty,
        problems=(
            *reviewed.problems,
            *(Problem(f"row_id {row_id}", what) for row_id, what in strange.items() if what),
        ),
    )
    return [(number[row_id], gsid) for row_id, gsid in new], taken


def unread_answers(session: Session, folder: Folder, path: Path) -> int:
    """Return how many answers of an existing workbook are not stored; 0 without a workbook.

    Raises InputError if the file is not a review.
    """
    if not path.exists():
        return 0
    try:
        answers = _compare(session, folder, read(path).frame)[1]
    except InputError as failure:
        raise InputError(f"{path} exists and is not a review. Choose another file") from failure
    return len(answers.taken) + len(answers.problems)


def _choice(session: Session, number: int, gsid: str) -> tuple[int, Choice]:
    kind = "email" if session.question(number).keys.email else "company_name"
    return number, Choice(gsid, kind)


def _pairs(answers: pd.DataFrame) -> list[tuple[str, str]]:
    company = answers["Company_ID"].fillna(NO_COMPANY)
    return list(zip(answers[ROW_ID].tolist(), company.tolist(), strict=True))


def _strange(session: Session, number: int | None, gsid: str) -> str | None:
    """Return why a well-formed answer cannot be used, or None."""
    if number is None:
        return "the review of this folder has no such row. Check that the workbook belongs to it"
    candidates = {candidate.gsid for candidate in session.question(number).candidates}
    if gsid in {NO_COMPANY, *candidates} or gsid in session.companies.by_gsid or is_id(gsid):
        return None
    return "no company has this Gsid. Write 1, 2, none, or a Gsid from Gainsight"
