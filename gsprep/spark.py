"""The stages on frames of Spark, classic and Connect.

Nothing is computed before a result is asked for, except by ``prepare`` and ``find_duplicates``.
Decisions, findings and changes equal those of the calls of ``gsprep`` about the same rows in one
pandas frame, in the order of their ``row_id``. Every frame needs this column, unique and of text or
whole numbers: the rows of Spark have no order by which they could be numbered.

Workers need gsprep, the same version as the driver.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from gsprep import spark_workers as workers
from gsprep.cleaning.clean import CleaningOptions, region_code
from gsprep.cleaning.rules import NAME_PARTS
from gsprep.errors import InputError, MissingColumnsError
from gsprep.lazy import lazy_module
from gsprep.mapping.advice import advise
from gsprep.record_batches import DECISIONS, evidence_schema, loaded_index
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import LINE, ROW_ID, text_frame
from gsprep.schemas.objects import Person, fields_of
from gsprep.schemas.same_key import key_columns, require_key
from gsprep.spark_workers import ACROSS, FACTS, HASH, KIND, SHARED, Checking, Cleaning
from gsprep.unification.answers import NO_ANSWERS
from gsprep.unification.duplicates.find import find_duplicates as find_in_memory
from gsprep.unification.index import CompanyIndex
from gsprep.unification.known import NOTHING_KNOWN
from gsprep.unification.prepare import prepare as prepare_in_memory
from gsprep.unification.unify import columns_read, compared_columns
from gsprep.validation.check import check as check_in_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandera.pandas as pandera
    from pyspark.sql import DataFrame, SparkSession, functions, types

    from gsprep.schemas.frames import Frame
    from gsprep.unification.duplicates.results import LearnedModel
    from gsprep.unification.rulebook import Rulebook
else:
    functions = lazy_module("pyspark.sql.functions")
    types = lazy_module("pyspark.sql.types")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Cleaned rows; see ``clean``.

    rows:    the cleaned rows, and the column ``changes``: an array of structs of column, before,
             after and rule. ``rows.persist()`` computes both results below once.
    frame:   the cleaned rows: the given columns as text.
    changes: one line per cell and rule; columns row_id, column, before, after, rule.
    """

    rows: DataFrame
    frame: DataFrame
    changes: DataFrame


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows split into valid and rejected ones; see ``check``.

    rows:     the given rows, and the column ``findings``: an array of structs of column, value,
              code, message, hint, suggestion and severity. ``rows.persist()`` computes the
              results below once.
    valid:    the given rows without an error, cells and columns untouched.
    rejected: the given rows with an error.
    findings: one line per failed check; columns row_id, column, value, code, message, hint,
              suggestion, severity. row_id is missing for a finding on a whole column.
    """

    rows: DataFrame
    valid: DataFrame
    rejected: DataFrame
    findings: DataFrame


@dataclass(frozen=True, slots=True)
class Unified:
    """The company of each person, and the evidence; columns as those of ``gsprep.unify``.

    decisions: one line per person given.
    evidence:  one line per person and kept candidate; computed on its own if it is asked for.
    """

    decisions: DataFrame
    evidence: DataFrame


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Who is the same person; columns as those of ``gsprep.find_duplicates``.

    groups:   one line per record.
    pairs:    one line per pair that is a match or needs a decision.
    evidence: one line per such pair, with the weight of each comparison.
    model:    what was learned, to be given to later calls.
    """

    groups: DataFrame
    pairs: DataFrame
    evidence: DataFrame
    model: LearnedModel


def prepare(
    companies: DataFrame | Frame,
    rulebook: Rulebook | None = None,
    *,
    known: DataFrame | Frame | None = None,
    answers: DataFrame | pd.DataFrame | None = None,
) -> CompanyIndex:
    """Return the index of companies, as ``gsprep.prepare`` does; frames of Spark are collected.

    A list of 100,000 companies takes seconds and 60 MB. ``index.save(path)`` on storage that all
    workers read makes ``unify`` take the path.

    Args:
        companies: a frame of Spark or pandas with Gsid and Name; see ``gsprep.prepare``.
        rulebook: how companies are matched; None is the shipped default.
        known: people already linked, see ``gsprep.prepare``.
        answers: the answers of reviewers, see ``gsprep.prepare``.

    Returns:
        The index.

    Raises:
        InputError: as ``gsprep.prepare``.
    """
    return prepare_in_memory(
        _collected(companies),
        rulebook,
        known=None if known is None else _collected(known),
        answers=None if answers is None else _collected(answers),
    )


