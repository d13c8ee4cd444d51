"""``--format parquet``: sources larger than memory, part by part."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cli import options
from gsprep.cli.console import Counts, stages, tell
from gsprep.cli.files import note_reading, read_companies, read_file, read_known_file
from gsprep.cli.guards import check_outputs
from gsprep.cli.prepared import prepared, rulebook_of
from gsprep.cli.review_folder import refuse_answers, review_line
from gsprep.errors import InputError
from gsprep.mapping.advice import advise
from gsprep.mapping.mapping_file import read_mapping
from gsprep.parts.match import match_parts
from gsprep.parts.work import Pace, survey, usual_workers, working
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import ROW_ID
from gsprep.tables.delimited import TextOptions
from gsprep.tables.parts import parts_of
from gsprep.unification.answers import as_answers
from gsprep.unification.unify import compared_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.parts import Parts
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.rulebook import Rulebook


def open_parts(source: str, fields: ObjectFields | None, reading: options.Input) -> Parts:
    """Return the parts of a source; InputError for what cannot be read part by part."""
    refuse_of_parts({"--sheet": reading.sheet, "--query": reading.query})
    mapping = None if reading.mapping is None else read_mapping(reading.mapping, fields)
    written = TextOptions(fields, reading.encoding, reading.header)
    return parts_of(source, fields, mapping, written=written)


def refuse_of_parts(given: Mapping[str, object]) -> None:
    """Raise InputError for the first option that has a value."""
    wrong = [name for name, value in given.items() if value]
    if wrong:
        raise InputError(f"--format parquet works part by part, without {wrong[0]}: omit it")


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
        known = read_known_file(self.matching.known, book)
        listed = read_companies(self.companies, self.matching.companies_mapping)
        return prepared(listed, book, known, self._answers(book, parts))

    def _answers(self, book: Rulebook, parts: Parts) -> pd.DataFrame | None:
        if self.answers is None:
            return None
        given = read_file(self.answers)
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
    check_outputs([out / "review.csv"], inputs=inputs, answers=job.answers)
    refuse_answers(out)
    book = rulebook_of(matching)
    with pace_of(in_parts) as pace:
        seen = survey(job.parts, pace, len)
        note_reading(job.people, seen.notes)
        names = list(job.parts.naming.columns.names)
        advise(names, PERSON, step="unify", used=compared_columns(book))
        done = match_parts(seen.parts, job.index(book, seen.parts), out, pace)
    counts = dict(done.verdicts)
    document = {"schema": "gsprep.match/1", "people": done.people, **counts}
    document |= {"parts": done.parts, "resumed": done.resumed}
    reviews = review_line(counts.get("review", 0), out)
    found = f"decisions: {out / 'decisions'}"
    tell(document, [Counts(counts), found, *reviews], as_json=as_json)
