"""``gsprep review``: in a browser or in a workbook, and the next run heeds it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING

import httpx
import openpyxl
import pandas as pd
import pytest

from gsprep.cli import review as command
from gsprep.cli.main import run_command
from gsprep.cli.review_folder import answered, next_command, read_folder
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

    Gsprep = Callable[..., Said]

ACME, BOLT, ACME_DE = ("1P02" + letter * 32 for letter in "ABC")
COMPANIES = f"""\
Gsid,Name,Domain,Country,Phone
{ACME},Acme Inc,acme.com,US,+1 415 555 2671
{BOLT},Bolt GmbH,bolt.io,DE,
{ACME_DE},Acme GmbH,acme.com,DE,
"""
PEOPLE = """\
Email,FirstName,LastName,CompanyName,Phone
ana@acme.com,Ana,Ruiz,Acme,
bo@acme.com,Bo,Berg,Acme,
cy@bolt.io,Cy,Young,Bolt GmbH,
di@acme.com,Di,Dorn,Acme Inc,+1 415 555 2671
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run in which somebody has to decide about Ana and Bo."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "companies.csv").write_text(COMPANIES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("GSPREP_HOME", str(folder / "home"))
        assert run_command(["run", "people.csv", "--companies", "companies.csv", "--dry-run"]) == 0
    review = read_table(folder / "out" / "review.csv")
    assert {"1", "2"} <= set(review["row_id"])
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """Return the folder of that run in a place that a test may change."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path / "out"


def fill_in(path: Path, answers: dict[str, str]) -> None:
    """Fill in a workbook as a person does; answers by row_id."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    for row in sheet.iter_rows(min_row=2):
        if row[0].value in answers:
            row[1].value = answers[row[0].value]
    book.save(path)


def decided(folder: Path) -> dict[str, tuple[str, str]]:
    frame = read_table(folder / "decisions.csv")
    names = zip(frame["row_id"], frame["verdict"], frame["rule"], strict=True)
    return {row_id: (verdict, rule) for row_id, verdict, rule in names}


def test_a_workbook_is_filled_in_and_the_next_run_heeds_it(gsprep: Gsprep, folder: Path) -> None:
    wrote = gsprep("review", "out", "--xlsx", "review.xlsx")
    assert wrote.code == 0
    assert "people to decide on: review.xlsx" in wrote.out
    fill_in(folder.parent / "review.xlsx", {"1": "2", "2": "none"})
    took = gsprep("review", "out", "--read", "review.xlsx", "--by", "maria", "--rules", "default")
    assert took.code == 0
    assert "2  answers saved" in took.out
    answers = read_table(folder / "answers.csv")
    assert answers["by"].tolist() == ["maria", "maria"]
    assert answers["rulebook"].tolist() == ["default", "default"]
    assert stat.S_IMODE((folder / "answers.csv").stat().st_mode) == 0o600
    said = gsprep("run", "people.csv", "--companies", "companies.csv", "--dry-run")
    assert "using 2 answers" in said.err
    assert decided(folder)["1"] == ("match", "answer")
    assert decided(folder)["2"] == ("no_match", "answer")


def test_a_part_of_a_gsid_names_no_company(gsprep: Gsprep, folder: Path) -> None:
    review = read_table(folder / "review.csv")
    review.head(1).assign(answer="1P02AB").to_csv("filled.csv", index=False)
    took = gsprep("review", "out", "--read", "filled.csv")
    assert "row_id 1: no company has this Gsid" in took.out


def test_what_cannot_be_taken_is_told_by_its_row(gsprep: Gsprep, folder: Path) -> None:
    review = read_table(folder / "review.csv")
    filled = review.assign(answer=["yes" if n == "1" else "1" for n in review["row_id"]])
    strange = filled.tail(1).assign(row_id="77", answer="1")
    pd.concat([filled, strange]).to_csv("filled.csv", index=False)
    took = gsprep("review", "out", "--read", "filled.csv")
    assert took.code == 1
    assert "row_id 1: answer must be 1 or 2 for a candidate that is there, none, or a" in took.out
    assert "row_id 77: the review of this folder has no such row" in took.out
    assert "yes" not in took.out + took.err
    document = json.loads(gsprep("review", "out", "--read", "filled.csv", "--json").out)
    assert (document["taken"], document["as_before"]) == (0, len(review) - 1)
    assert {problem["row"] for problem in document["not_understood"]} == {"row_id 1", "row_id 77"}


