"""``gsprep sandbox``: served in a process of its own, as its user starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Self

import httpx
import pytest

from gsprep.sandbox.app import keep_working
from gsprep.sandbox.jobs import Work
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import job_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

PEOPLE = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/people"


class Served:
    """A sandbox in a process of its own.

    Attributes:
        address: the line on standard output.
        err: what it had printed on standard error when it was told to end.
        rest: what came on standard output after the address.
        code: its exit code.
    """

    def __init__(self, *words: str, **environment: str) -> None:
        """Start it, and wait until it can be called."""
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter
            [sys.executable, "-m", "gsprep", "sandbox", "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        self.err, self.rest, self.code = "", "", 0

    def printed_key(self) -> str:
        """Read standard error up to the key that a user would copy."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.err += line
            if found := re.fullmatch(r"export GAINSIGHT_ACCESS_KEY=(\S+)\n", line):
                return found[1]
        raise AssertionError(self.err)

    def end(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)
        self.rest, err = self._process.communicate()
        self.err, self.code = self.err + err, self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.__exit__(None, None, None)


def stored(served: Served, key: str) -> httpx.Response:
    """Call the sandbox with a key: store one person."""
    body = {"records": [{"Email": "ana@acme.com"}]}
    return httpx.put(served.address + PEOPLE, json=body, headers={"accesskey": key}, timeout=300)


def test_it_serves_until_it_is_interrupted(companies: Path, tmp_path: Path) -> None:
    """The address is the one line on standard output; what was stored stays in the file."""
    with Served("--companies", str(companies), "--state", "state.db") as served:
        reply = stored(served, served.printed_key())
        served.end()
    said = served.err
    assert served.code == 0
    assert "run the same command" not in said
    assert reply.json()["data"]["successCount"] == 1
    assert served.rest == ""
    assert "2 companies loaded" in said
    assert "Traceback" not in said
    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600


def test_jobs_move_though_nobody_asks() -> None:
    """A job whose time is over is done part by part, without a rest while records are due."""
    people = [{"Email": f"p{n}@acme.com"} for n in range(25)]
    ends = iter([False, False, True, False, True])
    stored, rests = [], []

    def wait(seconds: float) -> bool:
        rests.append(seconds)
        return next(ends)

    with Store() as store:
        store.submit(Work("people", people))
        for _ in range(2):
            keep_working(store, lambda: 1e6, wait, at_most=10)
            stored.append(len(store.persons))
    assert stored == [20, 25]
    assert [seconds > 0.01 for seconds in rests] == [False, False, False, False, True]


def test_its_settings_are_kept_to(tmp_path: Path) -> None:
    """The fourth call breaks off, the second job of the hour is refused, lookups find names."""
    (tmp_path / "faults.yaml").write_text("- {fault: reset, at: 4}", encoding="utf-8")
    named = f"Gsid,Name,Company_ID\n1P05{'R' * 32},Europe,1P02{'A' * 32}\n"
    (tmp_path / "relationships.csv").write_text(named, encoding="utf-8")
    words = [
        *("--relationships", "relationships.csv", "--faults", "faults.yaml"),
        *("--seed", "two", "--async-per-hour", "1", "--time-scale", "1e9"),
        *("--chunk-size", "1", "--dialect", "count_names=total_count"),
    ]
    base = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async"
    lookups = {"relationships": {"Relationship_ID": {"fields": {"RelationshipName": "Name"}}}}
    people = [
        {"Email": f"{n}@acme.com", "relationships": [{"RelationshipName": "Europe"}]}
        for n in (1, 2)
    ]
    with Served(*words, GAINSIGHT_ACCESS_KEY="mine") as served:
        headers = {"accesskey": "mine"}
        with httpx.Client(base_url=served.address, headers=headers, timeout=300) as client:
            body = {"records": people, "lookups": lookups}
            name = client.post(f"{base}/people", json=body).json()["data"]["jobId"]
            second = client.post(f"{base}/people", json=body)
            done = client.get(f"{base}/status/{name}").json()["data"]["response"]
            with pytest.raises(httpx.ReadError):
                client.get(f"{base}/status/{name}")
        served.end()
    assert second.status_code == 429
    assert (done["successCount"], done["totalCount"], len(done["chunkDetails"])) == (2, 2, 2)
    assert name == job_id("two", 1)
    assert "1 of 1 relationship loaded" in served.err


def test_each_sandbox_prints_a_key_of_its_own_once() -> None:
    """Another key opens nothing, that of another sandbox neither."""
    keys, statuses = [], []
    for other in ("any", None):
        with Served() as served:
            keys.append(served.printed_key())
            statuses += [stored(served, key).status_code for key in (other or keys[0], keys[-1])]
            served.end()
        assert (served.err.count(keys[-1]), served.rest) == (1, "")
    assert statuses == [401, 200, 401, 200]
    assert min(map(len, keys)) >= 32


def test_a_key_that_is_given_is_taken_and_never_printed() -> None:
    """What else the environment says of a tenant does not matter to a sandbox."""
    given = {"GAINSIGHT_ACCESS_KEY": "Xy7-given-secret", "GAINSIGHT_URL": "ftp://not a tenant"}
    with Served(**given) as served:
        statuses = [stored(served, key).status_code for key in ("other", "Xy7-given-secret")]
        served.end()
    assert statuses == [401, 200]
    assert "Xy7-given-secret" not in served.address + served.rest + served.err
    assert "GAINSIGHT_ACCESS_KEY" in served.err


def test_a_tenant_of_another_resolution_key_refuses_people_without_it() -> None:
    with Served("--key", "email,Location") as served:
        reply = stored(served, served.printed_key()).json()
        served.end()
    (record,) = reply["data"]["records"]
    assert record["operationStatus"] == "FAILURE"
    assert record["error"]["details"][0]["fieldName"] == "Email,Location"


@pytest.mark.parametrize(("key", "message"), [("Email,Shoe", "Shoe is not"), (",", "it is empty")])
def test_a_resolution_key_has_fields_of_a_person(
    gsprep: Callable[..., Said], key: str, message: str
) -> None:
    said = gsprep("sandbox", "--port", 0, "--key", key)
    assert (said.code, said.out) == (2, "")
    assert f"--key: {message}" in said.err


def test_a_given_key_that_cannot_travel_is_said(
    gsprep: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "two words")
    said = gsprep("sandbox", "--port", 0)
    assert (said.code, said.out) == (2, "")
    assert "the access key" in said.err
    assert "two words" not in said.err


def test_mistakes_in_a_fault_script_are_said(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text(
        "- {fault: melt}\n- {fault: reset, at: 0}", encoding="utf-8"
    )
    said = gsprep("sandbox", "--port", 0, "--faults", "faults.yaml")
    assert (said.code, said.out) == (2, "")
    assert "faults.yaml has 2 mistakes" in said.err
    assert "0.fault" in said.err
    assert "1.at" in said.err


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("chunk=other", "Did you mean chunk_id?"),
        ("counts=objekts", "counts has no value 'objekts'; choose one of people, objects."),
        ("status_id", "status_id needs a value: status_id=object|text"),
    ],
)
def test_a_mistake_in_a_dialect_is_said(
    gsprep: Callable[..., Said], setting: str, message: str
) -> None:
    said = gsprep("sandbox", "--port", 0, "--dialect", setting)
    assert (said.code, said.out) == (2, "")
    assert "--dialect" in said.err
    assert message in said.err


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
