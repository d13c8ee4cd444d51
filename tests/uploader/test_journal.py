"""Sent once: an upload goes on where it ended, and what is stored just so stays out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest
from each_row import each_row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gsprep.calls.limits import Limits
from gsprep.errors import LedgerError
from gsprep.ledger.ledger import Ledger
from gsprep.results import Plan
from gsprep.sandbox.app import make_app
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.uploader.client import Client
from gsprep.uploader.upload import plan, upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gsprep.results import Uploaded

ACME, NOWHERE = "1P02" + "A" * 32, "1P02" + "B" * 32


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "home") as ledger:
        yield ledger


class Wire(httpx.BaseTransport):
    """The sandbox, of which the calls after ``most`` break off."""

    def __init__(self, store: Store) -> None:
        """Serve ``store``."""
        self.store = store
        self.inner = httpx.WSGITransport(app=make_app(store, limits=UNLIMITED))
        self.calls, self.most = 0, 1_000_000

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Do a call."""
        self.calls += 1
        if self.calls > self.most:
            raise httpx.ConnectError("away")
        return self.inner.handle_request(request)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Store() as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme"}])
        yield Wire(store)


@pytest.fixture
def client(wire: Wire) -> Iterator[Client]:
    limits = Limits(windows=(), async_windows=(), sleep=lambda _: None, jitter=lambda: 0.0)
    with Client("http://localhost", "key", transport=wire, limits=limits) as client:
        yield client


def people(number: int, name: str = "Ana") -> pd.DataFrame:
    return pd.DataFrame({"Email": [f"p{n}@x.com" for n in range(number)], "Name": name})


def links(number: int, wrong: int = 0) -> pd.DataFrame:
    """Return an association for each person, of which the last ones are refused."""
    ids = [ACME] * (number - wrong) + [NOWHERE] * wrong
    return pd.DataFrame({"Email": people(number)["Email"], "Company_ID": ids})


def outcomes(sent: Uploaded) -> list[str]:
    return sent.persons["outcome"].tolist()


def test_the_same_again_sends_nothing_and_says_the_same(
    wire: Wire, client: Client, ledger: Ledger
) -> None:
    rows = pd.concat([people(119), pd.DataFrame({"Email": ["bad@"], "Name": ["Bo"]})])
    first = upload(rows, links(119, wrong=2), client=client, ledger=ledger)
    again = upload(rows, links(119, wrong=2), client=client, ledger=ledger)
    assert (first.calls, again.calls, wire.calls) == (3, 0, 3)
    told = ["Gsid", "outcome", "error_code", "error_field", "error_message"]
    pd.testing.assert_frame_equal(first.persons[told], again.persons[told])
    pd.testing.assert_frame_equal(first.company_persons[told], again.company_persons[told])
    assert again.persons[["batch", "request_id"]].isna().all(axis=None)
    assert again.plan is not None
    assert (again.plan.calls, again.plan.unchanged) == (0, 120)
    assert upload(rows, links(119, wrong=2), client=client, ledger=ledger, force=True).calls == 3


def test_without_a_ledger_everything_is_sent(wire: Wire, client: Client) -> None:
    upload(people(3), client=client)
    upload(people(3), client=client)
    assert wire.calls == 2


def test_another_file_sends_every_row_unless_only_changes_go(
    wire: Wire, client: Client, ledger: Ledger
) -> None:
    upload(people(60), links(60), client=client, ledger=ledger)
    other = pd.concat([people(60).iloc[:59], pd.DataFrame({"Email": ["p59@x.com"], "Name": "Bo"})])
    foretold = plan(other, links(60), client=client, ledger=ledger)
    assert (foretold.calls, foretold.updates, foretold.unchanged) == (2, 60, 0)
    changes = upload(other, links(60), client=client, ledger=ledger, changed_only=True)
    assert (changes.calls, set(outcomes(changes))) == (1, {"stored"})
    assert changes.persons["batch"].notna().sum() == 1
    assert changes.persons["Gsid"].nunique() == 60
    assert upload(people(60), client=client, ledger=ledger).calls == 2
    # Last stored without associations: with them every row is changed.
    assert upload(people(60), links(60), client=client, ledger=ledger, changed_only=True).calls == 2


def test_what_was_refused_goes_again_among_changes(client: Client, ledger: Ledger) -> None:
    upload(people(3), links(3, wrong=1), client=client, ledger=ledger)
    more = pd.concat([people(3), people(4).tail(1)], ignore_index=True)
    sent = upload(more, links(3, wrong=1), client=client, ledger=ledger, changed_only=True)
    assert sent.persons["batch"].notna().tolist() == [False, False, True, True]


def test_an_upload_that_broke_off_goes_on_where_it_ended(
    wire: Wire, client: Client, ledger: Ledger
) -> None:
    wire.most = 1
    broken = upload(people(120), links(120), client=client, ledger=ledger)
    assert outcomes(broken) == ["stored"] * 50 + ["unsent"] * 70
    calls, wire.most = wire.calls, 1_000_000
    whole = upload(people(120), links(120), client=client, ledger=ledger)
    assert set(outcomes(whole)) == {"stored"}
    assert wire.calls - calls == 2
    assert whole.persons["batch"].tolist() == ["1"] * 50 + ["4"] * 50 + ["5"] * 20
    pd.testing.assert_series_equal(
        whole.persons["request_id"].head(50), broken.persons["request_id"].head(50)
    )


