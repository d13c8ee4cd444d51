"""``--format parquet``: sources larger than memory, part by part."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cli import exit_codes, files, guards, options
from gsprep.cli.console import Counts, Shown, Summary, note, note_all, stages, tell
from gsprep.cli.match import prepared, rulebook_of
from gsprep.cli.review_folder import refuse_answers, review_line
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
    from collections.abc import Iterator, Mapping

    from gsprep.run_options import RunOptions
    from gsprep.unification.index import CompanyIndex
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


@dataclass(frozen=True)
class PartsJob:
    """The sources of a match part by part."""

    people: str
    companies: Path
    matching: options.Matching
    reading: options.Input
    answers: Path | None

    @cached_property
    def parts(self) -> Parts:
        """The parts of the people; only the first one is read."""
        fields = None if self.reading.mapping is None else PERSON
        return open_parts(self.people, fields, self.reading)

    def index(self, book: Rulebook, parts: Parts) -> CompanyIndex:
        """Return the prepared companies with known people and answers."""
        known = files.read_known_file(self.matching.known, book)
        listed = files.read_companies(self.companies, self.matching.companies_mapping)
        columns = parts.read_none().columns
        return prepared(listed, book, known, self._answers(book, parts), columns)

    def _answers(self, book: Rulebook, parts: Parts) -> pd.DataFrame | None:
        if self.answers is None:
            return None
        given = files.read_file(self.answers)
        if ROW_ID not in given:
            return as_answers(given, pd.DataFrame({ROW_ID: []}, dtype="str"), book.columns)
        # A filled-in review is about rows of the people.
        rows = given[ROW_ID]
        about = [frame[frame[ROW_ID].isin(rows)] for frame in map(parts.read, parts.parts)]
        return as_answers(given, pd.concat(about, ignore_index=True), book.columns)


def tell_match(job: PartsJob, out: Path, in_parts: options.InParts, *, as_json: bool) -> None:
    """Match the people part by part, and print the numbers."""
    matching = job.matching
    mappings = (job.reading.mapping, matching.companies_mapping)
    inputs = (job.people, job.companies, matching.known, *mappings)
    guards.check_outputs([out / "review.csv"], inputs=inputs, answers=job.answers)
    refuse_answers(out)
    book = rulebook_of(matching)
    with pace_of(in_parts) as pace:
        seen = survey(job.parts, pace, len)
        files.note_reading(job.people, seen.notes)
        names = list(job.parts.naming.columns.names)
        advise(names, PERSON, step="unify", used=compared_columns(book))
        done = match_parts(seen.parts, job.index(book, seen.parts), out, pace)
    counts = dict(done.verdicts)
    document = {"schema": "gsprep.match/1", "people": done.people, **counts}
    document |= {"parts": done.parts, "resumed": done.resumed}
    reviews = review_line(counts.get("review", 0), out)
    lines: tuple[str | Shown, ...] = (
        Counts(counts),
        f"decisions: {out / 'decisions'}",
        *([f"associations: {out / 'company_persons'}"] if counts.get("match") else []),
        *reviews,
    )
    tell(document, lines, as_json=as_json)


@dataclass(frozen=True)
class RunInPartsJob:
    """A run part by part: the people, the file of companies with its mapping, and the options."""

    people: str
    companies: tuple[Path | None, Path | None]
    reading: options.Input
    settings: RunOptions

    def finish(
        self, out: Path, in_parts: options.InParts, tolerated: float, *, as_json: bool
    ) -> int:
        """Run part by part, write the results, print the numbers and return the exit code."""
        done = self._done(out, in_parts)
        code = exit_codes.code_of_rows(done.to_fix, tolerated)
        files.write_run_in_parts(done, out)
        note_all(done.facts.notes)
        if done.stopped is not None:
            note(f"stopped: {done.stopped}")
            code = exit_codes.code_of(done.stopped)
        links = done.summary["company_persons"]["rejected"]
        lines: tuple[str | Shown, ...] = (
            Summary(done.summary),
            f"report: {out / 'report.html'}",
            f"outcome of each row: {out / 'people'}",
            *review_line(done.summary["review"], out),
            *([f"to fix: {out / 'rejects'}"] if done.summary["rejected"] else []),
            *([files.links_to_fix(out / "company_persons", links)] if links else []),
        )
        document = {**done.summary, "parts": done.parts, "resumed": done.resumed}
        tell(document, lines, as_json=as_json)
        return code

    def _done(self, out: Path, in_parts: options.InParts) -> RunInParts:
        settings, (path, mapping) = self.settings, self.companies
        if path is None:
            raise InputError("--format parquet needs --companies: name the file of companies")
        parts = open_parts(self.people, fields_of(settings.schemas.persons), self.reading)
        guards.refuse_columns(parts.read_none(), settings.schemas.persons, settings.key)
        companies = files.read_source(path, COMPANY, options.Input(mapping=mapping))
        origin = replace(
            settings.origin,
            people=Read(files.place_of(self.people), headers=parts.other_headers()),
            companies=Read(files.place_of(path), companies.sheet),
        )
        with pace_of(in_parts) as pace:
            asked = replace(settings, origin=origin)
            return run_parts(parts, companies.frame, out, asked, pace)
