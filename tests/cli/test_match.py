"""``clean`` and ``match`` on a file, and what every stage refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.cleaning.clean import revert
from gsprep.tables.read import read_table
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

UGLY = "Email, First Name ,Phone\n  Ana@ACME.com ,Ana,+1 (415) 555-0102\nbo@,Bo,\n"


@pytest.fixture
def ugly(tmp_path: Path) -> Path:
    """Return a file with cells to mend and an address that cannot be."""
    path = tmp_path / "ugly.csv"
    path.write_text(UGLY, encoding="utf-8")
    return path


def test_cells_are_mended_and_each_change_is_logged(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    said = gsprep("clean", ugly, "--out", "good.csv", "--changes", "changes.csv", "--json")
    assert said.code == 0
    cleaned, changes = read_table(tmp_path / "good.csv"), read_table(tmp_path / "changes.csv")
    assert cleaned["Email"].tolist() == ["Ana@acme.com", "bo@"]
    told = json.loads(said.out)
    assert told["schema"] == "gsprep.clean/1"
    assert told["rows"] == 2
    assert sum(told["changes"].values()) == len(changes) > 0
    assert '"First Name" as FirstName' in said.err


def test_the_log_of_changes_undoes_them(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    """What was written down is enough: file, log, and the file as it was."""
    gsprep("clean", ugly, "--out", "good.csv", "--changes", "changes.csv")
    before = revert(read_table(tmp_path / "good.csv"), read_table(tmp_path / "changes.csv"))
    assert before["Email"].tolist() == read_table(ugly)["Email"].tolist()
    assert before["Phone"].tolist()[0] == "+1 (415) 555-0102"


def test_a_rehearsal_of_cleaning_writes_the_log_alone(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    said = gsprep("clean", ugly, "--dry-run", "--changes", "changes.csv")
    assert said.code == 0
    assert said.out.startswith("2 rows, ")
    log = tmp_path / "changes.csv"
    assert sorted(tmp_path.iterdir()) == sorted([*before, log])
    assert "Ana@ACME.com" in log.read_text(encoding="utf-8-sig")


def test_cleaning_a_clean_file_changes_nothing(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    gsprep("clean", ugly, "--out", "once.csv")
    said = gsprep("clean", "once.csv", "--out", "twice.csv", "--json")
    assert json.loads(said.out)["changes"] == {}
    assert (tmp_path / "once.csv").read_bytes() == (tmp_path / "twice.csv").read_bytes()


def test_match_writes_decisions_with_their_evidence(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    said = gsprep("match", people, "--companies", companies, "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert [told[name] for name in ("people", "match", "review", "no_match")] == [3, 2, 0, 1]
    decisions = read_table(tmp_path / "out" / "decisions.csv")
    evidence = read_table(tmp_path / "out" / "evidence.csv")
    assert decisions["row_id"].tolist() == ["1", "2", "3"]
    assert set(evidence["row_id"]) <= set(decisions["row_id"])
    assert (tmp_path / "out" / "review.csv").exists()
    links = tmp_path / "out" / "company_persons.csv"
    matched = decisions[decisions["verdict"] == "match"]
    assert read_table(links)[["row_id", "Company_ID"]].equals(
        matched[["row_id", "Company_ID"]].reset_index(drop=True)
    )
    gsprep("upload", people, "--company-persons", links, "--sandbox", "--out", "up")
    assert len(read_table(tmp_path / "up" / "company_persons.csv")) == len(matched)
    for command in (["upload", "--sandbox"], ["duplicates"]):
        said = gsprep(*command, tmp_path / "out" / "decisions.csv", "--out", "new")
        assert (said.code, said.out) == (2, "")
        assert "decisions.csv holds the decisions of gsprep match, not records" in said.err
    assert not (tmp_path / "new").exists()


def test_companies_that_cannot_be_used_are_left_out_aloud(
    gsprep: Callable[..., Said], people: Path, companies: Path
) -> None:
    companies.write_text(companies.read_text() + ",No Gsid,\n", encoding="utf-8")
    said = gsprep("match", people, "--companies", companies)
    assert said.code == 0
    assert "1 company has no Gsid" in said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["clean", "none.csv"], "none.csv", id="clean: no such file"),
        pytest.param(["clean", "people.csv", "--out", "a.doc"], ".csv", id="clean: no table"),
        pytest.param(["clean", "people.csv", "--out", "x/y.csv"], "folder", id="clean: no folder"),
        pytest.param(["clean", "people.csv", "--object", "Dog"], "Person", id="clean: no object"),
        pytest.param(["clean", "people.csv", "--region", "Mars"], "region", id="clean: no region"),
        pytest.param(["check", "people.csv", "--object", "person"], "Person", id="check: case"),
        pytest.param(["check", "people.csv", "--persons", "no.csv"], "no.csv", id="check: persons"),
        pytest.param(
            ["check", "people.csv", "--out", "people.csv"], "people.csv", id="check: out a file"
        ),
        pytest.param(
            ["match", "people.csv", "--companies", "people.csv"], "Gsid", id="match: no companies"
        ),
        pytest.param(
            ["match", "people.csv", "--companies", "companies.csv", "--out", "people.csv"],
            "--out",
            id="match: out a file",
        ),
        pytest.param(
            ["match", "people.csv", "--companies", "companies.csv", "--rules", "people.csv"],
            "people.csv",
            id="match: a table for a rulebook",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    gsprep: Callable[..., Said],
    people: Path,
    companies: Path,
    tmp_path: Path,
    arguments: list[str],
    says: str,
) -> None:
    before = {path: path.read_bytes() for path in (people, companies)}
    said = gsprep(*arguments)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert "ana@acme.com" not in said.err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_prepared_companies_are_kept_and_purged(
    gsprep: Callable[..., Said],
    mixed: Path,
    companies: Path,
    gsprep_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run uses what match kept, and writes the same decisions."""
    monkeypatch.setattr("gsprep.unification.prepare._SHORTEST", 1)
    assert gsprep("match", mixed, "--companies", companies, "--out", "a").code == 0
    (kept,) = (gsprep_home / "indexes").iterdir()
    made = kept.stat().st_ino
    gsprep("match", mixed, "--companies", companies, "--out", "b")
    gsprep("run", mixed, "--companies", companies, "--out", "c", "--dry-run")
    assert [one.stat().st_ino for one in (gsprep_home / "indexes").iterdir()] == [made]
    mine, theirs = ((tmp_path / name / "decisions.csv").read_bytes() for name in "ab")
    assert mine == theirs
    assert "1  list of prepared companies removed" in gsprep("purge", "--indexes").out
    assert json.loads(gsprep("purge", "--indexes", "--json").out)["indexes"] == 0
    assert gsprep("purge", "--indexes", "--run", "x").code == 2


