"""Files of definitions: templates, and what a sync feeds also."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gsprep.errors import DocumentError, InputError
from gsprep.shipped import shipped
from gsprep.syncs.definition_file import names_of_template, read_definitions
from gsprep.syncs.schedule import in_order

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT: dict[str, Any] = {
    "sync": "topics",
    "source": {"file": "topics.csv", "key": "id"},
    "destination": {"connection": "acme", "object": "Topic_eu__gc", "key": ["Id__gc"]},
    "fields": {"Id__gc": "id", "Title__gc": "title"},
    "filter": [{"column": "title", "is": "IS_NOT_NULL"}],
    "schedule": {"every": "1h"},
}
TEMPLATE = """\
syncs:
  - sync: "{tenant}-topics"
    source: {connection: "{community}", file: "{{x}}.csv", key: id}
    destination: {connection: acme, object: "Topic_{tenant}__gc", key: [Id__gc]}
    fields:
      Id__gc: id
      Tenant__gc: {value: "{tenant}"}
    schedule: {every: 1d}
"""


def written(folder: Path, document: Any, name: str = "own.yaml") -> Path:
    path = folder / name
    text = (
        document
        if isinstance(document, str)
        else yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False)
    )
    path.write_text(text, encoding="utf-8")
    return path


def test_the_same_rows_feed_another_object(tmp_path: Path) -> None:
    content = {
        "destination": {"object": "Community_Content__gc", "key": ["Tenant__gc", "Id__gc"]},
        "fields": {"Tenant__gc": {"value": "eu"}, "Title__gc": None, "Name": "title"},
    }
    own = {**content, "sync": "other", "on_missing": "delete"}
    document = {**DOCUMENT, "also": [content, own]}
    first, second, third = read_definitions(written(tmp_path, document))
    assert (first.name, second.name, third.name) == (
        "topics",
        "topics-community_content",
        "other",
    )
    assert list(second.fields) == ["Id__gc", "Tenant__gc", "Name"]
    assert second.source == first.source
    assert second.filter == first.filter
    assert second.destination.connection == "acme"
    assert (second.schedule.every, second.schedule.after) == (3600.0, ("topics",))
    assert (second.on_missing.action, third.on_missing.action) == ("keep", "delete")


def test_another_object_needs_its_own_key(tmp_path: Path) -> None:
    also = [{"destination": {"object": "Content__gc", "key": ["Nothing__gc"]}}]
    with pytest.raises(DocumentError, match=r"topics, also\.0: destination\.key: Nothing__gc"):
        read_definitions(written(tmp_path, {**DOCUMENT, "also": also}))
    same = [{"destination": DOCUMENT["destination"], "sync": "topics"}]
    with pytest.raises(InputError, match="two syncs with the name topics"):
        read_definitions(written(tmp_path, {**DOCUMENT, "also": same}))


def test_a_template_is_filled_and_changed(tmp_path: Path) -> None:
    written(tmp_path, TEMPLATE, "community.yaml")
    own = {"schedule": {"every": "2h"}, "fields": {"Title__gc": "title", "Tenant__gc": None}}
    document = {
        "use": "community.yaml",
        "with": {"tenant": "eu", "community": "albatross"},
        "syncs": {"eu-topics": own},
    }
    (sync,) = read_definitions(written(tmp_path, document))
    assert (sync.name, sync.destination.object) == ("eu-topics", "Topic_eu__gc")
    assert (sync.source.connection, sync.source.file) == ("albatross", "{x}.csv")
    assert list(sync.fields) == ["Id__gc", "Title__gc"]
    assert sync.schedule.every == 7200.0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"with": {"tenant": "eu"}}, "with.community: is missing"),
        ({"with": {"tenant": "eu", "community": "c", "x": "y"}}, "with.x: is used nowhere"),
        ({"syncs": {"us-topics": {}}}, "no such sync; it has eu-topics"),
        ({"use": "nothing"}, "nor a shipped template of that name .*census"),
        ({"other": 1}, "other: no such entry"),
        ({"syncs": {"eu-topics": {"schedule": {"every": "soon"}}}}, "schedule.every: a length of"),
        ({"syncs": {"eu-topics": {"schedule": {"every": "0m"}}}}, "every is longer than nothing"),
        ({"syncs": {"eu-topics": {"nothing": 1}}}, "nothing: no such entry"),
    ],
)
def test_a_wrong_use_of_a_template(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    written(tmp_path, TEMPLATE, "community.yaml")
    document = {"use": "community.yaml", "with": {"tenant": "eu", "community": "c"}, **changes}
    with pytest.raises(DocumentError, match=told):
        read_definitions(written(tmp_path, document))


def test_a_mistake_in_a_template_has_its_line(tmp_path: Path) -> None:
    written(tmp_path, TEMPLATE.replace("every: 1d", "every: soon"), "community.yaml")
    document = {"use": "community.yaml", "with": {"tenant": "eu", "community": "c"}}
    with pytest.raises(DocumentError, match=r"community\.yaml\).*\n?.*line 8"):
        read_definitions(written(tmp_path, document))


@pytest.mark.parametrize(
    "path", sorted(shipped("rules", "syncs").glob("*.yaml")), ids=lambda p: p.stem
)
def test_shipped_templates_are_definitions(path: Path, tmp_path: Path) -> None:
    """Each fits together whatever the names are, and runs in an order."""
    names = names_of_template(path.stem) or []
    document = {"use": path.stem, "with": {name: f"my_{name}" for name in names}}
    syncs = read_definitions(written(tmp_path, document))
    assert len(in_order(syncs)) == len(syncs)
    there = {sync.name for sync in syncs}
    assert {name for sync in syncs for name in sync.schedule.after} <= there


def test_the_template_of_census_sends_companies_before_people(tmp_path: Path) -> None:
    names = ("companies", "gainsight", "people", "warehouse")
    document = {"use": "census", "with": {name: f"my_{name}" for name in names}}
    companies, people = read_definitions(written(tmp_path, document))
    assert people.schedule.after == (companies.name,)
    assert (companies.destination.object, people.destination.object) == ("Company", "Person")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"key": "id"}, "name a connection or a file"),
        ({"key": "id", "connection": "a"}, "needs one of query, table, object and file"),
        ({"key": "id", "connection": "a", "file": "x", "table": "y"}, "needs one of"),
        ({"key": "id", "file": "x", "table": "y"}, "a file has no table"),
        ({"key": "id", "connection": "a", "table": "x", "sheet": "y"}, "only a file has a sheet"),
    ],
)
def test_a_source_is_one_place(tmp_path: Path, source: dict[str, Any], told: str) -> None:
    with pytest.raises(DocumentError, match=f"line 2, source: .*{told}"):
        read_definitions(written(tmp_path, {**DOCUMENT, "source": source}))
