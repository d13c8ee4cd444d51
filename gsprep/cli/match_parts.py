"""``match --format parquet``: Parquet files larger than memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cli import options
from gsprep.cli.console import Counts, stages, tell
from gsprep.cli.files import note_reading, read_companies, read_file, read_known_file
from gsprep.cli.guards import check_outputs
from gsprep.cli.prepared import prepared, rulebook_of
from gsprep.cli.review_folder import refuse_answers
from gsprep.errors import InputError
from gsprep.mapping.advice import advise
from gsprep.mapping.mapping import read_mapping
from gsprep.match_parts import match_parts, usual_workers
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import ROW_ID
from gsprep.tables.parquet_parts import parts_of
from gsprep.unification.answers import as_answers
from gsprep.unification.unify import compared_columns

if TYPE_CHECKING:
    from gsprep.tables.parquet_parts import Parts
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.rulebook import Rulebook


@dataclass(frozen=True)
class PartsJob:
    """The sources of a match part by part."""

    people: str
    companies: Path
    matching: options.Matching
    mapping: Path | None
    answers: Path | None

    @cached_property
    def parts(self) -> Parts:
        """The parts of the people; every record is looked at once."""
        mapping = None if self.mapping is None else read_mapping(self.mapping, PERSON)
        return parts_of(self.people, None if mapping is None else PERSON, mapping)

    def index(self, book: Rulebook) -> CompanyIndex:
        """Return the prepared companies with known people and answers."""
        known = read_known_file(self.matching.known, book)
        listed = read_companies(self.companies, self.matching.companies_mapping)
        return prepared(listed, book, known, self._answers(book))

    def _answers(self, book: Rulebook) -> pd.DataFrame | None:
        if self.answers is None:
            return None
        given = read_file(self.answers)
        if ROW_ID not in given:
            return as_answers(given, pd.DataFrame({ROW_ID: []}, dtype="str"), book.columns)
        # A filled-in review is about rows of the people.
        rows = given[ROW_ID]
        about = [
            frame[frame[ROW_ID].isin(rows)] for frame in map(self.parts.read, self.parts.parts)
        ]
        return as_answers(given, pd.concat(about, ignore_index=True), book.columns)


def refuse_of_parts(
    people: str, reading: options.Input, *, passes: int, explain: str | None
) -> None:
    """Raise InputError for options and sources that a match part by part does not have."""
    given = {
        "--sheet": reading.sheet, "--query": reading.query, "--encoding": reading.encoding,
        "--header": reading.header, "--explain": explain,
    }  # fmt: skip
    wrong = [name for name, value in given.items() if value is not None]
    if passes > 1:
        wrong.append("--passes 2")
    if wrong:
        raise InputError(f"--format parquet matches part by part, without {wrong[0]}: omit it")
    path = Path(people).expanduser()
    if not path.is_dir() and path.suffix.lower() not in {".parquet", ".pq"}:
        raise InputError(
            "--format parquet needs people in a Parquet file, or a folder of such files: write "
            "the file as .parquet, or omit the option"
        )


def tell_parts(job: PartsJob, out: Path, workers: int | None, *, as_json: bool) -> None:
    """Match the people part by part, and print the numbers."""
    matching = job.matching
    inputs = (job.people, job.companies, matching.known, job.mapping, matching.companies_mapping)
    check_outputs([out / "review.csv"], inputs=inputs, answers=job.answers)
    refuse_answers(out)
    book = rulebook_of(matching)
    with stages() as show:
        show("read", 0, 0)
        parts = job.parts
        names = list(parts.naming.columns.names)
        note_reading(job.people, parts.naming.columns.notes)
        advise(names, PERSON, step="unify", used=compared_columns(book))
        show("match", 0, parts.rows)
        index = job.index(book)
        done = match_parts(parts, index, out, workers=workers or usual_workers(), progress=show)
    counts = dict(done.verdicts)
    document = {"schema": "gsprep.match/1", "people": done.people, **counts}
    document |= {"parts": done.parts, "resumed": done.resumed}
    lines = (Counts(counts), f"decisions: {out / 'decisions'}", f"to review: {out / 'review.csv'}")
    tell(document, lines, as_json=as_json)
