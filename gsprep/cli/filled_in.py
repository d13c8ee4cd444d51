"""A review as a workbook to fill in, and its answers taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gsprep.display import plural
from gsprep.errors import InputError, Problem
from gsprep.review.session import Choice
from gsprep.schemas.answers import NOBODY
from gsprep.schemas.frames import ROW_ID
from gsprep.tables.read import read
from gsprep.unification.answers import read_review
from gsprep.values.ids import is_id

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gsprep.cli.reviewing import Folder
    from gsprep.review.session import Session

_FIRST = (ROW_ID, "answer")
_LAST = ("probability", "margin", "reason", "candidate_1_id", "candidate_2_id")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the rows of a filled-in review, by row_id.

    taken:     those whose answer is kept now; changed: those of them that were answered otherwise.
    as_before: how many say what holds already; empty: how many say nothing.
    problems:  those that cannot be taken, and what to do.
    """

    taken: tuple[str, ...]
    changed: tuple[str, ...]
    as_before: int
    empty: int
    problems: tuple[Problem, ...]


def rows_to_fill_in(session: Session, review: pd.DataFrame) -> pd.DataFrame:
    """Return the open lines of a review, in the order in which they are best answered.

    The answer stands beside the row_id, ids and reasons at the end.
    """
    held = session.state().held
    places = [number - 1 for number in session.groups.order if number not in held]
    middle = [name for name in review.columns if name not in {*_FIRST, *_LAST}]
    last = [name for name in _LAST if name in review.columns]
    rows = review.reindex(columns=[*_FIRST, *middle, *last]).iloc[places]
    return rows.assign(answer=None).astype({"answer": "str"}).reset_index(drop=True)


def take_answers(session: Session, folder: Folder, filled_in: pd.DataFrame) -> Taken:
    """Keep the answers of a filled-in review, each for its person; the others are told.

    An answer that holds already is not written again. Raises MissingColumnsError, and InputError
    when the file of answers cannot be written.
    """
    weighed = weigh(session, folder, filled_in)
    session.answer_all([_choice(session, number, gsid) for number, gsid in weighed.new])
    return weighed.taken


class Weighed(NamedTuple):
    """What taking a filled-in review would do: the new answers, by number, and the rest."""

    new: tuple[tuple[int, str], ...]
    taken: Taken


def weigh(session: Session, folder: Folder, filled_in: pd.DataFrame) -> Weighed:
    """Tell what taking a filled-in review would do, and do nothing; raises MissingColumnsError."""
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
    taken = Taken(
        taken=tuple(row_id for row_id, _ in new),
        changed=tuple(row_id for row_id, _ in new if before[row_id] is not None),
        as_before=len(good) - len(new),
        empty=reviewed.empty,
        problems=(
            *reviewed.problems,
            *(Problem(f"row_id {row_id}", what) for row_id, what in strange.items() if what),
        ),
    )
    return Weighed(tuple((number[row_id], gsid) for row_id, gsid in new), taken)


def refuse_to_lose_answers(session: Session, folder: Folder, path: Path) -> None:
    """Raise InputError when a workbook that would be written over holds answers, or is another."""
    if not path.exists():
        return
    try:
        told = weigh(session, folder, read(path).frame).taken
    except InputError as failure:
        raise InputError(f"{path} is there already, and no review: name another") from failure
    missing = len(told.taken) + len(told.problems)
    if missing:
        raise InputError(
            f"{path} has {missing} {plural(missing, 'answer that is', 'answers that are')} not in "
            f"{session.file.path}: take them with --read first, or name another file"
        )


def _choice(session: Session, number: int, gsid: str) -> tuple[int, Choice]:
    kind = "email" if session.question(number).keys.email else "company_name"
    return number, Choice(gsid, kind)


def _pairs(answers: pd.DataFrame) -> list[tuple[str, str]]:
    company = answers["Company_ID"].fillna(NOBODY)
    return list(zip(answers[ROW_ID].tolist(), company.tolist(), strict=True))


def _strange(session: Session, number: int | None, gsid: str) -> str | None:
    """Return what is wrong with an answer that has the right form, None when nothing is."""
    if number is None:
        return "the review of this folder has no such row: is it another folder's workbook?"
    candidates = {candidate.gsid for candidate in session.question(number).candidates}
    if gsid in {NOBODY, *candidates} or gsid in session.companies.by_gsid or is_id(gsid):
        return None
    return "no company has this Gsid: write 1, 2, none, or a Gsid as it stands in Gainsight"
