"""An answered review as answers that last."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.errors import DocumentError, MissingColumnsError
from gsprep.schemas.answers import ANSWER_COLUMNS
from gsprep.unification.answering.reviewed import answers_from_review, as_answers, read_review
from gsprep.unification.rulebook import Columns

PEOPLE = pd.DataFrame(
    {
        "Email": ["Ana@X.com", None, "cy@z.com", None],
        "CompanyName": ["Acme", "Bolt Inc", None, None],
    }
)


def review(*lines: tuple) -> pd.DataFrame:
    columns = ["row_id", "candidate_1_id", "candidate_2_id", "answer"]
    return pd.DataFrame(lines, columns=columns, dtype=object)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        pytest.param(("1", "C1", "C2", "1"), ("email", "ana@x.com", "C1", "match"), id="first"),
        pytest.param(("1", "C1", "C2", 2.0), ("email", "ana@x.com", "C2", "match"), id="second"),
        pytest.param(
            ("1", "C1", None, " None "), ("email", "ana@x.com", None, "no_match"), id="none"
        ),
        pytest.param(
            ("3", "C1", "C2", "1P02ABC"), ("email", "cy@z.com", "1P02ABC", "match"), id="a Gsid"
        ),
        pytest.param(
            ("2", "C1", None, "1"), ("company_name", "Bolt Inc", "C1", "match"), id="no address"
        ),
    ],
)
def test_an_answer_is_kept_by_who_it_is_about(line: tuple, answer: tuple) -> None:
    told = answers_from_review(review(line), PEOPLE)
    assert list(told.columns) == list(ANSWER_COLUMNS)
    found = told[["kind", "value", "Company_ID", "answer"]].astype(object)
    assert tuple(found.where(found.notna(), None).iloc[0]) == answer


def test_rows_without_an_answer_are_left_out() -> None:
    told = answers_from_review(review(("1", "C1", "C2", None), ("3", "C1", None, " ")), PEOPLE)
    assert told.empty
    assert list(told.columns) == list(ANSWER_COLUMNS)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param(("1", "C1", None, "2"), "candidate that is there", id="no second candidate"),
        pytest.param(("1", "C1", "C2", "3"), "answer must be", id="no third one"),
        pytest.param(("1", "C1", "C2", " Yes"), "answer must be", id="a word"),
        pytest.param(("4", "C1", None, "1"), "no e-mail and no company name", id="no key"),
        pytest.param(("9", "C1", None, "1"), "no e-mail and no company name", id="who is that"),
    ],
)
def test_what_cannot_be_taken_is_named_by_its_row(line: tuple, says: str) -> None:
    with pytest.raises(DocumentError, match=says) as caught:
        answers_from_review(
            review(("1", "C1", "C2", "1"), *[line]).assign(
                row_id=["2" if line[0] == "1" else "1", line[0]]
            ),
            PEOPLE,
        )
    assert [problem.place for problem in caught.value.problems] == [f"row_id {line[0]}"]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        pytest.param("1", "2", ["row_id 1", "row_id 2"], id="two companies"),
        pytest.param("1", "none", ["row_id 1", "row_id 2"], id="a company and none"),
        pytest.param("2", "1P02B", [], id="the same in two ways"),
        pytest.param("none", None, [], id="one is open"),
    ],
)
@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"Email": ["Ana@x.com", "ana@X.com"], "CompanyName": ["A", "B"]}, id="e-mail"),
        pytest.param({"Email": [None, None], "CompanyName": ["Bolt", " BOLT"]}, id="name"),
    ],
)
def test_two_answers_about_one_contradict_each_other(
    columns: dict[str, list[str | None]], first: str, second: str | None, told: list[str]
) -> None:
    """An answer is kept for all rows of an address or a name, so one of two would be lost."""
    lines = review(("1", "1P02A", "1P02B", first), ("2", "1P02A", "1P02B", second))
    found = read_review(lines, pd.DataFrame(columns))
    assert [problem.place for problem in found.problems] == told
    assert all("another answer" in problem.message for problem in found.problems)


def test_the_review_of_other_people_is_refused() -> None:
    told = review(("1", "C1", None, "1"), ("3", "C1", None, "1"))
    with pytest.raises(DocumentError, match="row_id 3: the people have somebody else") as caught:
        answers_from_review(told.assign(Email=["ANA@x.com", "who@z.com"]), PEOPLE)
    assert "who@" not in str(caught.value)


def test_a_review_knows_its_people_itself() -> None:
    told = review(("77", "C1", None, "1")).assign(Email=["new@x.com"])
    assert answers_from_review(told, PEOPLE)["value"].tolist() == ["new@x.com"]


def test_columns_may_have_other_names() -> None:
    people = PEOPLE.rename(columns={"Email": "Mail", "CompanyName": "Firm"})
    columns = Columns(email="Mail", company_name="Firm")
    told = answers_from_review(
        review(("1", "C1", None, "1"), ("2", "C1", None, "1")), people, columns
    )
    assert told["value"].tolist() == ["ana@x.com", "Bolt Inc"]


def test_answers_stay_as_they_are() -> None:
    given = pd.DataFrame({"kind": ["email"], "value": ["a@b.com"], "answer": ["no_match"]})
    assert as_answers(given, PEOPLE) is given
    assert as_answers(review(("1", "C1", None, "1")), PEOPLE)["kind"].tolist() == ["email"]
    # A note names the lines of the review, not those that have an answer.
    told = as_answers(review(("1", "C1", None, None), ("3", "C1", None, "1")), PEOPLE)
    assert told["row_id"].tolist() == ["3"]


def test_a_review_needs_its_columns() -> None:
    with pytest.raises(MissingColumnsError, match="candidate_1_id"):
        answers_from_review(pd.DataFrame({"row_id": ["1"], "answer": ["1"]}), PEOPLE)
