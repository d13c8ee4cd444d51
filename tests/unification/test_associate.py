"""``associate``: the company_person rows of those who were matched."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from gsprep.errors import InputError, MissingColumnsError
from gsprep.unification.unify import associate

PERSONS = pd.DataFrame(
    {
        "row_id": ["a", "b", "c"],
        "Email": ["a@x.com", "b@x.com", None],
        "Title": ["CEO", None, "CFO"],
        "FirstName": ["A", "B", "C"],
        "Nps__gc": ["9", "8", "7"],
    },
    index=[3, 3, 1],
)
DECISIONS = pd.DataFrame(
    {
        "row_id": ["c", "a", "b"],
        "verdict": ["match", "match", "review"],
        "Company_ID": ["C3", "C1", "C2"],
    }
)


def test_only_matches_in_the_order_of_the_persons() -> None:
    rows = associate(PERSONS, DECISIONS)
    assert rows["row_id"].tolist() == ["a", "c"]
    assert rows["Company_ID"].tolist() == ["C1", "C3"]
    assert list(rows.columns) == ["row_id", "Email", "Company_ID", "Title"]


@pytest.mark.parametrize(
    ("column", "kept"),
    [
        pytest.param("Role", True, id="Role"),
        pytest.param("Manager", True, id="Manager"),
        pytest.param("Active", True, id="Active"),
        pytest.param("IsPrimaryCompany", True, id="IsPrimaryCompany"),
        pytest.param("Person_ID", True, id="another key"),
        pytest.param("LastName", False, id="what belongs to the person"),
        pytest.param("Nps__gc", False, id="a tenant's own field"),
        pytest.param("CompanyName", False, id="what served matching"),
        pytest.param("verdict", False, id="ours"),
        pytest.param("Shoe", False, id="what nobody knows"),
    ],
)
def test_which_columns_belong_to_the_association(column: str, kept: bool) -> None:  # noqa: FBT001  a table
    rows = associate(PERSONS.assign(**{column: "x"}), DECISIONS)
    assert (column in rows.columns) == kept


def test_is_primary_company_is_never_invented() -> None:
    assert "IsPrimaryCompany" not in associate(PERSONS, DECISIONS).columns


def test_a_company_of_the_persons_is_not_taken_for_the_decided_one() -> None:
    rows = associate(PERSONS.assign(Company_ID="OLD"), DECISIONS)
    assert rows["Company_ID"].tolist() == ["C1", "C3"]


def test_nobody_matched_leaves_the_columns() -> None:
    rows = associate(PERSONS, DECISIONS.assign(verdict="no_match", Company_ID=None))
    assert rows.empty
    assert list(rows.columns) == ["row_id", "Email", "Company_ID", "Title"]


def test_persons_without_decision_and_decisions_without_person_are_left_out() -> None:
    assert associate(PERSONS, DECISIONS.iloc[:1])["row_id"].tolist() == ["c"]
    assert associate(PERSONS.iloc[:1], DECISIONS)["row_id"].tolist() == ["a"]


def test_arguments_stay_as_they_are() -> None:
    persons, decisions = PERSONS.copy(deep=True), DECISIONS.copy(deep=True)
    associate(persons, decisions)
    assert_frame_equal(persons, PERSONS)
    assert_frame_equal(decisions, DECISIONS)


def test_both_frames_need_row_ids() -> None:
    with pytest.raises(MissingColumnsError, match="row_id"):
        associate(PERSONS.drop(columns="row_id"), DECISIONS)
    with pytest.raises(MissingColumnsError, match="row_id"):
        associate(PERSONS, DECISIONS.drop(columns="row_id"))
    with pytest.raises(MissingColumnsError, match="verdict"):
        associate(PERSONS, DECISIONS.drop(columns="verdict"))
    with pytest.raises(InputError, match="row_id"):
        associate(PERSONS.assign(row_id="a"), DECISIONS)
