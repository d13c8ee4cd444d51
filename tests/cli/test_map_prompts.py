"""A guess is corrected on a terminal; samples are masked unless they are revealed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.cli.map import corrected, proposal_lines
from gsprep.errors import InputError
from gsprep.mapping.columns import field_lines
from gsprep.mapping.guess import map_columns
from gsprep.mapping.mapping_file import Proposal, read_mapping, samples_of
from gsprep.schemas.fields import OBJECTS, PERSON
from gsprep.schemas.frames import text_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from gsprep.schemas.fields import ObjectFields
    from tests.cli.conftest import Said

PEOPLE = pd.DataFrame(
    {
        "Mail": ["ana@acme.com", "bo@bolt.io", "cy@z.org", "di@z.org"],
        "Alt": ["a@acme.com", None, None, None],
        "Kosname": ["Ana", "Bo", "Cy", "Ana"],
    }
)


@pytest.fixture
def proposal() -> Proposal:
    return Proposal(map_columns(PEOPLE), PERSON, samples_of(text_frame(PEOPLE)))


def answering(answers: Iterable[str]) -> Callable[[str], str]:
    left = iter(answers)
    return lambda _question: next(left)


def test_each_column_has_a_line_with_three_masked_samples(proposal: Proposal) -> None:
    lines = proposal_lines(proposal, proposal.guess, reveal=False)
    assert lines[0] == "  1  Mail     Email 0.95  a***@a***.com, b***@b***.io, c***@z***.org"
    assert lines[2].endswith("A***, B***, C***")
    open_lines = proposal_lines(proposal, proposal.guess, reveal=True)
    assert "ana@acme.com, bo@bolt.io, cy@z.org" in open_lines[0]


def test_corrections_are_taken_and_mistakes_asked_again(proposal: Proposal) -> None:
    said: list[str] = []
    answers = ["3", "FristName", "3", "FirstName", "9", "2", "?", "Email", ""]
    mapping = corrected(proposal, ask=answering(answers), say=said.append)
    assert mapping.fields == {"Mail": "Email", "Alt": "Email", "Kosname": "FirstName"}
    assert [column.fallback for column in mapping.columns] == [0, 1, 0]
    assert [column.how for column in mapping.columns] == ["alias", "given", "given"]
    assert "Person has no field FristName. Do you mean FirstName?" in said
    assert "write a number from 1 to 3" in said
    assert any("LinkedinUrl" in line and "LastName, FirstName" in line for line in said)


def test_a_column_is_left_out_or_split(proposal: Proposal) -> None:
    answers = ["1", "", "3", "LastName, FirstName", "3", "City, Country", ""]
    said: list[str] = []
    mapping = corrected(proposal, ask=answering(answers), say=said.append)
    assert mapping.unmapped == ("Mail", "Alt")
    assert mapping.columns[2].split == ("LastName", "FirstName")
    assert proposal.absent(mapping) == ["Email or Gsid"]


def test_only_names_are_split(proposal: Proposal) -> None:
    with pytest.raises(InputError, match="only LastName, FirstName"):
        proposal.read_choice("Email, Phone")


def test_prompts_on_a_terminal(tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "gsprep", "map", "people.csv"]
    with subprocess.Popen(  # noqa: S603  our own command
        command, stdin=slave, stdout=slave, stderr=subprocess.PIPE, cwd=tmp_path
    ) as done:
        os.write(master, b"3\nFirstName\n\n")
        _, told = done.communicate()
    shown = os.read(master, 100_000).decode()
    os.close(slave)
    os.close(master)
    assert done.returncode == 0
    assert "a***@a***.com" in shown
    assert "ana@acme.com" not in shown
    assert b"next: gsprep run people.csv --mapping mapping.yaml" in told
    saved = read_mapping(tmp_path / "mapping.yaml")
    assert saved.fields == {"Mail": "Email", "Kosname": "FirstName"}


def test_fields_are_listed(gsprep: Callable[..., Said]) -> None:
    said = gsprep("fields", "person")
    line = next(line for line in said.out.splitlines() if line.startswith("OtherEmails"))
    assert "Further e-mail addresses" in line
    assert "Other Email" in line
    assert '"name": "Arr"' in gsprep("fields", "Company", "--json").out
    wrong = gsprep("fields", "Compny")
    assert (wrong.code, wrong.out) == (2, "")
    assert "Do you mean Company?" in wrong.err


def test_companies_have_a_mapping_of_their_own(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    listed = "Ident,Bezeichnung,Netz\n" + "".join(
        f"1P02{letter * 32},{name},{name.lower()}.com\n"
        for letter, name in zip("AB", ("Acme", "Bolt"), strict=True)
    )
    (tmp_path / "c.csv").write_text(listed, encoding="utf-8")
    (tmp_path / "c.yaml").write_text(
        "schema: gsprep.mapping/1\nobject: Company\n"
        "fields:\n  Gsid: Ident\n  Name: Bezeichnung\n  Domain: Netz\n",
        encoding="utf-8",
    )
    by = ("--companies", "c.csv", "--companies-mapping", "c.yaml")
    assert gsprep("match", people, *by).code == 0
    assert gsprep("run", people, *by, "--dry-run").code == 0
    wrong = (tmp_path / "c.yaml").read_text().replace("Domain:", "Domian:")
    (tmp_path / "c.yaml").write_text(wrong, encoding="utf-8")
    said = gsprep("match", people, *by)
    assert said.code == 2
    assert 'Company has no field "Domian". Do you mean Domain?' in said.err
    alone = gsprep("run", people, "--companies-mapping", "c.yaml", "--to", "acme")
    assert (alone.code, alone.out) == (2, "")


@pytest.mark.parametrize("of", OBJECTS, ids=lambda of: of.name)
def test_every_field_has_a_meaning(of: ObjectFields) -> None:
    assert [line.name for line in field_lines(of) if not line.meaning] == []