def test_parquet_files_are_matched_part_by_part(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, tmp_path: Path
) -> None:
    """The review and the decisions are those of the whole; a filled-in review decides again."""
    gsprep("match", mixed, "--companies", companies, "--out", "whole")
    people = tmp_path / "parts" / "people.parquet"
    people.parent.mkdir()
    write_table(read_table(mixed).drop(columns=["row_id", "line"]), people)
    given = ("match", people.parent, "--companies", companies, "--format", "parquet")
    said = gsprep(*given, "--out", "done", "--workers", "1", "--json")
    document = json.loads(said.out)
    assert (said.code, document["people"], document["parts"], document["resumed"]) == (0, 4, 1, 0)
    whole = read_table(tmp_path / "whole" / "decisions.csv")
    parts = read_table(tmp_path / "done" / "decisions" / "part-00000.parquet")
    assert parts["verdict"].tolist() == whole["verdict"].tolist()
    assert json.loads(gsprep(*given, "--out", "done", "--json").out)["resumed"] == 1
    shown = read_table(tmp_path / "whole" / "decisions.csv")
    review = pd.DataFrame(
        {"row_id": ["1"], "candidate_1_id": [shown["Company_ID"].iloc[0]],
         "candidate_2_id": [None], "answer": ["none"]}
    )  # fmt: skip
    answered = write_table(review, tmp_path / "answered.csv")
    again = gsprep(*given, "--out", "again", "--answers", answered, "--json")
    assert json.loads(again.out)["no_match"] == document["no_match"] + 1


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param(("--passes", "2"), "cannot use --passes 2", id="passes"),
        pytest.param(("--explain", "1"), "cannot use --explain", id="explain"),
        pytest.param(("--sheet", "1"), "cannot use --sheet", id="sheet"),
    ],
)
def test_what_is_not_done_part_by_part_is_refused(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, more: tuple[str, ...], told: str
) -> None:
    said = gsprep("match", mixed, "--companies", companies, "--format", "parquet", *more)
    assert said.code == 2
    assert told in said.err
