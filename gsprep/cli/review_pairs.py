"""Folders about the same person twice, read for a review."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.cli import files
from gsprep.cli.console import note
from gsprep.cli.review_folder import command_of, summary_of
from gsprep.display import plural
from gsprep.errors import GsprepError, InputError
from gsprep.review.answer_file import AnswerFile, Format
from gsprep.review.pair_session import PairSession, Preview
from gsprep.review.pairs import OURS, Record, pair_questions
from gsprep.schemas.answers import PAIR_ANSWER_COLUMNS, PAIR_ANSWERED_BY, PAIR_ANSWERS
from gsprep.schemas.frames import ROW_ID, require, with_row_ids
from gsprep.tables.read import read
from gsprep.tables.write import write_table
from gsprep.unification.duplicates.merge import merge_groups
from gsprep.unification.duplicates.output_tables import DUPLICATES, EVIDENCE, EXISTING, PAIRS
from gsprep.unification.duplicates.stable_ids import with_person_id
from gsprep.unification.duplicates.updating import FILE_LEADS
from gsprep.unification.rulebook import Rulebook, read_rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


_FORMAT = Format(lambda path: read(path).frame, write_table)


def has_pairs(folder: Path) -> bool:
    """Return whether a folder has the pairs of ``gsprep duplicates`` or of a run."""
    return (folder / PAIRS).is_file() and (folder / DUPLICATES).is_file()


def kept_answers(folder: Path, answers: Path | None) -> pd.DataFrame | None:
    """Read the given answers, or the ``pair_answers.csv`` of a folder if it exists."""
    usual = folder / PAIR_ANSWERS
    if answers is None and not usual.is_file():
        return None
    frame = files.read_file(answers or usual)
    require(frame, PAIR_ANSWERED_BY, of=str(answers or usual))
    if answers is not None:
        return frame
    note(f"{usual}: using {len(frame)} {plural(len(frame), 'answer', 'answers')}")
    return frame


def pair_session_of(folder: Path, answers: Path, by: str) -> PairSession:
    """Return the review of the same person twice; the file ``answers`` need not exist.

    Raises InputError for a folder without pairs, and for files that cannot be read.
    """
    if not has_pairs(folder):
        raise InputError(
            f"{folder} has no {PAIRS}. Name a folder that `gsprep duplicates` wrote, or `gsprep "
            "run` with --against"
        )
    tables = {name: _optional(folder / name) for name in (DUPLICATES, PAIRS, EVIDENCE, EXISTING)}
    duplicates, pairs = (_needed(tables[name]) for name in (DUPLICATES, PAIRS))
    records = with_person_id(duplicates)
    summary = summary_of(folder)
    questions = pair_questions(records, pairs, tables[EVIDENCE], tables[EXISTING])
    frames = [records, *(frame for frame in (tables[EXISTING],) if frame is not None)]
    named = dict.fromkeys(str(name) for frame in frames for name in frame.columns)
    columns = [name for name in named if name not in OURS]
    session = PairSession(
        questions,
        AnswerFile(answers, _FORMAT, PAIR_ANSWER_COLUMNS, PAIR_ANSWERED_BY),
        by,
        previewing(*_surviving(summary), columns),
        columns,
        _next_command(summary, folder, answers),
    )
    # Mistakes in the answers are reported now, not in the browser.
    session.state()
    return session


def _needed(frame: pd.DataFrame | None) -> pd.DataFrame:
    return pd.DataFrame() if frame is None else frame


def _optional(path: Path) -> pd.DataFrame | None:
    # What gsprep wrote itself needs no note about how it was read.
    return read(path).frame if path.is_file() else None


def _is_run(summary: Mapping[str, Any]) -> bool:
    return "existing" in summary


def _surviving(summary: Mapping[str, Any]) -> tuple[Rulebook | None, bool]:
    """Return the rulebook that says what survives, and whether the rows of the file lead."""
    is_run = _is_run(summary)
    rules = _option(command_of(summary), "--people-rules" if is_run else "--rules")
    usual = FILE_LEADS if is_run else None
    if rules is None:
        return usual, is_run
    try:
        book = read_rulebook(Path(rules))
    except GsprepError:
        note(f"{rules} cannot be read: the page shows what survives without a rulebook")
        return usual, is_run
    return (usual if is_run and book.survive is None else book), is_run


def _option(command: str, name: str) -> str | None:
    """Return the value of an option in a command line."""
    words = shlex.split(command)
    return words[words.index(name) + 1] if name in words[:-1] else None


def _next_command(summary: Mapping[str, Any], folder: Path, answers: Path) -> str:
    """Return the command that uses the answers: that of the folder, or an example."""
    example = shlex.join(["gsprep", "duplicates", "PEOPLE", "--out", str(folder)])
    command = command_of(summary) or example
    usual = answers.resolve() == (folder / PAIR_ANSWERS).resolve()
    option = "--pair-answers" if _is_run(summary) else "--answers"
    named = option in shlex.split(command)
    return command if usual or named else f"{command} {shlex.join([option, str(answers)])}"


def previewing(
    book: Rulebook | None, fullest: bool, columns: Sequence[str]
) -> Callable[[Sequence[Record]], Mapping[str, Preview]]:
    """Return what shows the surviving values of records as if they were one person.

    They are merged as the command does: existing people last, in a run the fullest record first.
    """

    def preview(given: Sequence[Record]) -> Mapping[str, Preview]:
        records = sorted(given, key=lambda one: (one.existing, -len(one.cells) * fullest))
        rows = [{name: one.cells.get(name) for name in columns} for one in records]
        frame = with_row_ids(pd.DataFrame(rows, columns=list(columns), dtype="str"), of="records")
        old = pd.Series([one.existing for one in records])
        groups = pd.DataFrame({
            ROW_ID: frame[ROW_ID],
            "person_id": "1",
            "Gsid": pd.NA,
            "source": old.map({True: "against", False: "persons"}),
        })  # fmt: skip
        merged = merge_groups(frame, groups, book).persons.iloc[0]
        leader = records[int(merged[ROW_ID]) - 1]
        ordered = [leader, *(one for one in records if one is not leader)]
        return {
            name: Preview(value, next((o.id for o in ordered if o.cells.get(name) == value), ""))
            for name in columns
            if isinstance(value := merged.get(name), str)
        }

    return preview
