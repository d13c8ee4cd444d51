"""Answers in review.csv, saved before the file is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.cli.console import note
from gsprep.cli.review_folder import ANSWERS, REVIEW, read_folder, session_of
from gsprep.cli.review_workbook import read_answers
from gsprep.display import plural
from gsprep.errors import DocumentError, InputError
from gsprep.review.session import Reviewer
from gsprep.settings import user_name
from gsprep.tables.read import read

if TYPE_CHECKING:
    from pathlib import Path


def keep_answers(folder: Path, answers: Path | None, companies: Path | None = None) -> None:
    """Save the answers in the review.csv of ``folder``, which a new run would replace.

    They go to the file ``answers``, by default answers.csv in the folder. Raises DocumentError if
    one cannot be understood: then nothing is replaced.
    """
    if not answered(folder):
        return
    kept = answers or folder / ANSWERS
    earlier = read_folder(folder, told=False)
    session = session_of(earlier, kept, companies, Reviewer(user_name()))
    taken = read_answers(session, earlier, earlier.review)
    if taken.problems:
        raise DocumentError(str(folder / REVIEW), taken.problems)
    count = len(taken.taken)
    if count:
        note(
            f"{folder / REVIEW} has {count} new {plural(count, 'answer', 'answers')}: saved in "
            f"{kept}"
        )


def refuse_answers(folder: Path) -> None:
    """Raise InputError if the review.csv of ``folder`` has answers: they would be lost."""
    if answered(folder):
        review = folder / REVIEW
        raise InputError(
            f"{review} has answers, and the new {REVIEW} would replace it. Save them with `gsprep "
            f"review {folder} --read {review}`, or choose another folder with --out"
        )


def answered(folder: Path) -> bool:
    """Return whether the folder has a review.csv with answers."""
    path = folder / REVIEW
    if not path.is_file():
        return False
    review = read(path).frame
    return "answer" in review.columns and bool(review["answer"].notna().any())
