"""``evaluate``, ``fit`` and ``match --explain`` on files a user could have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.shipped import shipped
from gsprep.tables.read import read_table
from gsprep.unification.rulebook import read_rulebook
from gsprep.values.email import is_email

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

    Command = Callable[..., Said]

PEOPLE, COMPANIES, TRUTH = (
    shipped("samples", f"{name}.csv") for name in ("people", "companies", "truth")
)


@pytest.fixture
def answered(tmp_path: Path) -> Path:
    """Return the truth about 300 people of the sample."""
    path = tmp_path / "truth.csv"
    read_table(TRUTH).sample(300, random_state=1).to_csv(path, index=False)
    return path


@pytest.fixture
def decided(gsprep: Command, people: Path, companies: Path, tmp_path: Path) -> Path:
    """Return the folder of a match."""
    gsprep("match", people, "--companies", companies, "--out", "out")
    return tmp_path / "out"


def truth_file(folder: Path, *companies: str) -> Path:
    path = folder / "truth.csv"
    lines = [f"{at},{company}\n" for at, company in enumerate(companies, 1)]
    path.write_text("row_id,Company_ID\n" + "".join(lines), encoding="utf-8")
    return path


def test_evaluation_counts_and_writes_what_went_wrong(
    gsprep: Command, decided: Path, tmp_path: Path
) -> None:
    gsids = read_table(decided / "decisions.csv")["Company_ID"]
    truth = truth_file(tmp_path, gsids[0], gsids[0], gsids[1])
    said = gsprep(
        "evaluate", decided / "decisions.csv", "--truth", truth, "--out", "told", "--json",
        "--evidence", decided / "evidence.csv",
    )  # fmt: skip
    assert said.code == 0
    told = json.loads(said.out)
    assert told["schema"] == "gsprep.evaluate/1"
    assert (told["people"], told["answerable"], told["decided"], told["right"]) == (3, 3, 2, 1)
    assert told["mistakes"] == {"wrong company": 1, "missed": 1}
    assert told["sources"][0]["source"] == "domain + name"
    wrong = read_table(tmp_path / "told" / "confusions.csv")
    assert wrong["row_id"].tolist() == ["2", "3"]
    assert (tmp_path / "told" / "calibration.csv").exists()
    page = (tmp_path / "told" / "evaluation.html").read_text("utf-8")
    assert "<h1>50 % of 2 matches are right</h1>" in page
    assert "same_domain" in page
    assert "<script" not in page
    assert "@" not in page.partition("</style>")[2]


def test_evaluation_reads_like_a_table(gsprep: Command, decided: Path, tmp_path: Path) -> None:
    gsids = read_table(decided / "decisions.csv")["Company_ID"]
    truth = truth_file(tmp_path, gsids[0], gsids[1], "")
    said = gsprep("evaluate", decided / "decisions.csv", "--truth", truth)
    assert said.code == 0
    for line in (
        "100.00%  precision",
        "100.00%  recall",
        "2  matched, 2 correctly",
        "at 99.0% precision",
    ):
        assert line in said.out


def test_what_evaluation_leaves_out_is_told(gsprep: Command, decided: Path, tmp_path: Path) -> None:
    """A run has no decision on its rejects, and the evidence of its review alone."""
    path = decided / "decisions.csv"
    truth = truth_file(tmp_path, *read_table(path)["Company_ID"].head(2), "", "")
    evidence = decided / "evidence.csv"
    read_table(evidence).head(0).to_csv(evidence, index=False)
    said = gsprep("evaluate", path, "--truth", truth, "--evidence", evidence, "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert told["people"] == 3
    assert len(told["notes"]) == 2
    assert "1 people of the truth have no decision" in said.err
    assert "the evidence has no line for 2 of 2 people" in said.err


def test_nothing_matched_is_told_without_a_number(
    gsprep: Command, decided: Path, tmp_path: Path
) -> None:
    path = decided / "decisions.csv"
    decisions = read_table(path).assign(verdict="no_match", Company_ID=None, probability="0")
    decisions.to_csv(path, index=False)
    truth = truth_file(tmp_path, "", "", "")
    assert json.loads(gsprep("evaluate", path, "--truth", truth, "--json").out)["precision"] is None
    told = gsprep("evaluate", path, "--truth", truth).out
    assert "nan" not in told
    assert "       -  precision" in told
    assert "       -  recall at 99.0% precision, not reached" in told


def test_fitting_writes_a_rulebook_that_says_where_it_comes_from(
    gsprep: Command, answered: Path, tmp_path: Path
) -> None:
    said = gsprep(
        "fit", PEOPLE, "--companies", COMPANIES, "--answers", answered, "--out", "own.yaml",
        "--json",
    )  # fmt: skip
    assert said.code == 0
    told = json.loads(said.out)
    assert told["schema"] == "gsprep.fit/1"
    assert 250 < told["people"] <= 300
    assert told["after"]["log_loss"] <= told["before"]["log_loss"] + 0.01
    text = (tmp_path / "own.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Fitted by gsprep on 20")
    assert "log_loss" in text
    book = read_rulebook(tmp_path / "own.yaml")
    assert set(book.model) == set(read_rulebook().model)
    again = gsprep("match", PEOPLE, "--companies", COMPANIES, "--rules", "own.yaml")
    assert again.code == 0


def test_fitting_shows_before_and_after(gsprep: Command, answered: Path) -> None:
    said = gsprep(
        "fit", PEOPLE, "--companies", COMPANIES, "--answers", answered, "--out", "own.yaml"
    )
    assert "before    after" in said.out
    assert "recall_at_99" in said.out
    assert "rulebook: own.yaml" in said.out


def test_answers_about_people_who_are_not_in_the_file_are_left_out(
    gsprep: Command, answered: Path
) -> None:
    with answered.open("a", encoding="utf-8") as file:
        file.write("99999,\n")
    said = gsprep(
        "fit", PEOPLE, "--companies", COMPANIES, "--answers", answered, "--out", "own.yaml"
    )
    assert said.code == 0
    assert "1 answer is left out: its row is not in the file of people" in said.err


def test_answers_by_address_are_joined_to_the_people(
    gsprep: Command, answered: Path, tmp_path: Path
) -> None:
    """The same people, answered in the file that is replayed on every run."""
    both = read_table(answered).merge(
        read_table(PEOPLE)[["row_id", "Email"]], on="row_id", validate="one_to_one"
    )
    good = both[both["Email"].map(is_email, na_action="ignore").eq(other=True)]
    belongs = good["Company_ID"].notna().map({True: "match", False: "no_match"})
    answers = {"kind": "email", "value": good["Email"], "answer": belongs}
    good.assign(**answers).drop(columns=["row_id", "Email"]).to_csv("answers.csv", index=False)
    said = gsprep(
        "fit", PEOPLE, "--companies", COMPANIES, "--answers", "answers.csv", "--out", "own.yaml",
        "--json",
    )  # fmt: skip
    assert said.code == 0
    assert json.loads(said.out)["people"] > 200


def test_a_decision_is_explained(gsprep: Command, people: Path, companies: Path) -> None:
    said = gsprep("match", people, "--companies", companies, "--explain", "1")
    assert said.code == 0
    assert "row_id 1: match by the model" in said.out
    assert "same_domain: Only this" in said.out
    assert "@acme" not in said.out.lower()
    told = json.loads(
        gsprep("match", people, "--companies", companies, "--explain", "1", "--json").out
    )
    assert "\n".join(told["explanation"]) in said.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["evaluate", "none.csv", "--truth", "people.csv"], "none.csv", id="no file"),
        pytest.param(["evaluate", "people.csv", "--truth", "people.csv"], "verdict", id="no match"),
        pytest.param(
            ["match", "people.csv", "--companies", "companies.csv", "--explain", "9"],
            "row_id 9",
            id="nobody to explain",
        ),
        pytest.param(
            ["fit", "people.csv", "--companies", "companies.csv", "--answers", "few.csv", "--out",
             "own.yaml"],
            "100 are needed",
            id="too few answers",
        ),
        pytest.param(
            ["fit", "people.csv", "--companies", "companies.csv", "--answers", "other.csv", "--out",
             "own.yaml"],
            "1 of the 1 people of the truth are not in the file of people",
            id="answers about others",
        ),
        pytest.param(
            ["fit", "people.csv", "--companies", "companies.csv", "--answers", "few.csv", "--out",
             "own.csv"],
            ".yaml",
            id="no name for a rulebook",
        ),
        pytest.param(
            ["fit", "people.csv", "--companies", "companies.csv", "--answers", "few.csv", "--out",
             "none/own.yaml"],
            "folder",
            id="no folder",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_written(
    gsprep: Command,
    people: Path,
    companies: Path,
    tmp_path: Path,
    arguments: list[str],
    says: str,
) -> None:
    (tmp_path / "few.csv").write_text("row_id,Company_ID\n1,\n2,\n")
    (tmp_path / "other.csv").write_text("row_id,Company_ID\n99,\n")
    before = sorted(tmp_path.iterdir())
    said = gsprep(*arguments)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert "ana@acme.com" not in said.err
    assert sorted(tmp_path.iterdir()) == before
