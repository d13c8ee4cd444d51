"""A command whose output nobody reads: its files are written, its exit code is the true one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.faults.conftest import Tenant

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors and limits are POSIX")

FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
# What a shell would do with the streams, before gsprep begins.
_CLOSE = "import os, sys; os.close({0}); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
_LIMIT = (
    "import resource, runpy, sys; "
    "resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); "
    "runpy.run_module('gsprep', run_name='__main__')"
)


def gsprep(folder: Path, tenant: Tenant, *words: str, before: str = "", **streams: object) -> int:
    """Run an upload in a process of its own; ``before`` is a program that begins it."""
    start = ["-c", before] if before.startswith("import resource") else ["-m", "gsprep"]
    if before and start[0] == "-m":
        start = ["-c", before, *start]
    free = ["--sync-per-minute", "1000000", "--sync-per-day", "1000000"]
    environment = os.environ | {
        "GSPREP_HOME": str(folder / "home"), "GAINSIGHT_ACCESS_KEY": "any"
    }  # fmt: skip
    upload = ["upload", "people.csv", "--to", tenant.url, "--out", "out", *free, *words]
    with subprocess.Popen(  # noqa: S603  our own
        [sys.executable, *start, *upload],
        cwd=folder,
        env=environment,
        **streams,  # type: ignore[call-overload]
    ) as process:
        if isinstance(streams.get("stderr"), int) and streams["stderr"] == subprocess.PIPE:
            process.stderr.close()
        if isinstance(streams.get("stdout"), int) and streams["stdout"] == subprocess.PIPE:
            process.stdout.close()
        code: int = process.wait()
    return code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a file of 120 people and a column that goes nowhere, which is noted."""
    people = {"Email": [f"p{n}@acme.com" for n in range(120)], "Shoe size": "42"}
    pd.DataFrame(people).to_csv(tmp_path / "people.csv", index=False)
    return tmp_path


def stored(folder: Path) -> int:
    outcomes = pd.read_csv(folder / "out" / "people.csv", dtype="str")["outcome"]
    assert len(outcomes) == 120
    return int((outcomes == "stored").sum())


@pytest.mark.parametrize(
    "streams",
    [
        pytest.param({"stderr": subprocess.PIPE}, id="standard error has no reader"),
        pytest.param({"stdout": subprocess.PIPE}, id="standard output has no reader"),
        pytest.param({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}, id="nor has either"),
    ],
)
def test_a_reader_that_is_gone_changes_nothing(
    streams: dict[str, object], folder: Path, tenant: Tenant
) -> None:
    assert gsprep(folder, tenant, "--json", **streams) == 0
    assert stored(folder) == 120
    assert len(tenant.store.persons) == 120


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_stream_that_was_closed_before_is_none(number: int, folder: Path, tenant: Tenant) -> None:
    """No file of gsprep gets its number: what is printed would be written into it."""
    code = gsprep(folder, tenant, before=_CLOSE.format(number), stderr=subprocess.DEVNULL)
    assert code == 0
    assert stored(folder) == 120


@FULL
def test_results_that_a_full_disk_does_not_take_are_not_done(folder: Path, tenant: Tenant) -> None:
    with Path("/dev/full").open("w") as full, (folder / "said.txt").open("w") as said:
        assert gsprep(folder, tenant, "--json", stdout=full, stderr=said) == 3
    assert "standard output cannot be written" in (folder / "said.txt").read_text()
    assert stored(folder) == 120


@FULL
def test_notes_that_a_full_disk_does_not_take_change_nothing(folder: Path, tenant: Tenant) -> None:
    with Path("/dev/full").open("w") as full, (folder / "told.json").open("w") as told:
        assert gsprep(folder, tenant, "--json", stdout=told, stderr=full) == 0
    assert json.loads((folder / "told.json").read_text())["people"]["stored"] == 120
    assert stored(folder) == 120


def sent(folder: Path, tenant: Tenant, domain: str, **how: Any) -> int:
    """Send 1,500 people of a domain in a process of its own."""
    people = pd.DataFrame({"Email": [f"p{n}@{domain}" for n in range(1_500)]})
    people.to_csv(folder / "people.csv", index=False)
    return gsprep(folder, tenant, **how)


def test_a_ledger_whose_disk_is_full_ends_with_3_and_all_files(
    folder: Path, tenant: Tenant
) -> None:
    """No file may be much longer than the ledger is after another load; people.csv is shorter."""
    ledger = folder / "home" / "ledger.sqlite"
    assert sent(folder, tenant, "before.com") == 0
    with (folder / "said.txt").open("w") as said:
        limit = _LIMIT.format(ledger.stat().st_size + 60_000)
        code = sent(folder, tenant, "acme.com", before=limit, stderr=said)
    assert code == 3
    told = (folder / "said.txt").read_text()
    assert str(ledger) in told
    assert "gsprep resume" in told
    people = pd.read_csv(folder / "out" / "people.csv", dtype="str")
    here = people["Email"].isin(tenant.store.persons)
    assert here.any()
    assert not here.all()
    assert (people.loc[~here, "outcome"] == "unsent").all()
    assert people.loc[here, "outcome"].isin(["stored", "unknown"]).all()
