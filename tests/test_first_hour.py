"""A first hour with the README: every command in its order."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from blocks import blocks_of

from gsprep.cli.main import run_command
from gsprep.report.files import RUN_FILES, UPLOAD_FILES
from gsprep.shipped import shipped
from gsprep.tables.read import read_table

README = Path(__file__).parent.parent / "README.md"
LINES = [
    shlex.join(words)
    for block in blocks_of(README)
    if block.language == "console"
    for words in block.commands
]
PEOPLE = 160
RUN = tuple(f"out/{name}" for name in RUN_FILES)
UPLOADED = tuple(f"uploaded/{name}" for name in UPLOAD_FILES)
MATCHED = ("decisions.csv", "evidence.csv", "review.csv", "company_persons.csv")


class Ends(NamedTuple):
    """How a command is to end for somebody who reads the README, and what lies there then."""

    code: int
    files: tuple[str, ...] = ()


# The sample has rows to reject; a tenant is never reached, since there is no key.
EXPECTED = {
    "gsprep demo --out out": Ends(0, RUN),
    "gsprep doctor": Ends(0),
    "gsprep run people.xlsx --companies companies.csv --out out --dry-run": Ends(1, RUN),
    "gsprep run people.xlsx --companies companies.csv --out out --sandbox": Ends(1, RUN),
    "gsprep run people.xlsx --companies companies.csv --out out --to acme": Ends(2),
    "gsprep check people.xlsx --out checked": Ends(
        1, ("checked/rejects.csv", "checked/warnings.csv", "checked/errors.xlsx")
    ),
    "gsprep clean people.xlsx --out people.csv --changes changes.csv": Ends(
        0, ("people.csv", "changes.csv")
    ),
    "gsprep match people.csv --companies companies.csv --out matched": Ends(
        0, tuple(f"matched/{name}" for name in MATCHED)
    ),
    "gsprep upload people.csv --sandbox --out uploaded": Ends(1, UPLOADED),
    "gsprep clean people.csv --out cleaned.csv": Ends(0, ("cleaned.csv",)),
    "gsprep check cleaned.csv --max-rejected 10% --out checked --json": Ends(
        1, ("checked/rejects.csv",)
    ),
    "gsprep upload cleaned.csv --sandbox --out uploaded --json": Ends(1, UPLOADED),
}


def test_the_readme_has_these_commands_and_no_other() -> None:
    assert list(EXPECTED) == LINES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files a reader has: people in a workbook, and companies."""
    people = read_table(shipped("samples", "people.csv")).head(PEOPLE).drop(columns="row_id")
    people.to_excel(tmp_path / "people.xlsx", index=False)
    companies = read_table(shipped("samples", "companies.csv")).drop(columns="row_id")
    companies.to_csv(tmp_path / "companies.csv", index=False)
    return tmp_path


def test_a_first_hour_goes_as_the_readme_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No setting of this machine is there, and no key; nothing is left outside of the folder."""
    home = folder.parent / "home"
    home.mkdir()
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GSPREP_HOME", str(home / "gsprep"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(folder)
    for line, ends in EXPECTED.items():
        for name in ends.files:
            (folder / name).unlink(missing_ok=True)
        code = run_command(shlex.split(line)[1:])
        said = capsys.readouterr()
        assert code == ends.code, f"{line}\n{said.out}{said.err}"
        assert [name for name in ends.files if not (folder / name).is_file()] == [], line
        if ends.code == 2:
            assert "GAINSIGHT_ACCESS_KEY" in said.err
            assert said.out == ""
    # What gsprep keeps for itself stands where it was told to.
    assert [path.name for path in home.iterdir() if path.name != "gsprep"] == []
