"""Stages of a run part by part before its results: clean, check, match, and what rows share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from gsprep.cleaning.clean import CleaningOptions
from gsprep.cleaning.facts import CleaningFacts
from gsprep.cleaning.recipe import data_columns, options_of
from gsprep.parts.check import Compared, PartChecks
from gsprep.parts.clean import CleanJob, learned
from gsprep.parts.folder import PartFolder, digest_of
from gsprep.parts.match import digest_of_index
from gsprep.parts.work import each_part, survey
from gsprep.pipeline import (
    checked_associations,
    rulebook_of,
    sending_of,
)
from gsprep.report.sentences import contradicted_rows
from gsprep.results import Checked
from gsprep.schemas.frames import ROW_ID, text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.unification.unify import matched_associations, unify_text
from gsprep.uploader.upload import rehearse_part
from gsprep.validation.check import check_text
from gsprep.validation.facts import CheckFacts, CheckPartFacts, check_part_facts
from gsprep.validation.rows import row_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandera.pandas as pa

    from gsprep.parts.match import HeldIndex
    from gsprep.parts.work import Pace
    from gsprep.results import Uploaded
    from gsprep.run_options import RunOptions
    from gsprep.tables.parts import Part, Parts
    from gsprep.unification.index import CompanyIndex
    from gsprep.uploader.upload import PlanContext, PlannedLoad

_SCHEMA = "gsprep.run-parts/1"
_CLEANED = ("cleaned", "changes", "contradicted")
_DECIDED = ("keys", "findings", "decisions", "evidence")
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
    seen = survey(parts, pace, partial(learned, of=of, how=how))
    facts = CleaningFacts.together([facts for facts, _ in seen.learned])
    only = None if how.only is None else sorted(how.only)
    folder = PartFolder(out, _CLEANED)
    way = digest_of(of, how.region, how.key, only)
    folder.begin({"schema": _SCHEMA, "rows": parts.digest, "way": way})
    todo = folder.todo(parts.parts)
    job = _Cleaning(CleanJob(seen.parts, folder, of, how, facts), options.schemas.persons)
    whole = seen.parts.rows
    found = dict(each_part(partial(partial, job.clean), todo, "clean", pace, whole=whole))
    done = [part for part in parts.parts if part not in found]
    found |= dict(each_part(partial(partial, job.check_facts), done, "clean", pace, whole=whole))
    return CleanedParts(
        seen.parts,
        folder,
        CheckFacts.together([found[part] for part in parts.parts]),
        folder.read("cleaned", 0).head(0),
        tuple(header.columns),
        seen.notes,
    )


class _Cleaning(NamedTuple):
    """The work on a part of the source."""

    job: CleanJob
    schema: pa.DataFrameSchema

    def clean(self, part: Part) -> CheckPartFacts:
        """Clean a part and write it; return what the check learns from its columns."""
        frame = self.job.parts.read(part)
        cleaned = self.job.cleaned(frame, self.schema)
        at = np.flatnonzero(contradicted_rows(frame))
        tables = (cleaned.frame, cleaned.changes, pd.DataFrame({"position": at}))
        self.job.folder.write(part.number, tables)
        return check_part_facts(cleaned.frame, self.job.of)

    def check_facts(self, part: Part) -> CheckPartFacts:
        """Return the same of a part that is cleaned already."""
        return check_part_facts(self.job.folder.read("cleaned", part.number), self.job.of)


class SentTogether(NamedTuple):
    """People who have a key or a Gsid in common with others, and what is sent of them.

    Attributes:
        places: the position of each of their valid rows among all rows.
        linked: their associations, checked.
        sent: their rows with outcomes.
        load: what is to be sent of them.
    """

    places: np.ndarray
    linked: Checked
    sent: Uploaded
    load: PlannedLoad


class Deciding(NamedTuple):
    """The decisions of a run part by part.

    ``folder`` has the tables of ``PartChecks``, and "decisions" and "evidence" of the rows that are
    valid by themselves.
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
        deciding = cls(cleaned, PartFolder(out, _DECIDED), options)
        deciding.folder.begin(deciding.head(index))
        return deciding

    def head(self, index: CompanyIndex) -> Mapping[str, str]:
        """Return what the decisions depend on."""
        cleaned = (self.cleaned.folder.out / "parts.json").read_text(encoding="utf-8")
        way = digest_of(self.checks.of, self.options.key, sorted(self.options.evidence))
        index_digest = digest_of_index(index)
        return {"schema": _SCHEMA, "rows": digest_of(cleaned), "way": way, "index": index_digest}

    def decide_all(self, held: HeldIndex, pace: Pace) -> dict[Part, CheckPartFacts]:
        """Check and match the rows of each part that is left.

        Returns what the check of associations learns from those parts.
        """
        todo = self.folder.todo(self.parts.parts)
        make = partial(_decider, self, held)
        return dict(each_part(make, todo, "match", pace, whole=self.parts.rows))

    def decide(self, index: CompanyIndex, part: Part) -> CheckPartFacts:
        """Check the rows of a part by themselves, match the valid ones, and write both."""
        text = self.cleaned.rows(part)
        valid, keys, findings = self.checks.alone(text, self.options.schemas.persons)
        unified = unify_text(valid, index, shown=self.options.evidence)
        gsids = row_hashes(valid, ["Gsid"]) if "Gsid" in valid else np.uint64(0)
        keys = keys.assign(Gsid=gsids, named=unified.named)
        tables = (keys, findings, unified.decisions, unified.evidence)
        self.folder.write(part.number, tables)
        return self._facts_of_links(valid, unified.decisions)

    def _facts_of_links(self, valid: pd.DataFrame, decisions: pd.DataFrame) -> CheckPartFacts:
        links = matched_associations(valid, decisions, self.options.key)
        return check_part_facts(links, fields_of(self.options.schemas.company_persons))

    def valid(self, part: Part) -> pd.DataFrame:
        """Return the rows of a part that are valid by themselves, by their position in it."""
        keys = self.folder.read("keys", part.number, ["position"])
        return self.cleaned.rows(part).loc[keys["position"].to_numpy()]

    def number_valid(self) -> int:
        """Return the number of rows that are valid by themselves."""
        paths = (self.folder.path("keys", part.number) for part in self.parts.parts)
        return sum(pq.read_metadata(path).num_rows for path in paths)

    def compared(self, pace: Pace) -> Compared:
        """Compare the rows that have something in common."""
        return self.checks.compared(self.valid, self.checks.sharing(_COMMON), pace)

    def facts_of_links(
        self, known: Mapping[Part, CheckPartFacts], wrong: pd.Index, pace: Pace
    ) -> CheckFacts:
        """Return what the check of associations learns from all of them.

        ``known`` are those of parts; parts with ``wrong`` rows, by their position among all rows,
        are looked at again.
        """
        with_wrong = set(np.searchsorted(self.parts.before, wrong, side="right") - 1)
        kept = {part: facts for part, facts in known.items() if part.number not in with_wrong}
        again = [part for part in self.parts.parts if part not in kept]
        make = partial(partial, self._learn_links, wrong)
        kept |= dict(each_part(make, again, "associate", pace))
        return CheckFacts.together([kept[part] for part in self.parts.parts])

    def _learn_links(self, wrong: pd.Index, part: Part) -> CheckPartFacts:
        valid = self.valid(part)
        right = ~(valid.index + self.parts.before[part.number]).isin(wrong)
        decisions = self.folder.read("decisions", part.number)
        return self._facts_of_links(valid[right], decisions[right])

    def sent_together(
        self, compared: Compared, wrong: pd.Index, facts: CheckFacts, scene: PlanContext
    ) -> SentTogether:
        """Associate the right ones of the rows that were compared, and rehearse sending them."""
        valid = compared.rows.drop(wrong)
        decisions = self._decisions_on(valid)
        linked = self.linked(valid, decisions, facts)
        sent, load = self.rehearsed(valid, decisions, linked, scene)
        places = valid.index.to_numpy(dtype=np.int64)
        return SentTogether(places, linked, sent, load.moved(places))

    def _decisions_on(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the decisions on rows, whose index is their position among all."""
        found = [self.folder.read("decisions", 0).head(0)]
        owner = np.searchsorted(self.parts.before, rows.index, side="right") - 1
        for number in np.unique(owner):
            mine = self.folder.read("decisions", int(number))
            found.append(mine[mine[ROW_ID].isin(rows.loc[owner == number, ROW_ID])])
        return pd.concat(found, ignore_index=True)

    def linked(self, valid: pd.DataFrame, decisions: pd.DataFrame, facts: CheckFacts) -> Checked:
        """Return the associations of people by the decisions on them, checked."""
        links = matched_associations(valid, decisions, self.options.key)
        schema = self.options.schemas.company_persons
        return check_text(links, schema, key=self.options.key, facts=facts)

    def rehearsed(
        self,
        valid: pd.DataFrame,
        decisions: pd.DataFrame,
        linked: Checked,
        scene: PlanContext,
    ) -> tuple[Uploaded, PlannedLoad]:
        """Return the outcomes of people and their associations, and what is to be sent."""
        held = decisions.loc[decisions["verdict"].isin(self.options.hold), ROW_ID]
        texts = (valid, linked.valid, self.related().valid)
        return rehearse_part(texts, sending_of(self.options, held), scene)

    def related(self) -> Checked:
        """Return the associations with relationships: none."""
        none = self.cleaned.header
        schema, key = self.options.schemas.relationship_persons, self.options.key
        return checked_associations(None, schema, Checked(none, none, none), key)


def _decider(deciding: Deciding, held: HeldIndex) -> Callable[[Part], CheckPartFacts]:
    """Return the work of a process."""
    return partial(deciding.decide, held.loaded())