def test_a_person_who_was_deleted_is_sent_anew(client: Client, ledger: Ledger) -> None:
    first = upload(people(3), client=client, ledger=ledger)
    ledger.uploads(client.base_url).forget([first.persons["Gsid"].iloc[1]])
    foretold = plan(people(3), client=client, ledger=ledger)
    assert (foretold.calls, foretold.creates, foretold.updates, foretold.unchanged) == (1, 1, 0, 2)
    again = upload(people(3), client=client, ledger=ledger)
    assert again.persons["batch"].notna().tolist() == [False, True, False]


def test_who_is_known_to_be_there_is_an_update(client: Client, ledger: Ledger) -> None:
    known = pd.DataFrame({"Email": ["P0@x.com "], "Company_ID": [ACME]})
    foretold = plan(people(3).assign(Gsid=[None, None, "1P01"]), client=client, known=known)
    assert (foretold.updates, foretold.creates, foretold.unknown) == (2, 0, 1)


def test_a_plan_asks_nobody_and_tells_what_quota_is_left(wire: Wire, ledger: Ledger) -> None:
    with Client("http://localhost", "key", transport=wire) as client:
        upload(people(60), client=client, ledger=ledger)
        calls = wire.calls
        foretold = plan(people(70), client=client, ledger=ledger)
    assert wire.calls == calls == 2
    assert [(one.kind, one.allowed, one.left) for one in foretold.quota] == [
        ("sync", 100, 98), ("sync", 50_000, 49_998), ("async", 10, 10), ("async", 100, 100),
    ]  # fmt: skip
    assert "98 of 100 calls a minute" in foretold.in_words()


@each_row(
    ("foretold", "says"),
    [
        (Plan("sync", 1, 1, 1.0, updates=1, creates=2), "1 person is an update, 2 are new"),
        (Plan("sync", 1, 1, 1.0, updates=2, creates=1), "2 people are updates, 1 is new"),
        (
            Plan("sync", 1, 1, 1.0, unchanged=1),
            "1 person was sent before with the same",
        ),
        (
            Plan("sync", 1, 1, 1.0, unchanged=2),
            "2 people were sent before with the same",
        ),
    ],
)
def test_a_plan_speaks_of_one_and_of_several(foretold: Plan, says: str) -> None:
    assert says in foretold.in_words()


def test_two_that_send_the_same_at_once_are_kept_apart(client: Client, ledger: Ledger) -> None:
    def meanwhile(_done: int, _whole: int) -> None:
        with pytest.raises(LedgerError, match="another process"), Ledger(ledger.home) as other:
            upload(people(3), client=client, ledger=other)

    assert (
        outcomes(upload(people(3), client=client, ledger=ledger, progress=meanwhile))
        == ["stored"] * 3
    )


def test_too_many_refused_end_it(wire: Wire, client: Client, ledger: Ledger) -> None:
    from_there = pd.DataFrame({"Email": [f"p{n}@" for n in range(700)]})
    keep: dict[str, Any] = {"client": client, "ledger": ledger}
    stopped = upload(from_there, **keep, most_refused=0.5)
    assert outcomes(stopped) == ["refused"] * 500 + ["unsent"] * 200
    assert "--max-refused" in str(stopped.stopped)
    assert upload(people(700), **keep, most_refused=0.5).stopped is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    breaks=st.lists(st.integers(0, 3), max_size=3),
    wrong=st.integers(0, 5),
    number=st.integers(1, 130),
)
def test_however_often_it_breaks_off_each_row_ends_as_if_it_never_had(
    breaks: list[int], wrong: int, number: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    told = ["Gsid", "outcome", "error_code", "error_field", "error_message"]
    limits = Limits(windows=(), sleep=lambda _: None, jitter=lambda: 0.0, attempts=1)
    frames = (people(number), links(number, wrong=min(wrong, number)))
    with Store() as store, Ledger(tmp_path_factory.mktemp("home")) as ledger:
        store.add_companies([{"Gsid": ACME, "Name": "Acme"}])
        wire = Wire(store)
        with Client("http://localhost", "key", transport=wire, limits=limits) as client:
            for most in breaks:
                wire.most = wire.calls + most
                upload(*frames, client=client, ledger=ledger)
            wire.most = 1_000_000
            whole = upload(*frames, client=client, ledger=ledger)
            again = upload(*frames, client=client, ledger=ledger)
        assert whole.stopped is None
        assert again.calls == 0
        pd.testing.assert_frame_equal(whole.persons[told], again.persons[told])
        pd.testing.assert_frame_equal(whole.company_persons[told], again.company_persons[told])
        gsids = {person["Gsid"] for person in store.persons.values()}
        assert set(whole.persons["Gsid"]) == gsids
        assert len(store.persons) == number


def test_one_person_a_call_goes_the_same_way(wire: Wire, client: Client, ledger: Ledger) -> None:
    """All of a person is stored or nothing; the service gives no Gsid to associations."""
    rows = pd.concat([people(4), pd.DataFrame({"Email": ["bad@"], "Name": ["Bo"]})])
    first = upload(rows, links(4, wrong=1), client=client, ledger=ledger, mode="single")
    again = upload(rows, links(4, wrong=1), client=client, ledger=ledger, mode="single")
    assert (first.calls, again.calls) == (5, 0)
    assert outcomes(first) == outcomes(again) == ["stored"] * 3 + ["refused"] * 2
    assert first.company_persons["outcome"].tolist() == ["stored"] * 3 + ["refused"]
    assert again.company_persons["outcome"].tolist() == ["stored"] * 3 + ["refused"]
    assert first.company_persons["Gsid"].isna().all()
    assert first.company_persons["Person_ID"].notna().tolist() == [True] * 3 + [False]
    assert first.persons["request_id"].nunique() == 5
    stored = {person["Gsid"] for person in wire.store.persons.values()}
    assert set(first.persons["Gsid"].dropna()) == stored
