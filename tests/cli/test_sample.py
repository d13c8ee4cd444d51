"""The sample, laid where a person can look at it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gsprep.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said


def test_the_sample_is_laid_into_a_folder_and_nothing_else_is_done(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    said = gsprep("demo", "--sample", "mine")
    assert said.code == 0
    laid = sorted(path.name for path in (tmp_path / "mine").iterdir())
    assert laid == ["companies.csv", "people.csv", "truth.csv"]
    own = shipped("samples", "people.csv").read_bytes()
    assert (tmp_path / "mine" / "people.csv").read_bytes() == own
    assert not (tmp_path / "out").exists()


def test_the_files_of_the_sample_are_told_as_a_document(gsprep: Callable[..., Said]) -> None:
    said = gsprep("demo", "--sample", "mine", "--json")
    assert json.loads(said.out) == {
        "schema": "gsprep.sample/1",
        "files": [f"mine/{name}.csv" for name in ("people", "companies", "truth")],
    }


def test_nobodys_file_is_replaced(gsprep: Callable[..., Said], people: Path) -> None:
    before = people.read_bytes()
    said = gsprep("demo", "--sample", ".")
    assert (said.code, said.out) == (2, "")
    assert "people.csv" in said.err
    assert people.read_bytes() == before
    assert not people.with_name("companies.csv").exists()
