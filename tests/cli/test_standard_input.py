"""Tables that are piped into a command."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from workbook_files import write_ods, write_xls

from gsprep.errors import TableError
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.limits import UNLIMITED
from gsprep.tables.read import read_table
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gsprep.sandbox.store import Store
    from tests.cli.conftest import Said


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Return what puts bytes on standard input."""
    return lambda data: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "ods", "xls", "parquet", "jsonl"])
def test_each_kind_of_table_can_be_piped(
    pipe: Callable[[bytes], None], mixed: Path, tmp_path: Path, ending: str
) -> None:
    people = read_table(mixed)
    rows = [list(people.columns), *people.astype(object).where(people.notna(), None).to_numpy()]
    path = tmp_path / f"piped.{ending}"
    if ending in {"ods", "xls"}:
        (write_ods if ending == "ods" else write_xls)(path, {"People": rows})
    else:
        write_table(people, path)
    pipe(path.read_bytes())
    pd.testing.assert_frame_equal(read_table("-"), people)


def test_a_command_reads_what_is_piped(
    gsprep: Callable[..., Said], pipe: Callable[[bytes], None], mixed: Path
) -> None:
    by_name = gsprep("check", mixed)
    pipe(mixed.read_bytes())
    piped = gsprep("check", "-")
    assert (piped.code, piped.out) == (by_name.code, by_name.out)


def test_a_mapping_is_made_of_what_is_piped(
    gsprep: Callable[..., Said], pipe: Callable[[bytes], None], tmp_path: Path
) -> None:
    pipe(b'{"E-Mail": "a@x.co"}\n')
    said = gsprep("map", "-", "--out", tmp_path / "mapping.yaml")
    assert (said.code, "Email" in said.out) == (0, True)
    pipe(b'{"E-Mail": "a@x.co"}\n')
    assert gsprep("clean", "-", "--mapping", tmp_path / "mapping.yaml").code == 0


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_without_a_pipe_there_is_an_error_and_no_waiting(
    stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", stream)
    with pytest.raises(TableError, match="standard input: it is empty, or was already read"):
        read_table("-")


def test_only_one_input_can_be_piped(
    gsprep: Callable[..., Said], pipe: Callable[[bytes], None], mixed: Path
) -> None:
    pipe(mixed.read_bytes())
    said = gsprep("check", "-", "--persons", "-", "--object", "CompanyPerson")
    assert said.code == 2
    assert "already read" in said.err


def test_companies_of_a_run_cannot_be_piped(
    gsprep: Callable[..., Said], pipe: Callable[[bytes], None], mixed: Path, address: str
) -> None:
    pipe(b"Gsid,Name\n")
    said = gsprep("run", mixed, "--companies", "-", "--to", address)
    assert said.code == 2
    assert "--companies: only the people can come from standard input" in said.err


def test_a_run_goes_on_with_the_same_people_and_no_others(
    gsprep: Callable[..., Said], pipe: Callable[[bytes], None], mixed: Path, companies: Path,
    store: Store, no_waiting: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    faults = read_faults(
        [{"fault": "status", "status": 503, "route": "bulk_sync", "at": [1, 2, 3, 4, 5]}]
    )
    people = mixed.read_bytes()
    with serve(add_faults(make_app(store, limits=UNLIMITED), faults)) as server:
        pipe(people)
        said = gsprep("run", "-", "--companies", companies, "--to", server.url, "--out", "done")
        assert said.code == 3
        assert "pipe the same people into `gsprep resume`" in said.err
        pipe(people.replace(b"Ruiz", b"Rivera"))
        changed = gsprep("resume")
        assert changed.code == 2
        assert "PEOPLE (standard input) has changed" in changed.err
        pipe(b"")
        empty = gsprep("resume")
        assert empty.code == 2
        assert "standard input" in empty.err
        assert store.persons == {}
        pipe(people)
        assert gsprep("resume").code == 1
    assert len(store.persons) == 3
    assert no_waiting
    assert read_table(tmp_path / "done" / "people.csv")["line"].tolist() == ["2", "3", "4", "5"]
