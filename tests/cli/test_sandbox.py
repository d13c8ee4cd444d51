"""``gsprep sandbox``: served in a process of its own, as its user starts it."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.cli.conftest import Said

PEOPLE = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/people"


def test_it_serves_until_it_is_interrupted(companies: Path, tmp_path: Path) -> None:
    """The address is the one line on standard output; what was stored stays in the file."""
    words = ["sandbox", "--port", "0", "--companies", str(companies), "--state", "state.db"]
    with subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-m", "gsprep", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as served:
        assert served.stdout is not None
        address = served.stdout.readline().strip()
        body = {"records": [{"Email": "ana@acme.com"}]}
        reply = httpx.put(address + PEOPLE, json=body, headers={"accesskey": "any"})
        served.send_signal(signal.SIGINT)
        rest, said = served.communicate(timeout=20)
    assert served.returncode == 0
    assert "run the same command" not in said
    assert reply.json()["data"]["successCount"] == 1
    assert rest == ""
    assert "2 companies loaded" in said
    assert "Traceback" not in said
    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600


def test_a_port_in_use_is_said(gsprep: Callable[..., Said]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = gsprep("sandbox", "--port", port)
    assert (said.code, said.out) == (2, "")
    assert f"port {port} cannot be used" in said.err


def test_a_file_that_is_no_state_is_said(
    gsprep: Callable[..., Said], people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = people.read_bytes()
    said = gsprep("sandbox", "--port", 0, "--state", people)
    assert (said.code, said.out) == (2, "")
    assert "people.csv cannot hold" in said.err
    assert people.read_bytes() == before
