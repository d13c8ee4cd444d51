"""A recipe does next month what was done this month, or says aloud why it cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.cleaning.clean import clean
from gsprep.cleaning.recipe import (
    Recipe,
    agreed_key,
    agreed_region,
    read_recipe,
    recipe_of,
    recipe_text,
    replay,
)
from gsprep.cleaning.rules import all_rules
from gsprep.errors import DocumentError, InputError
from gsprep.schemas.objects import Company, Person

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pd.DataFrame(
    {
        "Email": [" Ana@ACME.com", "bo@x.com"],
        "LastName": ["MÃ¼ller", "n/a"],
        "Phone": ["030 1234567", None],
        "Shoe Size": [" 42", "-"],
    }
)


def saved(frame: pd.DataFrame = FRAME, region: str | None = "DE") -> Recipe:
    return recipe_of(frame, clean(frame, region=region), region=region)


def test_it_says_what_was_done() -> None:
    """By column, every rule that was tried, with the cells it mended."""
    recipe = saved()
    assert recipe.columns == ("Email", "LastName", "Phone", "Shoe Size")
    assert recipe.rules == {
        "Email": {"width": 0, "entities": 0, "blanks": 1, "email": 1},
        "LastName": {
            "width": 0,
            "entities": 0,
            "mojibake": 1,
            "blanks": 0,
            "float_tail": 0,
            "placeholder": 1,
        },
        "Phone": {"width": 0, "blanks": 0, "float_tail": 0, "placeholder": 0, "phone": 1},
        "Name": {"name_from_parts": 1},
    }
    assert {rule for rules in recipe.rules.values() for rule in rules} <= all_rules()
    assert (recipe.of, recipe.region) == ("Person", "DE")


@pytest.mark.parametrize(
    ("frame", "region", "key"),
    [
        pytest.param(FRAME, "DE", (), id="usual"),
        pytest.param(pd.DataFrame({"Email": []}), None, (), id="no rows"),
        pytest.param(
            pd.DataFrame({"yes": [1], "null": [1], "1": [1], "a: b #c": [1], "Ü__gc": [1]}),
            "DE",
            (),
            id="headers that YAML could take for something else",
        ),
        pytest.param(FRAME, "DE", ("Email", "Location"), id="key"),
    ],
)
def test_a_saved_recipe_is_read_back(
    frame: pd.DataFrame, region: str | None, key: tuple[str, ...], tmp_path: Path
) -> None:
    recipe = replace(saved(frame, region), key=key)
    path = tmp_path / "recipe.yaml"
    path.write_text(recipe_text(recipe), encoding="utf-8")
    assert read_recipe(path) == recipe


def test_it_holds_no_cell() -> None:
    text = recipe_text(saved()).lower()
    assert not [cell for cell in ("ana@", "acme", "ller", "1234567", "42") if cell in text]


people = st.lists(
    st.fixed_dictionaries({name: st.sampled_from([*FRAME[name], None]) for name in FRAME}),
    max_size=4,
)


@settings(deadline=None)
@given(people)
def test_replaying_is_cleaning(lines: list[dict[str, str | None]]) -> None:
    """On any rows with the same columns, in whatever order the columns stand."""
    frame = pd.DataFrame(lines, columns=list(FRAME), dtype="str")
    cleaned, again = clean(frame, region="DE"), replay(frame[[*FRAME][::-1]], saved())
    pd.testing.assert_frame_equal(again.frame[list(cleaned.frame)], cleaned.frame)
    pd.testing.assert_frame_equal(again.changes, cleaned.changes)


def test_a_rule_taken_out_is_not_applied() -> None:
    recipe = saved()
    fewer = {**recipe.rules, "LastName": {"blanks": 0}, "Phone": {}, "Name": {}}
    again = replay(FRAME, replace(recipe, rules=fewer)).frame
    assert again["LastName"].tolist() == ["MÃ¼ller", "n/a"]
    assert again["Phone"].tolist()[0] == "030 1234567"
    assert "Name" not in again
    assert again["Email"].tolist() == ["Ana@acme.com", "bo@x.com"]


@each_row(
    ("frame", "says"),
    [
        pytest.param(FRAME.drop(columns="Phone"), ["lacks Phone"], id="one gone"),
        pytest.param(FRAME.assign(New="x"), ["also has New"], id="one more"),
        pytest.param(
            FRAME.rename(columns={"Email": "E Mail"}),
            ["lacks Email", "also has E Mail"],
            id="other",
        ),
        pytest.param(
            FRAME.assign(**{f"c{n}": "" for n in range(30)}), ["and 20 more"], id="very many"
        ),
    ],
)
def test_other_columns_are_refused_by_name(frame: pd.DataFrame, says: list[str]) -> None:
    with pytest.raises(InputError) as failure:
        replay(frame, saved())
    assert all(words in str(failure.value) for words in says)


def test_row_id_is_no_column_of_the_file() -> None:
    assert len(replay(FRAME.assign(row_id=["a", "b"]), saved()).frame) == 2


def test_another_object_is_refused() -> None:
    with pytest.raises(InputError, match="for Person, but the file holds Company"):
        replay(FRAME, saved(), Company)


def test_a_rule_of_another_type_is_refused() -> None:
    recipe = saved()
    with pytest.raises(InputError, match="boolean of Email"):
        replay(FRAME, replace(recipe, rules={"Email": {"boolean": 1}}), Person)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        pytest.param("recipe: 2\nobject: Person\ncolumns: []\nrules: {}", ["recipe"], id="version"),
        pytest.param("recipe: 1", ["object", "columns", "rules"], id="all that is missing"),
        pytest.param(
            "recipe: 1\nobject: 5\ncolumns: Email\nregion: Mars\nmore: 1\n"
            "rules: {Email: {emial: 1, email: yes, blanks: -1, width: '1'}}",
            ["object", "region", "columns", "rules.Email.emial", "rules.Email.email",
             "rules.Email.blanks", "rules.Email.width", "more"],
            id="every mistake at once",
        ),
        pytest.param(
            "recipe: 1\nobject: Person\ncolumns: [Email]\nrules: {Phone: {phone: 1}}",
            ["the file"], id="rules for no column",
        ),
        pytest.param("recipe: 1\nrecipe: 1", ["line 1"], id="a key twice"),
        pytest.param("a: &x 1\nb: *x", ["line 2"], id="an alias"),
        pytest.param("a: [", ["line 1"], id="no YAML"),
        pytest.param("just words", ["the file"], id="words"),
        pytest.param("", ["the file"], id="empty"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_at_once(tmp_path: Path, text: str, places: list[str]) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as failure:
        read_recipe(path)
    assert sorted(p.place for p in failure.value.problems) == sorted(places)
    assert all(problem.place in str(failure.value) for problem in failure.value.problems)


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"recipe .* cannot be read"):
        read_recipe(tmp_path / "none.yaml")


BOTH = ("Email", "Location")


@each_row(
    ("key", "asked", "agreed"),
    [
        pytest.param(None, BOTH, BOTH, id="no recipe"),
        pytest.param((), BOTH, BOTH, id="a recipe without a key"),
        pytest.param(BOTH, ("Email",), BOTH, id="the usual is not asked for"),
        pytest.param(BOTH, BOTH, BOTH, id="the same"),
        pytest.param(BOTH, ("Name",), None, id="another"),
    ],
)
def test_a_job_takes_the_key_of_its_recipe(
    key: tuple[str, ...] | None, asked: tuple[str, ...], agreed: tuple[str, ...] | None
) -> None:
    recipe = None if key is None else replace(saved(), key=key)
    if agreed is None:
        with pytest.raises(InputError, match="for the key Email,Location, not Name"):
            agreed_key(recipe, asked)
    else:
        assert agreed_key(recipe, asked) == agreed


def test_a_job_takes_the_region_of_its_recipe() -> None:
    assert agreed_region(None, "FR") == "FR"
    assert agreed_region(saved(), None) == agreed_region(saved(), "Germany") == "DE"
    for recipe, region in ((saved(), "FR"), (saved(region=None), "DE")):
        with pytest.raises(InputError, match="sets the region"):
            agreed_region(recipe, region)
