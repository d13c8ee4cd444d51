"""Syncs of Census become definitions: what is there is taken over, what is not is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gsprep.errors import InputError
from gsprep.syncs.definition_file import read_definitions
from gsprep.syncs.new_definition import Places, census_syncs

if TYPE_CHECKING:
    from pathlib import Path

PLACES = Places("warehouse", "acme")


def column(name: str, to: str, **more: Any) -> dict[str, Any]:
    return {"from": {"type": "column", "data": name}, "to": to, **more}


KEY = column("email", "Email", is_primary_identifier=True)


def sync(*mappings: dict[str, Any], **changes: Any) -> dict[str, Any]:
    table = {"type": "table", "table_catalog": "prod", "table_schema": "app", "table_name": "users"}
    return {
        "id": 61,
        "label": "New Signups (EMEA)",
        "operation": "upsert",
        "source_attributes": {"connection_id": 4, "object": table},
        "destination_attributes": {"connection_id": 15, "object": "Person"},
        "mappings": list(mappings) or [KEY],
        **changes,
    }


def read(document: object, tmp_path: Path, places: Places = PLACES) -> tuple[Any, tuple[str, ...]]:
    """Return the definition as YAML has it, after it was read as a definition."""
    (found,) = census_syncs(json.loads(json.dumps(document)), places)
    path = tmp_path / "sync.yaml"
    path.write_text(yaml.safe_dump(found.definition, sort_keys=False), encoding="utf-8")
    read_definitions(path)
    return found.definition, found.notes


def test_a_sync_is_a_definition(tmp_path: Path) -> None:
    definition, notes = read({"status": "success", "data": sync()}, tmp_path)
    assert definition == {
        "sync": "new-signups-emea",
        "source": {"connection": "warehouse", "table": "app.users", "key": "email"},
        "destination": {
            "connection": "acme", "object": "Person", "key": ["Email"], "mode": "upsert",
        },
        "fields": {"Email": "email"},
    }  # fmt: skip
    assert notes == ()


@pytest.mark.parametrize(
    ("mapping", "rule"),
    [
        (column("first", "FirstName"), "first"),
        (
            column("first", "FirstName", preserve_values=True),
            {"from": "first", "write": "fill_only"},
        ),
        (column("plan", "P__gc", sync_null_values=True), {"from": "plan", "on_null": "clear"}),
        (column("plan", "P__gc", sync_null_values=False), "plan"),
        (
            column("csm", "C__gc", lookup_object="GsUser", lookup_field="Email"),
            {"from": "csm", "lookup": {"object": "GsUser", "by": "Email"}},
        ),
        (
            {"from": {"type": "constant_value", "data": {"value": "x", "basic_type": "text"}},
             "to": "S__gc"},
            {"value": "x"},
        ),
        ({"from": {"type": "constant_value", "data": {"value": 0}}, "to": "N__gc"}, {"value": 0}),
        ({"from": "first", "to": "FirstName"}, "first"),
    ],
)  # fmt: skip
def test_a_mapping_is_a_field(mapping: dict[str, Any], rule: Any, tmp_path: Path) -> None:
    definition, notes = read(sync(KEY, mapping), tmp_path)
    assert definition["fields"] == {"Email": "email", mapping["to"]: rule}
    assert notes == ()


@pytest.mark.parametrize("kind", ["liquid_template", "sync_metadata", "segment_membership", "hash"])
def test_what_gsprep_does_not_have_is_said(kind: str, tmp_path: Path) -> None:
    other = {"from": {"type": kind, "data": "x"}, "to": "Greeting__gc"}
    definition, (note,) = read(sync(KEY, other), tmp_path)
    assert "Greeting__gc" not in definition["fields"]
    assert note.startswith("Greeting__gc")
    assert kind in note


@pytest.mark.parametrize(
    ("changes", "schedule"),
    [
        ({"schedule_frequency": "never"}, None),
        ({"schedule_frequency": "hourly"}, {"every": "1h"}),
        ({"schedule_frequency": "quarter_hourly"}, {"every": "15m"}),
        (
            {"schedule_frequency": "daily", "schedule_hour": 10, "schedule_minute": 30},
            {"cron": "30 10 * * *", "timezone": "UTC"},
        ),
        (
            {"schedule_frequency": "expression", "cron_expression": "*/5 * * * *"},
            {"cron": "*/5 * * * *", "timezone": "UTC"},
        ),
        (
            {"mode": {"type": "triggered", "triggers": {
                "schedule": {"frequency": "weekly", "day": "Monday", "hour": 24, "minute": 5}}}},
            {"cron": "5 0 * * 1", "timezone": "UTC"},
        ),
    ],
)  # fmt: skip
def test_a_schedule_is_kept(changes: dict[str, Any], schedule: Any, tmp_path: Path) -> None:
    definition, notes = read(sync(**changes), tmp_path)
    assert definition.get("schedule") == schedule
    assert notes == ()


@pytest.mark.parametrize(
    ("name", "own", "keys"),
    [
        ("Company Person", "Company Name", ["Email", "Company_ID"]),
        ("company_person", "Company_Name", ["Email", "Company_ID"]),
        ("RelationshipPerson", "Relationship Name", ["Email", "Relationship_ID"]),
    ],
)
def test_an_association_is_found_by_names(
    name: str, own: str, keys: list[str], tmp_path: Path
) -> None:
    """The unique id that Census asks for names the row; companies are looked up by their name."""
    mappings = (
        column("link_id", "UniqueId", is_primary_identifier=True),
        column("mail", "Person Email"),
        column("account", own),
        column("title", "Title"),
    )
    given = {"destination_attributes": {"object": name}}
    definition, _ = read(sync(*mappings, **given), tmp_path)
    assert definition["source"]["key"] == "link_id"
    assert definition["destination"]["key"] == keys
    of = keys[1].removesuffix("_ID")
    assert definition["fields"] == {
        "Email": "mail",
        keys[1]: {"from": "account", "lookup": {"object": of, "by": "Name"}},
        "Title": "title",
    }


def test_models_cursors_and_mirrors(tmp_path: Path) -> None:
    model = {"type": "model", "id": 15, "name": "m", "query": "select 1 as email\n"}
    given = sync(
        source_attributes={"object": model},
        destination_attributes={"object": "plan__gc"},
        operation="mirror",
        high_water_mark_attribute="updated_at",
        paused=True,
    )
    definition, notes = read(given, tmp_path)
    assert definition["source"]["query"] == "select 1 as email"
    assert definition["source"]["cursor"] == {"column": "updated_at"}
    assert (definition["destination"]["mode"], definition["on_missing"]) == ("upsert", "delete")
    assert notes == ("the sync is paused in Census",)
    # Deleting people is nothing to take over silently.
    definition, notes = read(sync(operation="mirror"), tmp_path)
    assert "on_missing" not in definition
    assert "on_missing" in notes[0]


def test_a_source_without_a_table_takes_the_given_one(tmp_path: Path) -> None:
    given = sync(source_attributes={"object": {"type": "dataset", "id": 7}})
    with pytest.raises(InputError, match=r"dataset.*--with table="):
        census_syncs(given, PLACES)
    definition, _ = read(given, tmp_path, PLACES._replace(table="app.people"))
    assert definition["source"]["table"] == "app.people"


def test_a_list_of_syncs_is_a_list_of_definitions() -> None:
    reply = {"status": "success", "data": [sync(), sync(label=None)]}
    names = [one.definition["sync"] for one in census_syncs(reply, PLACES)]
    assert names == ["new-signups-emea", "census-61"]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "no sync of Census"),
        ([], "no sync of Census"),
        ("text", "no sync of Census"),
        ({"data": {"mappings": "x"}}, "no sync of Census"),
        (sync(column("first", "FirstName")), "is_primary_identifier"),
        (sync({"from": 5, "to": None}), "is_primary_identifier"),
        ({**sync(), "destination_attributes": None}, "has no object"),
        (sync(operation="delete"), "the operation delete"),
        (sync(operation=None), "of no name"),
    ],
    ids=str,
)
def test_what_is_no_sync_is_an_error_that_says_what_to_copy(document: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        census_syncs(document, PLACES)
