"""What the Python workers of Spark do with the batches of a partition."""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.cleaning.clean import clean_text
from gsprep.cleaning.facts import CleaningFacts, CleaningPartFacts, cleaning_facts
from gsprep.lazy import lazy_module
from gsprep.record_batches import as_batch, decided, evidence_of, grouped, loaded_index
from gsprep.results import CHANGE_COLUMNS, FINDING_COLUMNS
from gsprep.schemas.frames import ROW_ID, as_pandas, text_frame
from gsprep.schemas.objects import fields_of
from gsprep.validation.check import column_findings, row_findings
from gsprep.validation.facts import (
    CheckFacts,
    CheckPartFacts,
    OwnPrefix,
    check_facts,
    check_part_facts,
)
from gsprep.validation.findings import error_positions, together
from gsprep.validation.rows import across_rows, compared_hashes
from gsprep.values.arrow import as_arrow
from gsprep.values.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandera.pandas as pandera
    import pyspark

    from gsprep.cleaning.clean import CleaningOptions
    from gsprep.unification.answers import Answers
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.known import Known
else:
    # A worker has Spark; a client of Spark Connect may have only a part of it.
    pyspark = lazy_module("pyspark")

# Columns that a plan adds to those of a frame and removes again.
FACTS, KIND, HASH, SHARED, ACROSS = (
    "gsprep_facts", "gsprep_kind", "gsprep_hash", "gsprep_row", "gsprep_across",
)  # fmt: skip
# What a stage says about a row, as a list of structs next to the row.
CHANGE = CHANGE_COLUMNS[1:]
FINDING = FINDING_COLUMNS[1:]


@dataclass(frozen=True, slots=True)
class SharedIndex:
    """Where a worker finds the index, and what is not in its file.

    path: the path on storage that all workers read; with ``is_sent`` the name of a file that
          Spark brings to the workers.
    """

    path: str
    known: Known
    answers: Answers
    is_sent: bool = False

    def index(self) -> CompanyIndex:
        """Return the index; a process reads its file once."""
        path = pyspark.SparkFiles.get(self.path) if self.is_sent else self.path
        return replace(loaded_index(Path(path)), known=self.known, answers=self.answers)


def decisions(batches: Iterable[pa.RecordBatch], shared: SharedIndex) -> Iterator[pa.RecordBatch]:
    """Yield the decisions about people."""
    index = shared.index()
    return (decided(table, index) for table in grouped(batches))


def evidence(batches: Iterable[pa.RecordBatch], shared: SharedIndex) -> Iterator[pa.RecordBatch]:
    """Yield the evidence about people."""
    index = shared.index()
    return (evidence_of(table, index) for table in grouped(batches))


