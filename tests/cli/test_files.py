"""What a job leaves in its folder, whatever stands in the way."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.cli.files import tables_in, write_run
from gsprep.cli.guards import check_outputs
from gsprep.cli.review_folder import read_folder, session_of
from gsprep.errors import InputError, TableError
from gsprep.pipeline import run
from gsprep.report.files import RUN_FILES
from gsprep.review.session import Reviewer
from gsprep.shipped import shipped
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

COMPANIES = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme Inc"]})
PEOPLE = pd.DataFrame({"Email": ["ana@acme.com", "bad@"], "Name": ["Ana Ruiz", "Bad"]})


def test_files_of_an_earlier_run_are_replaced(tmp_path: Path) -> None:
    write_run(run(PEOPLE, COMPANIES), tmp_path)
    write_run(run(PEOPLE.head(1), COMPANIES), tmp_path)
    assert len(read_table(tmp_path / "people.csv")) == 1
    assert json.loads((tmp_path / "summary.json").read_text())["read"] == 1
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["rejects.csv", "report.html"])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name / "in the way").mkdir(parents=True)
    with pytest.raises(TableError, match=name):
        write_run(run(PEOPLE, COMPANIES), tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    # What the run learned of the people is written all the same.
    assert len(read_table(tmp_path / "people.csv")) == 2
    assert (tmp_path / "summary.json").exists()


def test_every_file_of_a_run_is_named_before(tmp_path: Path) -> None:
    write_run(run(PEOPLE, COMPANIES), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(RUN_FILES)


def results(folder: Path) -> list[Path]:
    return [folder / name for name in RUN_FILES]


def test_no_input_is_lost_to_a_result(tmp_path: Path) -> None:
    """A file of the user's own stays, and so does what was mended among the results of a run."""
    mine = tmp_path / "people.csv"
    mine.write_bytes(b"Email\n")
    with pytest.raises(InputError, match=r"input .*people\.csv"):
        check_outputs(results(tmp_path), inputs=[None, mine])
    with pytest.raises(InputError, match="there is no such file"):
        check_outputs(results(tmp_path), inputs=[tmp_path / "other.csv"])
    (tmp_path / "summary.json").write_bytes(b"{}")
    with pytest.raises(InputError, match=r"input .*people\.csv"):
        check_outputs(results(tmp_path), inputs=[mine])
    check_outputs(results(tmp_path), inputs=[mine], replaceable=["people.csv"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param("check in.csv --out here", "input here/rejects.csv", id="check of rejects"),
        pytest.param("check here/errors.xlsx --out here", "here/errors.xlsx", id="of its workbook"),
        pytest.param("match in.csv --companies in.csv --out here", "decisions.csv", id="match"),
        pytest.param("clean in.csv --out in.csv", "in.csv", id="clean"),
        pytest.param("clean in.csv --out a.csv --changes ./a.csv", "two results", id="two in one"),
        pytest.param("clean in.csv --save-recipe in.csv", "in.csv", id="a recipe"),
        pytest.param("revert in.csv --changes log.csv --out log.csv", "log.csv", id="revert"),
        pytest.param("map in.csv --out in.csv", "in.csv", id="a mapping"),
    ],
)
def test_no_command_writes_over_what_it_reads(
    gsprep: Callable[..., Said], tmp_path: Path, words: str, says: str
) -> None:
    (tmp_path / "here").mkdir()
    kept = tmp_path / "in.csv"
    kept.write_bytes(b"Email\nana@acme.com\n")
    (tmp_path / "log.csv").write_bytes(b"row_id,column,before,after,rule\n")
    (tmp_path / "here" / "errors.xlsx").write_bytes(b"PK")
    for name in ("rejects.csv", "decisions.csv"):
        (tmp_path / "here" / name).hardlink_to(kept)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    said = gsprep(*words.split())
    assert said.code == 2
    assert says in said.err
    assert {path: path.read_bytes() for path in before} == before


