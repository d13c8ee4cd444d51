"""Decisions about record batches of Arrow, for engines that work batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from gsprep.errors import InputError, MissingColumnsError
from gsprep.mapping.columns import advise
from gsprep.results import DECISION_COLUMNS
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import ROW_ID, as_pandas, text_frame
from gsprep.unification.index import CompanyIndex
from gsprep.unification.unify import columns_read, compared_columns, unify_text
from gsprep.values.arrow import as_arrow, one_thread

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from gsprep.schemas.frames import Frame

# Fewer rows at once repeat what is done once for each call; more need more memory.
ROWS = 1 << 16
_NUMBERS = frozenset({"probability", "margin"})
DECISIONS = pa.schema(
    [(name, pa.float64() if name in _NUMBERS else pa.string()) for name in DECISION_COLUMNS]
)


def batches(companies: CompanyIndex | str | os.PathLike[str]) -> Batches:
    """Return what decides about record batches, in Ray, Daft, Dask, Polars, Flink and others.

    Each person is decided alone, so the batches may be cut and ordered in any way. The result can
    be pickled; with a path only the path is, and each process loads the file once.

    Args:
        companies: the index of ``prepare``, or the path of a file that its ``save`` wrote, which
            every worker can read. Known people and answers are with the index, not in its file.

    Returns:
        An object with ``decide(batch)`` and ``schema``, the columns and types of its result.

    Raises:
        InputError: for what is neither, and for a file that cannot be loaded.

    Examples:
        >>> companies = pd.DataFrame(
        ...     {"Gsid": ["1P02" + "A" * 32], "Name": ["Acme, Inc."], "Domain": ["acme.com"]}
        ... )
        >>> batches = gsprep.batches(gsprep.prepare(companies))
        >>> batch = pd.DataFrame({"row_id": ["7"], "Email": ["ana@acme.com"]})
        >>> batches.decide(batch).select(["row_id", "verdict"]).to_pylist()
        [{'row_id': '7', 'verdict': 'match'}]
    """
    if isinstance(companies, CompanyIndex):
        return Batches(companies)
    path = Path(companies).expanduser().absolute()
    loaded_index(path)
    return Batches(path)


@dataclass(frozen=True)
class Batches:
    """Decisions about people in record batches.

    companies: the index, or the path of its file.
    """

    companies: CompanyIndex | Path

    @property
    def schema(self) -> pa.Schema:
        """The columns and types of ``decide``: those of the decisions of ``unify``."""
        return DECISIONS

    def decide(self, batch: Frame) -> pa.RecordBatch:
        """Return the decisions about the people of a batch, in their order, as ``unify`` does.

        ``batch`` is a record batch or a table of Arrow, or a frame of polars or pandas, with the
        columns of people as ``unify`` takes them, and ``row_id``, which is unique in all batches.
        One thread works, since engines start a process for each processor.

        Raises MissingColumnsError without ``row_id``, and InputError for one that is missing or
        repeated, or if no column is compared.
        """
        return decided(batch, self.index)

    @cached_property
    def index(self) -> CompanyIndex:
        """The companies."""
        held = self.companies
        return held if isinstance(held, CompanyIndex) else loaded_index(held)

    def __getstate__(self) -> dict[str, CompanyIndex | Path]:
        """Return what is pickled; a loaded index stays in its process."""
        return {"companies": self.companies}


def loaded_index(path: Path) -> CompanyIndex:
    """Return the index of a file, which a process reads once unless the file changes."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError as failure:
        raise InputError(
            f"the saved index {path} cannot be read ({failure.strerror}). Give a path that every "
            "worker can read"
        ) from failure
    return _loaded(path, changed)


@lru_cache(maxsize=2)
def _loaded(path: Path, _changed: int) -> CompanyIndex:
    return CompanyIndex.load(path)


def decided(batch: Frame, index: CompanyIndex) -> pa.RecordBatch:
    """Return the decisions about the people of a batch; see ``Batches.decide``."""
    people = _people(batch, index)
    with one_thread():
        return as_batch(unify_text(people, index, shown=frozenset()).decisions, DECISIONS)


def evidence_schema(index: CompanyIndex) -> pa.Schema:
    """Return the columns and types of ``evidence_of``."""
    return _evidence_schema(unify_text(text_frame(pd.DataFrame({ROW_ID: []})), index).evidence)


def _evidence_schema(evidence: pd.DataFrame) -> pa.Schema:
    texts = [(name, pa.string()) for name in evidence.columns[:2]]
    return pa.schema([*texts, *((name, pa.float32()) for name in evidence.columns[2:])])


def evidence_of(batch: Frame, index: CompanyIndex) -> pa.RecordBatch:
    """Return the evidence about the people of a batch, as that of ``unify``."""
    people = _people(batch, index)
    with one_thread():
        evidence = unify_text(people, index).evidence
    return as_batch(evidence, _evidence_schema(evidence))


_CURE = (
    "Records of a batch cannot be numbered, since those of other batches would get the same "
    "numbers: name them before, by a column that is unique in the whole list."
)


def named(names: Sequence[str]) -> None:
    """Raise MissingColumnsError unless there is a ``row_id`` among the columns of a batch."""
    if ROW_ID not in names:
        raise MissingColumnsError([ROW_ID], of="a batch", found=list(names), cure=_CURE)


def _people(batch: Frame, index: CompanyIndex) -> pd.DataFrame:
    """Return the columns that are compared as text."""
    frame = as_pandas(batch, of="the batch")
    names = [str(name) for name in frame.columns]
    named(names)
    compared = compared_columns(index.rulebook)
    if not compared & set(names):
        advise(names, PERSON, step="unify", used=compared)
    read = columns_read(index.rulebook) | {ROW_ID}
    return named_text(frame[[name for name in names if name in read]], of="the batch")


def named_text(rows: Frame, *, of: str = "a part of the rows") -> pd.DataFrame:
    """Return the text frame of rows that are not all there, so that they cannot be numbered."""
    return text_frame(rows, of=of, otherwise="name the records by another column of the whole list")


def as_batch(frame: pd.DataFrame, schema: pa.Schema) -> pa.RecordBatch:
    """Return a frame of texts and numbers as a record batch."""
    return pa.RecordBatch.from_arrays([_array(frame[of.name], of) for of in schema], schema=schema)


def _array(column: pd.Series, of: pa.Field) -> pa.Array:
    if pa.types.is_string(of.type):
        return as_arrow(column).cast(of.type)
    return pa.array(column.to_numpy(), of.type)


def grouped(batches: Iterable[pa.RecordBatch | pa.Table], rows: int = ROWS) -> Iterator[pa.Table]:
    """Yield the rows of batches in tables of at least so many rows, but for the last one.

    Engines bring a few thousand rows at a time, and each call has a fixed cost.
    """
    held: list[pa.Table] = []
    for batch in batches:
        if batch.num_rows:
            held.append(batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch]))
        if sum(one.num_rows for one in held) >= rows:
            yield pa.concat_tables(held).combine_chunks()
            held = []
    if held:
        yield pa.concat_tables(held).combine_chunks()
