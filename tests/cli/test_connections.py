"""``gsprep connections``: named systems, and secrets that no file of gsprep holds."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from gsprep import connections
from gsprep.connections import Connections, access_key, database_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

SECRET = "canary-5f2e"


class Keyring:
    """The three functions of the keyring, in memory."""

    def __init__(self) -> None:
        """Hold nothing."""
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        """Return a secret."""
        return self.held.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        """Store a secret."""
        self.held[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        """Remove a secret."""
        self.held.pop((service, name), None)


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """Keep the keyring of this machine out of the tests."""
    ring = Keyring()
    monkeypatch.setattr(connections, "keyring", ring)
    return ring


def listed(gsprep: Callable[..., Said], *options: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(
        gsprep("connections", "list", "--json", *options).out
    )["connections"]
    return entries


def add(gsprep: Callable[..., Said], name: str, *options: str) -> Said:
    return gsprep("connections", "add", name, *options)


def test_a_tenant_is_added_tested_revoked_and_used_again(
    gsprep: Callable[..., Said],
    address: str,
    gsprep_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACME_KEY", "right-key")
    tenant = ("--kind", "gainsight", "--to", address, "--secret-from", "env:ACME_KEY")
    assert add(gsprep, "acme", *tenant).code == 0
    assert gsprep("connections", "test", "acme").code == 0
    saved = gsprep_home / "connections.json"
    assert "right-key" not in saved.read_text(encoding="utf-8")
    assert os.name != "posix" or saved.stat().st_mode & 0o777 == 0o600
    assert gsprep("connections", "revoke", "acme", "--why", "the key leaked").code == 0
    refused = gsprep("connections", "test", "acme")
    assert refused.code == 4
    assert "the key leaked" in refused.err
    wrong = gsprep("connections", "reauthorize", "acme", "--secret-from", f"file:{saved}")
    assert wrong.code in (2, 4)
    assert gsprep("connections", "test", "acme").code == 4
    assert gsprep("connections", "reauthorize", "acme", "--secret-from", "env:ACME_KEY").code == 0
    assert gsprep("connections", "test", "acme").code == 0
    found = json.loads(gsprep("connections", "activities", "acme", "--json").out)["activities"]
    assert [(one["kind"], one["note"]) for one in found] == [
        ("update", "it was added"),
        ("update", "it was revoked"),
        ("update", "it was authorized again"),
    ]


def test_a_wrong_key_is_exit_4(
    gsprep: Callable[..., Said], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GSPREP_KEY_ACME", "wrong-key")
    assert add(gsprep, "acme", "--kind", "gainsight", "--to", address).code == 0
    said = gsprep("connections", "test", "acme")
    assert said.code == 4
    assert "wrong-key" not in said.err + said.out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--kind", "gainsight", "--to", "a b"), "no address has"),
        (("--kind", "ftp", "--to", "x"), "ftp"),
        (("--kind", "sql", "--to", "crm.db"), "postgresql+psycopg://"),
        (("--kind", "sql", "--to", f"postgresql://ana:{SECRET}@db/crm"), "password"),
        (("--kind", "sql", "--to", f"postgresql://db/crm?password={SECRET}"), "password"),
        (("--kind", "community", "--to", "albatross"), "host"),
        (("--kind", "gainsight", "--to", "acme"), "--no-secret"),
        (("--kind", "gainsight", "--to", "acme", "--secret-from", "env:NOT_SET"), "NOT_SET"),
        (("--kind", "gainsight", "--to", "acme", "--secret-from", SECRET), "env:VARIABLE"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    gsprep: Callable[..., Said], options: tuple[str, ...], says: str, gsprep_home: Path
) -> None:
    said = add(gsprep, "acme", *options)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert SECRET not in said.err
    assert listed(gsprep) == []


@pytest.mark.parametrize("name", ["Acme", "a b", "", "a" * 65, "-x"])
def test_a_wrong_name(gsprep: Callable[..., Said], name: str) -> None:
    assert gsprep("connections", "add", "--kind", "files", "--to", ".", "--", name).code == 2


def test_names_that_share_a_variable_or_a_name_are_refused(gsprep: Callable[..., Said]) -> None:
    files = ("--kind", "files", "--to", ".")
    assert add(gsprep, "a-b", *files).code == 0
    for name in ("a-b", "a_b"):
        said = add(gsprep, name, *files)
        assert said.code == 2
        assert "another name" in said.err


def test_one_crm_and_one_support_connection(gsprep: Callable[..., Said]) -> None:
    crm = ("--kind", "files", "--to", ".", "--role", "crm")
    assert add(gsprep, "one", *crm).code == 0
    assert "--allow-second" in add(gsprep, "two", *crm).err
    assert add(gsprep, "two", *crm, "--allow-second").code == 0
    assert add(gsprep, "help", "--kind", "files", "--to", ".", "--role", "support").code == 0
    assert gsprep("connections", "edit", "help", "--role", "crm").code == 2
    assert gsprep("connections", "edit", "help", "--role", "none").code == 0
    roles = {entry["name"]: entry["role"] for entry in listed(gsprep)}
    assert roles == {"one": "crm", "two": "crm", "help": None}


def test_the_list_is_searched_by_name_and_address(gsprep: Callable[..., Said]) -> None:
    add(gsprep, "acme", "--kind", "gainsight", "--to", "acme", "--no-secret")
    add(gsprep, "warehouse", "--kind", "sql", "--to", "sqlite:///crm.db", "--no-secret")
    assert [entry["name"] for entry in listed(gsprep, "--search", "CRM.DB")] == ["warehouse"]
    assert [entry["address"] for entry in listed(gsprep, "--search", "acme")] == [
        "https://acme.gainsightcloud.com"
    ]
    lines = gsprep("connections", "list").out.splitlines()
    assert lines[0] == "Gainsight:"
    assert "External:" in lines


@pytest.mark.parametrize("place", ["named", "variable", "file", "keyring"])
def test_a_secret_is_found_in_each_place(
    gsprep: Callable[..., Said],
    place: str,
    ring: Keyring,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    options = ["--kind", "gainsight", "--to", "acme"]
    (tmp_path / "key").write_text(f"{SECRET}\n", encoding="utf-8")
    if place == "named":
        options += ["--secret-from", f"file:{tmp_path / 'key'}"]
    elif place == "variable":
        monkeypatch.setenv("GSPREP_KEY_ACME_EU", SECRET)
    elif place == "file":
        monkeypatch.setenv("GSPREP_KEY_ACME_EU_FILE", str(tmp_path / "key"))
    else:
        options += ["--no-secret"]
        ring.set_password("gsprep", "acme-eu", SECRET)
    assert add(gsprep, "acme-eu", *options).code == 0
    assert access_key(Connections.from_environment().find("acme-eu")).reveal() == SECRET
    (entry,) = listed(gsprep)
    assert entry["secret"]
    assert SECRET not in str(entry)
    assert gsprep("connections", "remove", "acme-eu").code == 0
    assert ring.held == {}


def test_the_password_of_a_database_is_put_into_its_address(
    gsprep: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB", "p@ss/wörd")
    place = ("--kind", "sql", "--to", "postgresql://ana@db:5432/crm?sslmode=require")
    add(gsprep, "db", *place, "--secret-from", "env:DB")
    connection = Connections.from_environment().find("db")
    assert database_address(connection) == (
        "postgresql://ana:p%40ss%2Fw%C3%B6rd@db:5432/crm?sslmode=require"
    )
    assert "p@ss" not in repr(connection)


@pytest.mark.parametrize(("kind", "place"), [("sql", "sqlite:///none.db"), ("files", "none")])
def test_a_place_that_is_not_there(gsprep: Callable[..., Said], kind: str, place: str) -> None:
    add(gsprep, "it", "--kind", kind, "--to", place, "--no-secret")
    assert gsprep("connections", "test", "it").code == 2


def test_a_damaged_file_is_said(gsprep: Callable[..., Said], gsprep_home: Path) -> None:
    gsprep_home.mkdir(exist_ok=True)
    (gsprep_home / "connections.json").write_text('{"schema": "x"}', encoding="utf-8")
    said = gsprep("connections", "list")
    assert said.code == 2
    assert "connections.json" in said.err