def unify(
    persons: DataFrame,
    companies: DataFrame | Frame | CompanyIndex | str | os.PathLike[str],
    rulebook: Rulebook | None = None,
    *,
    known: DataFrame | Frame | None = None,
    answers: DataFrame | pd.DataFrame | None = None,
) -> Unified:
    """Decide for every person which company they belong to, as ``gsprep.unify`` does.

    The index goes to the workers as a file, never in the code of a task: through Spark, or as a
    path on storage that they all read.

    Args:
        persons: raw or cleaned rows with ``row_id``.
        companies: a frame, which is prepared first; the index of ``prepare``; or the path of a file
            that the index was saved in, which the driver and all workers read.
        rulebook: how companies are matched; None is the shipped default, or that of the index.
        known: people already linked, see ``gsprep.prepare``.
        answers: the answers of reviewers, see ``gsprep.prepare``.

    Returns:
        One decision per person and the evidence, not yet computed.

    Raises:
        MissingColumnsError: without ``row_id``.
        InputError: as ``gsprep.unify``, and if this Spark brings no files to its workers.
    """
    names = _names(persons)
    index, path = _index(companies, rulebook, known, answers)
    compared = compared_columns(index.rulebook)
    advise(names, PERSON, step="unify", used=compared)
    shared = _shared(persons.sparkSession, index, path)
    read = columns_read(index.rulebook) | {ROW_ID}
    people = _select(persons, [name for name in names if name in read])
    return Unified(
        people.mapInArrow(partial(workers.decisions, shared=shared), _ddl(DECISIONS)),
        people.mapInArrow(partial(workers.evidence, shared=shared), _ddl(evidence_schema(index))),
    )


def _index(
    companies: DataFrame | Frame | CompanyIndex | str | os.PathLike[str],
    rulebook: Rulebook | None,
    known: DataFrame | Frame | None,
    answers: DataFrame | pd.DataFrame | None,
) -> tuple[CompanyIndex, Path | None]:
    """Return the index, and the path of its file if that was given."""
    if isinstance(companies, CompanyIndex):
        _refuse_others(companies, rulebook, known, answers)
        return companies, None
    if not isinstance(companies, (str, os.PathLike)):
        return prepare(companies, rulebook, known=known, answers=answers), None
    path = Path(companies).expanduser().absolute()
    _refuse_others(loaded_index(path), rulebook, None, None)
    lines = None if known is None else _collected(known)
    said = None if answers is None else _collected(answers)
    return CompanyIndex.load(path, known=lines, answers=said), path


def _refuse_others(
    index: CompanyIndex, rulebook: Rulebook | None, known: object, answers: object
) -> None:
    if known is not None or answers is not None:
        raise InputError("the companies are prepared already: give known and answers to prepare")
    if rulebook is not None and rulebook != index.rulebook:
        raise InputError(
            "the companies were prepared with another rulebook: prepare them again with this one"
        )


def _shared(session: SparkSession, index: CompanyIndex, path: Path | None) -> workers.SharedIndex:
    """Return where workers find the index; Spark brings them a file unless they have a path."""
    if path is not None:
        return workers.SharedIndex(str(path), index.known, index.answers)
    bare = replace(index, known=NOTHING_KNOWN, answers=NO_ANSWERS)
    draft = bare.save(_folder() / "draft.index")
    # Spark refuses another file of the same name.
    file = draft.replace(_folder() / f"gsprep-{_hash_of(draft)}.index")
    sent = workers.SharedIndex(file.name, index.known, index.answers, is_sent=True)
    if not type(session).__module__.startswith("pyspark.sql.connect"):
        session.sparkContext.addFile(str(file))
        return sent
    try:
        session.addArtifacts(str(file), file=True)
    except Exception as failure:
        raise InputError(
            "this Spark brings no files to its workers. Save the index on storage that they all "
            f"read, and give its path in place of the companies ({type(failure).__name__})"
        ) from failure
    return sent


