"""A command whose output nobody reads: its files are written, its exit code is the true one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from runner import Command

if TYPE_CHECKING:
    from runner import Runner

    from tests.faults.conftest import Tenant

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors and limits are POSIX")

FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
# What a shell would do with a stream before gsprep begins.
_CLOSE = (
    "import os, sys; [os.close(number) for number in {0}]; "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
_NO_READER = "ends = os.pipe(); os.close(ends[0]); os.dup2(ends[1], {0})"
_TO_FULL = "os.dup2(os.open('/dev/full', os.O_WRONLY), {0})"
_TO_FILE = "os.dup2(os.open('told.json', os.O_WRONLY | os.O_CREAT), 1)"
_LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))"


def words_of(tenant: Tenant, *more: str) -> tuple[str, ...]:
    free = ("--sync-per-minute", "1000000", "--sync-per-day", "1000000")
    return ("upload", "people.csv", "--to", tenant.url, "--out", "out", *free, *more)


def settings_of(folder: Path) -> dict[str, str]:
    return {"GSPREP_HOME": str(folder / "home"), "GAINSIGHT_ACCESS_KEY": "any"}


@dataclass
class Uploads:
    """Uploads to the tenant in a process of their own, a fork; ``before`` runs there first."""

    runner: Runner
    folder: Path
    tenant: Tenant

    def run(self, *more: str, before: str = "") -> int:
        """Return the exit code of an upload."""
        command = Command(
            words=words_of(self.tenant, *more),
            folder=str(self.folder),
            environment=settings_of(self.folder),
            before=before,
        )
        return self.runner.run(command).code

    def said(self) -> str:
        """Return what they printed."""
        return (self.folder / "said.txt").read_text(encoding="utf-8")


@pytest.fixture
def uploads(runner: Runner, folder: Path, tenant: Tenant) -> Uploads:
    """Return the uploads of a test."""
    return Uploads(runner, folder, tenant)


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
        pytest.param([2], id="standard error has no reader"),
        pytest.param([1], id="standard output has no reader"),
        pytest.param([1, 2], id="nor has either"),
    ],
)
def test_a_reader_that_is_gone_changes_nothing(
    streams: list[int], uploads: Uploads, folder: Path, tenant: Tenant
) -> None:
    before = "; ".join(_NO_READER.format(stream) for stream in streams)
    assert uploads.run("--json", before=before) == 0
    assert stored(folder) == 120
    assert len(tenant.store.persons) == 120


@pytest.mark.parametrize("numbers", [(0, 2), (1,)], ids=["input and error", "output"])
def test_a_stream_that_was_closed_before_is_none(
    numbers: tuple[int, ...], folder: Path, tenant: Tenant
) -> None:
    """No file of gsprep gets its number: what is printed would be written into it."""
    start = [sys.executable, "-c", _CLOSE.format(numbers), "-m", "gsprep", *words_of(tenant)]
    done = subprocess.run(  # noqa: S603  our own
        start,
        cwd=folder,
        env=os.environ | settings_of(folder),
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0
    assert stored(folder) == 120


@FULL
def test_results_that_a_full_disk_does_not_take_are_not_done(
    uploads: Uploads, folder: Path
) -> None:
    assert uploads.run("--json", before=_TO_FULL.format(1)) == 3
    assert "standard output cannot be written" in uploads.said()
    assert stored(folder) == 120


@FULL
def test_notes_that_a_full_disk_does_not_take_change_nothing(
    uploads: Uploads, folder: Path
) -> None:
    assert uploads.run("--json", before=f"{_TO_FILE}; {_TO_FULL.format(2)}") == 0
    assert json.loads((folder / "told.json").read_text())["people"]["stored"] == 120
    assert stored(folder) == 120


def people_of(folder: Path, domain: str) -> None:
    """Write 1,500 people of a domain."""
    people = pd.DataFrame({"Email": [f"p{n}@{domain}" for n in range(1_500)]})
    people.to_csv(folder / "people.csv", index=False)


def test_a_ledger_whose_disk_is_full_ends_with_3_and_all_files(
    uploads: Uploads, folder: Path, tenant: Tenant
) -> None:
    """No file may be much longer than the ledger is after another load; people.csv is shorter."""
    ledger = folder / "home" / "ledger.sqlite"
    people_of(folder, "before.com")
    assert uploads.run() == 0
    people_of(folder, "acme.com")
    assert uploads.run(before=_LIMIT.format(ledger.stat().st_size + 60_000)) == 3
    told = uploads.said()
    assert str(ledger) in told
    assert "gsprep resume" in told
    people = pd.read_csv(folder / "out" / "people.csv", dtype="str")
    here = people["Email"].isin(tenant.store.persons)
    assert here.any()
    assert not here.all()
    assert (people.loc[~here, "outcome"] == "unsent").all()
    assert people.loc[here, "outcome"].isin(["stored", "unknown"]).all()
