"""A run on files larger than memory, part by part; nothing is sent."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gsprep.cleaning.clean import as_read
from gsprep.parts.deciding import Deciding, cleaned_parts
from gsprep.parts.match import held_index
from gsprep.parts.work import Pace, PartFolder, in_order, merged
from gsprep.pipeline import (
    Decided,
    NotSent,
    agreed,
    checked_matches,
    plan_context,
    result_of,
    rulebook_of,
    sending_of,
    too_many,
)
from gsprep.report.evaluation import agreement_of
from gsprep.report.files import FOLDERS, RUN_FILES, reject_rows, review_rows
from gsprep.report.finding_counts import Unmatched, employers_of
from gsprep.report.page_counts import Facts, facts_of, facts_together, quota_of
from gsprep.report.sentences import contradiction_note, notes_on_columns, plan_notes
from gsprep.report.summary import (
    Origin,
    agreement_counts,
    execution_of,
    rows_to_fix,
    summaries_together,
    told_of,
)
from gsprep.results import OUTCOME_COLUMNS, Checked, Cleaned, Uploaded
from gsprep.run_options import run_id
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.tables.write import write_table, write_tables
from gsprep.unification.answers import Answers, as_answers, one_of_each
from gsprep.unification.keys import People
from gsprep.unification.prepare import kept_index, usable_companies
from gsprep.unification.tuning.evaluate import agreement
from gsprep.uploader.journal import LedgerOptions
from gsprep.uploader.upload import PlannedLoad
from gsprep.validation.check import column_findings
from gsprep.validation.findings import by_position, error_positions
from gsprep.values.arrow import return_memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gsprep.errors import RejectedRowsError
    from gsprep.parts.check import SharedKeys
    from gsprep.parts.deciding import CleanedParts
    from gsprep.results import Evaluation, RunResult
    from gsprep.run_options import RunOptions
    from gsprep.tables.parts import Part, Parts
    from gsprep.unification.index import CompanyIndex
    from gsprep.uploader.records import Sizes
    from gsprep.uploader.upload import PlanContext

_KEPT = ("errors", "review_parts", "loads", "unmatched")
# The people without a company of so many parts are held at most.
_AT_ONCE = 16
# A workbook of rejected rows has no more.
_MOST_REJECTS = 10_000


@dataclass(frozen=True, slots=True)
class RunInParts:
    """What a run part by part came to; its tables are written.

    Attributes:
        summary: the document ``gsprep.run/1``.
        facts: the counts for the report.
        to_fix: for each of the files of records, the rows that need attention, and all rows.
        rejects: the first rejected rows, and the findings on them.
        stopped: why nothing would be sent, None if it would be.
        parts, resumed: the number of parts, and of those that were decided before.
    """

    summary: Mapping[str, Any]
    facts: Facts
    to_fix: Sequence[tuple[int, int]]
    rejects: tuple[pd.DataFrame, pd.DataFrame]
    stopped: RejectedRowsError | None
    parts: int
    resumed: int


def run_parts(
    people: Parts, companies: pd.DataFrame, out: Path, options: RunOptions, pace: Pace | None = None
) -> RunInParts:
    """Clean, check and match people part by part, and write the tables of a run without a client.

    Each table is a folder in ``out`` with a Parquet file for each part; review.csv, unmatched.csv
    and rejected_companies.csv are files. What is there equals ``run`` of all people at once. Parts
    of the same files that were decided in the same way are not decided again.

    Raises InputError for a folder that cannot be written, and as ``run``; TableError for files that
    cannot be read, and for a ``row_id`` that is missing or repeated.
    """
    begun, pace, options = time.monotonic(), pace or Pace(), agreed(options, None)
    own, plain = out / "own", replace(options, progress=None, keep=LedgerOptions(), answers=None)
    tables, kept = (
        PartFolder(out, tuple(FOLDERS.values())),
        PartFolder(own / "kept", _KEPT, {*_KEPT} - {"review_parts"}),
    )
    tables.refuse_source(people)
    cleaned = cleaned_parts(people, own / "cleaned", plain, pace)
    usable, unusable = usable_companies(companies)
    alone = min(pace.workers, len(people.parts)) <= 1
    with held_index(_index(usable, cleaned, options), alone=alone) as held:
        index = held.loaded()
        return_memory()
        deciding = Deciding.begin(cleaned, own / "decided", plain, index)
        decided, rows = deciding.decide_all(held, pace), cleaned.parts.rows
        shared = deciding.shared()
        rejected = rows - deciding.number_valid() + deciding.compare(shared, pace)
        refusal = too_many(rejected, rows, options.most_rejected)
        scene = plan_context(options, refusal)
        plan = replace(scene, quota=None)
        together = deciding.send_together(shared, plan, pace)
        for folder in (tables, kept):
            folder.begin(deciding.head(index))
        writing = _Writing(deciding, shared, plan, refusal, tables, kept, held.answers)
        results = in_order(writing.write, cleaned.parts.parts, "write", pace)
        whole = _Whole(options, writing, results, together, index, unusable, len(companies))
        return whole.written(out, scene, begun, len(results) - decided)


def _index(usable: pd.DataFrame, cleaned: CleanedParts, options: RunOptions) -> CompanyIndex:
    """Return the prepared companies; answers of a filled-in review are about cleaned rows."""
    book, answers = rulebook_of(options), options.answers
    if answers is not None:
        about = [cleaned.header]
        if ROW_ID in answers:
            each = map(cleaned.rows, cleaned.parts.parts)
            about += [rows[rows[ROW_ID].isin(answers[ROW_ID])] for rows in each]
        answers = as_answers(answers, pd.concat(about, ignore_index=True), book.columns)
    known = None if options.known is None else text_frame(options.known, of="the known frame")
    columns = cleaned.header.columns
    return kept_index(usable, book, options.indexes, known=known, answers=answers, columns=columns)


class _PartResult(NamedTuple):
    """The results of a part: its counts, and what of its people the whole run needs.

    Attributes:
        answered: people with an answer, and the decisions on them.
        contradicted: valid rows of an earlier rejects.csv whose other row may be missing.
    """

    summary: Mapping[str, Any]
    facts: Facts
    to_fix: list[tuple[int, int]]
    load: PlannedLoad
    answered: tuple[pd.DataFrame, pd.DataFrame]
    contradicted: int


class _Writing(NamedTuple):
    """The results of the parts, as ``run`` makes them of all rows."""

    deciding: Deciding
    shared: SharedKeys
    scene: PlanContext
    refusal: RejectedRowsError | None
    tables: PartFolder
    kept: PartFolder
    answers: Answers

    def write(self, part: Part) -> _PartResult:
        """Write the tables of a part."""
        more = self.deciding.checks.across(part, self.shared.groups)
        text = self.deciding.cleaned.rows(part)
        checked = self._checked(part, text, more)
        keys = self.deciding.folder.read("keys", part.number, ["position"])
        right = keys["position"].isin(checked.valid.index).to_numpy()
        unified = self.deciding.matching.unified(part, right)
        linked, sent, load = self._sent(part, checked.valid, unified.decisions)
        changes = self.deciding.cleaned.folder.read("changes", part.number)
        none = pd.DataFrame()
        done = Decided(
            Cleaned(text, changes), checked, unified, linked, self.deciding.related(), none
        )
        own = list(self.deciding.cleaned.columns)
        rejects = reject_rows(as_read(done.cleaned, checked.rejected)[own], checked)
        unsent = NotSent(rejects, review_rows(text, unified), _NO_GROUPS)
        result = result_of(done, unsent, replace(sent, stopped=self.refusal), _NO_FACTS, ())
        records = (result.people, result.company_persons, result.relationship_persons)
        self._write(part, result)
        errors = checked.findings[checked.findings["severity"] == "error"]
        people = Unmatched.of(checked.valid, unified).people
        self.kept.write(part.number, (errors, result.review, load.table(), people))
        at = self.deciding.cleaned.folder.read("contradicted", part.number)["position"]
        return _PartResult(
            result.summary,
            facts_of(result),
            [(rows_to_fix(frame), len(frame)) for frame in records],
            load.without_people(),
            self._answered(checked.valid, unified.decisions),
            int(at.isin(checked.valid.index).sum()),
        )

    def _checked(self, part: Part, text: pd.DataFrame, more: Sequence[pd.DataFrame]) -> Checked:
        checks = self.deciding.checks
        found = checks.found(part, more)
        bad = text.index.isin(error_positions(found))
        findings = by_position(found, checks.of).reset_index(drop=True)
        return Checked(text[~bad], text[bad], findings)

    def _sent(
        self, part: Part, valid: pd.DataFrame, decisions: pd.DataFrame
    ) -> tuple[Checked, Uploaded, PlannedLoad]:
        """Return associations and outcomes: of people on their own, and of those sent together."""
        own = ~valid.index.isin(self.shared.places[part.number])
        people, decided = valid[own], decisions[own]
        linked = checked_matches(people, decided, self.deciding.options)
        sent, load = self.deciding.rehearsed(people, decided, linked, self.scene)
        load = load.moved(people.index.to_numpy())
        if not self.shared.groups:
            return linked, sent, load
        theirs, (persons, links), others = self.deciding.sent_with_others(part, self.shared.groups)
        order = pd.Index(valid[ROW_ID])
        linked = Checked(
            _by_person([linked.valid, theirs.valid], order),
            _by_person([linked.rejected, theirs.rejected], order),
            pd.concat([linked.findings, theirs.findings]),
        )
        sent = replace(
            sent,
            persons=pd.concat([sent.persons, persons]),
            company_persons=pd.concat([sent.company_persons, links]),
        )
        return linked, sent, load.mixed(others)

    def _write(self, part: Part, result: RunResult) -> None:
        for name, folder in FOLDERS.items():
            table = RUN_FILES[name].table
            if name == "changes.csv":
                self.tables.take(folder, part.number, self.deciding.cleaned.folder)
            elif table is not None:
                self.tables.write_one(folder, part.number, [table(result)])

    def _answered(
        self, valid: pd.DataFrame, decisions: pd.DataFrame
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return a person of each answer, and the decision on them."""
        answered = (decisions["rule"] == "answer").to_numpy(dtype=bool)
        people, decided = (one[answered].reset_index(drop=True) for one in (valid, decisions))
        if len(people):
            book = rulebook_of(self.deciding.options)
            chosen = one_of_each(self.answers, People(people, book))
            people, decided = people.take(chosen), decided.take(chosen)
        return people, decided


