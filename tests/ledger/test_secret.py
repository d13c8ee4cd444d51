"""A ledger and its secret: neither goes on without the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gsprep.cli.doctor import ledger_point
from gsprep.errors import LedgerError
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.uploads import RecordLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def used(home: Path) -> Path:
    """Return the folder of a ledger that knows what was sent."""
    with Ledger(home) as ledger:
        load = ledger.uploads("acme").open(b"print", "run", 1.0)
        load.plan([(1, [0])])
        load.answer(1, "done", "r-1", [RecordLine(0, b"name", b"content", "1P", '["",""]')])
        load.close()
    return home


def _gone(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _another(path: Path) -> None:
    path.write_bytes(b"x" * 32)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:7])


@pytest.mark.parametrize("lose", [_gone, _empty, _another, _cut])
def test_a_ledger_without_its_own_secret_is_refused(
    lose: Callable[[Path], Any], used: Path
) -> None:
    """Nobody would be known, and everybody sent again without a word; again and again."""
    lose(used / "secret")
    for _ in range(2):
        with pytest.raises(LedgerError, match="Restore the secret from a backup") as refused:
            Ledger(used)
    assert str(used / "ledger.sqlite") in str(refused.value)
    point = ledger_point(used)
    assert point.state == "wrong"
    assert "secret" in point.finding


@pytest.mark.parametrize("lose", [_gone, _empty])
def test_a_secret_whose_ledger_is_lost_is_refused(lose: Callable[[Path], Any], used: Path) -> None:
    lose(used / "ledger.sqlite")
    for _ in range(2):
        with pytest.raises(LedgerError, match="would be sent again") as refused:
            Ledger(used)
    assert str(used / "secret") in str(refused.value)
    point = ledger_point(used)
    assert point.state == "wrong"
    assert "remove both" in point.cure


def test_who_removes_both_begins_anew(used: Path) -> None:
    for name in ("secret", "ledger.sqlite"):
        (used / name).unlink()
    with Ledger(used) as ledger:
        assert ledger.uploads("acme").find(b"print", None) is None


def test_a_ledger_that_knows_nobody_takes_another_secret(home: Path) -> None:
    with Ledger(home) as ledger:
        ledger.runs.begin("run", {}, 1.0)
    (home / "secret").write_bytes(b"another")
    with Ledger(home) as ledger:
        ledger.uploads("acme").open(b"print", None, 1.0).plan([(1, [0])])
    with Ledger(home) as ledger:
        assert ledger.uploads("acme").find(b"print", None) is not None


def test_a_ledger_of_before_takes_its_secret_for_granted(used: Path) -> None:
    """It has no mark yet; from now on it has."""
    with Ledger(used) as ledger, ledger.database.writing() as connection:
        connection.execute("PRAGMA application_id = 0")
    with Ledger(used):
        pass
    _another(used / "secret")
    with pytest.raises(LedgerError, match="another ledger"):
        Ledger(used)


def test_both_put_back_from_a_copy_go_on(used: Path, tmp_path: Path) -> None:
    kept = {name: (used / name).read_bytes() for name in ("secret", "ledger.sqlite")}
    _empty(used / "secret")
    with pytest.raises(LedgerError):
        Ledger(used)
    for name, content in kept.items():
        (used / name).write_bytes(content)
    with Ledger(used) as ledger:
        assert ledger.uploads("acme").find(b"print", None) is not None
    point = ledger_point(used)
    assert point.state == "good"
