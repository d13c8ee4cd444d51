"""A run that was not finished goes on with its own options, and not with other files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import typer

from gsprep.cli.main import load
from gsprep.cli.record import Record, recorded
from gsprep.cli.tenant import Target
from gsprep.errors import InputError
from gsprep.ledger.ledger import Ledger
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.limits import UNLIMITED
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gsprep.sandbox.store import Store
    from tests.cli.conftest import Said

OTHER = "1P02" + "C" * 32


@pytest.fixture
def away(store: Store, no_waiting: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a tenant that is away for the first five calls that store people."""
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    faults = read_faults(
        [{"fault": "status", "status": 503, "route": "bulk_sync", "at": [1, 2, 3, 4, 5]}]
    )
    with serve(add_faults(make_app(store, limits=UNLIMITED), faults)) as server:
        yield server.url


@pytest.fixture
def unfinished(
    gsprep: Callable[..., Said],
    mixed: Path,
    companies: Path,
    away: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Said:
    """Return what a run said that could not be finished; its tenant is in the environment."""
    monkeypatch.setenv("GAINSIGHT_URL", away)
    said = gsprep("run", mixed, "--companies", companies, "--out", "done")
    assert said.code == 3
    return said


def run_of(home: Path) -> tuple[str, str]:
    """Return name and state of the newest run."""
    with Ledger(home) as ledger:
        newest = ledger.runs.all()[0]
    return newest.id, newest.state


def test_it_goes_on_with_its_own_options_to_its_own_tenant(
    gsprep: Callable[..., Said],
    unfinished: Said,
    store: Store,
    tmp_path: Path,
    gsprep_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "gsprep resume" in unfinished.err
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("GAINSIGHT_URL", "another")
    said = gsprep("resume")
    assert said.code == 1
    people = read_table(tmp_path / "done" / "people.csv")
    assert people["outcome"].tolist() == ["stored"] * 3 + ["rejected"]
    assert len(store.persons) == 3
    name, state = run_of(gsprep_home)
    assert state == "done"
    assert json.loads((tmp_path / "done" / "summary.json").read_text())["run"] == name
    again = gsprep("resume")
    assert (again.code, again.out) == (0, "")
    assert "nothing to resume" in again.err


def test_it_refuses_files_that_changed_and_stays_to_be_resumed(
    gsprep: Callable[..., Said], unfinished: Said, mixed: Path, store: Store, gsprep_home: Path
) -> None:
    before = mixed.read_text()
    mixed.write_text(before.replace("Ruiz", "Rivera"))
    said = gsprep("resume", run_of(gsprep_home)[0])
    assert said.code == 2
    assert f"PEOPLE ({mixed}) has changed" in said.err
    assert "Rivera" not in said.err
    assert store.persons == {}
    mixed.write_text(before)
    moved = mixed.rename(mixed.with_name("moved.csv"))
    said = gsprep("resume")
    assert (said.code, "run the same command with its new place" in said.err) == (2, True)
    moved.rename(mixed)
    assert gsprep("resume").code == 1
    assert len(store.persons) == 3


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param([], ["--json"], id="resume asks for it"),
        pytest.param(["--json"], [], id="the run asked for it"),
        pytest.param(["--json"], ["--json"], id="both"),
    ],
)
def test_a_continued_run_ends_with_one_document(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, away: str, first: list[str],
    then: list[str],
) -> None:  # fmt: skip
    """Of its failure, too: then it can be continued all the same."""
    given = ["--companies", companies, "--to", away, "--out", "done", *first]
    assert gsprep("run", mixed, *given).code == 3
    before = mixed.read_text()
    mixed.write_text(before.replace("Ruiz", "Rivera"))
    failed = gsprep("resume", *then)
    told = json.loads(failed.out)
    assert (told["schema"], told["exit"], failed.code) == ("gsprep.error/1", 2, 2)
    assert told["message"] in failed.err
    mixed.write_text(before)
    said = gsprep("resume", *then)
    assert (json.loads(said.out)["schema"], said.code) == ("gsprep.run/1", 1)


def test_nothing_to_resume_is_a_document(gsprep: Callable[..., Said]) -> None:
    said = gsprep("resume", "--json")
    assert json.loads(said.out) == {"schema": "gsprep.resume/1", "resumed": None}
    assert said.code == 0


def test_a_database_that_changed_is_named_without_its_password(gsprep_home: Path) -> None:
    address = "postgresql://ana:canary-word@db.acme.com/crm"
    with Ledger(gsprep_home) as ledger:
        run = ledger.runs.begin("run", {}, 1.0)
        Record(ledger, run).note_frame("people", address, pd.DataFrame({"Email": ["a@acme.com"]}))
        again = Record(ledger, ledger.runs.find(run.id), resumed=True)
        with pytest.raises(InputError, match=r"^PEOPLE \(postgresql://db\.acme\.com/crm\) has"):
            again.note_frame("people", address, pd.DataFrame({"Email": ["b@acme.com"]}))


def test_the_same_command_goes_on_as_well(
    gsprep: Callable[..., Said], unfinished: Said, mixed: Path, companies: Path, away: str,
    gsprep_home: Path,
) -> None:  # fmt: skip
    said = gsprep("run", mixed, "--companies", companies, "--to", away, "--out", "done")
    assert said.code == 1
    with Ledger(gsprep_home) as ledger:
        assert [run.state for run in ledger.runs.all()] == ["done", "given up"]


