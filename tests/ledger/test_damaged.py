"""Rows of the ledger that nobody of gsprep wrote like this: a sentence, never a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest

from gsprep.calls.limits import Limits
from gsprep.errors import InputError, LedgerError
from gsprep.ledger.privacy import purge_run
from gsprep.ledger.quota import QuotaWindow, forget_old
from gsprep.uploader.client import Client
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.ledger.ledger import Ledger

PEOPLE = pd.DataFrame({"Email": ["ana@acme.com", "bo@acme.com"]})


@pytest.fixture
def client(ledger: Ledger) -> Iterator[Client]:
    """Return a client of a tenant that has sent two people to its end."""

    def reply(request: httpx.Request) -> httpx.Response:
        records = [
            {"rowNumber": at, "record": {"Email": email, "Gsid": f"1P{at}"},
             "operationStatus": "SUCCESS"}
            for at, email in enumerate(PEOPLE["Email"], 1)
        ]  # fmt: skip
        return httpx.Response(200, json={"result": True, "data": {"records": records}})

    limits = Limits(windows=(), attempts=1)
    with Client("acme", "key", transport=httpx.MockTransport(reply), limits=limits) as client:
        first = upload(PEOPLE, client=client, ledger=ledger)
        assert set(first.persons["outcome"]) == {"stored"}
        yield client


def change(ledger: Ledger, sql: str, *values: object) -> None:
    with ledger.database.writing() as connection:
        connection.execute(sql, values)


@pytest.mark.parametrize(
    "told",
    [
        "", "no JSON", "[]", "{}", "null", "7", '["", "more", "than", "there", "were"]', "[7]",
        '[["weird"]]', '[["stored", 7]]', '[["refused", "", ["code"]]]', "[[[]]]", "[[]]",
        '[["refused", "", ["code", "field", "\\u001f99\\u001f"]]]', "\x00", b"bytes",
    ],
)  # fmt: skip
@pytest.mark.parametrize("changed_only", [False, True])
def test_an_outcome_that_cannot_be_read(
    told: object, changed_only: Any, client: Client, ledger: Ledger
) -> None:
    change(ledger, "UPDATE record SET told = ? WHERE position = 1", told)
    with pytest.raises(LedgerError, match="is damaged") as refused:
        upload(PEOPLE, client=client, ledger=ledger, changed_only=changed_only)
    assert str(ledger.path) in str(refused.value)


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("UPDATE record SET position = 99 WHERE position = 1", id="too far"),
        pytest.param("UPDATE record SET position = -5 WHERE position = 1", id="before the first"),
        pytest.param("UPDATE record SET gsid = x'00' WHERE position = 1", id="bytes"),
        pytest.param(
            "UPDATE batch SET state = 'accepted', job = 'job-1234', positions = x'00'", id="no zlib"
        ),
        pytest.param("UPDATE batch SET state = 'accepted', job = NULL", id="a job without an id"),
        pytest.param(
            "UPDATE batch SET state = 'accepted', job = '../x'", id="a job that is a path"
        ),
    ],
)
def test_a_row_that_cannot_be(sql: str, client: Client, ledger: Ledger) -> None:
    change(ledger, sql)
    with pytest.raises(LedgerError, match="is damaged"):
        upload(PEOPLE, client=client, ledger=ledger)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE run SET options = ?", "UPDATE run SET inputs = ?", "UPDATE run SET begun = ?",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["", "no JSON", "[1]", "7e99", b"\xff"])
def test_a_run_that_cannot_be_read_can_be_forgotten(
    sql: str, value: object, ledger: Ledger
) -> None:
    name = ledger.runs.begin("run", {"people": "a.csv"}, 1.0).id
    change(ledger, sql, value)
    with pytest.raises(LedgerError, match=f"gsprep purge --run {name}"):
        ledger.runs.unfinished()
    with pytest.raises(LedgerError, match="is damaged"):
        ledger.runs.unfinished(name)
    assert ledger.runs.all()[0].damaged
    purge_run(ledger, name)
    with pytest.raises(InputError, match="no run of this name"):
        ledger.runs.find(name)


def test_a_call_that_ended_at_no_time_counts_as_ended_now(ledger: Ledger) -> None:
    quota, rule = ledger.quota("acme"), QuotaWindow("sync", 1, 60.0)
    quota.end(quota.take(["sync"], [rule], 1_000.0), 1_000.0)
    quota.flush()
    change(ledger, "UPDATE call SET ended = 'noon'")
    forget_old(ledger.database, 2_000.0)
    assert quota.take(["sync"], [rule], 2_000.0).wait == 60.0
