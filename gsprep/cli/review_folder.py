"""Folder of a run or match, read for a review."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.cli import files
from gsprep.cli.console import note
from gsprep.display import plural
from gsprep.errors import DocumentError, InputError, Problem
from gsprep.lazy import lazy_module
from gsprep.report.files import OURS
from gsprep.schemas.answers import NO_COMPANY
from gsprep.schemas.fields import COMPANY
from gsprep.schemas.frames import ROW_ID
from gsprep.settings import user_name
from gsprep.tables.read import read
from gsprep.tables.write import write_table
from gsprep.unification.explain import ENDINGS, EXPLAINED, sentences
from gsprep.values.arrow import among
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import employers_domain
from gsprep.values.email import email_key
from gsprep.values.host import email_host
from gsprep.values.ids import is_id

if TYPE_CHECKING:
    from gsprep.parts import work
    from gsprep.review import answer_file, questions
    from gsprep.review import session as review_companies
    from gsprep.review import session as sessions
    from gsprep.review.questions import Question
    from gsprep.review.session import Choice, Reviewer, Session
    from gsprep.tables import parts
    from gsprep.unification import answers as answer_tables
else:
    # A run and a match only ask whether there are answers.
    answer_file = lazy_module("gsprep.review.answer_file")
    review_companies = lazy_module("gsprep.review.session")
    questions = lazy_module("gsprep.review.questions")
    sessions = lazy_module("gsprep.review.session")
    answer_tables = lazy_module("gsprep.unification.answers")
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
    reviewed = session_of(earlier, kept, companies, sessions.Reviewer(user_name()))
    taken = read_answers(reviewed, earlier, earlier.review)
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


def run_places(
    summary: Mapping[str, Any], out: Path, links: Mapping[str, int], *, folders: bool = False
) -> tuple[str, ...]:
    """Return lines that name the main files of a run; those that need a person come last.

    ``links`` are the numbers of associations with errors of their own. With ``folders`` the long
    tables are folders.
    """
    end, folder = "" if folders else ".csv", shlex.quote(str(out))
    same = summary.get("existing", {}).get("to_decide")
    wrong = {name: count for name, count in links.items() if count}
    return (
        f"report: {out / 'report.html'}",
        f"outcome of each row: {out / f'people{end}'}",
        *review_line(summary["review"], out),
        *([f"perhaps the same person: gsprep review {folder} --duplicates"] if same else []),
        *([f"to fix: {out / f'rejects{end}'}"] if summary["rejected"] else []),
        *(
            f"to fix: {out / f'{name}{end}'} ({count:,} rejected: see error_message)"
            for name, count in wrong.items()
        ),
    )


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


REVIEW, ANSWERS = "review.csv", "answers.csv"
# Columns that a run adds to its people.
_OF_A_RUN = {*OURS, "Gsid"}
_NAMED = ("Company_ID", "company_name", "runner_up_id", "runner_up_name")


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
    review = files.read_file(folder / REVIEW)
    if told and _has_answers(review):
        note(f"{REVIEW} has answers: use --read {folder / REVIEW} to read them")
    people, evidence, decisions = (
        _table(folder, name, partial(kept, review))
        for name, kept in (("people", _people_of), ("evidence", _rows_of), ("decisions", _named_in))
    )
    if people is not None and not _same_people(review, people):
        note("the table people is not used: it is about other people than review.csv")
        people = None
    return Folder(review, people, evidence, decisions, files.command_of(files.summary_of(folder)))


def next_command(folder: Folder, place: Path, answers: Path) -> str:
    """Return the command that uses the answers: that of the run, or an example."""
    option = shlex.join(["--answers", str(answers)])
    if answers.resolve() == (place / ANSWERS).resolve() and folder.command:
        return folder.command
    if folder.command.startswith("gsprep run "):
        has = "--answers" in shlex.split(folder.command)
        return folder.command if has else f"{folder.command} {option}"
    return f"gsprep match PEOPLE --companies COMPANIES --out {shlex.quote(str(place))} {option}"


def _table(
    folder: Path, name: str, kept: Callable[[pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame | None:
    """Return the lines that are kept of each file of a table, if the folder has it."""
    found = [kept(files.read_file(path)) for path in files.tables_in(folder, name)]
    return pd.concat(found, ignore_index=True) if found else None


def _rows_of(review: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the lines about the people to review."""
    return table[among(table[ROW_ID], review[ROW_ID])] if ROW_ID in table else table


def _people_of(review: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return the people to review, and those who are matched at one of their domains."""
    if not {ROW_ID, "Email", "verdict"} <= set(people.columns) or "Email" not in review:
        return _rows_of(review, people)
    theirs, own = (_employers(frame["Email"]) for frame in (people, review))
    matched = (people["verdict"] == "match").to_numpy() & among(theirs, own)
    return people[among(people[ROW_ID], review[ROW_ID]) | matched]


def _employers(addresses: pd.Series[str]) -> pd.Series[str]:
    return on_distinct(on_distinct(addresses, email_host), employers_domain)


def _named_in(review: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return a line of each pair of companies that is named in decisions."""
    del review  # any other company may be the answer, too
    named = [name for name in _NAMED if name in decisions.columns]
    return decisions[named].drop_duplicates()


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
        else review_companies.companies_of(files.read_file(companies, COMPANY))
    )
    elsewhere = {} if people is None else matched_at(people, asked)
    written = answer_file.Format(lambda path: read(path).frame, write_table)
    kept = answer_file.AnswerFile(answers, written)
    made = sessions.Session(asked, kept, listed, reviewer, elsewhere)
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
    domains = _employers(matched["Email"])
    found: dict[str, Counter[str]] = {}
    for domain, gsid in zip(domains.tolist(), matched["Company_ID"].tolist(), strict=True):
        if domain in of_questions:
            found.setdefault(domain, Counter())[gsid] += 1
    return {domain: dict(counts.most_common()) for domain, counts in found.items()}


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
    reviewed = answer_tables.read_review(filled_in, folder.review)
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
    return number, sessions.Choice(gsid, kind)


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
