"""Stages of a run part by part before its results: clean, check, match, and what rows share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.cleaning.clean import CleaningOptions
from gsprep.cleaning.recipe import data_columns, options_of
from gsprep.parts.check import COMPARED_TABLES, PartChecks
from gsprep.parts.clean import CleanJob
from gsprep.parts.match import EXCHANGED, Matching, digest_of_index
from gsprep.parts.work import PartFolder, digest_of, each_part, in_order
from gsprep.pipeline import checked_matches, rulebook_of, sending_of
from gsprep.report.sentences import contradicted_rows
from gsprep.results import Checked
from gsprep.schemas.frames import ROW_ID, text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.uploader.upload import PlannedLoad, rehearse_part
from gsprep.validation.check import check_associations
from gsprep.validation.findings import (
    CheckFacts,
    CheckPartFacts,
    check_part_facts,
    error_positions,
)
from gsprep.validation.rows import row_hashes
from gsprep.values.arrow import places_among

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gsprep.parts.check import Group, SharedKeys
    from gsprep.parts.match import HeldIndex
    from gsprep.parts.work import Pace
    from gsprep.results import Uploaded
    from gsprep.run_options import RunOptions
    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.parts import Part, Parts
    from gsprep.unification.index import CompanyIndex
    from gsprep.uploader.upload import PlanContext

_SCHEMA = "gsprep.run-parts/3"
_CLEANED = ("cleaned", "changes", "contradicted")
# Of rows that share a key: the decisions; their associations, checked; what would be sent of them.
_LINKED = ("linked_valid", "linked_rejected", "linked_findings")
_SENT = ("sent_people", "sent_links", "loads")
_DECIDED = (
    "keys", "findings", *EXCHANGED, *COMPARED_TABLES, "shared_decisions", *_LINKED, *_SENT,
)  # fmt: skip
# Rows that have one of these in common are compared, and sent together.
_COMMON = frozenset({"record", "mailbox", "Gsid"})


class CleanedParts(NamedTuple):
    """Cleaned rows in parts.

    Attributes:
        parts: the parts of the source, with the numbers of their records.
        folder: the tables "cleaned" (the rows), "changes", and "contradicted": the positions of
            rows of an earlier rejects.csv whose other row may be missing.
        facts: what the check learns from whole columns of them.
        header: a part without rows.
        columns: the columns as they are read.
        notes: what was assumed when the source was read.
    """

    parts: Parts
    folder: PartFolder
    facts: CheckFacts
    header: pd.DataFrame
    columns: tuple[str, ...]
    notes: tuple[str, ...]

    def rows(self, part: Part) -> pd.DataFrame:
        """Return the cleaned rows of a part."""
        return self.folder.read("cleaned", part.number)


def cleaned_parts(parts: Parts, out: Path, options: RunOptions, pace: Pace) -> CleanedParts:
    """Clean the parts as ``run`` cleans people; parts that are there already are kept."""
    of = fields_of(options.schemas.persons)
    header = without_reasons(text_frame(parts.read_none()))
    how = CleaningOptions(region=rulebook_of(options).region, key=tuple(options.key))
    if options.recipe is not None:
        how = options_of(options.recipe, data_columns(header), options.schemas.persons)
    folder = PartFolder(out, _CLEANED, {"cleaned", "contradicted"})
    seen, cleaning = CleanJob.begin(parts, folder, options.schemas.persons, how, pace)
    todo, whole = folder.todo(parts.parts), seen.parts.rows
    found = dict(each_part(partial(_clean, cleaning, of), todo, "clean", pace, whole=whole))
    done = [part for part in parts.parts if part not in found]
    found |= dict(each_part(partial(_facts, folder, of), done, "clean", pace, whole=whole))
    return CleanedParts(
        seen.parts,
        folder,
        CheckFacts.together([found[part] for part in parts.parts]),
        folder.read("cleaned", 0).head(0),
        tuple(header.columns),
        seen.notes,
    )


def _clean(job: CleanJob, of: ObjectFields, part: Part) -> CheckPartFacts:
    """Clean a part and write it; return what the check learns from its columns."""
    frame = job.parts.read(part)
    cleaned = job.cleaned(frame)
    at = np.flatnonzero(contradicted_rows(frame))
    job.folder.write(part.number, (cleaned.frame, cleaned.changes, pd.DataFrame({"position": at})))
    return check_part_facts(cleaned.frame, of)


def _facts(folder: PartFolder, of: ObjectFields, part: Part) -> CheckPartFacts:
    """Return the same of a part that is cleaned already."""
    return check_part_facts(folder.read("cleaned", part.number), of)


class Deciding(NamedTuple):
    """The decisions of a run part by part.

    ``folder`` has the tables of ``PartChecks`` and of ``Matching``, and what is sent of rows that
    share a key or a Gsid with others.
    """

    cleaned: CleanedParts
    folder: PartFolder
    options: RunOptions

    @property
    def parts(self) -> Parts:
        """The parts with the numbers of their records."""
        return self.cleaned.parts

    @property
    def checks(self) -> PartChecks:
        """The check of the people."""
        of, key = fields_of(self.options.schemas.persons), tuple(self.options.key)
        return PartChecks(self.parts, self.folder, of, key, self.cleaned.facts, self.cleaned.header)

    @classmethod
    def begin(
        cls, cleaned: CleanedParts, out: Path, options: RunOptions, index: CompanyIndex
    ) -> Deciding:
        """Begin, or go on with the parts that were decided in the same way with this index."""
        deciding = cls(cleaned, PartFolder(out, _DECIDED, _DECIDED), options)
        deciding.folder.begin(deciding.head(index))
        return deciding

    def head(self, index: CompanyIndex) -> Mapping[str, str]:
        """Return what the decisions depend on."""
        cleaned = (self.cleaned.folder.out / "parts.json").read_text(encoding="utf-8")
        way = digest_of(self.checks.of, self.options.key, sorted(self.options.evidence))
        index_digest = digest_of_index(index)
        return {"schema": _SCHEMA, "rows": digest_of(cleaned), "way": way, "index": index_digest}

    def decide_all(self, held: HeldIndex, pace: Pace) -> int:
        """Check and match the rows that are left; return how many of the portions these were."""
        todo = self.folder.todo(self.parts.parts)
        in_order(self._check, todo, "check", pace, whole=self.parts.rows)
        return self.matching.match_all(held, pace)

    def _check(self, part: Part) -> None:
        """Check the rows of a part by themselves, and divide the valid ones by their employers."""
        text = self.cleaned.rows(part)
        valid, keys, findings = self.checks.alone(text, self.options.schemas.persons)
        self.matching.divide(part, valid)
        gsids = row_hashes(valid, ["Gsid"]) if "Gsid" in valid else np.uint64(0)
        self.folder.write(part.number, (keys.assign(Gsid=gsids), findings))

    @property
    def matching(self) -> Matching:
        """The matching of the rows that are valid by themselves."""
        book, shown = rulebook_of(self.options), self.options.evidence
        return Matching(self.folder, self.parts.parts, book, shown)

    def valid(self, part: Part) -> pd.DataFrame:
        """Return the rows of a part that are valid by themselves, by their position in it."""
        keys = self.folder.read("keys", part.number, ["position"])
        return self.cleaned.rows(part).loc[keys["position"].to_numpy()]

    def number_valid(self) -> int:
        """Return the number of rows that are valid by themselves."""
        numbers = (part.number for part in self.parts.parts)
        return sum(map(len, self.folder.read_all("keys", numbers, ["position"])))

    def compare(self, shared: SharedKeys, pace: Pace) -> int:
        """Compare the rows that have something in common; return how many are wrong."""
        return self.checks.compare(partial(self._gather, shared), shared, pace)

    def shared(self) -> SharedKeys:
        """Return the rows that have something in common with others."""
        return self.checks.shared(_COMMON)

    def _gather(self, shared: SharedKeys, part: Part) -> None:
        """Write the rows of a part that share a key, and the decisions on them."""
        at = shared.places[part.number]
        self.checks.gather(shared, part, self.cleaned.rows(part).loc[at])
        valid = self.folder.read("keys", part.number, ["position"])["position"]
        decisions = self.matching.decisions(part, valid.isin(at).to_numpy())
        self.checks.gather(shared, part, decisions, "shared_decisions")

    def send_together(
        self, shared: SharedKeys, scene: PlanContext, pace: Pace
    ) -> list[PlannedLoad]:
        """Associate the right ones of the rows that share a key, and rehearse sending them.

        Both are written; returned are the loads of the groups, without people.
        """
        send = partial(self._send_group, shared, scene)
        return in_order(send, shared.groups, "associate", pace)

    def _send_group(self, shared: SharedKeys, scene: PlanContext, group: Group) -> PlannedLoad:
        valid = self.checks.rows_of(group, shared)
        decisions = self.checks.rows_of(group, shared, "shared_decisions")
        owners = range(len(self.parts.parts))
        across = self.folder.read_divided("across", {group.number: owners}).set_index("place")
        right = ~valid.index.isin(error_positions([across]))
        valid, decisions = valid[right], decisions[right].reset_index(drop=True)
        linked = checked_matches(valid, decisions, self.options)
        sent, load = self.rehearsed(valid, decisions, linked, scene)
        load = load.moved(valid.index.to_numpy())
        write = partial(self.checks.write_placed, group=group)
        lines = (linked.valid, linked.rejected, linked.findings, sent.persons, sent.company_persons)
        for table, frame in zip((*_LINKED, *_SENT), lines, strict=False):
            at = places_among(frame[ROW_ID], valid[ROW_ID])
            write(table, lines=frame, places=valid.index[at])
        write("loads", lines=load.table(), places=pd.Index(load.first))
        return load.without_people()

    def sent_with_others(
        self, part: Part, groups: Sequence[Group]
    ) -> tuple[Checked, tuple[pd.DataFrame, pd.DataFrame], PlannedLoad]:
        """Return what ``send_together`` wrote on rows of a part: associations, outcomes, load."""
        mine = {group.number: [part.number] for group in groups}
        linked, sent = (
            [self.folder.read_divided(table, mine) for table in tables]
            for tables in (_LINKED, _SENT)
        )
        load = PlannedLoad.of_table(sent[2]).moved_by(-self.parts.before[part.number])
        return Checked(*linked), (sent[0], sent[1]), load

    def rehearsed(
        self, valid: pd.DataFrame, decisions: pd.DataFrame, linked: Checked, scene: PlanContext
    ) -> tuple[Uploaded, PlannedLoad]:
        """Return the outcomes of people and their associations, and what is to be sent."""
        held = decisions.loc[decisions["verdict"].isin(self.options.hold), ROW_ID]
        texts = (valid, linked.valid, self.related().valid)
        return rehearse_part(texts, sending_of(self.options, held), scene)

    def related(self) -> Checked:
        """Return the associations with relationships: none."""
        none = self.cleaned.header
        schema, key = self.options.schemas.relationship_persons, self.options.key
        return check_associations(None, schema, Checked(none, none, none), key)
