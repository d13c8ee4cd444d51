"""Matching part by part: equal to the whole in every cell, resumable, clear errors."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_lists import sample_companies, sample_index, sample_people

from gsprep.errors import TableError
from gsprep.parts.match import held_index, match_parts
from gsprep.parts.work import Pace, survey
from gsprep.report.files import review_rows
from gsprep.tables.parts import parts_of
from gsprep.tables.read import read
from gsprep.tables.write import write_table
from gsprep.unification.prepare import kept_index, prepare, usable_companies
from gsprep.unification.rulebook import default_rulebook
from gsprep.unification.unify import associate, unify

if TYPE_CHECKING:
    from gsprep.tables.parts import Parts


def _people(count: int) -> pd.DataFrame:
    return sample_people().head(count).drop(columns=["row_id", "line"])


def _write(frame: pd.DataFrame, path: Path, rows: int = 1000) -> Path:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, path, row_group_size=max(rows, 1))
    return path


def _counted(source: Path, rows: int) -> Parts:
    """Return the parts of a source with the numbers of their records."""
    return survey(parts_of(source, rows=rows), Pace(), len).parts


def _together(folder: Path) -> pd.DataFrame:
    return pd.concat(map(pd.read_parquet, sorted(folder.iterdir())), ignore_index=True)


@settings(max_examples=settings().max_examples // 2)
@given(
    cuts=st.lists(st.integers(0, 30), max_size=2),
    group=st.integers(1, 20),
    rows=st.integers(8, 30),
    blank=st.sets(st.integers(0, 29), max_size=4),
    named=st.booleans(),
)
def test_parts_are_equal_to_the_whole(
    cuts: list[int],
    group: int,
    rows: int,
    blank: set[int],
    named: bool,  # noqa: FBT001  an example
) -> None:
    people = _people(30).reset_index(drop=True)
    people.loc[sorted(blank)] = pd.NA
    if named:
        people = people.assign(row_id=[f"P{at}" for at in range(30)])
    edges = [0, *sorted(cuts), 30]
    with TemporaryDirectory() as name:
        folder, out = Path(name) / "people", Path(name) / "out"
        folder.mkdir()
        whole = read(_write(people, Path(name) / "whole.parquet")).frame
        for at, (begin, end) in enumerate(itertools.pairwise(edges)):
            mine = people.iloc[begin:end]
            # The columns of another file may be in another order.
            mine = mine[list(mine)[::-1]] if at else mine
            _write(mine, folder / f"{at}.parquet", group)
        parts = _counted(folder, rows)
        done = match_parts(parts, sample_index(), out)
        decided = unify(whole, sample_index())
        assert done.people == len(whole)
        assert done.verdicts["match"] == (decided.decisions["verdict"] == "match").sum()
        pd.testing.assert_frame_equal(_together(out / "decisions"), decided.decisions)
        pd.testing.assert_frame_equal(_together(out / "evidence"), decided.evidence)
        links = associate(whole, decided.decisions).reset_index(drop=True)
        pd.testing.assert_frame_equal(_together(out / "company_persons"), links)
        theirs = write_table(review_rows(whole, decided), Path(name) / "review.csv")
        assert (out / "review.csv").read_bytes() == theirs.read_bytes()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return _write(_people(90), tmp_path / "people.parquet", 30)


def test_an_interrupted_match_goes_on(source: Path, tmp_path: Path) -> None:
    parts, out, seen = _counted(source, 30), tmp_path / "out", []

    def stop(stage: str, done: int, total: int) -> None:
        seen.append((stage, total))
        if stage == "match" and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        match_parts(parts, sample_index(), out, Pace(1, stop))
    assert seen == [*[("sort", 90)] * 4, *[("match", 90)] * 2]
    (first,) = (out / "own" / "decisions").iterdir()
    written = first.stat().st_ino
    done = match_parts(parts, sample_index(), out)
    assert (done.parts, done.resumed) == (3, 1)
    assert first.stat().st_ino == written
    pd.testing.assert_frame_equal(
        _together(out / "decisions"), unify(read(source).frame, sample_index()).decisions
    )


@pytest.mark.parametrize("other", ["people", "companies", "known"])
def test_parts_of_another_match_are_not_used(other: str, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    match_parts(_counted(source, 30), sample_index(), out)
    people, index = _people(90), sample_index()
    if other == "people":
        _write(_people(150).iloc[90:], source, 30)
    else:
        usable = sample_companies()
        known = pd.DataFrame(
            {"Email": [people["Email"].iloc[0]], "Company_ID": [sample_index().gsids[3]]}
        )
        index = prepare(usable.iloc[5:]) if other == "companies" else prepare(usable, known=known)
    done = match_parts(_counted(source, 30), index, out)
    assert done.resumed == 0
    pd.testing.assert_frame_equal(
        _together(out / "decisions"), unify(read(source).frame, index).decisions
    )


@pytest.mark.thorough  # tests of a run have several processes, too
def test_several_processes_share_the_index(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = match_parts(_counted(source, 30), sample_index(), out, Pace(2))
    assert (done.people, done.parts, done.resumed) == (90, 3, 0)
    pd.testing.assert_frame_equal(
        _together(out / "decisions"), unify(read(source).frame, sample_index()).decisions
    )


def test_results_are_private(source: Path, tmp_path: Path) -> None:
    match_parts(_counted(source, 90), sample_index(), tmp_path / "out")
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(files) == 10
    assert [path for path in files if path.stat().st_mode & 0o077] == []
    assert "people" in json.loads((tmp_path / "out" / "parts.json").read_text())


@pytest.mark.parametrize(
    ("frames", "told"),
    [
        pytest.param([{"row_id": ["1", "2"]}, {"row_id": ["3", "2"]}], "record 4", id="repeated"),
        pytest.param([{"row_id": ["1", "2"]}, {"row_id": ["3", None]}], "record 4", id="missing"),
        pytest.param([{"Email": ["a@b.de"]}, {"Mail": ["a@b.de"]}], "other columns", id="columns"),
        pytest.param([{"Email": [["a"]], "x": [{"y": b"z"}]}], "not one value", id="nested"),
        pytest.param([], "no .parquet file and no", id="none"),
    ],
)
def test_files_that_do_not_fit_are_refused(
    frames: list[dict[str, list[object]]], told: str, tmp_path: Path
) -> None:
    for at, columns in enumerate(frames):
        more = {"Name": ["x"] * len(next(iter(columns.values())))}
        _write(pd.DataFrame(columns | more), tmp_path / f"{at}.parquet")
    with pytest.raises(TableError, match=told):
        _counted(tmp_path, 9)


def test_what_is_no_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "people.parquet").write_text("Email\n")
    with pytest.raises(TableError, match="not a Parquet file"):
        _counted(tmp_path, 9)
    with pytest.raises(TableError, match="cannot be read"):
        parts_of(tmp_path / "none.parquet")


def test_processes_share_the_file_that_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not saved a second time, and may be removed meanwhile."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    companies = usable_companies(sample_companies())[0]
    for is_loaded in (False, True):
        index = kept_index(companies, default_rulebook(), tmp_path / "kept")
        (kept,) = (tmp_path / "kept").iterdir()
        with held_index(index, alone=False) as held:
            assert isinstance(held.companies, Path)
            assert held.companies.samefile(kept)
            if is_loaded:
                kept.unlink()
            assert held.loaded().gsids.tolist() == index.gsids.tolist()
    with held_index(index, alone=False) as held:
        assert held.loaded().gsids.tolist() == index.gsids.tolist()
