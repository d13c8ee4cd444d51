from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsprep.errors import InputError
from gsprep.ledger.privacy import purge_before, purge_person, purge_run
from gsprep.ledger.quota import QuotaWindow
from gsprep.ledger.uploads import RecordLine

if TYPE_CHECKING:
    from pathlib import Path

    from gsprep.ledger.ledger import Ledger

ANA, BO = "ana@acme.com", "bo@acme.com"


def stored(ledger: Ledger, run: str, footprint: bytes, ended: float) -> None:
    """Keep Ana and Bo as stored by a load of a run."""
    load = ledger.uploads("acme").open(footprint, run, ended - 1)
    of = ledger.names.of_person
    load.answer(
        1,
        "done",
        "",
        [
            RecordLine(0, of(ANA), b"c", "G0", '["G0"]'),
            RecordLine(1, of(BO, "bo, in Paris"), b"c", "G1", '["G1"]'),
        ],
    )
    load.plan([(1, [0, 1])])
    load.end(ended)
    load.close()


def rows(ledger: Ledger, table: str) -> int:
    found: int = ledger.database.rows(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608  a test's
    return found


@pytest.mark.parametrize("email", [BO, " BO@Acme.com"])
def test_a_person_is_forgotten_whatever_else_tells_them_apart(ledger: Ledger, email: str) -> None:
    stored(ledger, "run", b"f" * 16, 2.0)
    assert purge_person(ledger, [email]).records == 1
    assert purge_person(ledger, [email]).records == 0
    assert rows(ledger, "record") == 1


def test_a_run_is_forgotten_with_its_rows_and_its_files_are_named(
    ledger: Ledger, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("Email\n")
    run = ledger.runs.begin("run", {"people": str(people), "out": str(tmp_path / "gone")}, 1.0)
    kept = ledger.file_of(run.id, "companies")
    kept.parent.mkdir()
    kept.write_bytes(b"")
    stored(ledger, run.id, b"f" * 16, 2.0)
    purged = purge_run(ledger, run.id)
    assert (purged.records, purged.uploads, purged.runs) == (2, 1, 1)
    assert purged.beyond == (people,)
    assert [rows(ledger, table) for table in ("run", "load", "batch", "record")] == [0, 0, 0, 0]
    assert not kept.exists()
    with pytest.raises(InputError, match=r"^there is no run of this name in the ledger: copy"):
        purge_run(ledger, run.id)


def test_what_ended_before_a_time_is_forgotten_and_no_unfinished_run(ledger: Ledger) -> None:
    old = ledger.runs.begin("run", {"people": "a"}, 1.0)
    stored(ledger, old.id, b"f" * 16, 2.0)
    ledger.runs.end(old.id, "done", 2.0)
    open_run = ledger.runs.begin("run", {"people": "b"}, 1.5)
    purged = purge_before(ledger, 3.0)
    assert (purged.records, purged.uploads, purged.runs) == (2, 1, 1)
    assert [run.id for run in ledger.runs.all()] == [open_run.id]


def test_calls_stay_counted_whatever_is_forgotten(ledger: Ledger) -> None:
    """A quota that reads too high would be overdrawn."""
    rule, now = QuotaWindow("sync", 10, 86_400.0), 5.0
    quota = ledger.quota("acme")
    quota.end(quota.take(["sync"], [rule], 1.0), 1.0)
    quota.flush()
    run = ledger.runs.begin("run", {}, 1.0)
    ledger.runs.end(run.id, "done", 2.0)
    assert purge_before(ledger, now).runs == 1
    assert quota.left(rule, now) == 9


def test_nothing_of_what_was_forgotten_stands_in_the_file(ledger: Ledger, home: Path) -> None:
    stored(ledger, "run", b"f" * 16, 2.0)
    name = ledger.names.of_person(ANA)
    assert name in (home / "ledger.sqlite").read_bytes()
    purge_person(ledger, [ANA])
    assert name not in (home / "ledger.sqlite").read_bytes()
