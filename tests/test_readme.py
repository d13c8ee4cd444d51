"""Every command of the README runs, in order, on files a user could have."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from gsprep.cli import COMMANDS
from gsprep.cli.main import run_command

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
LINES = [
    line
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
PEOPLE = pd.DataFrame(
    {
        "E-mail Address": ["ana@acme.com", "bo@", "cy@gmail.com"],
        "First Name": ["Ana", "Bo", "Cy"],
        "Company": ["Acme", None, "Initech LLC"],
    }
)
COMPANIES = pd.DataFrame(
    {
        "Gsid": ["1P02" + "A" * 32, "1P02" + "B" * 32],
        "Name": ["Acme, Inc.", "Initech"],
        "Domain": ["acme.com", "initech.com"],
    }
)


def test_its_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GAINSIGHT_ACCESS_KEY", raising=False)
    PEOPLE.to_excel("people.xlsx", index=False)
    COMPANIES.to_csv("companies.csv", index=False)
    codes = {line: run_command(shlex.split(line)[1:]) for line in LINES}
    # Those with a real tenant have no key here; the others have one bad row to report.
    assert [line for line, code in codes.items() if code == 2] == [
        line for line in LINES if "--to" in line
    ]
    assert all(code in {0, 1, 2} for code in codes.values())
    assert Path("out/people.csv").exists()
    assert Path("checked/rejects.csv").exists()


def test_it_names_every_command() -> None:
    missing = [name for name in COMMANDS if f"gsprep {name}" not in README]
    assert missing == []


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", README))
def test_its_links_lead_somewhere(path: str) -> None:
    assert (Path(__file__).parent.parent / path).exists()


DOCS = sorted((Path(__file__).parent.parent / "docs").glob("*.md"))


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_pictures_are_small() -> None:
    """They are fetched with every clone."""
    pictures = list((Path(__file__).parent.parent / "docs" / "images").iterdir())
    assert pictures
    assert all(picture.stat().st_size < 200_000 for picture in pictures)
