"""``review``: people whose company somebody has to decide, in a browser or in a workbook."""

from __future__ import annotations

import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import options
from gsprep.cli.console import note, read_file, tell
from gsprep.cli.ends import DONE, SOME_ROWS
from gsprep.cli.files import check_file, make_folder
from gsprep.cli.filled_in import Taken, refuse_to_lose_answers, rows_to_fill_in, take_answers
from gsprep.cli.reviewing import ANSWERS, REVIEW, Folder, read_folder, session_of
from gsprep.errors import InputError, SettingsError
from gsprep.review.access import Access, Presence
from gsprep.review.app import make_app
from gsprep.review.serve import Server, listening
from gsprep.review.session import Reviewer, Session
from gsprep.settings import user_name
from gsprep.tables.answer_workbook import write_answer_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

_IDLE_SECONDS = 60 * 60


def review_folder(
    folder: Annotated[Path, typer.Argument(help="The folder that a run or a match wrote.")],
    companies: Annotated[
        Path | None,
        typer.Option(
            "--companies",
            help="All companies, to search them and to see domains, numbers and countries; "
            "without it those that the folder names.",
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="The file of answers; else answers.csv of the folder."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Your name in the answers; else your login.")
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option("--rules", help="The rulebook they were matched by, to be named in answers."),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address and open nothing.")
    ] = False,
    xlsx: Annotated[
        Path | None,
        typer.Option("--xlsx", help="Write the open ones as a workbook to fill in, and end."),
    ] = None,
    filled_in: Annotated[
        Path | None,
        typer.Option("--read", help="Take the answers of a filled-in workbook or CSV, and end."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show people with two possible companies side by side; each answer is kept in answers.csv."""
    if xlsx is not None and filled_in is not None:
        raise InputError("--xlsx writes a workbook and --read takes one back: give one of them")
    kept = answers or folder / ANSWERS
    read = read_folder(folder)
    _check_places(folder, kept, xlsx)
    make_folder(kept.parent)
    session = session_of(
        read, kept, companies, Reviewer(by or user_name(), rules and Path(rules).name)
    )
    if xlsx is not None:
        _write_workbook(session, read, xlsx, as_json=as_json)
    elif filled_in is not None:
        raise typer.Exit(_take_workbook(session, read, filled_in, as_json=as_json))
    else:
        _serve(session, port, browser=not no_browser, as_json=as_json)


def _check_places(folder: Path, answers: Path, xlsx: Path | None) -> None:
    for path in filter(None, (answers, xlsx)):
        check_file(path)
        place = folder / REVIEW
        if path.exists() and path.samefile(place):
            raise InputError(f"{path} is the review itself: name another file")


def _serve(session: Session, port: int, *, browser: bool, as_json: bool) -> None:
    try:
        listener = listening(port)
    except OSError as failure:
        raise SettingsError(f"port {port} cannot be used: {failure.strerror}") from failure
    access, presence = Access(listener.getsockname()[1]), Presence(_IDLE_SECONDS)
    with Server(make_app(session, access, presence), listener):
        document = {"schema": "gsprep.review/1", "address": access.address, **_counts(session)}
        tell(document, (access.address,), as_json=as_json)
        note("this address opens once, in your browser; Ctrl-C ends it, every answer is kept")
        if browser:
            webbrowser.open(access.address)
        with suppress(KeyboardInterrupt):
            presence.wait()
    counts = _counts(session)
    note(f"{counts['answered']} of {counts['people']} are decided: {session.file.path}")


def _counts(session: Session) -> dict[str, int]:
    whole, answered = len(session.questions), len(session.state().held)
    return {"people": whole, "answered": answered, "open": whole - answered}


def _write_workbook(session: Session, read: Folder, path: Path, *, as_json: bool) -> None:
    refuse_to_lose_answers(session, read, path)
    rows = rows_to_fill_in(session, read.review)
    write_answer_workbook(rows, path, {"answer": ("1", "2", "none")})
    document = {"schema": "gsprep.review/1", "file": str(path), **_counts(session)}
    lines = (
        f"{len(rows):>8}  people to decide on: {path}",
        "fill in the column answer (1, 2, none or a Gsid), then: --read with the same folder",
    )
    tell(document, lines, as_json=as_json)


def _take_workbook(session: Session, read: Folder, path: Path, *, as_json: bool) -> int:
    taken = take_answers(session, read, read_file(path))
    tell(_document(taken), _lines(taken, session), as_json=as_json)
    return SOME_ROWS if taken.problems else DONE


def _document(taken: Taken) -> Mapping[str, Any]:
    problems = [{"row": problem.place, "message": problem.message} for problem in taken.problems]
    return {
        "schema": "gsprep.review/1",
        "taken": len(taken.taken),
        "changed": list(taken.changed),
        "as_before": taken.as_before,
        "empty": taken.empty,
        "not_understood": problems,
    }


def _lines(taken: Taken, session: Session) -> tuple[str, ...]:
    changed = ", ".join(taken.changed)
    return (
        f"{len(taken.taken):>8}  answers taken: {session.file.path}",
        *([f"{'':>8}  in place of an earlier answer: row_id {changed}"] if changed else []),
        f"{taken.as_before:>8}  as they were answered before",
        f"{taken.empty:>8}  without an answer",
        f"{len(taken.problems):>8}  not understood",
        *(f"{'':>8}  {problem.place}: {problem.message}" for problem in taken.problems),
    )
