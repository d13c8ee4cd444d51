"""Cleaning of files larger than memory, part by part."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from gsprep.cleaning.clean import CleaningOptions, clean_text
from gsprep.cleaning.rules import CleaningFacts, CleaningPartFacts, cleaning_facts
from gsprep.parts.work import Pace, PartFolder, digest_of, each_part, survey
from gsprep.report.sentences import contradicted_rows
from gsprep.schemas.frames import text_frame, without_reasons
from gsprep.schemas.objects import fields_of, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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
    of = fields_of(schema)
    folder.refuse_source(parts)
    seen = survey(parts, pace, partial(learned, of=of, how=how))
    facts = CleaningFacts.together([facts for facts, _ in seen.learned])
    only = None if how.only is None else sorted(how.only)
    way = digest_of(of, how.region, how.key, only)
    folder.begin({"schema": _SCHEMA, "rows": parts.digest, "way": way})
    todo = folder.todo(parts.parts)
    make = partial(CleanJob(seen.parts, folder, of, how, facts).made)
    for _ in each_part(make, todo, "clean", pace, whole=seen.parts.rows):
        pass
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


def learned(
    frame: pd.DataFrame, of: ObjectFields, how: CleaningOptions
) -> tuple[CleaningPartFacts, int]:
    """Return what a part shows, and how many of its rows may contradict a row that is missing."""
    text = text_frame(without_reasons(frame))
    facts = cleaning_facts(text, of, how.key, how.applies)
    return facts, int(contradicted_rows(frame).sum())


class CleanJob(NamedTuple):
    """What is the same for all parts."""

    parts: Parts
    folder: PartFolder
    of: ObjectFields
    how: CleaningOptions
    facts: CleaningFacts

    def made(self) -> Callable[[Part], None]:
        """Return the work of a process."""
        return partial(self.clean, schema_of(self.of))

    def clean(self, schema: pa.DataFrameSchema, part: Part) -> None:
        """Clean a part, and write it."""
        cleaned = self.cleaned(self.parts.read(part), schema)
        self.folder.write(part.number, (cleaned.frame, cleaned.changes))

    def cleaned(self, frame: pd.DataFrame, schema: pa.DataFrameSchema) -> Cleaned:
        """Return the rows of a part cleaned."""
        return clean_text(text_frame(without_reasons(frame)), schema, self.how, self.facts)
