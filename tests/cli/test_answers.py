"""``--answers`` and the shipped rulebooks by name, for ``match`` and ``run``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

ACME, BOLT = ("1P02" + letter * 32 for letter in "AB")
ANSWERS = f"kind,value,Company_ID,answer\nemail,CY@gmail.com,{BOLT},match\n"
REVIEW = f"row_id,candidate_1_id,candidate_2_id,answer\n1,{ACME},{BOLT},2\n2,{BOLT},,none\n"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Return a file in which Cy, who has free mail, was said to be of Bolt."""
    path = tmp_path / "answers.csv"
    path.write_text(ANSWERS, encoding="utf-8")
    return path


def verdicts(out: Path) -> list[tuple[str, str]]:
    decisions = read_table(out / "decisions.csv")
    return list(zip(decisions["verdict"], decisions["rule"], strict=True))


def test_match_replays_answers(
    gsprep: Callable[..., Said], people: Path, companies: Path, answers: Path, tmp_path: Path
) -> None:
    said = gsprep("match", people, "--companies", companies, "--answers", answers)
    assert said.code == 0
    decisions = read_table(tmp_path / "out" / "decisions.csv")
    assert decisions["rule"].tolist() == ["model", "model", "answer"]
    assert decisions["Company_ID"].tolist()[2] == BOLT


@pytest.mark.parametrize("command", ["match", "run"])
def test_a_review_filled_in_is_taken_as_it_is(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path, command: str
) -> None:
    review = tmp_path / "review.csv"
    review.write_text(REVIEW, encoding="utf-8")
    more = ("--dry-run",) if command == "run" else ()
    said = gsprep(command, people, "--companies", companies, "--answers", review, *more)
    assert said.code == 0
    decisions = read_table(tmp_path / "out" / "decisions.csv")
    assert decisions["rule"].tolist()[:2] == ["answer", "answer"]
    assert decisions["verdict"].tolist()[:2] == ["match", "no_match"]
    assert decisions["Company_ID"].iloc[0] == BOLT


