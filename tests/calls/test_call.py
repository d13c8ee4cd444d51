from __future__ import annotations

import json
from typing import Any

import httpx
import pandas as pd
import pytest

from gsprep.errors import (
    AccessKeyError,
    InputError,
    QuotaError,
    RejectedError,
    ReplyError,
    SettingsError,
    UnavailableError,
)
from gsprep.uploader.client import Client

PERSON = [{"Email": "ana@acme.com"}]


def replies(*given: Any) -> Any:
    """Answer one call after the other; the last answer stays. Exceptions are raised."""
    left = list(given)
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        now = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(now, type):
            raise now("lost")
        if isinstance(now, httpx.Response):
            return httpx.Response(now.status_code, content=now.content, headers=now.headers)
        return httpx.Response(now) if isinstance(now, int) else httpx.Response(200, json=now)

    handler.seen = seen
    return handler


STORED = {"rowNumber": 1, "operationStatus": "SUCCESS", "record": {**PERSON[0], "Gsid": "1P04A"}}
OK = {"result": True, "requestId": "r-9", "data": {"records": [STORED]}}
BUSY = httpx.Response(429, headers={"Retry-After": "7"})


@pytest.mark.parametrize(
    ("given", "calls", "slept"),
    [
        pytest.param([OK], 1, [], id="at once"),
        pytest.param([BUSY, OK], 2, [7.0], id="too many calls, with a wait named"),
        pytest.param([429, 429, OK], 3, [5.0, 10.0], id="too many calls, no wait named"),
        pytest.param([503, 502, 504, 500, OK], 5, [1.0, 2.0, 4.0, 8.0], id="service away"),
        pytest.param([httpx.ConnectError] * 4 + [OK], 5, [1.0, 2.0, 4.0, 8.0], id="no connection"),
        pytest.param([httpx.ReadTimeout, OK], 2, [1.0], id="silence is repeated once"),
        pytest.param(
            [{"result": False, "errorCode": "GU_2400"}, OK], 2, [5.0], id="code in the body"
        ),
    ],
)
def test_what_may_be_repeated_is_repeated(
    given: Any, calls: Any, slept: Any, service: Any, clock: Any
) -> None:
    handler = replies(*given)
    reply = service(handler).people.bulk(PERSON)
    assert (reply.request_id, reply.records[0].gsid) == ("r-9", "1P04A")
    assert len(handler.seen) == calls
    assert clock.slept == slept
    assert len({request.content for request in handler.seen}) == 1


@pytest.mark.parametrize(
    ("given", "calls", "may_be_stored"),
    [
        pytest.param([503], 5, True, id="a gateway cannot know"),
        pytest.param([429], 5, False, id="turned away at the door"),
        pytest.param([httpx.ConnectError], 5, False, id="never reached"),
        pytest.param([httpx.ReadTimeout], 2, True, id="silence twice"),
        pytest.param([httpx.ReadError, httpx.RemoteProtocolError], 2, True, id="cut off twice"),
        pytest.param([httpx.ReadTimeout, httpx.ConnectError], 5, True, id="silence, then gone"),
    ],
)
def test_the_last_failure_says_whether_rows_may_be_stored(
    given: Any, calls: Any, may_be_stored: Any, service: Any
) -> None:
    handler = replies(*given)
    with pytest.raises(UnavailableError) as caught:
        service(handler).people.bulk(PERSON)
    assert caught.value.may_be_stored is may_be_stored
    assert len(handler.seen) == calls


@pytest.mark.parametrize(
    ("given", "error", "code"),
    [
        pytest.param(httpx.Response(401), AccessKeyError, "", id="401"),
        pytest.param(httpx.Response(403, text="<html>"), AccessKeyError, "", id="403"),
        pytest.param(
            httpx.Response(401, json={"errorCode": "GU_1101"}),
            AccessKeyError,
            "",
            id="401, a fault",
        ),
        pytest.param(
            httpx.Response(413, json={"errorCode": "GU_1101"}), RejectedError, "GU_1101", id="413"
        ),
        pytest.param(
            {"result": False, "errorCode": "GS_APIG_2401"}, AccessKeyError, "", id="in a 200"
        ),
        pytest.param(
            httpx.Response(400, json={"errorCode": "GSOBJ_1024"}), AccessKeyError, "", id="in a 400"
        ),
        pytest.param(
            httpx.Response(400, json={"errorCode": "GSOBJ_1", "errorDesc": "jane@x.com"}),
            RejectedError,
            "GSOBJ_1",
            id="400",
        ),
        pytest.param(httpx.Response(404), RejectedError, "", id="404"),
        pytest.param(
            httpx.Response(302, headers={"Location": "https://evil.example/"}),
            RejectedError,
            "",
            id="redirect",
        ),
        pytest.param(httpx.Response(200, text="<html>"), ReplyError, "", id="a page"),
        pytest.param(httpx.Response(200, text='{"data": {"rec'), ReplyError, "", id="cut off"),
        pytest.param(httpx.Response(200, text=""), ReplyError, "", id="nothing"),
        pytest.param(httpx.Response(200, text="[" * 100_000), ReplyError, "", id="too deep"),
        pytest.param(httpx.Response(200, content=b"\xff\xfe\x00"), ReplyError, "", id="bytes"),
    ],
)
def test_what_must_not_be_repeated_is_not(given: Any, error: Any, code: Any, service: Any) -> None:
    handler = replies(given)
    with pytest.raises(error) as caught:
        service(handler).people.bulk(PERSON)
    assert len(handler.seen) == 1
    assert "jane" not in str(caught.value)
    assert getattr(caught.value, "code", "") == code


