"""What became of the persons of a deletion, when it does not end as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest

from gsprep.errors import AccessKeyError, RejectedError, UnavailableError, UploadError
from gsprep.uploader.deleting import delete_persons, look_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.uploader.client import Client

JOB = "0f8d0c15-3dc8"


def gsids(number: int) -> list[str]:
    return [f"1P04{at:032d}" for at in range(number)]


class Service:
    """Deletes as it is told to: how a call ends, what is counted, and who stays."""

    def __init__(self, *, ends: Any, counted: int = 0, stays: frozenset[str] = frozenset()) -> None:
        """Say how; ``ends`` is the word of the state, a status, or an exception."""
        self.ends, self.counted, self.stays = ends, counted, stays
        self.sizes: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.method == "DELETE":
            self.sizes.append(request.content.count(b"1P04"))
            if isinstance(self.ends, int):
                return httpx.Response(self.ends)
            said = {"deleteRequestId": JOB, "status": "INIT", "count": 0}
        elif "/delete/status/" in request.url.path:
            if isinstance(self.ends, type):
                raise self.ends
            said = {"deleteRequestId": JOB, "status": self.ends, "count": self.counted}
        else:
            gsid = request.url.path.rsplit("/", 1)[-1]
            said = {"gsid": gsid} if gsid in self.stays else {}
        return httpx.Response(200, json={"result": True, "requestId": "r", "data": said})


@pytest.mark.parametrize(
    ("number", "how", "words", "error"),
    [
        pytest.param(3, Service(ends="COMPLETED", counted=3), ["deleted"] * 3, None, id="all"),
        pytest.param(
            3, Service(ends="COMPLETED", counted=2, stays=frozenset(gsids(1))),
            ["refused", "deleted", "deleted"], None, id="one stayed",
        ),
        pytest.param(
            3, Service(ends="COMPLETED", counted=1), ["deleted"] * 3, None, id="a count of jobs"
        ),
        pytest.param(
            101, Service(ends="COMPLETED", counted=7), ["unknown"] * 101, None,
            id="too many to look up",
        ),
        pytest.param(
            2, Service(ends="FAILED", stays=frozenset(gsids(2))), ["refused"] * 2, None, id="failed"
        ),
        pytest.param(
            2, Service(ends="INPROGRESS"), ["unknown"] * 2, UnavailableError, id="never over"
        ),
        pytest.param(2, Service(ends=401), ["unsent"] * 2, AccessKeyError, id="key refused"),
        pytest.param(2, Service(ends=400), ["refused"] * 2, RejectedError, id="turned down"),
        pytest.param(2, Service(ends=503), ["unknown"] * 2, UnavailableError, id="away"),
        pytest.param(
            2, Service(ends=KeyboardInterrupt), ["unknown"] * 2, UploadError, id="interrupted"
        ),
    ],
)  # fmt: skip
def test_how_a_deletion_ends(
    number: int,
    how: Service,
    words: list[str],
    error: type[UploadError] | None,
    service: Callable[..., Client],
) -> None:
    client = service(how, windows=())
    done = delete_persons(look_up(pd.DataFrame({"Gsid": gsids(number)}), client), client)
    assert done.frame["outcome"].tolist() == words
    assert type(done.stopped) is (error or type(None))
    accepted = how.ends not in (400, 401, 503)
    assert done.frame["request_id"].notna().all() == accepted


def test_a_call_takes_5000_and_the_rest_waits_for_the_next(service: Callable[..., Client]) -> None:
    how = Service(ends="COMPLETED", counted=5_000)
    client = service(how, windows=())
    done = delete_persons(look_up(pd.DataFrame({"Gsid": gsids(5_200)}), client), client)
    assert how.sizes == [5_000, 200]
    assert done.counts() == {"deleted": 5_000, "unknown": 200}


def test_after_a_trouble_no_more_is_deleted(service: Callable[..., Client]) -> None:
    how = Service(ends=401)
    client = service(how, windows=())
    done = delete_persons(look_up(pd.DataFrame({"Gsid": gsids(5_200)}), client), client)
    assert how.sizes == [5_000]
    assert done.counts() == {"unsent": 5_200}
