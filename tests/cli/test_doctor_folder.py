"""The folder of gsprep's own, looked at and left alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gsprep.cli.doctor import home_points, shown
from gsprep.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gsprep.cli.doctor import Point

MEGABYTE = 1024 * 1024


def looked_at(home: Path, *, megabytes: int = 5_000, mounts: str = "") -> dict[str, Point]:
    table = home.parent / "mounts"
    table.write_text(mounts, encoding="utf-8")
    points = home_points(home, mounts=table, free=lambda _: megabytes * MEGABYTE)
    return {point.name: point for point in points}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


def test_a_folder_of_ones_own_is_good(home: Path) -> None:
    points = looked_at(home)
    assert {point.state for point in points.values()} == {"good"}
    assert list(points) == ["folder", "permissions", "disk space", "ledger"]
    assert "none yet" in points["ledger"].finding


def test_a_folder_that_is_not_there_yet_is_good_and_not_made(tmp_path: Path) -> None:
    points = looked_at(tmp_path / "new")
    assert points["folder"].state == "good"
    assert "created when needed" in points["folder"].finding
    assert not (tmp_path / "new").exists()


def test_a_file_in_its_place_is_wrong(home: Path) -> None:
    (home / "file").write_text("")
    points = [*home_points(home / "file" / "deeper")]
    assert [point.state for point in points] == ["wrong"]
    assert "GSPREP_HOME" in points[0].cure


def test_a_folder_that_others_can_read_is_told(home: Path) -> None:
    home.chmod(0o755)
    point = looked_at(home)["permissions"]
    assert point.state == "warning"
    assert point.cure.startswith("chmod 700 ")


@pytest.mark.parametrize(
    ("megabytes", "state"), [(5_000, "good"), (1_000, "warning"), (40, "wrong")]
)
def test_room_is_needed(home: Path, megabytes: int, state: str) -> None:
    assert looked_at(home, megabytes=megabytes)["disk space"].state == state


@pytest.mark.parametrize(
    ("kind", "state"), [("ext4", "good"), ("nfs4", "warning"), ("cifs", "warning")]
)
def test_a_network_folder_is_told(home: Path, kind: str, state: str) -> None:
    point = looked_at(home, mounts=f"/dev/a / ext4 rw\nb {home} {kind} rw\n")["file system"]
    assert (point.state, kind in point.finding) == (state, True)


def test_the_nearest_and_last_mount_counts(tmp_path: Path) -> None:
    home = tmp_path / "with blank" / "home"
    home.mkdir(parents=True)
    above = str(home.parent).replace(" ", r"\040")
    mounts = f"a {above} tmpfs rw\nb {above} nfs rw\nc / ext4 rw\nnonsense\n"
    assert looked_at(home, mounts=mounts)["file system"].state == "warning"


def test_ones_own_name_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert shown(tmp_path / "data" / "gsprep") == "~/data/gsprep"
    assert shown(tmp_path.parent) == str(tmp_path.parent)


def test_a_ledger_that_is_whole_is_good(home: Path) -> None:
    with Ledger(home):
        pass
    assert looked_at(home)["ledger"].state == "good"


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + b"nonsense" * 4096)


def of_a_later_gsprep(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda path: path.write_bytes(b"nonsense" * 99), "cannot be read", id="other"),
        pytest.param(damaged, "", id="damaged"),
        pytest.param(of_a_later_gsprep, "a newer version of gsprep", id="later"),
        pytest.param(
            lambda path: path.chmod(0o644), "other users can read it", id="open to others"
        ),
    ],
)
def test_a_ledger_that_cannot_be_used_is_told_and_left_alone(
    home: Path, spoil: Callable[[Path], object], told: str
) -> None:
    with Ledger(home) as ledger:
        path = ledger.path
    spoil(path)
    before = path.read_bytes()
    point = looked_at(home)["ledger"]
    assert point.state == "wrong"
    assert told in point.finding
    assert point.cure
    assert path.read_bytes() == before
