"""A run part by part: equal to the whole run in every cell and count, resumable."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.parts.run import run_parts
from gsprep.parts.work import Pace, working
from gsprep.pipeline import run
from gsprep.report.files import FOLDERS, RUN_FILES
from gsprep.report.page_counts import facts_of
from gsprep.report.summary import rows_to_fix
from gsprep.run_options import RunOptions
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.shipped import shipped
from gsprep.tables.parts import parts_of
from gsprep.tables.read import read
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.parts.run import RunInParts
    from gsprep.results import RunResult

COMPANIES = read(shipped("samples", "companies.csv"), of=COMPANY).frame.head(25)
_USED = ["Email", "FirstName", "LastName", "CompanyName", "Phone", "Country", "Title"]
_SAMPLE = read(shipped("samples", "people.csv"), of=PERSON).frame[_USED].iloc[60:72]
_DOMAIN, _OTHER = COMPANIES["Domain"].dropna().iloc[:2]
_ID, _GSID = "1P02", "1P04" + "A" * 32
# One person in several rows (by address, by Gsid, by both in a chain), in agreement and not; rows
# of one company with other titles; two primary companies; a mailbox twice; rejected rows.
_SHARED = pd.DataFrame(
    [
        [f"ana@{_DOMAIN}", None, "CFO", "true", "Berlin", None],
        [f"Ana@{_DOMAIN.upper()}", None, "CEO", "true", None, "P"],
        [f"ana@{_DOMAIN}", None, "CFO", None, "Bonn", "P"],
        [f"bo@{_DOMAIN}", _GSID, "VP", "true", None, None],
        [f"bo.b@{_OTHER}", _GSID, "VP", "true", None, None],
        [f"bo.b@{_OTHER}", None, None, "false", "Berlin", None],
        [None, _GSID, "VP", None, None, "Q"],
        [f"d.ee+x@{_OTHER}", None, "Dr", None, None, "GSOBJ_VCUSTOM1007"],
        ["cy@gmail.com", None, None, None, None, None],
        ["c.y@gmail.com", None, None, None, "Berlin", None],
        ["c@", None, None, None, None, None],
        [None, None, "VP", None, None, None],
        [f"eve@{_DOMAIN}", f"{_GSID[:-1]}B", "x" * 300, "maybe", None, None],
    ],
    columns=["Email", "Gsid", "Title", "IsPrimaryCompany", "Location", "codes"],
    dtype="str",
)
ROWS = pd.concat([_SHARED, _SAMPLE], ignore_index=True).astype("str")
REJECTED_BEFORE = ROWS.assign(messages=None, hints=None, suggestions=None)
ANSWERS = pd.DataFrame(
    {
        "kind": ["domain", "email"],
        "value": [_OTHER, "cy@gmail.com"],
        "Company_ID": [COMPANIES["Gsid"].iloc[5], COMPANIES["Gsid"].iloc[6]],
        "answer": ["match", "match"],
    }
)
USUAL = RunOptions(evidence=frozenset({"review"}))


def _write(frame: pd.DataFrame, path: Path) -> Path:
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    return path


def _divided(folder: Path, frame: pd.DataFrame, cuts: list[int]) -> tuple[Path, pd.DataFrame]:
    """Write a frame as files of a folder; return the folder, and the frame of one file of all."""
    source = folder / "people"
    source.mkdir()
    edges = [0, *sorted(cuts), len(frame)]
    for at, (begin, end) in enumerate(itertools.pairwise(edges)):
        _write(frame.iloc[begin:end], source / f"{at}.parquet")
    return source, read(_write(frame, folder / "whole.parquet"), of=PERSON).frame


def _together(folder: Path) -> pd.DataFrame:
    return pd.concat(map(pd.read_parquet, sorted(folder.iterdir())), ignore_index=True)


def _check(done: RunInParts, whole: RunResult, out: Path) -> None:
    """Assert that the results are those of the whole run."""
    for name, file in RUN_FILES.items():
        if file.table is None:
            continue
        expected = file.table(whole).reset_index(drop=True)
        if (folder := FOLDERS.get(name)) is not None:
            pd.testing.assert_frame_equal(_together(out / folder), expected)
        else:
            theirs = write_table(expected, out / f"whole-{name}")
            assert (out / name).read_bytes() == theirs.read_bytes()
    alone = {"run": whole.summary["run"], "seconds": whole.summary["seconds"]}
    assert {**done.summary, **alone} == whole.summary
    assert list(done.summary) == list(whole.summary)
    assert replace(done.facts, **alone, folders=False) == facts_of(whole)
    frames = (whole.people, whole.company_persons, whole.relationship_persons)
    assert list(done.to_fix) == [(rows_to_fix(frame), len(frame)) for frame in frames]
    assert str(done.stopped) == str(whole.stopped)
    rejects, errors = done.rejects
    pd.testing.assert_frame_equal(rejects, whole.rejects)
    findings = whole.checked.findings
    expected = findings[findings["severity"] == "error"].reset_index(drop=True)
    pd.testing.assert_frame_equal(errors, expected)


_OPTIONS = st.builds(
    dict,
    key=st.sampled_from([("Email",), ("Email", "Location")]),
    hold=st.sampled_from([(), ("review", "no_match")]),
    most_rejected=st.sampled_from([None, 0.01]),
    answers=st.sampled_from([None, ANSWERS]),
    mode=st.sampled_from(["auto", "single", "async"]),
)


@pytest.fixture(autouse=True, scope="module")
def _few_parts_are_held() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gsprep.parts.run._AT_ONCE", 1)
        yield


@settings(max_examples=settings().max_examples // 3)
@given(
    cuts=st.lists(st.integers(0, len(ROWS)), max_size=2),
    order=st.permutations(range(len(ROWS))),
    size=st.integers(7, 20),
    again=st.booleans(),
    options=_OPTIONS,
)
def test_parts_are_equal_to_the_whole(
    cuts: list[int],
    order: list[int],
    size: int,
    again: bool,  # noqa: FBT001  an example
    options: dict[str, object],
) -> None:
    rows = (REJECTED_BEFORE if again else ROWS).iloc[order]
    asked = replace(USUAL, **options)  # type: ignore[arg-type]  # drawn for each option
    with TemporaryDirectory() as name:
        source, frame = _divided(Path(name), rows, cuts)
        out = Path(name) / "out"
        done = run_parts(parts_of(source, PERSON, rows=size), COMPANIES, out, asked)
        _check(done, run(frame, COMPANIES, options=asked), out)


@pytest.fixture(scope="module")
def whole() -> RunResult:
    numbered = ROWS.assign(row_id=[f"P{at}" for at in range(len(ROWS))])
    return run(numbered, COMPANIES, options=USUAL)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    numbered = ROWS.assign(row_id=[f"P{at}" for at in range(len(ROWS))])
    return _write(numbered, tmp_path / "people.parquet")


def test_an_interrupted_run_goes_on(source: Path, tmp_path: Path, whole: RunResult) -> None:
    parts, out = parts_of(source, PERSON, rows=9), tmp_path / "out"

    def stop(stage: str, done: int, _: int) -> None:
        if stage == "match" and done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_parts(parts, COMPANIES, out, USUAL, Pace(1, stop))
    done = run_parts(parts, COMPANIES, out, USUAL)
    assert (done.parts, done.resumed) == (4, 2)
    _check(done, whole, out)
    other = run_parts(parts, COMPANIES, out, replace(USUAL, answers=ANSWERS))
    assert other.resumed == 0


def test_several_processes_make_the_same(source: Path, tmp_path: Path, whole: RunResult) -> None:
    out = tmp_path / "out"
    with working(2) as pace:
        done = run_parts(parts_of(source, PERSON, rows=9), COMPANIES, out, USUAL, pace)
    _check(done, whole, out)
