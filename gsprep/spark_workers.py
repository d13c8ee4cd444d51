"""What the Python workers of Spark do with the batches of a partition."""

from __future__ import annotations

import json
import pickle
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.cleaning.clean import clean_text
from gsprep.cleaning.rules import CleaningFacts, CleaningPartFacts, cleaning_facts
from gsprep.lazy import lazy_module
from gsprep.record_batches import as_batch, grouped, loaded_index, named_text
from gsprep.results import CHANGE_COLUMNS, FINDING_COLUMNS, Checked
from gsprep.schemas.frames import LINE, ROW_ID, as_pandas, text_frame
from gsprep.schemas.objects import fields_of
from gsprep.schemas.same_key import comparable_key
from gsprep.validation.check import column_findings, row_findings
from gsprep.validation.findings import (
    CheckFacts,
    CheckPartFacts,
    OwnPrefix,
    check_facts,
    check_part_facts,
    error_positions,
    together,
)
from gsprep.validation.rows import across_rows, meeting_hashes, person_ways, row_hashes
from gsprep.values.arrow import as_arrow, as_column, one_thread, places_among

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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
FACTS, SHARED, BUCKET, SEEN, IDS = (
    "gsprep_facts", "gsprep_row", "gsprep_bucket", "gsprep_seen", "gsprep_ids",
)  # fmt: skip
PEOPLE, PERSON_KEY, VALID = "gsprep_people", "gsprep_person_key", "gsprep_valid"
# The hashes by which rows are brought together, one after the other.
HASHES = ("gsprep_hash", "gsprep_mailbox")
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


def of_people(
    batches: Iterable[pa.RecordBatch],
    found: Callable[[pa.Table, CompanyIndex], pa.RecordBatch],
    shared: SharedIndex,
) -> Iterator[pa.RecordBatch]:
    """Yield what is ``found`` about people: the decisions or the evidence."""
    index = shared.index()
    return (found(table, index) for table in grouped(batches))


def no_rows(names: Sequence[str]) -> pd.DataFrame:
    """Return a text frame with these columns."""
    return text_frame(pd.DataFrame({name: [] for name in names}, dtype="str"))


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
            facts, given = _with_facts(table, CleaningFacts)
            with one_thread():
                cleaned = clean_text(named_text(given), self.schema, self.how, facts)
            frame = cleaned.frame.reindex(columns=list(columns)).astype("str")
            cells = as_batch(frame, pa.schema([(name, pa.string()) for name in columns]))
            changes = as_lists(cleaned.changes, frame[ROW_ID], CHANGE)
            yield pa.record_batch([*cells.columns, changes], [*columns, "changes"])


