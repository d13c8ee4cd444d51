"""Matching of files larger than memory, part by part."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gsprep.parts.work import Pace, PartFolder, digest_of, each_part, merged
from gsprep.report.files import review_rows
from gsprep.report.summary import VERDICTS
from gsprep.schemas.frames import text_frame
from gsprep.tables.write import write_tables
from gsprep.unification.index import CompanyIndex
from gsprep.unification.unify import associate_text, unify_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gsprep.tables.parts import Part, Parts
    from gsprep.unification.answers import Answers
    from gsprep.unification.known import Known

_TABLES = ("decisions", "evidence", "company_persons")
# The people to review of a part: review.csv has those of all.
_REVIEW = "review_parts"
_SCHEMA = "gsprep.match-parts/2"


@dataclass(frozen=True, slots=True)
class MatchedParts:
    """What was matched: the number of people, those of each verdict, and of parts done before."""

    people: int
    verdicts: Mapping[str, int]
    parts: int
    resumed: int


def match_parts(
    parts: Parts, index: CompanyIndex, out: Path, pace: Pace | None = None
) -> MatchedParts:
    """Match the people of every part, and write the tables of ``unify`` part by part.

    ``parts`` are counted. ``out`` gets the folders ``decisions``, ``evidence`` and
    ``company_persons`` (the associations) with a Parquet file for each part, as pandas, DuckDB and
    Spark read them, and review.csv of all. What is there equals that of all people at once. Parts
    of the same files with the same index that are there already are not matched again. Several
    workers are processes that share the index; each holds one part.

    Raises InputError for a folder that cannot be written, and TableError for files that cannot be.
    """
    folder, pace = PartFolder(out, (*_TABLES, _REVIEW)), pace or Pace()
    folder.refuse_source(parts)
    folder.begin({"schema": _SCHEMA, "people": parts.digest, "index": digest_of_index(index)})
    todo = folder.todo(parts.parts)
    job = _Job(parts, folder)
    with held_index(index, alone=min(pace.workers, len(todo)) <= 1) as held:
        make = partial(_made, job, held)
        for _ in each_part(make, todo, "match", pace, whole=parts.rows):
            pass
    numbers = [part.number for part in parts.parts]
    write_tables(merged(folder, _REVIEW, numbers), folder.out / "review.csv")
    return MatchedParts(
        people=parts.rows,
        verdicts=_verdicts(folder, numbers),
        parts=len(numbers),
        resumed=len(numbers) - len(todo),
    )


class _Job(NamedTuple):
    """What is the same for all parts."""

    parts: Parts
    folder: PartFolder

    def match(self, index: CompanyIndex, part: Part) -> None:
        """Match the people of a part, and write its tables."""
        text = text_frame(self.parts.read(part))
        unified = unify_text(text, index)
        links = associate_text(text, unified.decisions)
        tables = (unified.decisions, unified.evidence, links, review_rows(text, unified))
        self.folder.write(part.number, tables)


def _made(job: _Job, held: HeldIndex) -> Callable[[Part], None]:
    """Return the work of a process."""
    return partial(job.match, held.loaded())


class HeldIndex(NamedTuple):
    """An index for the processes of a stage: itself, or the file of its companies."""

    companies: CompanyIndex | Path
    known: Known
    answers: Answers

    def loaded(self) -> CompanyIndex:
        """Return the index; the arrays of one that is loaded are shared by all processes."""
        if isinstance(self.companies, CompanyIndex):
            return self.companies
        loaded = CompanyIndex.load(self.companies)
        return replace(loaded, known=self.known, answers=self.answers, not_loaded=())


@contextmanager
def held_index(index: CompanyIndex, *, alone: bool) -> Iterator[HeldIndex]:
    """Give an index for one process that works ``alone``, or for several."""
    held = HeldIndex(index, index.known, index.answers)
    if alone:
        yield held
        return
    with tempfile.TemporaryDirectory(prefix="gsprep-") as folder:
        saved = Path(folder) / "companies.index"
        try:
            # The kept file may be removed meanwhile.
            os.link(index.kept or "", saved)
        except OSError:
            index.save(saved)
        held = held._replace(companies=saved)
        # The arrays that were prepared are not needed any more.
        del index
        yield held


def digest_of_index(index: CompanyIndex) -> str:
    """Return a hash that changes with the companies, the rulebook, known people and answers."""
    people = blake2b(pickle.dumps((index.known, index.answers))).hexdigest()
    return digest_of(index.source, index.rulebook.model_dump(), people)


def _verdicts(folder: PartFolder, numbers: list[int]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for part in folder.read_all(_TABLES[0], numbers, ["verdict"]):
        counts.update(part["verdict"].tolist())
    return {verdict: counts[verdict] for verdict in VERDICTS}