def test_it_decides_by_the_companies_it_had_seen(
    gsprep: Callable[..., Said], mixed: Path, away: str, store: Store, tmp_path: Path,
    gsprep_home: Path,
) -> None:  # fmt: skip
    """The tenant's companies may change before the quota of the next day."""
    assert gsprep("run", mixed, "--to", away, "--out", "done").code == 3
    before = read_table(tmp_path / "done" / "decisions.csv")
    store.add_companies([{"Gsid": OTHER, "Name": "Acme", "Domain": "acme.com"}])
    assert gsprep("resume").code == 1
    assert read_table(tmp_path / "done" / "decisions.csv").equals(before)
    assert list((gsprep_home / "runs").iterdir()) == []


def test_a_wrong_command_leaves_nothing_to_resume(
    gsprep: Callable[..., Said], people: Path, away: str, gsprep_home: Path
) -> None:
    companies = people.with_name("empty.csv")
    companies.write_text("", encoding="utf-8")
    said = gsprep("run", people, "--companies", companies, "--to", away)
    assert said.code == 2
    assert run_of(gsprep_home)[1] == "given up"
    assert "nothing to resume" in gsprep("resume").err


def test_an_interruption_before_anything_was_sent_says_how_to_go_on(
    gsprep_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ctx = typer.Context(load("run"), info_name="run")
    with pytest.raises(KeyboardInterrupt), recorded(ctx, Target(to="acme")):
        raise KeyboardInterrupt
    name, state = run_of(gsprep_home)
    assert state == "unfinished"
    assert f"run `gsprep resume` to continue ({name})" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["2026-01-01T00-00-00-abcd", "no such"])
def test_an_unknown_run_is_said(gsprep: Callable[..., Said], name: str) -> None:
    said = gsprep("resume", name)
    assert said.code == 2
    told = "there is no run of this name in the ledger"
    assert told in said.err
    assert "`gsprep resume` without a name continues the newest" in said.err
    forgotten = gsprep("purge", "--run", name)
    assert forgotten.code == 2
    assert told in forgotten.err
    assert "newest" not in forgotten.err


def test_a_password_is_never_written_down(
    gsprep: Callable[..., Said], companies: Path, away: str, gsprep_home: Path
) -> None:
    """The address cannot be read either way: the driver is not there."""
    address = "nosuch://ana:canary-word@db.acme.com/crm"
    gsprep("run", address, "--query", "SELECT 1", "--companies", companies, "--to", away)
    assert b"canary-word" not in (gsprep_home / "ledger.sqlite").read_bytes()
    with Ledger(gsprep_home) as ledger:
        run = ledger.runs.all()[0]
        ledger.database.rows("UPDATE run SET state = 'unfinished'")
    assert run.options["people"] == "nosuch://db.acme.com/crm"
    said = gsprep("resume")
    assert said.code == 2
    assert "Run the same command again" in said.err


def test_persons_and_runs_are_forgotten(
    gsprep: Callable[..., Said], unfinished: Said, gsprep_home: Path, tmp_path: Path
) -> None:
    assert gsprep("resume").code == 1
    said = gsprep("purge", "--email", "ANA@acme.com", "--json")
    told = json.loads(said.out)
    assert (told["schema"], told["records"]) == ("gsprep.purge/1", 1)
    assert "nobody" not in said.err
    assert str(tmp_path / "done") in told["beyond"]
    (tmp_path / "leavers.csv").write_text("Email\nbo@bolt.io\ncy@gmail.com\n")
    assert "2  records removed" in gsprep("purge", "--emails", "leavers.csv").out
    assert "1  runs removed" in gsprep("purge", "--run", run_of(gsprep_home)[0]).out
    assert gsprep("purge", "--older-than", "0d").code == 0


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--older-than", "soon"),
        ("--email", "a@acme.com", "--older-than", "3d"),
        ("--email", "ana"),
        ("--email", ""),
        ("--email", "ana@acme"),
    ],
)
def test_what_to_forget_is_said_once_and_well(
    gsprep: Callable[..., Said], options: tuple[str, ...]
) -> None:
    assert gsprep("purge", *options).code == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--email", "Who@acme.com"), "no one with this address is in the ledger"),
        (("--emails", "leavers.csv"), "no one with these addresses is in the ledger"),
    ],
)
def test_who_is_not_in_the_ledger_is_said(
    gsprep: Callable[..., Said], tmp_path: Path, options: tuple[str, str], says: str
) -> None:
    (tmp_path / "leavers.csv").write_text("Email\nwho@acme.com\n")
    said = gsprep("purge", *options)
    assert said.code == 0
    assert says in said.err


def test_a_rehearsal_for_a_tenant_knows_its_quota_and_its_people(
    gsprep: Callable[..., Said], unfinished: Said, mixed: Path, companies: Path, away: str
) -> None:
    assert gsprep("resume").code == 1
    options = ("--companies", companies, "--to", away, "--out", "dry", "--dry-run")
    said = gsprep("run", mixed, *options)
    assert "3 people were sent before with the same data" in said.err
    assert "jobs an hour" in said.err
