"""What Spark's workers do, law by law and without Spark: parts are cleaned and checked as a whole.

The plans around them are tested on real engines, in tests/spark.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gsprep
from gsprep.cleaning.clean import CleaningOptions
from gsprep.errors import InputError
from gsprep.schemas.frames import text_frame
from gsprep.spark_workers import (
    BUCKET,
    CHANGE,
    FACTS,
    FINDING,
    Checking,
    Cleaning,
    facts_of_all,
    facts_of_parts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

IDS = tuple(f"{prefix}{letter * 14}{'0' * 18}" for prefix in ("1P02", "1P04") for letter in "AB")
PEOPLE = {
    "Email": ("ana@acme.com", "Ana@acme.com", "ana+x@gmail.com", "a.na+y@gmail.com", "bo@"),
    "Gsid": (*IDS, "x"),
    "Name": ("Ruiz, Ana", "Berg, Bo", "Young, Cy", "Ana Ruiz", "Dorn, Di", "Cher"),
    "CreatedDate": ("03/04/2026", "20/04/2026", "04/20/2026", "20.11.2026", "soon"),
    "MasterAvatarTypeCode": ("1.234", "1,5", "1.5", "1.234,56"),
    "MasterRecordID": IDS,
    "Comments": ("x", "y"),
    "Hobby": ("chess",),
    "line": ("1", "2", "no line"),
}
LINKS = {
    "Email": ("ana@acme.com", "ANA@acme.com", "bo@acme.com"),
    "Company_ID": IDS,
    "IsPrimaryCompany": ("true", "false", "maybe"),
    "Title": ("x", "y"),
}


@st.composite
def frames(draw: st.DrawFn, cells: dict[str, tuple[str, ...]]) -> list[pd.DataFrame]:
    """Return parts of a frame, each with rows; row_ids are numbers in the order of all rows."""
    rows = draw(st.integers(1, 12))
    names = ["Email", *draw(st.lists(st.sampled_from(list(cells)[1:]), unique=True))]
    columns = {
        name: draw(st.lists(st.none() | st.sampled_from(cells[name]), min_size=rows, max_size=rows))
        for name in names
    }
    whole = pd.DataFrame({"row_id": [str(n + 1) for n in range(rows)], **columns}, dtype="str")
    shuffled = whole.iloc[draw(st.permutations(range(rows)))]
    cuts = sorted(draw(st.lists(st.integers(0, rows), max_size=3)))
    parts = [shuffled.iloc[a:b] for a, b in itertools.pairwise([0, *cuts, rows])]
    return [part.reset_index(drop=True) for part in parts if len(part)]


def whole_of(parts: list[pd.DataFrame]) -> pd.DataFrame:
    rows = pd.concat(parts)
    return rows.iloc[rows["row_id"].astype(int).argsort()].reset_index(drop=True)


def batch(frame: pd.DataFrame) -> pa.RecordBatch:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    # Columns of joined frames may be in several chunks.
    columns = [column.combine_chunks() for column in table.columns]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def facts_in(parts: list[pd.DataFrame], job: Cleaning | Checking) -> list[pa.RecordBatch]:
    return [one for part in parts for one in facts_of_parts([batch(part)], job.facts)]


def facts_text(parts: list[pd.DataFrame], job: Cleaning | Checking) -> str:
    """Return the facts of all rows, found in parts as the plan of Spark does."""
    (whole,) = facts_of_all(facts_in(parts, job))
    text: str = whole.column(FACTS)[0].as_py()
    return text


def together(tables: list[pa.RecordBatch]) -> pd.DataFrame:
    rows = pa.Table.from_batches(tables).to_pandas()
    return rows.iloc[rows["row_id"].astype(int).argsort()].reset_index(drop=True)


def lines_of(rows: pd.DataFrame, column: str, names: Sequence[str]) -> pd.DataFrame:
    told = [
        {"row_id": row_id, **line}
        for row_id, lines in zip(rows["row_id"], rows[column], strict=True)
        for line in lines
    ]
    return pd.DataFrame(told, columns=["row_id", *names]).astype("str")


@given(parts=frames(PEOPLE))
def test_parts_are_cleaned_as_the_whole(parts: list[pd.DataFrame]) -> None:
    job = Cleaning(gsprep.Person, CleaningOptions())
    facts = facts_text(parts, job)
    expected = gsprep.clean(whole_of(parts))
    columns = list(expected.frame)
    tables = [
        table
        for part in parts
        for table in job.rows([batch(part.assign(**{FACTS: facts}))], columns)
    ]
    found = together(tables)
    pd.testing.assert_frame_equal(found[columns].astype("str"), expected.frame)
    pd.testing.assert_frame_equal(lines_of(found, "changes", CHANGE), expected.changes)


def checked_in(parts: list[pd.DataFrame], job: Checking, groups: int) -> list[pa.RecordBatch]:
    """Return the rows with findings, from partitions with all rows of a bucket."""
    cells = [one for part in parts for one in job.rows([batch(part)])]
    for at in range(job.meetings([name for name in parts[0] if name != FACTS])):
        lines = pa.Table.from_batches(cells)
        buckets = lines[BUCKET].to_numpy() % groups
        by_group = [lines.filter(buckets == group).to_batches() for group in range(groups)]
        cells = [one for group in by_group for one in job.compared(group, at)]
    return cells


@pytest.mark.parametrize(
    ("schema", "cells"),
    [
        pytest.param(gsprep.Person, PEOPLE, id="people"),
        pytest.param(gsprep.CompanyPerson, LINKS, id="associations"),
    ],
)
@given(data=st.data(), groups=st.integers(1, 3), key=st.sampled_from([("Email",), ("Comments",)]))
def test_parts_are_checked_as_the_whole(
    schema: Any,
    cells: dict[str, tuple[str, ...]],
    data: st.DataObject,
    groups: int,
    key: tuple[str],
) -> None:
    parts = data.draw(frames(cells))
    key = key if key[0] in parts[0] else ("Email",)
    if schema is gsprep.CompanyPerson and "Company_ID" not in parts[0]:
        parts = [part.assign(Company_ID=IDS[0]) for part in parts]
    job = Checking(schema, key)
    facts = facts_text(parts, job)
    parts = [part.assign(**{FACTS: facts}) for part in parts]
    tables = checked_in(parts, job, groups)
    whole = whole_of(parts).drop(columns=FACTS)
    expected = gsprep.check(whole, schema, key=key)
    found = together(tables)
    pd.testing.assert_frame_equal(found[list(whole)].astype("str"), whole)
    plain = [part.drop(columns=FACTS) for part in parts]
    of_columns = job.of_columns(facts_in(plain, job), list(whole))
    on_columns = pa.Table.from_batches(of_columns).to_pandas().astype("str")
    of_rows = lines_of(found, "findings", FINDING)
    lines = pd.concat([of_rows, on_columns], ignore_index=True)
    pd.testing.assert_frame_equal(lines, expected.findings)


def test_a_row_id_that_is_in_two_parts_ends_the_job() -> None:
    parts = [pd.DataFrame({"row_id": ["7"], "Email": [m]}) for m in ("a@acme.com", "b@acme.com")]
    with pytest.raises(InputError, match="repeats a row_id"):
        checked_in(parts, Checking(gsprep.Person, ("Email",)), 1)


def test_what_columns_show_is_short_however_many_values_they_have() -> None:
    """It goes with each row through the engine."""
    many = text_frame(pd.DataFrame({"Name": [f"Ruiz{n}, Ana" for n in range(1000)]}))
    job = Cleaning(gsprep.Person, CleaningOptions())
    assert len(facts_text([many], job)) < 100


def test_partitions_without_rows_give_nothing() -> None:
    none = batch(pd.DataFrame({"row_id": [], "Email": []}, dtype="str"))
    job = Checking(gsprep.Person, ("Email",))
    assert [
        *job.rows([none]),
        *job.compared([], 0),
        *facts_of_parts([none], job.facts),
    ] == []
