"""``--describe``: from a file, from a tenant, and all that can be wrong with it."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

TENANT = Tenant(
    fields={
        "person": (
            Field("Size__gc", "PICKLIST", options=("Small", "Large")),
            Field("Rank__gc", "NUMBER", writable=False),
        ),
        "project__gc": (Field("Name", length=20), Field("Live__gc", "BOOLEAN")),
    }
)
PEOPLE = "Email,Name,Size__gc,Rank__gc\nana@acme.com,Ana,Small,1\nbo@acme.com,Bo,Huge,1\n"
PROJECTS = "Name,Live__gc\nabc,yes\nabcd,true\n"
NAMES = {"fieldName": "Name", "dataType": "STRING", "length": 3}
LIVE = {"fieldName": "Live__gc", "dataType": "BOOLEAN"}
PROJECT = {"objectName": "Project__gc", "fields": [NAMES, LIVE]}
OTHER = {"objectName": "Other__gc", "fields": [NAMES]}


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(tenant=TENANT) as store:
        yield store


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with people, projects and descriptions."""
    texts = {
        "p.csv": PEOPLE,
        "projects.csv": PROJECTS,
        "companies.csv": f"Gsid,Name\n1P02{'A' * 32},Acme\n",
        "one.json": json.dumps({"data": [PROJECT]}),
        "two.json": json.dumps([PROJECT, OTHER]),
        "list.json": '{"data": 7}',
        "broken.json": "{",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def findings(said: Said) -> dict[str, str]:
    return {line["column"]: line["code"] for line in json.loads(said.out)["findings"]}


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        pytest.param(
            ["p.csv", "--describe", "Person"], 1,
            {"Size__gc": "GSOBJ_VDTPKLST1002", "Rank__gc": "GSPREP_ACCESS"}, id="person",
        ),
        pytest.param(
            ["projects.csv", "--describe", "Project__gc"], 1, {"Live__gc": "GSOBJ_1008"},
            id="an object of the tenant's own",
        ),
    ],
)  # fmt: skip
def test_check_asks_the_tenant(
    gsprep: Callable[..., Said],
    files: Path,
    address: str,
    arguments: list[str],
    code: int,
    expected: dict[str, str],
) -> None:
    said = gsprep("check", *arguments, "--to", address, "--json")
    assert (said.code, findings(said)) == (code, expected)


def test_the_tenant_of_the_environment_is_asked(
    gsprep: Callable[..., Said], files: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAINSIGHT_URL", address)
    said = gsprep("check", "p.csv", "--describe", "person", "--json")
    assert findings(said)["Size__gc"] == "GSOBJ_VDTPKLST1002"


def test_clean_mends_an_object_of_the_tenants_own(
    gsprep: Callable[..., Said], files: Path, address: str
) -> None:
    said = gsprep(
        "clean", "projects.csv", "--describe", "Project__gc", "--to", address, "--out", "c.csv"
    )
    assert said.code == 0
    assert read_table(files / "c.csv")["Live__gc"].tolist() == ["true", "true"]
    assert gsprep("check", "c.csv", "--describe", "Project__gc", "--to", address).code == 0


def test_a_stand_in_can_be_asked(gsprep: Callable[..., Said], files: Path) -> None:
    said = gsprep("check", "p.csv", "--describe", "Person", "--sandbox", "--json")
    assert said.code == 0
    assert findings(said) == {"Size__gc": "GSOBJ_VCRUDR1002", "Rank__gc": "GSOBJ_VCRUDR1002"}


def test_map_guesses_the_fields_of_the_tenant(
    gsprep: Callable[..., Said], files: Path, address: str
) -> None:
    said = gsprep("map", "projects.csv", "--describe", "Project__gc", "--to", address, "--json")
    columns = json.loads(said.out)["columns"]
    assert [column["field"] for column in columns] == ["Name", "Live__gc"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param(["--describe", "one.json"], 1, id="one object"),
        pytest.param(["--describe", "two.json", "--name", "Project__gc"], 1, id="one of two"),
    ],
)
def test_a_file_will_do(
    gsprep: Callable[..., Said], files: Path, options: list[str], code: int
) -> None:
    said = gsprep("check", "projects.csv", *options, "--json")
    assert (said.code, set(findings(said))) == (code, {"Name", "Live__gc"})