@dataclass(frozen=True, slots=True)
class Checking:
    """A check of partitions: the object, and the columns that identify a person.

    ways: the columns by which associations name a person, and those of persons that have them;
          None if it is not checked whether the persons exist.
    """

    schema: pandera.DataFrameSchema
    key: tuple[str, ...]
    ways: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] | None = None

    def of_persons(self, mine: Sequence[str], theirs: Sequence[str]) -> Checking:
        """Return the check of associations whose persons have these columns."""
        return replace(self, ways=person_ways(mine, theirs, self.key))

    @property
    def person_columns(self) -> list[str]:
        """The columns of persons by which associations name them."""
        return list(dict.fromkeys(name for _, theirs in self.ways or () for name in theirs))

    def facts(self, text: pd.DataFrame) -> CheckPartFacts:
        """Return what a part of a frame shows."""
        return check_part_facts(text, fields_of(self.schema))

    def meetings(self, columns: Sequence[str]) -> int:
        """Return how often rows are brought together to be compared."""
        return len(meeting_hashes(no_rows(columns), fields_of(self.schema), self.key))

    def rows(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the rows with the findings on each by itself, in cells for ``compared``."""
        of = fields_of(self.schema)
        for table in grouped(batches):
            facts, people, given = self._taken(table)
            text = named_text(given)
            with one_thread():
                known = facts or check_facts(text, of)
                alone = row_findings(text, self.schema, known, self.key, people)
            lines = as_lists(together(alone, of), text[ROW_ID], FINDING)
            # A wrong row is not compared with others.
            right = ~text.index.isin(error_positions(alone))
            hashes = [one * right for one in meeting_hashes(text, of, self.key)]
            columns = [*given.columns, lines, *map(pa.array, hashes)]
            names = [*given.column_names, "findings", *HASHES[: len(hashes)]]
            rows = pa.table(columns, names, metadata={LINE: str(known.has_lines)})
            ids = row_hashes(text, [ROW_ID])
            named = pa.table({ROW_ID: _texts(text[ROW_ID]), HASHES[0]: ids})
            yield _in_buckets(_cells(rows, hashes[0]), _cells(named, ids))

    def compared(self, batches: Iterable[pa.RecordBatch], at: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows with all findings, after the last of ``meetings``; before in cells.

        ``at`` is the number of this one. Rows are compared in the order of their row_ids, numbers
        by their size. A row_id that is there twice ends the job.
        """
        held = list(batches)
        for cells in _by_bucket(held, IDS):
            named_text(cells.filter(_again(cells[HASHES[0]])).select([ROW_ID]))
        for cells in _by_bucket(held, SEEN):
            ours = [name for name in HASHES if name in cells.column_names]
            rows = self._compared(cells, ours, at)
            if at + 1 < len(ours):
                yield _in_buckets(_cells(rows, rows[ours[at + 1]].to_numpy()))
            else:
                yield from rows.drop_columns(ours).replace_schema_metadata().to_batches()

    def _compared(self, rows: pa.Table, ours: Sequence[str], at: int) -> pa.Table:
        """Return the rows with the findings that they have with others of the same hash."""
        places = np.flatnonzero(_again(rows[ours[at]]))
        if not len(places):
            return rows
        near = rows.take(places)
        text = named_text(near.drop_columns([*ours, "findings"]))
        order = _in_order(text).index.to_numpy()
        text, places = text.loc[order].reset_index(drop=True), places[order]
        of = fields_of(self.schema)
        has_lines = rows.schema.metadata[LINE.encode()] == b"True"
        found = pd.concat([_NO_FINDING, *across_rows(text, of, self.key, has_lines=has_lines)])
        if len(ours) > 1:
            found = found[(found["code"] == "GSPREP_SAMEMAILBOX") == (at == 1)]
        if found.empty:
            return rows
        told = np.unique(found.index.to_numpy(int))
        ids = text[ROW_ID].iloc[told]
        own = near["findings"].combine_chunks().take(order[told])
        lines = together([_read_lists(own, ids), found], of)
        held = rows["findings"].combine_chunks()
        whole = pa.concat_arrays([held, as_lists(lines, ids, FINDING).cast(held.type)])
        taken = np.arange(len(rows))
        taken[places[told]] = np.arange(len(rows), len(whole))
        at_column = rows.column_names.index("findings")
        return rows.set_column(at_column, "findings", whole.take(pa.array(taken)))

    def _taken(self, rows: pa.Table) -> tuple[CheckFacts | None, Checked | None, pa.Table]:
        """Return what whole columns show, the persons of the rows, and the rows without them."""
        facts, rest = _with_facts(rows, CheckFacts)
        if not self.ways:
            none = Checked(_NO_PERSON, _NO_PERSON, _NO_FINDING)
            return facts, None if self.ways is None else none, rest
        people = _read_people(rest[PEOPLE], self.person_columns)
        return facts, people, rest.drop_columns([PEOPLE])

    def keys_of_associations(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the keys of the persons that associations name, with their row_id."""
        for text in map(named_text, grouped(batches)):
            for at, (mine, _) in enumerate(self.ways or ()):
                keys = comparable_key(text, mine).dropna()
                ids = _texts(text.loc[keys.index, ROW_ID])
                yield pa.record_batch({SHARED: ids, PERSON_KEY: _as_text(at, keys)})

    def keys_of_people(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the keys of persons, and what an association is told of them."""
        for table in grouped(batches):
            text = named_text(table.drop_columns([VALID]))
            cells = [_texts(text[name]) for name in self.person_columns]
            ids = _texts(text[ROW_ID])
            told = [
                pc.utf8_length(ids),
                ids,
                pa.StructArray.from_arrays(cells, self.person_columns),
            ]
            people = pa.StructArray.from_arrays(told, ["length", "row_id", "cells"])
            valid = table[VALID].combine_chunks()
            for at, (_, theirs) in enumerate(self.ways or ()):
                keys = comparable_key(text, theirs).dropna()
                place = pa.array(text.index.get_indexer(keys.index))
                columns = [_as_text(at, keys), valid.take(place), people.take(place)]
                yield pa.RecordBatch.from_arrays(columns, [PERSON_KEY, VALID, "gsprep_person"])

    def of_columns(
        self, parts: Iterable[pa.RecordBatch], columns: Sequence[str]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the findings on whole columns, from what all parts of them show."""
        of, facts = fields_of(self.schema), CheckFacts.together(_facts_of(parts))
        yield as_batch(together([*column_findings(no_rows(columns), of, facts)], of), FINDINGS)


_NO_PERSON, _NO_FINDING = no_rows([ROW_ID]), no_rows(FINDING_COLUMNS)
FINDINGS = pa.schema([(name, pa.string()) for name in FINDING_COLUMNS])


# Rows whose hashes have the same first bits are compared by one worker.
_BITS = 8


def _cells(table: pa.Table, hashes: np.ndarray) -> list[bytes | None]:
    """Return the lines for each bucket of hashes; those without a hash are in any bucket."""
    anywhere = np.arange(len(hashes)) % (1 << _BITS)
    buckets = np.where(hashes, hashes >> np.uint64(64 - _BITS), anywhere).astype(np.int32)
    ordered = table.take(np.argsort(buckets, kind="stable"))
    ends = np.cumsum(np.bincount(buckets, minlength=1 << _BITS)).tolist()
    bounds = zip([0, *ends], ends, strict=False)
    return [pack(ordered.slice(a, b - a)) if a < b else None for a, b in bounds]


def _in_buckets(seen: list[bytes | None], ids: list[bytes | None] | None = None) -> pa.RecordBatch:
    """Return a line for each bucket with the cells of rows and of row_ids.

    Workers exchange large cells: as rows of Spark they would take most of the time.
    """
    numbers = pa.array(range(len(seen)), pa.int32())
    cells = [pa.array(one, pa.binary()) for one in (seen, ids or [None] * len(seen))]
    return pa.record_batch([numbers, *cells], [BUCKET, SEEN, IDS])


def _by_bucket(batches: Iterable[pa.RecordBatch], name: str) -> Iterator[pa.Table]:
    """Yield the lines of whole buckets in tables of at least ``ROWS``, but for the last one."""
    cells = defaultdict(list)
    for batch in batches:
        there = batch.filter(batch[name].is_valid())
        for bucket, cell in zip(there[BUCKET].to_pylist(), there[name], strict=True):
            cells[bucket].append(unpack(cell.as_buffer()))
    buckets = (pa.concat_tables(tables) for tables in cells.values())
    yield from grouped(buckets)


def _again(hashes: pa.ChunkedArray) -> np.ndarray:
    """Return which of the hashes are there twice or more; 0 is no hash."""
    values = pd.Series(hashes.to_numpy())
    return (values.duplicated(keep=False) & (values != 0)).to_numpy()


def pack(table: pa.Table) -> bytes:
    """Return a table as the bytes of a cell."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def unpack(cell: bytes | bytearray | pa.Buffer) -> pa.Table:
    """Return the table of a cell."""
    return pa.ipc.open_stream(cell).read_all()


def packed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield rows as tables in cells."""
    for table in grouped(batches):
        yield pa.record_batch({SEEN: pa.array([pack(table)], pa.binary())})


def unpacked(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of tables in cells."""
    for batch in batches:
        for cell in batch.column(SEEN):
            yield from unpack(cell.as_buffer()).to_batches()


def _texts(column: pd.Series[str]) -> pa.Array:
    return as_arrow(column).cast(pa.string())


def _as_text(way: int, keys: pd.DataFrame) -> pa.Array:
    """Return each key as one text; other keys have other texts, also those of another way."""
    values = [_texts(keys[name]) for name in keys]
    sized = [part for one in values for part in (pc.utf8_length(one).cast(pa.string()), one)]
    first = pa.array([str(way)] * len(keys), pa.string())
    return pc.binary_join_element_wise(first, *sized, ":")


def _read_people(column: pa.ChunkedArray, names: Sequence[str]) -> Checked:
    """Return the persons that associations name, each once."""
    told = column.combine_chunks().flatten()
    people = told.field("gsprep_person")
    cells = people.field("cells")
    columns = {name: cells.field(name) for name in names}
    text = as_pandas(pa.table({ROW_ID: people.field("row_id"), **columns}))
    valid = pd.Series(told.field(VALID).to_numpy(zero_copy_only=False), dtype=bool)
    first = ~text.assign(valid=valid).duplicated()
    mine = _in_order(text[first])
    return Checked(mine[valid[mine.index]], mine[~valid[mine.index]], _NO_FINDING)


def as_lists(lines: pd.DataFrame, rows: pd.Series[str], names: Sequence[str]) -> pa.Array:
    """Return the lines of each row as a list of structs; they are in the order of the rows."""
    at = places_among(lines[ROW_ID], rows)
    order = np.argsort(at, kind="stable")
    counts = np.bincount(at, minlength=len(rows))
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    columns = [as_arrow(lines[name].iloc[order]).cast(pa.string()) for name in names]
    structs = pa.StructArray.from_arrays(columns, list(names))
    return pa.ListArray.from_arrays(offsets, structs)


def _in_order(text: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of their row_ids, numbers by their size."""
    by = pd.DataFrame({"length": text[ROW_ID].str.len(), "text": text[ROW_ID]})
    return text.loc[by.sort_values(["length", "text"]).index]


def _read_lists(lists: pa.ListArray, rows: pd.Series[str]) -> pd.DataFrame:
    """Return the lines of each row from its list; the index is that of ``rows``."""
    at = rows.iloc[lists.value_parent_indices().to_numpy()]
    structs = lists.flatten()
    columns = {name: as_column(structs.field(name), at) for name in FINDING}
    return pd.DataFrame({ROW_ID: at, **columns}).astype("str")


def facts_of_parts(
    batches: Iterable[pa.RecordBatch], facts_of: Callable[[pd.DataFrame], PartFacts]
) -> Iterator[pa.RecordBatch]:
    """Yield what each part of whole columns shows."""
    for table in grouped(batches):
        with one_thread():
            facts = facts_of(named_text(table))
        yield pa.record_batch({FACTS: pa.array([pickle.dumps(facts)], pa.binary())})


PartFacts = CleaningPartFacts | CheckPartFacts


def facts_of_all(parts: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield what whole columns show, from what all their parts do, as a short text.

    It comes with each row of the frame.
    """
    facts = _facts_of(parts)
    of = CheckFacts if isinstance(facts[0], CheckPartFacts) else CleaningFacts
    told = json.dumps(asdict(of.together(facts)), default=sorted)
    yield pa.record_batch({FACTS: pa.array([told], pa.string())})


def _facts_of(parts: Iterable[pa.RecordBatch]) -> list[Any]:
    cells = [cell for part in parts for cell in part.column(FACTS).to_pylist()]
    return [pickle.loads(cell) for cell in cells]  # noqa: S301  a worker's own


AnyFacts = TypeVar("AnyFacts", CleaningFacts, CheckFacts)


def _with_facts(rows: pa.Table, of: type[AnyFacts]) -> tuple[AnyFacts | None, pa.Table]:
    """Return what whole columns show, if that is with the rows, and the rows without it."""
    if FACTS not in rows.schema.names:
        return None, rows
    told = json.loads(rows[FACTS][0].as_py())
    told["proofs"] = {name: frozenset(proofs) for name, proofs in told["proofs"].items()}
    if of is CheckFacts:
        told["prefixes"] = {name: OwnPrefix(*own) for name, own in told["prefixes"].items()}
    return of(**told), rows.drop_columns([FACTS])
