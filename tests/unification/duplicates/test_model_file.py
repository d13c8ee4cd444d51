"""A saved model decides the same, and each record alone."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from unification.duplicates.people import people

from gsprep.errors import DocumentError, InputError
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.model_file import parse_saved
from gsprep.unification.rulebook import parse_rulebook, read_rulebook

if TYPE_CHECKING:
    from pathlib import Path

    from gsprep.unification.duplicates.results import Duplicates

LIST = people(300, 120, seed=5)
BORN = pd.Series(range(len(LIST))).map(lambda n: f"{n % 28 + 1:02}/{n % 12 + 1:02}/{1950 + n % 50}")
GIVEN = LIST.drop(columns="person").assign(Birthday=BORN)


@cache
def whole_list() -> Duplicates:
    return find_duplicates(GIVEN)


FIRST = ~LIST["person"].duplicated()
EXISTING = GIVEN[FIRST].drop(columns="row_id").assign(Gsid="G" + LIST["person"])
NEW = GIVEN[~FIRST]


@cache
def linked() -> Duplicates:
    return find_duplicates(NEW, against=EXISTING)


COMPARE = {name: how.model_dump() for name, how in read_rulebook("people").compare.items()}


def same(one: Duplicates, two: Duplicates) -> None:
    pd.testing.assert_frame_equal(one.groups, two.groups, check_exact=True)
    pd.testing.assert_frame_equal(one.pairs, two.pairs, check_exact=True)
    pd.testing.assert_frame_equal(one.evidence, two.evidence, check_exact=True)


def test_a_saved_model_decides_its_list_bit_for_bit_the_same(tmp_path: Path) -> None:
    path = whole_list().model.save(tmp_path / "people-model.yaml")
    again = find_duplicates(GIVEN.sample(frac=1, random_state=1), model=path, seed=7)
    same(find_duplicates(GIVEN, model=path), whole_list())
    fitted = find_duplicates(GIVEN, model=whole_list().model).model
    assert again.model.document() == fitted.document()
    assert again.model.save(tmp_path / "again.yaml").read_bytes() == path.read_bytes()


def test_a_saved_model_links_to_existing_people_as_the_list_it_was_learned_from() -> None:
    same(find_duplicates(NEW, against=EXISTING, model=linked().model), linked())


@given(rows=st.sets(st.integers(0, len(NEW) - 1), min_size=1, max_size=30))
def test_a_record_is_linked_the_same_whatever_other_records_come_with_it(rows: set[int]) -> None:
    some = NEW.iloc[sorted(rows)]
    found = find_duplicates(some, against=EXISTING, model=linked().model)
    answer = found.groups[found.groups["source"] == "persons"].set_index("row_id")["Gsid"]
    whole = linked().groups[linked().groups["source"] == "persons"].set_index("row_id")["Gsid"]
    assert answer.isna().equals(whole[answer.index].isna())
    assert answer.dropna().equals(whole[answer.index].dropna())
    mine = linked().pairs[
        linked().pairs["left_id"].isin(some["row_id"])
        & linked().pairs["right_id"].str.startswith("G")
    ]
    pairs = found.pairs[found.pairs["right_id"].str.startswith("G")]
    pd.testing.assert_frame_equal(
        pairs.reset_index(drop=True), mine.reset_index(drop=True), check_exact=True
    )


def test_an_unrelated_record_changes_no_pair_of_a_saved_model() -> None:
    other = pd.DataFrame([{"row_id": "new", "FirstName": "Xerxes", "LastName": "Qwghlm",
                           "Email": "xq@elsewhere.org", "CompanyName": "Elsewhere"}])  # fmt: skip
    found = find_duplicates(pd.concat([GIVEN, other], ignore_index=True), model=whole_list().model)
    pd.testing.assert_frame_equal(found.pairs, whole_list().pairs, check_exact=True)


def test_the_file_names_no_one() -> None:
    text = yaml.safe_dump(whole_list().model.document())
    for name in ("FirstName", "LastName", "Email", "Phone", "CompanyName"):
        assert not any(value in text for value in GIVEN[name].dropna().unique() if len(value) > 4)


def test_the_line_is_that_of_the_rulebook_if_it_has_one() -> None:
    for decide, expected in (({"match_from": 0.9}, 0.9), ({"precision": 0.99}, None)):
        book = parse_rulebook({"compare": COMPARE, "decide": decide})
        cut = find_duplicates(GIVEN, book, model=whole_list().model).model.cut
        assert cut == pytest.approx(expected) if expected else cut > whole_list().model.cut


def test_a_column_that_a_new_list_lacks_says_nothing() -> None:
    found = find_duplicates(GIVEN.drop(columns=["Phone", "Birthday"]), model=whole_list().model)
    assert (found.evidence["Phone"] == 0).all()
    assert (found.groups["verdict"] == "match").any()


def spoiled(**changes: object) -> dict[str, object]:
    return {**whole_list().model.document(), **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": "other/1"}, "schema"),
        ({"columns": {}}, "columns"),
        ({"moved": 2.0}, "moved"),
        ({"more": 1}, "more"),
        ({"columns": {"Email": {"kind": "face", "movable": True}}}, "no such kind"),
    ],
)
def test_a_file_that_is_no_model_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        parse_saved(spoiled(**changes))


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises(DocumentError, match="is missing"):
        parse_saved({"compare": {}})


def test_levels_that_the_model_does_not_have_are_refused() -> None:
    frequencies = whole_list().model.document()["frequencies"]
    wrong = [{**one, "levels": ["nearly"]} for one in frequencies]  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="levels of"):
        parse_saved(spoiled(frequencies=wrong))


def test_what_cannot_be_saved_or_read_is_named(tmp_path: Path) -> None:
    nothing = find_duplicates(GIVEN.head(1)).model
    with pytest.raises(InputError, match="nothing was learned"):
        nothing.save(tmp_path / "model.yaml")
    with pytest.raises(InputError, match="learned nothing"):
        find_duplicates(GIVEN, model=nothing)
    with pytest.raises(InputError, match="cannot be written"):
        whole_list().model.save(tmp_path / "no" / "folder.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        find_duplicates(GIVEN, model=tmp_path / "absent.yaml")
