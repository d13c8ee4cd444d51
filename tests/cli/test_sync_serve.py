"""``gsprep sync serve``: syncs of a folder at their times."""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.cli import sync
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

PLAN = "plan__gc"


@pytest.fixture
def store() -> Iterator[Store]:
    """Return a tenant with a custom object."""
    with Store(tenant=Tenant(fields={PLAN: (Field("Code__gc"), Field("Name"))})) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two syncs, the second after the first."""
    folder = tmp_path / "syncs"
    folder.mkdir()
    (folder / "plans.csv").write_text("id,code,name\n1,a,A\n", encoding="utf-8")
    define(folder, "plans", every="1h")
    define(folder, "children", after=["plans"])
    return folder


def define(folder: Path, name: str, **schedule: Any) -> None:
    document = {
        "sync": name,
        "source": {"file": "plans.csv", "key": "id"},
        "destination": {"object": PLAN, "key": ["Code__gc"]},
        "fields": {"Code__gc": "code", "Name": "name"},
        "schedule": schedule,
    }
    (folder / f"{name}.yaml").write_text(json.dumps(document), encoding="utf-8")


def names(said: Said) -> list[str]:
    document = json.loads(said.out)
    return [one["sync"] for one in document.get("syncs", [document])]


def test_what_is_due_runs_once(
    gsprep: Callable[..., Said], address: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve = ("sync", "serve", folder, "--once", "--to", address, "--json")
    (folder / "wrong.yaml").write_text("sync: x\n", encoding="utf-8")
    first = gsprep(*serve)
    assert (first.code, names(first)) == (0, ["plans", "children"])
    assert "wrong.yaml" in first.err
    assert names(gsprep(*serve)) == []
    (folder / "wrong.yaml").unlink()
    later = sync.time.time() + 3_601
    monkeypatch.setattr(sync.time, "time", lambda: later)
    assert gsprep("sync", "deactivate", "plans").code == 0
    idle = gsprep(*serve)
    assert (idle.code, names(idle)) == (0, [])
    assert gsprep("sync", "activate", "plans").code == 0
    assert names(gsprep(*serve)) == ["plans", "children"]


@pytest.mark.skipif(os.name != "posix", reason="signals are sent to this process")
def test_sigterm_ends_the_watch(
    gsprep: Callable[..., Said], address: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal comes while the watch rests; it ends with 0."""
    rested = threading.Event()
    rest = sync._rest  # noqa: SLF001  it is wrapped

    def resting(*known: Any) -> float:
        os.kill(os.getpid(), signal.SIGTERM)
        rested.set()
        return rest(*known)

    monkeypatch.setattr(sync, "_rest", resting)
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        said = gsprep("sync", "serve", folder, "--to", address)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert said.code == 0
    assert rested.is_set()
    assert "plans: success" in said.out


@pytest.mark.parametrize("options", [("none",), (".", "--sandbox")])
def test_what_cannot_be_served_is_exit_2(
    gsprep: Callable[..., Said], options: tuple[str, ...]
) -> None:
    assert gsprep("sync", "serve", *options).code == 2
