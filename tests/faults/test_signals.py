"""A signal at any line: nothing is lost, nothing hangs, and nothing acknowledged is sent again."""

from __future__ import annotations

import signal
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import settings
from tracing import Lines, traced

from gsprep.calls.limits import Limits
from gsprep.ledger.ledger import Ledger
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.uploader.client import Client
from gsprep.uploader.interrupts import noted
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.results import Uploaded
    from tests.faults.conftest import Line, Tenant

# All that runs between the first call and the result, in the thread that sends and in the others.
FILES = tuple(
    f"gsprep/{name}.py"
    for name in (
        "uploader/sending", "uploader/interrupts", "uploader/journal",
        "uploader/sinks", "calls/call", "calls/limits", "ledger/database", "ledger/uploads",
        "ledger/quota",
    )
)  # fmt: skip
assert all((Path(__file__).parents[2] / name).is_file() for name in FILES)
HUP = getattr(signal, "SIGHUP", signal.SIGTERM)
# At so many of the lines; `make test-thorough` tries many more.
PLACES = settings().max_examples // 2


def people(nth: int) -> pd.DataFrame:
    """Return 170 people, four calls, who are in no other frame."""
    return pd.DataFrame({"Email": [f"p{n}@{nth}.com" for n in range(170)], "Name": "Ana"})


@pytest.fixture
def calling(tenant: Tenant) -> Iterator[Client]:
    """Return a client that keeps to no quota, several calls of which are under way at once."""
    limits = Limits(windows=(), attempts=2, jitter=lambda: 0.0)
    with Client(tenant.url, "any", limits=limits) as client:
        yield client


def holds(done: Uploaded, tenant: Tenant) -> set[str]:
    """Check that every row has one outcome, and a true one; return who is acknowledged."""
    held = tenant.store.persons
    for row in done.persons.to_dict("records"):
        here = row["Email"] in held
        assert row["outcome"] in ("stored", "unknown", "unsent")
        assert row["outcome"] != "stored" or held[row["Email"]]["Gsid"] == row["Gsid"]
        assert row["outcome"] != "unsent" or not here
    return set(done.persons.loc[done.persons["outcome"] == "stored", "Email"])


def goes_on(
    done: Uploaded, given: pd.DataFrame, tenant: Tenant, client: Client, ledger: Ledger
) -> None:
    """Check that the same upload again ends it, and sends nobody again who was acknowledged."""
    acknowledged = holds(done, tenant)
    tenant.bodies.clear()
    whole = upload(given, client=client, ledger=ledger)
    assert whole.stopped is None
    assert holds(whole, tenant) == set(given["Email"])
    assert not acknowledged & set(tenant.posted())


@pytest.mark.parametrize("signals", [1, 2])
def test_a_signal_at_any_line(
    signals: int, tenant: Tenant, calling: Client, tmp_path: Path
) -> None:
    """Some lines of each test, evenly spread; a second signal follows a few lines after."""
    counter, stopped = Lines(FILES, lambda: None), 0
    with Ledger(tmp_path / "counted") as ledger, noted(), traced(counter):
        upload(people(999), client=calling, ledger=ledger)
    assert counter.count > 1_000
    for nth, at in enumerate(range(1 + signals, counter.count, counter.count // PLACES)):
        given = people(nth)
        number = (signal.SIGINT, signal.SIGTERM, HUP)[nth % 3]
        moments = [at + 9 * n for n in range(signals)]
        tracer = Lines(FILES, partial(signal.raise_signal, number), *moments)
        with Ledger(tmp_path / f"home{nth}") as ledger:
            with noted() as interrupts, traced(tracer):
                done = upload(given, client=calling, ledger=ledger)
            # Threads wait more or less often: a run may have fewer lines than the counted one.
            assert interrupts.asked or done.stopped is None
            stopped += done.stopped is not None
            assert done.stopped is None or "interrupted" in str(done.stopped)
            goes_on(done, given, tenant, calling, ledger)
    assert stopped


def test_the_second_signal_waits_for_nobody(
    tenant: Tenant, calling: Client, line: type[Line]
) -> None:
    """The call under way is never answered: its rows are unknown, the others are as they were."""
    given, free = people(0), threading.Event()
    reply = tenant.reply

    def held_up(path: str, body: bytes) -> Any:
        if tenant.calls == 3:
            # Two of one kind that come at once are one.
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            free.wait()
        return reply(path, body)

    tenant.reply = held_up  # type: ignore[method-assign]  # a service that is late
    done = upload(given, client=calling)
    free.set()
    assert done.persons["outcome"].tolist() == [
        *["stored"] * 100,
        *["unknown"] * 50,
        *["unsent"] * 20,
    ]
    assert "interrupted" in str(done.stopped)


def test_a_job_that_the_second_signal_left_is_asked_for_and_not_handed_in_again(
    tmp_path: Path,
) -> None:
    """Its state is asked for when both signals come, and no answer comes before the end."""
    free, handed = threading.Event(), list[str]()
    with Store(pace=Pace(waits=0, least=0, rate=1e9)) as store:
        app = make_app(store, limits=UNLIMITED)

        def held_up(environ: Any, start: Any, service: Any = app.wsgi_app) -> Any:
            if environ["REQUEST_METHOD"] == "POST":
                handed.append(environ["PATH_INFO"])
            elif not free.is_set():
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGTERM)
                free.wait()
            return service(environ, start)

        app.wsgi_app = held_up  # type: ignore[method-assign]  # as Flask says it is done
        limits = Limits(windows=(), async_windows=(), sleep=lambda _: None)
        with (
            serve(app) as server,
            Ledger(tmp_path / "home") as ledger,
            Client(server.url, "any", limits=limits) as client,
        ):
            left = upload(people(0), client=client, ledger=ledger, mode="async")
            free.set()
            assert set(left.persons["outcome"]) == {"unknown"}
            done = upload(people(0), client=client, ledger=ledger, mode="async")
    assert set(done.persons["outcome"]) == {"stored"}
    assert len(handed) == 1


def test_handlers_come_back_and_hear_what_came(tenant: Tenant, calling: Client) -> None:
    """Of an application that has its own; what a process was told to ignore it still ignores."""
    heard: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, HUP)}
    try:
        signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
        signal.signal(HUP, signal.SIG_IGN)
        for number in (HUP, signal.SIGTERM):
            tenant.bodies.clear()
            done = upload(
                people(number), client=calling,
                progress=lambda _done, _whole, number=number: signal.raise_signal(number),
            )  # fmt: skip
            assert (done.stopped is None) == (number == HUP)
        assert heard
        assert signal.getsignal(HUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is before[signal.SIGINT]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_another_thread_than_the_main_one_has_no_signals(tenant: Tenant, calling: Client) -> None:
    done: list[Uploaded] = []
    seen: list[object] = []
    before = signal.getsignal(signal.SIGINT)

    def look(_done: int, _whole: int) -> None:
        seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(
        target=lambda: done.append(upload(people(0), client=calling, progress=look))
    )
    thread.start()
    thread.join()
    assert done[0].stopped is None
    assert set(seen) == {before}
