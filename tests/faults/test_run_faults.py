"""A run over a wire that fails: each row still ends with exactly one outcome, and a true one."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from gsprep.calls.limits import Limits
from gsprep.cli.exit_codes import exit_code
from gsprep.errors import AccessKeyError, QuotaError, RejectedError, UnavailableError
from gsprep.pipeline import run
from gsprep.run_options import RunOptions
from gsprep.unification.rulebook import read_rulebook
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from gsprep.calls.limits import Wait
    from gsprep.results import RunResult
    from tests.faults.conftest import Line, Tenant

ACME = "1P02" + "A" * 32
COMPANIES = pd.DataFrame({"Gsid": [ACME], "Name": ["Acme Inc"], "Domain": ["acme.com"]})
# Three batches, and a row that never leaves.
PEOPLE = pd.DataFrame({"Email": [*(f"p{n}@acme.com" for n in range(120)), "nobody"]})
HOW = RunOptions(rulebook=read_rulebook())
OK: dict[str, Any] = {}
BUSY = {"commits": False, "status": 503, "body": b"<html>busy</html>"}
TOO_MANY = {"commits": False, "status": 429, "body": b"{}"}
SILENT = {"commits": False, "reset": True}
LOST = {"reset": True}


def outcomes(result: RunResult, tenant: Tenant) -> dict[str, int]:
    """Check the laws that hold whatever happened, and count."""
    lines = result.people
    assert lines["row_id"].tolist() == [str(n) for n in range(1, 122)]
    assert lines["outcome"].notna().all()
    assert lines["outcome"].tolist()[-1] == "rejected"
    held = tenant.store.persons
    for line in lines.to_dict("records"):
        here = line["Email"] in held
        assert line["outcome"] != "stored" or held[line["Email"]]["Gsid"] == line["Gsid"]
        assert here is False or line["outcome"] in ("stored", "unknown")
        assert line["outcome"] == "stored" or isinstance(line["error_message"], str)
    counts: dict[str, int] = lines["outcome"].value_counts().to_dict()
    told = result.summary["persons"]
    assert {name: n for name, n in told.items() if n and name != "sent"} == {
        name: n for name, n in counts.items() if name != "rejected"
    }
    assert len(result.company_persons) == 120
    assert result.company_persons["outcome"].notna().all()
    return counts


@pytest.mark.parametrize(
    ("script", "slept"),
    [
        pytest.param([OK], [], id="all is well"),
        pytest.param([BUSY, BUSY], [1.0, 2.0], id="503 twice"),
        pytest.param([OK, TOO_MANY], [5.0], id="429 that says nothing"),
        pytest.param([{**TOO_MANY, "headers": {"Retry-After": "17"}}], [17.0], id="429 that says"),
        pytest.param([OK, LOST], [1.0], id="a reset after the work was done"),
        pytest.param([SILENT], [1.0], id="a reset before anything was done"),
        pytest.param([{"cut": True}], [1.0], id="a reply that ends halfway"),
        pytest.param([{**BUSY, "commits": True}], [1.0], id="503 although it was stored"),
        pytest.param([{"change": lambda records: records[::-1]}], [], id="records shuffled"),
    ],
)
def test_what_passes_leaves_no_trace(
    tenant: Tenant,
    client: Client,
    waits: list[float],
    line: type[Line],
    script: list[dict[str, Any]],
    slept: list[float],
) -> None:
    """Sending is an upsert, so a repeated batch is stored once and answered once."""
    tenant.script = [line(**words) for words in script]
    result = run(PEOPLE, COMPANIES, client=client, options=HOW)
    assert outcomes(result, tenant) == {"stored": 120, "rejected": 1}
    assert sum(waits) == sum(slept)
    assert result.summary["calls"] == tenant.calls == 3 + len(slept)
    assert (result.summary["status"], exit_code(result)) == ("done", 1)
    assert len(tenant.store.persons) == len(tenant.store.company_persons) == 120


@pytest.mark.parametrize(
    ("script", "counts", "error", "code"),
    [
        pytest.param(
            [OK, *[BUSY] * 5], {"stored": 50, "unknown": 50, "unsent": 20}, UnavailableError, 3,
            id="503 without end: it may have worked on the second batch",
        ),
        pytest.param(
            [OK, *[TOO_MANY] * 5], {"stored": 50, "unsent": 70}, UnavailableError, 3,
            id="429 without end: nothing of the second batch was taken",
        ),
        pytest.param(
            [{**TOO_MANY, "headers": {"Retry-After": "9999"}}], {"unsent": 120}, QuotaError, 3,
            id="429 for longer than anybody waits",
        ),
        pytest.param(
            [OK, LOST, LOST], {"stored": 50, "unknown": 50, "unsent": 20}, UnavailableError, 3,
            id="no reply, twice: never a third time",
        ),
        pytest.param(
            [OK, {"commits": False, "status": 401, "body": b"{}"}],
            {"stored": 50, "unsent": 70}, AccessKeyError, 4,
            id="a key revoked on the way",
        ),
        pytest.param(
            [LOST, {"commits": False, "status": 403, "body": b"{}"}],
            {"unknown": 50, "unsent": 70}, AccessKeyError, 4,
            id="a key revoked after a batch that may be stored",
        ),
        pytest.param(
            [{"commits": False, "status": 404, "body": b"<html>"}],
            {"unsent": 120}, RejectedError, 3,
            id="another service lives there",
        ),
        pytest.param(
            [{"commits": False, "status": 302, "headers": {"Location": "http://x.example/"}}],
            {"unsent": 120}, RejectedError, 3,
            id="a redirect is not followed",
        ),
    ],
)  # fmt: skip
def test_what_does_not_pass_ends_the_run_with_what_is_known(
    tenant: Tenant,
    client: Client,
    line: type[Line],
    script: list[dict[str, Any]],
    counts: dict[str, int],
    error: type[Exception],
    code: int,
) -> None:
    tenant.script = [line(**words) for words in script]
    tenant.after = line(commits=False, status=500, body=b"")
    result = run(PEOPLE, COMPANIES, client=client, options=HOW)
    assert outcomes(result, tenant) == {**counts, "rejected": 1}
    assert isinstance(result.stopped, error)
    assert (result.summary["status"], exit_code(result)) == ("stopped", code)
    assert tenant.calls <= len(script) + 5


@pytest.mark.parametrize(
    ("change", "unknown"),
    [
        pytest.param(lambda records: records[:-1], 99, id="dropped"),
        pytest.param(lambda records: [*records, records[0]], 50, id="doubled"),
        pytest.param(lambda records: [None, *records[1:]], 50, id="null"),
    ],
)
def test_a_record_that_a_reply_does_not_tell_of_goes_again_alone(
    tenant: Tenant, client: Client, line: type[Line], change: Any, unknown: int
) -> None:
    """It is unknown alone if that call tells nothing either."""
    tenant.script = [line(), line(change=change)]
    again = run(PEOPLE, COMPANIES, client=client, options=HOW)
    assert outcomes(again, tenant) == {"stored": 120, "rejected": 1}
    assert tenant.calls == 4
    tenant.script = [line(), line(change=change), line(body=b"")]
    result = run(PEOPLE, COMPANIES, client=client, options=HOW)
    assert outcomes(result, tenant) == {"stored": 119, "unknown": 1, "rejected": 1}
    assert result.people["outcome"][unknown] == "unknown"
    assert "up in Gainsight" in result.people["error_message"][unknown]
    assert exit_code(result) == 3


@pytest.mark.parametrize(
    "words",
    [
        pytest.param({"body": b"<html>Sign in</html>"}, id="a page in place of a reply"),
        pytest.param({"body": b""}, id="an empty reply"),
        pytest.param({"body": b"null"}, id="nothing"),
        pytest.param({"body": b"[]"}, id="a list"),
        pytest.param({"body": b'{"result": true, "data": {}}'}, id="a reply without records"),
        pytest.param({"body": b'{"result": true, "data": {"records": 7}}'}, id="no list"),
        pytest.param({"body": b'{"data": {"records": [' + b"[" * 99_999}, id="a deep reply"),
        pytest.param({"body": b"\xff\xfe\x00"}, id="no text at all"),
        pytest.param({"change": lambda records: [records[0]] * 50}, id="one record for all"),
        pytest.param(
            {"change": lambda records: [{**r, "rowNumber": 51 - r["rowNumber"]} for r in records]},
            id="records numbered backwards",
        ),
    ],
)
def test_a_reply_that_cannot_be_believed_makes_its_batch_unknown(
    tenant: Tenant, client: Client, line: type[Line], words: dict[str, Any]
) -> None:
    """If calls with each tell nothing either, and the other batches go on; nothing is guessed."""
    tenant.script = [line(), line(**words), *[line(body=b"")] * 3]
    result = run(PEOPLE, COMPANIES, client=client, options=HOW)
    assert outcomes(result, tenant) == {"stored": 70, "unknown": 50, "rejected": 1}
    assert result.people["outcome"].tolist()[50:100] == ["unknown"] * 50
    assert result.stopped is None
    assert (result.summary["status"], exit_code(result)) == ("stopped", 3)


def test_a_call_turned_down_refuses_its_rows_alone(
    tenant: Tenant, client: Client, line: type[Line]
) -> None:
    body = b'{"result": false, "errorCode": "GU_2409", "requestId": "r-1"}'
    tenant.script = [line(commits=False, status=400, body=body)]
    result = run(PEOPLE, COMPANIES, client=client, options=HOW)
    assert outcomes(result, tenant) == {"refused": 50, "stored": 70, "rejected": 1}
    assert set(result.people["error_code"].head(50)) == {"GU_2409"}
    assert set(result.people["request_id"].head(50)) == {"r-1"}
    assert exit_code(result) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("half \ud83d", id="half a character"),
        pytest.param("a \0 b", id="NUL"),
        pytest.param("=1+1\r\n\tx", id="what a spreadsheet would compute"),
        pytest.param("<script>", id="markup"),
        pytest.param("", id="nothing"),
        pytest.param(None, id="null"),
        pytest.param(7, id="a number"),
        pytest.param(["a"], id="a list"),
    ],
)
def test_whatever_the_service_says_of_a_row_can_be_kept(
    tenant: Tenant, client: Client, line: type[Line], text: object
) -> None:
    """A message in strange letters must not cost the answers of all rows."""

    def refused(records: list[Any]) -> list[Any]:
        error = {"details": [{"fieldName": "Email", "errors": [{"code": text, "message": text}]}]}
        return [{**records[0], "operationStatus": "FAILURE", "error": error}, *records[1:]]

    tenant.script = [line(change=refused)]
    result = run(PEOPLE.head(2), COMPANIES, client=client, options=HOW)
    assert result.people["outcome"].tolist() == ["refused", "stored"]
    assert result.people["error_message"].notna().tolist() == [True, False]
    result.people["error_message"].str.encode("utf-8")


def test_ctrl_c_while_waiting_keeps_what_is_known(tenant: Tenant, line: type[Line]) -> None:
    """Interrupted between two attempts: the batch under way may be stored."""

    def interrupted(_: Wait) -> None:
        signal.raise_signal(signal.SIGINT)

    tenant.script = [line(), line(reset=True)]
    with Client(tenant.url, "any", limits=Limits(windows=(), waiting=interrupted)) as client:
        result = run(PEOPLE, COMPANIES, client=client, options=HOW)
    assert outcomes(result, tenant) == {"stored": 50, "unknown": 50, "unsent": 20, "rejected": 1}
    assert "interrupted" in str(result.stopped)
    assert exit_code(result) == 3
