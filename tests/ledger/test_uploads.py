"""A load goes on where it ended, and what was stored last of a person is what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import LedgerError
from gsprep.ledger.database import Database
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.uploads import KnownRecord, RecordLine, UploadLogs

if TYPE_CHECKING:
    from pathlib import Path

PRINT, OTHER = b"f" * 16, b"g" * 16


def line(position: int, gsid: str | None = None, content: bytes = b"c") -> RecordLine:
    return RecordLine(position, b"name %d" % position, content, gsid, f'["{gsid}"]')


@pytest.fixture
def loads(ledger: Ledger) -> UploadLogs:
    return ledger.uploads("https://acme.gainsightcloud.com")


def test_what_is_known_of_an_unfinished_load_stands_with_its_batch(loads: UploadLogs) -> None:
    load = loads.open(PRINT, "run", 1.0)
    load.plan([(1, [0, 1]), (2, [2])])
    load.answer(1, "done", "request-1", [line(0, "G0"), line(1, "G1")])
    load.close()
    again = loads.open(PRINT, "run", 2.0)
    assert (again.again, again.next_number()) == (False, 3)
    assert list(again.known()) == [
        (0, KnownRecord('["G0"]', "G0", 1, "request-1")),
        (1, KnownRecord('["G1"]', "G1", 1, "request-1")),
    ]
    again.close()


def test_a_load_that_ended_comes_again_without_its_batches(loads: UploadLogs) -> None:
    load = loads.open(PRINT, "run", 1.0)
    load.plan([(1, [0])])
    load.answer(1, "done", "request-1", [line(0, "G0")])
    load.end(2.0)
    load.close()
    again = loads.open(PRINT, "another run", 3.0)
    assert again.again
    assert list(again.known()) == [(0, KnownRecord('["G0"]', "G0", None, ""))]
    again.close()
    forced = loads.open(PRINT, "another run", 4.0, force=True)
    assert list(forced.known()) == []
    forced.close()


def test_the_run_that_ended_a_load_sees_its_batches_when_it_is_resumed(loads: UploadLogs) -> None:
    """Killed while its files were written: they come out as they would have."""
    load = loads.open(PRINT, "run", 1.0, force=True)
    load.plan([(1, [0])])
    load.answer(1, "done", "request-1", [line(0, "G0")])
    load.end(2.0)
    load.close()
    resumed = loads.open(PRINT, "run", 3.0, force=True)
    assert list(resumed.known()) == [(0, KnownRecord('["G0"]', "G0", 1, "request-1"))]
    resumed.close()


@given(positions=st.lists(st.integers(0, 2**40), max_size=50))
def test_a_job_is_found_again_with_its_records_in_their_order(positions: list[int]) -> None:
    database = Database(None)
    load = UploadLogs(database, "acme").open(PRINT, None, 1.0)
    load.plan([(1, positions), (2, [7])])
    load.accept(1, "job-1", "request-1")
    (accepted,) = load.accepted()
    assert (accepted.number, accepted.job, accepted.request_id) == (1, "job-1", "request-1")
    assert list(accepted.positions) == positions
    load.answer(1, "done", "request-1", [])
    assert load.accepted() == []
    database.close()


def test_known_records_come_whole_however_many(
    loads: UploadLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gsprep.ledger.uploads._AT_ONCE", 3)
    load = loads.open(PRINT, None, 1.0)
    load.answer(1, "done", "", (line(position) for position in range(0, 20, 2)))
    assert [position for position, _ in load.known()] == list(range(0, 20, 2))
    load.close()


def test_the_latest_load_says_what_is_stored_of_a_person(loads: UploadLogs, ledger: Ledger) -> None:
    for number, (footprint, content) in enumerate([(PRINT, b"old"), (OTHER, b"new")]):
        load = loads.open(footprint, None, float(number))
        load.answer(1, "done", "", [line(0, "G0", content)])
        load.close()
    found = loads.latest([b"name 0", b"name 9"])
    assert {name: (one.content, one.gsid) for name, one in found.items()} == {
        b"name 0": (b"new", "G0")
    }
    assert ledger.uploads("https://other.gainsightcloud.com").latest([b"name 0"]) == {}


def test_a_load_that_ends_takes_the_place_of_earlier_ones(
    loads: UploadLogs, ledger: Ledger
) -> None:
    """By name or by Gsid: a person may have been sent by an address before."""
    first = loads.open(PRINT, None, 1.0)
    first.answer(1, "done", "", [line(0, "G0"), line(1, "G1"), line(2, "G2")])
    first.end(2.0)
    first.close()
    second = loads.open(OTHER, None, 3.0)
    second.answer(1, "done", "", [line(1, "G1"), RecordLine(0, b"by gsid", b"c", "G0", '["G0"]')])
    second.end(4.0)
    second.close()
    again = loads.open(PRINT, None, 5.0)
    assert [position for position, _ in again.known()] == [2]
    again.close()
    assert ledger.database.rows("SELECT count(*) FROM record") == [(3,)]


def test_a_person_who_was_deleted_is_no_longer_known(loads: UploadLogs) -> None:
    load = loads.open(PRINT, None, 1.0)
    load.answer(1, "done", "", [line(0, "G0"), line(1, "G1")])
    load.end(2.0)
    load.close()
    loads.forget(["G0"])
    again = loads.open(PRINT, None, 3.0)
    assert [position for position, _ in again.known()] == [1]
    again.close()
    found = loads.latest([b"name 0", b"name 1"])
    assert (found[b"name 0"].deleted, found[b"name 1"].deleted) == (True, False)


def test_two_processes_do_not_send_the_same(home: Path, loads: UploadLogs) -> None:
    load = loads.open(PRINT, None, 1.0)
    with Ledger(home) as other:
        of_other = other.uploads("https://acme.gainsightcloud.com")
        of_other.open(OTHER, None, 1.0).close()
        with pytest.raises(LedgerError, match="another process"):
            of_other.open(PRINT, None, 1.0)
        load.close()
        of_other.open(PRINT, None, 2.0).close()
