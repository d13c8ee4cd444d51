from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsprep.errors import InputError

if TYPE_CHECKING:
    from gsprep.ledger.ledger import Ledger

OPTIONS = {"people": "/data/people.csv", "to": "acme", "hold": None}


def test_a_run_is_unfinished_until_it_ends(ledger: Ledger) -> None:
    run = ledger.runs.begin("run", OPTIONS, 1.0)
    ledger.runs.note_inputs(run.id, {"people": "ab12"})
    found = ledger.runs.unfinished()
    assert found is not None
    assert (found.id, found.command, found.options) == (run.id, "run", OPTIONS)
    assert found.inputs == {"people": "ab12"}
    ledger.runs.end(run.id, "done", 2.0)
    assert ledger.runs.unfinished() is None
    assert ledger.runs.find(run.id).ended == 2.0


def test_the_newest_is_gone_on_with_unless_another_is_named(ledger: Ledger) -> None:
    old = ledger.runs.begin("run", OPTIONS, 1.0)
    new = ledger.runs.begin("run", {**OPTIONS, "to": "other"}, 2.0)
    assert [run.id for run in ledger.runs.all()] == [new.id, old.id]
    newest, named = ledger.runs.unfinished(), ledger.runs.unfinished(old.id)
    assert newest is not None
    assert named is not None
    assert (newest.id, named.id) == (new.id, old.id)


def test_the_same_command_takes_the_place_of_an_unfinished_one(ledger: Ledger) -> None:
    old = ledger.runs.begin("run", OPTIONS, 1.0)
    new = ledger.runs.begin("run", dict(reversed(OPTIONS.items())), 2.0)
    assert ledger.runs.find(old.id).state == "given up"
    assert ledger.runs.find(new.id).state == "unfinished"


def test_a_run_that_is_done_or_unknown_is_not_gone_on_with(ledger: Ledger) -> None:
    run = ledger.runs.begin("run", OPTIONS, 1.0)
    ledger.runs.end(run.id, "done", 2.0)
    with pytest.raises(InputError, match="nothing to continue"):
        ledger.runs.unfinished(run.id)
    with pytest.raises(InputError, match="no run"):
        ledger.runs.unfinished("2026-01-01T00-00-00-abcd")
