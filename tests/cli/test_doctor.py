"""``doctor``: what is good, what is not, and what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.cli.doctor import Point, examined

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

    Command = Callable[..., Said]


def points(said: Said) -> dict[str, dict[str, str]]:
    return {point["name"]: point for point in json.loads(said.out)["points"]}


def test_without_a_tenant_the_machine_is_looked_at(gsprep: Command) -> None:
    said = gsprep("doctor")
    assert said.code == 0
    for name in ("Python", "libraries", "folder", "disk space", "GAINSIGHT_ACCESS_KEY"):
        assert name in said.out
    assert "no tenant is set" in said.out


def test_the_sandbox_accepts_its_key(gsprep: Command) -> None:
    said = gsprep("doctor", "--sandbox", "--json")
    told = json.loads(said.out)
    assert (said.code, told["schema"], told["status"]) == (0, "gsprep.doctor/1", "good")
    assert points(said)["access key"]["told"] == "accepted"
    assert points(said)["clock"]["state"] in {"good", "warning"}


def test_a_tenant_that_opens(gsprep: Command, address: str) -> None:
    said = gsprep("doctor", "--to", address, "--json")
    assert said.code == 0
    assert points(said)["tenant"]["told"] == address
    assert "right-key" not in said.out + said.err


def test_a_tenant_that_refuses_the_key(
    gsprep: Command, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "wrong-key")
    monkeypatch.setenv("GAINSIGHT_URL", address)
    said = gsprep("doctor")
    assert said.code == 4
    assert "WRONG   access key" in said.out
    assert "wrong-key" not in said.out + said.err


@pytest.mark.parametrize(
    ("environ", "arguments", "name", "says"),
    [
        pytest.param({}, ["--to", "acme"], "access key", "GAINSIGHT_ACCESS_KEY", id="no key"),
        pytest.param(
            {"GAINSIGHT_ACCESS_KEY": "canary key"}, [], "GAINSIGHT_ACCESS_KEY", "copy it again",
            id="no such key",
        ),
        pytest.param(
            {"GAINSIGHT_URL": "http://canary.com"}, [], "GAINSIGHT_URL", "https", id="in the clear"
        ),
        pytest.param({}, ["--to", "ftp://canary"], "tenant", "https address", id="no address"),
        pytest.param(
            {"GAINSIGHT_ACCESS_KEY": "k", "HTTPS_PROXY": "socks5://canary:1"}, ["--to", "acme"],
            "proxy", "HTTPS_PROXY", id="a proxy of another kind",
        ),
    ],
)  # fmt: skip
def test_what_has_to_be_mended_is_told(
    gsprep: Command,
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    arguments: list[str],
    name: str,
    says: str,
) -> None:
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    said = gsprep("doctor", *arguments, "--json")
    assert said.code == 2
    assert points(said)[name]["state"] == "wrong"
    assert says in points(said)[name]["cure"]
    assert "canary" not in said.out + said.err


def test_a_folder_that_cannot_be_is_told(
    gsprep: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GSPREP_HOME", str(tmp_path / "file"))
    said = gsprep("doctor")
    assert said.code == 2
    assert "WRONG   folder" in said.out


def test_a_proxy_is_shown_without_its_password(
    gsprep: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "k")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@127.0.0.1:1")
    said = gsprep("doctor", "--to", "acme")
    assert said.code == 3
    assert "calls go through 127.0.0.1:1" in said.out
    assert "canary" not in said.out + said.err


def test_two_places_to_send_to_are_too_many(gsprep: Command) -> None:
    assert gsprep("doctor", "--to", "acme", "--sandbox").code == 2


def test_with_a_broken_library_no_tenant_is_tried() -> None:
    told = examined([Point("pandas", "wrong", "not installed")], None, sandbox=True)
    assert told[-1] == Point("tenant", "left", "not tested", "fix the libraries first")
