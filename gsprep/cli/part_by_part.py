"""``--format parquet``: sources larger than memory, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cli import exit_codes, files, guards, options
from gsprep.cli.console import Summary, note, note_all, stages, tell
from gsprep.cli.match import prepared, rulebook_of, tell_matches
from gsprep.cli.review_folder import refuse_answers, run_places
from gsprep.errors import InputError
from gsprep.mapping.columns import advise
from gsprep.mapping.mapping_file import read_mapping
from gsprep.parts.match import match_parts
from gsprep.parts.run import RunInParts, run_parts
from gsprep.parts.work import Pace, survey, usual_workers, working
from gsprep.report.summary import Read
from gsprep.schemas.fields import COMPANY, PERSON, ObjectFields
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.objects import fields_of
from gsprep.tables.parts import Parts, parts_of
from gsprep.tables.raw_table import ReadOptions
from gsprep.unification.answers import as_answers
from gsprep.unification.unify import compared_columns

if TYPE_CHECKING:
    from gsprep.run_options import RunOptions
    from gsprep.unification.rulebook import Rulebook


def open_parts(source: str, fields: ObjectFields | None, reading: options.Input) -> Parts:
    """Return the parts of a source; InputError for what cannot be read part by part."""
    refuse_of_parts({"--sheet": reading.sheet, "--query": reading.query})
    mapping = None if reading.mapping is None else read_mapping(reading.mapping, fields)
    written = ReadOptions(fields, reading.encoding, reading.header)
    return parts_of(source, fields, mapping, written=written)


def refuse_of_parts(given: Mapping[str, object], otherwise: str = "omit it") -> None:
    """Raise InputError for the first option that has a value; ``otherwise`` is what to do."""
    wrong = [name for name, value in given.items() if value]
    if wrong:
        raise InputError(
            f"--format parquet works part by part and cannot use {wrong[0]}: {otherwise}"
        )


def refuse_sending(sending: options.Sending, of_a_whole: Mapping[str, object]) -> None:
    """Raise InputError if a run part by part would send, or has an option of a whole run."""
    if not sending.dry_run:
        raise InputError(
            "run --format parquet works part by part and sends nothing: add --dry-run, and then "
            "send what it wrote with `gsprep upload OUT --format parquet`, where OUT is the folder "
            "of --out. Or add --whole, if all rows fit in memory"
        )
    given = {
        "--company-persons": sending.company_persons,
        "--relationship-persons": sending.relationship_persons,
        "--changed-only": sending.changed_only,
        "--force": sending.force,
    }
    refuse_of_parts(given | dict(of_a_whole), "omit it, or add --whole if all rows fit in memory")


@contextmanager
def pace_of(in_parts: options.InParts) -> Iterator[Pace]:
    """Give how many processes work, and show how far they are."""
    with stages() as show, working(in_parts.workers or usual_workers(), show) as pace:
        yield pace


@contextmanager
def kept_folder(out: Path | None) -> Iterator[Path]:
    """Give the folder of results; without one, a folder that is removed afterwards."""
    if out is not None:
        yield out
        return
    with TemporaryDirectory(prefix="gsprep-") as name:
        yield Path(name)


def match_in_parts(
    people: str,
    companies: Path,
    answers: Path | None,
    matching: options.Matching,
    reading: options.Input,
    in_parts: options.InParts,
    out: Path,
    *,
    as_json: bool,
) -> None:
    """Match the people part by part, and print the numbers."""
    inputs = (people, companies, matching.known, reading.mapping, matching.companies_mapping)
    guards.check_outputs([out / "review.csv"], inputs=inputs, answers=answers)
    refuse_answers(out)
    book = rulebook_of(matching)
    parts = open_parts(people, None if reading.mapping is None else PERSON, reading)
    with pace_of(in_parts) as pace:
        seen = survey(parts, pace, len)
        files.note_reading(people, seen.notes)
        names = list(parts.naming.columns.names)
        advise(names, PERSON, step="unify", used=compared_columns(book))
        listed = files.read_companies(companies, matching.companies_mapping)
        known = files.read_known_file(matching.known, book)
        decided = None if answers is None else _answers(answers, book, seen.parts)
        index = prepared(listed, book, known, decided, seen.parts.read_none().columns)
        done = match_parts(seen.parts, index, out, pace)
    more = {"parts": done.parts, "resumed": done.resumed}
    tell_matches(done.verdicts, more, out, folders=True, as_json=as_json)


def _answers(path: Path, book: Rulebook, parts: Parts) -> pd.DataFrame:
    """Read answers; those of a filled-in review are about rows of the people."""
    given = files.read_file(path)
    if ROW_ID not in given:
        return as_answers(given, pd.DataFrame({ROW_ID: []}, dtype="str"), book.columns)
    rows = given[ROW_ID]
    about = [frame[frame[ROW_ID].isin(rows)] for frame in map(parts.read, parts.parts)]
    return as_answers(given, pd.concat(about, ignore_index=True), book.columns)


def run_in_parts(
    people: str,
    companies: tuple[Path | None, Path | None],
    reading: options.Input,
    settings: RunOptions,
    in_parts: options.InParts,
    out: Path,
) -> RunInParts:
    """Run part by part and write the results; ``companies`` are the file and its mapping."""
    path, mapping = companies
    if path is None:
        raise InputError("--format parquet needs --companies: name the file of companies")
    parts = open_parts(people, fields_of(settings.schemas.persons), reading)
    guards.refuse_columns(parts.read_none(), settings.schemas.persons, settings.key)
    listed = files.read_source(path, COMPANY, options.Input(mapping=mapping))
    origin = replace(
        settings.origin,
        people=Read(files.place_of(people), headers=parts.other_headers()),
        companies=Read(files.place_of(path), listed.sheet),
    )
    with pace_of(in_parts) as pace:
        done = run_parts(parts, listed.frame, out, replace(settings, origin=origin), pace)
    files.write_run_in_parts(done, out)
    return done


def finish(done: RunInParts, out: Path, tolerated: float, *, as_json: bool) -> int:
    """Print the numbers of a run part by part and return the exit code."""
    code = exit_codes.code_of_rows(done.to_fix, tolerated)
    note_all(done.facts.notes)
    if done.stopped is not None:
        note(f"stopped: {done.stopped}")
        code = exit_codes.code_of(done.stopped)
    links = {"company_persons": done.summary["company_persons"]["rejected"]}
    places = run_places(done.summary, out, links, folders=True)
    document = {**done.summary, "parts": done.parts, "resumed": done.resumed}
    tell(document, (Summary(done.summary), *places), as_json=as_json)
    return code
