"""``check`` on a file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said


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


def test_check_names_the_file_of_the_rejected_rows_if_there_is_one(
    gsprep: Callable[..., Said], mixed: Path, people: Path
) -> None:
    last = gsprep("check", mixed, "--out", "told").out.splitlines()[-1]
    assert last.startswith("to fix: told")
    assert last.endswith("rejects.csv")
    assert "to fix" not in gsprep("check", mixed).out
    assert "to fix" not in gsprep("check", people, "--out", "told").out


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


def test_too_many_rejected_rows_have_an_exit_code_of_their_own(
    gsprep: Callable[..., Said], mixed: Path, tmp_path: Path
) -> None:
    """The files are written all the same: they say what to mend."""
    assert gsprep("check", mixed, "--max-rejected", "25%").code == 1
    said = gsprep("check", mixed, "--max-rejected", "10%", "--out", "told")
    assert said.code == 5
    assert "1 of 4 rows is rejected" in said.err
    assert "Fix told/rejects.csv" in said.err
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


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["check"], id="check"),
        pytest.param(["clean"], id="clean"),
        pytest.param(["run", "--dry-run", "--companies", "companies.csv"], id="run"),
        pytest.param(["upload", "--dry-run"], id="upload"),
    ],
)
def test_a_row_that_lost_its_twin_is_told_of(
    gsprep: Callable[..., Said], companies: Path, tmp_path: Path, command: list[str]
) -> None:
    """Alone in rejects.csv it contradicts nobody, and would take the place of who is stored."""
    path = tmp_path / "people.csv"
    path.write_text("Email,FirstName\na@acme.com,Ana\nA@acme.com,Bo\nc@,Cy\n")
    assert "had the same key" not in gsprep("check", path, "--out", "first").err
    said = gsprep(*command, tmp_path / "first" / "rejects.csv")
    assert "1 row had the same key as a row that is not in this file" in said.err


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


@pytest.mark.parametrize(
    ("headers", "options", "says"),
    [
        pytest.param("Email,Name", [], None, id="nobody this time"),
        pytest.param("E-mail Address", [], None, id="under another name"),
        pytest.param("Gsid", [], None, id="people of the tenant"),
        pytest.param("Name,Shoe", [], "needs the column Email. It has Name", id="another sheet"),
        pytest.param(
            "Email", ["--key", "Email,Location"], "needs the column Location", id="half a key"
        ),
        pytest.param(
            "Email",
            ["--object", "CompanyPerson"],
            "needs the column Company_ID",
            id="associations of nothing",
        ),
    ],
)
def test_a_file_without_records_needs_its_columns_all_the_same(
    gsprep: Callable[..., Said], tmp_path: Path, headers: str, options: list[str], says: str | None
) -> None:
    """In a pipeline the wrong sheet must not pass as a load of nobody."""
    (tmp_path / "people.csv").write_text(f"{headers}\n")
    said = gsprep("check", "people.csv", *options)
    assert "people.csv: the file has headers but no records" in said.err
    assert said.code == (0 if says is None else 2)
    assert (says or "") in said.err


@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param(["run", "people.csv", "--dry-run"], 2, id="run"),
        pytest.param(["upload", "people.csv", "--sandbox"], 2, id="upload"),
        # Who has no address can be matched by an employer.
        pytest.param(["match", "people.csv"], 0, id="match"),
    ],
)
def test_other_commands_say_so_as_well(
    gsprep: Callable[..., Said],
    companies: Path,
    tmp_path: Path,
    command: list[str],
    code: int,
) -> None:
    (tmp_path / "people.csv").write_text("Name,CompanyName\n")
    more = [] if command[0] == "upload" else ["--companies", companies]
    said = gsprep(*command, *more)
    assert said.code == code
    assert "people.csv: the file has headers but no records" in said.err
    assert ("needs the column Email" in said.err) == bool(code)


@pytest.mark.parametrize(("share", "code"), [("25%", 0), ("24%", 1), ("0", 1)])
def test_some_rejected_rows_can_be_tolerated(
    gsprep: Callable[..., Said], mixed: Path, share: str, code: int
) -> None:
    """The limit that stops everything counts all the same."""
    assert gsprep("check", mixed, "--tolerate", share).code == code
    assert gsprep("check", mixed, "--tolerate", share, "--max-rejected", "10%").code == 5


def test_each_reason_has_its_sentence_and_its_count(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    """Rows of one code for different reasons are counted apart; unsent columns are one line."""
    text = "Email,FirstName,LastName,Shoe,Hat\n"
    text += "a@acme.com,Ana,Lee,1,1\nA@acme.com,Bo,Lee,1,1\na@acme.com,Ana,May,1,1\nb@,B,,1,1\n"
    (tmp_path / "people.csv").write_text(text)
    said = gsprep("check", "people.csv")
    lines = [re.sub(r" +", " ", line.strip()) for line in said.out.splitlines()]
    assert lines == [
        "4 rows = 1 valid + 3 rejected",
        "1 error GSOBJ_VCUSTOM1007 Email An earlier row has the same key but another FirstName.",
        "Make the rows agree, or keep one of them.",
        "1 error GSOBJ_VCUSTOM1007 Email An earlier row has the same key but another LastName.",
        "Make the rows agree, or keep one of them.",
        "1 error GSOBJ_VDTEMAIL1001 Email Email is not an e-mail address that the service accepts.",
        "Write one address: a name, one @, and a domain with a dot.",
        "columns not sent, because Person has no such field: Hat, Shoe",
    ]


def test_findings_become_annotations_of_a_workflow(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    """On standard error, so that the document stays alone; one for each reason."""
    (tmp_path / "a,b.csv").write_text("Email,Shoe\nbo@,1\nana@gmial.com,1\nc@,1\n")
    said = gsprep("check", "a,b.csv", "--annotate", "github", "--json")
    assert json.loads(said.out)["rejected"] == 2
    lines = [line for line in said.err.splitlines() if line.startswith("::")]
    assert "\n".join(lines) == (
        "::error file=a%2Cb.csv,line=2,title=GSOBJ_VDTEMAIL1001 Email::2 rows: Email is not an "
        "e-mail address that the service accepts. Write one address: a name, one @, and a domain "
        "with a dot. (line 2, 4; row_id 1, 3)\n"
        "::warning file=a%2Cb.csv,line=3,title=GSPREP_MAILSLIP Email::1 row: Email has a domain "
        "that looks like a typing error. Use the suggestion if it is right; the cell is sent "
        "unchanged. (line 3; row_id 2)"
    )
    assert gsprep("check", "a,b.csv", "--annotate", "gitlab").code == 2


def test_columns_become_tests_of_a_junit_report(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "p.csv").write_text("Email,Title,Shoe & <Sock>\nbo@,x,1\nana@gmial.com,x,1\n")
    assert gsprep("check", "p.csv", "--junit", "junit.xml").code == 1
    (suite,) = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314  our own file
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    tests = {test.get("name"): test for test in suite}
    assert list(tests) == ["Email", "Title", "Shoe & <Sock>"]
    (failure,) = suite.iter("failure")
    assert failure in list(tests["Email"])
    assert failure.get("type") == "GSOBJ_VDTEMAIL1001"
    assert str(failure.get("message")).startswith("1 row: Email is not an e-mail address")
    assert str(failure.text).endswith("(line 2; row_id 1)")
    assert "bo@" not in (tmp_path / "junit.xml").read_text()
    assert "GSPREP_MAILSLIP" not in str(failure.text)
    assert "typing error" in str(tests["Email"].findtext("system-out"))
    assert len(tests["Title"]) == 0


@pytest.mark.parametrize(
    ("file", "options", "place", "where"),
    [
        pytest.param(
            "titles.csv", [], "file=titles.csv,line=4", "(line 4; row_id 1)", id="below titles"
        ),
        pytest.param(
            "several.csv", [], "file=several.csv,line=3", "(line 3; row_id 1)", id="a long record"
        ),
        pytest.param("own.csv", [], "file=own.csv", "(row_id b)", id="own row_id"),
        pytest.param(
            "sheets.xlsx", ["--sheet", "all"], "file=sheets.xlsx", "(line B:2; row_id B:1)",
            id="one of several sheets",
        ),
    ],
)  # fmt: skip
def test_a_finding_names_the_line_of_the_file(
    gsprep: Callable[..., Said], tmp_path: Path, file: str, options: list[str], place: str,
    where: str,
) -> None:  # fmt: skip
    (tmp_path / "titles.csv").write_text("Attendees,\n\nEmail,First name\nbo@,Bo\n")
    (tmp_path / "several.csv").write_text('Email,"First\nname"\nbo@,Bo\n')
    (tmp_path / "own.csv").write_text("row_id,Email\na,ana@acme.com\nb,bo@\n")
    with pd.ExcelWriter(tmp_path / "sheets.xlsx") as book:
        pd.DataFrame({"Email": ["ana@acme.com"]}).to_excel(book, sheet_name="A", index=False)
        pd.DataFrame({"Email": ["bo@"]}).to_excel(book, sheet_name="B", index=False)
    said = gsprep("check", file, "--annotate", "github", *options)
    (line,) = [line for line in said.err.splitlines() if line.startswith("::error")]
    assert line.startswith(f"::error {place},title=")
    assert line.endswith(where)


def test_a_junit_report_replaces_no_input(gsprep: Callable[..., Said], people: Path) -> None:
    before = people.read_bytes()
    assert gsprep("check", people, "--junit", people).code == 2
    assert people.read_bytes() == before


def test_a_file_is_checked_part_by_part(
    gsprep: Callable[..., Said], mixed: Path, tmp_path: Path
) -> None:
    """Numbers, annotations, the report and the rejected rows are those of the whole."""
    more = ("--annotate", "github", "--json")
    whole = gsprep("check", mixed, "--out", "whole", "--junit", "a.xml", *more)
    given = ("check", mixed, "--format", "parquet", "--workers", "1", *more)
    parts = gsprep(*given, "--out", "parts", "--junit", "b.xml")
    assert (parts.code, parts.err) == (1, whole.err)
    assert "line=" in parts.err
    assert json.loads(parts.out) == json.loads(whole.out) | {"parts": 1, "resumed": 0}
    assert (tmp_path / "a.xml").read_bytes() == (tmp_path / "b.xml").read_bytes()
    rejects = read_table(tmp_path / "parts" / "rejects" / "part-00000.parquet")
    assert rejects["row_id"].tolist() == ["4"]
    # The lines of a file of rejected rows are its own when it is read.
    mine, theirs = (
        frame.drop(columns="line")
        for frame in (rejects, read_table(tmp_path / "whole" / "rejects.csv"))
    )
    assert mine.equals(theirs)
    again = gsprep(*given, "--out", "parts", "--max-rejected", "1%")
    assert again.code == 5
    assert "Fix parts/rejects" in again.err
    alone = gsprep(*given)
    assert (alone.code, json.loads(alone.out)["rejected"]) == (1, 1)


def test_a_file_without_the_key_is_refused_part_by_part_as_well(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text("Name,Title\nAna,x\n")
    whole = gsprep("check", tmp_path / "rows.csv")
    parts = gsprep("check", tmp_path / "rows.csv", "--format", "parquet")
    assert (parts.code, parts.err) == (2, whole.err)
