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
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.mapping.columns import advise
from gsprep.record_batches import (
    DECISIONS,
    decided,
    evidence_of,
    evidence_schema,
    loaded_index,
)  # fmt: skip
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.objects import Person, fields_of
from gsprep.schemas.same_key import key_columns, require_key
from gsprep.spark_plans import (
    checked_rows,
    collected,
    column_names,
    created_frame,
    ddl,
    is_error,
    lines_of,
    mapped,
    on_columns,
    people_by_key,
    select,
    structs,
    with_facts,
)
from gsprep.spark_workers import Checking, Cleaning, no_rows
from gsprep.unification.answers import NO_ANSWERS
from gsprep.unification.duplicates.find import find_duplicates as find_in_memory
from gsprep.unification.index import CompanyIndex
from gsprep.unification.known import NOTHING_KNOWN
from gsprep.unification.prepare import prepare as prepare_in_memory
from gsprep.unification.unify import columns_read, compared_columns, indexed
from gsprep.validation.check import check as check_in_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandera.pandas as pandera
    from pyspark.sql import DataFrame, SparkSession, functions

    from gsprep.schemas.frames import Frame
    from gsprep.unification.duplicates.results import LearnedModel
    from gsprep.unification.rulebook import Rulebook
else:
    functions = lazy_module("pyspark.sql.functions")


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
    lines, said = (None if one is None else _collected(one) for one in (known, answers))
    return prepare_in_memory(_collected(companies), rulebook, known=lines, answers=said)


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
    names = column_names(persons)
    index, path = _index(companies, rulebook, known, answers)
    compared = compared_columns(index.rulebook)
    advise(names, PERSON, step="unify", used=compared)
    shared = _shared(persons.sparkSession, index, path)
    read = columns_read(index.rulebook) | {ROW_ID}
    people = select(persons, [name for name in names if name in read])
    kinds = {decided: ddl(DECISIONS), evidence_of: ddl(evidence_schema(index))}
    return Unified(
        *(
            mapped(people, partial(workers.of_people, found=found, shared=shared), kind)
            for found, kind in kinds.items()
        )
    )


def _index(
    companies: DataFrame | Frame | CompanyIndex | str | os.PathLike[str],
    rulebook: Rulebook | None,
    known: DataFrame | Frame | None,
    answers: DataFrame | pd.DataFrame | None,
) -> tuple[CompanyIndex, Path | None]:
    """Return the index, and the path of its file if that was given."""
    lines, said = (None if one is None else _collected(one) for one in (known, answers))
    if not isinstance(companies, (str, os.PathLike)):
        return indexed(_collected(companies), rulebook, lines, said), None
    path = Path(companies).expanduser().absolute()
    indexed(loaded_index(path), rulebook, None, None)
    return CompanyIndex.load(path, known=lines, answers=said), path


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
    names = column_names(frame, "changes")
    of = fields_of(schema)
    advise(names, of, step="clean")
    keys = (key,) if isinstance(key, str) else tuple(key)
    require_key(_one_row(names), keys, of)
    job = Cleaning(schema, CleaningOptions(region=region_code(region), key=keys))
    shown = job.facts(no_rows(names))
    looked_at = [*shown.proofs, *([] if shown.names is None else ["Name"])]
    known = with_facts(frame, job.facts, looked_at) if looked_at else frame
    columns = _cleaned_columns(names, of.name)
    text = ddl(pa.schema([(name, pa.string()) for name in columns]))
    rows = mapped(
        known, partial(job.rows, columns=columns), f"{text}, changes {structs(workers.CHANGE)}"
    )
    return Cleaned(rows, rows.drop("changes"), lines_of(rows, "changes", workers.CHANGE))


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
    persons: DataFrame | Checked | None = None,
) -> Checked:
    """Split a frame by a schema, as ``gsprep.check`` does.

    Rows that share a key, a mailbox or a person with a primary company are brought together and
    compared with one another, in the order of their row_ids; a row_id that is there twice ends the
    job.

    Args:
        frame: the rows, with ``row_id``.
        schema: the object of the rows.
        key: the columns by which the tenant identifies persons; see ``gsprep.check``.
        persons: the persons of associations: a frame of Spark, which is checked as well, or the
            result of ``check``. An association without a valid person is an error then. Only the
            columns that identify persons are brought to the associations.

    Returns:
        The valid rows, the rejected rows and the findings, not yet computed.

    Raises:
        MissingColumnsError: without ``row_id`` or a column that identifies records.
        InputError: for a column ``findings``.
    """
    names = column_names(frame, "findings")
    people = None
    job = Checking(schema, key_columns(key))
    check_in_memory(_one_row(names), schema, key=key)
    if persons is not None:
        checked = persons if isinstance(persons, Checked) else check(persons, Person, key=key)
        job = job.of_persons(names, column_names(checked.rows.drop("findings")))
        people = people_by_key(checked.rows, job) if job.ways else None
    rows = checked_rows(frame, job, people)
    has_error = functions.exists("findings", is_error)
    return Checked(
        rows,
        rows.where(~has_error).drop("findings"),
        rows.where(has_error).drop("findings"),
        lines_of(rows, "findings", workers.FINDING).unionByName(on_columns(frame, job)),
    )


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
    column_names(persons)
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
    created = partial(created_frame, persons.sparkSession)
    return Duplicates(
        created(found.groups), created(found.pairs), created(found.evidence), found.model
    )


def _collected(frame: Any, at_most: int | None = None) -> Any:
    """Return a frame of Spark as a text frame on the driver; others as they are."""
    if not hasattr(frame, "mapInArrow"):
        return frame
    text = collected(frame if at_most is None else frame.limit(at_most + 1))
    if at_most is not None and len(text) > at_most:
        raise InputError(
            f"duplicates are found in the driver's memory, and there are more than {at_most:,} "
            "records. Compare parts that share no person, or set at_most if the driver has the "
            "memory (2 GB for a million)"
        )
    return text


def _one_row(names: list[str]) -> pd.DataFrame:
    """Return a row without values: what is wrong with it is wrong with the frame's columns."""
    empty = pd.DataFrame({name: [None] for name in names}, dtype="str")
    return empty.assign(**{ROW_ID: "1"})