@dataclass(frozen=True, slots=True)
class Cleaning:
    """A cleaning of partitions: the object and the options."""

    schema: pandera.DataFrameSchema
    how: CleaningOptions

    def facts(self, text: pd.DataFrame) -> CleaningPartFacts:
        """Return what a part of a frame shows."""
        return cleaning_facts(text, fields_of(self.schema), self.how.key)

    def rows(
        self, batches: Iterable[pa.RecordBatch], columns: Sequence[str]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the cleaned rows with these columns, and their changes."""
        for table in grouped(batches):
            facts, given = _with_facts(table, _read_cleaning)
            with one_thread():
                cleaned = clean_text(text_frame(given), self.schema, self.how, facts)
            frame = cleaned.frame.reindex(columns=list(columns)).astype("str")
            kinds = pa.schema([(name, pa.string()) for name in columns])
            changes = as_lists(cleaned.changes, frame[ROW_ID], CHANGE)
            yield _with(as_batch(frame, kinds), "changes", changes)


@dataclass(frozen=True, slots=True)
class Checking:
    """A check of partitions: the object, and the columns that identify a person."""

    schema: pandera.DataFrameSchema
    key: tuple[str, ...]

    def facts(self, text: pd.DataFrame) -> CheckPartFacts:
        """Return what a part of a frame shows."""
        return check_part_facts(text, fields_of(self.schema))

    def hashes(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield by what the rows are compared with others: their row_id, a kind and a hash."""
        for table in grouped(batches):
            facts, given = _with_facts(table, _read_check)
            text, of = text_frame(given), fields_of(self.schema)
            has_lines = (facts or check_facts(text, of)).has_lines
            found = compared_hashes(text, of, self.key, has_lines=has_lines)
            ids = pd.util.hash_array(text[ROW_ID].to_numpy(object), categorize=False)
            columns = [ids, *(found[kind].to_numpy() for kind in found)]
            for kind, hashes in zip((_ROW_ID, *found), columns, strict=True):
                there = hashes != 0
                yield pa.record_batch(
                    {
                        SHARED: as_arrow(text[ROW_ID][there]).cast(pa.string()),
                        KIND: pa.array([kind] * int(there.sum()), pa.string()),
                        HASH: pa.array(hashes[there].view(np.int64)),
                    }
                )

    def across(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the findings on rows that share a key with others; all of a key are there.

        Rows are in the order of their row_ids, numbers by their size.
        """
        held = [batch for batch in batches if batch.num_rows]
        if not held:
            return
        table = pa.Table.from_batches(held)
        for kind in (_ROW_ID, *_KINDS):
            rows = table.filter(pc.equal(table[KIND], kind))
            if rows.num_rows:
                yield self._across(rows.drop_columns([KIND, HASH, SHARED]), kind)

    def _across(self, rows: pa.Table, kind: str) -> pa.RecordBatch:
        facts, given = _with_facts(rows, _read_check)
        text = _ordered(as_pandas(given))
        of = fields_of(self.schema)
        found: list[pd.DataFrame] = []
        # A row_id that is there twice was refused just now.
        if kind != _ROW_ID:
            known = facts or check_facts(text, of)
            with one_thread():
                alone = row_findings(text, self.schema, known, self.key)
                rest = text[~text.index.isin(error_positions(alone))]
                found = [*across_rows(rest, of, self.key, has_lines=known.has_lines)]
        lines = pd.concat([_NO_FINDING, *found])
        lines = lines[lines["code"].map(lambda code: _KIND_OF.get(code, _KINDS[0])) == kind]
        ids = text[ROW_ID][text[ROW_ID].isin(lines[ROW_ID])]
        columns = [
            as_arrow(ids).cast(pa.string()),
            pa.array([kind] * len(ids), pa.string()),
            as_lists(lines, ids, FINDING),
        ]
        return pa.RecordBatch.from_arrays(columns, [SHARED, KIND, "findings"])

    def rows(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the rows as they are given, and their findings."""
        of = fields_of(self.schema)
        for table in grouped(batches):
            across, rest = table[ACROSS], table.drop_columns([ACROSS, SHARED])
            facts, given = _with_facts(rest, _read_check)
            text = text_frame(given)
            with one_thread():
                alone = row_findings(text, self.schema, facts or check_facts(text, of), self.key)
            lines = together([*alone, _read_across(across, text[ROW_ID])], of)
            yield _with(given, "findings", as_lists(lines, text[ROW_ID], FINDING))

    def of_columns(
        self, batches: Iterable[pa.RecordBatch], columns: Sequence[str]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the findings on whole columns, from what these show."""
        for batch in batches:
            for told in batch.column(0).to_pylist():
                yield self.on_columns(columns, _read_check(told))

    def on_columns(self, columns: Sequence[str], facts: CheckFacts | None = None) -> pa.RecordBatch:
        """Return the findings on whole columns; without ``facts``, of a frame without rows."""
        nothing = text_frame(pd.DataFrame({name: [] for name in columns}, dtype="str"))
        of = fields_of(self.schema)
        found = column_findings(nothing, of, facts or check_facts(nothing, of))
        return as_batch(together([*found], of), FINDINGS)


_ROW_ID = "row_id"
# The kinds of ``compared_hashes`` by the findings that need rows of this kind only.
_KIND_OF = {"GSPREP_SAMEMAILBOX": "mailbox", "GSPREP_PRIMARY": "primary"}
_KINDS = ("record", "mailbox", "primary")
_NO_FINDING = pd.DataFrame({name: [] for name in FINDING_COLUMNS}, dtype="str")
FINDINGS = pa.schema([(name, pa.string()) for name in FINDING_COLUMNS])


def as_lists(lines: pd.DataFrame, rows: pd.Series[str], names: Sequence[str]) -> pa.Array:
    """Return the lines of each row as a list of structs; they are in the order of the rows."""
    at = pd.Index(rows).get_indexer(pd.Index(lines[ROW_ID]))
    order = np.argsort(at, kind="stable")
    counts = np.bincount(at, minlength=len(rows))
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    columns = [as_arrow(lines[name].iloc[order]).cast(pa.string()) for name in names]
    structs = pa.StructArray.from_arrays(columns, list(names))
    return pa.ListArray.from_arrays(offsets, structs)


def _with(rows: pa.Table | pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    """Return rows with a further column, as one batch."""
    arrays = [
        one.combine_chunks() if isinstance(one, pa.ChunkedArray) else one for one in rows.columns
    ]
    return pa.RecordBatch.from_arrays([*arrays, column], [*rows.schema.names, name])


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    text = text_frame(rows)
    by = pd.DataFrame({"length": text[ROW_ID].str.len(), "text": text[ROW_ID]})
    return text.loc[by.sort_values(["length", "text"]).index].reset_index(drop=True)


def _read_across(column: pa.ChunkedArray, rows: pd.Series[str]) -> pd.DataFrame:
    """Return the findings across rows, with the position of the row as the index."""
    lines: list[dict[str, Any]] = []
    at: list[int] = []
    there = np.flatnonzero(column.is_valid().to_numpy())
    given = column.filter(column.is_valid()).to_pylist()
    for place, kinds in zip(there.tolist(), given, strict=True):
        for kind in sorted(kinds, key=lambda one: _KINDS.index(one[KIND])):
            lines += [{ROW_ID: rows.iloc[place], **found} for found in kind["findings"]]
            at += [place] * len(kind["findings"])
    return pd.DataFrame(lines, index=at, columns=list(FINDING_COLUMNS)).astype("str")


def facts_of_parts(
    batches: Iterable[pa.RecordBatch], facts_of: Callable[[pd.DataFrame], PartFacts]
) -> Iterator[pa.RecordBatch]:
    """Yield what each part of whole columns shows."""
    for table in grouped(batches):
        with one_thread():
            facts = facts_of(text_frame(table))
        yield pa.record_batch({FACTS: pa.array([pickle.dumps(facts)], pa.binary())})


PartFacts = CleaningPartFacts | CheckPartFacts


def facts_of_all(parts: pa.Table) -> pa.Table:
    """Return what whole columns show, from what their parts do, as a short text.

    It comes with each row of the frame.
    """
    facts = [pickle.loads(part) for part in parts[FACTS].to_pylist()]  # noqa: S301  a worker's own
    of = CheckFacts if isinstance(facts[0], CheckPartFacts) else CleaningFacts
    told = json.dumps(asdict(of.together(facts)), default=sorted)
    return pa.table({FACTS: pa.array([told], pa.string())})


def _read_cleaning(text: str) -> CleaningFacts:
    told = json.loads(text)
    return CleaningFacts(_proofs(told), told["last_first"])


def _read_check(text: str) -> CheckFacts:
    told = json.loads(text)
    prefixes = {name: OwnPrefix(*own) for name, own in told["prefixes"].items()}
    return CheckFacts(_proofs(told), prefixes, told["has_lines"], told["has_new"])


def _proofs(told: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    return {name: frozenset(proofs) for name, proofs in told["proofs"].items()}


AnyFacts = TypeVar("AnyFacts", CleaningFacts, CheckFacts)


def _with_facts(
    rows: pa.Table, read: Callable[[str], AnyFacts]
) -> tuple[AnyFacts | None, pa.Table]:
    """Return what whole columns show, if that is with the rows, and the rows without it."""
    if FACTS not in rows.schema.names:
        return None, rows
    return read(rows[FACTS][0].as_py()), rows.drop_columns([FACTS])