def test_an_answer_changed_in_the_workbook_is_told(gsprep: Gsprep, folder: Path) -> None:
    gsprep("review", "out", "--xlsx", "review.xlsx")
    fill_in(folder.parent / "review.xlsx", {"1": "1"})
    gsprep("review", "out", "--read", "review.xlsx")
    fill_in(folder.parent / "review.xlsx", {"1": "2"})
    assert (
        "replacing an earlier answer: row_id 1"
        in gsprep("review", "out", "--read", "review.xlsx").out
    )


def test_a_workbook_with_answers_is_not_written_over(gsprep: Gsprep, folder: Path) -> None:
    path = folder.parent / "review.xlsx"
    for _ in range(2):
        assert gsprep("review", "out", "--xlsx", path).code == 0
    fill_in(path, {"1": "1", "2": "whom?"})
    before = path.read_bytes()
    said = gsprep("review", "out", "--xlsx", path)
    assert (said.code, path.read_bytes()) == (2, before)
    assert "has 2 answers that are not in" in said.err
    assert "--read" in said.err
    fill_in(path, {"2": "none"})
    assert gsprep("review", "out", "--read", path).code == 0
    assert gsprep("review", "out", "--xlsx", path).code == 0
    gsprep("clean", "people.csv", "--out", "people.xlsx")
    said = gsprep("review", "out", "--xlsx", "people.xlsx")
    assert said.code == 2
    assert "is not a review. Choose another file" in said.err


def test_answers_may_be_kept_in_a_folder_that_is_not_there_yet(
    gsprep: Gsprep, folder: Path
) -> None:
    gsprep("review", "out", "--xlsx", "review.xlsx")
    fill_in(folder.parent / "review.xlsx", {"1": "1"})
    kept = folder.parent / "kept" / "answers.csv"
    assert gsprep("review", "out", "--read", "review.xlsx", "--answers", kept).code == 0
    assert len(read_table(kept)) == 1
    assert not (folder / "answers.csv").exists()


def test_only_open_ones_are_in_the_workbook(gsprep: Gsprep, folder: Path) -> None:
    whole = json.loads(gsprep("review", "out", "--xlsx", "a.xlsx", "--json").out)["open"]
    fill_in(folder.parent / "a.xlsx", {"1": "1"})
    gsprep("review", "out", "--read", "a.xlsx")
    left = json.loads(gsprep("review", "out", "--xlsx", "b.xlsx", "--json").out)
    assert (left["open"], left["answered"]) == (whole - 1, 1)
    assert len(read_table(folder.parent / "b.xlsx")) == whole - 1


def test_the_page_is_served_until_it_is_interrupted(folder: Path) -> None:
    """The address is the one line on standard output; answers stay in the file."""
    words = ["review", "out", "--no-browser", "--companies", "companies.csv", "--by", "maria"]
    with subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-m", "gsprep", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as served:
        assert served.stdout is not None
        address = served.stdout.readline().strip()
        origin = address.partition("/open/")[0]
        with httpx.Client(base_url=origin, headers={"Origin": origin}, timeout=300) as client:
            assert client.get(address).status_code == 200
            text = client.get("/people/1").text
            seen = text.partition('name="seen" value="')[2].partition('"')[0]
            data = {"choice": "1", "scope": "domain", "seen": seen}
            assert client.post("/people/1", data=data).status_code == 303
        served.send_signal(signal.SIGINT)
        rest, said = served.communicate()
    assert served.returncode == 0
    assert rest == ""
    assert "matched to <bdi>Acme Inc</bdi>" in text
    assert "are decided: out/answers.csv" in said
    assert "Traceback" not in said
    assert "acme.com" not in said
    (answer,) = read_table(folder / "answers.csv").to_dict("records")
    assert (answer["kind"], answer["value"], answer["by"]) == ("domain", "acme.com", "maria")


