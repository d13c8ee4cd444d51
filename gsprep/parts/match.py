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

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from gsprep.parts.work import Pace, PartFolder, digest_of, in_order, merged
from gsprep.record_batches import loaded_index
from gsprep.report.files import review_rows
from gsprep.report.summary import VERDICTS
from gsprep.results import DECISION_COLUMNS, Unified
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.tables.write import write_tables
from gsprep.unification.decide import ALL_VERDICTS
from gsprep.unification.index import CompanyIndex
from gsprep.unification.keys import column_of
from gsprep.unification.unify import associate_text, columns_read, unify_text
from gsprep.values.arrow import as_arrow, as_objects, places_among

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.tables.parts import Part, Parts
    from gsprep.unification.answers import Answers
    from gsprep.unification.known import Known
    from gsprep.unification.rulebook import Rulebook

_TABLES = ("decisions", "evidence", "company_persons")
# The people to review of a part: review.csv has those of all.
_REVIEW = "review_parts"
_SCHEMA = "gsprep.match-parts/3"


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
    own, numbers = (
        PartFolder(out / "own", EXCHANGED, EXCHANGED),
        [part.number for part in parts.parts],
    )
    for one in (folder, own):
        one.begin({"schema": _SCHEMA, "people": parts.digest, "index": digest_of_index(index)})
    job = _Job(parts, folder, Matching(own, parts.parts, index.rulebook))
    in_order(job.divide, own.todo(parts.parts), "sort", pace, whole=parts.rows)
    with held_index(index, alone=min(pace.workers, len(numbers)) <= 1) as held:
        matched = job.matching.match_all(held, pace)
    todo = folder.todo(parts.parts)
    in_order(job.write, todo, "write", pace, whole=parts.rows)
    write_tables(merged(folder, _REVIEW, numbers), folder.out / "review.csv")
    return MatchedParts(
        parts.rows, _verdicts(folder, numbers), len(numbers), len(numbers) - matched
    )


class _Job(NamedTuple):
    """What is the same for all parts."""

    parts: Parts
    folder: PartFolder
    matching: Matching

    def divide(self, part: Part) -> None:
        """Divide the people of a part by their employers."""
        self.matching.divide(part, text_frame(self.parts.read(part)))

    def write(self, part: Part) -> None:
        """Write the tables of a part."""
        text, unified = text_frame(self.parts.read(part)), self.matching.unified(part)
        links = associate_text(text, unified.decisions)
        tables = (unified.decisions, unified.evidence, links, review_rows(text, unified))
        self.folder.write(part.number, tables)


# What is compared of the people of parts; the decisions on them and the evidence, by portions.
EXCHANGED = ("people", "decisions", "evidence")
# The part of a person, and behind it their position there; whether they have a candidate.
_PLACE, _NAMED, _BITS = "gsprep_place", "gsprep_named", 32
# Employers that begin with the same letters are in one bucket; the buckets of a portion.
_LETTERS, _BUCKETS = 4, 4


class _Portion(NamedTuple):
    """People who are matched at once: those of some buckets of each part."""

    number: int
    buckets: Mapping[int, range]
    rows: int


