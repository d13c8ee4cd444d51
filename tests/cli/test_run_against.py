"""``run --against``: rows update the people who exist already, from a file or the tenant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.cli.duplicates import pair_session_of
from gsprep.tables.read import read_table
from tests.cli.conftest import ACME, BOLT, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gsprep.sandbox.store import Store
    from tests.cli.conftest import Said

HEAD = "Email,FirstName,LastName,CompanyName,Phone,Title"
BEFORE = [
    {"Email": "ana.ruiz@acme.com", "FirstName": "Ana", "LastName": "Ruiz",
     "companies": [{"Company_ID": ACME, "Title": "Intern"}]},
    {"Email": "bberg@bolt.io", "FirstName": "Bo", "LastName": "Berg",
     "companies": [{"Company_ID": BOLT, "Title": "CEO"}]},
    {"Email": "di@acme.com", "FirstName": "Di", "LastName": "Dorn",
     "companies": [{"Company_ID": ACME}]},
]  # fmt: skip
RULES = """\
compare: {FirstName: {kind: person_name, part: given}, Email: email,
  LastName: {kind: person_name, part: surname}, CompanyName: company_name}
decide: {match_from: 0.95, review_from: 0.5}
"""
ROWS = f"""\
{HEAD}
aruiz@gmail.com,Ana,Ruiz,Acme,+14155550102,Buyer
bo@bolt.io,Bo,Berg,Bolt GmbH,,
new@acme.com,Nora,New,Acme Inc,,
"""


@pytest.fixture
def before(store: Store) -> dict[str, str]:
    """Return the Gsids of the people of a tenant by first name."""
    assert store.upsert_people(BEFORE)["successCount"] == len(BEFORE)
    return {row["FirstName"]: row["Gsid"] for row in store.persons.values()}


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return written(tmp_path / "rows.csv", ROWS)


@pytest.fixture
def command(rows: Path, companies: Path, address: str, tmp_path: Path) -> tuple[object, ...]:
    """Return the words of a run against the people of the tenant."""
    rules = written(tmp_path / "people.yaml", RULES)
    where = ("--to", address, "--against", "tenant", "--people-rules", rules)
    return ("run", rows, "--companies", companies, *where)


def held(store: Store, gsid: str) -> dict[str, str]:
    return next(dict(row) for row in store.persons.values() if row["Gsid"] == gsid)


def test_rows_update_the_people_of_the_tenant_and_unclear_ones_wait(
    gsprep: Callable[..., Said],
    command: tuple[object, ...],
    store: Store,
    before: dict[str, str],
    tmp_path: Path,
) -> None:
    said = gsprep(*command, "--json")
    assert said.code == 0, said.err
    assert "the tenant has 3 people" in said.err
    told = json.loads(said.out)["existing"]
    assert told == {"people": 3, "linked": 1, "held": 1, "conflicts": 0, "to_decide": 1}
    people = read_table(tmp_path / "out" / "people.csv").set_index("FirstName")
    assert people["outcome"].to_dict() == {"Ana": "stored", "Bo": "unsent", "Nora": "stored"}
    assert people.loc["Ana", "Gsid"] == before["Ana"]
    assert "Decide in" in people.loc["Bo", "error_message"]
    assert held(store, before["Ana"])["Email"] == "ana.ruiz@acme.com"
    assert len(store.persons) == 4
    links = read_table(tmp_path / "out" / "company_persons.csv")
    of_ana = links[links["Person_ID"] == before["Ana"]].iloc[0]
    assert (of_ana["outcome"], of_ana["Title"]) == ("stored", "Buyer")


def test_the_report_counts_who_exists_and_names_no_one(
    gsprep: Callable[..., Said],
    command: tuple[object, ...],
    before: dict[str, str],
    tmp_path: Path,
) -> None:
    assert before
    gsprep(*command)
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Existing people and duplicates" in report
    assert "1 row is a person who exists already." in report
    assert "1 row may be one and is not sent until a person decides." in report
    assert "Decide on 1 pair" in report
    assert "gmail.com" not in report
    assert "Ruiz" not in report


def test_a_reviewer_decides_and_the_same_command_goes_on(
    gsprep: Callable[..., Said],
    command: tuple[object, ...],
    store: Store,
    before: dict[str, str],
    tmp_path: Path,
) -> None:
    gsprep(*command)
    out = tmp_path / "out"
    session = pair_session_of(out, out / "pair_answers.csv", "maria")
    assert [question.kind for question in session.to_decide] == ["open"]
    assert session.next_command.startswith("gsprep run")
    # The values of the file are sent, so they survive.
    kept = session.preview(session.to_decide[0].records)
    assert kept["CompanyName"].of == kept["Email"].of == "2"
    session.answer(1, "same")
    assert json.loads(gsprep(*command, "--json").out)["existing"]["held"] == 0
    people = read_table(out / "people.csv").set_index("FirstName")
    assert people.loc["Bo", "Gsid"] == before["Bo"]
    assert held(store, before["Bo"])["Email"] == "bberg@bolt.io"
    assert len(store.persons) == 4


def test_the_same_command_again_keeps_who_a_row_was_sent_as(
    gsprep: Callable[..., Said],
    command: tuple[object, ...],
    rows: Path,
    store: Store,
    before: dict[str, str],
    tmp_path: Path,
) -> None:
    """A list of one row, with other cells and with a likeness to no one any more."""
    assert gsprep(*command).code == 0
    written(rows, f"{HEAD}\naruiz@gmail.com,Ana,Gomez,Bolt GmbH,,CFO\n")
    assert gsprep(*command, "--dry-run", "--out", "plan").code == 0
    planned = read_table(tmp_path / "plan" / "duplicates.csv")
    assert planned["Gsid"].tolist() == [before["Ana"]]
    assert gsprep(*command).code == 0
    people = read_table(tmp_path / "out" / "people.csv")
    assert people["Gsid"].tolist() == [before["Ana"]]
    assert len(store.persons) == 4
    records = read_table(tmp_path / "out" / "duplicates.csv")
    assert records["reason"].tolist() == ["An earlier run sent the row to this person."]


def test_a_dry_run_says_what_the_run_does(
    gsprep: Callable[..., Said], command: tuple[object, ...], before: dict[str, str], tmp_path: Path
) -> None:
    assert before
    assert gsprep(*command, "--dry-run").code == 0
    planned = read_table(tmp_path / "out" / "duplicates.csv")
    assert gsprep(*command).code == 0
    assert read_table(tmp_path / "out" / "duplicates.csv").equals(planned)


def test_answers_about_pairs_can_be_in_any_file(
    gsprep: Callable[..., Said],
    command: tuple[object, ...],
    before: dict[str, str],
    tmp_path: Path,
) -> None:
    gsprep(*command)
    answers = tmp_path / "decided.csv"
    session = pair_session_of(tmp_path / "out", answers, "maria")
    assert session.next_command.endswith(f"--pair-answers {answers}")
    session.answer(1, "same")
    said = gsprep(*command, "--pair-answers", answers, "--json")
    assert json.loads(said.out)["existing"]["held"] == 0
    people = read_table(tmp_path / "out" / "people.csv").set_index("FirstName")
    assert people.loc["Bo", "Gsid"] == before["Bo"]
    alone = gsprep("run", tmp_path / "rows.csv", "--pair-answers", answers, "--dry-run",
                   "--companies", tmp_path / "companies.csv")  # fmt: skip
    assert alone.code == 2
    assert "--pair-answers needs --against" in alone.err


def test_a_file_of_existing_people_needs_no_tenant(
    gsprep: Callable[..., Said], rows: Path, companies: Path, tmp_path: Path
) -> None:
    ana, cy = ("1P01" + letter * 32 for letter in "AC")
    existing = written(
        tmp_path / "existing.csv",
        f"Gsid,Email,First Name,Last Name\n{ana},aruiz@gmail.com,Ana,Ruiz\n"
        f"{cy},new@acme.com,Nora,New\n{'1P01' + 'D' * 32},NEW@acme.com,Nora,New\n",
    )
    command = ("run", rows, "--companies", companies, "--against", existing, "--dry-run")
    said = gsprep(*command)
    assert said.code == 1, said.err
    out = tmp_path / "out"
    rejects = read_table(out / "rejects.csv")
    assert rejects["codes"].tolist() == ["GSPREP_TWOPEOPLE"]
    assert rejects["messages"].tolist() == ["Email belongs to several existing people."]
    records = read_table(out / "duplicates.csv").set_index("FirstName")
    assert records.loc["Ana", "Gsid"] == ana
    for name in ("pairs.csv", "merged.csv", "losses.csv", "existing.csv", "pair_evidence.csv"):
        assert (out / name).is_file()
    assert "ruiz" not in (said.out + said.err).lower()
    said = gsprep("review", out, "--duplicates", "--xlsx", "x.xlsx")
    assert said.code == 2


def test_a_row_without_address_is_sent_if_it_is_an_existing_person(
    gsprep: Callable[..., Said], companies: Path, tmp_path: Path
) -> None:
    text = f"{HEAD}\n,Ana,Ruiz,Acme Inc,+14155550102,Buyer\n,Zoe,Zed,Zed,,\n"
    rows = written(tmp_path / "rows.csv", text + "no address,Ana,Ruiz,Acme Inc,+14155550102,\n")
    ana, bo = ("1P01" + letter * 32 for letter in "AB")
    existing = written(
        tmp_path / "existing.csv",
        f"Gsid,{HEAD}\n{ana},ana.ruiz@acme.com,Ana,Ruiz,Acme Inc,+14155550102,\n"
        f"{bo},bo@bolt.io,Bo,Berg,Bolt GmbH,,\n",
    )
    said = gsprep("run", rows, "--companies", companies, "--against", existing, "--sandbox")
    assert said.code == 1, said.err
    people = read_table(tmp_path / "out" / "people.csv")
    assert people["outcome"].tolist() == ["stored", "rejected", "rejected"]
    assert people["Gsid"][0] == ana
    rejects = read_table(tmp_path / "out" / "rejects.csv")
    assert rejects["codes"].tolist() == ["GSOBJ_VCUSTOM1012", "GSOBJ_VDTEMAIL1001"]


def test_a_rehearsal_holds_the_existing_people(
    gsprep: Callable[..., Said], rows: Path, companies: Path, tmp_path: Path
) -> None:
    ana, bo = ("1P01" + letter * 32 for letter in "AB")
    text = f"Gsid,Email,Last Name\n{ana},aruiz@gmail.com,Ruiz\n{bo},bo@bolt.io,Berg\n"
    existing = written(tmp_path / "existing.csv", text + ",none@x.io,Gone\n")
    said = gsprep("run", rows, "--companies", companies, "--against", existing, "--sandbox")
    assert said.code == 0, said.err
    people = read_table(tmp_path / "out" / "people.csv").set_index("FirstName")
    assert people["outcome"].tolist() == ["stored"] * 3
    assert people.loc[["Ana", "Bo"], "Gsid"].tolist() == [ana, bo]
    assert "1 line has no Gsid" in said.err


@pytest.mark.parametrize(
    "words", [("--against", "tenant", "--sandbox"), ("--against", "none.csv", "--dry-run")]
)
def test_existing_people_come_from_somewhere(
    gsprep: Callable[..., Said], rows: Path, companies: Path, words: tuple[str, ...]
) -> None:
    said = gsprep("run", rows, "--companies", companies, *words)
    assert said.code == 2


def test_existing_people_without_gsid_are_refused(
    gsprep: Callable[..., Said], rows: Path, companies: Path, tmp_path: Path
) -> None:
    existing = written(tmp_path / "existing.csv", "Email\nana@acme.com\n")
    said = gsprep("run", rows, "--companies", companies, "--against", existing, "--dry-run")
    assert said.code == 2
    assert f"{existing} needs the column Gsid" in said.err


def test_answers_about_pairs_that_are_none_are_named(
    gsprep: Callable[..., Said], rows: Path, companies: Path, tmp_path: Path
) -> None:
    existing = written(tmp_path / "existing.csv", f"Gsid,Email\n{'1P01' + 'A' * 32},a@acme.com\n")
    (tmp_path / "out").mkdir()
    answers = written(tmp_path / "out" / "pair_answers.csv", "Left,Right\n1,2\n")
    said = gsprep("run", rows, "--companies", companies, "--against", existing, "--dry-run")
    assert said.code == 2
    assert f"{answers.relative_to(tmp_path)} needs the columns left_id" in said.err
