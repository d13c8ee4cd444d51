"""Where a command sends to, decided before any work."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest

from gsprep.calls.limits import CALLS_PER_DAY, CALLS_PER_MINUTE
from gsprep.cli.tenant import Target, connected, tenant_companies
from gsprep.errors import RejectedError, SettingsError
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store
from gsprep.unification.rulebook import read_rulebook
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACME = "1P02" + "A" * 32


def windows(target: Target) -> list[tuple[int, float]]:
    with connected(target, None) as client:
        assert client is not None
        return [(window.calls, window.seconds) for window in client.pace.limits.windows]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param(
            Target(to="acme"), [(CALLS_PER_MINUTE, 60), (CALLS_PER_DAY, 86_400)], id="documented"
        ),
        pytest.param(
            Target(to="acme", sync_per_minute=7), [(7, 60), (CALLS_PER_DAY, 86_400)], id="said"
        ),
        pytest.param(Target(sandbox=True), [], id="the sandbox has none"),
        pytest.param(
            Target(sandbox=True, sync_per_day=3), [(3, 86_400)], id="unless it is told to"
        ),
    ],
)
def test_the_limits_are_the_documented_ones_unless_said(
    target: Target, expected: Sequence[tuple[int, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "key")
    assert windows(target) == expected


def test_an_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "key")
    monkeypatch.setenv("GAINSIGHT_URL", "one")
    with connected(Target(to="two"), None) as client:
        assert client is not None
        assert client.base_url == "https://two.gainsightcloud.com"
    with connected(Target(), None) as client:
        assert client is not None
        assert client.base_url == "https://one.gainsightcloud.com"


def test_nobody_is_called_in_a_rehearsal() -> None:
    with connected(Target(dry_run=True).checked(), None) as client:
        assert client is None


@pytest.mark.parametrize(
    ("headers", "rows"),
    [
        pytest.param({"accesskey": "sandbox"}, 0, id="the former key"),
        pytest.param({"accesskey": "any"}, 0, id="another key"),
        pytest.param({"Host": "evil.com", "accesskey": "any"}, 0, id="another host"),
        pytest.param({"accesskey": "any"}, 1_000_000, id="in a process of its own"),
    ],
)
def test_the_sandbox_of_a_rehearsal_serves_its_own_command_only(
    headers: dict[str, str], rows: int
) -> None:
    """Its port is open while a command runs, and holds the people of a file."""
    with connected(Target(sandbox=True), None, rows=rows) as client:
        assert client is not None
        client.people.bulk([{"Email": "ana@acme.com"}])
        url = f"{client.base_url}/v1/peoplemgmt/v1.0/people"
        reply = httpx.get(url, params={"Email": "ana@acme.com"}, headers=headers, timeout=300)
        assert client.people.find("ana@acme.com") is not None
    assert reply.status_code in {401, 421}
    assert "ana@acme.com" not in reply.text


@pytest.mark.parametrize("program", ["/no/such/python", shutil.which("true")])
def test_a_sandbox_that_does_not_start_is_an_error(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with (
        pytest.raises(SettingsError, match="the sandbox could not be started"),
        connected(Target(sandbox=True), None, rows=1_000_000),
    ):
        pass


def test_a_pasted_address_is_not_repeated() -> None:
    """It may carry a session: the message says what is wrong and no more."""
    with pytest.raises(SettingsError) as failure:
        Target(to="ftp://acme.example/?session=secret", dry_run=True).checked()
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    ("company", "columns"),
    [
        pytest.param({"Domain": "acme.com", "Phone": "1", "Country": "US"}, 6, id="all columns"),
        pytest.param({}, 3, id="a tenant without them: names and account ids"),
    ],
)
def test_companies_are_read_with_the_columns_there_are(
    company: Mapping[str, str], columns: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store() as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme", **company}])
        transport = httpx.WSGITransport(app=make_app(store))
        with Client("http://localhost", "key", transport=transport) as client:
            frame = tenant_companies(client, read_rulebook())
    assert list(frame["Gsid"]) == [ACME]
    assert "SfdcAccountId" in frame
    assert len(frame.columns) == columns
    assert ("people are matched by name" in capsys.readouterr().err) == (columns == 3)


def test_a_tenant_without_companies_object_is_an_error() -> None:
    """Asked twice, with and without the columns: then it is the tenant that lacks the object."""

    def nothing(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"result": False, "errorCode": "GSOBJ_X"})

    with (
        Client("acme", "key", transport=httpx.MockTransport(nothing)) as client,
        pytest.raises(RejectedError),
    ):
        tenant_companies(client, read_rulebook())


def test_the_sandbox_knows_the_companies_of_the_run() -> None:
    given = pd.DataFrame({"Gsid": [ACME, None], "Name": ["Acme", "Nobody"]})
    with connected(Target(sandbox=True), given) as client:
        assert client is not None
        found = client.objects.query("Company", select=["Name"])
    assert found.to_numpy().tolist() == [[ACME, "Acme"]]
