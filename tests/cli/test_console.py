"""What the commands share: percentages, lists, notes and bars."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gsprep.calls.limits import Wait
from gsprep.cli.console import stages, waiting
from gsprep.cli.files import read_file
from gsprep.cli.options import listed, share
from gsprep.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [(None, None), ("2%", 0.02), (" 2.5 % ", 0.025), ("0", 0.0), ("100", 1.0)],
)
def test_a_share_is_written_as_per_cent(text: str | None, expected: float | None) -> None:
    assert share(text) == expected


@pytest.mark.parametrize("text", ["", "%", "two", "101%", "-0.1", "nan", "inf", "1,5%"])
def test_what_is_no_share_is_said(text: str) -> None:
    with pytest.raises(InputError, match="0% to 100%"):
        share(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [(None, ()), ("", ()), (" , ", ()), ("Email", ("Email",)), ("a , b,,c,a ", ("a", "b", "c"))],
)
def test_a_list_stands_between_commas(text: str | None, parts: tuple[str, ...]) -> None:
    assert listed(text) == parts


def test_what_was_assumed_is_noted_without_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes("E-mail;Name\nana@acme.com;Bjørn\n".encode("cp1252"))
    assert len(read_file(path)) == 1
    said = capsys.readouterr()
    assert said.out == ""
    place, *notes = said.err.splitlines()
    assert place == "p.csv:"
    assert len(notes) == 4
    assert all(line.startswith("  ") for line in notes)
    assert "ana@acme.com" not in said.err
    assert "Bjørn" not in said.err


@pytest.mark.parametrize(
    ("seconds", "left", "said"),
    [
        (0.2, None, r""),
        (12.4, None, r"waiting for quota until \d\d:\d\d:\d\d \(12 s\)\n"),
        (12.4, 1_200, r"waiting for quota until .* \(12 s\); 1,200 people are left\n"),
        (12.4, 1, r"waiting for quota until .* \(12 s\); 1 person is left\n"),
    ],
)
def test_only_waits_that_are_felt_are_told(
    seconds: float, left: int | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting(Wait(seconds, "quota", 1_000.0, left))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert re.fullmatch(said, shown.err)


def test_bars_stay_away_from_what_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with stages() as show:
        show("clean", 0, 0)
        show("upload", 1, 2)
    assert capsys.readouterr() == ("", "")
