"""``clean`` shown before it is done, saved, replayed, and taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

UGLY = "Email,LastName,Title,Phone\n Ana@ACME.com,MÃ¼ller,n/a,030 1234567\nbo@x.com,Bo,,\n"


@pytest.fixture
def ugly(tmp_path: Path) -> Path:
    """Return a file with a cell for most rules."""
    path = tmp_path / "ugly.csv"
    path.write_text(UGLY, encoding="utf-8")
    return path


def test_a_rehearsal_shows_each_rule_and_people_in_outline(
    gsprep: Callable[..., Said], ugly: Path
) -> None:
    said = gsprep("clean", ugly, "--dry-run")
    assert "1  mojibake" in said.out
    assert "Email: [ Xxx@XXXX.xxx] becomes [Xxx@XXXX.xxx]" in said.out
    assert "acme" not in said.out.lower()
    told = json.loads(gsprep("clean", ugly, "--dry-run", "--json").out)
    assert told["samples"]["placeholder"] == [{"column": "Title", "before": "n/a", "after": ""}]


def test_values_are_shown_to_who_asks_for_them(gsprep: Callable[..., Said], ugly: Path) -> None:
    """On the screen; a document stays masked, since programs and logs keep it."""
    said = gsprep("clean", ugly, "--dry-run", "--reveal")
    assert "Email: [ Ana@ACME.com] becomes [Ana@ACME.com]" in said.out
    assert "acme" not in gsprep("clean", ugly, "--dry-run", "--reveal", "--json").out.lower()
    assert "acme" not in gsprep("clean", ugly, "--dry-run").out.lower()


def test_a_file_without_a_known_header_is_reported(
    gsprep: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "other.csv").write_text("Schuhgröße,Farbe\n42,rot\n", encoding="utf-8")
    said = gsprep("clean", "other.csv", "--out", "o.csv")
    assert said.code == 0
    assert "no column is a field of Person, so nothing is cleaned" in said.err


def test_a_saved_recipe_is_replayed(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    """The region travels with it, and the result is the same file."""
    first = gsprep("clean", ugly, "--out", "a.csv", "--region", "DE", "--save-recipe", "r.yaml")
    again = gsprep("clean", ugly, "--out", "b.csv", "--recipe", "r.yaml")
    assert (first.code, again.code) == (0, 0)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert read_table(tmp_path / "b.csv")["Phone"].tolist()[0] == "+49301234567"
    assert (tmp_path / "r.yaml").stat().st_mode & 0o777 == 0o600


def test_a_recipe_names_its_object(gsprep: Callable[..., Said], companies: Path) -> None:
    gsprep("clean", companies, "--object", "Company", "--save-recipe", "r.yaml")
    assert gsprep("clean", companies, "--recipe", "r.yaml").code == 0
    said = gsprep("clean", companies, "--recipe", "r.yaml", "--object", "CompanyPerson")
    assert (said.code, said.out) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["other.csv"], "lacks Title", id="other columns"),
        pytest.param(["ugly.csv", "--region", "FR"], "--region", id="another region"),
        pytest.param(["ugly.csv", "--key", "Email"], "--key", id="another key"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    gsprep("clean", ugly, "--out", "a.csv", "--save-recipe", "r.yaml")
    (tmp_path / "other.csv").write_text(UGLY.replace("Title", "Rank"), encoding="utf-8")
    said = gsprep("clean", *arguments, "--recipe", "r.yaml", "--out", "b.csv")
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert not (tmp_path / "b.csv").exists()


def test_what_was_cleaned_is_given_back(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    gsprep("clean", ugly, "--out", "a.csv", "--changes", "log.csv")
    said = gsprep("revert", "a.csv", "--changes", "log.csv", "--out", "back.csv", "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert (told["schema"], told["left"]) == ("gsprep.revert/1", 0)
    back, before = read_table(tmp_path / "back.csv"), read_table(ugly)
    assert back[list(before)].equals(before)


def test_a_cell_changed_since_is_left_and_counted(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    gsprep("clean", ugly, "--out", "a.csv", "--changes", "log.csv")
    path = tmp_path / "a.csv"
    path.write_text(path.read_text("utf-8").replace("Ana@acme.com", "eva@x.com"), encoding="utf-8")
    said = gsprep("revert", "a.csv", "--changes", "log.csv")
    assert "1  changed since and kept" in said.out
    assert read_table(tmp_path / "reverted.csv")["Email"].tolist()[0] == "eva@x.com"


@pytest.mark.parametrize(
    ("log", "says"),
    [
        pytest.param("row_id,column,before,after,rule\n1,Email,a,b,email\n", "another", id="other"),
        pytest.param("row_id,Email\n1,a\n", "column, before, after, rule", id="no log"),
    ],
)
def test_another_log_is_refused(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path, log: str, says: str
) -> None:
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")
    said = gsprep("revert", ugly, "--changes", "log.csv", "--out", "back.csv")
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert not (tmp_path / "back.csv").exists()


def test_a_run_replays_a_recipe(
    gsprep: Callable[..., Said], ugly: Path, companies: Path, tmp_path: Path
) -> None:
    """Its region and its rules, and no others: the same cells as clean has mended."""
    gsprep("clean", ugly, "--out", "a.csv", "--region", "DE", "--save-recipe", "r.yaml")
    recipe = tmp_path / "r.yaml"
    thinned = recipe.read_text("utf-8").replace("    mojibake: 1\n", "")
    recipe.write_text(thinned, encoding="utf-8")
    said = gsprep("run", ugly, "--companies", companies, "--dry-run", "--recipe", "r.yaml")
    assert said.code == 0
    people = read_table(tmp_path / "out" / "people.csv")
    assert people["Phone"].tolist()[0] == "+49301234567"
    assert people["LastName"].tolist() == ["MÃ¼ller", "Bo"]
    assert read_table(tmp_path / "out" / "warnings.csv")["code"].tolist() == ["GSPREP_GARBLED"] * 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["other.csv"], "it lacks Title; it also has Rank", id="other columns"),
        pytest.param(["ugly.csv", "--region", "FR"], "sets the region", id="another region"),
        pytest.param(["ugly.csv", "--key", "Title"], "key Email,Title, not Title", id="a key"),
    ],
)
def test_a_run_refuses_a_recipe_that_does_not_fit(
    gsprep: Callable[..., Said],
    ugly: Path,
    companies: Path,
    tmp_path: Path,
    arguments: list[str],
    says: str,
) -> None:
    """Before anything is written or sent."""
    gsprep("clean", ugly, "--out", "a.csv", "--key", "Email,Title", "--save-recipe", "r.yaml")
    (tmp_path / "other.csv").write_text(UGLY.replace("Title", "Rank"), encoding="utf-8")
    usual = ["--companies", companies, "--sandbox", "--recipe", "r.yaml"]
    said = gsprep("run", *arguments, *usual)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["run", "check", "clean", "upload"])
def test_a_key_without_its_column_is_named(
    gsprep: Callable[..., Said], ugly: Path, companies: Path, command: str
) -> None:
    options = {"run": ["--companies", companies, "--dry-run"], "upload": ["--dry-run"]}
    said = gsprep(command, ugly, "--key", "Email,Location", *options.get(command, []))
    assert (said.code, said.out) == (2, "")
    assert "with the key Email,Location needs the column Location" in said.err


def test_a_file_is_cleaned_part_by_part(
    gsprep: Callable[..., Said], ugly: Path, tmp_path: Path
) -> None:
    """The numbers, the recipe and the rows are those of the whole; the same command resumes."""
    whole = gsprep("clean", ugly, "--out", "a.csv", "--save-recipe", "a.yaml", "--json")
    given = ("clean", ugly, "--format", "parquet", "--workers", "1", "--json")
    parts = gsprep(*given, "--out", "parts", "--save-recipe", "b.yaml")
    assert (parts.code, parts.err) == (0, whole.err)
    document = json.loads(parts.out)
    assert document == json.loads(whole.out) | {"parts": 1, "resumed": 0}
    assert (tmp_path / "a.yaml").read_bytes() == (tmp_path / "b.yaml").read_bytes()
    cleaned = read_table(tmp_path / "parts" / "cleaned" / "part-00000.parquet")
    assert cleaned.equals(read_table(tmp_path / "a.csv"))
    assert json.loads(gsprep(*given, "--out", "parts", "--recipe", "a.yaml").out)["resumed"] == 0
    assert "cannot use --changes" in gsprep(*given, "--changes", "c.csv").err