def test_a_run_replays_the_answers_of_its_folder_and_leaves_them(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    kept = tmp_path / "out" / "answers.csv"
    kept.write_text(ANSWERS, encoding="utf-8")
    said = gsprep("run", people, "--companies", companies, "--dry-run", "--json")
    assert said.code == 0
    assert json.loads(said.out)["match"] == 3
    assert "answers.csv: using 1 answer" in said.err
    assert kept.read_text(encoding="utf-8") == ANSWERS


def test_answers_about_other_companies_are_told(
    gsprep: Callable[..., Said], people: Path, companies: Path, answers: Path
) -> None:
    answers.write_text(ANSWERS.replace(BOLT, "1P02GONE"), encoding="utf-8")
    for command in (["match"], ["run", "--dry-run"]):
        said = gsprep(*command, people, "--companies", companies, "--answers", answers)
        assert said.code == 0
        assert "1 answer names a company that is not in the list: left out, row_id 1" in said.err


def test_answers_that_contradict_each_other_are_told(
    gsprep: Callable[..., Said], people: Path, companies: Path, answers: Path
) -> None:
    """The later line holds, as documented; which one was meant only the reviewer knows."""
    answers.write_text(f"{ANSWERS}email,cy@gmail.com,,no_match\n", encoding="utf-8")
    for command in (["match"], ["run", "--dry-run"]):
        said = gsprep(*command, people, "--companies", companies, "--answers", answers)
        assert said.code == 0
        assert "2 answers (row_id 1, 2) say different things about one value" in said.err


def test_answers_that_a_command_would_replace_are_refused(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    """The folder of an earlier run has a review.csv: filled in, it must not be written over."""
    assert gsprep("run", people, "--companies", companies, "--dry-run").code == 0
    review = tmp_path / "out" / "review.csv"
    review.write_text(REVIEW, encoding="utf-8")
    for command in (["match"], ["run", "--dry-run"]):
        said = gsprep(*command, people, "--companies", companies, "--answers", review)
        assert said.code == 2
        assert "Copy it to" in said.err
        assert review.read_text(encoding="utf-8") == REVIEW


@pytest.mark.parametrize("command", [["match"], ["run", "--dry-run"]], ids=["match", "run"])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(ANSWERS.replace("email", "mail"), "row_id 1: kind must be", id="a mistake"),
        pytest.param("kind,value\nemail,cy@gmail.com\n", "Company_ID", id="no such columns"),
        pytest.param(REVIEW.replace(",2\n", ",7\n"), "row_id 1: answer must be", id="a review"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    gsprep: Callable[..., Said],
    people: Path,
    companies: Path,
    answers: Path,
    command: list[str],
    text: str,
    says: str,
) -> None:
    answers.write_text(text, encoding="utf-8")
    said = gsprep(*command, people, "--companies", companies, "--answers", answers)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert "gmail" not in said.err
    assert not (people.parent / "out").exists()


@pytest.mark.parametrize(
    ("name", "decided"),
    [
        pytest.param(
            "strict",
            [("match", "domain and name"), ("match", "domain and name"), ("no_match", "model")],
            id="strict",
        ),
        pytest.param(
            "communities",
            [
                ("match", "domain is the name without legal form"),
                ("match", "domain is the name without legal form"),
                ("no_match", "model"),
            ],
            id="communities",
        ),
    ],
)
def test_a_shipped_rulebook_is_chosen_by_its_name(
    gsprep: Callable[..., Said],
    people: Path,
    companies: Path,
    tmp_path: Path,
    name: str,
    decided: list,
) -> None:
    for command in (["match"], ["run", "--dry-run"]):
        said = gsprep(*command, people, "--companies", companies, "--rules", name)
        assert said.code == 0
        assert verdicts(tmp_path / "out") == decided


def test_an_unknown_rulebook_is_told_the_names(
    gsprep: Callable[..., Said], people: Path, companies: Path
) -> None:
    said = gsprep("match", people, "--companies", companies, "--rules", "strickt")
    assert said.code == 2
    assert "default, strict, communities" in said.err


@pytest.fixture
def unsure(tmp_path: Path) -> Path:
    """Return a file of a person whose mail is at one company and whose employer is another."""
    path = tmp_path / "unsure.csv"
    path.write_text("Email,Name,CompanyName\nana@acme.com,Ana,Bolt GmbH\n", encoding="utf-8")
    return path


def fill_in(path: Path, answer: str) -> None:
    """Write an answer into a file as a spreadsheet does."""
    review = read_table(path)
    assert len(review) == 1
    review.assign(answer=answer).to_csv(path, index=False)


@pytest.mark.parametrize("more", [[], ["--answers", "mine/kept.csv"]], ids=["usual", "named"])
def test_answers_in_the_review_of_the_folder_are_read_and_kept(
    gsprep: Callable[..., Said], unsure: Path, companies: Path, tmp_path: Path, more: list[str]
) -> None:
    """The same command, however often, gives what was answered."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept.csv").write_text("kind,value,Company_ID,answer\n")
    words = ("run", unsure, "--companies", companies, "--dry-run", *more)
    assert gsprep(*words).code == 0
    assert verdicts(tmp_path / "out")[0][0] == "review"
    fill_in(tmp_path / "out" / "review.csv", "2")
    other = read_table(tmp_path / "out" / "decisions.csv")["runner_up_id"].iloc[0]
    kept = "mine/kept.csv" if more else "out/answers.csv"
    said = gsprep(*words)
    assert said.code == 0
    assert f"out/review.csv has 1 new answer: saved in {kept}" in said.err
    for _ in range(2):
        assert verdicts(tmp_path / "out") == [("match", "answer")]
        assert read_table(tmp_path / "out" / "decisions.csv")["Company_ID"].iloc[0] == other
        assert len(read_table(tmp_path / kept)) == 1
        assert gsprep(*words).code == 0


def test_an_answer_that_cannot_be_understood_stops_the_run(
    gsprep: Callable[..., Said], unsure: Path, companies: Path, tmp_path: Path
) -> None:
    words = ("run", unsure, "--companies", companies, "--dry-run")
    gsprep(*words)
    review = tmp_path / "out" / "review.csv"
    fill_in(review, "the first")
    before = review.read_bytes()
    said = gsprep(*words)
    assert (said.code, said.out) == (2, "")
    assert "row_id 1: answer must be 1 or 2" in said.err
    assert review.read_bytes() == before


def test_another_command_does_not_replace_answers(
    gsprep: Callable[..., Said], unsure: Path, companies: Path, tmp_path: Path
) -> None:
    """``match`` has no file of answers of its own to save them in."""
    words = ("match", unsure, "--companies", companies)
    gsprep(*words)
    review = tmp_path / "out" / "review.csv"
    fill_in(review, "1")
    before = review.read_bytes()
    said = gsprep(*words)
    assert (said.code, said.out) == (2, "")
    assert "gsprep review out --read out/review.csv" in said.err
    assert review.read_bytes() == before
    assert gsprep("review", "out", "--read", "out/review.csv").code == 0
