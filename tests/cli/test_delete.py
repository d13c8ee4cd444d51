"""``gsprep delete``: nobody goes before somebody said so, and every row has its outcome."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.store import Store
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

ACME, BOLT = ("1P02" + letter * 32 for letter in "AB")
NOBODY = "1P04" + "Z" * 32


class Terminal(io.StringIO):
    """A keyboard at which somebody typed already."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


@pytest.fixture
def store() -> Iterator[Store]:
    """Return a tenant of three people, two of them with associations, whose jobs take no time."""
    with Store(pace=Pace(waits=0, least=0, rate=1e9)) as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme"}, {"Gsid": BOLT, "Name": "Bolt"}])
        both = [{"Company_ID": ACME}, {"Company_ID": BOLT}]
        store.upsert_people(
            [
                {"Email": "ana@acme.com", "companies": both},
                {"Email": "bo@bolt.io", "companies": both[1:]},
                {"Email": "cy@gmail.com"},
            ]
        )
        yield store


@pytest.fixture
def leavers(tmp_path: Path, store: Store) -> Path:
    """Return a file: by e-mail, twice; by Gsid; nobody; no key; no GSID."""
    path = tmp_path / "leavers.csv"
    gsid = store.persons["bo@bolt.io"]["Gsid"]
    rows = ["ana@acme.com,,", "ANA@acme.com,,", f",{gsid},", "who@x.com,,", ",,left", ",bad,"]
    path.write_text("\n".join(["Email,Gsid,Note", *rows]) + "\n", encoding="utf-8")
    return path


OUTCOMES = ["deleted", "deleted", "deleted", "absent", "rejected", "rejected"]


def test_the_people_of_a_file_are_deleted(
    gsprep: Callable[..., Said],
    leavers: Path,
    address: str,
    store: Store,
    no_waiting: list[float],
    tmp_path: Path,
) -> None:
    said = gsprep("delete", leavers, "--to", address, "--yes", "--json")
    assert said.code == 1
    assert "2 people in http://127.0.0.1" in said.err
    assert "3 company and 0 relationship associations" in said.err
    assert json.loads(said.out) == {
        "schema": "gsprep.delete/1", "rows": 6, "deleted": 3, "absent": 1, "rejected": 2,
    }  # fmt: skip
    told = read_table(tmp_path / "deleted.csv")
    assert told["outcome"].tolist() == OUTCOMES
    assert told["Gsid"].notna().tolist() == [True, True, True, False, False, True]
    assert set(store.persons) == {"cy@gmail.com"}
    assert store.company_persons == []
    assert not [word for word in ("ana@", "bo@", "who@") if word in said.err + said.out]


@pytest.mark.parametrize(
    ("options", "typed", "says"),
    [
        pytest.param([], "", "there is no terminal to ask", id="no terminal"),
        pytest.param([], "n\n", "nothing was deleted", id="no"),
        pytest.param(["--dry-run"], "", "to be deleted", id="a rehearsal"),
    ],
)
def test_nobody_is_deleted_unasked(
    gsprep: Callable[..., Said],
    leavers: Path,
    address: str,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    options: list[str],
    typed: str,
    says: str,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed) if typed else io.StringIO())
    said = gsprep("delete", leavers, "--to", address, *options)
    assert says in said.err
    assert len(store.persons) == 3
    if options:
        assert read_table(tmp_path / "deleted.csv")["outcome"].tolist()[:3] == ["unsent"] * 3
    else:
        assert said.code == 2
        assert not (tmp_path / "deleted.csv").exists()


