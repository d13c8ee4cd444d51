"""A deletion that is ended early: what is known reaches the rows, and no one is said to be kept."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import settings
from runner import Command
from tracing import Entry, Lines, traced

from gsprep.calls.limits import Limits
from gsprep.errors import FaultError, UploadError
from gsprep.ledger.ledger import Ledger
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.tables.read import read_table
from gsprep.uploader import deleting
from gsprep.uploader.client import Client
from gsprep.uploader.deleting import delete_persons, look_up
from gsprep.uploader.interrupts import noted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runner import Runner

    from gsprep.uploader.deleting import Deleted

FILES = tuple(
    f"gsprep/{name}.py"
    for name in ("uploader/deleting", "uploader/sending", "uploader/interrupts", "calls/limits")
)
HUP = getattr(signal, "SIGHUP", signal.SIGTERM)
# At so many of the lines; `make test-thorough` tries many more.
PLACES = settings().max_examples * 2 // 3


class Tenant:
    """A sandbox on a port, which calls ``before`` at each call with its method and path."""

    def __init__(self, store: Store) -> None:
        """Wrap the service of a store."""
        self.store = store
        self.before: Callable[[str, str], object] = lambda _method, _path: None
        self.app = make_app(store, limits=UNLIMITED)
        service = self.app.wsgi_app

        def called(environ: Any, start: Any) -> Any:
            self.before(environ["REQUEST_METHOD"], environ["PATH_INFO"])
            return service(environ, start)

        self.app.wsgi_app = called  # type: ignore[method-assign]  # as Flask says it is done

    def add(self, domain: str, number: int = 7) -> pd.DataFrame:
        """Add people, and return their rows."""
        self.store.upsert_people([{"Email": f"p{n}@{domain}.com"} for n in range(number)])
        gsids = [self.store.persons[f"p{n}@{domain}.com"]["Gsid"] for n in range(number)]
        return pd.DataFrame({"Gsid": gsids})

    @property
    def gsids(self) -> set[str]:
        """Return who is there."""
        return {person["Gsid"] for person in self.store.persons.values()}


@pytest.fixture
def tenant(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """Return a tenant whose jobs take no time; three people go a call."""
    monkeypatch.setattr(deleting, "GSIDS_PER_DELETE", 3)
    with Store(pace=Pace(waits=0, least=0, rate=1e9)) as store:
        yield Tenant(store)


@pytest.fixture
def client(tenant: Tenant, tmp_path: Path) -> Iterator[Client]:
    """Return a client of the tenant that keeps to no quota and never waits."""
    limits = Limits(windows=(), delete_windows=(), sleep=lambda _: None, jitter=lambda: 0.0)
    with (
        serve(tenant.app) as server,
        Ledger(tmp_path / "home") as ledger,
        Client(server.url, "any", limits=limits, ledger=ledger) as client,
    ):
        yield client


def holds(done: Deleted, tenant: Tenant) -> list[str]:
    """Check that what is said of each row is true; return the outcomes."""
    for row in done.frame.to_dict("records"):
        is_there = row["Gsid"] in tenant.gsids
        assert row["outcome"] in ("deleted", "unknown", "unsent")
        assert row["outcome"] != "deleted" or not is_there
        assert row["outcome"] != "unsent" or is_there
        assert row["outcome"] == "deleted" or row["error_message"]
    return done.frame["outcome"].tolist()


@pytest.mark.parametrize("signals", [1, 2])
def test_a_signal_at_any_line(signals: int, tenant: Tenant, client: Client) -> None:
    """Some lines of each test, evenly spread; the same command again deletes the rest."""
    counter, stopped = Lines(FILES, lambda: None), 0
    doomed = look_up(tenant.add("counted"), client)
    with noted(), traced(counter):
        delete_persons(doomed, client)
    assert counter.count > 200
    for nth, at in enumerate(range(1, counter.count, counter.count // PLACES)):
        given = tenant.add(f"d{nth}")
        doomed = look_up(given, client)
        number = (signal.SIGINT, signal.SIGTERM, HUP)[nth % 3]
        moments = [at + 7 * n for n in range(signals)]
        tracer = Lines(FILES, partial(signal.raise_signal, number), *moments)
        with noted() as interrupts:
            with traced(tracer):
                done = delete_persons(doomed, client)
            # Threads wait more or less often: a run may have fewer lines than the counted one.
            assert interrupts.asked or done.stopped is None
        holds(done, tenant)
        assert done.stopped is None or "interrupted" in str(done.stopped)
        stopped += done.stopped is not None
        again = delete_persons(look_up(given, client), client)
        assert holds(again, tenant) == ["deleted"] * 7
        assert again.stopped is None
    assert stopped


def test_the_first_signal_waits_for_the_call_and_begins_no_other(
    tenant: Tenant, client: Client
) -> None:
    asked: list[str] = []

    def signalled(method: str, path: str) -> None:
        if "/delete/status/" in path:
            asked.append(method)
            if len(asked) == 2:
                signal.raise_signal(HUP)

    doomed = look_up(tenant.add("acme"), client)
    tenant.before = signalled
    done = delete_persons(doomed, client)
    assert holds(done, tenant) == [*["deleted"] * 6, "unsent"]
    assert "Run the same command again" in str(done.stopped)
    assert done.frame["request_id"].notna().tolist() == [True] * 6 + [False]
    assert len(asked) == 2


def test_the_second_signal_waits_for_nothing(tenant: Tenant, client: Client) -> None:
    """The second call is never answered: its people are unknown, those before it are deleted."""
    free, calls = threading.Event(), list[str]()

    def held_up(method: str, _path: str) -> None:
        calls.append(method)
        if calls.count("DELETE") == 2:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            free.wait()

    doomed = look_up(tenant.add("acme"), client)
    tenant.before = held_up
    done = delete_persons(doomed, client)
    outcomes = holds(done, tenant)
    free.set()
    assert outcomes == [*["deleted"] * 3, *["unknown"] * 3, "unsent"]
    assert "interrupted" in str(done.stopped)


def test_who_was_looked_up_before_the_signal_has_an_outcome(tenant: Tenant, client: Client) -> None:
    """The service counts fewer than were sent, so each is looked up; the third call never ends."""
    free, looked = threading.Event(), list[str]()
    given = pd.concat([pd.DataFrame({"Gsid": ["1P04" + "Z" * 32]}), tenant.add("acme", 2)])
    doomed = look_up(given, client)

    def held_up(method: str, path: str) -> None:
        if method == "GET" and path.rsplit("/", 1)[-1].startswith("1P"):
            looked.append(path)
        if len(looked) == 3:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            free.wait()

    tenant.before = held_up
    done = delete_persons(doomed, client)
    free.set()
    assert holds(done, tenant) == ["deleted", "deleted", "unknown"]


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        pytest.param(OSError(28, "No space left"), UploadError, "No space left", id="a full disk"),
        pytest.param(BrokenPipeError(32, "Broken pipe"), UploadError, "Broken pipe", id="a pipe"),
        pytest.param(MemoryError(), UploadError, "memory", id="no memory"),
        pytest.param(ValueError("ana@acme.com"), FaultError, "ValueError at", id="a fault"),
    ],
)
@pytest.mark.parametrize("function", ["until_over", "wait", "_forget"])
def test_whatever_is_raised_takes_nothing_along(
    error: Exception, kind: type, says: str, function: str, tenant: Tenant, client: Client
) -> None:
    """In the thread of a call, in the one that waits for it, and at the end."""
    free = threading.Event()

    def fail() -> None:
        raise error

    files = {"until_over": "uploader/jobs.py", "wait": "uploader/sending.py"}
    doomed = look_up(tenant.add("acme"), client)
    if function == "wait":
        # The call is over neither before it is waited for nor before the deletion is.
        tenant.before = lambda _method, _path: bool(free.wait())
    with traced(Entry(files.get(function, "uploader/deleting.py"), function, fail)):
        done = delete_persons(doomed, client)
    free.set()
    expected = ["deleted"] * 7 if function == "_forget" else ["unknown"] * 3 + ["unsent"] * 4
    assert done.frame["outcome"].tolist() == expected
    assert type(done.stopped) is kind
    assert says in str(done.stopped)
    assert "ana@acme.com" not in str(done.stopped)
    assert "gsprep resume" not in str(done.stopped)


def test_no_thread_can_be_started(
    tenant: Tenant, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("can't start new thread")

    doomed = look_up(tenant.add("acme"), client)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        done = delete_persons(doomed, client)
    assert holds(done, tenant) == ["unsent"] * 7
    assert done.stopped is not None


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGHUP")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_process_that_is_told_to_end_writes_the_outcomes(
    name: str, runner: Runner, tenant: Tenant, tmp_path: Path
) -> None:
    """Standard error has no reader; the deletion would take an hour from the signal on."""
    tenant.add("acme", 2)
    tenant.store.pace = Pace(waits=3_600)
    (tmp_path / "leavers.csv").write_text("Email\np0@acme.com\nwho@x.com\n", encoding="utf-8")
    processes: list[int] = []

    def signalled(method: str, _path: str) -> None:
        if method == "DELETE":
            os.kill(processes[0], getattr(signal, name))

    tenant.before = signalled
    with serve(tenant.app) as server:
        command = Command(
            words=("delete", "leavers.csv", "--to", server.url, "--yes"),
            folder=str(tmp_path),
            environment={"GSPREP_HOME": str(tmp_path / "home"), "GAINSIGHT_ACCESS_KEY": "any"},
            before="ends = os.pipe(); os.close(ends[0]); os.dup2(ends[1], 2)",
        )
        processes.append(runner.start(command))
        code = runner.wait().code
    assert code == 3
    told = read_table(tmp_path / "deleted.csv")
    assert told["outcome"].tolist() == ["unknown", "absent"]
    assert "p1@acme.com" in tenant.store.persons