@cache
def _folder() -> Path:
    """Return the folder of files for workers, which ask for them until the session ends."""
    folder = tempfile.mkdtemp(prefix="gsprep-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        # The head of the file has a hash of the rest.
        return blake2b(file.read(64), digest_size=16).hexdigest()


def clean(
    frame: DataFrame,
    schema: pandera.DataFrameSchema = Person,
    *,
    region: str | None = None,
    key: str | Sequence[str] = (),
) -> Cleaned:
    """Repair the form of the cells that belong to ``schema``, as ``gsprep.clean`` does.

    What whole columns show (whether day or month is first, the decimal sign, whether names have the
    last name first) is found in the same plan, by a look at these columns of all rows. The
    columns of the result are known before its rows: with Name there are always FirstName and
    LastName, empty unless names were divided.

    Args:
        frame: the rows, with ``row_id`` and any columns.
        schema: the object of the rows.
        region: the default country of phone numbers; see ``gsprep.clean``.
        key: the columns by which the tenant identifies records; see ``gsprep.clean``.

    Returns:
        The cleaned rows and the changes, not yet computed.

    Raises:
        MissingColumnsError: without ``row_id`` or a column of the ``key``.
        InputError: as ``gsprep.clean``.
    """
    names = _names(frame, "changes")
    of = fields_of(schema)
    advise(names, of, step="clean")
    keys = (key,) if isinstance(key, str) else tuple(key)
    require_key(_one_row(names), keys, of)
    job = Cleaning(schema, CleaningOptions(region=region_code(region), key=keys))
    facts = job.facts(_no_rows(names))
    looked_at = [*facts.proofs, *([] if facts.names is None else ["Name"])]
    known = _with_facts(frame, job.facts, looked_at) if looked_at else frame
    columns = _cleaned_columns(names, of.name)
    text = ", ".join(f"`{_quoted(name)}` string" for name in columns)
    changes = ", ".join(f"`{name}` string" for name in workers.CHANGE)
    rows = known.mapInArrow(
        partial(job.rows, columns=columns), f"{text}, changes array<struct<{changes}>>"
    )
    return Cleaned(rows, rows.drop("changes"), _lines(rows, "changes", workers.CHANGE))


def _cleaned_columns(names: list[str], of: str) -> list[str]:
    if of != "Person" or not any(name in names for name in ("Name", *NAME_PARTS)):
        return names
    added = ("FirstName", "LastName") if "Name" in names else ("Name",)
    return [*names, *(name for name in added if name not in names)]


def check(
    frame: DataFrame,
    schema: pandera.DataFrameSchema,
    *,
    key: str | Sequence[str] = ("Email",),
) -> Checked:
    """Split a frame by a schema, as ``gsprep.check`` does.

    Rows that share a key, a mailbox or a person with a primary company are brought together and
    compared with one another, in the order of their row_ids; a row_id that is there twice ends the
    job. Whether the persons of associations exist is not checked: join the frames for that.

    Args:
        frame: the rows, with ``row_id``.
        schema: the object of the rows.
        key: the columns by which the tenant identifies persons; see ``gsprep.check``.

    Returns:
        The valid rows, the rejected rows and the findings, not yet computed.

    Raises:
        MissingColumnsError: without ``row_id`` or a column that identifies records.
        InputError: for a column ``findings``.
    """
    names = _names(frame, "findings")
    job = Checking(schema, key_columns(key))
    check_in_memory(_one_row(names), schema, key=key)
    facts = job.facts(_no_rows(names))
    of_rows = [*facts.proofs, *facts.prefixes, *([LINE] if LINE in names else [])]
    looked_at = list(dict.fromkeys([*of_rows, *(["Gsid"] if "Gsid" in names else [])]))
    known = _with_facts(frame, job.facts, looked_at) if of_rows else frame
    rows = _with_across(known, job).mapInArrow(
        job.rows, types.StructType([*frame.schema.fields, _list_field("findings", workers.FINDING)])
    )
    has_error = functions.exists("findings", _is_error)
    return Checked(
        rows,
        rows.where(~has_error).drop("findings"),
        rows.where(has_error).drop("findings"),
        _lines(rows, "findings", workers.FINDING).unionByName(
            _on_columns(frame, job, names, looked_at)
        ),
    )


def _is_error(finding: Any) -> Any:
    return finding["severity"] == "error"


def _with_across(rows: DataFrame, job: Checking) -> DataFrame:
    """Return the rows with the findings that they have with others."""
    f = functions
    hashes = rows.mapInArrow(job.hashes, f"{SHARED} string, {KIND} string, {HASH} long")
    times = f.expr(f"count(1) over (partition by {KIND}, {HASH})")
    shared = hashes.withColumn("gsprep_times", times).where("gsprep_times > 1").drop("gsprep_times")
    same = f.col(f"`{ROW_ID}`").cast("string") == f.col(SHARED)
    # All rows of a key are in one partition then, and as many keys as fit one.
    alike = rows.join(shared, same).repartition(f.col(HASH))
    finding = ", ".join(f"`{name}` string" for name in workers.FINDING)
    found = alike.mapInArrow(
        job.across, f"{SHARED} string, {KIND} string, findings array<struct<{finding}>>"
    )
    of_rows = found.groupBy(SHARED).agg(f.collect_list(f.struct(KIND, "findings")).alias(ACROSS))
    return rows.join(of_rows, same, "left")


def _on_columns(
    frame: DataFrame, job: Checking, names: list[str], looked_at: list[str]
) -> DataFrame:
    """Return the findings on whole columns, also of a frame without rows."""
    none = frame.sparkSession.createDataFrame(
        pa.Table.from_batches([job.on_columns(names)]), _ddl(workers.FINDINGS)
    )
    facts = _facts(frame, job.facts, looked_at or [ROW_ID])
    told = facts.mapInArrow(partial(job.of_columns, columns=names), _ddl(workers.FINDINGS))
    return none.unionByName(told).distinct()


def find_duplicates(  # noqa: PLR0913  those of the call of the same name, and a limit
    persons: DataFrame,
    rulebook: Rulebook | None = None,
    *,
    against: DataFrame | Frame | None = None,
    answers: DataFrame | pd.DataFrame | None = None,
    groups: DataFrame | pd.DataFrame | None = None,
    model: LearnedModel | str | Path | None = None,
    seed: int = 0,
    at_most: int = 1_000_000,
) -> Duplicates:
    """Find the records of one person, as ``gsprep.find_duplicates`` does, on the driver.

    What a value says is learned from all records together, and groups join pairs of the whole
    list, so the records are collected and compared in the driver's memory when this is called: a
    million records take some 2 GB. Longer lists are compared in parts that share no person, such as
    the countries of a list, or in files by ``gsprep duplicates``.

    Args:
        persons: the records to compare, with ``row_id``.
        rulebook: which columns are compared and how; None finds them by their headers.
        against: people who exist already; see ``gsprep.find_duplicates``.
        answers: decisions of reviewers; see ``gsprep.find_duplicates``.
        groups: those of an earlier run, whose person_ids are kept.
        model: one that was learned before.
        seed: the start of the random choices.
        at_most: the records that the driver's memory is meant for, those of ``against`` included.

    Returns:
        Frames of Spark with the person of each record and the pairs, and what was learned.

    Raises:
        MissingColumnsError: without ``row_id``.
        InputError: for more records than ``at_most``, and as ``gsprep.find_duplicates``.
    """
    _names(persons)
    people = _collected(persons, at_most)
    rest = at_most - len(people)
    found = find_in_memory(
        people,
        rulebook,
        against=None if against is None else _collected(against, rest),
        answers=None if answers is None else _collected(answers),
        groups=None if groups is None else _collected(groups),
        model=model,
        seed=seed,
    )
    created = partial(_created, persons.sparkSession)
    return Duplicates(
        created(found.groups), created(found.pairs), created(found.evidence), found.model
    )


def _created(session: SparkSession, frame: pd.DataFrame) -> DataFrame:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    plain = [
        pa.field(one.name, pa.string() if pa.types.is_large_string(one.type) else one.type)
        for one in table.schema
    ]
    return session.createDataFrame(table.cast(pa.schema(plain)))


def _collected(frame: Any, at_most: int | None = None) -> Any:
    """Return a frame of Spark as a table on the driver; others as they are."""
    if not hasattr(frame, "mapInArrow"):
        return frame
    if at_most is None:
        return text_frame(frame.toArrow())
    table = frame.limit(at_most + 1).toArrow()
    if table.num_rows > at_most:
        raise InputError(
            f"duplicates are found in the driver's memory, and there are more than {at_most:,} "
            "records. Compare parts that share no person, or set at_most if the driver has the "
            "memory (2 GB for a million)"
        )
    return text_frame(table)


_OWN = frozenset({FACTS, KIND, HASH, SHARED, ACROSS, "gsprep_times"})


def _names(frame: DataFrame, *added: str) -> list[str]:
    """Return the columns of a frame that can be used; ``added`` are columns of the result."""
    if not hasattr(frame, "mapInArrow"):
        kind = type(frame).__name__
        raise InputError(f"the frame has the type {kind}: give a frame of Spark, or call gsprep")
    names: list[str] = list(frame.columns)
    repeated = {name for name in names if names.count(name) > 1}
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


_NAMING = frozenset({"string", "tinyint", "smallint", "int", "bigint"})
_CURE = (
    "Its rows have no order by which they could be numbered: name a unique column row_id, such as "
    "the id of the record."
)


def _quoted(name: str) -> str:
    return name.replace("`", "``")


def _select(frame: DataFrame, names: Iterable[str]) -> DataFrame:
    return frame.select(*(functions.col(f"`{_quoted(name)}`") for name in names))


def _ddl(schema: pa.Schema) -> str:
    kinds = {pa.string(): "string", pa.float64(): "double", pa.float32(): "float"}
    return ", ".join(f"`{one.name}` {kinds[one.type]}" for one in schema)


def _list_field(name: str, parts: Sequence[str]) -> types.StructField:
    one = types.StructType([types.StructField(part, types.StringType()) for part in parts])
    return types.StructField(name, types.ArrayType(one))


def _lines(rows: DataFrame, column: str, parts: Sequence[str]) -> DataFrame:
    """Return a line for each entry of an array of structs, with the row's row_id."""
    one = functions.col(f"`{ROW_ID}`").cast("string").alias(ROW_ID)
    lines = rows.select(one, functions.explode(column).alias("one"))
    return lines.select(ROW_ID, *(functions.col(f"one.{part}").alias(part) for part in parts))


def _facts(
    frame: DataFrame, facts_of: Callable[[pd.DataFrame], workers.PartFacts], names: list[str]
) -> DataFrame:
    """Return one row: what whole columns show; none without rows."""
    columns = _select(frame, dict.fromkeys([ROW_ID, *names]))
    parts = columns.mapInArrow(
        partial(workers.facts_of_parts, facts_of=facts_of), f"{FACTS} binary"
    )

    def of_all(group: pa.Table) -> pa.Table:
        return workers.facts_of_all(group)

    return parts.groupBy(functions.lit(1).alias("all")).applyInArrow(of_all, f"{FACTS} string")


def _with_facts(
    frame: DataFrame, facts_of: Callable[[pd.DataFrame], workers.PartFacts], names: list[str]
) -> DataFrame:
    return frame.crossJoin(functions.broadcast(_facts(frame, facts_of, names)))


def _no_rows(names: list[str]) -> pd.DataFrame:
    return text_frame(pd.DataFrame({name: [] for name in names}, dtype="str"))


def _one_row(names: list[str]) -> pd.DataFrame:
    """Return a row without values: what is wrong with it is wrong with the frame's columns."""
    empty = pd.DataFrame({name: [None] for name in names}, dtype="str")
    return empty.assign(**{ROW_ID: "1"})
