"""The sandbox of one command in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import httpx
import pytest

from gsprep.sandbox.app import sandbox_elsewhere, sandbox_here
from gsprep.sandbox.tenant import Tenant

ACME, OTHER = "1P02" + "A" * 32, "1P02" + "B" * 32
ANA = "1P04" + "C" * 32
PEOPLE = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/people"
OPENED = """
from gsprep.sandbox.app import sandbox_elsewhere
with sandbox_elsewhere(["Email"], "key", [], []) as url:
    print(url, flush=True)
    input()
"""


def test_it_replies_as_the_one_in_this_process() -> None:
    """It has the same resolution key, companies and people."""
    companies = [{"Gsid": ACME, "Name": "Acme Ümlaut", "Domain": None, "Size": float("nan")}]
    people = [{"Gsid": ANA, "Email": "ana@acme.com", "Location": "Köln"}]
    key = ("Email", "Location")
    records = [
        {"Email": "ana@acme.com", "Location": "Köln", "Name": "Ana"},
        {"Email": "ben@acme.com", "Location": "Bonn", "companies": [{"Company_ID": ACME}]},
        {"Email": "eve@acme.com", "Location": "Bonn", "companies": [{"Company_ID": OTHER}]},
        {"Email": "no@acme.com"},
    ]

    def replies(url: str) -> object:
        given = {"json": {"records": records}, "headers": {"accesskey": "key"}}
        return httpx.put(f"{url}{PEOPLE}", **given).json()["data"]  # type: ignore[arg-type]

    with sandbox_here(Tenant(key=key), "key") as (url, store):
        store.add_companies(companies)
        store.add_persons(people)
        here = replies(url)
    with sandbox_elsewhere(key, "key", companies, people) as url:
        elsewhere = replies(url)
    assert elsewhere == here
    assert ANA in str(here)
    assert "PARTIAL_SUCCESS" in str(here)
    with pytest.raises(httpx.ConnectError):
        replies(url)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_it_ends_with_its_parent() -> None:
    """Standard error, which both have, ends only when both have ended."""
    with subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-c", OPENED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert httpx.get(url).status_code == 404
        parent.send_signal(signal.SIGKILL)
        _, said = parent.communicate()
    assert said == ""
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
