"""Cleaning of files larger than memory, part by part."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from gsprep.cleaning.clean import CleaningOptions, clean_text
from gsprep.cleaning.rules import CleaningFacts, CleaningPartFacts, cleaning_facts
from gsprep.parts.work import Pace, PartFolder, Survey, digest_of, in_order, survey
from gsprep.report.sentences import contradicted_rows
from gsprep.schemas.frames import text_frame, without_reasons
from gsprep.schemas.objects import fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    import pandera.pandas as pa

    from gsprep.results import Cleaned
    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.parts import Part, Parts

_TABLES = ("cleaned", "changes")
_SCHEMA = "gsprep.clean-parts/1"


@dataclass(frozen=True, slots=True)
class CleanedParts:
    """What was cleaned.

    Attributes:
        rows: the number of rows.
        changed: the number of cells that each rule changed, by column and rule.
        parts, resumed: the number of parts, and of those that were done before.
        contradicted: the rows of an earlier rejects.csv whose other row may be missing.
        notes: what was assumed when the source was read.
    """

    rows: int
    changed: Mapping[tuple[str, str], int]
    parts: int
    resumed: int
    contradicted: int
    notes: tuple[str, ...]


def clean_parts(
    parts: Parts,
    schema: pa.DataFrameSchema,
    out: Path,
    how: CleaningOptions | None = None,
    pace: Pace | None = None,
) -> CleanedParts:
    """Clean every part, and write the rows and the changes of their cells part by part.

    ``out`` gets the folders ``cleaned`` and ``changes`` with a Parquet file for each part. What is
    there equals ``clean`` of all rows at once: what whole columns show is learned first. Parts of
    the same files that were cleaned in the same way are not cleaned again.

    Raises InputError for a folder that cannot be written, and as ``clean``; TableError for files
    that cannot be read, and for a ``row_id`` that is missing or repeated.
    """
    folder, how, pace = PartFolder(out, _TABLES), how or CleaningOptions(), pace or Pace()
    folder.refuse_source(parts)
    seen, job = CleanJob.begin(parts, folder, schema, how, pace)
    todo = folder.todo(parts.parts)
    in_order(job.clean, todo, "clean", pace, whole=seen.parts.rows)
    numbers = [part.number for part in parts.parts]
    changed: Counter[tuple[str, str]] = Counter()
    for changes in folder.read_all(_TABLES[1], numbers, ["column", "rule"]):
        counts = changes.value_counts(["column", "rule"])
        changed.update(dict(zip(counts.index.tolist(), counts.tolist(), strict=True)))
    return CleanedParts(
        rows=seen.parts.rows,
        changed=changed,
        parts=len(numbers),
        resumed=len(numbers) - len(todo),
        contradicted=sum(rows for _, rows in seen.learned),
        notes=seen.notes,
    )


class CleanJob(NamedTuple):
    """What is the same for all parts."""

    parts: Parts
    folder: PartFolder
    schema: pa.DataFrameSchema
    how: CleaningOptions
    facts: CleaningFacts

    @classmethod
    def begin(
        cls,
        parts: Parts,
        folder: PartFolder,
        schema: pa.DataFrameSchema,
        how: CleaningOptions,
        pace: Pace,
    ) -> tuple[Survey[tuple[CleaningPartFacts, int]], CleanJob]:
        """Learn what whole columns show, and begin or go on with a folder.

        The facts of each part come with the number of its rows that may contradict a missing row.
        """
        of, only = fields_of(schema), None if how.only is None else sorted(how.only)
        seen = survey(parts, pace, partial(_learned, of=of, how=how))
        way = digest_of(of, how.region, how.key, only)
        folder.begin({"schema": _SCHEMA, "rows": parts.digest, "way": way})
        facts = CleaningFacts.together([facts for facts, _ in seen.learned])
        return seen, cls(seen.parts, folder, schema, how, facts)

    def clean(self, part: Part) -> None:
        """Clean a part, and write it."""
        cleaned = self.cleaned(self.parts.read(part))
        self.folder.write(part.number, (cleaned.frame, cleaned.changes))

    def cleaned(self, frame: pd.DataFrame) -> Cleaned:
        """Return the rows of a part cleaned."""
        text = text_frame(without_reasons(frame))
        return clean_text(text, self.schema, self.how, self.facts)


def _learned(
    frame: pd.DataFrame, of: ObjectFields, how: CleaningOptions
) -> tuple[CleaningPartFacts, int]:
    text = text_frame(without_reasons(frame))
    facts = cleaning_facts(text, of, how.key, how.applies)
    return facts, int(contradicted_rows(frame).sum())
