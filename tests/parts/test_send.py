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

    from gsprep.results import RunResult

# No Gsid of another tenant: people of the store get their own.
PEOPLE = ROWS.drop(columns=["Gsid", "codes"]).assign(row_id=ROWS.index.astype("str"))
LISTED = COMPANIES.drop(columns=["row_id", "line"]).to_dict("records")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        store.add_companies(LISTED)
        yield store


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run part by part that sent nothing."""
    folder = tmp_path_factory.mktemp("prepared")
    PEOPLE.to_parquet(folder / "people.parquet")
    parts = parts_of(folder / "people.parquet", PERSON, rows=9)
    run_parts(parts, COMPANIES, folder / "run", USUAL)
    return folder / "run"


@pytest.fixture(scope="module")
def whole() -> tuple[RunResult, list[str]]:
    """Return a whole run that sent the people, and their addresses in its tenant."""
    with Store() as store:
        store.add_companies(LISTED)
        done = run(PEOPLE, COMPANIES, client=sandbox_client(store, Clock()), options=USUAL)
        return done, _addresses(store)


def _addresses(store: Store) -> list[str]:
    return sorted(one["Email"].lower() for one in store.persons.values())


def _outcomes(folder: Path, name: str) -> pd.Series[str]:
    rows = pd.concat(map(pd.read_parquet, sorted((folder / name).iterdir())))
    return rows.set_index("row_id")["outcome"]


@pytest.mark.parametrize("calls", [0, 1, 2, 100])
def test_an_interrupted_upload_goes_on(
    calls: int, store: Store, prepared: Path, whole: tuple[RunResult, list[str]], tmp_path: Path
) -> None:
    """The key is refused after some calls; in the end all is as after a whole run."""
    clock, made = Clock(), [0]

    def look(_: httpx.Request) -> httpx.Response | None:
        made[0] += 1
        return httpx.Response(401, json={}) if made[0] > calls else None

    with Ledger(tmp_path / "home") as ledger:
        how = UploadOptions(mode="sync", keep=LedgerOptions(ledger=ledger, run="mine"))
        given = (prepared, tmp_path / "out", how)
        first = send_parts(*given, sandbox_client(store, clock, look=look))
        assert (first.stopped is None) == (calls == 100)
        assert outcomes_of("people", first.counts["people"]).count == len(PEOPLE)
        shown: list[tuple[int, int]] = []
        progress = lambda *done: shown.append(done)  # noqa: E731  as the call's own
        last = send_parts(*given, sandbox_client(store, clock), progress)
    assert last.stopped is None
    assert calls == 100 or shown[-1][0] == shown[-1][1]
    expected, addresses = whole
    assert _addresses(store) == addresses
    for name, frame in (("people", expected.people), ("company_persons", expected.company_persons)):
        outcomes = frame.set_index("row_id")["outcome"]
        pd.testing.assert_series_equal(_outcomes(tmp_path / "out", name), outcomes)
    assert last.counts["people"]["stored"] == (expected.people["outcome"] == "stored").sum()
