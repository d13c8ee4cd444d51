"""Who is let in, and what a browser is told about every reply."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import httpx
import pytest

from gsprep.review.app import make_app
from gsprep.review.door import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gsprep.review.desk import Desk
    from gsprep.review.door import Door, Presence

ANSWER = {"choice": "1", "scope": "email", "seen": ""}


def test_the_address_opens_once_and_gives_a_strict_cookie(
    outside: httpx.Client, door: Door
) -> None:
    opened = outside.get(door.address)
    cookie = opened.headers["Set-Cookie"]
    assert opened.status_code == 200
    assert cookie.startswith(f"{door.cookie}=")
    assert {"HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert outside.get("/people").status_code == 200
    # The window in which it is open may open it again; nobody else may.
    assert outside.get(door.address).status_code == 200
    outside.cookies.clear()
    assert outside.get(door.address).status_code == 403
    assert outside.get("/people").status_code == 403


@pytest.mark.parametrize("path", ["/", "/people", "/people/1", "/keys", "/nowhere"])
def test_without_the_cookie_nothing_is_shown(outside: httpx.Client, path: str) -> None:
    reply = outside.get(path)
    assert reply.status_code == 403
    assert "acme" not in reply.text.lower()
    outside.cookies.set("gsprep_review_5000", "guessed")
    assert outside.get(path).status_code == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1", "127.0.0.1:5001", "localhost:5000", "127.0.0.1.nip.io:5000"],
)
def test_another_name_for_this_machine_is_refused(browser: httpx.Client, host: str) -> None:
    """A name of somebody else's that points here (DNS rebinding) is not ours."""
    assert browser.get("/people", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://127.0.0.1:5001", "https://127.0.0.1:5000"],
)
@pytest.mark.parametrize("path", ["/people/1", "/undo", "/people/1/search", "/end"])
def test_a_form_of_another_page_writes_nothing(
    browser: httpx.Client, origin: str | None, path: str, presence: Presence, answers: Path
) -> None:
    del browser.headers["Origin"]
    headers = {} if origin is None else {"Origin": origin}
    assert browser.post(path, data=ANSWER, headers=headers).status_code == 403
    assert not answers.exists()
    assert presence.left() > 0


@pytest.mark.parametrize(
    "path", ["/", "/people", "/people/1", "/keys", "/static/review.js", "/nowhere", "/people/99"]
)
def test_every_reply_tells_the_browser_to_trust_nothing(browser: httpx.Client, path: str) -> None:
    reply = browser.get(path)
    assert {name: reply.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert "Server" not in reply.headers


def test_pages_hold_no_script_no_style_and_nothing_from_elsewhere(browser: httpx.Client) -> None:
    for path in ("/people", "/people/1", "/keys"):
        text = browser.get(path).text
        assert "style=" not in text
        assert "onclick" not in text
        assert text.count("<script") == text.count(
            '<script src="/static/review.js" defer></script>'
        )
        assert "//" not in text.replace("<!doctype html>", "")


def test_a_fault_of_ours_shows_no_cell(
    desk: Desk, door: Door, presence: Presence, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(desk, door, presence)

    @app.get("/fault")
    def fault() -> str:
        raise ValueError("ana@acme.de")

    transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
    with (
        caplog.at_level(logging.DEBUG),
        httpx.Client(transport=transport, base_url=door.origin) as client,
    ):
        client.get(door.address)
        reply = client.get("/fault")
    assert reply.status_code == 500
    assert "ValueError" in reply.text
    assert "ana@acme.de" not in reply.text + caplog.text


@pytest.mark.parametrize(
    ("call", "code"),
    [
        pytest.param(lambda page: page.get("/people/0"), 404, id="nobody"),
        pytest.param(lambda page: page.get("/people/ana"), 404, id="no number"),
        pytest.param(lambda page: page.put("/people/1"), 405, id="another method"),
        pytest.param(lambda page: page.post("/undo", data={"number": "x"}), 404, id="no number"),
        pytest.param(
            lambda page: page.post("/people/1", data={"note": "x" * 70_000}), 413, id="too long"
        ),
    ],
)
def test_what_makes_no_sense_is_said(
    browser: httpx.Client, call: Callable[[httpx.Client], httpx.Response], code: int
) -> None:
    reply = call(browser)
    assert reply.status_code == code
    assert "<h1>Not here</h1>" in reply.text


def test_a_broken_file_of_answers_is_told_and_nothing_is_written(
    browser: httpx.Client, answers: Path
) -> None:
    answers.write_text("kind,value,Company_ID,answer\nmail,x@y.com,C1,match\n", encoding="utf-8")
    before = answers.read_bytes()
    for reply in (browser.get("/people/1"), browser.post("/people/1", data=ANSWER)):
        assert reply.status_code == 409
        assert "row_id 1: kind must be email" in reply.text
    assert answers.read_bytes() == before


def test_the_review_can_be_ended_from_the_page(browser: httpx.Client, presence: Presence) -> None:
    assert "You can close this window" in browser.post("/end").text
    assert presence.left() == 0
