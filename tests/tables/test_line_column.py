"""The line of each record, from the file to the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import gsprep
from gsprep.report.files import reject_rows, review_rows
from gsprep.results import Unified
from gsprep.schemas.frames import text_frame
from gsprep.tables.read import read_table
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from pathlib import Path

ACME = "1P02" + "A" * 32
ANA = 'ana@acme.com, Ana Ruiz ,Acme,"two\nlines"\n'
PEOPLE = f"Contacts\n\nEmail,Name,CompanyName,Shoe size\n{ANA}bad,Bo,Acme,x\n{ANA}"


@pytest.fixture
def people(tmp_path: Path) -> pd.DataFrame:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8", newline="")
    return read_table(path)


def test_it_is_next_to_row_id_and_goes_through_every_stage(people: pd.DataFrame) -> None:
    assert list(people.columns[:3]) == ["row_id", "line", "Email"]
    assert people["line"].tolist() == ["4", "6", "7"]
    cleaned = gsprep.clean(people)
    assert cleaned.frame["line"].tolist() == ["4", "6", "7"]
    assert set(cleaned.changes["column"]) == {"Name"}
    checked = gsprep.check(cleaned.frame, gsprep.Person)
    assert checked.valid["line"].tolist() == ["4", "7"]
    assert checked.rejected["line"].tolist() == ["6"]
    companies = pd.DataFrame({"Gsid": [ACME], "Name": ["Acme"], "Domain": ["acme.com"]})
    unified = gsprep.unify(checked.valid, companies)
    assert "line" not in unified.decisions
    assert "line" not in gsprep.associate(checked.valid, unified.decisions)


def test_it_is_no_column_of_the_file_to_any_stage(people: pd.DataFrame) -> None:
    findings = gsprep.check(people, gsprep.Person).findings
    assert set(findings["column"]) == {"Email", "Shoe size"}
    assert "GSPREP_SAMEROW" in set(findings["code"])
    assert "line" not in {column.header for column in gsprep.map_columns(people).columns}
    recipe = gsprep.recipe_of(people, gsprep.clean(people))
    assert "line" not in recipe.columns
    without = people.drop(columns="line")
    assert gsprep.replay(without, recipe).frame["Name"].tolist() == ["Ana Ruiz", "Bo", "Ana Ruiz"]


def test_a_run_reports_it_with_each_row(people: pd.DataFrame) -> None:
    companies = pd.DataFrame({"Gsid": [ACME], "Name": ["Acme"], "Domain": ["acme.com"]})
    result = gsprep.run(people, companies)
    assert result.people["line"].tolist() == ["4", "6", "7"]
    assert list(result.rejects.columns[:2]) == ["row_id", "line"]
    assert result.rejects["line"].tolist() == ["6"]
    assert not any("line" in note.split() for note in result.notes)


def test_a_review_names_it(people: pd.DataFrame) -> None:
    columns = ["row_id", "verdict", "Company_ID", "company_name", "probability", "rule", "reason"]
    rows = [["1", "review", ACME, "Acme", "0.6", "model", "x"]]
    more = ["runner_up_id", "runner_up_name", "margin"]
    decisions = pd.DataFrame(rows, columns=columns).reindex(columns=[*columns, *more])
    unified = Unified(decisions, pd.DataFrame())
    assert list(review_rows(people, unified).columns[:3]) == ["row_id", "line", "Email"]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".parquet", ".jsonl"])
def test_what_was_read_is_the_same_when_it_is_written_and_read_again(
    people: pd.DataFrame, tmp_path: Path, ending: str
) -> None:
    path = write_table(people, tmp_path / f"again{ending}")
    pd.testing.assert_frame_equal(read_table(path), people)


def test_a_rejects_file_that_is_read_again_has_its_own_lines(
    people: pd.DataFrame, tmp_path: Path
) -> None:
    rejects = reject_rows(text_frame(people), gsprep.check(people, gsprep.Person))
    path = write_table(rejects, tmp_path / "rejects.csv")
    again = read_table(path)
    assert again["row_id"].tolist() == ["2"]
    assert again["line"].tolist() == ["2"]
    assert list(again.columns) == list(rejects.columns)


def test_a_column_of_the_file_with_this_name_stays(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Email,line\nana@acme.com,Bus 7\nbad,Bus 8\n", encoding="utf-8")
    frame = read_table(path)
    assert list(frame.columns) == ["row_id", "Email", "line"]
    checked = gsprep.check(frame, gsprep.Person)
    assert "line" in set(checked.findings["column"])
    rejects = reject_rows(text_frame(frame), checked)
    again = read_table(write_table(rejects, tmp_path / "rejects.csv"))
    assert again["line"].tolist() == ["Bus 8"]
