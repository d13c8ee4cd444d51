"""One call to a tenant, and what is told of it."""

from __future__ import annotations

from email.utils import formatdate

import httpx
import pytest

from gsprep.calls.transport import ClockProbe
from gsprep.cli.doctor import Point, call_points, code_of_points, lines_of_points
from gsprep.settings import AccessKey

NOW = 1_764_000_000.0
PERSON = {"result": True, "data": [{"objectName": "Person", "fields": [{"fieldName": "Email"}]}]}


def asked(status: int, body: object = None, **headers: str) -> tuple[dict[str, Point], int, int]:
    """Return what is told of one reply, the exit code and how often the tenant was called."""
    calls: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(status, json=body, headers=headers)

    witness = ClockProbe(httpx.MockTransport(reply), now=lambda: NOW)
    points = call_points("https://acme.gainsightcloud.com", AccessKey("canary-key"), witness)
    assert "canary-key" not in str(points)
    return {point.name: point for point in points}, code_of_points(points), len(calls)


@pytest.mark.parametrize(
    ("ahead", "state", "told"),
    [
        pytest.param(0, "good", "0.5 s behind", id="the same"),
        pytest.param(4, "good", "3.5 s ahead", id="a little"),
        pytest.param(60, "warning", "59.5 s ahead", id="ahead"),
        pytest.param(-60, "warning", "60.5 s behind", id="behind"),
    ],
)
def test_the_clock_of_the_service_is_beside_ours(ahead: int, state: str, told: str) -> None:
    points, code, _ = asked(200, PERSON, Date=formatdate(NOW - ahead, usegmt=True))
    assert points["access key"].finding == "accepted"
    assert (points["clock"].state, code) == (state, 0)
    assert points["clock"].finding.startswith(told)


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_a_reply_without_a_time_is_no_fault(headers: dict[str, str]) -> None:
    points, code, _ = asked(200, PERSON, **headers)
    assert (points["clock"].state, code) == ("left", 0)


@pytest.mark.parametrize(
    ("status", "body", "name", "code"),
    [
        pytest.param(401, {"errorCode": "GS_APIG_2401"}, "access key", 4, id="key refused"),
        pytest.param(403, None, "access key", 4, id="forbidden"),
        pytest.param(404, {"errorCode": "GS_APIG_1000"}, "reply", 2, id="no such route"),
        pytest.param(302, None, "reply", 2, id="led elsewhere"),
        pytest.param(200, "hello", "reply", 2, id="not a tenant"),
        pytest.param(503, None, "service", 3, id="away"),
        pytest.param(429, None, "service", 3, id="too many calls"),
    ],
)
def test_what_goes_wrong_has_its_code_and_is_asked_once(
    status: int, body: object, name: str, code: int
) -> None:
    points, told, calls = asked(status, body, Date=formatdate(NOW, usegmt=True))
    assert (points[name].state, told, calls) == ("wrong", code, 1)
    assert points[name].cure
    assert points["clock"].state == "good"


def test_no_reply_has_no_clock() -> None:
    def silent(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody is there")

    key = AccessKey("canary-key")
    points = call_points("acme", key, ClockProbe(httpx.MockTransport(silent)))
    assert [(point.name, point.state) for point in points] == [("service", "wrong")]
    assert code_of_points(points) == 3


def test_the_first_thing_wrong_gives_the_exit_code() -> None:
    points = (
        Point("a", "warning", "so so", code=4),
        Point("b", "wrong", "no", "mend it"),
        Point("c", "wrong", "no", code=4),
    )
    assert code_of_points(points) == 2
    assert code_of_points(points[:1]) == 0
    assert lines_of_points(points)[1:3] == ("WRONG   b  no", "           -> mend it")
