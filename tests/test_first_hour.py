"""A first hour with the README: every command in its order, each in a process of its own."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from blocks import blocks_of

from gsprep.cli.files import RUN_FILES
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
UPLOADED = tuple(f"uploaded/{name}" for name in RUN_FILES[:3])
MATCHED = ("decisions.csv", "evidence.csv", "review.csv")


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
    "gsprep resume": Ends(0),
    "gsprep run people.xlsx --companies companies.csv --out out --to acme --changed-only": Ends(2),
    "gsprep purge --email ana@acme.com": Ends(0),
    "gsprep check people.xlsx --describe Person --sandbox": Ends(1),
    "gsprep run people.xlsx --companies companies.csv --describe Person --sandbox": Ends(1, RUN),
    "gsprep clean people.xlsx --dry-run": Ends(0),
    "gsprep clean people.xlsx --out people.csv --changes changes.csv --save-recipe recipe.yaml": (
        Ends(0, ("people.csv", "changes.csv", "recipe.yaml"))
    ),
    "gsprep clean people.xlsx --recipe recipe.yaml --out people.csv --changes changes.csv": Ends(
        0, ("people.csv", "changes.csv")
    ),
    "gsprep run people.xlsx --companies companies.csv --recipe recipe.yaml --dry-run": Ends(1, RUN),
    "gsprep revert people.csv --changes changes.csv --out reverted.csv": Ends(0, ("reverted.csv",)),
    "gsprep map people.xlsx --out mapping.yaml": Ends(0, ("mapping.yaml",)),
    "gsprep check people.xlsx --mapping mapping.yaml": Ends(1),
    "gsprep companies --to acme --out companies.csv": Ends(2),
    "gsprep delete leavers.csv --to acme --dry-run": Ends(2),
    "gsprep delete leavers.csv --to acme": Ends(2),
    "gsprep run people.xlsx --companies companies.csv --out out --answers answered.csv --sandbox": (
        Ends(1, RUN)
    ),
    "gsprep review out --xlsx review.xlsx": Ends(0, ("review.xlsx",)),
    "gsprep review out --read review.xlsx": Ends(0),
    "gsprep match people.csv --companies companies.csv --known linked.csv": Ends(
        0, tuple(f"out/{name}" for name in MATCHED)
    ),
    "gsprep match people.csv --companies companies.csv --passes 2": Ends(
        0, tuple(f"out/{name}" for name in MATCHED)
    ),
    "gsprep evaluate matched/decisions.csv --truth truth.csv "
    "--evidence matched/evidence.csv --out told": Ends(
        0, ("told/confusions.csv", "told/calibration.csv")
    ),
    "gsprep fit people.csv --companies companies.csv --answers truth.csv --out rules.yaml": Ends(
        0, ("rules.yaml",)
    ),
}


def test_the_readme_has_these_commands_and_no_other() -> None:
    assert list(EXPECTED) == LINES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files a reader has: people, companies, and who is known."""
    people = read_table(shipped("samples", "people.csv")).head(PEOPLE).drop(columns="row_id")
    people.to_excel(tmp_path / "people.xlsx", index=False)
    companies = read_table(shipped("samples", "companies.csv")).drop(columns="row_id")
    companies.to_csv(tmp_path / "companies.csv", index=False)
    truth = read_table(shipped("samples", "truth.csv")).head(PEOPLE)
    truth.to_csv(tmp_path / "truth.csv", index=False)
    known = people.assign(Company_ID=truth["Company_ID"]).dropna(subset=["Email", "Company_ID"])
    known[known["Email"].str.contains("@")][["Email", "Company_ID"]].head(5).to_csv(
        tmp_path / "linked.csv", index=False
    )
    people[["Email"]].head(3).to_csv(tmp_path / "leavers.csv", index=False)
    return tmp_path


def test_a_first_hour_goes_as_the_readme_says(folder: Path) -> None:
    """No setting of this machine is there, and no key; nothing is left outside of the folder."""
    home = folder.parent / "home"
    home.mkdir()
    environ = {"HOME": str(home), "GSPREP_HOME": str(home / "gsprep"), "PATH": "/usr/bin:/bin"}
    for line, ends in EXPECTED.items():
        if "answered.csv" in line:
            answer(folder)
        for name in ends.files:
            (folder / name).unlink(missing_ok=True)
        done = subprocess.run(  # noqa: S603  our own command
            [sys.executable, "-m", "gsprep", *shlex.split(line)[1:]],
            cwd=folder, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == ends.code, f"{line}\n{done.stdout}{done.stderr}"
        assert [name for name in ends.files if not (folder / name).is_file()] == [], line
        assert "Traceback" not in done.stderr
        if ends.code == 2:
            assert "GAINSIGHT_ACCESS_KEY" in done.stderr
            assert done.stdout == ""
    # What gsprep keeps for itself stands where it was told to.
    assert [path.name for path in home.iterdir() if path.name != "gsprep"] == []


def answer(folder: Path) -> None:
    """Fill in the first answers of the review, as a reader does."""
    review = read_table(folder / "out" / "review.csv")
    assert len(review)
    review.loc[review.index[:3], "answer"] = "1"
    review.to_csv(folder / "answered.csv", index=False)
