"""Sending of what a run part by part prepared: each row once, also after an end in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest

from gsprep.ledger.ledger import Ledger
from gsprep.parts.run import run_parts
from gsprep.parts.send import send_parts
from gsprep.pipeline import run
from gsprep.report.summary import outcomes_of
from gsprep.sandbox.store import Store
from gsprep.schemas.fields import PERSON
from gsprep.tables.parts import parts_of
from gsprep.uploader.journal import LedgerOptions
from gsprep.uploader.upload import UploadOptions
from tests.clients import Clock, sandbox_client
from tests.parts.test_run import COMPANIES, ROWS, USUAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# No Gsid of another tenant: people of the store get their own.
PEOPLE = ROWS.drop(columns=["Gsid", "codes"])


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        store.add_companies(COMPANIES.drop(columns=["row_id", "line"]).to_dict("records"))
        yield store


def _outcomes(folder: Path, name: str) -> pd.Series[str]:
    rows = pd.concat(map(pd.read_parquet, sorted((folder / name).iterdir())))
    return rows.set_index("row_id")["outcome"]


@pytest.mark.parametrize("calls", [0, 1, 2, 100])
def test_an_interrupted_upload_goes_on(calls: int, store: Store, tmp_path: Path) -> None:
    """The key is refused after some calls; in the end all is as after a whole run."""
    people, clock, made = PEOPLE.assign(row_id=PEOPLE.index.astype("str")), Clock(), [0]
    source = tmp_path / "people.parquet"
    people.to_parquet(source)
    run_parts(parts_of(source, PERSON, rows=9), COMPANIES, tmp_path / "run", USUAL)

    def look(_: httpx.Request) -> httpx.Response | None:
        made[0] += 1
        return httpx.Response(401, json={}) if made[0] > calls else None

    with Ledger(tmp_path / "home") as ledger:
        how = UploadOptions(mode="sync", keep=LedgerOptions(ledger=ledger, run="mine"))
        given = (tmp_path / "run", tmp_path / "out", how)
        first = send_parts(*given, sandbox_client(store, clock, look=look))
        assert (first.stopped is None) == (calls == 100)
        assert outcomes_of("people", first.counts["people"]).count == len(people)
        shown: list[tuple[int, int]] = []
        progress = lambda *done: shown.append(done)  # noqa: E731  as the call's own
        last = send_parts(*given, sandbox_client(store, clock), progress)
    assert last.stopped is None
    assert calls == 100 or shown[-1][0] == shown[-1][1]
    with Store() as other:
        other.add_companies(COMPANIES.drop(columns=["row_id", "line"]).to_dict("records"))
        whole = run(people, COMPANIES, client=sandbox_client(other, clock), options=USUAL)
        assert sorted(one["Email"].lower() for one in store.persons.values()) == sorted(
            one["Email"].lower() for one in other.persons.values()
        )
    for name, frame in (("people", whole.people), ("company_persons", whole.company_persons)):
        expected = frame.set_index("row_id")["outcome"]
        pd.testing.assert_series_equal(_outcomes(tmp_path / "out", name), expected)
    assert last.counts["people"]["stored"] == (whole.people["outcome"] == "stored").sum()
