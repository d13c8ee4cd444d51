"""The file of answers: whole at every moment, and everybody's."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from filelock import FileLock

from gsprep.errors import InputError
from gsprep.review import answer_file
from gsprep.review.answer_file import AnswerFile, Format
from gsprep.schemas.answers import ANSWER_COLUMNS
from gsprep.tables.read import read
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = Format(lambda path: read(path).frame, write_table)


def line(value: str) -> pd.DataFrame:
    cells = {"kind": "email", "value": value, "Company_ID": "C1", "answer": "match"}
    return pd.DataFrame([cells], columns=list(ANSWER_COLUMNS)).astype("str")


def add(file: AnswerFile, value: str) -> bool:
    return file.change(lambda lines: pd.concat([lines, line(value)], ignore_index=True))


def test_many_writers_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a file of its own on the same path, as processes have; one may come last."""
    monkeypatch.setattr(answer_file, "_PATIENCE_SECONDS", 600)
    path = tmp_path / "answers.csv"
    values = [f"p{n}@acme.com" for n in range(24)]
    with ThreadPoolExecutor(max_workers=6) as threads:
        done = list(threads.map(lambda value: add(AnswerFile(path, FORMAT), value), values))
    assert all(done)
    assert sorted(read(path).frame["value"]) == sorted(values)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {left.name for left in tmp_path.iterdir()} == {"answers.csv", ".answers.csv.lock"}


def test_what_another_wrote_is_seen_and_what_is_known_is_not_read_again(tmp_path: Path) -> None:
    one, other = (AnswerFile(tmp_path / "answers.csv", FORMAT) for _ in range(2))
    assert len(one.lines()) == 0
    add(other, "ana@acme.com")
    seen = one.lines()
    assert seen["value"].tolist() == ["ana@acme.com"]
    assert one.lines() is seen


def test_columns_of_others_stay_and_any_table_will_do(tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    write_table(line("ana@acme.com").assign(Ticket="=1+1"), path)
    add(AnswerFile(path, FORMAT), "bo@acme.com")
    frame = read(path).frame
    assert frame["value"].tolist() == ["ana@acme.com", "bo@acme.com"]
    assert frame["Ticket"].tolist()[0] == "=1+1"
    assert frame["row_id"].tolist() == ["1", "2"]


def test_an_edit_that_leaves_all_as_it_is_writes_nothing(tmp_path: Path) -> None:
    file = AnswerFile(tmp_path / "answers.csv", FORMAT)
    assert not file.change(lambda _: None)
    assert not file.path.exists()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    add(AnswerFile(path, FORMAT), "ana@acme.com")
    before = path.read_bytes()

    def full(_: pd.DataFrame, draft: Path) -> None:
        draft.write_text("half a line", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"cannot be written: No space left"):
        add(AnswerFile(path, Format(FORMAT.read, full)), "bo@acme.com")
    assert path.read_bytes() == before
    assert not [left for left in tmp_path.iterdir() if left.is_dir()]


def test_a_lock_that_is_held_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_file, "_PATIENCE_SECONDS", 0)
    with (
        FileLock(tmp_path / ".answers.csv.lock"),
        pytest.raises(InputError, match="locked by another gsprep"),
    ):
        add(AnswerFile(tmp_path / "answers.csv", FORMAT), "ana@acme.com")


def test_every_answer_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The draft is synced before it takes the file's place, and then the folder."""
    synced: list[bool] = []
    sync = os.fsync

    def watched(handle: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    add(AnswerFile(tmp_path / "answers.csv", FORMAT), "ana@acme.com")
    assert synced == [False, True]


def test_a_link_is_written_through(tmp_path: Path) -> None:
    """As several people have it: one file, that each reaches by a link of their own."""
    (tmp_path / "shared").mkdir()
    place = tmp_path / "shared" / "answers.csv"
    for name in ("ana", "bo"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "answers.csv").symlink_to(place)
    ana, bo = (AnswerFile(tmp_path / name / "answers.csv", FORMAT) for name in ("ana", "bo"))
    # A link to a file that is not there yet makes it there.
    add(ana, "one@acme.com")
    place.chmod(0o660)
    add(bo, "two@acme.com")
    add(ana, "three@acme.com")
    assert read(place).frame["value"].tolist() == ["one@acme.com", "two@acme.com", "three@acme.com"]
    assert stat.S_IMODE(place.stat().st_mode) == 0o660
    assert ana.path.is_symlink()
    assert bo.path.is_symlink()
    assert {left.name for left in ana.path.parent.iterdir()} == {"answers.csv"}


def test_a_link_is_locked_where_it_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_file, "_PATIENCE_SECONDS", 0)
    place = tmp_path / "shared.csv"
    (tmp_path / "answers.csv").symlink_to(place)
    with (
        FileLock(tmp_path / ".shared.csv.lock"),
        pytest.raises(InputError, match="locked by another gsprep"),
    ):
        add(AnswerFile(tmp_path / "answers.csv", FORMAT), "ana@acme.com")
