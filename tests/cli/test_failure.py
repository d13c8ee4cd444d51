"""Failures as documents, for pipelines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.cli import COMMANDS
from gsprep.cli.main import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

KEYS = ["schema", "exit", "kind", "message", "cure", "file", "line"]
DOCUMENTED = [
    name for name in COMMANDS if any("--json" in param.opts for param in load(name).params)
]


def told(said: Said) -> dict[str, object]:
    document = json.loads(said.out)
    assert list(document) == KEYS
    assert document["schema"] == "gsprep.error/1"
    assert document["exit"] == said.code
    assert said.err.endswith(f"gsprep: {document['message']}\n")
    return document  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_command_that_has_documents_fails_with_one(
    gsprep: Callable[..., Said], name: str
) -> None:
    document = told(gsprep(*name.split(), "--json", "--no-such-option"))
    assert (document["exit"], document["kind"]) == (2, "UsageError")


def test_an_error_in_a_file_names_the_file_and_the_line(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("Email,Name\na@acme.com,A\nb@acme.com,B,C,D\n")
    document = told(gsprep("check", "people.csv", "--json"))
    assert (document["kind"], document["file"], document["line"]) == ("TableError", "people.csv", 3)
    assert document["cure"]
    assert str(document["message"]).endswith(str(document["cure"]))


@pytest.mark.parametrize(
    ("words", "kind", "cure"),
    [
        pytest.param(["check", "gone.csv"], "TableError", True, id="no file"),
        pytest.param(["run", "people.csv", "--sandbox"], "InputError", True, id="an option"),
        pytest.param(["run", "people.csv"], "SettingsError", True, id="no tenant"),
        pytest.param(
            ["match", "people.csv", "--companies", "people.csv", "--rules", "rules.yaml"],
            "RulebookError",
            False,
            id="a rulebook",
        ),
    ],
)
def test_an_error_names_its_kind_and_what_to_do(
    gsprep: Callable[..., Said],
    people: Path,
    tmp_path: Path,
    words: list[str],
    kind: str,
    cure: bool,  # noqa: FBT001  a column of the table
) -> None:
    (tmp_path / "rules.yaml").write_text("rules: 7\n")
    document = told(gsprep(*words, "--json"))
    assert document["kind"] == kind
    assert (document["cure"] is not None) == cure


def test_an_error_of_our_own_quotes_nothing(
    gsprep: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(**_: object) -> None:
        raise ValueError("ana@acme.com")

    monkeypatch.setattr("gsprep.cli.guards.check_outputs", faulty)
    document = told(gsprep("demo", "--json"))
    assert (document["exit"], document["kind"]) == (70, "InternalError")
    assert "ana@" not in str(document)


def test_without_json_a_failure_prints_no_document(gsprep: Callable[..., Said]) -> None:
    assert gsprep("check", "gone.csv").out == ""
