"""``gsprep sync init``: what is written is a definition that fits its file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gsprep.mapping.columns import ColumnMapping, MappedColumn
from gsprep.schemas.yaml_file import read_document
from gsprep.syncs.definition_file import read_definitions
from gsprep.syncs.new_definition import Beginning, definition_text, name_for
from gsprep.syncs.sources import Places, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

PEOPLE = """\
User ID,E-Mail,First Name,Company,Mystery
7,ana@acme.com,Ana,Acme,x
8,bo@bolt.io,Bo,Bolt,
"""


def init(gsprep: Callable[..., Said], *options: object) -> dict[str, Any]:
    said = gsprep("sync", "init", *options, "--json")
    assert said.code == 0, said.err
    document: dict[str, Any] = json.loads(said.out)
    return document


def test_a_definition_of_people(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "My People.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "answers.csv").write_text("kind,value,Company_ID,answer\n", encoding="utf-8")
    (tmp_path / "syncs").mkdir()
    told = init(
        gsprep, "My People.csv", "--to", "acme", "--answers", "answers.csv", "--hold", "review",
        "--out", "syncs/people.yaml",
    )  # fmt: skip
    assert (told["sync"], told["source_key"], told["unmapped"]) == (
        "my-people", "User ID", ["User ID", "Mystery"],
    )  # fmt: skip
    path = tmp_path / "syncs" / "people.yaml"
    (sync,) = read_definitions(path)
    assert (sync.destination.connection, sync.destination.object) == ("acme", "Person")
    assert {name: rule.column for name, rule in sync.fields.items()} == {
        "Email": "E-Mail", "FirstName": "First Name", "CompanyName": "Company",
    }  # fmt: skip
    assert sync.unify is not None
    assert (sync.unify.answers, sync.unify.hold) == ("../answers.csv", ("review",))
    assert "# not sent: FIELD: Mystery" in path.read_text(encoding="utf-8")
    reading = read_rows(sync.source, sync.columns, Places(folder=path.parent))
    assert reading.frame["row_id"].tolist() == ["7", "8"]


def test_a_definition_of_companies_by_a_mapping(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "c [1].csv").write_text("id,firm,size\n1,Acme,9\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text(
        "schema: gsprep.mapping/1\nobject: Company\ncolumns:\n"
        "- {header: id, field: Gsid}\n- {header: firm, field: Name}\n"
        "- {header: size, field: Employees}\n",
        encoding="utf-8",
    )
    told = init(gsprep, "c [1].csv", "--object", "Company", "--mapping", "m.yaml")
    (sync,) = read_definitions(tmp_path / "c-1.yaml")
    assert told["file"] == "c-1.yaml"
    assert (sync.unify, sync.destination.key, list(sync.fields)) == (
        None, ("Name",), ["Name", "Employees"],
    )  # fmt: skip
    assert len(read_rows(sync.source, sync.columns, Places(folder=tmp_path)).frame) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["sqlite:///people.db"], "gsprep connections add"),
        (["people.csv", "--id", "Nothing"], "no such column"),
        (["people.csv", "--id", "row_id"], "no such column"),
        (["people.csv", "--id", "Mystery"], "missing or repeated"),
        (["people.csv", "--key", "LastName"], "no column holds the key field LastName"),
        (["people.csv", "--object", "Company", "--key", "Name", "--hold", "review"], "are for"),
        (["people.csv", "--name", "Not A Name"], "lower-case"),
        (["people.csv", "--out", "there.yaml"], "already exists"),
        (["repeated.csv"], "no column identifies each row"),
    ],
)
def test_what_cannot_be_written(
    gsprep: Callable[..., Said], tmp_path: Path, options: list[str], sentence: str
) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "repeated.csv").write_text("Email,FirstName\na@x.com,A\na@x.com,A\n")
    (tmp_path / "there.yaml").write_text("mine", encoding="utf-8")
    before = {path.name for path in tmp_path.iterdir()}
    said = gsprep("sync", "init", *options)
    assert said.code == 2
    assert sentence in said.err
    assert {path.name for path in tmp_path.iterdir()} == before
    assert (tmp_path / "there.yaml").read_text(encoding="utf-8") == "mine"


_HEADERS = st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=4, unique=True)


@given(headers=_HEADERS, key=st.text(min_size=1))
def test_any_header_is_written_so_that_it_is_read_back(
    headers: list[str], key: str, tmp_path_factory: Any
) -> None:
    fields = ("Email", "FirstName", "LastName", None)
    columns = (MappedColumn(header, name) for header, name in zip(headers, fields, strict=False))
    begin = Beginning(name="people", source={"file": key}, object="Person", keys=["Email"])
    text = definition_text(begin, ColumnMapping("Person", tuple(columns)), key, "people.yaml")
    path = tmp_path_factory.mktemp("d") / "people.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    document = read_document(path, kind="sync definition")
    assert document["source"] == {"file": key, "key": key}
    assert document["fields"] == dict(zip(fields[:3], headers, strict=False))


@pytest.mark.parametrize(("text", "name"), [("People", "people"), ("---", ""), ("Ä b", "b")])
def test_names(text: str, name: str) -> None:
    assert name_for(text) == name


def test_a_row_id_of_the_file_identifies_its_rows(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    """As in a file that ``clean`` wrote."""
    (tmp_path / "people.csv").write_text("row_id,Email\nb,a@y.co\n", encoding="utf-8")
    assert init(gsprep, "people.csv", "--id", "row_id")["source_key"] == "row_id"


def test_usual_texts_of_a_template_are_written(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    said = gsprep("sync", "init", "staircase", "--with", "team=Team__gc")
    assert said.code == 2
    assert "needs gainsight, staircase:" in said.err
    texts = ("gainsight=acme", "staircase=ai", "team=Team__gc", "churned=Lost")
    options = [word for text in texts for word in ("--with", text)]
    assert gsprep("sync", "init", "staircase", *options).code == 0
    written = yaml.safe_load((tmp_path / "staircase.yaml").read_text(encoding="utf-8"))
    assert list(written["with"])[:3] == ["gainsight", "staircase", "team"]
    assert (written["with"]["churned"], written["with"]["prospect"]) == ("Lost", "Prospect")
    found = {sync.name: sync for sync in read_definitions(tmp_path / "staircase.yaml")}
    status = found["ai-accounts"].fields["status"]
    assert status.replacements == {"Lost": "Churned", "Prospect": "Prospect"}
    said = gsprep("sync", "check", "staircase.yaml", "--sandbox")
    assert said.code == 0, said.err
    assert gsprep("sync", "run", "staircase.yaml", "--sandbox").code == 0


def test_a_definition_from_a_template(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    said = gsprep("sync", "init", "census", "--with", "warehouse=wh")
    assert said.code == 2
    assert "needs companies, gainsight, people" in said.err
    more = ("gainsight=acme", "companies=app.accounts", "people=app.users", "warehouse=a: b")
    options = [word for text in more for word in ("--with", text)]
    wrong = gsprep("sync", "init", "census", *options)
    assert wrong.code == 2
    assert not (tmp_path / "census.yaml").exists()
    said = gsprep("sync", "init", "census", *options[:-1], "warehouse=wh")
    assert said.code == 0, said.err
    found = read_definitions(tmp_path / "census.yaml")
    assert [sync.name for sync in found] == ["acme-companies", "acme-people"]
    assert [sync.source.table for sync in found] == ["app.accounts", "app.users"]
    assert gsprep("sync", "init", "census", *options[:-1], "warehouse=wh").code == 2


CENSUS = {
    "status": "success",
    "data": {
        "label": "People",
        "operation": "upsert",
        "source_attributes": {"object": {"type": "table", "table_name": "users"}},
        "destination_attributes": {"object": "Person"},
        "mappings": [
            {
                "from": {"type": "column", "data": "mail"},
                "to": "Email",
                "is_primary_identifier": True,
            },
            {"from": {"type": "liquid_template", "data": "{{ x }}"}, "to": "Greeting__gc"},
        ],
    },
}


def test_a_sync_of_census_becomes_a_definition(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "sync.json").write_text(json.dumps(CENSUS), encoding="utf-8")
    lacking = gsprep("sync", "init", "census", "--from", "sync.json")
    assert lacking.code == 2
    assert "--connection" in lacking.err
    said = gsprep(
        "sync", "init", "census", "--from", "sync.json", "--connection", "wh", "--to", "acme"
    )
    assert said.code == 0, said.err
    assert "Greeting__gc" in said.err
    (sync,) = read_definitions(tmp_path / "people.yaml")
    assert (sync.source.table, sync.source.connection) == ("users", "wh")
    assert sync.destination.connection == "acme"
    again = gsprep(
        "sync", "init", "census", "--from", "sync.json", "--connection", "wh", "--to", "acme"
    )
    assert again.code == 2
    other = gsprep("sync", "init", "community", "--from", "sync.json", "--connection", "eu")
    assert other.code == 2


def test_the_template_of_communities_takes_names_from_connections(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    absent = gsprep("sync", "init", "community", "--connection", "albatross-us")
    assert absent.code == 2
    assert "gainsight" in absent.err
    said = gsprep("sync", "init", "community", "--connection", "albatross-us", "--to", "acme")
    assert said.code == 0, said.err
    assert "not saved yet" in said.err
    syncs = {sync.name: sync for sync in read_definitions(tmp_path / "community.yaml")}
    users = syncs["albatross-us-users"]
    assert users.destination.object == "Community_albatross_us_User__gc"
    assert (users.source.connection, users.destination.connection) == ("albatross-us", "acme")
    assert gsprep("sync", "init", "people.csv", "--connection", "x").code == 2
