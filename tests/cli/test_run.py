"""``gsprep run`` as its user sees it: the files, the exit code, what is said where."""

from __future__ import annotations

import codecs
import json
import shlex
import socket
import sqlite3
import stat
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from gsprep.results import CHANGE_COLUMNS, DECISION_COLUMNS, FINDING_COLUMNS
from gsprep.tables.read import read_table
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gsprep.sandbox.store import Store
    from tests.cli.conftest import Said

OUTCOME = ["error_code", "error_field", "error_message", "batch", "request_id"]
TABLES = {
    "people.csv": ["verdict", "Company_ID", "company_name", "probability", "Gsid", "outcome"],
    "company_persons.csv": ["row_id", "Email", "Company_ID", "Person_ID", "outcome", *OUTCOME],
    "relationship_persons.csv": ["row_id", "Email", "Relationship_ID", "outcome", *OUTCOME],
    "rejects.csv": ["row_id", "codes", "messages", "hints", "suggestions"],
    "warnings.csv": list(FINDING_COLUMNS),
    "changes.csv": list(CHANGE_COLUMNS),
    "decisions.csv": list(DECISION_COLUMNS),
    "review.csv": ["row_id", "candidate_1", "candidate_2", "answer"],
    "evidence.csv": ["row_id", "Company_ID", "intercept"],
    "unmatched.csv": ["row_id", "people", "employer_domain", "stated_employer"],
    "rejected_companies.csv": ["row_id", "Gsid", "Name", "reason"],
}
OTHERS = {"report.html", "summary.json"}


def sandboxed(companies: Path) -> list[object]:
    return ["--companies", companies, "--sandbox"]


