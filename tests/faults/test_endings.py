"""Whatever is raised while sending: the outcomes reach the rows, and the next upload goes on."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from tracing import Entry, traced

from gsprep.calls.limits import Limits
from gsprep.cli.exit_codes import exit_code
from gsprep.errors import FaultError, UploadError
from gsprep.ledger.ledger import Ledger
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.uploader.client import Client
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gsprep.results import Uploaded
    from tests.faults.conftest import Line, Tenant

PEOPLE = pd.DataFrame({"Email": [f"p{n}@acme.com" for n in range(170)], "Name": "Ana"})
# One call at a time, so that it is known what was done when a fault comes.
ONE = {"windows": (), "in_flight": 1, "jitter": lambda: 0.0}


@pytest.fixture
def calling(tenant: Tenant) -> Iterator[Client]:
    """Return a client that keeps to no quota and makes one call at a time."""
    with Client(tenant.url, "any", limits=Limits(**ONE)) as client:
        yield client


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Return a ledger of its own."""
    with Ledger(tmp_path / "home") as ledger:
        yield ledger


def holds(done: Uploaded, tenant: Tenant) -> dict[str, int]:
    """Check that what is said of each row is true, and count the outcomes."""
    held = tenant.store.persons
    for row in done.persons.to_dict("records"):
        assert row["outcome"] != "stored" or held[row["Email"]]["Gsid"] == row["Gsid"]
        assert row["outcome"] != "unsent" or row["Email"] not in held
        assert row["outcome"] == "stored" or row["error_message"]
    counts: dict[str, int] = done.persons["outcome"].value_counts().to_dict()
    return counts


def on_batch(number: int, act: Callable[[], object]) -> Callable[[int, int], None]:
    """Return a progress that acts after so many batches."""
    return lambda done, _whole: act() if done == number else None  # type: ignore[func-returns-value]


def raises(error: BaseException) -> Callable[..., Any]:
    def act(*_: object) -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "kind", "code", "says"),
    [
        pytest.param(
            BrokenPipeError(32, "Broken pipe"), UploadError, 3, "Broken pipe", id="a pipe"
        ),
        pytest.param(
            OSError(28, "No space left"), UploadError, 3, "No space left", id="a full disk"
        ),
        pytest.param(MemoryError(), UploadError, 3, "memory", id="no memory"),
        pytest.param(KeyboardInterrupt(), UploadError, 3, "interrupted", id="Ctrl-C"),
        pytest.param(ValueError("ana@acme.com"), FaultError, 70, "ValueError at", id="a fault"),
        pytest.param(SystemExit(1), FaultError, 70, "SystemExit at", id="an exit"),
    ],
)
def test_what_progress_raises_takes_nothing_along(
    error: BaseException, kind: type, code: int, says: str,
    tenant: Tenant, calling: Client, ledger: Ledger,
) -> None:  # fmt: skip
    done = upload(PEOPLE, client=calling, ledger=ledger, progress=on_batch(2, raises(error)))
    assert holds(done, tenant) == {"stored": 100, "unsent": 70}
    assert type(done.stopped) is kind
    assert says in str(done.stopped)
    assert "ana@acme.com" not in str(done.stopped)
    assert done.stopped.__cause__ is error
    assert exit_code(done) == code
    tenant.bodies.clear()
    again = upload(PEOPLE, client=calling, ledger=ledger)
    assert holds(again, tenant) == {"stored": 170}
    assert len(tenant.posted()) == 70


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), MemoryError(), TypeError()])
def test_what_a_wait_raises_in_a_worker_ends_the_upload(
    error: BaseException, tenant: Tenant, line: type[Line], ledger: Ledger
) -> None:
    """It is not known where a thread was: its rows are unknown, and no other is."""
    tenant.script = [line(), line(commits=False, status=503, body=b"")]
    limits = Limits(**ONE, waiting=raises(error))
    with Client(tenant.url, "any", limits=limits) as client:
        done = upload(PEOPLE, client=client, ledger=ledger)
    assert holds(done, tenant) == {"stored": 50, "unknown": 50, "unsent": 70}
    assert done.stopped is not None
    assert done.stopped.__cause__ is error


def test_what_an_earlier_upload_may_have_stored_is_not_unsent(
    tenant: Tenant, line: type[Line], ledger: Ledger
) -> None:
    """The second upload ends before it comes to them: nothing more is known of them than before."""
    tenant.script = [line(), line(reset=True), line(reset=True)]
    limits = Limits(**ONE, sleep=lambda _: None)
    with Client(tenant.url, "any", limits=limits) as client:
        first = upload(PEOPLE, client=client, ledger=ledger)
        expected = {"stored": 50, "unknown": 50, "unsent": 70}
        assert holds(first, tenant) == expected
        tenant.after = line(commits=False, status=401, body=b"{}")
        second = upload(PEOPLE, client=client, ledger=ledger)
    assert holds(second, tenant) == expected
    assert second.persons["outcome"].tolist() == first.persons["outcome"].tolist()