def test_it_opens_the_browser_and_ends_when_nobody_is_there(
    gsprep: Gsprep, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(command.webbrowser, "open", opened.append)
    monkeypatch.setattr(command, "_IDLE_SECONDS", 0)
    said = gsprep("review", "out", "--json")
    document = json.loads(said.out)
    assert said.code == 0
    assert opened == [document["address"]]
    assert document["answered"] == 0
    assert document["open"] == document["people"]


def test_a_port_in_use_is_said(gsprep: Gsprep, folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = gsprep("review", "out", "--port", port, "--no-browser")
    assert (said.code, said.out) == (2, "")
    assert f"port {port} cannot be used" in said.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["."], "has no review.csv", id="no folder of a run"),
        pytest.param(["out", "--xlsx", "r.csv"], "ends in .xlsx", id="no workbook"),
        pytest.param(["out", "--xlsx", "a.xlsx", "--read", "b.xlsx"], "one of them", id="both"),
        pytest.param(
            ["out", "--answers", "out/review.csv"],
            "would replace the input out/review.csv",
            id="review",
        ),
        pytest.param(["out", "--answers", "people.csv"], "needs the columns", id="no answers"),
        pytest.param(["out", "--read", "people.csv"], "needs the columns", id="no review"),
        pytest.param(["out", "--companies", "people.csv"], "Gsid", id="no companies"),
    ],
)
def test_what_is_wrong_is_said(gsprep: Gsprep, folder: Path, words: list[str], says: str) -> None:
    said = gsprep("review", *words)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert not (folder / "answers.csv").exists()


def test_files_of_other_people_are_left_aside(gsprep: Gsprep, folder: Path) -> None:
    other = pd.DataFrame({"row_id": ["1", "2"], "Email": ["x@y.com", "z@y.com"]})
    other.to_csv(folder / "people.csv", index=False)
    said = gsprep("review", "out", "--xlsx", "review.xlsx")
    assert said.code == 0
    assert "about other people than review.csv" in said.err


@pytest.mark.parametrize("answer", ["1", None])
def test_a_large_review_is_looked_at_in_parts(folder: Path, answer: str | None) -> None:
    """Whether there are answers is the same, however much of the file is read at once."""
    review = read_table(folder / "review.csv")
    review.assign(answer=[None] * (len(review) - 1) + [answer]).to_csv(
        folder / "review.csv", index=False
    )
    assert answered(folder, most=0) == answered(folder) == (answer is not None)


def test_a_review_filled_in_where_it_stands_is_pointed_out(gsprep: Gsprep, folder: Path) -> None:
    review = read_table(folder / "review.csv")
    review.assign(answer="1").to_csv(folder / "review.csv", index=False)
    said = gsprep("review", "out", "--read", "out/review.csv")
    assert said.code == 0
    assert "review.csv has answers" in said.err
    assert len(read_table(folder / "answers.csv")) == len(review)


def test_the_folder_of_a_match_will_do(gsprep: Gsprep, folder: Path) -> None:
    gsprep("match", "people.csv", "--companies", "companies.csv", "--out", "matched")
    said = gsprep("review", "matched", "--xlsx", "review.xlsx")
    assert said.code == 0
    rows = read_table(folder.parent / "review.xlsx")
    assert list(rows.columns)[:4] == ["row_id", "answer", "line", "Email"]
    assert {"FirstName", "LastName"} <= set(rows.columns)


def test_the_next_command_is_that_of_the_run(folder: Path) -> None:
    """With the answers in another file they are named."""
    read = read_folder(folder)
    assert read.command == "gsprep run people.csv --companies companies.csv --dry-run"
    assert next_command(read, folder, folder / "answers.csv") == read.command
    other = folder.parent / "mine.csv"
    assert next_command(read, folder, other) == f"{read.command} --answers {quote(str(other))}"
    alone = replace(read, command="")
    assert next_command(alone, folder, other).startswith("gsprep match PEOPLE --companies ")


@pytest.mark.parametrize("summary", [None, "{", "[]", '{"command": 7}'])
def test_a_folder_may_tell_no_command(folder: Path, summary: str | None) -> None:
    (folder / "summary.json").unlink()
    if summary is not None:
        (folder / "summary.json").write_text(summary)
    assert read_folder(folder).command == ""
