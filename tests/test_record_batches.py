"""Decisions about record batches: those about the whole, whatever the batches are."""

from __future__ import annotations

import itertools
import os
import pickle
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_lists import sample_companies, sample_people

import gsprep
from gsprep.errors import InputError, MissingColumnsError
from gsprep.record_batches import evidence_of, evidence_schema, grouped
from gsprep.values.arrow import one_thread, usual_threads

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 120


@cache
def some_people() -> pd.DataFrame:
    return sample_people().head(COUNT)


@cache
def index() -> gsprep.CompanyIndex:
    answers = pd.DataFrame(
        {
            "kind": ["email"],
            "value": [some_people()["Email"].iloc[0]],
            "Company_ID": [sample_companies()["Gsid"].iloc[0]],
            "answer": ["match"],
        }
    )
    return gsprep.prepare(sample_companies(), answers=answers)


@cache
def whole() -> gsprep.Unified:
    return gsprep.unify(some_people(), index())


def together(tables: list[pa.RecordBatch]) -> pd.DataFrame:
    return pa.Table.from_batches(tables).to_pandas()


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@settings(max_examples=settings().max_examples // 3)
@given(cuts=st.lists(st.integers(0, COUNT), max_size=3))
def test_batches_are_decided_as_the_whole(cuts: list[int]) -> None:
    batches = gsprep.batches(index())
    edges = [0, *sorted(cuts), COUNT]
    parts = [some_people().iloc[begin:end] for begin, end in itertools.pairwise(edges)]
    assert_same(together([batches.decide(part) for part in parts]), whole().decisions)
    assert_same(together([evidence_of(part, index()) for part in parts]), whole().evidence)


@pytest.mark.parametrize("kind", ["RecordBatch", "Table", "others", "shuffled columns"])
def test_any_frame_with_any_further_columns_is_a_batch(kind: str) -> None:
    given_: dict[str, Any] = {
        "RecordBatch": pa.RecordBatch.from_pandas(some_people(), preserve_index=False),
        "Table": pa.Table.from_pandas(some_people(), preserve_index=False),
        "others": some_people().assign(tags=[["a", "b"]] * COUNT, when=pd.Timestamp("2026-11-20")),
        "shuffled columns": some_people()[list(some_people())[::-1]],
    }
    found = gsprep.batches(index()).decide(given_[kind])
    assert found.schema == gsprep.batches(index()).schema
    assert_same(together([found]), whole().decisions)


def test_a_worker_gets_the_path_and_loads_the_index_once(tmp_path: Path) -> None:
    path = gsprep.prepare(sample_companies()).save(tmp_path / "companies.index")
    batches = gsprep.batches(path)
    assert len(pickle.dumps(batches)) < 1000
    sent = pickle.loads(pickle.dumps(batches))  # noqa: S301  our own
    assert sent.index is batches.index
    expected = gsprep.unify(some_people(), sample_companies()).decisions
    assert_same(together([sent.decide(some_people())]), expected)
    # Another list under the same name is another index.
    gsprep.prepare(sample_companies().head(1)).save(path)
    os.utime(path, (1, 1))
    assert len(gsprep.batches(str(path)).index) == 1


def test_an_index_in_memory_goes_with_its_answers() -> None:
    sent = pickle.loads(pickle.dumps(gsprep.batches(index())))  # noqa: S301  our own
    decisions = together([sent.decide(some_people().head(1))])
    assert decisions["rule"].tolist() == ["answer"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        pytest.param({"Email": ["a@acme.com"]}, "needs the column row_id", id="no row_id"),
        pytest.param({"row_id": ["1", "1"], "Email": [None, None]}, "repeats a row_id", id="twice"),
        pytest.param({"row_id": [None], "Email": ["a@acme.com"]}, "has no row_id", id="missing"),
        pytest.param({"row_id": ["1"], "E-Mail": ["a@x.com"]}, "finds no column", id="other name"),
    ],
)
def test_a_batch_that_cannot_be_used_is_refused(columns: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        gsprep.batches(index()).decide(pa.table(columns))


def test_no_row_id_says_why_batches_are_not_numbered() -> None:
    with pytest.raises(MissingColumnsError, match="other batches would get the same"):
        gsprep.batches(index()).decide(pd.DataFrame({"Email": ["a@acme.com"]}))


def test_a_file_that_is_not_there_is_an_error_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a path that every worker can read"):
        gsprep.batches(tmp_path / "none.index")


def test_nobody_is_decided_as_nobody() -> None:
    found = gsprep.batches(index()).decide(some_people().head(0))
    assert (found.num_rows, found.schema) == (0, gsprep.batches(index()).schema)
    assert evidence_of(some_people().head(0), index()).schema == evidence_schema(index())


@given(sizes=st.lists(st.integers(0, 5), max_size=8), rows=st.integers(1, 7))
def test_small_batches_are_put_together_in_order(sizes: list[int], rows: int) -> None:
    values = iter(range(100))
    lists = [pa.array(itertools.islice(values, n), pa.int64()) for n in sizes]
    small = [pa.record_batch({"n": numbers}) for numbers in lists]
    tables = list(grouped(iter(small), rows))
    assert [n for table in tables for n in table["n"].to_pylist()] == list(range(sum(sizes)))
    assert all(table.num_rows >= rows for table in tables[:-1])


def test_a_worker_uses_one_thread_and_the_process_all_of_them_again() -> None:
    usual = usual_threads()
    with one_thread(), one_thread():
        assert usual_threads() == 1
    assert usual_threads() == usual
