"""Jobs over a real socket, against a service that goes wrong: nothing is guessed, nothing lost."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.calls.limits import Limits
from gsprep.errors import ReplyError, UnavailableError
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.uploader.client import Client
from gsprep.uploader.jobs import until_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.uploader.replies import RecordReply

SENT = [{"Email": f"p{at}@x.com"} for at in range(50)] + [{"Email": "bad@"}]


@contextmanager
def connected(
    *faults: dict[str, Any], dialect: Dialect | None = None
) -> Iterator[tuple[Client, Store]]:
    """Give a client of a tenant whose files of results hold 20 records each."""
    waits: list[float] = []
    limits = Limits(
        windows=(), async_windows=(), delete_windows=(), sleep=waits.append,
        now=lambda: sum(waits), jitter=lambda: 0.0,
    )  # fmt: skip
    pace = Pace(waits=0, least=0, rate=1e9, chunk_size=20)
    with Store(pace=pace, dialect=dialect or Dialect()) as store:
        app = add_faults(make_app(store, limits=UNLIMITED), read_faults(list(faults)))
        with serve(app) as server, Client(server.url, "any", limits=limits) as client:
            yield client, store


def results(client: Client) -> Iterator[RecordReply]:
    job = client.people.bulk_async(SENT)
    status = until_over(lambda: client.people.job(job.id), client.pace, "the job")
    return client.people.results(status, SENT)


def answered(client: Client) -> dict[int, RecordReply]:
    return {one.number: one for one in results(client)}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"fault": "foreign_urls"}, id="addresses of another host"),
        pytest.param({"fault": "shuffled_records", "route": "chunk"}, id="records shuffled"),
        pytest.param({"fault": "truncated", "route": "chunk", "at": 1}, id="a file cut off"),
        pytest.param(
            {"fault": "truncated", "route": "chunk", "at": 2, "framed": True}, id="cut off, framed"
        ),
        pytest.param({"fault": "reset", "route": "bulk_status", "at": 1}, id="a reset"),
        pytest.param({"fault": "html", "route": "chunk", "at": 3}, id="a page of HTML"),
        pytest.param(
            {"fault": "status", "status": 429, "retry_after": 2, "route": "chunk", "at": 1},
            id="too many calls",
        ),
    ],
)
def test_what_passes_leaves_every_record_answered(fault: dict[str, Any], dialect: Dialect) -> None:
    with connected(fault, dialect=dialect) as (client, store):
        found = answered(client)
        assert sorted(found) == list(range(1, 52))
        assert {found[at].gsid for at in range(1, 51)} == {
            person["Gsid"] for person in store.persons.values()
        }
        assert found[51].status == "FAILURE"


@pytest.mark.parametrize("name", ["missing_records", "doubled_records", "misnumbered_records"])
def test_records_that_do_not_add_up_are_told(name: str, dialect: Dialect) -> None:
    """What was read and is not doubtful is right; the rest is named or was never read."""
    found: dict[int, RecordReply] = {}
    fault = {"fault": name, "route": "chunk", "at": 2}
    with connected(fault, dialect=dialect) as (client, store):
        with pytest.raises(ReplyError) as caught:
            found.update((one.number, one) for one in results(client))
        believed = {at: one for at, one in found.items() if at not in caught.value.doubtful}
        assert 45 <= len(believed) <= 51
        for at, one in believed.items():
            assert one.gsid == store.persons.get(SENT[at - 1]["Email"], {"Gsid": ""})["Gsid"]


def test_a_file_that_is_left_out_is_told() -> None:
    with (
        connected({"fault": "missing_chunks", "records": 1}) as (client, _),
        pytest.raises(ReplyError),
    ):
        answered(client)


def test_a_job_that_never_ends_is_left_and_may_be_stored() -> None:
    with (
        connected({"fault": "stuck", "route": "bulk_async"}) as (client, _),
        pytest.raises(UnavailableError, match="not over after 35 minutes") as caught,
    ):
        answered(client)
    assert caught.value.may_be_stored


def test_a_job_handed_in_without_an_answer_is_handed_in_once_more() -> None:
    """Sending is an upsert: what two jobs store is stored once."""
    fault = {"fault": "reset", "route": "bulk_async", "at": 1, "committed": True}
    with connected(fault) as (client, store):
        assert len(answered(client)) == 51
        assert len(store.persons) == 50
