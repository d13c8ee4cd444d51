"""An upload as a job over a real socket, against a service that goes wrong."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from gsprep.calls.limits import Limits
from gsprep.errors import AccessKeyError, RejectedError, UnavailableError, UploadError
from gsprep.ledger.ledger import Ledger
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.uploader.client import Client
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gsprep.results import Uploaded
    from tests.faults.conftest import Line, Tenant

ACME = "1P02" + "A" * 32
PEOPLE = pd.DataFrame({"Email": [*(f"p{at}@x.com" for at in range(50)), "bad@"]})
LINKS = PEOPLE.assign(CompanyName="Acme")
NO_LIMITS: dict[str, Any] = {"windows": (), "async_windows": (), "delete_windows": ()}


@contextmanager
def tenant(*faults: dict[str, Any], dialect: Dialect | None = None) -> Iterator[tuple[str, Store]]:
    """Give the address of a tenant whose files of results hold 20 records each."""
    pace = Pace(waits=0, least=0, rate=1e9, chunk_size=20)
    with Store(pace=pace, dialect=dialect or Dialect()) as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme"}])
        app = add_faults(make_app(store, limits=UNLIMITED), read_faults(list(faults)))
        with serve(app) as server:
            yield server.url, store


def sent(url: str) -> tuple[Uploaded, float]:
    """Return what became of the people, handed in as a job, and the seconds that it waited."""
    waits: list[float] = []
    limits = Limits(**NO_LIMITS, sleep=waits.append, now=lambda: sum(waits), jitter=lambda: 0.0)
    with Client(url, "any", limits=limits) as client:
        return upload(PEOPLE, LINKS, client=client, mode="async"), sum(waits)


def agrees(done: Uploaded, store: Store) -> bool:
    """Tell whether every row that is stored bears the Gsid under which it stands there."""
    rows = done.persons[done.persons["outcome"] == "stored"]
    theirs = [store.persons[email]["Gsid"] for email in rows["Email"]]
    mine = {row["Gsid"] for row in store.company_persons}
    links = done.company_persons[done.company_persons["outcome"] == "stored"]
    return rows["Gsid"].to_list() == theirs and set(links["Gsid"]) <= mine


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([], id="all well"),
        pytest.param([{"fault": "shuffled_records", "route": "chunk"}], id="records shuffled"),
        pytest.param([{"fault": "reset", "route": "bulk_status", "at": 1}], id="a reset"),
        pytest.param([{"fault": "truncated", "route": "chunk", "at": 2}], id="a file cut off"),
        pytest.param(
            [{"fault": "reset", "route": "bulk_async", "at": 1, "committed": True}],
            id="handed in twice",
        ),
        pytest.param(
            [{"fault": "html", "status": 200, "route": "bulk_status", "at": 1}],
            id="a page at first",
        ),
        pytest.param(
            [{"fault": "status", "status": 404, "route": "bulk_status", "at": [1, 2]}],
            id="not known at first",
        ),
        pytest.param(
            [{"fault": "status", "status": 404, "route": "chunk", "at": 2}],
            id="a file that is not there yet",
        ),
        pytest.param(
            [{"fault": "missing_chunks", "route": "bulk_status", "at": 1, "records": 3}],
            id="files that are not named yet",
        ),
    ],
)
def test_every_row_has_its_answer(faults: list[dict[str, Any]], dialect: Dialect) -> None:
    if any("committed" in fault for fault in faults):
        # A job without a reply is tried in no other form: it may have been taken.
        dialect = replace(dialect, async_input="both")
    with tenant(*faults, dialect=dialect) as (url, store):
        done, _ = sent(url)
        assert done.persons["outcome"].to_list() == ["stored"] * 50 + ["refused"]
        assert done.company_persons["outcome"].to_list() == ["stored"] * 50 + ["refused"]
        assert agrees(done, store)
        assert (done.stopped, done.plan and done.plan.mode) == (None, "async")


@pytest.mark.parametrize(
    ("fault", "may_come"),
    [("missing_records", True), ("doubled_records", False), ("misnumbered_records", False),
     ("missing_chunks", True)],
)  # fmt: skip
def test_what_the_results_do_not_tell_is_unknown(
    fault: str,
    may_come: bool,  # noqa: FBT001  a part of a case
    dialect: Dialect,
) -> None:
    """As long as it may still come; otherwise its records go again, and are told of then."""
    route = None if fault == "missing_chunks" else "chunk"
    with tenant({"fault": fault, "route": route}, dialect=dialect) as (url, store):
        done, _ = sent(url)
        words = set(done.persons["outcome"])
        assert ("unknown" in words) == may_come
        assert words <= {"stored", "refused", "unknown"}
        assert agrees(done, store)
        unknown = done.persons[done.persons["outcome"] == "unknown"]
        assert unknown["error_message"].str.contains("up in Gainsight").all()


@pytest.mark.parametrize(
    ("fault", "stopped", "waited"),
    [
        pytest.param(
            {"fault": "stuck", "route": "bulk_async"}, UnavailableError, 35 * 60, id="stuck"
        ),
        pytest.param(
            {"fault": "status", "status": 401, "route": "bulk_status"}, AccessKeyError, 0.5,
            id="the key is refused while the job goes on",
        ),
        pytest.param(
            {"fault": "status", "status": 413, "route": "bulk_status"}, RejectedError, 2.5,
            id="the status is refused",
        ),
        pytest.param(
            {"fault": "status", "status": 503, "route": "bulk_status"}, UnavailableError, 15.5,
            id="the status is away",
        ),
        pytest.param(
            {"fault": "html", "status": 200, "route": "bulk_status"}, UnavailableError, 35 * 60,
            id="the status is a page",
        ),
    ],
)  # fmt: skip
def test_a_job_that_was_taken_is_never_said_to_be_refused(
    fault: dict[str, Any], stopped: type[UploadError], waited: float
) -> None:
    with tenant(fault) as (url, _):
        done, seconds = sent(url)
        assert set(done.persons["outcome"]) == set(done.company_persons["outcome"]) == {"unknown"}
        assert type(done.stopped) is stopped
        assert seconds == pytest.approx(waited)
        assert done.persons["request_id"].notna().all()


def test_the_people_of_a_job_that_failed_go_in_calls() -> None:
    with tenant({"fault": "failed", "route": "bulk_async"}) as (url, store):
        done, _ = sent(url)
        assert done.persons["outcome"].to_list() == ["stored"] * 50 + ["refused"]
        assert done.company_persons["outcome"].to_list() == ["stored"] * 50 + ["refused"]
        assert agrees(done, store)


def test_an_interrupted_job_is_unknown() -> None:
    limits = Limits(**NO_LIMITS, waiting=lambda _: signal.raise_signal(signal.SIGINT))
    with tenant() as (url, _), Client(url, "any", limits=limits) as client:
        done = upload(PEOPLE, LINKS, client=client, mode="async")
        assert set(done.persons["outcome"]) == {"unknown"}
        assert "interrupted" in str(done.stopped)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("GSOBJ_X99", "GSOBJ_X99"),
        ("Kolibrina", "***"),
        ("p0@acme.com", "***"),
        ("+4930901820", "***"),
    ],
)
def test_what_is_no_code_is_cut_out_in_its_place(
    code: str, shown: str, tenant: Tenant, client: Client, line: type[Line], tmp_path: Path
) -> None:
    """In the rows of an upload, and in those that the ledger gives back."""

    def refused(records: list[Any]) -> list[Any]:
        error = {"details": [{"fieldName": "Email", "errors": [{"code": code, "message": "no"}]}]}
        return [{**records[0], "operationStatus": "FAILURE", "error": error}, *records[1:]]

    tenant.script = [line(change=refused)]
    people = pd.DataFrame({"Email": ["p0@acme.com", "p1@acme.com"]})
    with Ledger(tmp_path / "home") as ledger:
        for _ in range(2):
            done = upload(people, client=client, ledger=ledger)
            assert done.persons["outcome"].tolist() == ["refused", "stored"]
            assert done.persons["error_code"].fillna("").tolist() == [shown, ""]
    assert len(tenant.bodies) == 1