def test_yes_is_an_answer(
    gsprep: Callable[..., Said],
    address: str,
    store: Store,
    no_waiting: list[float],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A list of addresses alone will do; its usual headers are understood."""
    path = tmp_path / "one.csv"
    path.write_text("E-mail Address\ncy@gmail.com\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    said = gsprep("delete", path, "--to", address)
    assert (said.code, said.out.splitlines()[0]) == (0, f"{1:>8}  deleted")
    assert f"1 person in {address} is to be deleted" in said.err
    assert "cy@gmail.com" not in store.persons


@pytest.mark.parametrize(
    ("email", "code", "outcome"),
    [
        pytest.param("who@x.com", 0, "absent", id="unknown to the tenant"),
        pytest.param("", 1, "rejected", id="no key"),
    ],
)
def test_with_nobody_found_nothing_is_asked(
    gsprep: Callable[..., Said],
    address: str,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    email: str,
    code: int,
    outcome: str,
) -> None:
    (tmp_path / "who.csv").write_text(f"Email,Shoe\n{email},x\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    said = gsprep("delete", "who.csv", "--to", address)
    assert said.code == code
    assert said.err == f"{address} has no person of the file, so no one is deleted\n"
    assert read_table(tmp_path / "deleted.csv")["outcome"].tolist() == [outcome]
    assert len(store.persons) == 3


def test_who_is_not_there_is_not_deleted_twice(
    gsprep: Callable[..., Said], address: str, store: Store, no_waiting: list[float], tmp_path: Path
) -> None:
    """A Gsid nobody has: what the service does not count is looked up, and is gone."""
    path = tmp_path / "gone.csv"
    gsid = store.persons["cy@gmail.com"]["Gsid"]
    path.write_text(f"Gsid\n{gsid}\n{NOBODY}\n", encoding="utf-8")
    assert gsprep("delete", path, "--to", address, "--yes").code == 0
    assert read_table(tmp_path / "deleted.csv")["outcome"].tolist() == ["deleted", "deleted"]


@pytest.mark.parametrize(
    ("table", "options", "says"),
    [
        pytest.param(
            "Name\nAna\n", [], "needs the column Gsid or Email. It has row_id, Name", id="no key"
        ),
        pytest.param(
            "Email\na@x.com\n", ["--out", "x.pdf"], "ending is not supported", id="an ending"
        ),
        pytest.param(
            "Email\na@x.com\n",
            ["--out", "it.csv"],
            "input it.csv. Choose another place",
            id="input",
        ),
    ],
)
def test_a_wrong_file_or_option_deletes_nobody(
    gsprep: Callable[..., Said],
    address: str,
    store: Store,
    tmp_path: Path,
    table: str,
    options: list[str],
    says: str,
) -> None:
    (tmp_path / "it.csv").write_text(table, encoding="utf-8")
    said = gsprep("delete", "it.csv", "--to", address, "--yes", *options)
    assert said.code == 2
    assert says in said.err
    assert len(store.persons) == 3


@pytest.mark.parametrize(
    ("fault", "code", "outcome"),
    [
        pytest.param({"fault": "status", "status": 503}, 3, "unknown", id="the service away"),
        pytest.param({"fault": "status", "status": 401}, 4, "unsent", id="the key revoked"),
        pytest.param({"fault": "stuck"}, 3, "unknown", id="a deletion that never ends"),
    ],
)
def test_a_trouble_is_told_and_every_row_has_its_outcome(
    gsprep: Callable[..., Said],
    store: Store,
    no_waiting: list[float],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fault: dict[str, Any],
    code: int,
    outcome: str,
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    (tmp_path / "cy.csv").write_text("Email\ncy@gmail.com\n", encoding="utf-8")
    app = add_faults(make_app(store), read_faults([{"route": "delete", **fault}]))
    with serve(app) as server:
        said = gsprep("delete", "cy.csv", "--to", server.url, "--yes")
    assert said.code == code
    assert "stopped: " in said.err
    assert read_table(tmp_path / "deleted.csv")["outcome"].tolist() == [outcome]
    assert "cy@gmail.com" in store.persons


def test_too_many_to_look_up_are_unknown_and_not_finished(
    gsprep: Callable[..., Said], address: str, no_waiting: list[float], tmp_path: Path
) -> None:
    """The service counts fewer than were sent, and more than a minute of calls would tell whom."""
    gsids = [f"1P04{at:032d}" for at in range(101)]
    (tmp_path / "many.csv").write_text("\n".join(["Gsid", *gsids]) + "\n", encoding="utf-8")
    said = gsprep("delete", "many.csv", "--to", address, "--yes")
    assert said.code == 3
    assert "with 0 company and 0 relationship associations (counted for 0 of them)" in said.err
    assert set(read_table(tmp_path / "deleted.csv")["outcome"]) == {"unknown"}


def test_a_refused_key_is_exit_4(
    gsprep: Callable[..., Said], leavers: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "wrong-key")
    assert gsprep("delete", leavers, "--to", address, "--yes").code == 4


def test_outcomes_that_cannot_be_written_end_with_3_and_say_how_to_get_them(
    gsprep: Callable[..., Said],
    store: Store,
    no_waiting: list[float],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A folder takes the name of the file after the people were deleted."""
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    (tmp_path / "cy.csv").write_text("Email\ncy@gmail.com\n", encoding="utf-8")
    app = make_app(store)
    service = app.wsgi_app

    def called(environ: Any, start: Any) -> Any:
        if environ["REQUEST_METHOD"] == "DELETE":
            (tmp_path / "deleted.csv").mkdir()
        return service(environ, start)

    app.wsgi_app = called  # type: ignore[method-assign]  # as Flask says it is done
    with serve(app) as server:
        said = gsprep("delete", "cy.csv", "--to", server.url, "--yes")
        (tmp_path / "deleted.csv").rmdir()
        assert said.code == 3
        assert said.out == f"{1:>8}  deleted\n"
        assert "Run the same command again" in said.err
        assert gsprep("delete", "cy.csv", "--to", server.url, "--yes").code == 0
    assert read_table(tmp_path / "deleted.csv")["outcome"].tolist() == ["absent"]