class Matching(NamedTuple):
    """The matching of people in parts, each employer at once for its people of all parts.

    What is found equals that of each part by itself. ``folder`` has the tables EXCHANGED.
    """

    folder: PartFolder
    parts: Sequence[Part]
    rulebook: Rulebook
    shown: frozenset[str] = ALL_VERDICTS

    def divide(self, part: Part, people: pd.DataFrame) -> None:
        """Write what is compared of the people of a part, divided into buckets by employer."""
        read, buckets = {ROW_ID, *columns_read(self.rulebook)}, _BUCKETS * len(self.parts)
        places = np.arange(len(people)) + (part.number << _BITS)
        compared = people[[name for name in people if name in read]].assign(**{_PLACE: places})
        owners = _beginnings(people, self.rulebook) % np.uint64(buckets)
        self.folder.write_divided("people", part.number, compared, owners.astype(np.int64), buckets)

    def match_all(self, held: HeldIndex, pace: Pace) -> int:
        """Match the people of the portions that are left; return how many portions these were."""
        portions = self._portions()
        todo = [one for one in portions if not self._is_done(one.number)]
        whole = sum(portion.rows for portion in portions)
        in_order(partial(self._match, held), todo, "match", pace, whole=whole)
        return len(todo)

    def _is_done(self, number: int) -> bool:
        return self.folder.path("decisions", number).is_file()

    def _portions(self) -> list[_Portion]:
        """Return portions of about as many rows as the parts have."""
        count = len(self.parts)
        rows = np.array([self.folder.counts("people", part.number) for part in self.parts])
        ends = rows.T.cumsum().reshape(rows.T.shape).T
        portion_of = np.maximum(ends - 1, 0) * count // max(int(rows.sum()), 1)
        bounds = [np.searchsorted(mine, np.arange(count + 1)).tolist() for mine in portion_of]
        return [
            _Portion(
                number,
                {part: range(*mine[number : number + 2]) for part, mine in enumerate(bounds)},
                int(rows[portion_of == number].sum()),
            )
            for number in np.unique(portion_of).tolist()
        ]

    def _match(self, held: HeldIndex, portion: _Portion) -> None:
        """Match the people of a portion; write what is found, divided among the parts."""
        people = self.folder.read_divided("people", portion.buckets)
        places = people.pop(_PLACE).to_numpy()
        unified = unify_text(people, held.loaded(), shown=self.shown)
        at = places_among(unified.evidence[ROW_ID], people[ROW_ID])
        decisions = unified.decisions.assign(**{_NAMED: unified.named})
        for table, frame, own in (
            ("evidence", unified.evidence, places[at]),
            ("decisions", decisions, places),
        ):
            lines = frame.assign(**{_PLACE: own})
            self.folder.write_divided(table, portion.number, lines, own >> _BITS, len(self.parts))

    def unified(self, part: Part, right: np.ndarray | None = None) -> Unified:
        """Return what was found about the people of a part, or about the ``right`` of them."""
        decisions = self._found("decisions", part, right)
        named = decisions.pop(_NAMED).to_numpy(dtype=bool)
        return Unified(decisions, self._found("evidence", part, right), named)

    def decisions(self, part: Part, right: np.ndarray) -> pd.DataFrame:
        """Return the decisions on the ``right`` ones of the people of a part."""
        return self._found("decisions", part, right, [*DECISION_COLUMNS, _PLACE])

    def _found(
        self,
        table: str,
        part: Part,
        right: np.ndarray | None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        done = filter(self._is_done, range(len(self.parts)))
        lines = self.folder.read_divided(table, dict.fromkeys(done, (part.number,)), columns)
        places = lines.pop(_PLACE).to_numpy()
        order = np.argsort(places, kind="stable")
        if right is not None:
            order = order[right[places[order] - (part.number << _BITS)]]
        return lines.take(order).reset_index(drop=True)


def _beginnings(people: pd.DataFrame, book: Rulebook) -> np.ndarray:
    """Return a hash of the first letters of each employer, without one of the e-mail's domain."""
    columns = (book.columns.company_name, book.columns.email)
    employer, email = (as_arrow(column_of(people, name)) for name in columns)
    texts = pc.coalesce(employer, pc.replace_substring_regex(email, "^.*@", ""), "")
    letters = pc.utf8_slice_codeunits(pc.utf8_lower(texts), 0, _LETTERS)
    return pd.util.hash_array(as_objects(letters))


class HeldIndex(NamedTuple):
    """An index for the processes of a stage: itself, or the file of its companies."""

    companies: CompanyIndex | Path
    known: Known
    answers: Answers

    def loaded(self) -> CompanyIndex:
        """Return the index; the arrays of one that is loaded are shared by all processes."""
        if isinstance(self.companies, CompanyIndex):
            return self.companies
        loaded = loaded_index(self.companies)
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