def test_a_dry_run_takes_the_place_of_no_answers(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, address: str, tmp_path: Path
) -> None:
    """Of people who were sent to a tenant; of a sandbox and of another dry run it does."""
    listed, to = ("--companies", companies), ("--to", address)
    for where in ("--dry-run", "--dry-run", "--sandbox", "--dry-run"):
        assert gsprep("run", mixed, *listed, where).code == 1
    assert gsprep("run", mixed, *listed, *to).code == 1
    before = (tmp_path / "out" / "people.csv").read_bytes()
    for command in (["run", mixed, *listed], ["run", mixed, *listed, *to], ["upload", mixed]):
        said = gsprep(*command, "--dry-run")
        assert said.code == 2
        assert "a dry run would replace them" in said.err
        assert (tmp_path / "out" / "people.csv").read_bytes() == before
    assert gsprep("run", mixed, *listed, "--dry-run", "--out", "other").code == 1


def test_a_folder_in_the_place_of_a_result_is_seen_before(tmp_path: Path) -> None:
    (tmp_path / "review.csv").mkdir()
    with pytest.raises(InputError, match=r"review\.csv is a folder"):
        check_outputs(results(tmp_path))


def test_the_folder_is_asked_about_and_not_made(tmp_path: Path) -> None:
    check_outputs([tmp_path / "new" / "deep" / "people.csv"])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    for wrong in ("file", "file/below"):
        with pytest.raises(InputError, match="file"):
            check_outputs([tmp_path / wrong / "people.csv"])


def test_a_folder_of_parquet_is_reviewed_as_one_of_csv(tmp_path: Path) -> None:
    """The questions, the companies and the matches at the same domain; the newer files count."""
    people = read_table(shipped("samples", "people.csv")).head(200)
    result = run(people, read_table(shipped("samples", "companies.csv")))
    sessions = []
    for parquet in (False, True, False):
        for path in tmp_path.rglob("*"):
            os.utime(path, (0, 0))
        write_run(result, tmp_path, parquet=parquet)
        found = read_folder(tmp_path)
        sessions.append(session_of(found, tmp_path / "answers.csv", None, Reviewer("maria")))
        assert tables_in(tmp_path, "people")[0].suffix == (".parquet" if parquet else ".csv")
    first, *others = sessions
    assert first.questions
    assert first.elsewhere
    assert [(one.questions, one.companies, one.elsewhere) for one in others] == [
        (first.questions, first.companies, first.elsewhere)
    ] * 2


def test_a_dry_run_as_parquet_replaces_no_outcomes(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, address: str
) -> None:
    given = ("run", mixed, "--companies", companies, "--format", "parquet", "--whole")
    assert gsprep(*given, "--to", address).code == 1
    said = gsprep(*given, "--dry-run")
    assert (said.code, "a dry run would replace them" in said.err) == (2, True)


@pytest.mark.parametrize(
    "command",
    [
        "run p.csv --companies c.csv --dry-run", "match p.csv --companies c.csv", "check p.csv",
        "check p.csv --format parquet", "clean p.csv", "clean p.csv --format parquet",
        "duplicates p.csv", "upload p.csv --sandbox", "evaluate p.csv --truth c.csv", "activity",
        "sync check p.csv", "sync serve p.csv", "sync init p.csv", "demo",
    ],
)  # fmt: skip
def test_an_impossible_place_is_refused_before_anything_is_read(
    gsprep: Callable[..., Said], tmp_path: Path, command: str
) -> None:
    """The files cannot be read, which would be the next error."""
    for name in ("p.csv", "c.csv"):
        (tmp_path / name).write_bytes(b"\0\0")
    name = "x.csv" if command in {"activity", "clean p.csv"} else "x"
    said = gsprep(*command.split(), "--out", tmp_path / "p.csv" / name)
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert "--out" in said.err or "folder" in said.err


def test_a_report_of_another_command_is_not_replaced(
    gsprep: Callable[..., Said], companies: Path, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("Email,FirstName\nana@acme.com,Ana\n")
    run = ("run", "people.csv", "--companies", companies, "--dry-run")
    assert gsprep(*run).code == 0
    said = gsprep("duplicates", "people.csv")
    assert (said.code, "out holds the report of gsprep run" in said.err) == (2, True)
    assert gsprep("duplicates", "people.csv", "--out", "twice").code == 0
    said = gsprep(*run, "--out", "twice")
    assert (said.code, "twice holds the report of gsprep duplicates" in said.err) == (2, True)
