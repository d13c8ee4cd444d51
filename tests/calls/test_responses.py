"""Every code of the service ends in one branch of the errors; unknown ones are carried through."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from each_row import each_row

from gsprep.calls.endpoints import CODES, Asks, asks
from gsprep.errors import (
    AccessKeyError,
    GsprepError,
    RejectedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.uploader.client import Client

TABLE = (Path(__file__).parents[2] / "docs" / "error-codes.md").read_text(encoding="utf-8")
BRANCH: dict[Asks, type[GsprepError]] = {
    "key": AccessKeyError,
    "quota": UnavailableError,
    "fault": UnavailableError,
    "route": RejectedError,
    "none": RejectedError,
    "rows": RejectedError,
}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("code", CODES)
def test_a_code_is_one_branch_of_the_errors(
    code: str, status: int, service: Callable[..., Client]
) -> None:
    """Whatever the HTTP status: a 200 may bear any of them."""
    body = {"result": False, "requestId": "r-1", "errorCode": code, "errorDesc": "jane@x.com"}
    client = service(lambda _: httpx.Response(status, json=body))
    with pytest.raises(BRANCH[CODES[code][0]]) as caught:
        client.people.bulk([{"Email": "a@x.com"}])
    assert code in str(caught.value)
    assert CODES[code][1] in str(caught.value)
    assert "jane" not in str(caught.value)


@pytest.mark.parametrize("data", [{}, {"data": [{"errorCode": "X_1", "errorMessage": "no"}]}])
def test_an_unknown_code_is_carried_through(service: Callable[..., Client], data: Any) -> None:
    body = {"result": False, "requestId": "r-1", "errorCode": "GSOBJ_9999", **data}
    with pytest.raises(RejectedError, match="GSOBJ_9999") as caught:
        service(lambda _: httpx.Response(200, json=body)).people.bulk([{"Email": "a@x.com"}])
    refusal = caught.value
    assert (refusal.code, refusal.status, refusal.request_id) == ("GSOBJ_9999", 200, "r-1")


JSON = '{"result": true, "requestId": "r-1", "name": "Zo\u00eb"}'


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(JSON.encode("utf-8-sig"), id="a mark"),
        pytest.param(JSON.encode("utf-16"), id="UTF-16"),
        pytest.param(JSON.encode("latin-1"), id="Latin-1"),
        pytest.param(JSON.encode() + b"\n\0<!-- proxy -->", id="text after it"),
        pytest.param(JSON.replace("Zo", "Z\t\0o").encode(), id="control characters"),
        pytest.param(JSON.replace("true", "NaN").encode(), id="NaN"),
        pytest.param(JSON.replace("true", "9" * 9_999).encode(), id="a huge number"),
        pytest.param(json.dumps(JSON).encode(), id="JSON in a text"),
        pytest.param(b'[{"data": {}, ' + JSON[1:].encode() + b"]", id="the only one of a list"),
        pytest.param(gzip.compress(JSON.encode()), id="packed without a header"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}], ids=["plain", "gzip"])
def test_json_is_read_as_it_comes(
    content: bytes, headers: dict[str, str], service: Callable[..., Client]
) -> None:
    """Some proxies unpack a reply and leave its header."""
    stream = httpx.ByteStream(content)
    client = service(lambda _: httpx.Response(200, headers=headers, stream=stream))
    assert client.people.store(b"{}", lambda _, request_id: request_id) == "r-1"


def test_every_code_of_the_tables_is_known() -> None:
    listed = set(re.findall(r"^\| `((?:GSOBJ|RLS)_\w+)`", TABLE, re.MULTILINE))
    assert listed <= set(CODES)


@each_row(
    "words",
    ["Invalid value for field Rate: 7", "Quota__gc exceeds the range", "Too many records in a call",
     "Forbidden characters in Name", "Maintenance__gc is not a valid picklist value", "Locked",
     "Website is no valid url, or was not found", "Timezone is invalid", "Access level is invalid",
     "Person with this key already exists", "The record is unavailable for this user's region"],
)  # fmt: skip
def test_words_about_a_value_are_not_about_the_call(words: str) -> None:
    assert asks("GSOBJ_9999", words) is None
