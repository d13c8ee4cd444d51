"""Small files, a command line in this process, and a tenant on a port that goes wrong on demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from gsprep.calls.limits import Limits
from gsprep.cli import tenant
from gsprep.cli.main import run_command
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ACME, BOLT = ("1P02" + letter * 32 for letter in "AB")
PEOPLE = """\
Email,FirstName,LastName,CompanyName
ana@acme.com,Ana,Ruiz,Acme Inc
bo@bolt.io,Bo,Berg,Bolt GmbH
cy@gmail.com,Cy,Young,Nowhere Ltd
"""
BAD_ROW = "no address,Di,Bad,Acme Inc\n"
COMPANIES = f"Gsid,Name,Domain\n{ACME},Acme Inc,acme.com\n{BOLT},Bolt GmbH,bolt.io\n"


@dataclass(frozen=True)
class Said:
    """How a command ended: its exit code, and what it printed where."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's environment reaches a command."""
    for name in ("GAINSIGHT_URL", "GAINSIGHT_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def gsprep(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Return a function that runs one command line."""

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = run_command([str(argument) for argument in arguments])
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Return a file of three good people."""
    return written(tmp_path / "people.csv", PEOPLE)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Return a file of three good people and a bad one."""
    return written(tmp_path / "mixed.csv", PEOPLE + BAD_ROW)


@pytest.fixture
def companies(tmp_path: Path) -> Path:
    """Return a file of the companies of two of the people."""
    return written(tmp_path / "companies.csv", COMPANIES)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def store() -> Iterator[Store]:
    """Return what the tenant holds: two companies, nobody yet."""
    with Store() as store:
        store.add_companies(
            [
                {"Gsid": ACME, "Name": "Acme Inc", "Domain": "acme.com"},
                {"Gsid": BOLT, "Name": "Bolt GmbH", "Domain": "bolt.io"},
            ]
        )
        yield store


@pytest.fixture
def address(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a tenant that opens to the key in the environment."""
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "right-key")
    with serve(make_app(store, access_key="right-key")) as server:
        yield server.url


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the time between attempts pass at once; the list tells the waits."""
    waits: list[float] = []
    clock = lambda: sum(waits)  # noqa: E731  a clock is one expression
    timeless = partial(Limits, sleep=waits.append, now=clock, jitter=lambda: 0.0)
    monkeypatch.setattr(tenant, "Limits", timeless)
    return waits
