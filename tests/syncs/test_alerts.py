"""Alerts: conditions begin and end to hold, and each is sent once."""

from __future__ import annotations

import json
import shlex
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.calls.transport import post_document
from gsprep.errors import DocumentError, SettingsError, UploadError
from gsprep.ledger.activities import Activities
from gsprep.ledger.database import Database
from gsprep.schemas.yaml_file import validated
from gsprep.syncs.alerts import Facts, holds, send_alerts
from gsprep.syncs.definition import Alert, Sync

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "canary-path"


@contextmanager
def listening(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve an address on this machine that keeps what is posted to it."""
    heard: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{SECRET}", heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sync(*alerts: dict[str, str]) -> Sync:
    document = {
        "sync": "plans",
        "source": {"file": "x.csv", "key": "id"},
        "destination": {"object": "x__gc", "key": ["A__gc"]},
        "fields": {"A__gc": "a"},
        "alerts": alerts,
    }
    return validated(Sync, document, "plans")


UNTOLD = Alert(when="missing > 99%", run="true")
COUNTS = {"read": 100, "filtered": 0, "rejected": 2, "missing": 10}


@pytest.mark.parametrize(
    ("condition", "is_so"),
    [
        ("failed", False),
        ("failed > 1%", True),
        ("failed > 2%", False),
        ("missing > 5%", True),
        ("missing > 10%", False),
        ("stale > 3h", True),
        ("stale > 5h", False),
        ("unfinished", False),
    ],
)
def test_conditions(condition: str, *, is_so: bool) -> None:
    facts = Facts(state="partial", unfinished=False, counts=COUNTS, stale=4 * 3_600.0)
    assert holds(condition, facts) is is_so


@pytest.mark.parametrize("when", ["fails", "failed > 1", "stale > 3", "failed < 1%", "stale"])
def test_an_unknown_condition_is_refused(when: str) -> None:
    with pytest.raises(DocumentError):
        validated(Alert, {"when": when, "post": "env:HOOK"}, "the alert")


def test_an_alert_is_sent_on_the_first_failure_and_on_recovery(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    activities = Activities(Database(None))
    log = tmp_path / "log"
    command = shlex.join(["sh", "-c", 'cat >> "$0"', str(log)])
    alerted = sync({"when": "failed", "post": "env:HOOK"}, {"when": "failed", "run": command})
    with listening() as (address, heard):
        monkeypatch.setenv("HOOK", address)
        for number, state in enumerate(["success", "failed", "failed", "success", "partial"]):
            one = activities.begin(f"run{number}", "plans", (), float(number))
            activities.end(one, state, float(number), {"counts": COUNTS}, "why")  # type: ignore[arg-type]
            assert send_alerts(alerted, activities, float(number)) == []
            # In another place of the definition it is the same alert.
            moved = alerted.model_copy(update={"alerts": (UNTOLD, *alerted.alerts)})
            assert send_alerts(moved, activities, float(number)) == []
    assert [(one["alert"], one["run"], one["state"]) for one in heard] == [
        ("begins", "run1", "failed"),
        ("ends", "run3", "success"),
    ]
    assert log.read_text(encoding="utf-8").count("gsprep.alert/1") == 2


@pytest.mark.parametrize(
    "alert",
    [
        {"when": "failed", "post": "env:HOOK"},
        {"when": "failed", "post": "env:NOT_SET"},
        {"when": "failed", "run": f"no-such-program {SECRET}"},
        {"when": "failed", "run": "sh -c 'exit 3'"},
    ],
)
def test_an_alert_that_cannot_be_sent_is_said_and_ends_nothing(
    alert: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    activities = Activities(Database(None))
    caplog.set_level(0)
    with listening(500) as (address, _):
        monkeypatch.setenv("HOOK", address)
        one = activities.begin("run", "plans", (), 1.0)
        activities.end(one, "failed", 2.0, {}, "why")
        (sentence,) = send_alerts(sync(alert), activities, 3.0)
        assert send_alerts(sync(alert), activities, 4.0) == [sentence]
    assert sentence.startswith("the alert failed was not sent")
    assert SECRET not in sentence + caplog.text


def test_an_alert_is_sent_when_its_address_is_there_again(monkeypatch: pytest.MonkeyPatch) -> None:
    activities = Activities(Database(None))
    one = activities.begin("run", "plans", (), 1.0)
    activities.end(one, "failed", 2.0, {}, "why")
    alerted = sync({"when": "failed", "post": "env:HOOK"}, {"when": "unfinished", "run": "true"})
    for status, sent in ((503, 1), (200, 1), (200, 0)):
        with listening(status) as (address, heard):
            monkeypatch.setenv("HOOK", address)
            assert bool(send_alerts(alerted, activities, 3.0)) is (status == 503)
        assert len(heard) == sent


@pytest.mark.parametrize(
    "address", ["http://example.com/x", "ftp://127.0.0.1", "x", "", "https://"]
)
def test_only_https_addresses_are_posted_to(address: str) -> None:
    with pytest.raises(SettingsError):
        post_document(address, {})


def test_a_closed_port_is_an_upload_error() -> None:
    with listening() as (address, _):
        pass
    with pytest.raises(UploadError) as failure:
        post_document(address, {})
    assert SECRET not in str(failure.value)
