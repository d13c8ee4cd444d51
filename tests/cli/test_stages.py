"""``clean``, ``check`` and ``match`` on a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.cleaning.clean import revert
from gsprep.tables.read import read_table

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


def test_a_rehearsal_of_cleaning_writes_nothing(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    said = gsprep("clean", ugly, "--dry-run", "--changes", "changes.csv")
    assert said.code == 0
    assert said.out.startswith("2 rows, ")
    assert sorted(tmp_path.iterdir()) == before


def test_cleaning_a_clean_file_changes_nothing(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    gsprep("clean", ugly, "--out", "once.csv")
    said = gsprep("clean", "once.csv", "--out", "twice.csv", "--json")
    assert json.loads(said.out)["changes"] == {}
    assert (tmp_path / "once.csv").read_bytes() == (tmp_path / "twice.csv").read_bytes()


def test_check_tells_what_is_wrong_and_writes_where_it_is_told(
    gsprep: Callable[..., Said], mixed: Path, tmp_path: Path
) -> None:
    said = gsprep("check", mixed, "--out", "told", "--json")
    assert said.code == 1
    told = json.loads(said.out)
    assert {name: told[name] for name in ("read", "valid", "rejected")} == {
        "read": 4, "valid": 3, "rejected": 1,
    }  # fmt: skip
    assert told["findings"][0]["code"] == "GSOBJ_VDTEMAIL1001"
    rejects = read_table(tmp_path / "told" / "rejects.csv")
    assert rejects["row_id"].tolist() == ["4"]
    assert (tmp_path / "told" / "warnings.csv").exists()


def test_check_alone_writes_nothing(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    said = gsprep("check", people)
    assert said.code == 0
    assert said.out.startswith("3 rows = 3 valid + 0 rejected")
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]


def test_associations_are_checked_with_their_people(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.csv"
    gsid = "1P02" + "A" * 32
    own.write_text(f"Email,Company_ID\nANA@acme.com,{gsid}\nwho@acme.com,{gsid}\n")
    alone = gsprep("check", own, "--object", "CompanyPerson")
    assert alone.code == 0
    said = gsprep("check", own, "--object", "CompanyPerson", "--persons", people)
    assert said.code == 1
    assert "GSOBJ_PEOPLE1001" in said.out


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


def test_companies_that_cannot_be_used_are_left_out_aloud(
    gsprep: Callable[..., Said], people: Path, companies: Path
) -> None:
    companies.write_text(companies.read_text() + ",No Gsid,\n", encoding="utf-8")
    said = gsprep("match", people, "--companies", companies)
    assert said.code == 0
    assert "1 companies" in said.err


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


def test_too_many_rejected_rows_end_with_the_code_of_a_wrong_input(
    gsprep: Callable[..., Said], mixed: Path, tmp_path: Path
) -> None:
    """The files are written all the same: they say what to mend."""
    assert gsprep("check", mixed, "--max-rejected", "25%").code == 1
    said = gsprep("check", mixed, "--max-rejected", "10%", "--out", "told")
    assert said.code == 2
    assert "1 of 4 rows" in said.err
    assert (tmp_path / "told" / "rejects.csv").exists()


def test_mended_rejects_are_accepted_and_the_others_named(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Email,EmailOptOut\na@acme.com,true\nbo@,true\nc@acme.com,maybe\n")
    gsprep("check", path, "--out", "first")
    rejects = tmp_path / "first" / "rejects.csv"
    rejects.write_text(rejects.read_text("utf-8-sig").replace("bo@,", "bo@acme.com,"))
    said = gsprep("check", rejects, "--out", "second", "--json")
    assert said.code == 1
    told = json.loads(said.out)
    assert (told["valid"], told["rejected"]) == (1, 1)
    left = read_table(tmp_path / "second" / "rejects.csv")
    assert left["row_id"].tolist() == ["3"]
    assert left["codes"].tolist() == ["GSOBJ_VDTBOOL1001"]


def test_an_object_of_the_tenants_own_is_checked_by_its_description(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    fields = [{"fieldName": "Name", "dataType": "STRING", "length": 3}]
    described = {"data": [{"objectName": "Project__gc", "fields": fields}]}
    (tmp_path / "project.json").write_text(json.dumps(described))
    (tmp_path / "projects.csv").write_text("Name\nabc\nabcd\n")
    said = gsprep("check", "projects.csv", "--describe", "project.json", "--json")
    assert said.code == 1
    assert json.loads(said.out)["findings"] == [
        {"severity": "error", "code": "GSOBJ_1001", "column": "Name", "rows": 1}
    ]
