"""``--known`` and ``--passes 2``: what is known already, and what matches show about others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

ACME = "1P02" + "A" * 32


PEOPLE = """\
Email,CompanyName
ana@acme.com,Acme Inc
bo@bolt.io,Bolt GmbH
cy@gmail.com,
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Return a file of three people; the last one does not say where they work."""
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """Return a file in which the person without a match is linked to a company."""
    path = tmp_path / "known.csv"
    path.write_text(f"E-mail,Company_ID\ncy@gmail.com,{ACME}\n", encoding="utf-8")
    return path


def test_people_who_are_linked_already_are_matched(
    gsprep: Callable[..., Said], people: Path, companies: Path, known: Path, tmp_path: Path
) -> None:
    said = gsprep("match", people, "--companies", companies, "--known", known, "--json")
    assert said.code == 0
    assert json.loads(said.out)["match"] == 3
    decisions = read_table(tmp_path / "out" / "decisions.csv")
    assert decisions["Company_ID"].iloc[2] == ACME
    assert "already linked" in decisions["reason"].iloc[2]


def test_a_run_takes_what_is_known(
    gsprep: Callable[..., Said], people: Path, companies: Path, known: Path, tmp_path: Path
) -> None:
    said = gsprep("run", people, "--companies", companies, "--known", known, "--dry-run", "--json")
    assert said.code == 0
    assert json.loads(said.out)["match"] == 3
    assert read_table(tmp_path / "out" / "company_persons.csv")["Company_ID"].iloc[2] == ACME


@pytest.mark.parametrize("command", [["match"], ["run", "--dry-run"]])
def test_what_is_left_out_is_said(
    gsprep: Callable[..., Said], people: Path, companies: Path, known: Path, command: list[str]
) -> None:
    known.write_text(f"{known.read_text()}hidden@,{ACME}\nbo@acme.com,elsewhere\n")
    said = gsprep(*command, people, "--companies", companies, "--known", known)
    assert said.code == 0
    assert "known.csv: 1 of 3 lines are left out. The first has row_id 2" in said.err
    assert "1 known line names a company that is not in the list" in said.err
    assert "hidden" not in said.err + said.out


def test_a_known_file_without_company_is_refused(
    gsprep: Callable[..., Said], people: Path, companies: Path
) -> None:
    said = gsprep("match", people, "--companies", companies, "--known", people)
    assert said.code == 2
    assert "Company_ID" in said.err


def test_a_second_pass_says_what_it_learned(
    gsprep: Callable[..., Said], companies: Path, tmp_path: Path
) -> None:
    lines = [f"{name}@acme-group.net,Acme Inc" for name in "abcdefghijklmnopqrst"]
    people = tmp_path / "many.csv"
    people.write_text("\n".join(["Email,CompanyName", *lines, "new@acme-group.net,"]) + "\n")
    once = gsprep("match", people, "--companies", companies, "--json")
    assert "pass_2" not in json.loads(once.out)
    said = gsprep("match", people, "--companies", companies, "--passes", "2", "--json")
    assert said.code == 0
    assert json.loads(said.out)["pass_2"]["domains"] == 1
    decisions = read_table(tmp_path / "out" / "decisions.csv")
    assert decisions["Company_ID"].iloc[-1] == ACME
    told = gsprep("match", people, "--companies", companies, "--passes", "2")
    assert "pass 2 learned the companies of 1 domain and 0 phone numbers" in told.out
