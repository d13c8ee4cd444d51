"""``review`` of the same person twice: its folder, its answers, and the run that uses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.cli import review
from gsprep.cli.duplicates import pair_session_of
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

LIST = """\
First Name,Last Name,Email,Company,Job Title
Ana,Ruiz,ana.ruiz@acme.com,Acme Inc,Buyer
Anna,Ruiz,ana.ruiz@acme.com,Acme,
A.,Ruiz,,Acme,Head of Buying
Bo,Berg,bo@bolt.io,Bolt GmbH,CEO
Bob,Berg,berg@gmail.com,Bolt,CEO
Cy,Young,cy@gmail.com,,
"""
GSIDS = ["1P01" + letter * 32 for letter in "AB"]


@pytest.fixture
def folder(gsprep: Callable[..., Said], tmp_path: Path) -> Path:
    """Return the folder of a list in which some pairs are open."""
    (tmp_path / "people.csv").write_text(LIST, encoding="utf-8")
    rules = "compare: {FirstName: {kind: person_name, part: given}, Email: email, "
    rules += "LastName: {kind: person_name, part: surname}, CompanyName: company_name}\n"
    rules += "decide: {match_from: 0.999999999, review_from: 0.000001}\n"
    rules += "survive: {fields: {FirstName: longest}}\n"
    (tmp_path / "people.yaml").write_text(rules, encoding="utf-8")
    said = gsprep("duplicates", "people.csv", "--rules", "people.yaml")
    assert said.code == 0
    return tmp_path / "out"


def test_answers_hold_in_the_second_run_of_the_same_command(
    gsprep: Callable[..., Said], folder: Path
) -> None:
    session = pair_session_of(folder, folder / "pair_answers.csv", "maria")
    assert session.next_command == "gsprep duplicates people.csv --rules people.yaml"
    asked = {frozenset(r.id for r in one.records): one for one in session.to_decide}
    berg = asked[frozenset("45")]
    kept = session.preview(berg.records)
    assert (kept["FirstName"].value, kept["FirstName"].of) == ("Bob", "5")
    assert session.answer(berg.number, "same") == "taken"
    others = [one.number for one in session.to_decide if one.number != berg.number]
    assert session.answer_some([(number, "apart", None) for number in others]) == len(others)
    said = gsprep("duplicates", "people.csv", "--rules", "people.yaml", "--json")
    assert "using" in said.err
    told = json.loads(said.out)
    assert told["pairs"]["review"] == 0
    groups = read_table(folder / "duplicates.csv").set_index("row_id")["Person_ID"]
    assert groups["4"] == groups["5"]
    assert groups.nunique() == len(groups) - 1
    again = pair_session_of(folder, folder / "pair_answers.csv", "maria")
    assert not again.to_decide


def test_answers_hold_in_another_file_with_other_rows(
    gsprep: Callable[..., Said], folder: Path, tmp_path: Path
) -> None:
    session = pair_session_of(folder, folder / "pair_answers.csv", "maria")
    berg = next(q for q in session.to_decide if {r.id for r in q.records} == {"4", "5"})
    session.answer(berg.number, "same")
    head, *lines = LIST.splitlines()
    mixed = "\n".join([head, "New,Person,new@zed.io,Zed,", *reversed(lines)])
    (tmp_path / "later.csv").write_text(mixed + "\n", encoding="utf-8")
    words = ("--answers", folder / "pair_answers.csv", "--out", "later", "--rules", "people.yaml")
    assert gsprep("duplicates", "later.csv", *words).code == 0
    groups = read_table(tmp_path / "later" / "duplicates.csv").set_index("row_id")["Person_ID"]
    assert groups["3"] == groups["4"]


def test_the_page_of_a_folder_of_duplicates_is_served(
    gsprep: Callable[..., Said], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "_IDLE_SECONDS", 0)
    said = gsprep("review", folder, "--no-browser", "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert told["questions"] == told["open"] > 0
    assert f"0 of {told['questions']} questions are decided" in said.err
    assert "ruiz" not in (said.out + said.err).lower()
    assert gsprep("review", folder, "--xlsx", "x.xlsx").code == 2
    assert gsprep("review", folder.parent, "--duplicates").code == 2


def test_a_record_that_meets_two_existing_people_is_one_of_them(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text(
        "FirstName,LastName,Email,Customer No\nAna,Ruiz,ana@acme.com,C-77812\n", encoding="utf-8"
    )
    existing = f"Gsid,FirstName,LastName,Email,Customer No\n{GSIDS[0]},Ana,Ruiz,ana@acme.com,C-1\n"
    existing += f"{GSIDS[1]},A,Ruiz,ar@acme.com,C-77812\n"
    (tmp_path / "existing.csv").write_text(existing, encoding="utf-8")
    command = ("duplicates", "people.csv", "--against", "existing.csv")
    told = json.loads(gsprep(*command, "--json").out)
    assert (told["conflicts"], told["linked"]) == (1, 0)
    session = pair_session_of(tmp_path / "out", tmp_path / "out" / "pair_answers.csv", "maria")
    assert len(session.to_decide) == 2
    assert all(question.why.startswith("Conflict") for question in session.to_decide)
    wanted = next(q for q in session.to_decide if q.records[-1].id == GSIDS[1])
    session.answer(wanted.number, "same")
    told = json.loads(gsprep(*command, "--json").out)
    assert (told["conflicts"], told["linked"], told["pairs"]["review"]) == (0, 1, 0)
    assert read_table(tmp_path / "out" / "merged.csv")["Gsid"].tolist() == [GSIDS[1]]
