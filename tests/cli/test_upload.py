"""``gsprep upload``: frames that are ready, sent as they stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

ACME = "1P02" + "A" * 32


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """Return associations: a good one, one of a rejected person, one of a stranger."""
    path = tmp_path / "linked.csv"
    rows = [f"{who},{ACME},CEO" for who in ("ana@acme.com", "no address", "who@acme.com")]
    path.write_text("\n".join(["Email,Company_ID,Title", *rows]) + "\n", encoding="utf-8")
    return path


def test_every_row_of_every_file_has_its_outcome(
    gsprep: Callable[..., Said],
    mixed: Path,
    linked: Path,
    address: str,
    store: Store,
    tmp_path: Path,
) -> None:
    said = gsprep("upload", mixed, "--company-persons", linked, "--to", address, "--json")
    assert said.code == 1
    told = json.loads(said.out)
    assert told["schema"] == "gsprep.upload/1"
    assert told["people"] == {
        "sent": 3, "stored": 3, "refused": 0, "unknown": 0, "unsent": 0, "rejected": 1,
    }  # fmt: skip
    people = read_table(tmp_path / "out" / "people.csv")
    assert people["outcome"].tolist() == ["stored", "stored", "stored", "rejected"]
    associations = read_table(tmp_path / "out" / "company_persons.csv")
    assert sorted(associations["outcome"]) == ["rejected", "rejected", "stored"]
    assert len(store.company_persons) == 1
    assert read_table(tmp_path / "out" / "relationship_persons.csv").empty


@pytest.mark.parametrize(
    ("tolerated", "code"),
    [pytest.param("25%", 0, id="one of four"), pytest.param("24%", 1, id="less than one of four")],
)
def test_some_wrong_rows_can_be_tolerated(
    gsprep: Callable[..., Said], mixed: Path, address: str, tolerated: str, code: int
) -> None:
    assert gsprep("upload", mixed, "--to", address, "--tolerate", tolerated).code == code


def test_a_tolerance_that_is_none_is_refused_before_anything_is_sent(
    gsprep: Callable[..., Said], mixed: Path, address: str, store: Store
) -> None:
    assert gsprep("upload", mixed, "--to", address, "--tolerate", "lots").code == 2
    assert store.persons == {}


def test_cells_are_sent_as_they_stand(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    """Mending is another command: an upload changes nothing on the way."""
    path = tmp_path / "as_is.csv"
    path.write_text("Email,Name\nAna@ACME.com,ana  RUIZ\n", encoding="utf-8")
    assert gsprep("upload", path, "--to", address).code == 0
    (person,) = store.persons.values()
    assert (person["Email"], person["Name"]) == ("Ana@ACME.com", "ana  RUIZ")


def test_rows_that_could_not_be_sent_are_no_clean_end(
    gsprep: Callable[..., Said], people: Path, address: str, store: Store, tmp_path: Path
) -> None:
    """A key of two columns, one of them empty in a row: that row stays, and exit 1 says so."""
    table = people.read_text().replace("CompanyName", "Location").replace("Nowhere Ltd", "")
    people.write_text(table, encoding="utf-8")
    said = gsprep("upload", people, "--to", address, "--key", "Email,Location")
    assert said.code == 1
    told = read_table(tmp_path / "out" / "people.csv")
    assert told["outcome"].tolist() == ["stored", "stored", "rejected"]
    assert told["error_code"].tolist()[2] == "GSOBJ_VCUSTOM1012"
    assert len(store.persons) == 2


def test_a_rehearsal_sends_nothing(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    said = gsprep("upload", people, "--dry-run")
    assert said.code == 0
    assert "3 unsent" in said.out
    assert set(read_table(tmp_path / "out" / "people.csv")["outcome"]) == {"unsent"}


def test_the_sandbox_takes_it_too(gsprep: Callable[..., Said], people: Path) -> None:
    said = gsprep("upload", people, "--sandbox")
    assert said.code == 0
    assert "3 stored" in said.out


def test_a_refused_key_is_exit_4_and_the_files_tell(
    gsprep: Callable[..., Said],
    people: Path,
    address: str,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "wrong-key")
    said = gsprep("upload", people, "--to", address)
    assert said.code == 4
    assert "stopped: the service refused the access key" in said.err
    assert store.persons == {}
    assert set(read_table(tmp_path / "out" / "people.csv")["outcome"]) == {"unsent"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--out", "people.csv"], "--out", id="out is a file"),
        pytest.param(["--key", ","], "key", id="an empty key"),
        pytest.param(["--key", "Shoe"], "Shoe", id="a key column nobody has"),
        pytest.param(["--company-persons", "none.csv"], "none.csv", id="no such file"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_sent(
    gsprep: Callable[..., Said],
    people: Path,
    address: str,
    store: Store,
    tmp_path: Path,
    options: list[str],
    says: str,
) -> None:
    said = gsprep("upload", people, "--to", address, *options)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert store.persons == {}
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]


@pytest.fixture
def at_once() -> Iterator[tuple[str, Store]]:
    """Give the address of a tenant whose jobs are over as soon as they are handed in."""
    with Store(pace=Pace(waits=0, least=0, rate=1e9)) as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme Inc"}])
        with serve(make_app(store)) as server:
            yield server.url, store


@pytest.mark.parametrize(
    ("command", "options"),
    [
        pytest.param("upload", ["--mode", "async"], id="as asked"),
        pytest.param("upload", ["--sync-per-day", "1", "--sync-per-minute", "1"], id="by quota"),
        pytest.param("run", ["--mode", "async", "--async-per-hour", "1"], id="a run"),
    ],
)
def test_people_go_as_a_job(
    gsprep: Callable[..., Said],
    many: Path,
    at_once: tuple[str, Store],
    no_waiting: list[float],
    companies: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    options: list[str],
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    url, store = at_once
    more = ["--companies", companies] if command == "run" else []
    said = gsprep(command, many, "--to", url, "--max-wait", "2000", "--json", *options, *more)
    assert said.code == 0
    assert json.loads(said.out)["mode"] == "async"
    assert len(store.persons) == 60
    assert no_waiting[0] <= 10


def test_a_job_that_never_ends_is_exit_3(
    gsprep: Callable[..., Said],
    people: Path,
    no_waiting: list[float],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    # The clock of the service does not run on with that of the command: it has no limits.
    never = Pace(waits=1e9)
    with Store(pace=never) as store, serve(make_app(store, limits=UNLIMITED)) as server:
        said = gsprep("upload", people, "--to", server.url, "--mode", "async")
    assert (said.code, sum(no_waiting)) == (3, 35 * 60)
    assert "not over after 35 minutes" in said.err
    assert set(read_table(tmp_path / "out" / "people.csv")["outcome"]) == {"unknown"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param([], "2 calls (sync)", id="auto"),
        pytest.param(["--mode", "async"], "1 job (async), ", id="async"),
        pytest.param(
            ["--sync-per-minute", "1", "--sync-per-day", "1"], "(async)", id="little quota"
        ),
    ],
)
def test_a_dry_run_says_what_sending_takes(
    gsprep: Callable[..., Said], many: Path, companies: Path, options: list[str], says: str
) -> None:
    for command in (["upload", many], ["run", many, "--companies", companies]):
        said = gsprep(*command, "--dry-run", *options)
        assert said.code == 0
        assert says in said.err


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Return a file of sixty people."""
    path = tmp_path / "many.csv"
    lines = ["Email", *(f"p{at}@nowhere.io" for at in range(60))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def prepared(
    gsprep: Callable[..., Said], mixed: Path, companies: Path, tmp_path: Path
) -> Callable[..., Path]:
    """Return a function that runs part by part and returns the folder of results."""

    def make(*more: object) -> Path:
        given = ("--companies", companies, "--dry-run", "--format", "parquet", "--workers", "1")
        gsprep("run", mixed, *given, "--out", tmp_path / "prepared", *more)
        return tmp_path / "prepared"

    return make


@pytest.mark.parametrize("more", [(), ("--whole",)], ids=["parts", "whole"])
def test_what_a_run_prepared_is_sent(
    gsprep: Callable[..., Said],
    mixed: Path,
    companies: Path,
    prepared: Callable[..., Path],
    address: str,
    store: Store,
    tmp_path: Path,
    more: tuple[str, ...],
) -> None:
    """The outcomes are those of a whole run; sent again, nothing goes twice."""
    run = ("upload", prepared(*more), "--format", "parquet", "--to", address, "--json")
    said = gsprep(*run, "--out", "sent")
    gsprep("run", mixed, "--companies", companies, "--sandbox", "--out", "whole")
    told = json.loads(said.out)
    assert (said.code, told["people"]["stored"], told["people"]["rejected"]) == (1, 3, 1)
    for name in ("people", "company_persons"):
        sent = pd.read_parquet(tmp_path / "sent" / name)
        whole = read_table(tmp_path / "whole" / f"{name}.csv")
        shown = ["row_id", "outcome", "error_code"]
        assert list(sent.columns) == [one for one in whole.columns if one in sent.columns]
        assert sent[shown].astype("str").equals(whole[shown].astype("str"))
        stored = sent[sent["outcome"] == "stored"]
        assert stored["Gsid"].notna().all()
    assert len(store.company_persons) == told["company_persons"]["stored"] > 0
    again = json.loads(gsprep(*run, "--out", "again").out)
    assert (again["people"], again["calls"]) == (told["people"], 0)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param(["--hold", "match,review,no_match"], "no one in", id="all held back"),
        pytest.param(["--max-rejected", "1%"], "no one in", id="too many rejected"),
    ],
)
def test_a_run_that_would_send_nothing_is_not_sent(
    more: list[str],
    told: str,
    gsprep: Callable[..., Said],
    prepared: Callable[..., Path],
    address: str,
) -> None:
    said = gsprep("upload", prepared(*more), "--format", "parquet", "--to", address)
    assert (said.code, told in said.err) == (2, True)


def test_another_folder_is_not_sent_part_by_part(
    gsprep: Callable[..., Said], mixed: Path, address: str
) -> None:
    said = gsprep("upload", mixed.parent, "--format", "parquet", "--to", address)
    assert said.code == 2
    assert "was not written by `gsprep run --dry-run --format parquet`" in said.err
