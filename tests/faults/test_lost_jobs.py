"""A job that the service took and lost: asked for, and sent again only when the user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from gsprep.calls.limits import Limits
from gsprep.ledger.ledger import Ledger
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.uploader.client import Client
from gsprep.uploader.journal import LedgerOptions
from gsprep.uploader.upload import UploadOptions, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gsprep.results import Uploaded

PEOPLE = pd.DataFrame(
    {"row_id": [str(n) for n in range(60)], "Email": [f"p{n}@acme.com" for n in range(60)]}
)


class Tenant:
    """A sandbox that answers questions about a job with ``status``, unless that is None."""

    def __init__(self, home: Path) -> None:
        """Begin with a service that has lost its jobs, and a new ledger."""
        self.status: int | None = 404
        self.handed = 0
        self.asked = 0
        self.home = home
        self.store = Store(pace=Pace(waits=0, least=0, rate=1e9))
        self.app = make_app(self.store, limits=UNLIMITED)
        service = self.app.wsgi_app

        def called(environ: Any, start: Any) -> Any:
            self.handed += environ["REQUEST_METHOD"] == "POST"
            is_question = "/async/status/" in environ["PATH_INFO"]
            self.asked += is_question
            if is_question and self.status is not None:
                start(f"{self.status} Refused", [("Content-Type", "application/json")])
                return [b'{"result": false, "errorDesc": "no such job"}']
            return service(environ, start)

        self.app.wsgi_app = called  # type: ignore[method-assign]  # as Flask says it is done

    def send(self, run: str | None, *, force: bool = False) -> Uploaded:
        """Send the people as a run of that name."""
        limits = Limits(windows=(), async_windows=(), sleep=lambda _: None, jitter=lambda: 0.0)
        with (
            serve(self.app) as server,
            Ledger(self.home) as ledger,
            Client("http://localhost", "any", limits=limits) as named,
            Client(server.url, "any", limits=limits) as client,
        ):
            # The port is another one each time, the tenant is the same.
            client.base_url = named.base_url
            keep = LedgerOptions(ledger=ledger, run=run, force=force)
            return send((PEOPLE, None, None), UploadOptions(mode="async", keep=keep), client)


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[Tenant]:
    """Return a tenant that has lost the job it took."""
    tenant = Tenant(tmp_path / "home")
    with tenant.store:
        yield tenant


def outcomes(done: Uploaded) -> set[str]:
    assert len(done.persons) == len(PEOPLE)
    return set(done.persons["outcome"])


@pytest.mark.parametrize("status", [404, 410])
def test_a_lost_job_is_sent_again_by_force_alone(status: int, tenant: Tenant) -> None:
    tenant.status = status
    first = tenant.send("one")
    assert outcomes(first) == {"unknown"}
    assert "the same command with --force sends them again" in first.persons["error_message"][0]
    again = tenant.send("two")
    assert (outcomes(again), tenant.handed, again.notes) == ({"unknown"}, 1, ())
    tenant.status = None
    forced = tenant.send("three", force=True)
    assert (outcomes(forced), tenant.handed) == ({"stored"}, 2)
    assert forced.notes == (
        "60 people were in jobs that the service lost: they were sent again (--force)",
    )
    assert set(tenant.store.persons) == set(PEOPLE["Email"])
    # It was sent to its end: nothing of the lost job is left.
    assert (outcomes(tenant.send("four")), tenant.handed) == ({"stored"}, 2)


def test_force_asks_first_for_a_job_that_was_not_said_to_be_lost(tenant: Tenant) -> None:
    """Another refusal than "no such job" says nothing of the job."""
    tenant.status = 400
    first = tenant.send("one")
    assert outcomes(first) == {"unknown"}
    assert "--force" not in first.persons["error_message"][0]
    tenant.status = 404
    assert outcomes(tenant.send("two", force=True)) == {"unknown"}
    assert tenant.handed == 1
    tenant.status = None
    assert outcomes(tenant.send("three", force=True)) == {"stored"}
    assert tenant.handed == 2


def test_a_run_that_was_begun_with_force_does_not_send_a_job_again_by_itself(
    tenant: Tenant,
) -> None:
    """A resumed run has the options it was begun with, before its job was lost."""
    assert outcomes(tenant.send("one", force=True)) == {"unknown"}
    assert outcomes(tenant.send("one", force=True)) == {"unknown"}
    assert tenant.handed == 1


def test_a_job_that_is_there_again_is_not_lost(tenant: Tenant) -> None:
    assert outcomes(tenant.send("one")) == {"unknown"}
    tenant.status = 502
    assert outcomes(tenant.send("two")) == {"unknown"}
    tenant.status = None
    asked = tenant.asked
    forced = tenant.send("three", force=True)
    assert (outcomes(forced), tenant.handed, forced.notes) == ({"stored"}, 1, ())
    assert tenant.asked > asked