def test_no_thread_can_be_started(
    tenant: Tenant, calling: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", raises(RuntimeError("can't start new thread")))
    done = upload(PEOPLE, client=calling)
    assert holds(done, tenant) == {"unsent": 170}
    assert "cannot start more threads" in str(done.stopped)
    assert exit_code(done) == 3


def no_room(ledger: Ledger) -> None:
    """Let the file of the ledger grow no more: what SQLite meets on a full disk."""
    with ledger.database.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_ledger_ends_the_upload_with_what_is_known(tenant: Tenant, ledger: Ledger) -> None:
    """The answer that is not noted is known all the same; nothing is sent that is not noted."""
    people = pd.DataFrame({"Email": [f"p{n}@acme.com" for n in range(4_000)], "Name": "Ana" * 40})
    with Client(tenant.url, "any", limits=Limits(**ONE)) as client:
        done = upload(
            people, client=client, ledger=ledger,
            progress=on_batch(2, lambda: no_room(ledger)),
        )  # fmt: skip
    counts = holds(done, tenant)
    assert counts["stored"] >= 100
    assert counts["unsent"] > 3_000
    assert len(tenant.posted()) == counts["stored"] + counts.get("unknown", 0)
    assert str(ledger.path) in str(done.stopped)
    assert "full" in str(done.stopped)
    assert exit_code(done) == 3
    with ledger.database.writing() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    tenant.bodies.clear()
    with Client(tenant.url, "any", limits=Limits(**ONE)) as client:
        again = upload(people, client=client, ledger=ledger)
    assert holds(again, tenant) == {"stored": 4_000}
    # At most the one batch that could not be noted goes again.
    assert len(tenant.posted()) <= counts["unsent"] + 50


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let gsprep wait for another process no longer than one try."""
    monkeypatch.setattr("gsprep.ledger.database._PATIENCE", 0.0)


def test_nothing_is_posted_that_a_locked_ledger_does_not_take(
    impatient: None, tenant: Tenant, calling: Client, ledger: Ledger
) -> None:
    """Another process holds the file from the first answer on until the upload ends."""
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        free = Entry("uploader/journal.py", "end", lambda: other.execute("ROLLBACK"))
        with traced(free):
            done = upload(
                PEOPLE, client=calling, ledger=ledger,
                progress=on_batch(1, lambda: other.execute("BEGIN IMMEDIATE")),
            )  # fmt: skip
    assert free.seen
    assert holds(done, tenant) == {"stored": 50, "unsent": 120}
    assert "in use by another process" in str(done.stopped)
    tenant.bodies.clear()
    again = upload(PEOPLE, client=calling, ledger=ledger)
    assert holds(again, tenant) == {"stored": 170}
    assert len(tenant.posted()) == 120


def test_an_answer_after_the_ledger_was_lost_is_noted_when_it_comes_back(
    impatient: None, tenant: Tenant, calling: Client, ledger: Ledger
) -> None:
    """The file is locked while a call is under way: what came of it is known, and noted late."""
    with closing(
        sqlite3.connect(ledger.path, isolation_level=None, check_same_thread=False)
    ) as other:
        free = Entry("uploader/journal.py", "end", lambda: other.execute("ROLLBACK"))
        reply = tenant.reply

        def locking(path: str, body: bytes) -> Any:
            if tenant.calls == 2:
                other.execute("BEGIN IMMEDIATE")
            return reply(path, body)

        tenant.reply = locking  # type: ignore[method-assign]  # something happens meanwhile
        with traced(free):
            done = upload(PEOPLE, client=calling, ledger=ledger)
    assert holds(done, tenant) == {"stored": 100, "unsent": 70}
    tenant.bodies.clear()
    tenant.reply = reply  # type: ignore[method-assign]
    assert holds(upload(PEOPLE, client=calling, ledger=ledger), tenant) == {"stored": 170}
    assert len(tenant.posted()) == 70


def test_an_answer_that_cannot_be_laid_down_is_laid_down_again(
    tenant: Tenant, calling: Client, ledger: Ledger
) -> None:
    """Memory is short for a moment, and there again at the end."""
    calls: list[int] = []

    def short() -> None:
        calls.append(1)
        raise MemoryError

    # The first note of an answer is that of the first batch.
    with traced(Entry("uploader/row_outcomes.py", "_note", short)):
        done = upload(PEOPLE, client=calling, ledger=ledger)
    assert calls == [1]
    assert holds(done, tenant) == {"stored": 50, "unsent": 120}
    tenant.bodies.clear()
    assert holds(upload(PEOPLE, client=calling, ledger=ledger), tenant) == {"stored": 170}
    assert len(tenant.posted()) == 120


def test_a_job_that_a_locked_ledger_did_not_take_is_noted_at_the_end(
    impatient: None, ledger: Ledger
) -> None:
    """It was taken by the service: it is asked for later, and never handed in again."""
    pace = Pace(waits=0, least=0, rate=1e9)
    handed: list[str] = []
    with (
        Store(pace=pace) as store,
        closing(
            sqlite3.connect(ledger.path, isolation_level=None, check_same_thread=False)
        ) as other,
    ):
        app = make_app(store, limits=UNLIMITED)

        def counted(environ: Any, start: Any, service: Any = app.wsgi_app) -> Any:
            if environ["REQUEST_METHOD"] == "POST":
                handed.append(environ["PATH_INFO"])
            return service(environ, start)

        app.wsgi_app = counted  # type: ignore[method-assign]  # as Flask says it is done
        lock = Entry("uploader/journal.py", "accept", lambda: other.execute("BEGIN IMMEDIATE"))
        free = Entry("uploader/journal.py", "end", lambda: other.execute("ROLLBACK"))

        def both(frame: Any, event: str, argument: Any) -> None:
            lock(frame, event, argument)
            free(frame, event, argument)

        limits = Limits(**ONE, async_windows=(), sleep=lambda _: None)
        with serve(app) as server, Client(server.url, "any", limits=limits) as client:
            with traced(both):
                done = upload(PEOPLE, client=client, ledger=ledger, mode="async")
            assert set(done.persons["outcome"]) == {"unknown"}
            assert "in use by another process" in str(done.stopped)
            again = upload(PEOPLE, client=client, ledger=ledger, mode="async")
        assert set(again.persons["outcome"]) == {"stored"}
        assert len(handed) == 1
