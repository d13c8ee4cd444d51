"""Folder of a run or match, read for a review."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.cli.console import note
from gsprep.cli.files import read_file
from gsprep.display import plural
from gsprep.errors import DocumentError, InputError
from gsprep.lazy import lazy_module
from gsprep.report.files import OURS
from gsprep.schemas.fields import COMPANY
from gsprep.schemas.frames import ROW_ID
from gsprep.settings import user_name
from gsprep.tables.read import read
from gsprep.tables.write import write_table
from gsprep.unification.explain import ENDINGS, EXPLAINED, sentences
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import employers_domain
from gsprep.values.email import email_key
from gsprep.values.host import email_host

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from gsprep.cli import review_workbook
    from gsprep.parts import work
    from gsprep.review import answer_file, questions, session
    from gsprep.review import companies as review_companies
    from gsprep.review.questions import Question
    from gsprep.review.session import Reviewer, Session
    from gsprep.tables import parts
else:
    # A run and a match only ask whether there are answers.
    review_workbook = lazy_module("gsprep.cli.review_workbook")
    answer_file = lazy_module("gsprep.review.answer_file")
    review_companies = lazy_module("gsprep.review.companies")
    questions = lazy_module("gsprep.review.questions")
    session = lazy_module("gsprep.review.session")
    parts = lazy_module("gsprep.tables.parts")
    work = lazy_module("gsprep.parts.work")


# A larger review.csv is that of a million people and more.
_MOST = 1 << 25


def keep_answers(folder: Path, answers: Path | None, companies: Path | None = None) -> None:
    """Save the answers in the review.csv of ``folder``, which a new run would replace.

    They go to the file ``answers``, by default answers.csv in the folder. Raises DocumentError if
    one cannot be understood: then nothing is replaced.
    """
    if not answered(folder):
        return
    kept = answers or folder / ANSWERS
    earlier = read_folder(folder, told=False)
    reviewed = session_of(earlier, kept, companies, session.Reviewer(user_name()))
    taken = review_workbook.read_answers(reviewed, earlier, earlier.review)
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


def review_line(reviews: int, folder: Path) -> tuple[str, ...]:
    """Return the line that names the review.csv of ``folder``, or none without people in it."""
    return (f"to review: {folder / REVIEW}",) if reviews else ()


def answered(folder: Path, most: int = _MOST) -> bool:
    """Return whether the folder has a review.csv with answers; more bytes are read in parts."""
    path = folder / REVIEW
    if not path.is_file():
        return False
    if path.stat().st_size <= most:
        return _has_answers(read(path).frame)
    return any(work.survey(parts.parts_of(path), work.Pace(), _has_answers).learned)


def _has_answers(review: pd.DataFrame) -> bool:
    return "answer" in review.columns and bool(review["answer"].notna().any())


REVIEW, ANSWERS, SUMMARY = "review.csv", "answers.csv", "summary.json"
# Columns that a run adds to its people.
_OF_A_RUN = {*OURS, "Gsid"}


@dataclass(frozen=True, slots=True)
class Folder:
    """The tables of a folder about the people to review, and the command that wrote it.

    A table is None if its file is missing or is about other people; ``command`` is "" if the
    folder does not tell it.
    """

    review: pd.DataFrame
    people: pd.DataFrame | None
    evidence: pd.DataFrame | None
    decisions: pd.DataFrame | None
    command: str = ""


def read_folder(folder: Path, *, told: bool = True) -> Folder:
    """Read the folder of a run or a match; InputError for any other folder.

    With ``told`` a note says that review.csv has answers.
    """
    if not (folder / REVIEW).is_file():
        raise InputError(
            f"{folder} has no {REVIEW}. Name a folder that `gsprep run` or `gsprep match` wrote"
        )
    review = read_file(folder / REVIEW)
    if told and _has_answers(review):
        note(f"{REVIEW} has answers: use --read {folder / REVIEW} to read them")
    tables = (_optional(folder / name) for name in ("people.csv", "evidence.csv", "decisions.csv"))
    people, evidence, decisions = tables
    if people is not None and not _same_people(review, people):
        note("people.csv is not used: it is about other people than review.csv")
        people = None
    return Folder(review, people, evidence, decisions, _command(folder / SUMMARY))


def _command(path: Path) -> str:
    """Return the command of a run by its summary; "" for other folders."""
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    command = summary.get("command") if isinstance(summary, dict) else None
    return command if isinstance(command, str) else ""


def next_command(folder: Folder, place: Path, answers: Path) -> str:
    """Return the command that uses the answers: that of the run, or an example."""
    option = shlex.join(["--answers", str(answers)])
    if answers.resolve() == (place / ANSWERS).resolve() and folder.command:
        return folder.command
    if folder.command.startswith("gsprep run "):
        has = "--answers" in shlex.split(folder.command)
        return folder.command if has else f"{folder.command} {option}"
    return f"gsprep match PEOPLE --companies COMPANIES --out {shlex.quote(str(place))} {option}"


def _optional(path: Path) -> pd.DataFrame | None:
    return read_file(path) if path.is_file() else None


def _same_people(review: pd.DataFrame, people: pd.DataFrame) -> bool:
    """Return whether equal row_ids have equal addresses: the files may be of two jobs."""
    if not {ROW_ID, "Email"} <= set(people.columns) or "Email" not in review.columns:
        return False
    both = review[[ROW_ID, "Email"]].merge(
        people[[ROW_ID, "Email"]], on=ROW_ID, how="left", validate="one_to_one"
    )
    shown, theirs = (on_distinct(both[name], email_key) for name in ("Email_x", "Email_y"))
    return bool((shown.isna() | (shown == theirs)).all())


def session_of(
    folder: Folder, answers: Path, companies: Path | None, reviewer: Reviewer
) -> Session:
    """Return the review session of a folder; the file ``answers`` need not exist.

    Raises InputError for files that cannot be read and for mistakes in the answers.
    """
    people = folder.people
    own = None if people is None else people.drop(columns=_OF_A_RUN & set(people.columns))
    terms = () if folder.evidence is None else folder.evidence.columns
    wording = questions.Wording(sentences(terms), tuple(filter(None, ENDINGS.values())), EXPLAINED)
    asked = questions.questions_of(folder.review, wording, people=own, evidence=folder.evidence)
    listed = (
        review_companies.companies_named(asked, folder.decisions)
        if companies is None
        else review_companies.companies_of(read_file(companies, COMPANY))
    )
    elsewhere = {} if people is None else matched_at(people, asked)
    written = answer_file.Format(lambda path: read(path).frame, write_table)
    kept = answer_file.AnswerFile(answers, written)
    made = session.Session(asked, kept, listed, reviewer, elsewhere)
    # Mistakes in the answers are reported now, not in the browser.
    made.state()
    return made


def matched_at(
    people: pd.DataFrame, asked: tuple[Question, ...]
) -> Mapping[str, Mapping[str, int]]:
    """Return for each domain of a question the number of matched people by company."""
    if not {"Email", "verdict", "Company_ID"} <= set(people.columns):
        return {}
    matched = people[(people["verdict"] == "match") & people["Company_ID"].notna()]
    of_questions = {question.keys.domain for question in asked} - {None}
    domains = on_distinct(on_distinct(matched["Email"], email_host), employers_domain)
    found: dict[str, Counter[str]] = {}
    for domain, gsid in zip(domains.tolist(), matched["Company_ID"].tolist(), strict=True):
        if domain in of_questions:
            found.setdefault(domain, Counter())[gsid] += 1
    return {domain: dict(counts.most_common()) for domain, counts in found.items()}
