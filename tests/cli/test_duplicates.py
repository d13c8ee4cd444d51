"""``duplicates``: the files that it writes, and what it reads of them again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

TWICE = """\
First Name,Last Name,Email,Company
Ana,Ruiz,ana.ruiz@acme.com,Acme Inc
Anna,Ruiz,ana.ruiz@acme.com,Acme
Bo,Berg,bo@bolt.io,Bolt GmbH
Cy,Young,cy@gmail.com,
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(TWICE, encoding="utf-8")
    return path


def test_groups_pairs_survivors_and_losses_are_written(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    said = gsprep("duplicates", people, "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert told["schema"] == "gsprep.duplicates/1"
    assert (told["records"], told["persons"], told["match"]) == (4, 3, 2)
    out = tmp_path / "out"
    groups = read_table(out / "duplicates.csv")
    assert groups["Person_ID"].tolist() == ["1", "1", "3", "4"]
    assert groups["Email"].tolist()[0] == "ana.ruiz@acme.com"
    assert read_table(out / "merged.csv")["row_id"].tolist() == ["1", "3", "4"]
    losses = read_table(out / "losses.csv")
    assert "Anna" in losses.loc[losses["rule"] == "not kept", "before"].tolist()
    assert "compared by their headers" in said.err
    assert "ruiz" not in (said.out + said.err).lower()


def test_answered_pairs_and_earlier_groups_are_read_again(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    gsprep("duplicates", people)
    pairs = (tmp_path / "out" / "pairs.csv").read_text(encoding="utf-8-sig")
    head, line = pairs.strip().splitlines()
    assert head.endswith(",answer")
    (tmp_path / "answered.csv").write_text(f"{head}\n{line}no_match\n", encoding="utf-8")
    words = ("--answers", "answered.csv", "--groups", tmp_path / "out" / "duplicates.csv")
    said = gsprep("duplicates", people, *words, "--out", "again", "--json")
    assert json.loads(said.out)["persons"] == 4
    assert "split" in said.err


def test_people_are_linked_to_those_who_exist(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    gsid = "1P01" + "A" * 32
    existing = (
        f"Gsid,FirstName,LastName,Email,Phone\n{gsid},Ana,Ruiz,ana.ruiz@acme.com,4155550102\n"
    )
    (tmp_path / "existing.csv").write_text(existing, encoding="utf-8")
    said = gsprep("duplicates", people, "--against", "existing.csv", "--rules", "people", "--json")
    assert json.loads(said.out)["linked"] == 2
    merged = read_table(tmp_path / "out" / "merged.csv")
    line = merged[merged["Gsid"] == gsid].iloc[0]
    assert line["Phone"] == "4155550102"
    assert merged["Gsid"].notna().sum() == 1


def test_a_result_never_replaces_an_input(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "duplicates.csv").write_text(TWICE, encoding="utf-8")
    said = gsprep("duplicates", tmp_path / "duplicates.csv", "--out", tmp_path)
    assert said.code == 2
    assert (tmp_path / "duplicates.csv").read_text(encoding="utf-8") == TWICE


def test_every_mistake_of_a_rulebook_is_named(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    rules = (
        "compare:\n  Email: mail\n  Name: {kind: text, part: given}\nsurvive:\n  default: newest\n"
    )
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    said = gsprep("duplicates", people, "--rules", "rules.yaml")
    assert said.code == 2
    for place in ("compare.Email", "compare.Name", "survive.default"):
        assert place in said.err


def test_a_model_is_saved_and_decides_another_list(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model.yaml"
    assert gsprep("duplicates", people, "--save-model", model).code == 0
    first = (tmp_path / "out" / "pairs.csv").read_bytes()
    again = gsprep("duplicates", people, "--model", model, "--out", tmp_path / "again")
    assert again.code == 0
    assert (tmp_path / "again" / "pairs.csv").read_bytes() == first
    refused = gsprep("duplicates", people, "--model", people)
    assert refused.code == 2


def test_a_model_is_saved_with_the_answers_and_says_what_they_changed(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    answers, model = tmp_path / "answered.csv", tmp_path / "model.yaml"
    answers.write_text("left_id,right_id,answer\n1,2,match\n", encoding="utf-8")
    said = gsprep("duplicates", people, "--answers", answers, "--save-model", model)
    assert said.code == 0
    assert "the model stays as it is: 1 answers" in said.err
    assert gsprep("duplicates", people, "--model", model, "--out", tmp_path / "again").code == 0
