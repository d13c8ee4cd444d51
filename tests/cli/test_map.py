"""``map``, and ``--mapping``, ``--sheet`` and ``--query`` of the other commands."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from gsprep.cli.map import next_command
from gsprep.cli.options import Reading
from gsprep.mapping.columns import ColumnMapping
from gsprep.mapping.mapping_file import read_mapping
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

ODD = """\
Participant e-mail,Kosname,Org,Shoe size
ana@acme.com,Ana,Acme Inc,41
bo@bolt.io,Bo,Bolt GmbH,42
cy@gmail.com,Cy,Nowhere Ltd,43
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Return a file whose headers no list knows."""
    path = tmp_path / "odd.csv"
    path.write_text(ODD, encoding="utf-8")
    return path


def test_columns_are_guessed_shown_and_saved(
    gsprep: Callable[..., Said], odd: Path, tmp_path: Path
) -> None:
    said = gsprep("map", odd, "--out", "mapping.yaml", "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert told["schema"] == "gsprep.mapping/1"
    assert told["unmapped"] == ["Kosname", "Shoe size"]
    assert [column["field"] for column in told["columns"]] == ["Email", None, "CompanyName", None]
    saved = read_mapping(tmp_path / "mapping.yaml")
    assert saved.fields == {"Participant e-mail": "Email", "Org": "CompanyName"}
    assert "ana" not in (tmp_path / "mapping.yaml").read_text(encoding="utf-8")


def test_for_people_it_lists_every_column(gsprep: Callable[..., Said], odd: Path) -> None:
    said = gsprep("map", odd)
    lines = said.out.splitlines()
    assert lines[0] == "Participant e-mail  0.75  Email (part)"
    assert lines[1] == "Kosname                -  not mapped"
    assert lines[4] == "2 of 4 columns are mapped to Person"


def test_what_is_needed_and_missing_is_said(gsprep: Callable[..., Said], odd: Path) -> None:
    said = gsprep("map", odd, "--object", "Company", "--json")
    assert json.loads(said.out)["needed"] == ["Gsid"]
    assert "no column holds Gsid" in said.err


def test_a_mapping_is_changed_by_hand_and_replayed(
    gsprep: Callable[..., Said], odd: Path, companies: Path, tmp_path: Path
) -> None:
    gsprep("map", odd, "--out", "mapping.yaml")
    saved = tmp_path / "mapping.yaml"
    text = saved.read_text(encoding="utf-8")
    saved.write_text(
        text.replace("header: Kosname\n  field: null", "header: Kosname\n  field: FirstName")
    )
    by = ("--mapping", saved)
    assert gsprep("check", odd, *by).code == 0
    assert gsprep("clean", odd, *by, "--out", "clean.csv").code == 0
    assert gsprep("match", odd, *by, "--companies", companies).code == 0
    assert gsprep("upload", odd, *by, "--sandbox", "--out", "sent").code == 0
    said = gsprep("run", odd, *by, "--companies", companies, "--sandbox", "--out", "ran")
    assert said.code == 0
    assert 'not mapped to any field: "Shoe size"' in said.err
    names = ["Email", "FirstName", "CompanyName", "Shoe size"]
    for path in ("clean.csv", "sent/people.csv", "ran/people.csv"):
        assert list(read_table(tmp_path / path).columns[2:6]) == names


@pytest.mark.parametrize("command", ["check", "clean", "match", "upload", "run"])
def test_a_file_with_other_columns_is_refused(
    gsprep: Callable[..., Said], odd: Path, people: Path, companies: Path, command: str
) -> None:
    gsprep("map", odd, "--out", "mapping.yaml")
    more = {"match": ("--companies", companies), "run": ("--companies", companies, "--dry-run")}
    more["upload"] = ("--dry-run",)
    said = gsprep(command, people, "--mapping", "mapping.yaml", *more.get(command, ()))
    assert (said.code, said.out) == (2, "")
    assert 'it lacks "Participant e-mail"' in said.err
    assert "acme.com" not in said.err


def test_a_mapped_reject_is_the_next_input(
    gsprep: Callable[..., Said], odd: Path, tmp_path: Path
) -> None:
    odd.write_text(ODD + "broken@,Di,Acme Inc,44\n", encoding="utf-8")
    gsprep("map", odd, "--out", "mapping.yaml")
    gsprep("check", odd, "--mapping", "mapping.yaml", "--out", "checked")
    for name in ("rejects.csv", "errors.xlsx"):
        said = gsprep("check", tmp_path / "checked" / name, "--mapping", "mapping.yaml")
        assert said.out.startswith("1 row = 0 valid + 1 rejected")


def test_errors_stand_beside_the_cells(
    gsprep: Callable[..., Said], mixed: Path, tmp_path: Path
) -> None:
    gsprep("check", mixed, "--out", "checked")
    sheet = openpyxl.load_workbook(tmp_path / "checked" / "errors.xlsx")["Errors"]
    marked = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.comment]
    assert [cell.value for cell in marked] == ["no address"]
    assert marked[0].comment.text.startswith("GSOBJ_VDTEMAIL1001")


def test_a_workbook_that_cannot_be_written_stops_nothing(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    people.write_text(f"Email,Note\nbroken@,{'x' * 33_000}\n", encoding="utf-8")
    workbook = tmp_path / "checked" / "errors.xlsx"
    workbook.parent.mkdir()
    workbook.write_bytes(b"of an earlier run")
    said = gsprep("check", people, "--out", "checked")
    assert said.code == 1
    assert "errors.xlsx was not written" in said.err
    assert not workbook.exists()
    assert len(read_table(tmp_path / "checked" / "rejects.csv")) == 1


def test_a_sheet_is_chosen(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "people.xlsx") as book:
        pd.DataFrame({"A": ["x"]}).to_excel(book, sheet_name="Notes", index=False)
        pd.DataFrame({"Email": ["ana@acme.com"]}).to_excel(book, sheet_name="People", index=False)
    said = gsprep("check", "people.xlsx")
    assert said.code == 2
    assert "needs the column Email" in said.err
    assert '"People" holds values too: choose with --sheet' in said.err
    assert gsprep("check", "people.xlsx", "--sheet", "People").code == 0
    assert gsprep("check", "people.xlsx", "--sheet", "1").code == 0
    assert gsprep("map", "people.xlsx", "--sheet", "None").code == 2


def test_a_database_is_read(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    with sqlite3.connect(tmp_path / "crm.db") as crm:
        crm.execute("create table people (mail text)")
        crm.execute("insert into people values ('ana@acme.com')")
    crm.close()
    said = gsprep("check", "sqlite:///crm.db", "--query", "select mail from people")
    assert said.code == 0
    assert 'sqlite:///crm.db: columns taken for fields: "mail" as Email' in said.err
    assert gsprep("check", "sqlite:///crm.db").code == 2


def test_a_password_is_not_shown(gsprep: Callable[..., Said]) -> None:
    pytest.importorskip("sqlalchemy")
    said = gsprep("check", "nosuch://ana:secret@host/crm", "--query", "select 1")
    assert said.code == 2
    assert "host/crm" in said.err
    assert "secret" not in said.err
    assert "ana" not in said.err


def test_the_next_command_can_be_pasted() -> None:
    """It names the sheet, and quotes what a shell would take apart."""
    given, out = Reading(sheet="May 2"), Path("m m.yaml")
    told = {
        "Person": "run 'a b' --sheet 'May 2' --mapping 'm m.yaml' --companies companies.csv"
        " --dry-run",
        "Company": "run people.csv --companies 'a b' --companies-mapping 'm m.yaml' --dry-run",
        "CompanyPerson": "check 'a b' --sheet 'May 2' --mapping 'm m.yaml' --object CompanyPerson",
    }
    made = {of: next_command("a b", given, ColumnMapping(of, ()), out) for of in told}
    assert made == {of: f"gsprep {words}" for of, words in told.items()}