def test_every_file_of_a_run_is_there_even_when_it_is_empty(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    """Headers always, for the owner only, and a spreadsheet sees at once that it is UTF-8."""
    out = tmp_path / "res"
    out.mkdir()
    (out / "errors.xlsx").write_bytes(b"of an earlier run, which had some")
    assert gsprep("run", people, *sandboxed(companies), "--out", "res").code == 0
    assert {path.name for path in out.iterdir()} == {*TABLES, *OTHERS}
    for path in out.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    for name, columns in TABLES.items():
        assert (out / name).read_bytes().startswith(codecs.BOM_UTF8)
        headers = (out / name).read_text(encoding="utf-8-sig").splitlines()[0].split(",")
        assert set(columns) <= set(headers), name
        assert headers.count("row_id") == 1
        assert isinstance(read_table(out / name), pd.DataFrame)
    table = read_table(out / "people.csv")
    assert table["outcome"].tolist() == ["stored"] * 3
    assert table["verdict"].tolist() == ["match", "match", "no_match"]


def test_a_wrong_row_never_stops_a_right_one(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, tmp_path: Path
) -> None:
    said = gsprep("run", mixed, *sandboxed(companies))
    assert said.code == 1
    table = read_table(tmp_path / "out" / "people.csv")
    assert table["row_id"].tolist() == ["1", "2", "3", "4"]
    assert table["outcome"].tolist() == ["stored", "stored", "stored", "rejected"]
    assert table["error_code"].tolist()[3] == "GSOBJ_VDTEMAIL1001"
    assert "4 = 3 valid + 1 rejected" in said.out


def test_mended_rejects_are_the_next_input(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, tmp_path: Path
) -> None:
    """run, mend rejects.csv, run: row_ids stay, what was said of the rows goes."""
    gsprep("run", mixed, *sandboxed(companies))
    rejects = read_table(tmp_path / "out" / "rejects.csv")
    assert rejects["row_id"].tolist() == ["4"]
    mended = write_table(rejects.assign(Email="di@acme.com"), tmp_path / "mended.csv")
    said = gsprep("run", mended, *sandboxed(companies), "--out", "again")
    assert said.code == 0
    again = read_table(tmp_path / "again" / "people.csv")
    assert again["row_id"].tolist() == ["4"]
    assert not {"codes", "messages", "hints", "suggestions"} & set(again.columns)
    assert "rejects.csv" in said.err


def test_rows_bear_the_names_of_a_column_of_their_own(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, tmp_path: Path
) -> None:
    """In every file; a mended rejects.csv has them still, and the column stays."""
    people = read_table(mixed).drop(columns="row_id").assign(**{"Staff No": list("dcba")})
    write_table(people, tmp_path / "staff.csv")
    gsprep("run", "staff.csv", *sandboxed(companies), "--id", "Staff No")
    table = read_table(tmp_path / "out" / "people.csv")
    assert table["row_id"].tolist() == table["Staff No"].tolist() == list("dcba")
    assert read_table(tmp_path / "out" / "company_persons.csv")["row_id"].tolist() == ["d", "c"]
    rejects = tmp_path / "out" / "rejects.csv"
    gsprep("run", rejects, *sandboxed(companies), "--id", "Staff No", "--out", "again")
    assert read_table(tmp_path / "again" / "people.csv")["row_id"].tolist() == ["a"]


def test_rows_are_named_by_a_header_that_was_taken_for_a_field(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, tmp_path: Path
) -> None:
    people = read_table(mixed).drop(columns="row_id")
    ids = [f"1P04{letter * 32}" for letter in "ABCD"]
    people.assign(**{"gs id": ids}).to_csv(tmp_path / "staff.csv", index=False)
    gsprep("run", "staff.csv", *sandboxed(companies), "--id", "gs id")
    assert read_table(tmp_path / "out" / "people.csv")["row_id"].tolist() == ids


@pytest.mark.parametrize(
    ("names", "column", "says"),
    [
        pytest.param(
            "abcd",
            "Shoe",
            "needs the column Shoe. It has E-mail Address, FirstName, ",
            id="a column nobody has",
        ),
        pytest.param("abcd", "e-Mail", "would show personal data", id="a header that nobody has"),
        pytest.param(
            "abcd",
            "E-mail Address",
            "would show personal data in messages",
            id="a header taken for Email",
        ),
        pytest.param("abca", "No", "repeats a No in record 4", id="repeated"),
        pytest.param("ab d", "No", "has no No in record 3", id="missing"),
        pytest.param("abcd", "Email", "would show personal data in messages", id="an address"),
    ],
)
def test_a_column_that_cannot_name_rows_is_refused(
    gsprep: Callable[..., Said],
    mixed: Path,
    companies: Path,
    tmp_path: Path,
    names: str,
    column: str,
    says: str,
) -> None:
    people = read_table(mixed).drop(columns=["row_id", "line"]).assign(No=list(names))
    people = people.rename(columns={"Email": "E-mail Address"})
    write_table(people, tmp_path / "staff.csv")
    said = gsprep("run", "staff.csv", *sandboxed(companies), "--id", column)
    assert said.code == 2
    assert says in said.err
    assert "row_id" not in said.err
    assert not (tmp_path / "out").exists()


def test_results_are_the_next_input(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    """people.csv read again, in its own folder, gives the same people.csv; only ids are new."""
    gsprep("run", people, *sandboxed(companies))
    table = tmp_path / "out" / "people.csv"
    first = read_table(table)
    assert gsprep("run", table, *sandboxed(companies)).code == 0
    second = read_table(table)
    own = [name for name in first.columns if name not in ("request_id", "Gsid")]
    assert list(first.columns) == list(second.columns)
    pd.testing.assert_frame_equal(first[own], second[own])


def test_answers_are_never_touched(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    answers = tmp_path / "out" / "answers.csv"
    answers.write_bytes(b"kind,value\n")
    gsprep("run", people, *sandboxed(companies))
    assert answers.read_bytes() == b"kind,value\n"


def test_json_is_one_document_and_nothing_else(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, tmp_path: Path
) -> None:
    """Standard output is for results only; it is what summary.json holds."""
    said = gsprep("run", mixed, *sandboxed(companies), "--json")
    document = json.loads(said.out)
    assert document == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert document["schema"] == "gsprep.run/1"
    assert [document[name] for name in ("read", "valid", "rejected", "status")] == [4, 3, 1, "done"]


def test_a_dry_run_needs_neither_tenant_nor_key(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    said = gsprep("run", people, "--companies", companies, "--dry-run", "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert (told["mode"], told["persons"]["unsent"], told["calls"]) == ("dry-run", 3, 1)
    table = read_table(tmp_path / "out" / "people.csv")
    assert set(table["outcome"]) == {"unsent"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*TABLES, *OTHERS}


def test_people_held_back_are_unsent(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    gsprep("run", people, *sandboxed(companies), "--hold", "review, no_match")
    table = read_table(tmp_path / "out" / "people.csv")
    assert table["outcome"].tolist() == ["stored", "stored", "unsent"]


def test_the_sandbox_tells_persons_apart_by_the_same_key(
    gsprep: Callable[..., Said], companies: Path, tmp_path: Path
) -> None:
    """One address at two places: one person by Email, two by Email and Location."""
    table = tmp_path / "two.csv"
    lines = ("Email,Location,Title", "ana@acme.com,Rome,CEO", "ana@acme.com,Oslo,CTO")
    table.write_text("\n".join(lines), encoding="utf-8")
    said = gsprep("run", table, *sandboxed(companies))
    by_email = read_table(tmp_path / "out" / "people.csv")
    assert by_email["outcome"].tolist() == ["stored", "rejected"]
    assert "company_persons.csv" not in said.out
    gsprep("run", table, *sandboxed(companies), "--key", "Email, Location")
    by_both = read_table(tmp_path / "out" / "people.csv")
    assert by_both["outcome"].tolist() == ["stored", "stored"]
    assert by_both["Gsid"].nunique() == 2
    linked = read_table(tmp_path / "out" / "company_persons.csv")
    assert linked["outcome"].tolist() == ["stored", "stored"]
    assert linked["Person_ID"].tolist() == by_both["Gsid"].tolist()


def test_only_the_first_rows(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    said = gsprep("run", people, *sandboxed(companies), "--first", 2)
    assert f"{people.name}: the first 2 of 3 rows are used (--first)" in said.err
    assert read_table(tmp_path / "out" / "people.csv")["row_id"].tolist() == ["1", "2"]


def test_a_rejected_association_is_no_clean_end(
    gsprep: Callable[..., Said], people: Path, companies: Path, tmp_path: Path
) -> None:
    """Everybody is stored, one association was not sent: exit 1 says look at the files."""
    own = tmp_path / "own.csv"
    own.write_text("Email,Company_ID\nwho@acme.com,1P02" + "A" * 32 + "\n", encoding="utf-8")
    said = gsprep("run", people, *sandboxed(companies), "--company-persons", own)
    assert said.code == 1
    table = read_table(tmp_path / "out" / "company_persons.csv")
    assert table["outcome"].tolist() == ["stored", "stored", "rejected"]
    assert "company_persons.csv (1 rejected: see error_message)" in said.out


def test_companies_come_from_the_tenant(
    gsprep: Callable[..., Said], people: Path, address: str, store: Store, tmp_path: Path
) -> None:
    said = gsprep("run", people, "--to", address)
    assert said.code == 0
    assert set(store.persons) == {"ana@acme.com", "bo@bolt.io", "cy@gmail.com"}
    assert len(store.company_persons) == 2
    verdicts = read_table(tmp_path / "out" / "people.csv")["verdict"]
    assert verdicts.tolist() == ["match", "match", "no_match"]


def test_companies_without_gsids_get_those_of_the_tenant(
    gsprep: Callable[..., Said], address: str, people: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.csv"
    own.write_text("Name,Domain\nAcme,acme.com\nNobody,nobody.org\n", encoding="utf-8")
    said = gsprep("run", people, "--companies", own, "--to", address, "--json")
    assert "1 of 2 companies without Gsid was found in the tenant" in said.err
    assert "matched by name only" not in said.err
    assert json.loads(said.out)["match"] == 1
    refused = gsprep("run", people, "--companies", own, "--dry-run", "--out", tmp_path / "dry")
    assert refused.code == 2
    assert "gsprep companies --to TENANT" in refused.err
    own.write_text("Name,Domain\nNobody,nobody.org\n", encoding="utf-8")
    refused = gsprep("run", people, "--companies", own, "--to", address)
    assert refused.code == 2
    assert "0 of 1 company without Gsid were found in the tenant" in refused.err


def test_the_tenant_can_stand_in_the_environment(
    gsprep: Callable[..., Said],
    people: Path,
    companies: Path,
    address: str,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAINSIGHT_URL", address)
    assert gsprep("run", people, "--companies", companies).code == 0
    assert len(store.persons) == 3


@pytest.mark.parametrize("tenants_own", [True, False], ids=["companies asked", "companies given"])
def test_a_refused_key_is_exit_4(
    gsprep: Callable[..., Said],
    people: Path,
    companies: Path,
    address: str,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    *,
    tenants_own: bool,
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "wrong-key")
    given = [] if tenants_own else ["--companies", companies]
    said = gsprep("run", people, "--to", address, *given)
    assert said.code == 4
    assert "key" in said.err
    assert "wrong-key" not in said.err + said.out
    assert store.persons == {}


def test_a_service_that_is_away_is_exit_3(
    gsprep: Callable[..., Said],
    people: Path,
    companies: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_waiting: list[float],
    tmp_path: Path,
) -> None:
    """What is known stands in the files all the same; the waits are the documented ones."""
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        said = gsprep("run", people, "--companies", companies, "--to", f"http://127.0.0.1:{port}")
    assert said.code == 3
    assert "stopped: " in said.err
    assert "gsprep resume" in said.err
    table = read_table(tmp_path / "out" / "people.csv")
    assert set(table["outcome"]) == {"unsent"}
    assert table["error_message"].notna().all()
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["status"] == "stopped"
    assert no_waiting == [1.0, 2.0, 4.0, 8.0]


RULEBOOK = "target_precision: many\nwieghts: {}\nmodel:\n  same_domian: 3\n"
BAD_FILES = [
    pytest.param(b"Name,Title\nAna,CEO\n", ["Email", "column"], id="a missing column"),
    pytest.param(b"", ["empty"], id="an empty file"),
    pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ["image"], id="a binary file"),
    pytest.param(b"Email\x00,Name\n\x00\x01\x02\n", ["Export"], id="a file with NUL"),
    pytest.param(b"Email,Name\nE-mail,Full name\na@b.com,A\n", ["line 2"], id="two header rows"),
    pytest.param(
        b"Email,Email\na@b.com,c@d.com\n", ["Email", "columns 1 and 2"], id="repeated headers"
    ),
    pytest.param(b"row_id,Email\n7,a@b.com\n7,c@d.com\n", ["row_id"], id="a repeated row_id"),
    pytest.param(b"row_id,Email\n7,a@b.com\n,c@d.com\n", ["row_id"], id="a missing row_id"),
    pytest.param(b"Email,Name\na@b.com,A,B\n", ["line 2", "fields"], id="too many fields"),
    pytest.param(b'Email,Name\na@b.com,"A\nc@d.com,B\n', ["quote"], id="an open quote"),
    pytest.param(b"a@b.com,Ana\nc@d.com,Bo\n", ["header"], id="no headers"),
]


@pytest.mark.parametrize(("content", "says"), BAD_FILES)
def test_a_wrong_file_is_named_with_what_to_do(
    gsprep: Callable[..., Said],
    companies: Path,
    address: str,
    store: Store,
    tmp_path: Path,
    content: bytes,
    says: list[str],
) -> None:
    """Exit 2: one error, nothing written, nothing sent, no cell repeated."""
    bad = tmp_path / "bad.csv"
    bad.write_bytes(content)
    said = gsprep("run", bad, "--companies", companies, "--to", address)
    _refused(said, store, tmp_path)
    for word in says:
        assert word in said.err
    assert "a@b.com" not in said.err
    assert "Ana" not in said.err


def _refused(said: Said, store: Store, folder: Path) -> None:
    assert said.code == 2
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err.splitlines()[-1].strip()
    assert not (folder / "out").exists()
    assert store.persons == {}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--key", "Email,Shoe"], ["Shoe", "column"], id="a key column nobody has"),
        pytest.param(["--key", " , "], ["key"], id="an empty key"),
        pytest.param(["--region", "Mars"], ["region", "two-letter"], id="a region that is none"),
        pytest.param(["--hold", "perhaps"], ["match, review, no_match"], id="no such verdict"),
        pytest.param(["--max-rejected", "0.2"], ["0.2% or 20%"], id="no sign"),
        pytest.param(["--tolerate", "lots"], ["0% to 100%"], id="nothing to tolerate"),
        pytest.param(["--max-rejected", "lots"], ["0% to 100%"], id="no percentage"),
        pytest.param(["--max-rejected", "nan"], ["0% to 100%"], id="not a number"),
        pytest.param(["--max-rejected", "-1%"], ["0% to 100%"], id="less than nothing"),
        pytest.param(
            ["--companies", "mixed.csv", "--dry-run"], ["Gsid"], id="companies without Gsid"
        ),
        pytest.param(["--companies", "none.csv"], ["none.csv"], id="no such companies file"),
        pytest.param(["--company-persons", "none.csv"], ["none.csv"], id="no such associations"),
        pytest.param(["--rules", "none.yaml"], ["none.yaml"], id="no such rulebook"),
        pytest.param(["--out", "mixed.csv"], ["--out"], id="out is a file"),
        pytest.param(["--out", "mixed.csv/deep"], ["mixed.csv/deep"], id="out is below a file"),
        pytest.param(["--out", "x" * 300], ["cannot be created"], id="out has too long a name"),
        pytest.param(["--sandbox"], ["--to", "--sandbox"], id="two places to send to"),
        pytest.param(["--to", "http://tenant.example"], ["https"], id="http to a foreign host"),
        pytest.param(["--to", "https://a b"], ["sub-domain"], id="no address"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_sent(
    gsprep: Callable[..., Said],
    mixed: Path,
    companies: Path,
    address: str,
    store: Store,
    tmp_path: Path,
    options: list[str],
    says: list[str],
) -> None:
    said = gsprep("run", mixed, "--companies", companies, "--to", address, *options)
    _refused(said, store, tmp_path)
    for word in says:
        assert word in said.err


def test_every_mistake_of_a_rulebook_is_named_at_once(
    gsprep: Callable[..., Said],
    people: Path,
    companies: Path,
    address: str,
    store: Store,
    tmp_path: Path,
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULEBOOK, encoding="utf-8")
    said = gsprep("run", people, "--companies", companies, "--to", address, "--rules", rules)
    _refused(said, store, tmp_path)
    for place in ("target_precision", "wieghts", "same_domian"):
        assert place in said.err


@pytest.mark.parametrize(
    ("key", "options", "says"),
    [
        pytest.param("key", [], "GAINSIGHT_URL", id="no tenant"),
        pytest.param("", ["--to", "acme"], "GAINSIGHT_ACCESS_KEY", id="no key"),
        pytest.param("two words", ["--to", "acme"], "key", id="a key no key looks like"),
        pytest.param("key", ["--sandbox"], "--companies", id="the sandbox without companies"),
        pytest.param("key", ["--dry-run"], "--companies", id="a rehearsal without companies"),
        pytest.param(
            "key", ["--dry-run", "--to", "http://a.example"], "https", id="a rehearsal of a mistake"
        ),
    ],
)
def test_without_what_it_needs_a_run_does_not_begin(
    gsprep: Callable[..., Said],
    people: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    key: str,
    options: list[str],
    says: str,
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", key)
    said = gsprep("run", people, *options)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert "two words" not in said.err
    assert not (tmp_path / "out").exists()


def test_a_limit_of_rejected_rows_that_holds_changes_nothing(
    gsprep: Callable[..., Said], mixed: Path, companies: Path
) -> None:
    assert gsprep("run", mixed, *sandboxed(companies), "--max-rejected", "25%").code == 1


def test_too_many_rejected_rows_send_nothing_and_write_every_file(
    gsprep: Callable[..., Said],
    mixed: Path,
    companies: Path,
    address: str,
    store: Store,
    tmp_path: Path,
) -> None:
    """There is nothing to resume: the same file would be stopped again."""
    words = ("run", mixed, "--companies", companies, "--to", address, "--max-rejected", "20%")
    said = gsprep(*words, "--json")
    assert said.code == 5
    assert "1 of 4 rows is rejected, more than --max-rejected allows" in said.err
    assert store.persons == {}
    told = json.loads(said.out)
    assert (told["status"], told["calls"], told["persons"]["unsent"]) == ("stopped", 0, 3)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*TABLES, *OTHERS, "errors.xlsx"}
    assert read_table(tmp_path / "out" / "rejects.csv")["row_id"].tolist() == ["4"]
    people = read_table(tmp_path / "out" / "people.csv")
    assert people["outcome"].tolist() == ["unsent", "unsent", "unsent", "rejected"]
    assert "dry run" not in " ".join(people["error_message"])
    assert "nothing to resume" in gsprep("resume").err


def test_some_rejected_rows_can_be_tolerated(
    gsprep: Callable[..., Said], mixed: Path, companies: Path
) -> None:
    assert gsprep("run", mixed, *sandboxed(companies), "--tolerate", "25%").code == 0
    assert gsprep("run", mixed, *sandboxed(companies), "--tolerate", "24%").code == 1


@pytest.mark.parametrize(
    ("target", "words"),
    [
        pytest.param(["--sandbox"], "rehearsal: sandbox, nothing left this computer", id="sandbox"),
        pytest.param(["--dry-run"], "dry run: nothing was sent", id="dry run"),
    ],
)
def test_a_run_names_what_it_read_and_where_it_went(
    gsprep: Callable[..., Said], companies: Path, tmp_path: Path, target: list[str], words: str
) -> None:
    """In the summary, on the screen and in the report; the command can be typed again."""
    book = openpyxl.Workbook()
    book.active.title = "May & June"
    for line in (["Email", "Name"], ["ana@acme.com", "Ana"]):
        book.active.append(line)
    book.save(tmp_path / "people.xlsx")
    said = gsprep("run", "people.xlsx", "--companies", companies, *target)
    assert "input                   people.xlsx, sheet May & June, 1 row\n" in said.out
    assert f"target                  {words}\n" in said.out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["input"] == {"file": "people.xlsx", "sheet": "May & June", "rows": 1}
    assert summary["companies"] == {"file": "companies.csv", "sheet": "", "rows": 2}
    assert summary["target"] == words
    command = ["gsprep", "run", "people.xlsx", "--companies", str(companies), *target]
    assert shlex.split(summary["command"]) == command
    assert gsprep(*command[1:]).code == 0


def test_the_command_of_a_report_quotes_nothing_of_a_query(
    gsprep: Callable[..., Said], companies: Path, tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path / 'crm.db'}"
    with sqlite3.connect(tmp_path / "crm.db") as crm:
        crm.execute("create table people (Email text)")
        crm.execute("insert into people values ('ana@acme.com')")
    query = "select * from people where Email = 'ana@acme.com'"
    said = gsprep("run", address, "--query", query, "--companies", companies, "--dry-run", "--json")
    assert said.code == 0
    assert "select * from people where Email = " in json.loads(said.out)["command"]
    assert "ana@" not in said.out


def test_spent_quota_is_exit_3(
    gsprep: Callable[..., Said],
    companies: Path,
    tmp_path: Path,
    no_waiting: list[float],
) -> None:
    """One call a day lets the first batch through; the rest waits for another day."""
    many = tmp_path / "many.csv"
    many.write_text("Email\n" + "".join(f"p{n}@acme.com\n" for n in range(60)), encoding="utf-8")
    quota = ["--mode", "sync", "--sync-per-day", "1", "--max-wait", "5"]
    said = gsprep("run", many, *sandboxed(companies), *quota)
    assert said.code == 3
    assert "quota" in said.err
    table = read_table(tmp_path / "out" / "people.csv")
    assert table["outcome"].value_counts().to_dict() == {"stored": 50, "unsent": 10}
    assert no_waiting == []


def test_the_demo_goes_through(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    said = gsprep("demo", "--out", "sample", "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert told["status"] == "done"
    assert told["persons"]["stored"] == told["valid"] > 0
    assert len(read_table(tmp_path / "sample" / "people.csv")) == told["read"]


def test_what_waits_for_somebody_is_told_last(
    gsprep: Callable[..., Said], mixed: Path, companies: Path
) -> None:
    """Where to mend rows, and nothing about them when there are none."""
    said = gsprep("run", mixed, *sandboxed(companies))
    assert said.out.splitlines()[-1] == "to fix: out/rejects.csv"
    mixed.write_text("Email\ncy@gmail.com\n", encoding="utf-8")
    assert "to be" not in gsprep("run", mixed, *sandboxed(companies)).out


def test_a_column_that_is_no_field_is_told_once_with_what_it_may_be(
    gsprep: Callable[..., Said], people: Path, companies: Path
) -> None:
    people.write_text("Email,Nmae,Shoe\ncy@gmail.com,Cy,44\n", encoding="utf-8")
    said = gsprep("run", people, *sandboxed(companies))
    assert said.err.count("Nmae") == 1
    assert "no such field: Nmae (perhaps Name), Shoe" in said.err


def test_what_was_assumed_of_the_file_is_printed_once(
    gsprep: Callable[..., Said], companies: Path, tmp_path: Path
) -> None:
    people = tmp_path / "list.csv"
    people.write_text("Mail,Full name\nana@acme.com,Ana Ruiz\n", encoding="utf-8")
    said = gsprep("run", people, "--companies", companies, "--dry-run", "--out", tmp_path / "o")
    assert said.err.count('"Mail" as Email') == 1
    report = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    assert "as Email" in report


@pytest.mark.parametrize("how", [("--workers", "1"), ("--whole",)], ids=["parts", "whole"])
def test_tables_are_written_as_parquet(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, tmp_path: Path, how: tuple[str, ...]
) -> None:
    """The numbers, the exit code and the page are those of a run as CSV."""
    given = ("run", mixed, "--companies", companies, "--dry-run", "--json")
    whole = gsprep(*given, "--out", "whole")
    said = gsprep(*given, "--out", "parts", "--format", "parquet", *how)
    document, expected = json.loads(said.out), json.loads(whole.out)
    assert (said.code, document.get("parts", 1)) == (whole.code, 1)
    own = {"run", "command", "seconds"}
    assert all(document[name] == expected[name] for name in expected.keys() - own)
    out = tmp_path / "parts"
    for name in ("people", "company_persons", "decisions", "rejects", "evidence"):
        table, shown = read_table(out / name), read_table(tmp_path / "whole" / f"{name}.csv")
        written = ["line", "probability", "margin", *(shown if name == "evidence" else ())]
        same = [column for column in shown if column not in written]
        pd.testing.assert_frame_equal(table[same], shown[same])
    assert {path.suffix for path in out.iterdir()} == {"", ".csv", ".html", ".json", ".xlsx"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<a href="people/">people/</a>' in page
    assert "people.csv</a>" not in page
    again = gsprep("run", out / "people", *given[2:], "--out", "parts", "--format", "parquet", *how)
    assert (again.code, "would replace the input" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param([], "sends nothing: add --dry-run", id="send"),
        pytest.param(["--dry-run", "--first", "3"], "cannot use --first", id="first"),
        pytest.param(["--dry-run", "--force"], "cannot use --force", id="force"),
        pytest.param(["--dry-run", "--max-rejected", "1%"], "", id="too many rejected"),
    ],
)
def test_what_parts_cannot_do_is_said(
    options: list[str], told: str, gsprep: Callable[..., Said], mixed: Path, companies: Path
) -> None:
    given = ("run", mixed, "--companies", companies, "--format", "parquet", "--workers", "1")
    said = gsprep(*given, *options)
    assert told in said.err
    assert said.code == (2 if told else 5)