_NO_GROUPS = Unmatched.none().rows()
# Of a part there are only counts.
_NO_FACTS: Mapping[str, Any] = {
    **told_of(Origin(), None, 0, 0),
    "run": "", "status": "dry-run", "mode": "dry-run", "calls": 0, "seconds": 0.0,
}  # fmt: skip


def _by_person(links: list[pd.DataFrame], persons: pd.Index) -> pd.DataFrame:
    """Return associations with the position of their person as index."""
    found = pd.concat(links)
    return found.set_axis(persons.get_indexer(pd.Index(found[ROW_ID])))


@dataclass(frozen=True, slots=True)
class _Sizes:
    """The sizes of the records of all parts, read as often as they are asked for."""

    folder: PartFolder
    numbers: range

    def __iter__(self) -> Iterator[Sizes]:
        for load in map(PlannedLoad.of_table, self.folder.read_all("loads", self.numbers)):
            yield from load.sizes


class _Whole(NamedTuple):
    """The parts of a run, whose tables are written, and what all of them have in common."""

    options: RunOptions
    writing: _Writing
    results: Sequence[_PartResult]
    together: Sequence[PlannedLoad]
    prepared: CompanyIndex
    unusable: pd.DataFrame
    companies: int

    def written(self, out: Path, scene: PlanContext, begun: float, resumed: int) -> RunInParts:
        """Write the tables of all parts together, and count them."""
        numbers = range(len(self.results))
        write_tables(merged(self.writing.kept, "review_parts", numbers), out / "review.csv")
        unmatched = self._unmatched().rows()
        write_table(unmatched, out / "unmatched.csv")
        write_table(self.unusable, out / "rejected_companies.csv")
        sent, agreed_on = self._planned(scene), self._agreement()
        summary = self._summary(sent, agreed_on, begun)
        facts = replace(
            facts_together([one.facts for one in self.results], summary),
            notes=(*self._notes(), *plan_notes(sent, None)),
            quota=() if sent.plan is None else quota_of(sent.plan, ()),
            unusable=len(self.unusable),
            employers=employers_of(unmatched),
            agreement=None if agreed_on is None else agreement_of(agreed_on),
        )
        return RunInParts(
            summary,
            replace(facts, sending=replace(facts.sending, plan=sent.plan)),
            [
                (sum(wrong for wrong, _ in of), sum(rows for _, rows in of))
                for of in zip(*(one.to_fix for one in self.results), strict=True)
            ],
            self._rejects(),
            self.writing.refusal,
            len(self.results),
            resumed,
        )

    def _unmatched(self) -> Unmatched:
        """Return the people without a company; those of a few parts are held at once."""
        found, numbers = Unmatched.none(), range(len(self.results))
        for start in numbers[::_AT_ONCE]:
            some = self.writing.kept.read_all("unmatched", numbers[start : start + _AT_ONCE])
            found = Unmatched.together([found, *map(Unmatched, some)])
        return found

    def _planned(self, scene: PlanContext) -> Uploaded:
        """Return what all that would be sent comes to, without its rows."""
        load = PlannedLoad.together([*(one.load for one in self.results), *self.together])
        load = replace(load, sizes=_Sizes(self.writing.kept, range(len(self.results))))
        plan = load.plan(sending_of(self.options, pd.Series(dtype="str")), scene)
        refusal = self.writing.refusal
        calls = plan.calls if refusal is None else 0
        none = pd.DataFrame(columns=list(OUTCOME_COLUMNS), dtype="str")
        return Uploaded(none, none, none, refusal, calls, plan)

    def _summary(
        self, sent: Uploaded, agreed_on: Evaluation | None, begun: float
    ) -> Mapping[str, Any]:
        rows = self.writing.deciding.parts.rows
        facts = {
            **told_of(self.options.origin, None, rows, self.companies),
            **execution_of(sent, None),
            "run": run_id(),
            "seconds": round(time.monotonic() - begun, 3),
        }
        more = {} if agreed_on is None else {"agreement": agreement_counts(agreed_on)}
        return summaries_together([one.summary for one in self.results], facts, more)

    def _agreement(self) -> Evaluation | None:
        people, decisions = (
            pd.concat(parts, ignore_index=True)
            for parts in zip(*(one.answered for one in self.results), strict=True)
        )
        return agreement(people, decisions, self.prepared)

    def _notes(self) -> tuple[str, ...]:
        """Return what was assumed or left out, in the order of ``run``."""
        cleaned, checks = self.writing.deciding.cleaned, self.writing.deciding.checks
        found = list(column_findings(cleaned.header, checks.of, cleaned.facts))
        whole = by_position(found, checks.of)
        given = self.writing.deciding.parts.read_none()
        return (
            *(f"{self.options.origin.people.file}: {note}" for note in cleaned.notes),
            *contradiction_note(sum(one.contradicted for one in self.results)),
            *notes_on_columns(given, whole, len(self.unusable)),
            *self.prepared.notes,
        )

    def _rejects(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the first rejected rows, and the errors of them."""
        rejects: list[pd.DataFrame] = []
        errors: list[pd.DataFrame] = []
        for number in range(len(self.results)):
            rejects.append(self.writing.tables.read("rejects", number))
            errors.append(self.writing.kept.read("errors", number))
            if sum(map(len, rejects)) >= _MOST_REJECTS:
                break
        return pd.concat(rejects, ignore_index=True), pd.concat(errors, ignore_index=True)
