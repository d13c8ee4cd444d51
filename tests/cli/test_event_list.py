"""An event list and Salesforce accounts on the command line, as the page of the documentation."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from blocks import blocks_of
from event_list import PEOPLE, write_accounts, write_companies, write_event_list

from gsprep.cli.map import corrected, proposal_lines
from gsprep.mapping.guess import map_columns
from gsprep.mapping.mapping_file import Proposal, mapping_text, samples_of
from gsprep.schemas.fields import PERSON
from gsprep.tables.read import read, read_as_written

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "event-list.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder with the files of the page."""
    monkeypatch.chdir(tmp_path)
    write_event_list(tmp_path / "event.xlsx")
    write_accounts(tmp_path / "accounts.csv")
    write_companies(tmp_path / "companies.csv")
    return tmp_path


def typed(answers: list[str], _question: str) -> str:
    return answers.pop(0)


def shown(start: str) -> str:
    """Return the block of the page that begins with a text."""
    return next(b.text for b in blocks_of(PAGE) if b.text.lstrip().startswith(start))


def test_notes_and_prompts_are_those_of_the_page(gsprep: Callable[..., Said], folder: Path) -> None:
    assert gsprep("check", "event.xlsx").err == shown("event.xlsx:")
    reading = read_as_written(folder / "event.xlsx")
    proposal = Proposal(map_columns(reading.frame), PERSON, samples_of(reading.frame))
    lines = proposal_lines(proposal, proposal.guess, reveal=False)
    assert shown("1  Attendee").splitlines()[: len(lines)] == lines
    mapping = corrected(proposal, ask=partial(typed, ["3", "Email", ""]), say=print)
    assert mapping_text(mapping).strip() == shown("# The Gainsight field").strip()


def test_every_person_of_the_list_has_the_outcome_of_the_page(
    gsprep: Callable[..., Said], folder: Path
) -> None:
    (folder / "mapping.yaml").write_text(shown("# The Gainsight field"), encoding="utf-8")
    files = ("event.xlsx", "--mapping", "mapping.yaml", "--companies", "companies.csv")
    assert gsprep("run", *files, "--dry-run", "--out", "out").code == 1
    people = read(folder / "out" / "people.csv").frame.astype("object")
    people = people.where(people.notna(), None)
    assert people["verdict"].tolist() == [*["match"] * 6, "review", None, "no_match"]
    letters = [None if gsid is None else gsid[-1] for gsid in people["Company_ID"]]
    assert letters == [*"AAABBCC", None, None]
    for column, at in {"Alt. e-mail": 2, "Badge printed?": 7, "Dietary wishes": 8}.items():
        assert people[column].tolist() == [person[at] or None for person in PEOPLE]


def test_accounts_without_gsids_say_how_to_get_them(
    gsprep: Callable[..., Said], folder: Path
) -> None:
    said = gsprep("run", "event.xlsx", "--companies", "accounts.csv", "--dry-run")
    assert (said.code, (folder / "out").exists()) == (2, False)
    assert "finds the Gsids of this list in the tenant, by identifier" in said.err
