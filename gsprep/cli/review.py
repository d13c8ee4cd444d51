"""``review``: unclear matches, decided in a browser or workbook."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from gsprep.cli import exit_codes, files, guards, options
from gsprep.cli.console import note, tell
from gsprep.cli.duplicates import has_pairs, pair_session_of
from gsprep.cli.options import listed
from gsprep.cli.review_folder import (
    ANSWERS,
    REVIEW,
    Folder,
    ReadAnswers,
    next_command,
    read_answers,
    read_folder,
    rows_to_fill_in,
    session_of,
    unread_answers,
)
from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.review.app import make_app, make_pair_app
from gsprep.review.questions import further_columns_of
from gsprep.review.serve import serve_page
from gsprep.review.session import Reviewer, Session
from gsprep.schemas.answers import PAIR_ANSWERS
from gsprep.settings import user_name
from gsprep.tables.workbook_writer import write_answer_workbook
from gsprep.tables.write import writer_of
from gsprep.unification.duplicates.output_tables import PAIRS

if TYPE_CHECKING:
    from flask import Flask

    from gsprep.review.pair_session import PairSession
    from gsprep.review.serve import Access, Presence

_IDLE_SECONDS = 60 * 60


def review_folder(
    folder: Annotated[
        Path, typer.Argument(help="Folder that gsprep run, match or duplicates wrote.")
    ],
    companies: Path | None = None,
    answers: Path | None = None,
    by: str | None = None,
    rules: str | None = None,
    show: str | None = None,
    port: Annotated[int, typer.Option(min=0, max=65535)] = 0,
    no_browser: bool = False,
    xlsx: Path | None = None,
    filled_in: Annotated[Path | None, typer.Option("--read")] = None,
    duplicates: bool = False,
    as_json: options.Json = False,
) -> None:
    """Show undecided people with two possible companies, or pairs that may be one person.

    Input:
        companies: File of all companies, to search them and show their domains, phones and
            countries. Without it: only the companies named in the folder.

    Output:
        answers: File of answers. Without it: answers.csv in the folder, for duplicates
            pair_answers.csv.
        by: Your name in the answers. Without it: your login name.
        rules: Rulebook of the match. Its name is written into the answers.

    Browser:
        show: Columns of the file to show next to each person, separated by commas. Without it:
            columns with addresses or domains that are not compared.
        port: Port of the page; 0 means a free one.
        no_browser: Only print the address of the page.
        duplicates: Review duplicates, not companies. Not needed for a folder of gsprep duplicates.

    Workbook:
        xlsx: Write the undecided people to a workbook to fill in, and exit.
        filled_in: Read the answers of a filled-in workbook or CSV file, and exit.
    """
    if xlsx is not None and filled_in is not None:
        raise InputError("--xlsx writes a workbook and --read reads one. Use one of them")
    page, name = _Page(port, not no_browser, as_json), by or user_name()
    if duplicates or (has_pairs(folder) and not (folder / REVIEW).is_file()):
        if xlsx is not None or filled_in is not None:
            raise InputError(
                "--xlsx and --read are for companies. Fill in match or no_match in the column "
                "answer of pairs.csv, and give it to gsprep duplicates with --answers"
            )
        _review_pairs(folder, answers or folder / PAIR_ANSWERS, name, page)
        return
    kept = answers or folder / ANSWERS
    read = read_folder(folder)
    if has_pairs(folder):
        note(f"for possible duplicates, run: gsprep review {quote(str(folder))} --duplicates")
    for path in filter(None, (kept, xlsx)):
        writer_of(path)
    guards.check_outputs((kept, xlsx), inputs=[folder / REVIEW])
    files.make_folder(kept.parent)
    reviewer = Reviewer(name, rules and Path(rules).name)
    session = session_of(read, kept, companies, reviewer)
    session.further = further_columns_of(session.questions, listed(show))
    session.next_command = next_command(read, folder, kept)
    if xlsx is not None:
        _write_workbook(session, read, xlsx, as_json=as_json)
    elif filled_in is not None:
        raise typer.Exit(_take_workbook(session, read, filled_in, as_json=as_json))
    else:
        _review_companies(session, page)


def _review_companies(session: Session, page: _Page) -> None:
    """Show whose company is not sure; answers are saved in answers.csv."""
    _serve(partial(make_app, session), partial(_counts, session), page)
    counts = _counts(session)
    note(f"{counts['answered']} of {counts['people']} people are decided: {session.file.path}")
    if counts["answered"]:
        note(f"next: {session.next_command}")


def _review_pairs(folder: Path, answers: Path, by: str, page: _Page) -> None:
    """Show who may be the same person; answers are saved in pair_answers.csv."""
    writer_of(answers)
    guards.check_outputs((answers,), inputs=[folder / PAIRS])
    files.make_folder(answers.parent)
    session = pair_session_of(folder, answers, by)
    _serve(partial(make_pair_app, session), partial(_pair_counts, session), page)
    counts = _pair_counts(session)
    note(f"{counts['answered']} of {counts['questions']} questions are decided: {answers}")
    if session.last() is not None:
        note(f"next: {session.next_command}")


def _pair_counts(session: PairSession) -> dict[str, int]:
    asked, held = session.to_decide, session.state().held
    answered = sum(question.number in held for question in asked)
    groups = len(session.questions) - len(asked)
    return {
        "questions": len(asked), "answered": answered, "open": len(asked) - answered,
        "merged": groups,
    }  # fmt: skip


def _counts(session: Session) -> dict[str, int]:
    whole, answered = len(session.questions), len(session.state().held)
    return {"people": whole, "answered": answered, "open": whole - answered}


class _Page(NamedTuple):
    """How a page is opened."""

    port: int
    browser: bool
    as_json: bool


def _serve(
    make: Callable[[Access, Presence], Flask], counts: Callable[[], Mapping[str, int]], page: _Page
) -> None:
    """Serve a page until it is ended; ``counts`` returns the numbers of its answers."""

    def announce(address: str) -> None:
        document = {"schema": "gsprep.review/1", "address": address, **counts()}
        tell(document, (address,), as_json=page.as_json)

    ends = "ends the review; every answer is saved"
    show_page(make, announce, ends, browser=page.browser, port=page.port)


def show_page(
    make: Callable[[Access, Presence], Flask],
    announce: Callable[[str], object],
    ends: str,
    *,
    browser: bool,
    port: int = 0,
) -> None:
    """Serve a page until it is ended; ``announce`` prints its address, Ctrl-C ``ends`` it."""

    def opened(address: str) -> None:
        announce(address)
        note(f"the address works once, in your browser. Ctrl-C {ends}")
        if browser:
            webbrowser.open(address)

    serve_page(make, opened, port=port, idle=_IDLE_SECONDS)


def _write_workbook(session: Session, read: Folder, path: Path, *, as_json: bool) -> None:
    if unread := unread_answers(session, read, path):
        have = plural(unread, "answer that is", "answers that are")
        raise InputError(
            f"{path} has {unread} {have} not in {session.file.path}. Read them with --read first, "
            "or choose another file"
        )
    rows = rows_to_fill_in(session, read.review)
    write_answer_workbook(rows, path, {"answer": ("1", "2", "none")})
    document = {"schema": "gsprep.review/1", "file": str(path), **_counts(session)}
    to_do = "fill in the column answer (1, 2, none or a Gsid), then run review with --read"
    people = plural(len(rows), "person", "people")
    lines = (f"{len(rows):>8}  {people} to decide on: {path}", *([to_do] if len(rows) else []))
    tell(document, lines, as_json=as_json)


def _take_workbook(session: Session, read: Folder, path: Path, *, as_json: bool) -> int:
    taken = read_answers(session, read, files.read_file(path))
    tell(_document(taken), _lines(taken, session), as_json=as_json)
    return exit_codes.SOME_ROWS if taken.problems else exit_codes.DONE


def _document(taken: ReadAnswers) -> Mapping[str, Any]:
    problems = [{"row": problem.place, "message": problem.message} for problem in taken.problems]
    return {
        "schema": "gsprep.review/1",
        "taken": len(taken.taken),
        "changed": list(taken.changed),
        "as_before": taken.as_before,
        "empty": taken.empty,
        "not_understood": problems,
    }


def _lines(taken: ReadAnswers, session: Session) -> tuple[str, ...]:
    changed = ", ".join(taken.changed)
    return (
        f"{len(taken.taken):>8}  answers saved: {session.file.path}",
        *([f"{'':>8}  replacing an earlier answer: row_id {changed}"] if changed else []),
        f"{taken.as_before:>8}  same as before",
        f"{taken.empty:>8}  without an answer",
        f"{len(taken.problems):>8}  not understood",
        *(f"{'':>8}  {problem.place}: {problem.message}" for problem in taken.problems),
    )
