"""Reading and writing the lists of Staircase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from clients import Clock

from gsprep.calls.transport import KeyedTransport
from gsprep.errors import InputError, RejectedError, ReplyError
from gsprep.sandbox.app import make_app
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.settings import AccessKey
from gsprep.systems.staircase import Staircase
from gsprep.systems.system import SystemCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def opened(transport: httpx.BaseTransport) -> Staircase:
    calls = SystemCalls(
        "https://staircase.example/staircase/ai",
        AccessKey("k"),
        KeyedTransport,
        limits=Clock().limits(),
        transport=transport,
    )
    return Staircase(calls)


@pytest.fixture
def connect() -> Iterator[Callable[..., Staircase]]:
    """Return a function that opens the sandbox's tenant, with faults."""
    with Store() as store:
        app = make_app(store, limits=UNLIMITED, clock=lambda: 60.0)

        def connect(*faults: dict[str, Any]) -> Staircase:
            return opened(httpx.WSGITransport(app=add_faults(app, read_faults(list(faults)))))

        yield connect


def accounts(*numbers: int) -> list[dict[str, str]]:
    return [{"gainsight_id": f"G{number}", "name": f"A{number}"} for number in numbers]


def test_a_list_is_read_page_by_page(connect: Callable[..., Staircase]) -> None:
    system = connect()
    for start in range(0, 150, 50):
        system.insert("accounts", accounts(*range(start, start + 50)))
    read = system.rows("accounts")
    assert read.is_complete
    assert set(read.frame["gainsight_id"]) == {f"G{number}" for number in range(150)}
    assert not system.rows("accounts", 61.0).frame["id"].any()
    assert not system.rows("accounts", 0.0).is_complete
    found = system.query("accounts", select=["name"], among=("gainsight_id", ["G7", "none"]))
    assert found[["name"]].to_dict("records") == [{"name": "A7"}]


@pytest.mark.parametrize("fault", ["doubled_records", "missing_records", "shuffled_records"])
def test_a_page_that_cannot_be_right_is_an_error(
    connect: Callable[..., Staircase], fault: str
) -> None:
    connect().insert("accounts", accounts(*range(50)))
    connect().insert("accounts", accounts(*range(50, 100)))
    connect().insert("accounts", accounts(100))
    system = connect({"fault": fault, "route": "staircase_list", "at": 1})
    if fault == "missing_records":
        # Nobody can tell that a row is missing within a page.
        assert len(system.rows("accounts").frame) == 100
    else:
        with pytest.raises(ReplyError):
            system.rows("accounts")


@pytest.mark.parametrize(
    "body",
    [
        {"data": None},
        {"data": [{"name": "no id"}]},
        {"data": [{"id": "A"}], "next": "B"},
        {"data": [], "next": "A"},
        [],
    ],
)
def test_a_reply_that_is_no_page_is_an_error(body: Any) -> None:
    system = opened(httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
    with pytest.raises(ReplyError):
        system.rows("accounts")


def test_records_are_written_and_deleted(connect: Callable[..., Staircase]) -> None:
    system = connect()
    (first, _) = system.insert("accounts", accounts(1, 2))
    assert system.update("accounts", [{"Gsid": first, "name": "New"}]) == [first]
    assert (system.delete("accounts", first), system.delete("accounts", first)) == (True, False)
    with pytest.raises(RejectedError) as refused:
        system.insert("accounts", accounts(2))
    assert (refused.value.code, refused.value.field) == ("STAIRCASE_1003", "gainsight_id")
    with pytest.raises(InputError):
        system.insert("metrics", accounts(3))
    with pytest.raises(InputError, match="it has accounts"):
        system.rows("nothing")
    assert system.test().startswith("Staircase answered")


def test_fields_are_those_of_a_list_with_custom_ones() -> None:
    system = opened(httpx.MockTransport(lambda _: httpx.Response(500)))
    fields = system.fields("accounts", ["custom_arr", "other"])
    assert fields is not None
    assert (fields.knows("custom_arr"), fields.knows("other")) == (True, False)
    assert system.fields("metrics") is None
