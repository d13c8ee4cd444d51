"""Plans of Spark for what no row shows by itself."""

from __future__ import annotations

import pickle
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gsprep import spark_workers as workers
from gsprep.errors import InputError, MissingColumnsError
from gsprep.lazy import lazy_module
from gsprep.record_batches import ROWS
from gsprep.schemas.frames import LINE, ROW_ID, text_frame
from gsprep.spark_workers import (
    BUCKET,
    FACTS,
    HASHES,
    IDS,
    PEOPLE,
    PERSON_KEY,
    SEEN,
    SHARED,
    VALID,
    no_rows,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from pyspark.sql import Column, DataFrame, SparkSession, functions, types
else:
    functions = lazy_module("pyspark.sql.functions")
    types = lazy_module("pyspark.sql.types")

_OWN = frozenset(
    {FACTS, SHARED, BUCKET, SEEN, IDS, PEOPLE, PERSON_KEY, VALID, *HASHES, "gsprep_person"}
)
_NAMING = frozenset({"string", "tinyint", "smallint", "int", "bigint"})
_CURE = (
    "Its rows have no order by which they could be numbered: name a unique column row_id, such as "
    "the id of the record."
)


def column_names(frame: DataFrame, *added: str) -> list[str]:
    """Return the columns of a frame that can be used; ``added`` are columns of the result."""
    if not hasattr(frame, "mapInArrow"):
        kind = type(frame).__name__
        raise InputError(f"the frame has the type {kind}: give a frame of Spark, or call gsprep")
    names: list[str] = list(frame.columns)
    # Spark ignores the case of names, unless it is told not to.
    spelt = [name.lower() for name in names]
    repeated = {name for name in names if spelt.count(name.lower()) > 1}
    taken = repeated | ({*added} | _OWN) & set(names)
    if taken:
        first = min(taken)
        often = "more than once" if first in repeated else "that gsprep adds"
        raise InputError(f"the frame has the column {first} {often}: rename or drop it")
    if ROW_ID not in names:
        raise MissingColumnsError([ROW_ID], of="a frame of Spark", found=names, cure=_CURE)
    kind = frame.schema[ROW_ID].dataType.simpleString()
    if kind not in _NAMING:
        raise InputError(f"the column {ROW_ID} is of type {kind}: cast it to string")
    return names


_KINDS = {
    pa.string(): "string", pa.float64(): "double",
    pa.float32(): "float", pa.int64(): "bigint", pa.bool_(): "boolean",
}  # fmt: skip


def mapped(frame: DataFrame, work: Callable[..., Any], kinds: Any) -> DataFrame:
    """Return what workers make of the partitions of a frame; ``kinds`` are the types of the result.

    Raises InputError for a column with a dot, which Spark does not find when it calls Python.
    """
    dotted = next((name for name in frame.columns if "." in name), None)
    if dotted is not None:
        raise InputError(f"the frame has the column {dotted}, with a dot: rename or drop it")
    return frame.mapInArrow(work, kinds)


def column_of(name: str) -> Column:
    """Return a column by its name, which may have any characters."""
    return functions.col(f"`{quoted(name)}`")


def quoted(name: str) -> str:
    """Return a name as it is between backticks."""
    return name.replace("`", "``")


def select(frame: DataFrame, names: Iterable[str]) -> DataFrame:
    """Return these columns of a frame."""
    return frame.select(*map(column_of, names))


def ddl(schema: pa.Schema) -> str:
    """Return the columns and types as Spark writes them."""
    return ", ".join(f"`{quoted(one.name)}` {_KINDS[one.type]}" for one in schema)


def structs(parts: Sequence[str]) -> str:
    """Return the type of an array of structs of texts."""
    return f"array<struct<{', '.join(f'`{name}` string' for name in parts)}>>"


def with_structs(fields: Sequence[Any], name: str, parts: Sequence[str]) -> Any:
    """Return the type of rows with these fields and an array of structs of texts."""
    one = types.StructType([types.StructField(part, types.StringType()) for part in parts])
    return types.StructType([*fields, types.StructField(name, types.ArrayType(one))])


def lines_of(rows: DataFrame, column: str, parts: Sequence[str]) -> DataFrame:
    """Return a line for each entry of an array of structs, with the row's row_id."""
    one = column_of(ROW_ID).cast("string").alias(ROW_ID)
    lines = rows.select(one, functions.explode(column).alias("one"))
    return lines.select(ROW_ID, *(functions.col(f"one.{part}").alias(part) for part in parts))


def with_facts(
    frame: DataFrame, facts_of: Callable[[pd.DataFrame], workers.PartFacts], names: list[str]
) -> DataFrame:
    """Return each row with what these whole columns show."""
    parts = _facts_of_parts(frame, facts_of, names)
    whole = mapped(parts, workers.facts_of_all, f"{FACTS} string")
    return frame.crossJoin(functions.broadcast(whole))


def _facts_of_parts(
    frame: DataFrame, facts_of: Callable[[pd.DataFrame], workers.PartFacts], names: list[str]
) -> DataFrame:
    """Return what all parts of these columns show, and a part without rows, in one partition."""
    columns = list(dict.fromkeys([ROW_ID, *names]))
    parts = mapped(
        select(frame, columns),
        partial(workers.facts_of_parts, facts_of=facts_of),
        f"{FACTS} binary",
    )
    nothing = functions.lit(pickle.dumps(facts_of(no_rows(columns)))).alias(FACTS)
    none = frame.sparkSession.range(0, 1, 1, 1).select(nothing)
    return parts.union(none).repartition(1)


def checked_rows(frame: DataFrame, job: workers.Checking, people: DataFrame | None) -> DataFrame:
    """Return the given rows and their findings; ``people`` is that of ``people_by_key``."""
    facts_in = columns_with_facts(frame, job)
    known = with_facts(frame, job.facts, facts_in) if facts_in else frame
    known = known if people is None else _with_people(known, frame, job, people)
    cells = f"{BUCKET} int, {SEEN} binary, {IDS} binary"
    whole = with_structs(frame.schema.fields, "findings", workers.FINDING)
    rows, meetings = mapped(known, job.rows, cells), job.meetings(frame.columns)
    for at in range(meetings):
        kinds = whole if at + 1 == meetings else cells
        # All rows of a hash are in one partition then.
        together = rows.repartition(functions.col(BUCKET))
        rows = mapped(together, partial(job.compared, at=at), kinds)
    return rows


def columns_with_facts(frame: DataFrame, job: workers.Checking) -> list[str]:
    """Return the columns that have to be seen whole before rows can be checked."""
    shown = job.facts(no_rows(frame.columns))
    return [*shown.proofs, *shown.prefixes, *([LINE] if LINE in frame.columns else [])]


def on_columns(frame: DataFrame, job: workers.Checking) -> DataFrame:
    """Return the findings on whole columns, also of a frame without rows."""
    names = columns_with_facts(frame, job)
    # Without such columns it only counts whether there are rows.
    parts = _facts_of_parts(frame if names else frame.limit(1), job.facts, names)
    found = partial(job.of_columns, columns=list(frame.columns))
    return mapped(parts, found, ddl(workers.FINDINGS))


def people_by_key(rows: DataFrame, job: workers.Checking) -> DataFrame:
    """Return the first valid and the first rejected person of each key of checked persons."""
    f = functions
    is_valid = (~f.exists("findings", is_error)).alias(VALID)
    people = rows.select(*map(column_of, [ROW_ID, *job.person_columns]), is_valid)
    cells = ", ".join(f"`{quoted(name)}`: string" for name in job.person_columns)
    person = f"struct<length: int, row_id: string, cells: struct<{cells}>>"
    keys = mapped(
        people, job.keys_of_people, f"{PERSON_KEY} string, {VALID} boolean, gsprep_person {person}"
    )
    return keys.groupBy(PERSON_KEY, VALID).agg(f.min("gsprep_person").alias("gsprep_person"))


def _with_people(
    rows: DataFrame, frame: DataFrame, job: workers.Checking, people: DataFrame
) -> DataFrame:
    """Return the associations with the persons that they name."""
    f = functions
    keys = mapped(frame, job.keys_of_associations, f"{SHARED} string, {PERSON_KEY} string")
    named = f.collect_list(f.struct(VALID, "gsprep_person")).alias(PEOPLE)
    lists = keys.join(people, PERSON_KEY).groupBy(SHARED).agg(named)
    # With another comparison Spark filters the rows of one join and not of the other, and has to
    # send them over the network twice.
    is_row = column_of(ROW_ID).cast("string").eqNullSafe(f.col(SHARED))
    return rows.join(lists, is_row, "left").drop(SHARED)


def is_error(finding: Column) -> Column:
    """Return whether a finding is an error."""
    return finding["severity"] == "error"


# Spark 3.5 has no tables of Arrow on the driver, so they travel in cells, on all versions.


def collected(frame: DataFrame) -> pd.DataFrame:
    """Return a frame of Spark as a text frame on the driver."""
    rows = mapped(frame, workers.packed, f"{SEEN} binary").collect()
    tables = [workers.unpack(row[0]) for row in rows]
    return text_frame(pa.concat_tables(tables)) if tables else no_rows(frame.columns)


def created_frame(session: SparkSession, frame: pd.DataFrame) -> DataFrame:
    """Return a frame of texts and numbers as one of Spark."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    plain = [(one.name, _PLAIN.get(one.type, one.type)) for one in table.schema]
    table = table.cast(pa.schema(plain))
    starts = range(0, max(len(table), 1), ROWS)
    cells = [(bytearray(workers.pack(table.slice(at, ROWS))),) for at in starts]
    packed = session.createDataFrame(cells, f"{SEEN} binary")
    return mapped(packed, workers.unpacked, ddl(table.schema))


_PLAIN = {pa.large_string(): pa.string()}