def test_a_file_goes_before_the_tenant_and_that_is_said(
    gsprep: Callable[..., Said], files: Path
) -> None:
    said = gsprep("check", "projects.csv", "--describe", "one.json", "--sandbox")
    assert said.code == 1
    assert "one.json is a file, so no tenant is asked" in said.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--describe", "two.json"], "--name", id="several objects"),
        pytest.param(["--describe", "two.json", "--name", "Third"], "Third", id="no such one"),
        pytest.param(["--describe", "list.json"], "no object with fields", id="another shape"),
        pytest.param(["--describe", "broken.json"], "broken.json is not JSON", id="no JSON"),
        pytest.param(
            ["--describe", "none.json"], "is neither a file nor an API name", id="no file"
        ),
        pytest.param(["--describe", "Person"], "GAINSIGHT_URL", id="no tenant"),
        pytest.param(["--describe", "Person", "--to", "acme"], "ACCESS_KEY", id="no key"),
        pytest.param(["--describe", "Nope", "--sandbox"], "no object Nope", id="no such object"),
        pytest.param(["--describe", "A,B", "--sandbox"], "no object A", id="several, none there"),
        pytest.param(
            ["--describe", "", "--sandbox"], "is neither a file nor an API name", id="nothing named"
        ),
        pytest.param(["--sandbox"], "--describe", id="a tenant and no description"),
        pytest.param(["--name", "Person"], "--describe", id="a name and no description"),
        pytest.param(
            ["--describe", "Person", "--to", "acme", "--sandbox"], "exclude", id="both tenants"
        ),
    ],
)
@pytest.mark.parametrize("command", ["check", "clean", "map"])
def test_a_wrong_option_is_exit_2(
    gsprep: Callable[..., Said], files: Path, command: str, options: list[str], says: str
) -> None:
    before = set(files.iterdir())
    said = gsprep(command, "p.csv", *options)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert set(files.iterdir()) == before


def test_a_refused_key_is_exit_4(
    gsprep: Callable[..., Said], files: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "wrong-key")
    said = gsprep("check", "p.csv", "--describe", "Person", "--to", address)
    assert (said.code, said.out) == (4, "")
    assert "refused the access key" in said.err
    assert "wrong-key" not in said.err


def test_a_tenant_that_is_away_is_exit_3(
    gsprep: Callable[..., Said],
    files: Path,
    no_waiting: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "key")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        said = gsprep("check", "p.csv", "--describe", "Person", "--to", address)
    assert (said.code, said.out) == (3, "")
    assert len(no_waiting) == 4


def told(path: Path) -> dict[str, tuple[Any, ...]]:
    rows = read_table(path).set_index("Email")
    return {
        email: (row["outcome"], row["error_code"] if row["outcome"] == "rejected" else None)
        for email, row in rows.iterrows()
    }


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["run", "p.csv", "--companies", "companies.csv"], id="run"),
        pytest.param(["upload", "p.csv"], id="upload"),
    ],
)
@pytest.mark.parametrize("from_file", [True, False])
def test_people_are_checked_by_the_tenants_own_fields(
    gsprep: Callable[..., Said],
    files: Path,
    address: str,
    store: Store,
    command: list[str],
    *,
    from_file: bool,
) -> None:
    """A value that is not in the list stays; a field that is not written is not sent."""
    if from_file:
        saved = json.dumps({"data": store.describe("person", lists=True)})
        (files / "person.json").write_text(saved, encoding="utf-8")
    source = "person.json" if from_file else "Person"
    said = gsprep(*command, "--describe", source, "--to", address)
    assert said.code == 1
    assert told(files / "out" / "people.csv") == {
        "ana@acme.com": ("stored", None),
        "bo@acme.com": ("rejected", "GSOBJ_VDTPKLST1002"),
    }
    (person,) = store.persons.values()
    assert person["Size__gc"] == "Small"
    assert "Rank__gc" not in person
    assert "Rank__gc" in read_table(files / "out" / "people.csv").columns


def test_a_rehearsal_asks_the_tenant_and_sends_nothing(
    gsprep: Callable[..., Said], files: Path, address: str, store: Store
) -> None:
    options = ["--describe", "Person,company_person", "--to", address, "--dry-run"]
    said = gsprep("run", "p.csv", "--companies", "companies.csv", *options)
    assert said.code == 1
    assert "read-only or not always written in this tenant: Rank__gc" in said.err
    assert "Person has no such field" not in said.err
    assert store.persons == {}


@pytest.mark.parametrize("command", ["run", "upload"])
@pytest.mark.parametrize(
    ("described", "says"),
    [
        pytest.param("one.json", "neither Person nor its associations", id="another object"),
        pytest.param("Project__gc", "project__gc", id="another object of the tenant"),
        pytest.param("Nope", "no object Nope", id="no such object"),
        pytest.param("broken.json", "is not JSON", id="no JSON"),
        pytest.param("none.json", "is neither a file nor an API name", id="no file"),
    ],
)
def test_nothing_is_sent_when_the_description_is_wrong(
    gsprep: Callable[..., Said],
    files: Path,
    address: str,
    store: Store,
    command: str,
    described: str,
    says: str,
) -> None:
    said = gsprep(command, "p.csv", "--describe", described, "--to", address)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert store.persons == {}
    assert not (files / "out").exists()


def test_a_tenant_without_the_call_is_exit_2(
    gsprep: Callable[..., Said], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another web server answers with a page: the address is wrong."""
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "key")
    with Store() as store:
        app = make_app(store)
        page = "<html>nothing here</html>"
        app.before_request_funcs[None] = [lambda: (page, 404, {"Content-Type": "text/html"})]
        with serve(app) as server:
            said = gsprep("check", "p.csv", "--describe", "Person", "--to", server.url)
    assert (said.code, said.out) == (2, "")
    assert "check the address of the tenant" in said.err
