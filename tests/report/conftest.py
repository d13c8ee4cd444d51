"""One fixed run: every kind of row, no clock and no chance in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest

from gsprep.pipeline import run
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from gsprep.results import RunResult

PEOPLE = pd.DataFrame(
    {
        "Email": ["ana@acme.com", "bad@", "bo@bolt.io", "cy@gmail.com", None, "di@gmail.com"],
        "Name": ["Ana Ruiz", "Bad", "  Bo Berg", "Cy Young", "Nobody", "Di"],
        "CompanyName": ["Acme Inc", None, "Bolt", None, None, "<blink>Bold & Co</blink>"],
        "Size__gc": ["7", "7", "many", None, "7", None],
        "<Shoe>": ["38", None, None, None, None, None],
    }
)
COMPANIES = pd.DataFrame(
    {
        "Gsid": ["1P02" + "A" * 32, "1P02" + "B" * 32, None],
        "Name": ["Acme Inc", "Bolt GmbH", "No Gsid"],
        "Domain": ["acme.com", "bolt.io", None],
    }
)


@pytest.fixture(scope="session")
def result() -> RunResult:
    """Return the result, with the facts of this moment replaced."""
    with Store(tenant=Tenant(custom_types={"Size__gc": "NUMBER"})) as store:
        transport = httpx.WSGITransport(app=make_app(store))
        with Client("http://localhost", "key", transport=transport) as client:
            done = run(PEOPLE, COMPANIES, client=client)
    fixed = {"run": "2026-11-20T08-00-00-0000", "seconds": 1.0}
    # The words of the comparisons are tested where they stand.
    decisions = done.unified.decisions.assign(reason="What weighed most.")
    return replace(
        done,
        summary={**done.summary, **fixed},
        unified=replace(done.unified, decisions=decisions),
    )