@pytest.mark.parametrize("seconds", ["86400", "Sun, 01 Jan 2040 00:00:00 GMT"])
def test_a_day_is_not_waited_for(seconds: Any, service: Any, clock: Any) -> None:
    with pytest.raises(QuotaError):
        service(replies(httpx.Response(429, headers={"Retry-After": seconds}))).people.bulk(PERSON)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("status", "seconds", "slept"),
    [
        pytest.param(503, 90_000, 0.0, id="a day"),
        pytest.param(503, 1_000, 3_000.0, id="an hour in all"),
        pytest.param(429, 1_000, 3_000.0, id="an hour of quota in all"),
    ],
)
def test_one_call_waits_no_longer_than_allowed(
    status: int, seconds: int, slept: float, service: Any, clock: Any
) -> None:
    away = httpx.Response(status, headers={"Retry-After": str(seconds)})
    with pytest.raises(UnavailableError if status == 503 else QuotaError):
        service(replies(away)).people.bulk(PERSON)
    assert sum(clock.slept) == slept


def test_a_reply_without_end_is_cut(service: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("gsprep.calls.call._LARGEST_REPLY", 1_000)
    with pytest.raises(ReplyError, match="too large"):
        service(replies(httpx.Response(200, content=b" " * 2_000))).people.bulk(PERSON)


def test_every_attempt_counts_against_the_quota(service: Any, clock: Any) -> None:
    client = service(replies(503, 503, OK))
    client.people.bulk(PERSON)
    for _ in range(97):
        client.people.bulk(PERSON)
    assert clock.slept == [1.0, 2.0]
    client.people.bulk(PERSON)
    assert sum(clock.slept) == 60.0


def test_the_first_attempt_may_have_stored_what_the_second_was_refused(service: Any) -> None:
    with pytest.raises(AccessKeyError) as caught:
        service(replies(httpx.ReadTimeout, 401)).people.bulk(PERSON)
    assert caught.value.may_be_stored


def page(*gsids: str) -> list[dict[str, Any]]:
    return [{"Gsid": gsid, "Name": f"N{gsid}", "Csm__gr.Email": None, "Size": 4} for gsid in gsids]


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([{"data": page("1", "2")}, {"data": page("3")}, {"data": []}], id="list"),
        pytest.param(
            [
                {"data": {"records": page("1", "2")}},
                {"data": {"records": page("3")}},
                {"data": {"records": []}},
            ],
            id="records",
        ),
        pytest.param([{"data": page("1", "2", "3")}, {"result": True, "data": None}], id="null"),
        pytest.param(
            [
                {"data": page("1", "2", "3")},
                {"result": False, "errorCode": "GSOBJ_1XXX", "data": None},
            ],
            id="no data in a 200",
        ),
        pytest.param(
            [{"data": page("1", "2", "3")}, httpx.Response(400, json={"errorCode": "GSOBJ_1011"})],
            id="no data in a 400",
        ),
    ],
)
def test_all_pages_of_an_object_come_as_text(pages: Any, service: Any) -> None:
    handler = replies(*pages)
    frame = service(handler).objects.query("Company", select=["Name", "Size", "Domain"])
    expected = pd.DataFrame(
        {
            "Gsid": ["1", "2", "3"],
            "Name": ["N1", "N2", "N3"],
            "Size": ["4"] * 3,
            "Domain": [None] * 3,
        },
        dtype="str",
    )
    pd.testing.assert_frame_equal(frame, expected)
    asked = [json.loads(request.content) for request in handler.seen]
    assert asked[0]["select"] == ["Gsid", "Name", "Size", "Domain"]
    assert "where" not in asked[0]
    assert asked[-1]["where"]["conditions"] == [
        {"name": "Gsid", "alias": "A", "value": ["3"], "operator": "GT"}
    ]


def test_an_empty_object_has_its_columns(service: Any) -> None:
    frame = service(replies({"data": []})).objects.query("Company", select=["Name"])
    assert list(frame.columns) == ["Gsid", "Name"]
    assert len(frame) == 0


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param({"data": page("1", "1")}, id="twice in a page"),
        pytest.param({"data": page("1")}, id="the same page for ever"),
        pytest.param({"data": [{"Name": "x"}]}, id="no Gsid"),
        pytest.param({"data": ["x"]}, id="no rows"),
        pytest.param({"data": "x"}, id="no list"),
    ],
)
def test_a_page_that_cannot_be_trusted_is_an_error(reply: Any, service: Any) -> None:
    with pytest.raises(ReplyError):
        service(replies(reply)).objects.query("Company", select=["Name"])


def test_an_object_is_named_by_a_name(service: Any) -> None:
    with pytest.raises(InputError):
        service().objects.query("../Company", select=[])


def test_the_environment_names_tenant_and_key(monkeypatch: Any) -> None:
    monkeypatch.setenv("GAINSIGHT_URL", "https://acme.gainsightcloud.com/v1/ui/home")
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "canary")
    with Client.from_environment() as client:
        assert repr(client) == "Client('https://acme.gainsightcloud.com')"
    monkeypatch.delenv("GAINSIGHT_ACCESS_KEY")
    with pytest.raises(SettingsError):
        Client.from_environment()
